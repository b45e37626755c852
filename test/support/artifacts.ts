// Artifacts of every kind that people put beside images, stored in a registry or in a layout alike.

import type { LayoutDescriptor, TestLayout } from './layout.ts';
import { pushBlob, pushManifest } from './images.ts';
import type { Target } from './images.ts';

/** Where artifacts are put. */
export interface Shelf {
  blob(bytes: Uint8Array, mediaType: string): Promise<LayoutDescriptor>;
  manifest(document: object, mediaType: string): Promise<LayoutDescriptor>;
}

export function shelfOfRegistry(target: Target): Shelf {
  return {
    async blob(bytes, mediaType) {
      return { mediaType, digest: await pushBlob(target, bytes), size: bytes.length };
    },
    async manifest(document, mediaType) {
      const { digest, size } = await pushManifest(target, { schemaVersion: 2, ...document, mediaType });
      return { mediaType, digest, size };
    },
  };
}

export function shelfOfLayout(layout: TestLayout): Shelf {
  return {
    blob: (bytes, mediaType) => Promise.resolve(layout.putBlob(bytes, mediaType)),
    manifest: (document, mediaType) => Promise.resolve(layout.putManifest({ ...document, mediaType }, mediaType)),
  };
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const emptyType = 'application/vnd.oci.empty.v1+json';
const dockerType = 'application/vnd.docker.distribution.manifest.v2+json';
const dockerListType = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** As the tools of each kind store them: what differs is the type of the artifact, of its config and of its content. */
const kinds = {
  'SPDX SBOM': { artifactType: 'application/spdx+json', config: emptyType, content: 'application/spdx+json' },
  'Helm chart': {
    config: 'application/vnd.cncf.helm.config.v1+json',
    content: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  },
  'AI model': {
    artifactType: 'application/vnd.cncf.model.manifest.v1+json',
    config: 'application/vnd.cncf.model.config.v1+json',
    content: 'application/vnd.cncf.model.weight.v1.tar',
  },
  'Flux configuration': {
    config: 'application/vnd.cncf.flux.config.v1+json',
    content: 'application/vnd.cncf.flux.content.v1.tar+gzip',
  },
  'Docker image': {
    mediaType: dockerType,
    config: 'application/vnd.docker.container.image.v1+json',
    content: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;

export type Kind = keyof typeof kinds;
export const allKinds = Object.keys(kinds) as readonly Kind[];

/** @param content  two artifacts with the same content are the same */
export async function putArtifact(
  shelf: Shelf,
  kind: Kind,
  content: string,
  subject?: LayoutDescriptor,
): Promise<LayoutDescriptor> {
  const { config, content: contentType, ...types } = kinds[kind];
  const mediaType = 'mediaType' in types ? types.mediaType : manifestType;
  const document = {
    ...('artifactType' in types && { artifactType: types.artifactType }),
    config: await shelf.blob(Buffer.from('{}'), config),
    layers: [await shelf.blob(Buffer.from(`${kind}: ${content}`), contentType)],
    ...(subject && { subject }),
  };
  return shelf.manifest(document, mediaType);
}

export interface IndexMember {
  readonly descriptor: LayoutDescriptor;
  /** "linux/amd64" */
  readonly platform?: string;
  readonly isAttestation?: true;
}

export function putIndex(
  shelf: Shelf,
  members: readonly IndexMember[],
  format: 'oci' | 'docker' = 'oci',
): Promise<LayoutDescriptor> {
  const manifests = members.map(({ descriptor, platform, isAttestation }) => {
    const [os, architecture] = platform?.split('/') ?? [];
    return {
      ...descriptor,
      ...(platform !== undefined && { platform: { os, architecture } }),
      ...(isAttestation && { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
    };
  });
  return shelf.manifest({ manifests }, format === 'oci' ? indexType : dockerListType);
}
