// The images that a build of a Dockerfile fetches: those of FROM, COPY --from and RUN --mount=from in the stages that
// the target needs, and the one that "# syntax=" names. What a build would do with a file that cannot be read here is
// not guessed at: it is an error with its line.

import { NotaryError } from '../../shared/errors.ts';
import { argument } from './dockerfile-arguments.ts';
import type { BuildSettings } from './dockerfile-arguments.ts';
import { readLines } from './dockerfile-lines.ts';
import type { DockerfileLines } from './dockerfile-lines.ts';
import { finder, missing, needsOf, readStages } from './dockerfile-stages.ts';
import type { ImageNeed, Stage } from './dockerfile-stages.ts';
import { parseImageName } from './image-name.ts';
import { inFile, sourceError } from './image-use.ts';
import type { AtLine, ImageUse, SourceFile, SourceFinding, SourceImages } from './image-use.ts';
import { formatPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

export interface DockerfileOptions extends BuildSettings {
  /** What is built for; where there are none, the builder's own platform, and uses say no platform. */
  readonly platforms: readonly Platform[];
}

export interface DockerfileImages extends SourceImages {
  /** In lower case: names that a build context must not have. */
  readonly stageNames: readonly string[];
}

/** Frontends that read a Dockerfile as this file does. */
const knownFrontends = new Set(['docker.io/docker/dockerfile', 'docker.io/docker/dockerfile-upstream']);

/**
 * @throws NotaryError SOURCE_INVALID  not a Dockerfile, no such target, or a variable without a value, with file and line
 * @see Dockerfile reference; moby/buildkit v0.32.2, frontend/dockerfile
 */
export function dockerfileImages(file: SourceFile, options: DockerfileOptions): DockerfileImages {
  const lines = readLines(file);
  const at = inFile(file.path);
  const frontend = syntaxImage(file.path, lines, options, at);
  const platforms = options.platforms.length === 0 ? [undefined] : options.platforms;
  const builds = platforms.map((platform) => buildImages(file.path, lines, { ...options, platform, at }));
  const uses = new Map<string, ImageUse>();
  for (const use of [...frontend.uses, ...builds.flatMap((build) => build.uses)]) {
    uses.set(JSON.stringify([use.text, use.role, use.line, use.platform]), use);
  }
  const sorted = [...uses.values()].sort((a, b) => a.line - b.line);
  return {
    uses: sorted,
    findings: [...frontend.findings, ...onBuildFinding(sorted)],
    stageNames: [...new Set(builds.flatMap(({ stageNames }) => stageNames))],
  };
}

interface Build extends BuildSettings {
  readonly platform: Platform | undefined;
  readonly at: AtLine;
}

function buildImages(
  path: string,
  lines: DockerfileLines,
  build: Build,
): Pick<DockerfileImages, 'uses' | 'stageNames'> {
  const { at, platform, target } = build;
  const stages = readStages(lines, build, platform ?? build.buildPlatform, at);
  const find = finder(stages);
  const targetStage = target === undefined ? stages.at(-1) : find(target);
  if (targetStage === undefined) {
    throw sourceError(path, 1, target === undefined ? 'there is no FROM' : `there is no stage "${target}" to build`);
  }
  const needs = new Map(stages.map((stage) => [stage, needsOf(stage, find, lines.escape, at)]));
  const needed = reachable(targetStage, (stage) => needs.get(stage)?.stages ?? []);
  const uses = [...needs].flatMap(([stage, { images }]) =>
    images.flatMap((need): ImageUse[] => {
      // A builder wants the names to be good in every stage, and variables only where it needs the stage.
      const use = at(need.line, () => imageUse(need, needed.has(stage)));
      const where = need.platform ?? platform;
      const extra = {
        ...(where === undefined ? {} : { platform: formatPlatform(where) }),
        ...(stage.name === undefined ? {} : { stage: stage.name }),
      };
      return needed.has(stage) ? [{ ...use, file: path, ...extra }] : [];
    }),
  );
  return { uses, stageNames: stages.flatMap(({ name }) => name ?? []) };
}

function imageUse({ name, role, line }: ImageNeed, isNeeded: boolean): Omit<ImageUse, 'file'> {
  if (isNeeded && name.unresolved.length > 0) {
    throw new NotaryError('SOURCE_INVALID', `"${name.text}" is not the whole name${missing(name)}`);
  }
  return { reference: parseImageName(name.text), text: name.text, role, line };
}

/** Not recursive: a file can have many stages, each on top of the one before. */
function reachable(start: Stage, next: (stage: Stage) => readonly Stage[]): ReadonlySet<Stage> {
  const seen = new Set([start]);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const stage of seen) for (const other of next(stage)) seen.add(other);
  return seen;
}

/** A build argument of this name wins over the directive, and no build context stands in for either. */
function syntaxImage(
  path: string,
  { syntax }: DockerfileLines,
  { buildArgs }: BuildSettings,
  at: AtLine,
): SourceImages {
  const value = argument(buildArgs, 'BUILDKIT_SYNTAX') ?? syntax?.value;
  if (value === undefined) return { uses: [], findings: [] };
  const line = syntax?.line ?? 1;
  // What follows the name is a command line for the frontend.
  const [text = ''] = value.trim().split(' ');
  const reference = at(line, () => parseImageName(text));
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
  if (!knownFrontends.has(`${reference.registry}/${reference.repository}`)) {
    tell('frontend-unknown', `"${text}" reads this file in its own way and may fetch images that are not listed here`);
  }
  return { uses: [{ reference, text, role: 'syntax', file: path, line }], findings };
}

function onBuildFinding(uses: readonly ImageUse[]): readonly SourceFinding[] {
  const bases = uses.filter(({ role }) => role === 'from');
  const [first] = bases;
  if (first === undefined) return [];
  const names = [...new Set(bases.map(({ text }) => text))].join(', ');
  const message = `images that ONBUILD instructions inside ${names} name cannot be seen from here and are not listed`;
  return [{ code: 'onbuild-not-visible', message, file: first.file, line: first.line }];
}
