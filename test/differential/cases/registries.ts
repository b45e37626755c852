// Several signatures on one artifact, and signature manifests of other shapes. VER-3 to VER-5, REG-7, REG-13, REG-15,
// D10.

import { Buffer } from 'node:buffer';

import { imageManifest } from '../../support/registry-content.ts';
import type { Draft, Place, RawSignature, Signature, StoredEnvelope, Target } from '../case.ts';
import { emptyConfig, regularManifest } from '../publication.ts';
import { writeEnvelope } from '../writer.ts';
import type { World } from '../world.ts';

type Manifest = Readonly<Record<string, unknown>>;
type Change = (manifest: Manifest, place: Place) => Manifest;

/** A regular manifest with members changed; undefined takes one away. */
function manifest(envelope: StoredEnvelope, change: Change, mediaType = imageManifest): RawSignature {
  return {
    manifest: (target, place) => {
      const changed = change(regularManifest(envelope, target, place), place);
      return { mediaType, bytes: Buffer.from(JSON.stringify(changed)) };
    },
  };
}

const artifactType = 'application/vnd.cncf.notary.signature';
const ociArtifact = 'application/vnd.oci.artifact.manifest.v1+json';
const layersOf = (value: Manifest): Manifest[] => value.layers as Manifest[];
const layer =
  (changes: Manifest): Change =>
  (value) => ({ ...value, layers: [{ ...layersOf(value)[0], ...changes }] });
const zeros = `sha256:${'0'.repeat(64)}`;

const shapes: Readonly<Record<string, Change>> = {
  'REG-15 regular': (value) => value,
  'REG-7 artifactType and empty config': (value, place) => {
    const config = {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: place.putBlob(emptyConfig),
      size: 2,
      data: 'e30=',
    };
    return { ...value, artifactType, config };
  },
  'REG-7 artifactType beside the legacy config': (value) => ({ ...value, artifactType }),
  'REG-15 no annotations': (value) => ({ ...value, annotations: undefined }),
  'REG-15 annotations of another type': (value) => ({ ...value, annotations: [] }),
  'REG-15 annotation of a number': (value) => ({ ...value, annotations: { a: 1 } }),
  'REG-15 no mediaType': (value) => ({ ...value, mediaType: undefined }),
  'REG-15 schemaVersion 1': (value) => ({ ...value, schemaVersion: 1 }),
  'REG-15 schemaVersion a text': (value) => ({ ...value, schemaVersion: '2' }),
  'REG-15 no layers': (value) => ({ ...value, layers: [] }),
  'REG-15 layers absent': (value) => ({ ...value, layers: undefined }),
  'REG-15 two layers': (value) => ({ ...value, layers: [...layersOf(value), ...layersOf(value)] }),
  'REG-15 layers an object': (value) => ({ ...value, layers: layersOf(value)[0] }),
  'REG-15 layer of another digest': layer({ digest: zeros }),
  'REG-15 layer of a digest that is none': layer({ digest: 'sha256:00' }),
  'REG-15 layer of another size': layer({ size: 1 }),
  'REG-15 layer of size zero': layer({ size: 0 }),
  'REG-15 layer of a negative size': layer({ size: -1 }),
  'REG-15 layer beyond 32 MiB': layer({ size: 32 * 1024 * 1024 + 1 }),
  'REG-15 layer of another media type': layer({ mediaType: 'application/octet-stream' }),
  'REG-15 layer of the other format': layer({ mediaType: 'application/jose+json' }),
  'REG-15 layer with a parameter': layer({ mediaType: 'application/cose; a=b' }),
  'REG-15 layer in upper case': layer({ mediaType: 'application/COSE' }),
  'REG-15 layer without media type': layer({ mediaType: undefined }),
  'REG-15 layer with data': layer({ data: 'AAAA' }),
  'REG-15 layer with urls': layer({ urls: ['http://127.0.0.1:1/'] }),
};

