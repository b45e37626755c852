import { describe, expect, it } from 'vitest';

import { digestOf, mediaTypes } from '../../../shared/oci/descriptor.ts';
import { isIndex, parseIndex } from '../../../shared/oci/image-index.ts';
import { refusal } from '../../support/expect-code.ts';

const digest = digestOf(new Uint8Array());
const manifest = { mediaType: mediaTypes.imageManifest, digest, size: 3 };
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const parse = (...manifests: unknown[]): unknown => parseIndex(bytes({ schemaVersion: 2, manifests }), 'app:1');

describe('isIndex', () => {
  it('knows an OCI index and a Docker manifest list, and nothing else', () => {
    expect(isIndex({ mediaType: mediaTypes.imageIndex })).toBe(true);
    expect(isIndex({ mediaType: mediaTypes.dockerManifestList })).toBe(true);
    expect(isIndex({ mediaType: mediaTypes.imageManifest })).toBe(false);
  });
});

describe('parseIndex', () => {
  it('reads manifests with their platforms', () => {
    const platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.1' };
    expect(
      parse({ ...manifest, platform }, { ...manifest, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }),
    ).toEqual([
      {
        descriptor: manifest,
        platform: { os: 'windows', architecture: 'amd64', osVersion: '10.0.20348.1' },
        isAttestation: false,
      },
      { descriptor: manifest, platform: { os: 'linux', architecture: 'arm', variant: 'v7' }, isAttestation: false },
    ]);
  });

  it('takes a manifest without a platform, and an index without manifests', () => {
    expect(parse(manifest)).toEqual([{ descriptor: manifest, isAttestation: false }]);
    expect(parseIndex(bytes({ schemaVersion: 2 }), 'app:1')).toEqual([]);
  });

  it('names what BuildKit attests by', () => {
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    expect(parse({ ...manifest, annotations })).toMatchObject([{ isAttestation: true }]);
    expect(parse({ ...manifest, annotations: { 'vnd.docker.reference.type': 'other' } })).toMatchObject([
      { isAttestation: false },
    ]);
  });

  it.each([
    ['no JSON', new TextEncoder().encode('{')],
    ['no object', bytes([])],
    ['manifests that are no array', bytes({ manifests: {} })],
    ['a manifest that is no descriptor', bytes({ manifests: [{ mediaType: 'a' }] })],
    ['a platform without os', bytes({ manifests: [{ ...manifest, platform: { architecture: 'amd64' } }] })],
    ['a platform that is text', bytes({ manifests: [{ ...manifest, platform: 'linux/amd64' }] })],
  ])('refuses %s', (_what, value) => {
    refusal('REGISTRY_RESPONSE_INVALID', () => parseIndex(value, 'app:1'));
  });
});
