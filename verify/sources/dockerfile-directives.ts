// The comments at the top of a Dockerfile that mean something: "# syntax=", "# escape=" and "# check=" (moby/buildkit
// v0.32.2, frontend/dockerfile/parser, DirectiveParser).

import { trimLeft, trimRight } from './dockerfile-words.ts';
import { sourceError } from './image-use.ts';

export interface Directive {
  readonly value: string;
  readonly line: number;
}

export interface Directives {
  readonly escape: string;
  readonly syntax?: Directive;
}

const known = new Set(['syntax', 'escape', 'check']);

/**
 * @param lines  of the whole file, with or without their ends
 * @throws NotaryError SOURCE_INVALID  a directive is repeated, or escapes with another sign
 */
export function readDirectives(path: string, lines: readonly string[]): Directives {
  const directives = read(path, lines, 0);
  const escape = directives.get('escape');
  if (escape !== undefined && escape.value !== '\\' && escape.value !== '`') {
    throw sourceError(path, escape.line, `"${escape.value}" is neither \\ nor \` and cannot escape`);
  }
  // What looks for the frontend passes over a first line for the shell, and wants its directive at the very left.
  const afterShell = lines[0]?.startsWith('#!') === true ? read(path, lines, 1) : directives;
  const syntax = afterShell.get('syntax');
  const isAtTheLeft = syntax !== undefined && lines.slice(0, syntax.line).every((line) => line.startsWith('#'));
  return { escape: escape?.value ?? '\\', ...(isAtTheLeft ? { syntax } : {}) };
}

/** Ends at the first line that is no directive. */
function read(path: string, lines: readonly string[], first: number): ReadonlyMap<string, Directive> {
  const directives = new Map<string, Directive>();
  for (let index = first; index < lines.length; index += 1) {
    const line = trimRight(trimLeft(lines[index] ?? ''), /[\r\n]/);
    const text = line.startsWith('#') ? trimLeft(line.slice(1)) : '';
    const [, name = '', value = ''] = /^([a-zA-Z][a-zA-Z0-9]*)[\t\f\r ]*=(.*)$/s.exec(text) ?? [];
    const key = name.toLowerCase();
    if (!known.has(key) || value === '') break;
    if (directives.has(key)) throw sourceError(path, index + 1, `"# ${key}=" stands there twice`);
    const trimmed = trimRight(value.replace(/^[\t\f\r ]+/, ''), /[\t\f\r ]/);
    if (trimmed === '') throw sourceError(path, index + 1, `"# ${key}=" has no value`);
    directives.set(key, { value: trimmed, line: index + 1 });
  }
  return directives;
}