export function registries(world: World): readonly Draft[] {
  const signer = world.signers['EC-256'];
  const stranger = world.tsa;
  const good = (target: Target): StoredEnvelope => writeEnvelope('cose', { target, signer });
  const bad = (target: Target): StoredEnvelope => writeEnvelope('jws', { target, signer: stranger });
  const altered = (target: Target): StoredEnvelope =>
    writeEnvelope('cose', { target, signer, signature: (made) => made.map((byte) => byte ^ 1) });
  const rubbish = (): StoredEnvelope => ({ mediaType: 'application/cose', bytes: Buffer.from('rubbish') });
  const jws = (target: Target): StoredEnvelope => writeEnvelope('jws', { target, signer });
  const several: Readonly<Record<string, Pick<Draft, 'sign' | 'maxSignatures'>>> = {
    'VER-5 no signature': { sign: () => [] },
    'VER-4 two good ones': { sign: (target) => [good(target), jws(target)] },
    'VER-4 good, then bad': { sign: (target) => [good(target), bad(target)] },
    'VER-4 bad, then good': { sign: (target) => [bad(target), good(target)] },
    'VER-4 altered, then good': { sign: (target) => [altered(target), good(target)] },
    'VER-4 rubbish, then good': { sign: (target) => [rubbish(), good(target)] },
    'VER-5 several bad ones': { sign: (target) => [bad(target), altered(target), rubbish()] },
    'VER-3 good as the last allowed': { sign: (target) => [bad(target), good(target)], maxSignatures: 2 },
    'VER-3 good after the last allowed': { sign: (target) => [bad(target), good(target)], maxSignatures: 1 },
    'VER-3 one allowed, and it is good': { sign: (target) => [good(target), bad(target)], maxSignatures: 1 },
    'VER-3 one allowed, and it is bad': { sign: bad, maxSignatures: 1 },
    'VER-3 good after twenty bad ones': {
      sign: (target) => [
        ...numbered(20, (n) => ({ mediaType: 'application/cose', bytes: Buffer.from(`rubbish ${n}`) })),
        good(target),
      ],
    },
    'VER-3 good after as many bad ones as allowed': {
      sign: (target) => [
        ...numbered(20, (n) => ({ mediaType: 'application/cose', bytes: Buffer.from(`rubbish ${n}`) })),
        good(target),
      ],
      maxSignatures: 20,
    },
    'VER-3 signature of another artifact': { sign: (target) => good({ ...target, digest: zeros }) },
    'REG-13 referrer of another type': {
      sign: (target) => [
        manifest(good(target), (value) => ({
          ...value,
          config: { ...(value.config as Manifest), mediaType: 'application/vnd.example' },
        })),
      ],
    },
    'REG-13 artifactType that is another': {
      sign: (target) => [manifest(good(target), (value) => ({ ...value, artifactType: 'application/vnd.example' }))],
    },
    'REG-15 OCI artifact manifest': {
      sign: (target) =>
        manifest(
          good(target),
          ({ layers, subject, annotations }) => ({
            mediaType: ociArtifact,
            artifactType,
            blobs: layers,
            subject,
            annotations,
          }),
          ociArtifact,
        ),
    },
    'REG-15 image index as a signature': {
      sign: (target) =>
        manifest(
          good(target),
          ({ subject }) => ({
            schemaVersion: 2,
            mediaType: 'application/vnd.oci.image.index.v1+json',
            artifactType,
            manifests: [],
            subject,
          }),
          'application/vnd.oci.image.index.v1+json',
        ),
    },
  };
  return [
    ...Object.entries(several).map(([name, draft]): Draft => ({ name, ...draft })),
    ...Object.entries(shapes).flatMap(([name, change]): readonly Draft[] => [
      { name, sign: (target) => manifest(good(target), change) },
      { name: `${name}, then good`, sign: (target) => [manifest(good(target), change), jws(target)] },
      { name: `${name}, after good`, sign: (target) => [jws(target), manifest(good(target), change)] },
    ]),
  ];
}

const numbered = (count: number, make: (n: number) => Signature): readonly Signature[] =>
  Array.from({ length: count }, (_, n) => make(n));
