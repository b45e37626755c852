// One instruction of a Dockerfile: keyword, flags and the rest (moby/buildkit v0.32.2, frontend/dockerfile/parser).

import { trimLeft, trimRight } from './dockerfile-words.ts';
import { problem } from './image-use.ts';

export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** "--name=value", without quotes. */
  readonly flags: readonly string[];
  readonly rest: string;
  /** The rest is a JSON array of strings. */
  readonly isList: boolean;
  /** Of ONBUILD: the instruction that waits for a later build. */
  readonly trigger?: Instruction;
  readonly line: number;
}

const keywords = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);
/** These may be written as a list. */
const listKeywords = new Set(['ADD', 'CMD', 'COPY', 'ENTRYPOINT', 'RUN', 'SHELL', 'VOLUME']);

/**
 * @param text  of the whole instruction, its lines joined
 * @throws NotaryError SOURCE_INVALID  without the place, which the caller knows
 */
export function splitInstruction(text: string, escape: string, line: number): Instruction {
  const [, name = '', tail = ''] = /^([^\t\v\f\r ]*)[\t\v\f\r ]*(.*)$/s.exec(trimRight(trimLeft(text))) ?? [];
  const keyword = name.toUpperCase();
  if (!/^[A-Za-z]+$/.test(name) || !keywords.has(keyword)) throw problem(`unknown instruction "${name.slice(0, 64)}"`);
  const { flags, rest } = splitFlags(tail, escape);
  const instruction = { keyword, flags, rest, isList: listKeywords.has(keyword) && isList(rest), line };
  if (keyword !== 'ONBUILD') return instruction;
  // Refused before it is read: such a chain could be as long as the file.
  if (/^(?:ONBUILD|FROM|MAINTAINER)(?![^\t\v\f\r ])/i.test(rest)) throw problem('ONBUILD cannot wait for this');
  return { ...instruction, trigger: splitInstruction(rest, escape, line) };
}

/** Flags are the words at the front that begin with "--"; "--" alone ends them. */
function splitFlags(text: string, escape: string): { flags: readonly string[]; rest: string } {
  const flags: string[] = [];
  let rest = text;
  while (rest.startsWith('--')) {
    const { word, end } = readFlag(rest, escape);
    rest = rest.slice(end);
    if (word === '--') break;
    flags.push(word);
    rest = rest.replace(/^[\t\n\v\f\r ]+/, '');
  }
  return { flags, rest: trimRight(trimLeft(rest)) };
}

/** A word that white space ends, unless it is quoted or escaped. */
function readFlag(text: string, escape: string): { word: string; end: number } {
  let word = '';
  let quote: string | undefined;
  let end = 0;
  for (; end < text.length; end += 1) {
    const character = text[end] ?? '';
    // BuildKit looks at bytes here, and takes some halves of a letter for white space.
    if (character > '\x7f') throw problem('a flag has letters other than those of ASCII');
    if (quote === undefined && /[\t\n\v\f\r ]/.test(character)) break;
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else if (character !== escape) word += character;
    else {
      end += 1;
      word += text[end] ?? '';
    }
  }
  if (/[^\0-\x7f]/.test(word)) throw problem('a flag has letters other than those of ASCII');
  return { word, end };
}

function isList(rest: string): boolean {
  if (!rest.startsWith('[')) return false;
  let value: unknown;
  try {
    value = JSON.parse(rest);
  } catch (error) {
    // Not JSON: a builder takes it for a shell command then.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw problem('a list can have nothing but strings');
  }
  return true;
}
