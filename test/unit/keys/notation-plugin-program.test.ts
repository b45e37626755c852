import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import {
  findPlugin,
  isPluginName,
  parsePluginName,
  pluginFileName,
} from '../../../shared/keys/notation-plugin-program.ts';
import type { FileKind, Files } from '../../../shared/ports.ts';
import { refusal } from '../../support/expect-code.ts';

const files = (kinds: Readonly<Record<string, FileKind>>): Files => ({
  kind: (path) => Promise.resolve(kinds[path]),
  read: () => Promise.resolve(undefined),
  list: () => Promise.resolve(undefined),
});

describe('the name of a plugin', () => {
  it.each(['azure-kv', 'com.amazonaws.signer.notation.plugin', 'A_1', '...'])('may be %s', (name) => {
    expect(parsePluginName(name)).toBe(name);
  });

  it.each(['', '.', '..', '../x', 'a/b', 'a\\b', 'a b', 'ä', 'a\0', 'a\n', 'x'.repeat(101)])(
    'may not be %j (PLUG-2, D23)',
    (name) => {
      expect(isPluginName(name)).toBe(false);
      refusal('INPUT_INVALID', () => parsePluginName(name));
    },
  );

  it('makes the name of the file', () => {
    expect([pluginFileName('a', 'linux'), pluginFileName('a', 'win32')]).toEqual(['notation-a', 'notation-a.exe']);
  });
});

describe('findPlugin', () => {
  it('finds the executable in the directory of its name (PLUG-1)', async () => {
    const there = files({ '/p/a': 'directory', '/p/a/notation-a': 'file', '/p/a/notation-a.exe': 'file' });
    expect(await findPlugin(there, '/p', 'a', 'linux')).toEqual({ name: 'a', file: '/p/a/notation-a' });
    expect(await findPlugin(there, '/p', 'a', 'win32')).toEqual({ name: 'a', file: '/p/a/notation-a.exe' });
  });

  it('finds nothing where nothing is, and nothing outside of the directory', async () => {
    expect(await findPlugin(files({}), '/p', 'a', 'linux')).toBeUndefined();
    const outside = files({ '/p/..': 'directory', '/p/../notation-..': 'file' });
    expect(await findPlugin(outside, '/p', '..', 'linux')).toBeUndefined();
  });

  it.each<readonly [string, Readonly<Record<string, FileKind>>]>([
    ['a link to a directory', { '/p/a': 'symlink', '/p/a/notation-a': 'file' }],
    ['a link to an executable', { '/p/a': 'directory', '/p/a/notation-a': 'symlink' }],
    ['a directory in its place', { '/p/a': 'directory', '/p/a/notation-a': 'directory' }],
    ['a file in the place of its directory', { '/p/a': 'file' }],
    ['an empty directory', { '/p/a': 'directory' }],
  ])('refuses %s (D23)', async (_name, kinds) => {
    const error: unknown = await findPlugin(files(kinds), '/p', 'a', 'linux').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotaryError);
    expect((error as NotaryError).code).toBe('KEY_PLUGIN_FAILED');
    expect((error as NotaryError).remedy).toContain('/p/a/notation-a');
  });
});
