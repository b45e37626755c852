import { describe, expect, it } from 'vitest';

import { digestOf, mediaTypes } from '../../../shared/oci/descriptor.ts';
import type { Descriptor, Digest } from '../../../shared/oci/descriptor.ts';
import { walkIndex } from '../../../shared/oci/index-walk.ts';

const bytesOf = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)));

/** A repository of manifests that are named by what they hold. */
class Shelf {
  readonly name = 'registry.example/app';
  readonly fetched: Digest[] = [];
  readonly #manifests = new Map<Digest, Uint8Array>();

  put(content: unknown, mediaType: string = mediaTypes.imageManifest): Descriptor {
    const bytes = bytesOf(content);
    const digest = digestOf(bytes);
    this.#manifests.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  index(manifests: readonly unknown[], mediaType: string = mediaTypes.imageIndex): Descriptor {
    return this.put({ schemaVersion: 2, mediaType, manifests }, mediaType);
  }

  fetchManifest = ({ digest }: Descriptor): Promise<Uint8Array> => {
    this.fetched.push(digest);
    return Promise.resolve(this.#manifests.get(digest)!);
  };
}

const on = (descriptor: Descriptor, os: string, architecture: string, variant?: string) => ({
  ...descriptor,
  platform: { os, architecture, variant },
});
const attestationOf = (image: Descriptor) => ({
  'vnd.docker.reference.type': 'attestation-manifest',
  'vnd.docker.reference.digest': image.digest,
});

describe('walkIndex', () => {
  it('names every member with its platform, in the order of the index', async () => {
    const shelf = new Shelf();
    const [amd, arm] = [shelf.put('amd64'), shelf.put('arm')];
    const index = shelf.index([on(amd, 'linux', 'amd64'), on(arm, 'linux', 'arm', 'v7'), shelf.put('no platform')]);
    const members = await walkIndex(shelf, index);
    expect(members.map(({ platform, kind }) => [platform, kind])).toEqual([
      ['linux/amd64', 'manifest'],
      ['linux/arm/v7', 'manifest'],
      [undefined, 'manifest'],
    ]);
    expect(members[0]?.descriptor).toEqual(amd);
    expect(shelf.fetched).toEqual([index.digest]);
  });

  it.each([mediaTypes.imageIndex, mediaTypes.dockerManifestList])('goes down into a nested %s', async (mediaType) => {
    const shelf = new Shelf();
    const inner = shelf.index([on(shelf.put('deep'), 'linux', 's390x')], mediaType);
    const members = await walkIndex(shelf, shelf.index([inner, on(shelf.put('flat'), 'linux', 'amd64')]));
    expect(members.map(({ platform, kind }) => [platform, kind])).toEqual([
      [undefined, 'index'],
      ['linux/amd64', 'manifest'],
      ['linux/s390x', 'manifest'],
    ]);
  });

  it('names a digest once, however many indexes point at it', async () => {
    const shelf = new Shelf();
    const image = shelf.put('shared');
    const inner = shelf.index([on(image, 'linux', 'arm64')]);
    const members = await walkIndex(shelf, shelf.index([on(image, 'linux', 'amd64'), inner, inner]));
    expect(members.map(({ descriptor }) => descriptor.digest)).toEqual([image.digest, inner.digest]);
  });

  it('marks attestations of BuildKit, and nothing that a runtime could pick', async () => {
    const shelf = new Shelf();
    const image = shelf.put('image');
    const annotations = attestationOf(image);
    const index = shelf.index([
      on(image, 'linux', 'amd64'),
      { ...on(shelf.put('attestation'), 'unknown', 'unknown'), annotations },
      { ...on(shelf.put('pretender'), 'linux', 'arm64'), annotations },
      { ...shelf.put('without platform'), annotations },
    ]);
    const kinds = (await walkIndex(shelf, index)).map(({ kind }) => kind);
    expect(kinds).toEqual(['manifest', 'attestation', 'manifest', 'manifest']);
  });

  it.each([1, 2])('takes for an image what is called one once, whatever else it is called (%i)', async (nesting) => {
    const shelf = new Shelf();
    const image = shelf.put('image');
    const called = { ...on(image, 'unknown', 'unknown'), annotations: attestationOf(image) };
    const plain = on(image, 'linux', 'amd64');
    const index = shelf.index(nesting === 1 ? [called, plain] : [called, shelf.index([plain])]);
    const found = (await walkIndex(shelf, index)).filter(({ descriptor }) => descriptor.digest === image.digest);
    expect(found).toMatchObject([{ kind: 'manifest', platform: 'linux/amd64' }]);
  });

  it('tells what is no manifest apart', async () => {
    const shelf = new Shelf();
    const index = shelf.index([shelf.put('layer', 'application/vnd.oci.image.layer.v1.tar+gzip')]);
    expect(await walkIndex(shelf, index)).toMatchObject([{ kind: 'other' }]);
  });

  it('finds nothing in an index without members', async () => {
    const shelf = new Shelf();
    expect(await walkIndex(shelf, shelf.put({ schemaVersion: 2 }, mediaTypes.imageIndex))).toEqual([]);
  });

  it('follows five indexes down and not six', async () => {
    const shelf = new Shelf();
    let index = shelf.index([shelf.put('bottom')]);
    for (let depth = 2; depth <= 5; depth++) index = shelf.index([index]);
    expect(await walkIndex(shelf, index)).toHaveLength(5);
    const error: unknown = await walkIndex(shelf, shelf.index([index])).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect((error as Error).message).toContain('nested 6 indexes deep');
  });

  it('refuses more than a thousand members', async () => {
    const shelf = new Shelf();
    const many = (count: number) => Array.from({ length: count }, (_, number) => shelf.put(number));
    expect(await walkIndex(shelf, shelf.index(many(1000)))).toHaveLength(1000);
    await expect(walkIndex(shelf, shelf.index(many(1001)))).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
    });
  });
});
