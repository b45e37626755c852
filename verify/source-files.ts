// The inputs that name files, and what stands in them: which images a build or a deployment would fetch.

import { relative, resolve } from 'node:path';

import { decodeUtf8 } from '../shared/bytes.ts';
import { NotaryError } from '../shared/errors.ts';
import { invalid, lines, text } from '../shared/github/input-values.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import type { Environment, Files } from '../shared/ports.ts';
import { buildContexts } from './sources/build-contexts.ts';
import { dockerfileImages } from './sources/dockerfile.ts';
import type { DockerfileOptions } from './sources/dockerfile.ts';
import type { ImageUse, SourceFile, SourceFinding, SourceImages } from './sources/image-use.ts';
import { parsePlatform } from './sources/platform.ts';
import type { Platform } from './sources/platform.ts';

export interface Sources {
  readonly uses: readonly ImageUse[];
  readonly findings: readonly SourceFinding[];
  /** Of every Dockerfile, in lower case. */
  readonly stageNames: readonly string[];
}

export interface SourceInputs {
  /** Undefined where no files were given. */
  readonly sources: Sources | undefined;
  readonly platforms: readonly Platform[];
}

/** No Dockerfile comes near; rendered charts have a few MiB. */
const maxDockerfileBytes = 1024 * 1024;
const maxManifestBytes = 16 * 1024 * 1024;

/** Every problem of every file becomes a problem of its input. */
export async function readSourceInputs(
  inputs: InputReader,
  files: Files,
  environment: Environment,
): Promise<SourceInputs> {
  const platforms = inputs.withDefault('platforms', parsePlatforms, []);
  const buildArgs = inputs.withDefault('build-args', parseBuildArgs(environment), {});
  const target = inputs.optional('target', text);
  const options: DockerfileOptions = {
    ...{ platforms, buildArgs, buildPlatform: buildPlatformOf(environment) },
    ...(target !== undefined && { target }),
  };
  for (const name of ['build-args', 'target']) {
    if (!inputs.has(name) || inputs.has('dockerfiles')) continue;
    inputs.refuse(name, 'has no effect without dockerfiles', 'Add dockerfiles, or remove it.');
  }
  const stageNames: string[] = [];
  const dockerfiles = await inputs.load('dockerfiles', (value) =>
    readFiles(value, maxDockerfileBytes, { files, environment }, (file) => {
      const images = dockerfileImages(file, options);
      stageNames.push(...images.stageNames);
      return images;
    }),
  );
  if (dockerfiles !== undefined) {
    inputs.attempt(() => {
      requireContextNames(dockerfiles.uses, stageNames);
    });
  }
  const manifests = await inputs.load('manifests', async (value) => {
    // The YAML parser is loaded by the steps that read YAML.
    const { manifestImages } = await import('./sources/manifests.ts');
    return readFiles(value, maxManifestBytes, { files, environment }, (file) => manifestImages(file, environment));
  });
  const given = [dockerfiles, manifests].filter((images) => images !== undefined);
  return { sources: given.length === 0 ? undefined : { ...joinImages(given), stageNames }, platforms };
}

function joinImages(parts: readonly SourceImages[]): SourceImages {
  return { uses: parts.flatMap(({ uses }) => uses), findings: parts.flatMap(({ findings }) => findings) };
}

/** A line each, or separated by commas as docker/build-push-action has them. */
function parsePlatforms(value: string): readonly Platform[] {
  return lines(value)
    .flatMap((line) => line.split(','))
    .map((name) => parsePlatform(name.trim()));
}

/** As docker build has them: a value may be empty, and a name alone takes its value from the environment. */
function parseBuildArgs(environment: Environment): (value: string) => Readonly<Record<string, string>> {
  return (value) => {
    const result = Object.create(null) as Record<string, string>;
    for (const line of lines(value)) {
      const split = line.indexOf('=');
      const name = split === -1 ? line : line.slice(0, split);
      if (!/^[A-Za-z_]\w*$/.test(name)) throw invalid(`"${name}" is not the name of an argument`, 'Write NAME=VALUE.');
      if (Object.hasOwn(result, name)) throw invalid(`"${name}" occurs twice`, 'Give each argument once.');
      const given = split === -1 ? environment[name] : line.slice(split + 1);
      if (given !== undefined) result[name] = given;
    }
    return result;
  };
}

/** What the job runs on; a builder elsewhere is told to the Dockerfile by build-args. */
function buildPlatformOf({ RUNNER_ARCH, RUNNER_OS }: Environment): Platform {
  const architectures: Readonly<Record<string, string>> = { X86: '386', X64: 'amd64', ARM: 'arm', ARM64: 'arm64' };
  const architecture = architectures[RUNNER_ARCH ?? ''] ?? 'amd64';
  return parsePlatform(`${RUNNER_OS === 'Windows' ? 'windows' : 'linux'}/${architecture}`);
}

interface Surroundings {
  readonly files: Files;
  readonly environment: Environment;
}

async function readFiles(
  value: string,
  maxBytes: number,
  surroundings: Surroundings,
  read: (file: SourceFile) => SourceImages,
): Promise<SourceImages> {
  const images: SourceImages[] = [];
  const problems: NotaryError[] = [];
  for (const path of lines(value)) {
    try {
      images.push(read(await loadSource(path, maxBytes, surroundings)));
    } catch (error) {
      if (!(error instanceof NotaryError)) throw error;
      problems.push(error);
    }
  }
  const [first] = problems;
  if (first !== undefined) throw invalid(problems.map(({ message }) => message).join('; '), first.remedy);
  return joinImages(images);
}

async function loadSource(path: string, maxBytes: number, { files, environment }: Surroundings): Promise<SourceFile> {
  const bytes = await files.read(path, maxBytes);
  if (bytes === undefined) throw new NotaryError('FILE_UNREADABLE', `${path} does not exist`);
  return { path: shownPath(path, environment), text: decodeUtf8(bytes, { code: 'SOURCE_INVALID', what: path }) };
}

/** Relative to the root of the repository, with forward slashes, as GitHub finds lines; else as it was given. */
function shownPath(path: string, { GITHUB_WORKSPACE: workspace }: Environment): string {
  if (workspace === undefined || workspace === '') return path.replace(/^(?:\.\/)+/, '');
  const inside = relative(workspace, resolve(path)).replaceAll('\\', '/');
  return inside === '' || inside.startsWith('../') || resolve(inside) === inside ? path : inside;
}

/** Names that no digest can change: a build context that would stand in for a stage is told of before any request. */
function requireContextNames(uses: readonly ImageUse[], stageNames: readonly string[]): void {
  const digest = `sha256:${'0'.repeat(64)}` as const;
  buildContexts(
    uses.map((use) => ({ use, digest })),
    stageNames,
  );
}
