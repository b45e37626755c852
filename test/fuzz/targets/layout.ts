// What stands in an OCI image layout, which may have come from anywhere. The Files port behind these decoders watches that
// nothing outside the layout is touched.

import { Buffer } from 'node:buffer';

import { digestOf, mediaTypes } from '../../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import { Layouts } from '../../../shared/oci/layout.ts';
import { parseArtifactReference } from '../../../shared/oci/layout-reference.ts';
import { repositoryName } from '../../../shared/oci/reference.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { listSignatures } from '../../../shared/oci/signatures.ts';
import type { WritableFiles } from '../../../shared/ports.ts';
import { countingRandom, fixedClock, writableFilesInMemory } from '../../support/ports.ts';
import { asText, json, text } from '../target.ts';
import type { Target } from '../target.ts';

const digest = `sha256:${'0a'.repeat(32)}` as const;
const image = { schemaVersion: 2, mediaType: mediaTypes.imageManifest, config: descriptorOf('{}'), layers: [] };
const imageBytes = Buffer.from(JSON.stringify(image));
const subject = descriptorOf(imageBytes);
const signature = {
  ...image,
  config: { ...descriptorOf('{}'), mediaType: 'application/vnd.cncf.notary.signature' },
  layers: [descriptorOf('an envelope')],
  subject,
  annotations: { 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' },
};
const signatureBytes = Buffer.from(JSON.stringify(signature));
const index = {
  schemaVersion: 2,
  annotations: { a: 'b' },
  manifests: [
    { ...subject, annotations: { 'org.opencontainers.image.ref.name': 'v1' } },
    { ...descriptorOf(signatureBytes), annotations: signature.annotations },
    7,
    { digest: 'sha256:../../etc/passwd' },
  ],
};
const marker = { imageLayoutVersion: '1.0.0' };

function descriptorOf(content: string | Uint8Array): Descriptor {
  const bytes = Buffer.from(content);
  return { mediaType: mediaTypes.imageManifest, digest: digestOf(bytes), size: bytes.length };
}

type Names = Readonly<Record<string, Uint8Array>>;

/** A layout with the image and its signature, and what is given over it. */
function openLayout(given: Names): Repository {
  const blobs = [imageBytes, signatureBytes].map((bytes) => [blobName(bytes), bytes] as const);
  const contents = {
    'oci-layout': Buffer.from(JSON.stringify(marker)),
    'index.json': Buffer.from(JSON.stringify(index)),
    ...Object.fromEntries(blobs),
    ...given,
  };
  const files = writableFilesInMemory(
    Object.fromEntries(Object.entries(contents).map(([name, bytes]) => [`dir/${name}`, new Uint8Array(bytes)])),
  );
  const pace = { clock: fixedClock('2026-01-01'), random: countingRandom() };
  return new Layouts({ files: guarded(files), pace }).repository('dir');
}

function blobName(bytes: Uint8Array): string {
  return `blobs/${digestOf(bytes).replace(':', '/')}`;
}

const namesOfLayouts = /^dir\/(?:oci-layout|index\.json(?:\.lock)?|blobs(?:\/sha(?:256|384|512)(?:\/[0-9a-f]+)?)?)$/;

function guarded(files: WritableFiles): WritableFiles {
  const inside = (path: string): string => {
    if (namesOfLayouts.test(path)) return path;
    throw new Error(`${path} was touched`);
  };
  return {
    kind: (path) => files.kind(inside(path)),
    read: (path, maxBytes) => files.read(inside(path), maxBytes),
    list: (path) => files.list(inside(path)),
    create: (path, bytes) => files.create(inside(path), bytes),
    replace: (path, bytes) => files.replace(inside(path), bytes),
    remove: (path) => files.remove(inside(path)),
  };
}

async function listed(repository: Repository): Promise<number> {
  let count = 0;
  for await (const entry of listSignatures(repository, subject.digest)) count += entry.size;
  return count;
}

const codes = ['REGISTRY_NOT_FOUND', 'REGISTRY_RESPONSE_INVALID', 'REGISTRY_CONTENT_MISMATCH'] as const;

export const layoutTargets: readonly Target[] = [
  {
    name: 'reference to a layout',
    seeds: [`oci-layout:./a//b@${digest}`, 'oci-layout:C:\\dir:v1', 'oci-layout:../x y/:1.2_3-4'].map(text),
    refused: ['oci-layout:dir', `oci-layout:@${digest}`, 'oci-layout:a:b/c'].map(text),
    codes: ['REFERENCE_INVALID'],
    decode: (bytes) => repositoryName(parseArtifactReference(asText(bytes))),
  },
  {
    name: 'oci-layout',
    seeds: [json(marker)],
    refused: [json({ imageLayoutVersion: '2.0.0' })],
    codes,
    decode: (bytes) => openLayout({ 'oci-layout': bytes }).resolve({ tag: 'v1' }),
  },
  {
    name: 'index.json',
    seeds: [json(index), json({ ...index, mediaType: mediaTypes.imageIndex })],
    codes,
    decode: async (bytes) => {
      const repository = openLayout({ 'index.json': bytes });
      await repository.resolve({ tag: 'v1' });
      return listed(repository);
    },
  },
  {
    name: 'index.json, to be extended',
    seeds: [json(index), json({ ...index, manifests: [{ ...subject, x: { y: [1.5, null, { z: '<' }] } }] })],
    codes,
    decode: async (bytes) => {
      const repository = openLayout({ 'index.json': bytes });
      await repository.addToReferrersTag(subject.digest, descriptorOf('another'));
      // What was written must be read again.
      await repository.requirePushAccess();
    },
  },
  {
    name: 'manifest in a layout',
    seeds: [json(signature), json(image), json({ ...index, manifests: [subject] })],
    refused: [json({ ...image, mediaType: 'text/plain' })],
    codes,
    decode: async (bytes) => {
      const entry = { ...descriptorOf(bytes), mediaType: (mediaTypeIn(bytes) ?? '') || mediaTypes.imageIndex };
      const repository = openLayout({
        [blobName(bytes)]: bytes,
        'index.json': Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entry] })),
      });
      await repository.resolve({ digest: entry.digest });
      return listed(repository);
    },
  },
];

/** As whoever made the layout would have entered it. */
function mediaTypeIn(bytes: Uint8Array): string | undefined {
  return /"mediaType":"([^"]*)"/.exec(Buffer.from(bytes).toString())?.[1];
}
