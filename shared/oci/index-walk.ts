// What an image index points at, down through nested indexes. OCI image specification, "Image Index"; attestations as
// BuildKit marks them in the index.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { isJsonObject, member, optionalString, parseJson, requireArray, requireObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { mediaTypes, parseDescriptor } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
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

const attestationMark = 'vnd.docker.reference.type';
const indexTypes: readonly string[] = [mediaTypes.imageIndex, mediaTypes.dockerManifestList];
const manifestTypes: readonly string[] = Object.values(mediaTypes);

export function isIndex({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean {
  return indexTypes.includes(mediaType);
}

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
      const source = { code: 'REGISTRY_RESPONSE_INVALID', what: `${repository.name}@${parent.digest}` } as const;
      if (depth > maxDepth)
        throw malformed(source, `is nested ${depth} indexes deep; at most ${maxDepth} are followed`);
      for (const one of parseIndex(await repository.fetchManifest(parent), source)) {
        const { descriptor, kind } = one;
        if (descriptor.digest === index.digest || found.has(descriptor.digest)) continue;
        found.set(descriptor.digest, one);
        if (found.size > maxMembers) throw malformed(source, `points at more than ${maxMembers} manifests`);
        if (kind === 'index') nested.push(descriptor);
      }
    }
    level = nested;
  }
  return [...found.values()];
}

/**
 * The entries of one index, in their order.
 *
 * @throws NotaryError source.code
 */
export function parseIndex(bytes: Uint8Array, source: Source): readonly IndexMember[] {
  const document = requireObject(parseJson(bytes, source), source, 'the index');
  return requireArray(member(document, 'manifests') ?? [], source, 'manifests').map((value, position) => {
    const path = `manifests[${position}]`;
    const descriptor = parseDescriptor(value, source, path);
    const platform = platformOf(requireObject(value, source, path), source);
    return { descriptor, kind: kindOf(descriptor, platform), ...(platform !== undefined && { platform }) };
  });
}

// A runtime picks by platform: what it could pick is no attestation, whatever the annotation says.
function kindOf(descriptor: Descriptor, platform: string | undefined): IndexMember['kind'] {
  if (isIndex(descriptor)) return 'index';
  if (!manifestTypes.includes(descriptor.mediaType)) return 'other';
  const { annotations = {} } = descriptor;
  const mark = Object.hasOwn(annotations, attestationMark) ? annotations[attestationMark] : undefined;
  return mark === 'attestation-manifest' && platform === 'unknown/unknown' ? 'attestation' : 'manifest';
}

function platformOf(entry: JsonObject, source: Source): string | undefined {
  const platform = member(entry, 'platform');
  if (!isJsonObject(platform)) return undefined;
  const parts = ['os', 'architecture', 'variant'].map((name) => optionalString(platform, name, source) ?? '');
  const written = parts.filter((part) => part !== '').join('/');
  return written === '' ? undefined : written;
}
