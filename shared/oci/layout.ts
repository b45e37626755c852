// OCI image layouts on disk as repositories, so that both flows see no difference. OCI image specification, "Image
// Layout"; REG-20 to REG-22.

import { errorCodes, hasCode, NotaryError } from '../errors.ts';
import type { WritableFiles } from '../ports.ts';
import { maxBlobBytes } from './blobs.ts';
import { digestOf } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { FileLock } from './file-lock.ts';
import type { LockServices } from './file-lock.ts';
import { LayoutContent, maxLayoutIndexBytes } from './layout-content.ts';
import { addEntry, findTag } from './layout-index.ts';
import { readManifest } from './layout-manifest.ts';
import { LayoutReferrers } from './layout-referrers.ts';
import { maxManifestBytes } from './manifests.ts';
import type { Repository } from './registry.ts';

/** All layouts of a step. */
export class Layouts {
  readonly #services: LockServices;
  readonly #repositories = new Map<string, Repository>();

  constructor(services: LockServices) {
    this.#services = services;
  }

  /** @param directory  of a LayoutReference; a layout is not made where there is none */
  repository(directory: string): Repository {
    const known = this.#repositories.get(directory);
    if (known !== undefined) return known;
    const repository = new Layout(directory, this.#services);
    this.#repositories.set(directory, repository);
    return repository;
  }
}

class Layout implements Repository {
  readonly name: string;
  /** There is no server to ask. */
  readonly referrersApiIsAbsent = true;
  readonly #content: LayoutContent;
  readonly #referrers: LayoutReferrers;
  readonly #files: WritableFiles;
  readonly #lock: FileLock;

  constructor(directory: string, services: LockServices) {
    this.#content = new LayoutContent(directory, services.files);
    this.#referrers = new LayoutReferrers(this.#content);
    this.#files = services.files;
    this.#lock = new FileLock(this.#content.path('index.json.lock'), services);
    this.name = this.#content.name;
  }

  resolve({ tag, digest }: { readonly tag?: string; readonly digest?: Digest }): Promise<Descriptor> {
    return inLayout(async () => {
      const index = await this.#content.readIndex();
      const entry =
        digest === undefined ? findTag(index, tag ?? '') : index.entries.find((one) => one.digest === digest);
      const wanted = digest ?? entry?.digest;
      if (wanted === undefined) {
        const remedy = 'Check the tag (org.opencontainers.image.ref.name in index.json), or name the digest.';
        throw new NotaryError('REGISTRY_NOT_FOUND', `${this.name}: index.json has no tag "${tag ?? ''}"`, { remedy });
      }
      const known = entry && { size: entry.size };
      const bytes = await this.#content.readBlob(wanted, { ...known, limit: maxManifestBytes });
      return { mediaType: this.#mediaTypeOf(bytes, wanted, entry?.mediaType), digest: wanted, size: bytes.length };
    });
  }

  fetchManifest({ digest, size, mediaType }: Descriptor): Promise<Uint8Array> {
    return inLayout(async () => {
      await this.#content.readIndex();
      const bytes = await this.#content.readBlob(digest, { size, limit: maxManifestBytes });
      this.#mediaTypeOf(bytes, digest, mediaType);
      return bytes;
    });
  }

  fetchBlob({ digest, size }: Descriptor): Promise<Uint8Array> {
    return inLayout(() => this.#content.readBlob(digest, { size, limit: maxBlobBytes }));
  }

  hasBlob(digest: Digest): Promise<boolean> {
    return inLayout(() => this.#content.hasBlob(digest));
  }

  pushBlob(bytes: Uint8Array): Promise<void> {
    return inLayout(async () => {
      // Only into what is a layout.
      await this.#content.readIndex();
      const digest = digestOf(bytes);
      if (await this.#holds(digest, bytes.length)) return;
      await this.#files.replace(this.#content.path(await this.#content.requireBlobPath(digest)), bytes);
    });
  }

  ensureBlob(bytes: Uint8Array): Promise<void> {
    return this.pushBlob(bytes);
  }

  requirePushAccess(): Promise<void> {
    return inLayout(async () => {
      await this.#content.readIndex();
      await this.#lock.hold(() => Promise.resolve());
    });
  }

  /** Nobody finds it before addToReferrersTag was called, too. */
  async pushManifest({ bytes }: { readonly bytes: Uint8Array }): Promise<{ readonly subjectAccepted: boolean }> {
    await this.pushBlob(bytes);
    return { subjectAccepted: false };
  }

  async *listReferrers(subject: Digest, artifactType: string): AsyncIterable<Descriptor> {
    const entries = this.#referrers.list(subject, artifactType)[Symbol.asyncIterator]();
    for (;;) {
      const entry = await inLayout(() => entries.next());
      if (entry.done === true) return;
      yield entry.value;
    }
  }

  /** Into index.json, which is the only list of a layout. REG-21. */
  async addToReferrersTag(
    _subject: Digest,
    { mediaType, digest, size, annotations }: Descriptor,
  ): Promise<readonly []> {
    const entry = { mediaType, digest, size, ...(annotations && { annotations }) };
    await inLayout(() =>
      this.#lock.hold(async () => {
        const bytes = addEntry(await this.#content.readIndex(), entry);
        if (bytes === undefined) return;
        if (bytes.length > maxLayoutIndexBytes) {
          throw new NotaryError(
            'REGISTRY_RESPONSE_INVALID',
            `${this.name}: index.json would be longer than ${maxLayoutIndexBytes} bytes`,
          );
        }
        await this.#files.replace(this.#content.path('index.json'), bytes);
      }),
    );
    return [];
  }

  /** A damaged blob is written again. */
  async #holds(digest: Digest, size: number): Promise<boolean> {
    try {
      await this.#content.readBlob(digest, { size, limit: maxBlobBytes });
      return true;
    } catch (error) {
      if (hasCode(error, 'REGISTRY_NOT_FOUND', 'REGISTRY_CONTENT_MISMATCH')) return false;
      throw error;
    }
  }

  #mediaTypeOf(bytes: Uint8Array, digest: Digest, stated: string | undefined): string {
    const source = { code: 'REGISTRY_RESPONSE_INVALID', what: `${this.name}@${digest}` } as const;
    return readManifest(bytes, stated, source).mediaType;
  }
}

const damaged =
  'The directory is no OCI image layout 1.0.0, or a damaged one: write it again with the tool that made it.';

/** What is said of registries helps nobody whose disk it is. */
async function inLayout<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, 'REGISTRY_RESPONSE_INVALID') || error.remedy !== errorCodes[error.code].remedy) throw error;
    throw new NotaryError(error.code, error.message, { cause: error, remedy: damaged });
  }
}
