// Keeps the index under the referrers tag for registries that do not keep one themselves: read, append, write, read
// again. OCI distribution specification, "Pushing Manifests with Subject"; REG-10 to REG-12.

import { NotaryError, hasCode } from '../errors.ts';
import { InexactNumber, isJsonObject, JsonMembers, ordered, writeJson } from '../json.ts';
import type { Json, Writable } from '../json.ts';
import type { Connection } from './connection.ts';
import { digestOf, mediaTypes, sameContent, writeDescriptor } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { maxManifestBytes, putManifest } from './manifests.ts';
import { fetchReferrersTag, referrersTag } from './referrers.ts';
import type { IndexEntry, TaggedReferrers } from './referrers.ts';

/** Writers in other jobs come and go within a second; more than these many in a row is another trouble. */
const maxAttempts = 8;

/** A descriptor has three levels; what is deeper than this was not written to be read. */
const maxEntryDepth = 16;

/** Updates of one repository's referrers tags; those of one tag wait for each other. */
export class ReferrersTagUpdates {
  readonly #connection: Connection;
  readonly #pending = new Map<string, Promise<unknown>>();
  #mayDelete = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Adds one entry, and returns once the registry shows it under the tag.
   *
   * @returns what went wrong after that: old indexes that could not be removed
   */
  async add(subject: Digest, referrer: Descriptor): Promise<readonly NotaryError[]> {
    const tag = referrersTag(subject);
    const before = this.#pending.get(tag) ?? Promise.resolve();
    const update = before.then(() => this.#update(subject, referrer));
    // The next one waits for the end of this update, and is not concerned with how it went.
    const settled = update.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.set(tag, settled);
    return update;
  }

  async #update(subject: Digest, referrer: Descriptor): Promise<readonly NotaryError[]> {
    const warnings: NotaryError[] = [];
    let ours: Digest | undefined;
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const current = await fetchReferrersTag(this.#connection, subject);
      // Nothing is locked: after our write, another writer may have put an index without our entry in its place.
      if (current?.entries.some(({ descriptor }) => sameContent(descriptor, referrer)) === true) return warnings;
      const written = await this.#write(subject, current, referrer);
      if (written === undefined) continue;
      warnings.push(...(await this.#remove([current?.digest, ours], written)));
      ours = written;
    }
    throw new NotaryError(
      'REGISTRY_UNAVAILABLE',
      `${this.#connection.name}: other writers replaced ${referrersTag(subject)} ${maxAttempts} times in a row`,
    );
  }

  /** Undefined where another writer was faster and the registry noticed. */
  async #write(
    subject: Digest,
    current: TaggedReferrers | undefined,
    referrer: Descriptor,
  ): Promise<Digest | undefined> {
    const tag = referrersTag(subject);
    const bytes = writeIndex(current?.entries ?? [], referrer);
    if (bytes.length > maxManifestBytes) {
      throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.#connection.name}: ${tag} is full`, {
        remedy: `Remove signatures of ${subject} that are no longer needed: their index is limited to 4 MiB.`,
      });
    }
    const condition = this.#condition(current);
    const index = { mediaType: mediaTypes.imageIndex, bytes, digest: digestOf(bytes), tag };
    try {
      const response = await putManifest(this.#connection, { ...index, ...(condition && { condition }) });
      return response.status === 201 ? index.digest : undefined;
    } catch (error) {
      // A first index could be written: what is refused now is the move of the tag.
      if (current === undefined || !hasCode(error, 'REGISTRY_RESPONSE_INVALID', 'REGISTRY_UNAUTHORIZED')) throw error;
      const remedy = `If the tags of this repository are immutable, exempt the pattern sha256-*, or use a registry with the referrers API.`;
      throw new NotaryError(error.code, error.message, { cause: error, remedy });
    }
  }

  #condition(current: TaggedReferrers | undefined): Readonly<Record<string, string>> | undefined {
    if (current === undefined) return this.#connection.givesEtags ? { 'if-none-match': '*' } : undefined;
    // A weak tag never matches (RFC 9110 §13.1.1).
    return current.etag === undefined || current.etag.startsWith('W/') ? undefined : { 'if-match': current.etag };
  }

  // REG-12: the new index is in place, so what cannot be removed is litter, not a failure.
  async #remove(outdated: readonly (Digest | undefined)[], written: Digest): Promise<readonly NotaryError[]> {
    const warnings: NotaryError[] = [];
    for (const digest of new Set(outdated)) {
      if (digest === undefined || digest === written) continue;
      if (!this.#mayDelete) break;
      const request = { method: 'DELETE', target: `manifests/${digest}`, repeatable: true } as const;
      try {
        const response = await this.#connection.send(request);
        // Another writer may have removed it already.
        if (response.status === 202 || response.status === 404) continue;
        // A registry without this method has it for no index.
        if (response.status === 405) this.#mayDelete = false;
        warnings.push(litter(this.#connection.failure(request, response)));
      } catch (error) {
        if (!hasCode(error, 'REGISTRY_UNAVAILABLE', 'REGISTRY_UNAUTHORIZED', 'REGISTRY_RESPONSE_INVALID')) throw error;
        warnings.push(litter(error));
      }
    }
    return warnings;
  }
}

/** REG-10, REG-11: no entry twice, the new one last; what others wrote into theirs is kept. */
function writeIndex(entries: readonly IndexEntry[], referrer: Descriptor): Uint8Array {
  const distinct = new Map<string, Writable>();
  for (const { descriptor, json } of entries) {
    const { mediaType, digest, size } = descriptor;
    const key = JSON.stringify([mediaType, digest, size]);
    if (!distinct.has(key))
      distinct.set(key, isDeeper(json, maxEntryDepth) ? writeDescriptor(descriptor) : asWritable(json));
  }
  const manifests = [...distinct.values(), writeDescriptor(referrer)];
  return writeJson(ordered(['schemaVersion', 2], ['mediaType', mediaTypes.imageIndex], ['manifests', manifests]));
}

function isDeeper(json: Json, depth: number): boolean {
  const parts = Array.isArray(json) ? (json as readonly Json[]) : isJsonObject(json) ? Object.values(json) : [];
  return parts.length > 0 && (depth === 0 || parts.some((part) => isDeeper(part ?? null, depth - 1)));
}

function asWritable(json: Json): Writable {
  if (json instanceof InexactNumber) return Number(json.source);
  if (Array.isArray(json)) return (json as readonly Json[]).map(asWritable);
  if (!isJsonObject(json)) return json as Exclude<typeof json, readonly Json[]>;
  return new JsonMembers(Object.entries(json).map(([name, value]) => [name, asWritable(value ?? null)] as const));
}

function litter(error: NotaryError): NotaryError {
  return new NotaryError(error.code, `the outdated referrers index was not removed: ${error.message}`, {
    cause: error,
    remedy: 'Nothing is lost; the registry may need garbage collection.',
  });
}
