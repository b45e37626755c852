// OCI image layouts, on disk or in memory, written with nothing of ours: images, indexes and any other artifact, with or
// without tags.

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LayoutDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface LayoutIndex {
  readonly manifests: readonly LayoutDescriptor[];
  readonly [member: string]: unknown;
}

/** Names are relative to the layout. */
interface Store {
  read(name: string): Uint8Array;
  write(name: string, bytes: Uint8Array): void;
}

const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
const imageIndex = 'application/vnd.oci.image.index.v1+json';

/** Makes the directory, with no artifact in it. */
export function layoutOnDisk(directory: string): TestLayout {
  mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
  return new TestLayout(directory, {
    read: (name) => readFileSync(join(directory, name)),
    write(name, bytes) {
      writeFileSync(join(directory, name), bytes);
    },
  });
}

/** Among the contents of the files in memory. */
export function layoutInMemory(contents: Map<string, Uint8Array>, directory: string): TestLayout {
  return new TestLayout(directory, {
    read: (name) => contents.get(`${directory}/${name}`)!,
    write: (name, bytes) => contents.set(`${directory}/${name}`, new Uint8Array(bytes)),
  });
}

export class TestLayout {
  readonly directory: string;
  readonly #store: Store;

  constructor(directory: string, store: Store) {
    this.directory = directory;
    this.#store = store;
    this.write('oci-layout', '{"imageLayoutVersion":"1.0.0"}');
    this.writeIndex({ schemaVersion: 2, mediaType: imageIndex, manifests: [] });
  }

  read(name: string): string {
    return Buffer.from(this.#store.read(name)).toString();
  }

  write(name: string, content: string | Uint8Array): void {
    this.#store.write(name, typeof content === 'string' ? Buffer.from(content) : content);
  }

  readIndex(): LayoutIndex {
    return JSON.parse(this.read('index.json')) as LayoutIndex;
  }

  writeIndex(index: unknown): void {
    this.write('index.json', JSON.stringify(index));
  }

  putBlob(bytes: Uint8Array, mediaType: string): LayoutDescriptor {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    this.write(blobName(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** A manifest as a blob, which index.json does not know. */
  putManifest(manifest: object, mediaType = imageManifest): LayoutDescriptor {
    return this.putBlob(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...manifest })), mediaType);
  }

  /** Enters in index.json what is there. */
  enter(descriptor: LayoutDescriptor, tag?: string): LayoutDescriptor {
    const index = this.readIndex();
    const { mediaType, digest, size } = descriptor;
    const annotations = { ...descriptor.annotations, ...(tag && { 'org.opencontainers.image.ref.name': tag }) };
    const entry = { mediaType, digest, size, ...(Object.keys(annotations).length > 0 && { annotations }) };
    this.writeIndex({ ...index, manifests: [...index.manifests, entry] });
    return descriptor;
  }

  /** An image with one random layer, so that every call makes another digest; not in index.json. */
  putImage(): LayoutDescriptor {
    const layer = this.putBlob(randomBytes(64), 'application/vnd.oci.image.layer.v1.tar');
    const rootfs = { type: 'layers', diff_ids: [layer.digest] };
    const content = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs }));
    return this.putManifest({
      config: this.putBlob(content, 'application/vnd.oci.image.config.v1+json'),
      layers: [layer],
    });
  }

  addImage(tag?: string): LayoutDescriptor {
    return this.enter(this.putImage(), tag);
  }

  /** An index over an image each for linux/amd64 and linux/arm64, which index.json does not know. */
  addIndex(tag?: string): LayoutDescriptor & { readonly children: readonly LayoutDescriptor[] } {
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    const children = platforms.map(() => this.putImage());
    const manifests = children.map((child, index) => ({ ...child, platform: platforms[index] }));
    return { ...this.enter(this.putManifest({ manifests }, imageIndex), tag), children };
  }

  /** "oci-layout:DIRECTORY@DIGEST" */
  reference({ digest }: LayoutDescriptor): string {
    return `oci-layout:${this.directory}@${digest}`;
  }
}

/** Relative to the layout. */
export function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
