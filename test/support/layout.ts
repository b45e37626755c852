// OCI image layouts on disk, written with nothing of ours: images, indexes and any other artifact, with or without tags.

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LayoutDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly mediaType: string;
  readonly [member: string]: unknown;
}

const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
const imageIndex = 'application/vnd.oci.image.index.v1+json';

export class LayoutOnDisk {
  readonly directory: string;

  /** Makes the directory, with no artifact in it. */
  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    this.writeIndex({ schemaVersion: 2, mediaType: imageIndex, manifests: [] });
  }

  readIndex(): { readonly manifests: readonly LayoutDescriptor[]; readonly [member: string]: unknown } {
    return JSON.parse(readFileSync(join(this.directory, 'index.json'), 'utf8')) as ReturnType<LayoutOnDisk['readIndex']>;
  }

  writeIndex(index: unknown): void {
    writeFileSync(join(this.directory, 'index.json'), JSON.stringify(index));
  }

  blobPath(digest: string): string {
    return join(this.directory, 'blobs', ...digest.split(':'));
  }

  putBlob(bytes: Uint8Array, mediaType: string): LayoutDescriptor {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    writeFileSync(this.blobPath(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** The manifest as a blob; index.json does not know it. */
  putManifest(manifest: Manifest): LayoutDescriptor {
    return this.putBlob(Buffer.from(JSON.stringify(manifest)), manifest.mediaType);
  }

  /** Enters what is there in index.json. */
  enter(descriptor: LayoutDescriptor, tag?: string): LayoutDescriptor {
    const index = this.readIndex();
    const annotations = { ...descriptor.annotations, ...(tag && { 'org.opencontainers.image.ref.name': tag }) };
    const entry = { ...descriptor, ...(Object.keys(annotations).length > 0 && { annotations }) };
    this.writeIndex({ ...index, manifests: [...index.manifests, entry] });
    return descriptor;
  }

  /** An image with one random layer, so that every call makes another digest; not in index.json. */
  putImage(): LayoutDescriptor {
    const layer = this.putBlob(randomBytes(64), 'application/vnd.oci.image.layer.v1.tar');
    const rootfs = { type: 'layers', diff_ids: [layer.digest] };
    const content = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs }));
    const config = this.putBlob(content, 'application/vnd.oci.image.config.v1+json');
    return this.putManifest({ schemaVersion: 2, mediaType: imageManifest, config, layers: [layer] });
  }

  addImage(tag?: string): LayoutDescriptor {
    return this.enter(this.putImage(), tag);
  }

  /** An index over an image each for linux/amd64 and linux/arm64, which index.json does not know. */
  addIndex(tag?: string): LayoutDescriptor & { readonly children: readonly LayoutDescriptor[] } {
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    const children = platforms.map(() => this.putImage());
    const manifests = children.map((child, index) => ({ ...child, platform: platforms[index] }));
    return { ...this.enter(this.putManifest({ schemaVersion: 2, mediaType: imageIndex, manifests }), tag), children };
  }

  /** "oci-layout:DIRECTORY@DIGEST" */
  reference({ digest }: LayoutDescriptor): string {
    return `oci-layout:${this.directory}@${digest}`;
  }
}
