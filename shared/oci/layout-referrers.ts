// Which manifests of an OCI image layout refer to another: no list is kept, so each manifest that index.json leads to is
// looked at. REG-22, with both shapes of a signature (REG-7).

import { malformed } from '../bytes.ts';
import { hasCode } from '../errors.ts';
import type { NotaryError } from '../errors.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import type { LayoutContent } from './layout-content.ts';
import { readManifest } from './layout-manifest.ts';
import type { ManifestFacts } from './layout-manifest.ts';
import { maxManifestBytes } from './manifests.ts';
import { keyOf } from './referrers-index.ts';

/** As deep as images are followed. Some tools keep referrers in an index of their own, one level down. */
const maxDepth = 5;
/** A layout is what one job built or copied; each manifest is a file to be read. */
const maxManifests = 10_000;

export class LayoutReferrers {
  readonly #content: LayoutContent;
  /** What a digest names never changes; what cannot be read may be written again. */
  readonly #known = new Map<string, ManifestFacts>();

  constructor(content: LayoutContent) {
    this.#content = content;
  }

  /**
   * In the order of index.json. What the layout points at and does not hold is passed over, as copies of a part of an
   * image do. What it holds and cannot be read may be what was asked for, so that the list ends in the first such error.
   */
  async *list(subject: Digest, artifactType: string): AsyncIterable<Descriptor> {
    const damage: NotaryError[] = [];
    for await (const { entry, facts } of this.#walk(damage)) {
      if (facts.subject !== subject || facts.artifactType !== artifactType) continue;
      const { mediaType, digest, size } = entry;
      yield { mediaType, digest, size, artifactType, ...(facts.annotations && { annotations: facts.annotations }) };
    }
    const [first] = damage;
    if (first !== undefined) throw first;
  }

  async *#walk(damage: NotaryError[]): AsyncIterable<{ readonly entry: Descriptor; readonly facts: ManifestFacts }> {
    const seen = new Set<string>();
    const { entries, source } = await this.#content.readIndex();
    let level = entries;
    for (let depth = 1; level.length > 0; depth++) {
      if (depth > maxDepth) throw malformed(source, `nests indexes deeper than ${maxDepth}`);
      const below: Descriptor[] = [];
      for (const entry of level) {
        if (seen.has(keyOf(entry))) continue;
        seen.add(keyOf(entry));
        if (seen.size > maxManifests) throw malformed(source, `leads to more than ${maxManifests} manifests`);
        const facts = await this.#readUnlessMissing(entry, damage);
        if (facts === undefined) continue;
        yield { entry, facts };
        below.push(...facts.members);
      }
      level = below;
    }
  }

  async #readUnlessMissing(entry: Descriptor, damage: NotaryError[]): Promise<ManifestFacts | undefined> {
    try {
      return await this.#read(entry);
    } catch (error) {
      if (hasCode(error, 'REGISTRY_NOT_FOUND')) return undefined;
      if (!hasCode(error, 'REGISTRY_CONTENT_MISMATCH', 'REGISTRY_RESPONSE_INVALID')) throw error;
      damage.push(error);
      return undefined;
    }
  }

  async #read(entry: Descriptor): Promise<ManifestFacts> {
    const key = keyOf(entry);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { digest, size, mediaType } = entry;
    const what = `${this.#content.name}@${digest}`;
    const bytes = await this.#content.readBlob(digest, { size, limit: maxManifestBytes });
    const facts = readManifest(bytes, mediaType, { code: 'REGISTRY_RESPONSE_INVALID', what });
    this.#known.set(key, facts);
    return facts;
  }
}
