import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { installTool } from '../../../shared/github/tool.ts';
import type { Tool } from '../../../shared/github/tool.ts';
import type { Http } from '../../../shared/ports.ts';
import { response } from '../../support/ports.ts';

const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const program = 'notation-acme';
const content = Buffer.from('#!/bin/sh\nexit 0\n');
const outside = { ...process.env };
let directory: string;

// The toolkit reads both from the process.
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tool-test-'));
  for (const name of ['cache', 'temp']) mkdirSync(join(directory, name));
  process.env.RUNNER_TOOL_CACHE = join(directory, 'cache');
  process.env.RUNNER_TEMP = join(directory, 'temp');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  for (const name of ['RUNNER_TOOL_CACHE', 'RUNNER_TEMP']) {
    const before = outside[name];
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  }
});

interface Site {
  readonly http: Http;
  readonly asked: readonly string[];
}

function site(files: Readonly<Record<string, Uint8Array | { readonly location: string } | number>>): Site {
  const asked: string[] = [];
  return {
    asked,
    http: ({ url, headers = {} }) => {
      expect(headers).toEqual({});
      asked.push(url.href);
      const file = files[url.href] ?? 404;
      if (typeof file === 'number') return Promise.resolve(response(file));
      if (file instanceof Uint8Array) return Promise.resolve(response(200, {}, file));
      return Promise.resolve(response(302, file));
    },
  };
}

const address = 'https://example.test/acme';

function install(served: Site, bytes: Uint8Array, change: Partial<Tool> = {}): Promise<string> {
  const tool = { name: program, url: new URL(address), sha256: sha256Hex(bytes), program, ...change };
  return installTool(tool, { http: served.http, sha256Hex, environment: { ...process.env } });
}

async function refusal(work: Promise<unknown>): Promise<NotaryError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

/** An archive of a directory with these files in it. */
function archive(kind: 'tar.gz' | 'zip', files: Readonly<Record<string, Uint8Array>>): Buffer {
  const source = mkdtempSync(join(directory, 'source-'));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(source, name, '..'), { recursive: true });
    writeFileSync(join(source, name), bytes, { mode: 0o644 });
  }
  const file = join(directory, `made.${kind}`);
  rmSync(file, { force: true });
  if (kind === 'zip') execFileSync('zip', ['-qr', file, '.'], { cwd: source });
  else execFileSync('tar', ['-czf', file, '-C', source, '.']);
  return readFileSync(file);
}

const hasZip = ((): boolean => {
  try {
    execFileSync('zip', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('installTool', () => {
  it('installs a bare file, to be executed', async () => {
    const path = await install(site({ [address]: content }), content);
    expect(path.startsWith(join(directory, 'temp'))).toBe(true);
    expect(path.endsWith(program)).toBe(true);
    expect(readFileSync(path)).toEqual(content);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o100).toBe(0o100);
  });

  it.each([
    ['tar.gz', program],
    ['tar.gz', `bin/${program}`],
    ...(hasZip
      ? ([
          ['zip', program],
          ['zip', `a/b/${program}`],
        ] as const)
      : []),
  ] as const)('finds it in a %s, at %s', async (kind, place) => {
    const bytes = archive(kind, { LICENSE: Buffer.from('free'), [place]: content });
    const path = await install(site({ [address]: bytes }), bytes);
    expect(readFileSync(path)).toEqual(content);
    expect(statSync(path).mode & 0o111).not.toBe(0);
  });

  it('asks only once for what it can keep', async () => {
    const served = site({ [address]: content });
    const first = await install(served, content);
    const second = await install(served, content);
    expect(served.asked).toHaveLength(1);
    expect(second).not.toBe(first);
    expect(readFileSync(second)).toEqual(content);
  });

  it('does not take from the cache what has been changed there', async () => {
    const served = site({ [address]: content });
    await install(served, content);
    const kept = readdirSync(join(directory, 'cache'), { recursive: true, withFileTypes: true }).find(
      ({ name }) => name === 'download',
    )!;
    writeFileSync(join(kept.parentPath, kept.name), 'poison');
    expect(readFileSync(await install(served, content))).toEqual(content);
    expect(served.asked).toHaveLength(2);
  });

  it('works without a cache', async () => {
    delete process.env.RUNNER_TOOL_CACHE;
    const served = site({ [address]: content });
    await install(served, content);
    await install(served, content);
    expect(served.asked).toHaveLength(2);
  });

  it('refuses other content than was meant, and keeps nothing of it', async () => {
    const error = await refusal(install(site({ [address]: content }), Buffer.from('meant')));
    expect(error.code).toBe('CHECKSUM_MISMATCH');
    expect(error.message).toContain(sha256Hex(content));
    expect(error.message).toContain(sha256Hex(Buffer.from('meant')));
    expect(readdirSync(join(directory, 'cache'))).toEqual([]);
    expect(readdirSync(join(directory, 'temp'), { recursive: true })).toHaveLength(1);
  });

  it('follows redirects, but not to another scheme and not without end', async () => {
    const [second, third] = ['https://objects.test/1', 'https://objects.test/2'];
    const served = site({ [address]: { location: second }, [second]: { location: '/2' }, [third]: content });
    expect(readFileSync(await install(served, content))).toEqual(content);
    expect(served.asked).toEqual([address, second, third]);

    const downgrade = await refusal(install(site({ [address]: { location: 'http://objects.test/' } }), Buffer.of(1)));
    expect(downgrade.code).toBe('INPUT_INVALID');
    const loop = await refusal(install(site({ [address]: { location: address } }), Buffer.of(2)));
    expect(loop.message).toContain('redirects more than 5 times');
    const nowhere = await refusal(install(site({ [address]: { location: 'https://' } }), Buffer.of(3)));
    expect(nowhere.code).toBe('INPUT_INVALID');
  });

  it.each([
    [404, 'INPUT_INVALID'],
    [403, 'INPUT_INVALID'],
    [503, 'NETWORK_UNREACHABLE'],
    [429, 'NETWORK_UNREACHABLE'],
  ])('tells of a %d', async (status, code) => {
    const error = await refusal(install(site({ [address]: status }), content));
    expect(error.code).toBe(code);
    expect(error.message).toBe(`${address} answered ${status}`);
  });

  it('refuses an archive without the program, or with two', async () => {
    const without = archive('tar.gz', { 'notation-other': content });
    const error = await refusal(install(site({ [address]: without }), without));
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toBe(`the archive holds no file ${program}; its files are notation-other`);
    const two = archive('tar.gz', { [program]: content, [`x/${program}`]: content });
    expect((await refusal(install(site({ [address]: two }), two))).message).toContain('more than one file');
  });

  it.skipIf(process.platform === 'win32')('takes no symbolic link for the program', async () => {
    const source = mkdtempSync(join(directory, 'source-'));
    symlinkSync('/bin/sh', join(source, program));
    const file = join(directory, 'link.tar.gz');
    execFileSync('tar', ['-czf', file, '-C', source, '.']);
    const bytes = readFileSync(file);
    expect((await refusal(install(site({ [address]: bytes }), bytes))).code).toBe('PROGRAM_FAILED');
  });

  it('refuses an archive that is damaged', async () => {
    const bytes = archive('tar.gz', { [program]: content }).subarray(0, 60);
    const error = await refusal(install(site({ [address]: bytes }), bytes));
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toContain('cannot be unpacked');
  });
});
