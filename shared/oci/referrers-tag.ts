// Keeps the index under the referrers tag for registries that do not keep one themselves: read, append, write, and a
// while later read again. OCI distribution specification, "Pushing Manifests with Subject"; REG-10 to REG-12.

import { NotaryError, hasCode } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import type { Connection } from './connection.ts';
import { digestOf, mediaTypes, sameContent } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { saysImmutable } from './failure.ts';
import { maxManifestBytes, putManifest, resolveManifest } from './manifests.ts';
import { fetchReferrersTag, referrersTag } from './referrers.ts';
import type { TaggedReferrers } from './referrers.ts';
import { keyOf, writeIndex } from './referrers-index.ts';
import type { IndexEntry } from './referrers-index.ts';

/** Writers in other jobs come and go within a second; more than these many in a row is another trouble. */
const maxAttempts = 8;

/** Of the manifests of entries that have vanished; whoever removes more of them than this means it. */
const maxRestored = 64;

/** What a writer has to leave others who have read the index and not written it yet, at least, and at most. */
const minSettleMs = 250;
const maxSettleMs = 10_000;

/** For waiting until nobody who read the index before our entry was there still writes it. */
export interface Pace {
  readonly clock: Clock;
  readonly random: Random;
}

/** Updates of one repository's referrers tags; those of one tag wait for each other. */
export class ReferrersTagUpdates {
  readonly #connection: Connection;
  readonly #pace: Pace | undefined;
  readonly #pending = new Map<string, Promise<unknown>>();
  /** What was ever under a tag, in the order of its appearance. */
  readonly #seen = new Map<string, Map<string, IndexEntry>>();
  #mayDelete = true;

  /** @param pace  absent where nobody else can be writing */
  constructor(connection: Connection, pace?: Pace) {
    this.#connection = connection;
    this.#pace = pace;
  }

  /**
   * Adds one entry, and returns once the registry has shown it under the tag for a while.
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

  // Nothing is locked: whoever read the index before our write, and writes after it, drops our entry without knowing it.
  // So every writer looks again when such a write must be over, and puts back what it saw before: its own entry, and
  // those of others, which are never taken out of an index while their manifests are there.
  async #update(subject: Digest, referrer: Descriptor): Promise<readonly NotaryError[]> {
    const outdated = new Set<Digest>();
    let failure: NotaryError | undefined;
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const began = this.#pace?.clock.now().getTime() ?? 0;
      const current = await fetchReferrersTag(this.#connection, subject);
      const vanished = await this.#vanished(subject, current, referrer);
      const isThere = current?.entries.some(({ descriptor }) => sameContent(descriptor, referrer)) === true;
      if (isThere && vanished.length === 0) return this.#remove(outdated, current.digest);
      try {
        const written = await this.#write(subject, current, [...vanished, ...(isThere ? [] : [entryOf(referrer)])]);
        if (written === undefined) continue;
        if (current !== undefined) outdated.add(current.digest);
        outdated.add(written);
      } catch (error) {
        // Not repeated as it is: by now the index may be another one.
        if (!hasCode(error, 'REGISTRY_UNAVAILABLE')) throw error;
        failure = error;
      }
      await this.#settle(began);
    }
    throw (
      failure ??
      new NotaryError(
        'REGISTRY_UNAVAILABLE',
        `${this.#connection.name}: other writers replaced ${referrersTag(subject)} ${maxAttempts} times in a row`,
      )
    );
  }

  /** Other writers may take several times as long as we did. */
  async #settle(began: number): Promise<void> {
    if (this.#pace === undefined) return;
    const { clock, random } = this.#pace;
    const tookMs = clock.now().getTime() - began;
    const least = Math.min(Math.max(minSettleMs, 4 * tookMs), maxSettleMs);
    // Up to twice that, so that two writers do not meet at every attempt.
    const [more = 0] = random(1);
    await clock.sleep(least * (1 + more / 255));
  }

  /** Entries that were there, are not, and should be. */
  async #vanished(
    subject: Digest,
    current: TaggedReferrers | undefined,
    referrer: Descriptor,
  ): Promise<readonly IndexEntry[]> {
    const tag = referrersTag(subject);
    const seen = this.#seen.get(tag) ?? new Map<string, IndexEntry>();
    this.#seen.set(tag, seen);
    const there = new Set((current?.entries ?? []).map(({ descriptor }) => keyOf(descriptor)));
    const gone = [...seen].filter(([key]) => !there.has(key) && key !== keyOf(referrer)).map(([, entry]) => entry);
    for (const entry of current?.entries ?? []) seen.set(keyOf(entry.descriptor), entry);
    const vanished: IndexEntry[] = [];
    for (const entry of gone.slice(0, maxRestored)) {
      const { digest } = entry.descriptor;
      const isThere = await resolveManifest(this.#connection, { digest }).then(
        () => true,
        (error: unknown) => {
          if (!hasCode(error, 'REGISTRY_NOT_FOUND')) throw error;
          return false;
        },
      );
      if (isThere) vanished.push(entry);
      else seen.delete(keyOf(entry.descriptor));
    }
    return vanished;
  }

  /** Undefined where another writer was faster and the registry noticed. */
  async #write(
    subject: Digest,
    current: TaggedReferrers | undefined,
    more: readonly IndexEntry[],
  ): Promise<Digest | undefined> {
    const tag = referrersTag(subject);
    const bytes = writeIndex([...(current?.entries ?? []), ...more]);
    if (bytes.length > maxManifestBytes) {
      throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.#connection.name}: ${tag} is full`, {
        remedy: `Remove signatures of ${subject} that are no longer needed: their index is limited to 4 MiB.`,
      });
    }
    const condition = this.#condition(current);
    const index = { mediaType: mediaTypes.imageIndex, bytes, digest: digestOf(bytes), tag };
    try {
      const response = await putManifest(this.#connection, { ...index, ...(condition && { condition }) });
      if (response.status === 201) return index.digest;
      // Harbor says so with the status of a condition that does not hold.
      if (saysImmutable(response))
        throw this.#connection.failure({ method: 'PUT', target: `manifests/${tag}` }, response);
      return undefined;
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
  async #remove(outdated: ReadonlySet<Digest>, current: Digest): Promise<readonly NotaryError[]> {
    const warnings: NotaryError[] = [];
    for (const digest of outdated) {
      // With an index, registries remove the tags that lead to it.
      if (digest === current) continue;
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

function entryOf(descriptor: Descriptor): IndexEntry {
  return { descriptor };
}

function litter(error: NotaryError): NotaryError {
  return new NotaryError(error.code, `the outdated referrers index was not removed: ${error.message}`, {
    cause: error,
    remedy: 'Nothing is lost; the registry may need garbage collection.',
  });
}
