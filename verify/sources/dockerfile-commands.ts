// What FROM, ARG, COPY, ADD and RUN say, as far as images are concerned (moby/buildkit v0.32.2,
// frontend/dockerfile/instructions).

import type { NotaryError } from '../../shared/errors.ts';
import type { Instruction } from './dockerfile-instruction.ts';
import { expandWord, splitArguments } from './dockerfile-words.ts';
import { problem } from './image-use.ts';

export interface FromCommand {
  /** As written, with its variables. */
  readonly base: string;
  readonly platform?: string;
  /** In lower case. */
  readonly name?: string;
}

export interface ArgCommand {
  readonly name: string;
  /** As written, with its quotes and variables. */
  readonly value?: string;
}

/** A stage, by its name or its number, or an image, that files are taken from. */
export interface FileSource {
  readonly role: 'copy' | 'mount';
  readonly from: string | number;
}

const flagNames: Readonly<Record<string, readonly string[]>> = {
  FROM: ['platform'],
  ADD: ['chown', 'chmod', 'link', 'keep-git-dir', 'checksum', 'unpack', 'exclude'],
  COPY: ['chown', 'chmod', 'link', 'from', 'exclude', 'parents'],
  RUN: ['mount', 'network', 'security', 'device'],
};
const repeatable = new Set(['exclude', 'mount', 'device']);

/** @throws NotaryError SOURCE_INVALID  without the place */
export function readFrom(instruction: Instruction): FromCommand {
  const [base = '', as, name, ...others] = instruction.rest.split(/[\t\v\f\r ]+/);
  const platform = readFlags(instruction).get('platform')?.[0];
  if (base === '' || others.length > 0 || (as === undefined) !== (name === undefined)) {
    throw problem('FROM takes an image, or an image, AS and a name');
  }
  if (as !== undefined && as.toLowerCase() !== 'as') throw problem(`"${as}" stands where AS must stand`);
  const stage = name?.toLowerCase();
  if (stage !== undefined && !/^[a-z][a-z0-9-_.]*$/.test(stage)) throw problem(`"${stage}" is not a name for a stage`);
  return {
    base,
    ...(platform === undefined || platform === '' ? {} : { platform }),
    ...(stage === undefined ? {} : { name: stage }),
  };
}

/** @throws NotaryError SOURCE_INVALID  without the place */
export function readArgs({ rest }: Instruction, escape: string): readonly ArgCommand[] {
  const words = splitArguments(rest, escape);
  if (words.length === 0) throw problem('ARG takes a name');
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals === 0) throw problem('ARG takes a name before "="');
    return equals === -1 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

/**
 * Where an instruction takes files from, beside the build context.
 *
 * @throws NotaryError SOURCE_INVALID  without the place: a flag that is not known might bring an image
 */
export function readFileSources(instruction: Instruction, escape: string): readonly FileSource[] {
  const flags = readFlags(instruction);
  switch (instruction.keyword) {
    case 'COPY':
      return (flags.get('from') ?? []).filter((from) => from !== '').map((from) => copySource(from, escape));
    case 'RUN':
      return (flags.get('mount') ?? []).map((mount) => ({ role: 'mount', from: mountSource(mount) }));
    default:
      return [];
  }
}

function copySource(from: string, escape: string): FileSource {
  if (expandWord(from, new Map(), escape).text !== from) throw noVariables('COPY --from');
  if (!/^[+-]?[0-9]+$/.test(from)) return { role: 'copy', from };
  const number = Number(from);
  if (!Number.isSafeInteger(number) || number < 0) throw problem(`there is no stage number ${from}`);
  return { role: 'copy', from: number };
}

/**
 * The last "from" of a mount, whatever its type does with it: BuildKit fetches it. It takes "scratch" for a mount that
 * has none, and then a stage of that name if there is one.
 */
function mountSource(mount: string): string {
  let from = '';
  for (const field of splitFields(mount)) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(field) ?? [];
    if (key.toLowerCase() !== 'from') continue;
    if (/\$./s.test(value)) throw noVariables('RUN --mount');
    from = value;
  }
  return from === '' ? 'scratch' : from;
}

/** Fields of one line of CSV. */
function splitFields(line: string): readonly string[] {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(rest);
    const field = quoted?.[0] ?? rest.slice(0, (rest + ',').indexOf(','));
    if (quoted === null && field.includes('"')) throw problem(`a quote is out of place in the mount "${line}"`);
    fields.push(quoted?.[1]?.replaceAll('""', '"') ?? field);
    if (field.length === rest.length) return fields;
    rest = rest.slice(field.length + 1);
  }
}

function readFlags({ keyword, flags }: Instruction): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  const names = flagNames[keyword];
  if (names === undefined) return values;
  for (const flag of flags) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(flag) ?? [];
    if (!names.includes(name)) throw problem(`unknown flag "--${name}" of ${keyword}`);
    const others = values.get(name) ?? [];
    if (others.length > 0 && !repeatable.has(name)) throw problem(`the flag "--${name}" stands there twice`);
    if (value === undefined && ['from', 'mount', 'platform'].includes(name)) throw problem(`"--${name}" has no value`);
    values.set(name, [...others, value ?? '']);
  }
  return values;
}

function noVariables(where: string): NotaryError {
  return problem(
    `${where} takes no variables`,
    'Give the image a stage of its own, FROM with an ARG before the first FROM, and name that stage.',
  );
}
