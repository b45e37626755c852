// Where a Notation plugin lies: a directory of its own name, and in it the executable notation-NAME. Plugin
// Extensibility, "Plugin installation" (PLUG-1, PLUG-2, D23).

import { NotaryError } from '../errors.ts';
import type { Files } from '../ports.ts';

export interface PluginProgram {
  readonly name: string;
  /** The path of the executable. */
  readonly file: string;
}

// Signatures carry such a name before anybody trusts them, and it becomes a part of a path.
const namePattern = /^[A-Za-z0-9_.-]{1,100}$/;

export function isPluginName(text: string): boolean {
  return namePattern.test(text) && text !== '.' && text !== '..';
}

/**
 * The `plugin-name` input.
 *
 * @throws NotaryError INPUT_INVALID  anything but letters, digits, and _ . -
 */
export function parsePluginName(text: string): string {
  if (isPluginName(text)) return text;
  throw new NotaryError('INPUT_INVALID', `${JSON.stringify(text)} is not the name of a plugin`, {
    remedy: 'Write the name without "notation-", such as com.amazonaws.signer.notation.plugin.',
  });
}

/**
 * Such as notation-acme, or notation-acme.exe.
 *
 * @param platform  as Node names it, such as linux or win32
 */
export function pluginFileName(name: string, platform: string): string {
  return platform === 'win32' ? `notation-${name}.exe` : `notation-${name}`;
}

/**
 * Looks for an installed plugin. Symbolic links are not followed, neither to the directory nor to the executable.
 *
 * @param directory  that holds a directory for each plugin, as NOTATION_LIBEXEC/plugins does
 * @returns          undefined where nothing of that name is installed
 * @throws NotaryError KEY_PLUGIN_FAILED  something of that name is there, but is no plugin
 */
export async function findPlugin(
  files: Files,
  directory: string,
  name: string,
  platform: string,
): Promise<PluginProgram | undefined> {
  if (!isPluginName(name)) return undefined;
  const own = `${directory}/${name}`;
  const file = `${own}/${pluginFileName(name, platform)}`;
  const kinds = [await files.kind(own), await files.kind(file)];
  if (kinds[0] === undefined) return undefined;
  if (kinds[0] === 'directory' && kinds[1] === 'file') return { name, file };
  throw new NotaryError(
    'KEY_PLUGIN_FAILED',
    kinds[0] === 'directory'
      ? `the plugin ${name} has no regular file ${file} (${kinds[1] ?? 'absent'})`
      : `${own} is not a directory (${kinds[0]})`,
    { remedy: `Install the plugin as the regular file ${file}; symbolic links are not followed.` },
  );
}
