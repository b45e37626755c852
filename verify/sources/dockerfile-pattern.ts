// Shell patterns in ${NAME#pattern} and its relatives: * and ? only, as BuildKit's Dockerfile frontend has them (moby/
// buildkit v0.32.2, frontend/dockerfile/shell). Matched without regular expressions: a pattern comes from outside.

/** One character that must be there, or a wildcard. Neither wildcard matches the end of a line. */
type Token = { readonly literal: string } | 'any' | 'many';

export type Reach = 'shortest' | 'longest';

/** Longer ones have no use in a name, and matching takes time with the product of both lengths. */
const maxPatternLength = 256;

/** @returns undefined where the pattern is none: a backslash before anything but * ? \ } / */
export function compilePattern(pattern: string): readonly Token[] | undefined {
  const characters = Array.from(pattern);
  if (characters.length > maxPatternLength) return undefined;
  const tokens: Token[] = [];
  for (let index = 0; index < characters.length; index += 1) {
    let character = characters[index] ?? '';
    const isEscaped = character === '\\';
    if (isEscaped) {
      index += 1;
      character = characters[index] ?? '';
      if (!['*', '?', '\\', '}', '/'].includes(character)) return undefined;
    }
    if (character === '*' && !isEscaped) tokens.push('many');
    else if (character === '?' && !isEscaped) tokens.push('any');
    else tokens.push({ literal: character });
  }
  return tokens;
}

export function withoutPrefix(value: string, pattern: readonly Token[], reach: Reach): string {
  const characters = Array.from(value);
  return characters.slice(matchLength(characters, 0, pattern, reach) ?? 0).join('');
}

export function withoutSuffix(value: string, pattern: readonly Token[], reach: Reach): string {
  const reversed = Array.from(value).reverse();
  return reversed
    .slice(matchLength(reversed, 0, [...pattern].reverse(), reach) ?? 0)
    .reverse()
    .join('');
}

/** Replaces the first match, or every one; each is as long as it can be. */
export function replaceMatches(
  value: string,
  pattern: readonly Token[],
  replacement: string,
  which: 'first' | 'all',
): string {
  const characters = Array.from(value);
  let result = '';
  let position = 0;
  // An empty match right behind another match does not count.
  let blocked = -1;
  while (position <= characters.length) {
    const length = matchLength(characters, position, pattern, 'longest');
    const matches = length !== undefined && (length > 0 || position !== blocked);
    if (matches) result += replacement;
    if (matches && length > 0) {
      position += length;
      blocked = position;
    } else {
      result += characters[position] ?? '';
      position += 1;
    }
    if (matches && which === 'first') break;
  }
  return result + characters.slice(position).join('');
}

/** How many characters from a position on the pattern matches; undefined where it does not match there. */
function matchLength(
  characters: readonly string[],
  start: number,
  pattern: readonly Token[],
  reach: Reach,
): number | undefined {
  // The tokens that may come next, all at once: time grows with pattern x value, never faster.
  let states = reachable([0], pattern);
  let longest: number | undefined;
  for (let position = start; ; position += 1) {
    if (states.has(pattern.length)) {
      longest = position - start;
      if (reach === 'shortest') return longest;
    }
    const character = characters[position];
    if (character === undefined || states.size === 0) return longest;
    const next: number[] = [];
    for (const state of states) {
      const token = pattern[state];
      if (token === 'many' && character !== '\n') next.push(state);
      else if (token === 'any' && character !== '\n') next.push(state + 1);
      else if (typeof token === 'object' && token.literal === character) next.push(state + 1);
    }
    states = reachable(next, pattern);
  }
}

/** Adds what lies behind a * that matches nothing. */
function reachable(states: readonly number[], pattern: readonly Token[]): Set<number> {
  const all = new Set<number>();
  for (let state of states) {
    all.add(state);
    while (pattern[state] === 'many') {
      state += 1;
      all.add(state);
    }
  }
  return all;
}
