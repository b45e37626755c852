// The stages of a Dockerfile, each with what it stands on (moby/buildkit v0.32.2, frontend/dockerfile/dockerfile2llb).

import { declare, predefinedVariables } from './dockerfile-arguments.ts';
import type { BuildSettings } from './dockerfile-arguments.ts';
import { readArgs, readFrom } from './dockerfile-commands.ts';
import type { Instruction } from './dockerfile-instruction.ts';
import type { DockerfileLines } from './dockerfile-lines.ts';
import type { Expansion, Variables } from './dockerfile-substitution.ts';
import { expandWord } from './dockerfile-words.ts';
import { problem } from './image-use.ts';
import type { AtLine } from './image-use.ts';
import { parsePlatform } from './platform.ts';
import type { Platform } from './platform.ts';

export interface Stage {
  readonly name?: string;
  /** An earlier stage, or the name of an image. */
  readonly base: Stage | Expansion;
  readonly platform?: Platform;
  readonly instructions: readonly Instruction[];
  readonly line: number;
}

/** @throws NotaryError SOURCE_INVALID */
export function readStages(
  { escape, instructions }: DockerfileLines,
  settings: BuildSettings,
  platform: Platform,
  at: AtLine,
): readonly Stage[] {
  const { before, groups } = group(instructions);
  const [last] = groups.at(-1) ?? [];
  const lastName = last === undefined ? undefined : at(last.line, () => readFrom(last)).name;
  const variables = predefinedVariables(settings, platform, lastName);
  for (const instruction of before) {
    at(instruction.line, () => {
      if (instruction.keyword !== 'ARG') throw problem(`${instruction.keyword} stands before the first FROM`);
      for (const command of readArgs(instruction, escape)) {
        const value = declare(command, variables, settings, escape);
        if (value !== undefined) variables.set(command.name, value);
      }
    });
  }
  const named = new Map<string, Stage>();
  const scope = { variables, named, escape, buildPlatform: settings.buildPlatform };
  return groups.map(([from, ...others]) => {
    const stage = at(from.line, () => ({ ...readStage(from, scope), instructions: others, line: from.line }));
    if (stage.name !== undefined) named.set(stage.name, stage);
    return stage;
  });
}

type Group = [from: Instruction, ...others: Instruction[]];

function group(instructions: readonly Instruction[]): { before: readonly Instruction[]; groups: readonly Group[] } {
  const before: Instruction[] = [];
  const groups: Group[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') groups.push([instruction]);
    else (groups.at(-1) ?? before).push(instruction);
  }
  return { before, groups };
}

interface Scope {
  readonly variables: Variables;
  /** The stages above. */
  readonly named: ReadonlyMap<string, Stage>;
  readonly escape: string;
  readonly buildPlatform: Platform;
}

function readStage(from: Instruction, scope: Scope): Pick<Stage, 'name' | 'base' | 'platform'> {
  const command = readFrom(from);
  const image = expandWord(command.base, scope.variables, scope.escape);
  if (image.text === '') throw problem(`"${command.base}" comes to nothing${missing(image)}`);
  const written = command.platform;
  const platform = written === undefined ? undefined : expandWord(written, scope.variables, scope.escape);
  // Empty means "not given" on the command line of a builder; here BuildKit refuses it.
  if (platform?.text === '') throw problem(`the platform "${written ?? ''}" comes to nothing${missing(platform)}`);
  const unresolved = [...image.unresolved, ...(platform?.unresolved ?? [])];
  return {
    ...(command.name === undefined ? {} : { name: command.name }),
    base: scope.named.get(image.text) ?? { text: image.text, unresolved },
    ...(platform === undefined ? {} : { platform: parsePlatform(platform.text, scope.buildPlatform) }),
  };
}

/** Says which variables have no value. */
export function missing({ unresolved }: Expansion): string {
  if (unresolved.length === 0) return '';
  const names = unresolved.map((name) => `"${name}"`).join(', ');
  return `: no value for ${names} (an ARG before the first FROM, with a default or a build argument, gives it one)`;
}
