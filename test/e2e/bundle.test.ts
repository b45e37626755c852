// The committed bundles: made from this source and nothing else, complete by themselves, with every licence named.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { pushImage } from '../support/images.ts';
import { runAction } from '../support/runner.ts';

const root = join(import.meta.dirname, '../..');
const actions = ['sign', 'verify'] as const;

const filesIn = (directory: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(directory.length + 1), readFileSync(path, 'latin1')]),
  );

/** Hard links where the file system has them, as the packages are many; the bundler would see through symbolic ones. */
function copyPackages(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    cpSync(from, to, { recursive: true, filter: (path) => !path.includes('/.cache') });
  }
}

describe('dist/', () => {
  const temporary: string[] = [];
  const temporaryDirectory = (): string => {
    const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
    temporary.push(directory);
    return directory;
  };
  afterAll(() => {
    for (const directory of temporary) rmSync(directory, { recursive: true });
  });

  it('is what the source builds, byte for byte, from any directory', () => {
    const elsewhere = temporaryDirectory();
    for (const entry of ['package.json', 'tsconfig.json', '.ci', 'shared', 'sign', 'verify']) {
      cpSync(join(root, entry), join(elsewhere, entry), { recursive: true });
    }
    copyPackages(join(root, 'node_modules'), join(elsewhere, 'node_modules'));
    execFileSync(process.execPath, ['.ci/build.ts', '--bundles-only'], { cwd: elsewhere, stdio: 'pipe' });
    const [built, committed] = [filesIn(join(elsewhere, 'dist')), filesIn(join(root, 'dist'))];
    expect([...built.keys()]).toEqual([...committed.keys()]);
    const differing = [...built].filter(([path, bytes]) => committed.get(path) !== bytes).map(([path]) => path);
    expect(differing, 'run npm run build and commit dist/').toEqual([]);
  });

  it('is committed whole, with nothing beside it', () => {
    expect(execFileSync('git', ['status', '--porcelain', '--', 'dist'], { cwd: root, encoding: 'utf8' })).toBe('');
    expect(readdirSync(join(root, 'dist')).sort()).toEqual([...actions]);
  });

  it.each(actions)('%s names no path of the machine that built it', (action) => {
    for (const [path, text] of filesIn(join(root, 'dist', action))) {
      expect(text.includes(root), path).toBe(false);
    }
  });

  it.each(actions)('%s keeps what only Azure needs out of the first file', (action) => {
    const files = filesIn(join(root, 'dist', action));
    expect(files.get('index.js')).not.toMatch(/^class \w*ClientAssertionCredential /m);
    expect(
      [...files].filter(([, text]) => /^class \w*ClientAssertionCredential /m.test(text)).map(([path]) => path),
    ).toEqual([expect.stringMatching(/^\d+\.index\.js$/)]);
  });

  it.each(actions)('%s carries the licence of every package whose code it holds', (action) => {
    const files = filesIn(join(root, 'dist', action));
    const notices = files.get('licenses.txt') ?? '';
    const code = [...files]
      .filter(([path]) => path.endsWith('.js'))
      .map(([, text]) => text)
      .join('');
    // The bundler keeps the path of each module that it does not inline in the text of its comments or errors.
    const named = new Set([...code.matchAll(/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)/g)].map(([, name]) => name ?? ''));
    expect([...named].filter((name) => !notices.includes(`\n${name} `))).toEqual([]);
    for (const name of [
      'undici',
      '@peculiar/x509',
      'cbor-x',
      '@actions/core',
      '@azure/identity',
      '@azure/msal-node',
      'tslib',
    ]) {
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    }
  });

  describe('copied alone to an empty folder', () => {
    let emulator: Emulator;
    beforeAll(async () => {
      emulator = await startEmulator();
    });
    afterAll(() => emulator.close());

    it('signs and verifies there', async () => {
      const alone = temporaryDirectory();
      cpSync(join(root, 'dist'), alone, { recursive: true });
      const { reference } = await pushImage({ host: emulator.registry.host, repository: 'alone' });
      const env = emulator.environment;
      const signed = await runAction({
        ...{ main: join(alone, 'sign/index.js'), cwd: alone, env },
        inputs: { ...emulator.signInputs, artifacts: reference },
      });
      expect(signed).toMatchObject({ exitCode: 0, outputs: { digests: reference } });
      const verified = await runAction({
        ...{ main: join(alone, 'verify/index.js'), cwd: alone, env },
        inputs: { ...emulator.verifyInputs, artifacts: reference },
      });
      expect(verified).toMatchObject({ exitCode: 0, outputs: { digests: reference } });
    });
  });
});
