// Verified images as named build contexts, NAME=docker-image://REPOSITORY@DIGEST, so that a build takes the very bytes
// that were verified, whatever a tag names by then.
//
// The name is that under which a builder looks for the image. docker/buildx (util/buildflags, ParseContextNames) and
// moby/buildkit v0.32.2 (frontend/dockerui, Client.NamedContext) make it alike: the familiar name, without ":latest".
// BuildKit looks for NAME::PLATFORM first; what is verified here is the index, which serves every platform.

import type { NotaryError } from '../../shared/errors.ts';
import type { Digest } from '../../shared/oci/descriptor.ts';
import { repositoryName } from '../../shared/oci/reference.ts';
import { familiarName } from './image-name.ts';
import { problem } from './image-use.ts';
import type { ImageRole, ImageUse } from './image-use.ts';

export interface VerifiedUse {
  readonly use: ImageUse;
  /** That the reference led to when it was verified. */
  readonly digest: Digest;
}

/** No build context replaces the frontend, and only builds have any. */
const roles: ReadonlySet<ImageRole> = new Set(['from', 'copy', 'mount']);
/** A builder keeps these for itself. */
const reserved = new Set(['context', 'scratch']);

/**
 * @param stageNames  of every Dockerfile that is built with the result, in lower case
 * @returns           a line each, in order of their names; an image that is named by its digest needs none
 * @throws NotaryError SOURCE_INVALID  a context would stand in for a stage, or for two images at once
 */
export function buildContexts(verified: readonly VerifiedUse[], stageNames: readonly string[]): readonly string[] {
  const taken = new Set(stageNames);
  const contexts = new Map<string, string>();
  for (const { use, digest } of verified) {
    if (!roles.has(use.role) || use.reference.digest !== undefined) continue;
    const name = familiarName(use.reference);
    if (taken.has(name) || reserved.has(name)) throw conflict(use, name);
    const image = `docker-image://${repositoryName(use.reference)}@${digest}`;
    const other = contexts.get(name);
    if (other !== undefined && other !== image) {
      throw problem(
        `${place(use)}: "${name}" led to ${other} first, and to ${image} later`,
        'Run the step again: the tag was moved while the step ran.',
      );
    }
    contexts.set(name, image);
  }
  return [...contexts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, image]) => `${name}=${image}`);
}

/** BuildKit would drop the instructions of the stage without a word. */
function conflict(use: ImageUse, name: string): NotaryError {
  return problem(
    `${place(use)}: a build context for the image "${name}" would also replace the stage "${name}"`,
    'Give the stage another name, or name the image with a tag or a digest.',
  );
}

function place({ file, line }: ImageUse): string {
  return `${file}:${line}`;
}
