// Words of a Dockerfile, with their variables replaced or left as they are.

import { hasCode } from '../../shared/errors.ts';
import type { Expansion, Variables } from './dockerfile-substitution.ts';
import { WordReader } from './dockerfile-word-reader.ts';
import type { Piece, Rules } from './dockerfile-word-reader.ts';

/** White space as Go's unicode.IsSpace has it. */
const whiteSpace = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** @throws NotaryError SOURCE_INVALID  without the place, which the caller knows */
export function expandWord(word: string, variables: Variables, escape: string): Expansion {
  return new WordReader(word, { escape, variables }).readWord(undefined, false);
}

/** The words of a line with quotes, escapes and variables left as they are; none where the line is not well-formed. */
export function splitRawWords(line: string): readonly string[] {
  return words(line, { escape: '\\', raw: true });
}

/** The words of a text without its quotes and escapes; variables are left as they are. */
export function splitWords(text: string): readonly string[] {
  return words(text, { escape: '\\' });
}

function words(text: string, rules: Rules): readonly string[] {
  try {
    return cut(new WordReader(text, rules).readPieces(undefined, rules.raw === true));
  } catch (error) {
    if (!hasCode(error, 'SOURCE_INVALID')) throw error;
    return [];
  }
}

function cut(pieces: readonly Piece[]): readonly string[] {
  const result: string[] = [];
  let word = '';
  for (const { text, splits, forgets } of pieces) {
    if (forgets) word = '';
    for (const character of splits ? text : [text]) {
      if (!splits || !whiteSpace.test(character)) word += character;
      else if (word !== '') {
        result.push(word);
        word = '';
      }
    }
  }
  return word === '' ? result : [...result, word];
}

export function trimLeft(text: string): string {
  let start = 0;
  while (start < text.length && whiteSpace.test(text[start] ?? '')) start += 1;
  return text.slice(start);
}

/** By character: an expression for a run at the end tries every run before it, each from all of its characters. */
export function trimRight(text: string, trimmed = whiteSpace): string {
  let end = text.length;
  while (end > 0 && trimmed.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

/** Words with their quotes and escapes, for a later reading of each; white space in quotes does not end one. */
export function splitArguments(text: string, escape: string): readonly string[] {
  const result: string[] = [];
  let word = '';
  let quote: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote === undefined && whiteSpace.test(character)) {
      if (word !== '') result.push(word);
      word = '';
      continue;
    }
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    word += character;
    // Nothing can be escaped between single quotes, and nothing at the end.
    if (character !== escape || quote === "'") continue;
    index += 1;
    word = index < text.length ? word + (text[index] ?? '') : word.slice(0, -1);
  }
  return word === '' ? result : [...result, word];
}
