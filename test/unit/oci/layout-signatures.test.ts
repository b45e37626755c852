import { Buffer } from 'node:buffer';

import { beforeEach, describe, expect, it } from 'vitest';

import { digestOf, parseDigest } from '../../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { fetchSignature, listSignatures, pushSignature } from '../../../shared/oci/signatures.ts';
import { blobName } from '../../support/layout.ts';
import type { LayoutDescriptor, TestLayout } from '../../support/layout.ts';
import type { FixedClock, MemoryFiles } from '../../support/ports.ts';
import { createPlace, imageIndex, putSignature, typed } from './layout-place.ts';
import type { Place } from './layout-place.ts';

let files: MemoryFiles;
let clock: FixedClock;
let layout: TestLayout;
let repository: Repository;
let open: Place['open'];

beforeEach(() => {
  ({ files, clock, layout, repository, open } = createPlace());
});

const signature = (text: string) => ({
  ...{ mediaType: 'application/cose', envelope: new Uint8Array(Buffer.from(text)) },
  ...{ thumbprints: ['aa'.repeat(32)], createdAt: new Date('2026-01-02T03:04:05Z') },
});

const push = (subject: LayoutDescriptor, text: string, at = repository) =>
  pushSignature(at, typed(subject), signature(text), 'auto');

async function listed({ digest }: LayoutDescriptor, at = repository): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const entry of listSignatures(at, parseDigest(digest))) found.push(entry);
  return found;
}

async function envelopesOf(subject: LayoutDescriptor): Promise<readonly string[]> {
  const stored = (await listed(subject)).map((manifest) => fetchSignature(repository, manifest));
  return (await Promise.all(stored)).map(({ envelope }) => Buffer.from(envelope).toString());
}

describe('signatures in a layout', () => {
  it('are stored as notation does: three blobs, then an entry without a tag (REG-21)', async () => {
    const image = layout.addImage('v1');
    const { manifest, warnings } = await push(image, 'an envelope');
    const written = files.changes.filter((change) => change.startsWith('replace'));
    expect(written.slice(0, 2).sort()).toEqual(
      [digestOf(Buffer.from('an envelope')), digestOf(Buffer.from('{}'))]
        .map((digest) => `replace dist/${blobName(digest)}`)
        .sort(),
    );
    expect(written.slice(2)).toEqual([`replace dist/${blobName(manifest.digest)}`, 'replace dist/index.json']);
    const { mediaType, digest, size, annotations } = manifest;
    expect(layout.readIndex().manifests).toEqual([
      { ...typed(image), annotations: { 'org.opencontainers.image.ref.name': 'v1' } },
      { mediaType, digest, size, annotations },
    ]);
    expect(annotations).toMatchObject({ 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' });
    expect(warnings).toEqual([]);
  });

  it('are listed for their subject, in both shapes, wherever index.json leads (REG-22, REG-7)', async () => {
    const [image, other] = [layout.addImage('v1'), layout.addImage('v2')];
    await push(image, 'ours');
    layout.enter(putSignature(layout, image, 'legacy'));
    layout.enter(putSignature(layout, image, 'new shape', 'new'));
    layout.enter(putSignature(layout, other, 'of another image'));
    const below = putSignature(layout, image, 'in an index of referrers');
    layout.enter(layout.putManifest({ manifests: [below] }, imageIndex), 'sha256-1234');
    putSignature(layout, image, 'that nothing leads to');
    layout.enter(
      layout.putManifest({
        config: layout.putBlob(Buffer.from('{}'), 'application/spdx+json'),
        layers: [],
        subject: image,
      }),
    );
    expect(await envelopesOf(image)).toEqual(['ours', 'legacy', 'new shape', 'in an index of referrers']);
    expect(await envelopesOf(other)).toEqual(['of another image']);
  });

  it('are listed once, however often they are named', async () => {
    const image = layout.addImage('v1');
    const one = putSignature(layout, image, 'one');
    for (const tag of [undefined, 'a', 'b']) layout.enter(one, tag);
    expect(await envelopesOf(image)).toEqual(['one']);
  });

  it('leave everything else in index.json as it was', async () => {
    const image = layout.addImage('v1');
    const index = {
      ...layout.readIndex(),
      annotations: { by: 'others <&>' },
      manifests: [{ broken: [1.5, null, { deep: true }] }, ...layout.readIndex().manifests, { digest: 'none' }],
      'x-more': { a: 1 },
    };
    layout.writeIndex(index);
    const { manifest } = await push(image, 'one');
    const { mediaType, digest, size, annotations } = manifest;
    expect(layout.readIndex()).toEqual({
      ...index,
      manifests: [...index.manifests, { mediaType, digest, size, annotations }],
    });
  });

  it('are entered once', async () => {
    const image = layout.addImage('v1');
    await push(image, 'one');
    await push(image, 'one');
    expect(await envelopesOf(image)).toEqual(['one']);
    expect(files.changes.filter((change) => change === 'replace dist/index.json')).toHaveLength(1);
  });

  it('are passed over where the layout does not hold them', async () => {
    const image = layout.addImage('v1');
    const missing = layout.enter(putSignature(layout, image, 'missing'));
    files.contents.delete(`dist/${blobName(missing.digest)}`);
    layout.enter(putSignature(layout, image, 'there'));
    expect(await envelopesOf(image)).toEqual(['there']);
  });

  it.each([
    ['changed', 'REGISTRY_CONTENT_MISMATCH', (text: string) => text.replace('sha256', 'sha257')],
    ['cut', 'REGISTRY_CONTENT_MISMATCH', (text: string) => text.slice(1)],
  ])('come before the error about one that was %s (D10)', async (_what, code, damage) => {
    const image = layout.addImage('v1');
    const bad = layout.enter(putSignature(layout, image, 'bad'));
    layout.write(blobName(bad.digest), damage(layout.read(blobName(bad.digest))));
    layout.enter(putSignature(layout, image, 'good'));
    const entries = listSignatures(repository, parseDigest(image.digest))[Symbol.asyncIterator]();
    expect((await entries.next()).done).toBe(false);
    await expect(entries.next()).rejects.toMatchObject({ code });
  });

  it('end in an error where an index nests too deep', async () => {
    const image = layout.addImage('v1');
    let inner = putSignature(layout, image, 'deep');
    for (let depth = 0; depth < 5; depth++) inner = layout.putManifest({ manifests: [inner] }, imageIndex);
    layout.enter(inner);
    await expect(listed(image)).rejects.toMatchObject({
      message: expect.stringContaining('nests indexes deeper than 5') as string,
    });
  });

  it('are not entered in an index.json that nobody would read afterwards', async () => {
    const image = layout.addImage('v1');
    layout.writeIndex({ ...layout.readIndex(), annotations: { filler: 'x'.repeat(4 * 2 ** 20 - 600) } });
    const before = layout.read('index.json');
    await expect(push(image, 'one')).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('index.json would be longer than 4194304 bytes') as string,
    });
    expect(layout.read('index.json')).toBe(before);
    expect(files.contents.has('dist/index.json.lock')).toBe(false);
  });

  it.each([1, 2, 3, 4])('are whole, or not listed: the disk fails at write %i', async (failing) => {
    const image = layout.addImage('v1');
    let writes = 0;
    const full = new Error('no space');
    const at = open({
      replace: (path, bytes) => (++writes === failing ? Promise.reject(full) : files.replace(path, bytes)),
    });
    await expect(push(image, 'one', at)).rejects.toBe(full);
    expect(await listed(image, open())).toEqual([]);
    expect(files.contents.has('dist/index.json.lock')).toBe(false);
    await push(image, 'one');
    expect(await envelopesOf(image)).toEqual(['one']);
  });
});

