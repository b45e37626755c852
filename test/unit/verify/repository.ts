// A repository in memory that counts what it is asked, and fails on demand.

import { NotaryError } from '../../../shared/errors.ts';
import { digestOf, mediaTypes } from '../../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import type { StoredSignature } from '../../../shared/oci/signatures.ts';
import { subject } from './world.ts';

/** A stored signature, or why its manifest cannot be had. */
export type Entry = StoredSignature | NotaryError;

export interface RepositoryOptions {
  readonly resolve?: () => Promise<Descriptor>;
  /** Thrown after the last entry. */
  readonly listingFails?: Error;
}

export interface MemoryRepository {
  readonly repository: Repository;
  /** "resolve", "list", "manifest N", "blob N", in the order they were asked. */
  readonly asked: readonly string[];
  /** Manifests, in the order of the entries. */
  readonly manifests: readonly Descriptor[];
}

export function memoryRepository(entries: readonly Entry[], options: RepositoryOptions = {}): MemoryRepository {
  const asked: string[] = [];
  const manifests = entries.map(describeEntry);
  const unsupported = (): Promise<never> => Promise.reject(new Error('verify does not write'));
  return {
    asked,
    manifests,
    repository: {
      name: 'registry.example/app',
      resolve() {
        asked.push('resolve');
        return options.resolve?.() ?? Promise.resolve(subject);
      },
      fetchManifest(descriptor) {
        const index = manifests.indexOf(descriptor);
        asked.push(`manifest ${index}`);
        const entry = entries[index];
        if (entry === undefined || entry instanceof NotaryError)
          return Promise.reject(entry ?? new Error('not listed'));
        return Promise.resolve(manifestOf(entry));
      },
      fetchBlob({ digest }) {
        const index = entries.findIndex(
          (entry) => !(entry instanceof NotaryError) && digestOf(entry.envelope) === digest,
        );
        asked.push(`blob ${index}`);
        const entry = entries[index];
        if (entry === undefined || entry instanceof NotaryError) return Promise.reject(new Error('not stored'));
        return Promise.resolve(entry.envelope);
      },
      async *listReferrers() {
        asked.push('list');
        await Promise.resolve();
        yield* manifests;
        if (options.listingFails !== undefined) throw options.listingFails;
      },
      referrersApiIsAbsent: false,
      ...{ hasBlob: unsupported, pushBlob: unsupported, ensureBlob: unsupported },
      ...{ pushManifest: unsupported, addToReferrersTag: unsupported, requirePushAccess: unsupported },
    },
  };
}

function describeEntry(entry: Entry, index: number): Descriptor {
  const bytes = entry instanceof NotaryError ? Uint8Array.of(index) : manifestOf(entry);
  return { mediaType: mediaTypes.imageManifest, digest: digestOf(bytes), size: bytes.length };
}

function manifestOf({ mediaType, envelope }: StoredSignature): Uint8Array {
  const layer = { mediaType, digest: digestOf(envelope), size: envelope.length };
  return new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, layers: [layer] }));
}
