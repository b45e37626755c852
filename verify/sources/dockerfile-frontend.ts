// The frontend that reads a Dockerfile: an image too, where "# syntax=" or a build argument names one (moby/buildkit
// v0.32.2, frontend/dockerfile/builder).

import { repositoryName } from '../../shared/oci/reference.ts';
import { argument } from './dockerfile-arguments.ts';
import type { BuildSettings } from './dockerfile-arguments.ts';
import type { DockerfileLines } from './dockerfile-lines.ts';
import { parseImageName } from './image-name.ts';
import { inFile } from './image-use.ts';
import type { SourceFinding, SourceImages } from './image-use.ts';

/** Frontends that read a Dockerfile as this file does. */
const knownFrontends = new Set(['docker.io/docker/dockerfile', 'docker.io/docker/dockerfile-upstream']);

/**
 * A build argument of this name wins over the directive, and no build context stands in for either.
 *
 * @throws NotaryError SOURCE_INVALID  what is named is no image
 */
export function frontendImage(path: string, { syntax }: DockerfileLines, { buildArgs }: BuildSettings): SourceImages {
  const value = argument(buildArgs, 'BUILDKIT_SYNTAX')?.trim() ?? syntax?.value;
  if (value === undefined) return { uses: [], findings: [] };
  const line = syntax?.line ?? 1;
  // What follows the name is a command line for the frontend.
  const [text = ''] = value.split(' ');
  const reference = inFile(path)(line, () => parseImageName(text));
  const findings: SourceFinding[] = [];
  const tell = (code: SourceFinding['code'], message: string): void => {
    findings.push({ code, message, file: path, line });
  };
  if (reference.digest === undefined) {
    tell(
      'frontend-not-pinned',
      `"${text}" is fetched by its tag again when the build starts: no build context can hold it to the digest that was verified; write the digest into the file`,
    );
  }
  if (!knownFrontends.has(repositoryName(reference))) {
    tell('frontend-unknown', `"${text}" reads this file in its own way and may fetch images that are not listed here`);
  }
  return { uses: [{ reference, text, role: 'syntax', file: path, line }], findings };
}
