// What an image index points at, down through nested indexes. OCI image specification, "Image Index"; attestations as
// BuildKit marks them in the index.

import { malformed } from '../bytes.ts';
import { mediaTypes } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { isIndex, parseIndex } from './image-index.ts';
import type { IndexEntry } from './image-index.ts';
import type { Repository } from './registry.ts';

export interface IndexMember {
  /** As the index gives it: media type, digest and size, with its annotations. */
  readonly descriptor: Descriptor;
  /** "linux/arm64/v8", where the index says so. */
  readonly platform?: string;
  /**
   * - manifest: of an image or of anything else, and index: the index of some more
   * - attestation: what BuildKit says about a manifest beside it; nobody runs it
   * - other: not a manifest, so that a registry cannot hold signatures for it
   */
  readonly kind: 'manifest' | 'index' | 'attestation' | 'other';
}

/** Real indexes nest once, if at all. */
const maxDepth = 5;
/** The widest official images have some 20 platforms with an attestation each. */
const maxMembers = 1000;

const manifestTypes: readonly string[] = Object.values(mediaTypes);

/**
 * Every member below an index, each digest once, an index before its own members. Indexes are fetched and checked
 * against their digests; what else they point at is not.
 *
 * @throws NotaryError REGISTRY_RESPONSE_INVALID  not an index, nested deeper than 5, or more than 1000 members
 * @throws NotaryError the codes of Repository.fetchManifest
 */
export async function walkIndex(
  repository: Pick<Repository, 'name' | 'fetchManifest'>,
  index: Descriptor,
): Promise<readonly IndexMember[]> {
  const found = new Map<Digest, IndexMember>();
  let level: readonly Descriptor[] = [index];
  for (let depth = 1; level.length > 0; depth++) {
    const nested: Descriptor[] = [];
    for (const parent of level) {
      const what = `${repository.name}@${parent.digest}`;
      const source = { code: 'REGISTRY_RESPONSE_INVALID', what } as const;
      if (depth > maxDepth)
        throw malformed(source, `is nested ${depth} indexes deep; at most ${maxDepth} are followed`);
      for (const entry of parseIndex(await repository.fetchManifest(parent), what)) {
        const one = memberOf(entry);
        const { descriptor, kind } = one;
        if (descriptor.digest === index.digest || !addsTo(found.get(descriptor.digest), one)) continue;
        found.set(descriptor.digest, one);
        if (found.size > maxMembers) throw malformed(source, `points at more than ${maxMembers} manifests`);
        if (kind === 'index') nested.push(descriptor);
      }
    }
    level = nested;
  }
  return [...found.values()];
}

/** What one entry calls an attestation, and another an image, is an image. */
function addsTo(known: IndexMember | undefined, { kind }: IndexMember): boolean {
  if (known === undefined) return true;
  return isPassive(known.kind) && !isPassive(kind);
}

function isPassive(kind: IndexMember['kind']): boolean {
  return kind === 'attestation' || kind === 'other';
}

function memberOf({ descriptor, platform, isAttestation }: IndexEntry): IndexMember {
  const written = platform && [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
  // A runtime picks by platform: what it could pick is no attestation, whatever the annotation says.
  const kind = isAttestation && written === 'unknown/unknown' ? 'attestation' : kindOf(descriptor);
  return { descriptor, kind, ...(written !== undefined && written !== '' && { platform: written }) };
}

function kindOf(descriptor: Descriptor): IndexMember['kind'] {
  if (isIndex(descriptor)) return 'index';
  return manifestTypes.includes(descriptor.mediaType) ? 'manifest' : 'other';
}
