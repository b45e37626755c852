// What a stage of a Dockerfile needs: other stages, and images (moby/buildkit v0.32.2, frontend/dockerfile/
// dockerfile2llb). A name is a stage before it is an image.

import { readFileSources } from './dockerfile-commands.ts';
import type { FileSource } from './dockerfile-commands.ts';
import { splitInstruction } from './dockerfile-instruction.ts';
import type { Instruction } from './dockerfile-instruction.ts';
import type { Stage } from './dockerfile-stages.ts';
import type { Expansion } from './dockerfile-substitution.ts';
import { problem } from './image-use.ts';
import type { AtLine } from './image-use.ts';
import type { Platform } from './platform.ts';

export interface ImageNeed {
  readonly role: 'from' | FileSource['role'];
  readonly name: Expansion;
  readonly platform?: Platform;
  readonly line: number;
}

/** Finds a stage by its number, or by its name in whatever case; the last one of that name. */
export type FindStage = (from: string | number) => Stage | undefined;

export function finder(stages: readonly Stage[]): FindStage {
  const named = new Map(stages.flatMap((stage) => (stage.name === undefined ? [] : [[stage.name, stage] as const])));
  return (from) => (typeof from === 'number' ? stages[from] : named.get(from.toLowerCase()));
}

/** What a stage stands on and takes files from. */
export interface Needs {
  readonly stages: readonly Stage[];
  /** Those that only an ONBUILD of the stage below asks for. */
  readonly triggered: readonly Stage[];
  readonly images: readonly ImageNeed[];
}

/** @throws NotaryError SOURCE_INVALID */
export function needsOf(stage: Stage, find: FindStage, escape: string, at: AtLine): Needs {
  const stages: Stage[] = [];
  const triggered: Stage[] = [];
  const images: ImageNeed[] = [];
  const { base, platform, line } = stage;
  const isOnStage = 'instructions' in base;
  if (isOnStage) stages.push(base);
  else if (base.text !== 'scratch') {
    images.push({ role: 'from', name: base, line, ...(platform === undefined ? {} : { platform }) });
  }
  const read = (instruction: Instruction, needed: Stage[]): void => {
    for (const { role, from } of readFileSources(instruction, escape)) {
      const other = find(from);
      if (typeof from === 'number' && other === undefined) throw problem(`there is no stage number ${from}`);
      const isLate = other !== undefined && other.line >= line && from !== 'scratch';
      if (isLate) throw problem(`stage "${from}" is not above this one`);
      if (other !== undefined) needed.push(other);
      else if (from !== 'scratch') {
        images.push({ role, name: { text: String(from), unresolved: [] }, line: instruction.line });
      }
    }
  };
  for (const waiting of isOnStage ? base.instructions : []) {
    if (waiting.keyword !== 'ONBUILD') continue;
    // A builder reads it again when its time has come, with the usual sign for escapes.
    at(waiting.line, () => {
      read(splitInstruction(waiting.rest, '\\', waiting.line), triggered);
    });
  }
  for (const instruction of stage.instructions)
    at(instruction.line, () => {
      read(instruction, stages);
    });
  return { stages, triggered, images };
}
