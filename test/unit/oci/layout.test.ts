import { Buffer } from 'node:buffer';

import { beforeEach, describe, expect, it } from 'vitest';

import { digestOf, parseDigest } from '../../../shared/oci/descriptor.ts';
import { Layouts } from '../../../shared/oci/layout.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { blobName } from '../../support/layout.ts';
import type { TestLayout } from '../../support/layout.ts';
import { countingRandom, fixedClock } from '../../support/ports.ts';
import type { MemoryFiles } from '../../support/ports.ts';
import { createPlace, imageIndex, imageManifest, typed } from './layout-place.ts';
import type { Place } from './layout-place.ts';

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const zeros = `sha256:${'0'.repeat(64)}` as const;

let files: MemoryFiles;
let layout: TestLayout;
let repository: Repository;
let open: Place['open'];

beforeEach(() => {
  ({ files, layout, repository, open } = createPlace());
});

describe('resolving in a layout', () => {
  it('takes what a tag or a digest stands for', async () => {
    const image = layout.addImage('v1');
    layout.addImage('v2');
    const expected = typed(image);
    expect(await repository.resolve({ tag: 'v1' })).toEqual(expected);
    expect(await repository.resolve({ digest: expected.digest })).toEqual(expected);
    expect(await repository.resolve({ tag: 'v2', digest: expected.digest })).toEqual(expected);
  });

  it('takes a manifest that only an index leads to, with the type that it has itself', async () => {
    const [child] = layout.addIndex().children;
    expect(await repository.resolve({ digest: parseDigest(child!.digest) })).toEqual(typed(child!));
  });

  it.each([
    ['an image', { config: { mediaType: 'application/vnd.oci.image.config.v1+json' }, layers: [] }, imageManifest],
    ['an index', { manifests: [] }, imageIndex],
  ])('knows %s by its shape where nothing says its type', async (_what, content, mediaType) => {
    const { digest, size } = layout.putBlob(Buffer.from(JSON.stringify({ schemaVersion: 2, ...content })), 'unknown');
    expect(await repository.resolve({ digest: parseDigest(digest) })).toEqual({ mediaType, digest, size });
  });

  it('takes one tag twice for the same manifest', async () => {
    const image = layout.addImage('v1');
    layout.enter(image, 'v1');
    expect(await repository.resolve({ tag: 'v1' })).toEqual(typed(image));
  });

  it('passes over entries that are broken', async () => {
    const image = layout.addImage('v1');
    const { manifests } = layout.readIndex();
    layout.writeIndex({ schemaVersion: 2, manifests: [{ digest: 'sha256:../../etc' }, 7, null, ...manifests] });
    expect(await repository.resolve({ tag: 'v1' })).toEqual(typed(image));
  });

  const failure = async (target: Parameters<Repository['resolve']>[0]) =>
    open()
      .resolve(target)
      .then(String, (error: unknown) => error);

  it.each<[string, () => Parameters<Repository['resolve']>[0], string, string]>([
    ['an unknown tag', () => ({ tag: 'v1' }), 'REGISTRY_NOT_FOUND', 'index.json has no tag "v1"'],
    ['an unknown digest', () => ({ digest: zeros }), 'REGISTRY_NOT_FOUND', `there is no ${blobName(zeros)}`],
    [
      'a tag that two manifests have',
      () => {
        layout.addImage('v1');
        layout.addImage('v1');
        return { tag: 'v1' };
      },
      'REGISTRY_RESPONSE_INVALID',
      'stands beside several manifests',
    ],
    [
      'a manifest of another type than index.json says',
      () => {
        layout.enter({ ...layout.putImage(), mediaType: imageIndex }, 'v1');
        return { tag: 'v1' };
      },
      'REGISTRY_RESPONSE_INVALID',
      `is ${imageManifest}, not ${imageIndex}`,
    ],
    [
      'a manifest of another size than index.json says',
      () => {
        layout.enter({ ...layout.putImage(), size: 1 }, 'v1');
        return { tag: 'v1' };
      },
      'REGISTRY_CONTENT_MISMATCH',
      'bytes instead of 1',
    ],
    [
      'other bytes than the digest says',
      () => {
        const image = layout.addImage('v1');
        layout.write(
          blobName(image.digest),
          layout.read(blobName(image.digest)).replace('schemaVersion', 'SchemaVersion'),
        );
        return { tag: 'v1' };
      },
      'REGISTRY_CONTENT_MISMATCH',
      'the content has the digest',
    ],
    [
      'what is no manifest',
      () => ({ digest: parseDigest(layout.putBlob(Buffer.from('{"os":"linux"}'), 'unknown').digest) }),
      'REGISTRY_RESPONSE_INVALID',
      'it is no manifest',
    ],
    [
      'what says that it is something else',
      () => ({ digest: parseDigest(layout.putManifest({}, 'application/vnd.oci.image.config.v1+json').digest) }),
      'REGISTRY_RESPONSE_INVALID',
      'is no manifest',
    ],
    [
      'what could be an image and an index',
      () => {
        const bytes = Buffer.from('{"schemaVersion":2,"manifests":[],"config":{},"layers":[]}');
        return { digest: parseDigest(layout.putBlob(bytes, 'unknown').digest) };
      },
      'REGISTRY_RESPONSE_INVALID',
      'it is no manifest',
    ],
    [
      'a manifest beyond 4 MiB',
      () => ({ digest: parseDigest(layout.putBlob(Buffer.alloc(4 * 2 ** 20 + 1, ' '), 'unknown').digest) }),
      'REGISTRY_RESPONSE_INVALID',
      'over 4194304 bytes',
    ],
  ])('refuses %s', async (_what, prepare, code, message) => {
    const target = prepare();
    expect(await failure(target)).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it.each<[string, () => unknown, string, string]>([
    ['a directory that is none', () => files.contents.delete('dist/oci-layout'), 'REGISTRY_NOT_FOUND', 'no oci-layout'],
    ['one without index.json', () => files.contents.delete('dist/index.json'), 'REGISTRY_NOT_FOUND', 'no index.json'],
    [
      'another version',
      () => {
        layout.write('oci-layout', '{"imageLayoutVersion":"2.0.0"}');
      },
      'REGISTRY_RESPONSE_INVALID',
      'imageLayoutVersion is "2.0.0"; only 1.0.0 is known',
    ],
    [
      'no version',
      () => {
        layout.write('oci-layout', '{}');
      },
      'REGISTRY_RESPONSE_INVALID',
      'imageLayoutVersion',
    ],
    [
      'an index that is no JSON',
      () => {
        layout.write('index.json', '{');
      },
      'REGISTRY_RESPONSE_INVALID',
      'not valid JSON',
    ],
    [
      'an index that is a list',
      () => {
        layout.write('index.json', '[]');
      },
      'REGISTRY_RESPONSE_INVALID',
      'is not an object',
    ],
    [
      'an index with a member twice',
      () => {
        layout.write('index.json', '{"manifests":[],"manifests":[]}');
      },
      'REGISTRY_RESPONSE_INVALID',
      'two members of one name',
    ],
    [
      'an index beyond 4 MiB',
      () => {
        layout.write('index.json', Buffer.alloc(4 * 2 ** 20 + 1, ' '));
      },
      'REGISTRY_RESPONSE_INVALID',
      'over 4194304 bytes',
    ],
  ])('refuses %s as a layout', async (_what, spoil, code, message) => {
    layout.addImage('v1');
    spoil();
    expect(await failure({ tag: 'v1' })).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });

  it('speaks of layouts in its remedies, not of registries', async () => {
    layout.write('index.json', '{');
    expect(await failure({ tag: 'v1' })).toMatchObject({
      remedy: expect.stringContaining('OCI image layout') as string,
    });
    files.contents.clear();
    expect(await failure({ tag: 'v1' })).toMatchObject({ remedy: expect.stringContaining('unpacked first') as string });
  });

  it.each(['oci-layout', 'index.json', 'blobs', 'blobs/sha256', 'manifest'])(
    'does not follow a symbolic link: %s',
    async (name) => {
      const image = layout.addImage('v1');
      const linked = `dist/${name === 'manifest' ? blobName(image.digest) : name}`;
      const at = open({ kind: (path) => (path === linked ? Promise.resolve('symlink') : files.kind(path)) });
      await expect(at.resolve({ tag: 'v1' })).rejects.toMatchObject({
        code: 'REGISTRY_RESPONSE_INVALID',
        message: expect.stringContaining('is a symbolic link, which is not followed') as string,
        remedy: expect.stringContaining('cp -RL') as string,
      });
    },
  );
});

describe('content of a layout', () => {
  it('is fetched with type, size and digest checked', async () => {
    const image = typed(layout.addImage());
    expect(Buffer.from(await repository.fetchManifest(image)).toString()).toBe(layout.read(blobName(image.digest)));
    await expect(repository.fetchManifest({ ...image, mediaType: dockerManifest })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
    });
    await expect(repository.fetchManifest({ ...image, size: image.size + 1 })).rejects.toMatchObject({
      code: 'REGISTRY_CONTENT_MISMATCH',
    });
    await expect(repository.fetchManifest({ ...image, size: 4 * 2 ** 20 + 1 })).rejects.toMatchObject({
      message: expect.stringContaining('at most 4194304 are read') as string,
    });
    await expect(repository.fetchBlob({ ...image, size: 32 * 2 ** 20 + 1 })).rejects.toMatchObject({
      message: expect.stringContaining('at most 33554432 are read') as string,
    });
    await expect(repository.fetchBlob({ ...image, digest: zeros })).rejects.toMatchObject({
      code: 'REGISTRY_NOT_FOUND',
    });
  });

  it('is stored once, and again where it was damaged', async () => {
    const bytes = new Uint8Array(Buffer.from('content'));
    const digest = digestOf(bytes);
    expect(await repository.hasBlob(digest)).toBe(false);
    await repository.ensureBlob(bytes);
    await repository.ensureBlob(bytes);
    expect(await repository.hasBlob(digest)).toBe(true);
    expect(files.changes).toEqual([`replace dist/${blobName(digest)}`]);
    for (const damage of ['contenT', 'cut', 'content and more']) {
      layout.write(blobName(digest), damage);
      await repository.pushBlob(bytes);
      expect(layout.read(blobName(digest))).toBe('content');
    }
  });

  it('is not stored where there is no layout', async () => {
    files.contents.clear();
    await expect(repository.pushBlob(new Uint8Array(1))).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
    expect(files.changes).toEqual([]);
  });

  it.each(['blobs', 'blobs/sha256'])('is not stored behind a link: %s', async (linked) => {
    const at = open({ kind: (path) => (path === `dist/${linked}` ? Promise.resolve('symlink') : files.kind(path)) });
    await expect(at.pushBlob(new Uint8Array(1))).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect(files.changes).toEqual([]);
  });
});

it('is one repository for all artifacts in it', () => {
  const layouts = new Layouts({ files, pace: { clock: fixedClock('2026-01-01'), random: countingRandom() } });
  expect(layouts.repository('dist')).toBe(layouts.repository('dist'));
  expect(layouts.repository('dist')).not.toBe(layouts.repository('other'));
  expect(layouts.repository('other').name).toBe('oci-layout:other');
});
