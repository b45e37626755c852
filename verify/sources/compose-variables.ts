// Variables in the values of a Compose file: $NAME, ${NAME}, with - + ? as in a shell, and $$ for a dollar.
// Compose specification, "Interpolation".

import { substituted, valueOf } from './dockerfile-substitution.ts';
import type { Expansion, Variables } from './dockerfile-substitution.ts';
import { problem } from './image-use.ts';

/** Deeper nesting of ${...} has no use. */
const maxDepth = 16;

/** @throws NotaryError SOURCE_INVALID  without the place, which the caller knows */
export function expandComposeValue(text: string, variables: Variables): Expansion {
  return read({ text, position: 0, variables }, 0);
}

interface Cursor {
  readonly text: string;
  position: number;
  readonly variables: Variables;
}

/** Reads to the end, or within ${...} up to its "}". */
function read(cursor: Cursor, depth: number): Expansion {
  if (depth > maxDepth) throw problem(`variables are nested deeper than ${maxDepth}`);
  let text = '';
  const unresolved: string[] = [];
  while (cursor.position < cursor.text.length) {
    const character = cursor.text[cursor.position] ?? '';
    if (character === '}' && depth > 0) break;
    cursor.position += 1;
    if (character !== '$') {
      text += character;
      continue;
    }
    const value = readVariable(cursor, depth);
    text += value.text;
    unresolved.push(...value.unresolved);
  }
  return { text, unresolved };
}

function readVariable(cursor: Cursor, depth: number): Expansion {
  const rest = cursor.text.slice(cursor.position);
  const [match, name, braced, operator] =
    /^(?:\$|([_a-zA-Z][_a-zA-Z0-9]*)|\{([_a-zA-Z][_a-zA-Z0-9]*)(:?[-+?])?)/.exec(rest) ?? [];
  if (match === undefined) throw problem(`"$${rest.slice(0, 16)}" is not a variable; a dollar is written "$$"`);
  cursor.position += match.length;
  if (match === '$') return { text: '$', unresolved: [] };
  if (name !== undefined) return valueOf(name, cursor.variables);
  const argument = operator === undefined ? undefined : read(cursor, depth + 1);
  if (cursor.text[cursor.position] !== '}') throw problem(`"\${${braced ?? ''}" has no "}"`);
  cursor.position += 1;
  if (argument === undefined) return valueOf(braced ?? '', cursor.variables);
  return substituted(braced ?? '', cursor.variables, operator ?? '', argument);
}