describe('writers of one layout', () => {
  it('lose nothing of each other, in one process and in several', async () => {
    const image = layout.addImage('v1');
    // Time for the others between any two steps.
    const slow = async <T>(step: () => Promise<T>): Promise<T> => {
      await new Promise(setImmediate);
      return step();
    };
    const processes = Array.from({ length: 4 }, () =>
      open(
        {
          read: (...given) => slow(() => files.read(...given)),
          replace: (...given) => slow(() => files.replace(...given)),
        },
        { ...clock, sleep: (ms) => slow(() => clock.sleep(ms)) },
      ),
    );
    const texts = Array.from({ length: 20 }, (_, index) => `number ${index}`);
    await Promise.all(texts.map((text, index) => push(image, text, processes[index % 4])));
    expect([...(await envelopesOf(image))].sort()).toEqual([...texts].sort());
  });

  it('wait for a lock, and say what to do when it stays', async () => {
    const image = layout.addImage('v1');
    layout.write('index.json.lock', 'somebody else');
    await expect(push(image, 'one')).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: 'dist/index.json.lock was there for 30 s: another process is writing',
      remedy: expect.stringContaining('delete the file') as string,
    });
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(30_000);
    expect(clock.slept.every((ms) => ms >= 20 && ms < 40)).toBe(true);
    // It is not ours to take away.
    expect(layout.read('index.json.lock')).toBe('somebody else');
    expect(await listed(image)).toEqual([]);
  });

  it('go on once the lock is gone', async () => {
    const image = layout.addImage('v1');
    layout.write('index.json.lock', 'somebody else');
    const sleep = (ms: number): Promise<void> => {
      if (clock.slept.length === 3) files.contents.delete('dist/index.json.lock');
      return clock.sleep(ms);
    };
    await push(image, 'one', open({}, { ...clock, sleep }));
    expect(await envelopesOf(image)).toEqual(['one']);
  });

  it('are asked whether they may, which leaves nothing behind', async () => {
    const before = new Map(files.contents);
    await repository.requirePushAccess();
    expect(files.contents).toEqual(before);
    expect(files.changes).toEqual(['create dist/index.json.lock', 'remove dist/index.json.lock']);
    const denied = new Error('read-only');
    await expect(open({ create: () => Promise.reject(denied) }).requirePushAccess()).rejects.toBe(denied);
  });
});
