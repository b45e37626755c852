// What the embedded OCI registry holds, in memory: blobs, manifests, tags and uploads of each repository.

import { createHash, randomBytes, randomUUID } from 'node:crypto';

export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export interface PushedArtifact {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** "host/repository@sha256:…" */
  readonly reference: string;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export interface Repository {
  readonly blobs: Map<string, Uint8Array>;
  /** By digest, in the order of their arrival. */
  readonly manifests: Map<string, StoredManifest>;
  /** Tag to digest. */
  readonly tags: Map<string, string>;
  readonly uploads: Map<string, Uint8Array>;
}

export const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
export const imageIndex = 'application/vnd.oci.image.index.v1+json';

export class RegistryContent {
  /** "localhost:5000" */
  readonly host: string;
  readonly repositories = new Map<string, Repository>();

  constructor(host: string) {
    this.host = host;
  }

  /** The repository, made where it is not there yet. */
  repository(name: string): Repository {
    const known = this.repositories.get(name);
    if (known !== undefined) return known;
    const made: Repository = { blobs: new Map(), manifests: new Map(), tags: new Map(), uploads: new Map() };
    this.repositories.set(name, made);
    return made;
  }

  /** By tag or digest. */
  manifest(repository: string, reference: string): StoredManifest | undefined {
    const { manifests, tags } = this.repository(repository);
    return manifests.get(tags.get(reference) ?? reference);
  }

  putBlob(repository: string, bytes: Uint8Array): string {
    const digest = sha256(bytes);
    this.repository(repository).blobs.set(digest, bytes);
    return digest;
  }

  putManifest(repository: string, manifest: { mediaType: string; bytes: Uint8Array; tag?: string }): PushedArtifact {
    const { mediaType, bytes, tag } = manifest;
    const digest = sha256(bytes);
    const { manifests, tags } = this.repository(repository);
    manifests.set(digest, { mediaType, digest, bytes });
    if (tag !== undefined) tags.set(tag, digest);
    return { mediaType, digest, size: bytes.length, reference: `${this.host}/${repository}@${digest}` };
  }

  /** An image with one random layer, so that every call makes another digest. */
  pushImage(repository: string, options: { tag?: string; platform?: Platform } = {}): PushedArtifact {
    const { tag, platform = { os: 'linux', architecture: 'amd64' } } = options;
    const layer = randomBytes(64);
    const config = Buffer.from(JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: [sha256(layer)] } }));
    const manifest = {
      schemaVersion: 2,
      mediaType: imageManifest,
      config: this.#descriptor(repository, 'application/vnd.oci.image.config.v1+json', config),
      layers: [this.#descriptor(repository, 'application/vnd.oci.image.layer.v1.tar', layer)],
    };
    return this.#putJson(repository, manifest, tag);
  }

  /** An index over a linux/amd64 and a linux/arm64 image. */
  pushIndex(repository: string, options: { tag?: string } = {}): PushedArtifact & { children: PushedArtifact[] } {
    const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    const children = platforms.map((platform) => this.pushImage(repository, { platform }));
    const manifests = children.map(({ mediaType, digest, size }, index) => ({
      ...{ mediaType, digest, size },
      platform: platforms[index],
    }));
    const index = { schemaVersion: 2, mediaType: imageIndex, manifests };
    return { ...this.#putJson(repository, index, options.tag), children };
  }

  startUpload(repository: string): string {
    const id = randomUUID();
    this.repository(repository).uploads.set(id, new Uint8Array());
    return id;
  }

  /** Takes the manifest away, with the tags that point to it. */
  deleteManifest(repository: string, digest: string): boolean {
    const { manifests, tags } = this.repository(repository);
    for (const [tag, target] of tags) if (target === digest) tags.delete(tag);
    return manifests.delete(digest);
  }

  #descriptor(repository: string, mediaType: string, bytes: Uint8Array): unknown {
    return { mediaType, digest: this.putBlob(repository, bytes), size: bytes.length };
  }

  #putJson(repository: string, manifest: { mediaType: string }, tag: string | undefined): PushedArtifact {
    const bytes = Buffer.from(JSON.stringify(manifest));
    return this.putManifest(repository, {
      mediaType: manifest.mediaType,
      bytes,
      ...(tag === undefined ? {} : { tag }),
    });
  }
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Whether the bytes have the digest, whatever its algorithm. */
export function hasDigest(bytes: Uint8Array, digest: string): boolean {
  const [algorithm = '', hex] = digest.split(':');
  return /^sha(256|384|512)$/.test(algorithm) && createHash(algorithm).update(bytes).digest('hex') === hex;
}
