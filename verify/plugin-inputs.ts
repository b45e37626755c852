// The inputs about verification plugins. A signature names the plugin that must judge it, so only what the user has
// installed on purpose, in a directory that the user names, is ever run.

import { readPluginSettings } from '../shared/action/plugin-settings.ts';
import type { PluginSettings } from '../shared/action/plugin-settings.ts';
import { invalid } from '../shared/github/input-values.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import type { Files } from '../shared/ports.ts';

export interface PluginInputs extends PluginSettings {
  /** Holds NAME/notation-NAME, as Notation keeps its plugins. */
  readonly directory: string;
}

/** Undefined where no plugin may be run, or where there is a problem. */
export async function readPluginInputs(reader: InputReader, files: Files): Promise<PluginInputs | undefined> {
  const settings = readPluginSettings(reader);
  const directory = await reader.load('plugin-directory', async (path) => {
    const kind = await files.kind(path);
    // The user's own link is as good as the directory; what lies below it may not be one (D23).
    if (kind === 'directory' || kind === 'symlink') return path;
    const remedy = 'Name the directory that holds NAME/notation-NAME, such as the plugins directory of Notation.';
    throw invalid(`${JSON.stringify(path)} is ${kind === undefined ? 'not there' : 'not a directory'}`, remedy);
  });
  if (directory !== undefined) return { directory, ...settings };
  for (const name of ['plugin-config', 'plugin-env']) {
    if (!reader.has(name) || reader.has('plugin-directory')) continue;
    reader.refuse(name, 'has no effect without plugin-directory', 'Add plugin-directory, or remove it.');
  }
  return undefined;
}
