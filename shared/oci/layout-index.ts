// index.json of an OCI image layout: what stands in it, and one more entry for it. OCI image specification, "Image
// Layout", "index.json file"; REG-21.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode } from '../errors.ts';
import { JsonMembers, member, parseJson, requireArray, requireObject, writeJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { parseDescriptor, sameContent, writeDescriptor } from './descriptor.ts';
import type { Descriptor } from './descriptor.ts';
import { asWritable } from './referrers-index.ts';

export interface LayoutIndex {
  readonly document: JsonObject;
  /** Those that can be read: a broken one does not hide the others (D10). */
  readonly entries: readonly Descriptor[];
  readonly source: Source;
}

const refName = 'org.opencontainers.image.ref.name';

/** @throws NotaryError source.code */
export function parseLayoutIndex(bytes: Uint8Array, source: Source): LayoutIndex {
  const document = requireObject(parseJson(bytes, source), source, 'the index');
  const entries = manifestsOf(document, source).flatMap((entry) => {
    try {
      return [parseDescriptor(entry, source, 'entry')];
    } catch (error) {
      if (!hasCode(error, source.code)) throw error;
      return [];
    }
  });
  return { document, entries, source };
}

/** @throws NotaryError source.code  several manifests have the tag */
export function findTag({ entries, source }: LayoutIndex, tag: string): Descriptor | undefined {
  const [first, ...others] = entries.filter(({ annotations }) => annotations?.[refName] === tag);
  if (first !== undefined && others.some((other) => !sameContent(first, other))) {
    throw malformed(source, `the tag "${tag}" stands beside several manifests; name the digest of the one you mean`);
  }
  return first;
}

/**
 * The index with an entry more, all else as others wrote it.
 *
 * @returns  undefined where it has the entry already
 */
export function addEntry({ document, entries, source }: LayoutIndex, entry: Descriptor): Uint8Array | undefined {
  if (entries.some((known) => sameContent(known, entry))) return undefined;
  const manifests = [...manifestsOf(document, source).map(asWritable), writeDescriptor(entry)];
  const others = Object.entries(document).filter(([name]) => name !== 'manifests');
  return writeJson(
    new JsonMembers([
      ...others.map(([name, value]) => [name, asWritable(value ?? null)] as const),
      ['manifests', manifests],
    ]),
  );
}

function manifestsOf(document: JsonObject, source: Source): readonly Json[] {
  return requireArray(member(document, 'manifests') ?? [], source, 'manifests');
}
