// What an OCI image layout holds: its index, and blobs with every byte accounted for. OCI image specification, "Image
// Layout".
//
// Nothing outside the directory is read or written: digests are checked before they become names, and symbolic links
// below the directory are refused. The directory itself may be a link, as it is the user who names it.

import type { Source } from '../bytes.ts';
import { malformed } from '../bytes.ts';
import { hasCode, NotaryError } from '../errors.ts';
import { member, parseJson, requireObject, requireString } from '../json.ts';
import type { FileKind, Files } from '../ports.ts';
import { requireDigest } from './descriptor.ts';
import type { Digest } from './descriptor.ts';
import { parseLayoutIndex } from './layout-index.ts';
import type { LayoutIndex } from './layout-index.ts';

/** One member; tools add some of their own. */
const maxMarkerBytes = 64 * 1024;
/** What is read of any index (REG-13). */
export const maxLayoutIndexBytes = 4 * 1024 * 1024;

const layoutVersion = '1.0.0';

export class LayoutContent {
  /** "oci-layout:PATH" */
  readonly name: string;
  readonly #directory: string;
  readonly #files: Files;
  #checked: Promise<void> | undefined;

  constructor(directory: string, files: Files) {
    this.name = `oci-layout:${directory}`;
    this.#directory = directory;
    this.#files = files;
  }

  /** Of a file directly in the layout. */
  path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  async readIndex(): Promise<LayoutIndex> {
    await (this.#checked ??= this.#requireLayout());
    return parseLayoutIndex(await this.#readFile('index.json', maxLayoutIndexBytes), this.#source('index.json'));
  }

  /**
   * @param size  where it is known
   * @throws NotaryError REGISTRY_NOT_FOUND         there is no such blob
   * @throws NotaryError REGISTRY_CONTENT_MISMATCH  it has another size or digest
   * @throws NotaryError REGISTRY_RESPONSE_INVALID  it is over the limit, or no regular file
   */
  async readBlob(
    digest: Digest,
    { size, limit }: { readonly size?: number; readonly limit: number },
  ): Promise<Uint8Array> {
    const name = await this.requireBlobPath(digest);
    const source = this.#source(name);
    if (size !== undefined && size > limit) {
      throw malformed(source, `the size is given as ${size} bytes; at most ${limit} are read`);
    }
    const bytes = await this.#readFile(name, limit);
    if (size !== undefined && bytes.length !== size) {
      throw new NotaryError('REGISTRY_CONTENT_MISMATCH', `${source.what}: ${bytes.length} bytes instead of ${size}`);
    }
    try {
      requireDigest(bytes, digest);
    } catch (error) {
      if (!hasCode(error, 'REGISTRY_CONTENT_MISMATCH')) throw error;
      throw new NotaryError(error.code, `${source.what}: ${error.message}`, { cause: error });
    }
    return bytes;
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    return (await this.#kind(await this.requireBlobPath(digest))) !== undefined;
  }

  /** @returns  the name of the blob in the layout, of which no directory is a link */
  async requireBlobPath(digest: Digest): Promise<string> {
    const [algorithm = '', hex = ''] = digest.split(':');
    for (const directory of ['blobs', `blobs/${algorithm}`]) {
      const kind = await this.#kind(directory);
      if (kind !== undefined && kind !== 'directory') throw this.#unexpected(directory, kind);
    }
    return `blobs/${algorithm}/${hex}`;
  }

  async #requireLayout(): Promise<void> {
    const source = this.#source('oci-layout');
    const marker = requireObject(parseJson(await this.#readFile('oci-layout', maxMarkerBytes), source), source, 'it');
    const version = requireString(member(marker, 'imageLayoutVersion'), source, 'imageLayoutVersion');
    if (version === layoutVersion) return;
    throw malformed(source, `imageLayoutVersion is "${version}"; only ${layoutVersion} is known`);
  }

  async #readFile(name: string, maxBytes: number): Promise<Uint8Array> {
    const kind = await this.#kind(name);
    if (kind !== undefined && kind !== 'file') throw this.#unexpected(name, kind);
    try {
      const bytes = kind && (await this.#files.read(this.path(name), maxBytes));
      if (bytes !== undefined) return bytes;
    } catch (error) {
      if (!hasCode(error, 'FILE_UNREADABLE')) throw error;
      // Told as of content that a registry serves wrongly, so that one broken signature does not hide the others (D10).
      const options = { cause: error, remedy: error.remedy };
      throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.name}: ${error.message}`, options);
    }
    throw new NotaryError('REGISTRY_NOT_FOUND', `${this.name}: there is no ${name}`, { remedy: whatIsNeeded });
  }

  #kind(name: string): Promise<FileKind | undefined> {
    return this.#files.kind(this.path(name));
  }

  #source(name: string): Source {
    return { code: 'REGISTRY_RESPONSE_INVALID', what: `${this.name}: ${name}` };
  }

  #unexpected(name: string, kind: FileKind): NotaryError {
    const detail = kind === 'symlink' ? 'is a symbolic link, which is not followed' : `is a ${kind}`;
    const remedy = 'Write the layout as directories and regular files; `cp -RL` makes such a copy of one with links.';
    return new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.name}: ${name} ${detail}`, { remedy });
  }
}

const whatIsNeeded =
  'Name the directory that holds oci-layout, index.json and blobs (an archive must be unpacked first), and an artifact that is in it.';
