// What a run verifies: references of the `artifacts` input and of files, each once, with every place that names it.

import type { Artifact } from '../shared/action/artifact.ts';
import type { ArtifactReference } from '../shared/oci/layout-reference.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import { formatFullPlatform, parsePlatform } from './sources/platform.ts';
import type { Platform } from './sources/platform.ts';
import type { ImageUse } from './sources/image-use.ts';

/** Where a file names an artifact. */
export type Place = ImageUse;

export interface Target {
  readonly artifact: Artifact;
  /** None for what only the `artifacts` input names. */
  readonly places: readonly Place[];
  readonly scope: Scope;
}

/** Which manifests of an index must verify beside the index itself: all, or those for these platforms. */
export type Scope = 'all' | readonly Platform[];

export interface Choice {
  readonly recursive: boolean;
  /** What is built; a place that fixes a platform needs only that one. */
  readonly platforms: readonly Platform[];
}

/** In the order given, artifacts first. */
export function collectTargets(
  artifacts: readonly Artifact[],
  uses: readonly ImageUse[],
  { recursive, platforms }: Choice,
): readonly Target[] {
  const targets = new Map<string, Target>();
  const add = (artifact: Artifact, places: readonly Place[], wanted: readonly Platform[]): void => {
    const key = keyOf(artifact.reference);
    const known = targets.get(key) ?? { artifact, places: [], scope: [] };
    const scope = recursive ? 'all' : mergePlatforms(known.scope === 'all' ? [] : known.scope, wanted);
    // A line that is built for several platforms is still one place.
    const fresh = places.filter((place) => !known.places.some((one) => isSamePlace(one, place)));
    targets.set(key, { artifact: known.artifact, places: [...known.places, ...fresh], scope });
  };
  for (const artifact of artifacts) add(artifact, [], platforms);
  for (const use of uses) {
    const { reference, text, platform } = use;
    // Without the platforms input nobody asked for more than the index.
    const fixed = platforms.length === 0 || platform === undefined ? platforms : [parsePlatform(platform)];
    add({ text, reference }, [use], fixed);
  }
  return [...targets.values()];
}

/** The digest decides; a tag beside it is a label. */
function keyOf(reference: ArtifactReference): string {
  return `${repositoryName(reference)} ${reference.digest ?? reference.tag ?? ''}`;
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.file === b.file && a.line === b.line && a.role === b.role && a.text === b.text;
}

function mergePlatforms(known: readonly Platform[], wanted: readonly Platform[]): readonly Platform[] {
  return [...new Map([...known, ...wanted].map((platform) => [formatFullPlatform(platform), platform])).values()];
}
