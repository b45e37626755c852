// The key behind a signing plugin: its program fetched and checked, then asked who it is and what it offers. Plugin
// Extensibility, "Signing interfaces" (PLUG-10).

import { sha256Hex } from '../shared/crypto/digest.ts';
import { createExec, programEnvironment } from '../shared/github/exec.ts';
import { installTool } from '../shared/github/tool.ts';
import type { EnvelopeGenerator } from '../shared/keys/notation-plugin-envelope.ts';
import { openPlugin, pluginLimits } from '../shared/keys/notation-plugin.ts';
import { pluginFileName } from '../shared/keys/notation-plugin-program.ts';
import { pluginSigner } from '../shared/keys/notation-plugin-signing.ts';
import type { KeyProvider } from '../shared/keys/provider.ts';
import type { Environment, Http } from '../shared/ports.ts';
import type { PluginInputs } from './plugin-inputs.ts';

export interface PluginServices {
  readonly http: Http;
  /** Of the step; the plugin sees only what programs need to run, and what the inputs name. */
  readonly environment: Environment;
  /** Aborted when the time of the step is over. */
  readonly signal: AbortSignal;
  /** Of the machine, as Node names it: "linux", "win32". */
  readonly platform: string;
}

/**
 * @throws NotaryError CHECKSUM_MISMATCH, and the other codes of installTool
 * @throws NotaryError KEY_PLUGIN_FAILED  not the plugin that it should be, or one that does not sign
 */
export async function openPluginKey(
  inputs: PluginInputs,
  services: PluginServices,
): Promise<KeyProvider | EnvelopeGenerator> {
  const { name, url, sha256, config, variables, keyId } = inputs;
  const { http, environment, signal, platform } = services;
  const tool = { name: `notation-plugin-${name}`, url, sha256, program: pluginFileName(name, platform) };
  const file = await installTool(tool, { http, sha256Hex, environment });
  const exec = createExec({ environment: programEnvironment(environment, variables), signal, ...pluginLimits });
  const signer = pluginSigner(await openPlugin(exec, { name, file }, config), keyId);
  return signer.kind === 'raw' ? signer.key : signer.generator;
}
