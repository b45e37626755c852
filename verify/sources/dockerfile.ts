// The images that a build of a Dockerfile fetches: those of FROM, COPY --from and RUN --mount=from in the stages that
// the target needs, and the one that "# syntax=" names. What a build would do with a file that cannot be read here is
// not guessed at: it is an error with its line.

import type { BuildSettings } from './dockerfile-arguments.ts';
import { frontendImage } from './dockerfile-frontend.ts';
import { readLines } from './dockerfile-lines.ts';
import type { DockerfileLines } from './dockerfile-lines.ts';
import { finder, needsOf } from './dockerfile-needs.ts';
import type { ImageNeed, Needs } from './dockerfile-needs.ts';
import { missing, readStages } from './dockerfile-stages.ts';
import type { Stage } from './dockerfile-stages.ts';
import { parseImageName } from './image-name.ts';
import { inFile, problem, sourceError } from './image-use.ts';
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

/**
 * @throws NotaryError SOURCE_INVALID  not a Dockerfile, no such target, or a variable without a value, with file and line
 * @see Dockerfile reference; moby/buildkit v0.32.2, frontend/dockerfile
 */
export function dockerfileImages(file: SourceFile, options: DockerfileOptions): DockerfileImages {
  const lines = readLines(file);
  const at = inFile(file.path);
  const frontend = frontendImage(file.path, lines, options);
  const platforms = options.platforms.length === 0 ? [undefined] : options.platforms;
  const builds = platforms.map((platform) => buildImages(file.path, lines, { ...options, platform, at }));
  const uses = new Map<string, ImageUse>();
  for (const use of [...frontend.uses, ...builds.flatMap((build) => build.uses)]) {
    uses.set(JSON.stringify([use.text, use.role, use.line, use.platform]), use);
  }
  const sorted = [...uses.values()].sort((a, b) => a.line - b.line);
  return {
    uses: sorted,
    findings: [
      ...frontend.findings,
      ...onBuildFinding(sorted),
      ...contextFindings(builds.flatMap(({ withoutContext }) => withoutContext)),
    ],
    stageNames: [...new Set(builds.flatMap(({ stageNames }) => stageNames))],
  };
}

interface Build extends BuildSettings {
  readonly platform: Platform | undefined;
  readonly at: AtLine;
}

interface BuildImages {
  readonly uses: readonly ImageUse[];
  /** Those for which BuildKit looks for no build context. */
  readonly withoutContext: readonly ImageUse[];
  readonly stageNames: readonly string[];
}

function buildImages(path: string, lines: DockerfileLines, build: Build): BuildImages {
  const { at, platform, target } = build;
  const stages = readStages(lines, build, platform ?? build.buildPlatform, at);
  const find = finder(stages);
  const targetStage = target === undefined ? stages.at(-1) : find(target);
  if (targetStage === undefined) {
    throw sourceError(path, 1, target === undefined ? 'there is no FROM' : `there is no stage "${target}" to build`);
  }
  const needs = new Map(stages.map((stage) => [stage, needsOf(stage, find, lines.escape, at)]));
  const needsFor = (stage: Stage): Needs => needs.get(stage) ?? { stages: [], triggered: [], images: [] };
  const early = reachable(targetStage, (stage) => needsFor(stage).stages);
  const needed = reachable(targetStage, (stage) => [...needsFor(stage).stages, ...needsFor(stage).triggered]);
  const uses: ImageUse[] = [];
  const withoutContext: ImageUse[] = [];
  for (const stage of stages) {
    for (const need of needsFor(stage).images) {
      // A builder wants the names to be good in every stage, and variables only where it needs the stage.
      const use = at(need.line, () => imageUse(need, needed.has(stage)));
      if (!needed.has(stage)) continue;
      const where = need.platform ?? platform;
      uses.push({
        ...use,
        file: path,
        ...(where === undefined ? {} : { platform: formatPlatform(where) }),
        ...(stage.name === undefined ? {} : { stage: stage.name }),
      });
      if (!early.has(stage) && need.role !== 'from') withoutContext.push(...uses.slice(-1));
    }
  }
  return { uses, withoutContext, stageNames: stages.flatMap(({ name }) => name ?? []) };
}

function imageUse({ name, role, line }: ImageNeed, isNeeded: boolean): Omit<ImageUse, 'file'> {
  if (isNeeded && name.unresolved.length > 0) {
    throw problem(`"${name.text}" is not the whole name${missing(name)}`);
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

function onBuildFinding(uses: readonly ImageUse[]): readonly SourceFinding[] {
  const bases = uses.filter(({ role }) => role === 'from');
  const [first] = bases;
  if (first === undefined) return [];
  const names = [...new Set(bases.map(({ text }) => text))].join(', ');
  const message = `images that ONBUILD instructions inside ${names} name cannot be seen from here and are not listed`;
  return [{ code: 'onbuild-not-visible', message, file: first.file, line: first.line }];
}

// BuildKit looks at the images that stages copy from before it knows of the stages that only an ONBUILD asks for, and
// does not look again.
function contextFindings(uses: readonly ImageUse[]): readonly SourceFinding[] {
  const tags = uses.filter(({ reference }) => reference.digest === undefined);
  const open = new Map(tags.map((use) => [`${use.line} ${use.text}`, use]));
  return [...open.values()].map(({ text, file, line }) => ({
    code: 'context-not-used',
    message: `"${text}" is fetched by its tag again when the build starts: in a stage that only an ONBUILD asks for, BuildKit looks for no build context; write the digest into the file`,
    file,
    line,
  }));
}
