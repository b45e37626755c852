// The index of referrers, as the API answers it page by page and as it stands under the referrers tag. OCI distribution
// specification, "Listing Referrers"; REG-10, REG-11.

import type { Source } from '../bytes.ts';
import { hasCode } from '../errors.ts';
import { InexactNumber, isJsonObject, JsonMembers, member, ordered, parseJson, writeJson } from '../json.ts';
import { requireArray, requireObject } from '../json.ts';
import type { Json, Writable } from '../json.ts';
import { mediaTypes, parseDescriptor, writeDescriptor } from './descriptor.ts';
import type { Descriptor } from './descriptor.ts';

const filterAnnotation = 'org.opencontainers.referrers.filtersApplied';

/** A descriptor has three levels; what is deeper than this was not written to be read. */
const maxEntryDepth = 16;

export interface IndexEntry {
  readonly descriptor: Descriptor;
  /** As it was read, with the members that a Descriptor does not know. */
  readonly json?: Json;
}

export interface ReferrersIndex {
  readonly entries: readonly IndexEntry[];
  /** Names of the filters that the registry says it applied, separated by commas. */
  readonly filters: string;
}

export function readIndex(bytes: Uint8Array, source: Source): ReferrersIndex {
  const index = requireObject(parseJson(bytes, source), source, 'the index');
  const annotations = member(index, 'annotations');
  const filters = isJsonObject(annotations) ? member(annotations, filterAnnotation) : undefined;
  const manifests = member(index, 'manifests') ?? [];
  const entries = requireArray(manifests, source, 'manifests').flatMap((entry) => readEntry(entry, source));
  return { entries, filters: typeof filters === 'string' ? filters : '' };
}

// D10: one broken entry must not hide the others.
function readEntry(json: Json, source: Source): readonly IndexEntry[] {
  try {
    return [{ descriptor: parseDescriptor(json, source, 'entry'), json }];
  } catch (error) {
    if (!hasCode(error, source.code)) throw error;
    return [];
  }
}

/** REG-10, REG-11: no entry twice, new ones last; what others wrote into theirs is kept. */
export function writeIndex(entries: readonly IndexEntry[]): Uint8Array {
  const distinct = new Map<string, Writable>();
  for (const { descriptor, json } of entries) {
    const key = keyOf(descriptor);
    if (distinct.has(key)) continue;
    const isOurs = json === undefined || isDeeper(json, maxEntryDepth);
    distinct.set(key, isOurs ? writeDescriptor(descriptor) : asWritable(json));
  }
  const manifests = [...distinct.values()];
  return writeJson(ordered(['schemaVersion', 2], ['mediaType', mediaTypes.imageIndex], ['manifests', manifests]));
}

/** What makes two entries the same. REG-10. */
export function keyOf({ mediaType, digest, size }: Descriptor): string {
  return JSON.stringify([mediaType, digest, size]);
}

function isDeeper(json: Json, depth: number): boolean {
  const parts = Array.isArray(json) ? (json as readonly Json[]) : isJsonObject(json) ? Object.values(json) : [];
  return parts.length > 0 && (depth === 0 || parts.some((part) => isDeeper(part ?? null, depth - 1)));
}

/** What was read, to be written as it was. */
export function asWritable(json: Json): Writable {
  if (json instanceof InexactNumber) return Number(json.source);
  if (Array.isArray(json)) return (json as readonly Json[]).map(asWritable);
  if (!isJsonObject(json)) return json as Exclude<typeof json, readonly Json[]>;
  return new JsonMembers(Object.entries(json).map(([name, value]) => [name, asWritable(value ?? null)] as const));
}
