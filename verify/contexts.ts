// The `build-contexts` output: what a build shall take in place of the names in its Dockerfile.

import { buildContexts } from './sources/build-contexts.ts';
import type { Sources } from './source-files.ts';
import { passes } from './verdict.ts';
import type { ArtifactReport } from './verify.ts';

/**
 * The lines for every image that passed. One that the user accepts unsigned is held to what it was now, too; one that
 * was refused has no line, and the step fails.
 */
export function contextsOf(reports: readonly ArtifactReport[], { stageNames }: Sources): readonly string[] {
  const uses = reports
    .filter((report) => report.parent === undefined && passes(report))
    .flatMap(({ places = [], subject }) =>
      subject === undefined ? [] : places.map((use) => ({ use, digest: subject.digest })),
    );
  return buildContexts(uses, stageNames);
}
