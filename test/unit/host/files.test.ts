import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { files } from '../../../shared/host/files.ts';

const onWindows = process.platform === 'win32';

describe('files', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'files-'));
    mkdirSync(join(root, 'store/deep'), { recursive: true });
    for (const name of ['store/b.pem', 'store/a.pem', 'store/Z.pem']) writeFileSync(join(root, name), name);
    if (onWindows) return;
    symlinkSync(join(root, 'store/a.pem'), join(root, 'store/link'));
    symlinkSync('nowhere', join(root, 'dangling'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });
  const at = (path: string): string => join(root, path);

  it('tells the kind of a path and does not follow links', async () => {
    expect(await files.kind(at('store'))).toBe('directory');
    expect(await files.kind(at('store/a.pem'))).toBe('file');
    expect(await files.kind(at('missing'))).toBeUndefined();
    expect(await files.kind(at('store/a.pem/below'))).toBeUndefined();
  });

  it.skipIf(onWindows)('knows links and pipes', async () => {
    expect(await files.kind(at('store/link'))).toBe('symlink');
    expect(await files.kind(at('dangling'))).toBe('symlink');
    expect(await files.kind(at('pipe'))).toBe('other');
  });

  it('reads a whole file up to the limit', async () => {
    expect(await files.read(at('store/a.pem'), 11)).toEqual(new TextEncoder().encode('store/a.pem'));
    expect(await files.read(at('store/a.pem'), 1000)).toHaveLength(11);
    expect(await files.read(at('missing'), 10)).toBeUndefined();
  });

  it('refuses a longer file', async () => {
    await expect(files.read(at('store/a.pem'), 10)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `${at('store/a.pem')}: is larger than 10 bytes, or grows`,
    });
  });

  it('refuses what is not a file', async () => {
    await expect(files.read(at('store'), 10)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it.skipIf(onWindows)('refuses a pipe instead of waiting for its writer', async () => {
    await expect(files.read(at('pipe'), 10)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it.skipIf(onWindows)('refuses a file that has no end', async () => {
    await expect(files.read('/dev/zero', 10)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('lists a directory in the order of names', async () => {
    const names = (await files.list(at('store')))?.map(({ name, kind }) => `${kind} ${name}`);
    const link = onWindows ? [] : ['symlink link'];
    expect(names).toEqual(['file Z.pem', 'file a.pem', 'file b.pem', 'directory deep', ...link]);
    expect(await files.list(at('missing'))).toBeUndefined();
  });

  it('lists nothing but directories', async () => {
    // Node says ENOTDIR, as it does for a path below a file: neither is a directory that exists.
    expect(await files.list(at('store/a.pem'))).toBeUndefined();
  });
});

describe('writing files', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'written-'));
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });
  const at = (path: string): string => join(root, path);
  const content = (path: string): string => readFileSync(at(path), 'utf8');

  it('makes a file once', async () => {
    expect(await files.create(at('lock'), bytes('first'))).toBe(true);
    expect(await files.create(at('lock'), bytes('second'))).toBe(false);
    expect(content('lock')).toBe('first');
    await files.remove(at('lock'));
    await files.remove(at('lock'));
    expect(await files.create(at('lock'), bytes('third'))).toBe(true);
  });

  it('gives a file that all want to one of them', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) => files.create(at('one'), bytes(`${index}`))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(content('one')).toBe(String(made.indexOf(true)));
  });

  it('puts a file in place whole, with its directories, and leaves nothing beside it', async () => {
    await files.replace(at('new/deep/file'), bytes('old'));
    const readers = Array.from({ length: 50 }, async () => {
      const read = await files.read(at('new/deep/file'), 100_000);
      expect([3, 100_000]).toContain(read?.length);
    });
    await Promise.all([files.replace(at('new/deep/file'), new Uint8Array(100_000)), ...readers]);
    expect(readFileSync(at('new/deep/file'))).toHaveLength(100_000);
    expect(readdirSync(at('new/deep'))).toEqual(['file']);
  });

  it('leaves what was there, and nothing else, where it fails', async () => {
    mkdirSync(at('taken/below'), { recursive: true });
    await expect(files.replace(at('taken'), bytes('new'))).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: expect.stringContaining(`${at('taken')}: cannot be written (`) as string,
    });
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(readdirSync(at('taken'))).toEqual(['below']);
  });

  it('does not make directories for a lock', async () => {
    await expect(files.create(at('missing/lock'), bytes(''))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });
});
