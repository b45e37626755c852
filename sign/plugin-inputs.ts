// The inputs that name a signing plugin of Notation: where its program comes from, and which key of it signs.

import { readPluginSettings } from '../shared/action/plugin-settings.ts';
import type { PluginSettings } from '../shared/action/plugin-settings.ts';
import { invalid, text, url } from '../shared/github/input-values.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import { parsePluginName } from '../shared/keys/notation-plugin-program.ts';

export interface PluginInputs extends PluginSettings {
  readonly provider: 'plugin';
  readonly name: string;
  readonly url: URL;
  /** Lower-case hexadecimal, of what the address serves. */
  readonly sha256: string;
  /** What it means is the plugin's business. */
  readonly keyId: string;
}

export function readPluginInputs(reader: InputReader): PluginInputs | undefined {
  const name = reader.required('plugin-name', parsePluginName);
  // The checksum protects it on the way.
  const address = reader.required('plugin-url', url('https', 'http'));
  const sha256 = reader.required('plugin-checksum', parseChecksum);
  const settings = readPluginSettings(reader);
  const keyId = reader.required('key-id', text);
  if (name === undefined || address === undefined || sha256 === undefined || keyId === undefined) return undefined;
  return { provider: 'plugin', name, url: address, sha256, keyId, ...settings };
}

function parseChecksum(value: string): string {
  const hex = value.replace(/^sha256:/, '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw invalid(`"${value}" is not a SHA-256 checksum`, 'Write the 64 hexadecimal digits that sha256sum prints.');
}
