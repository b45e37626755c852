// What $NAME and ${NAME...} stand for, and which values are missing for it (moby/buildkit v0.32.2,
// frontend/dockerfile/shell). A builder takes a variable without a value for empty; here it is remembered.

import { compilePattern, replaceMatches, withoutPrefix, withoutSuffix } from './dockerfile-pattern.ts';
import { problem } from './image-use.ts';

/** What a word became. */
export interface Expansion {
  readonly text: string;
  /** Variables without a value that the text depends on. */
  readonly unresolved: readonly string[];
}

export type Variables = ReadonlyMap<string, Expansion>;

/** As long as a reference can be; matching and replacing in more would take its time. */
const maxPatternedLength = 1024;

export function valueOf(name: string, variables: Variables): Expansion {
  return variables.get(name) ?? { text: '', unresolved: [name] };
}

/**
 * ${NAME-argument} and its relatives.
 *
 * @throws NotaryError SOURCE_INVALID  a bad pattern, or a variable that must have a value
 */
export function substituted(name: string, variables: Variables, operator: string, argument: Expansion): Expansion {
  const variable = variables.get(name);
  const value = valueOf(name, variables);
  const isMissing = variable === undefined || (operator.startsWith(':') && variable.text === '');
  switch (operator.replace(':', '')) {
    case '-':
      return isMissing ? argument : value;
    case '+':
      return isMissing ? { text: '', unresolved: [] } : argument;
    case '?':
      if (!isMissing) return value;
      throw problem(`${name}: ${argument.text === '' ? 'must have a value' : argument.text}`);
    default:
      return trimmed(value, operator, argument);
  }
}

/** ${NAME#pattern} and ${NAME%pattern}; with the sign doubled, as much as the pattern matches. */
function trimmed(value: Expansion, operator: string, argument: Expansion): Expansion {
  const reach = argument.text.startsWith(operator) ? 'longest' : 'shortest';
  const pattern = compiled(reach === 'longest' ? argument.text.slice(1) : argument.text, value);
  const trim = operator === '#' ? withoutPrefix : withoutSuffix;
  return { text: trim(value.text, pattern, reach), unresolved: [...value.unresolved, ...argument.unresolved] };
}

interface Replacement {
  readonly pattern: Expansion;
  readonly replacement: Expansion;
  readonly all: boolean;
}

/**
 * ${NAME/pattern/replacement} and ${NAME//pattern/replacement}.
 *
 * @throws NotaryError SOURCE_INVALID  a bad pattern
 */
export function replaced(name: string, variables: Variables, { pattern, replacement, all }: Replacement): Expansion {
  const value = valueOf(name, variables);
  // BuildKit reads "$1" in the replacement as a group of the pattern, where it replaces every match.
  if (replacement.text.length > maxPatternedLength || (all && replacement.text.includes('$'))) {
    throw problem(`the replacement "${replacement.text.slice(0, 64)}" is not supported`);
  }
  const text = replaceMatches(value.text, compiled(pattern.text, value), replacement.text, all ? 'all' : 'first');
  return { text, unresolved: [...value.unresolved, ...pattern.unresolved, ...replacement.unresolved] };
}

function compiled(pattern: string, { text }: Expansion): NonNullable<ReturnType<typeof compilePattern>> {
  const tokens = compilePattern(pattern);
  if (tokens === undefined) throw problem(`"${pattern.slice(0, 64)}" is not a pattern`);
  if (text.length > maxPatternedLength) {
    throw problem(`a pattern is applied to a value of more than ${maxPatternedLength} characters`);
  }
  return tokens;
}
