// Dockerfiles written for the purpose, every construct by name, each with the settings of its build and what it needs.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { DockerfileOptions } from '../../verify/sources/dockerfile.ts';
import { fullName } from '../../verify/sources/image-name.ts';
import type { ImageUse } from '../../verify/sources/image-use.ts';
import { parsePlatform } from '../../verify/sources/platform.ts';

export interface CorpusCase {
  readonly name: string;
  readonly text: string;
  readonly about: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platforms?: readonly string[];
  /** A use each, as `describeUse` writes it. */
  readonly expected?: readonly string[];
  /** In place of them: line and message. */
  readonly error?: string;
  /** Why a file is refused here that BuildKit accepts. */
  readonly stricter?: string;
}

const ending = '.Dockerfile';

export const corpus: readonly CorpusCase[] = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(ending))
  .sort()
  .map((file) => {
    const name = file.slice(0, -ending.length);
    const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');
    const settings = JSON.parse(read(`${name}.json`)) as Omit<CorpusCase, 'name' | 'text'>;
    return { name, text: read(file), ...settings };
  });

export const buildPlatform = 'linux/amd64';

export function platformsOf({ platforms = [buildPlatform] }: CorpusCase): readonly string[] {
  return platforms;
}

export function optionsOf(example: CorpusCase): DockerfileOptions {
  return {
    buildArgs: example.buildArgs ?? {},
    ...(example.target === undefined ? {} : { target: example.target }),
    platforms: platformsOf(example).map((platform) => parsePlatform(platform)),
    buildPlatform: parsePlatform(buildPlatform),
  };
}

/** Line, role, full name, platform and stage. */
export function describeUse({ line, role, reference, platform = '-', stage }: ImageUse): string {
  return [line, role, fullName(reference), platform, ...(stage === undefined ? [] : [`(${stage})`])].join(' ');
}
