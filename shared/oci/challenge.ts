// The WWW-Authenticate field: a list of challenges, in which a comma may separate two parameters or two challenges.
// RFC 9110 §11.3, §11.6.1; RFC 6750 §3.

import { NotaryError } from '../errors.ts';

export interface Challenge {
  /** Lower case: "basic", "bearer" ... */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longer than any registry needs, short enough to read at leisure. */
const maxFieldLength = 8192;

// Sticky, and of disjoint character classes: each reads forward and never tries a second way.
const separators = /[ \t,]*/y;
const spaces = /[ \t]*/y;
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const quotedString = /"(?:[^"\\]|\\.)*"/y;
const token68 = /[-._~+/0-9A-Za-z]+=*[ \t]*(?=,|$)/y;

/** @throws NotaryError REGISTRY_RESPONSE_INVALID  not the grammar of RFC 9110, or a parameter given twice */
export function parseChallenges(field: string): readonly Challenge[] {
  if (field.length > maxFieldLength) throw malformedField(`it is longer than ${maxFieldLength} characters`);
  const scanner = new Scanner(field);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (scanner.skip(separators); !scanner.atEnd; scanner.skip(separators)) {
    const name = scanner.take(token).toLowerCase();
    const gap = scanner.skip(spaces);
    const current = challenges.at(-1);
    if (scanner.next === '=' && current !== undefined) {
      readParameter(scanner, name, current.parameters);
    } else {
      const parameters = new Map<string, string>();
      challenges.push({ scheme: name, parameters });
      if (scanner.atItemEnd) continue;
      if (gap === '') throw malformedField(`"${scanner.next}" follows "${name}"`);
      // Negotiate and its kind carry one opaque token instead of parameters; nobody here answers them.
      if (scanner.skip(token68) === '') readParameter(scanner, scanner.take(token).toLowerCase(), parameters);
    }
    scanner.requireItemEnd();
  }
  return challenges;
}

function readParameter(scanner: Scanner, name: string, parameters: Map<string, string>): void {
  scanner.skip(spaces);
  scanner.requireEquals();
  scanner.skip(spaces);
  const value = scanner.next === '"' ? unquote(scanner.take(quotedString)) : scanner.take(token);
  if (parameters.has(name)) throw malformedField(`"${name}" is given twice`);
  parameters.set(name, value);
  scanner.skip(spaces);
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get next(): string {
    return this.#text[this.#at] ?? '';
  }

  get atEnd(): boolean {
    return this.next === '';
  }

  get atItemEnd(): boolean {
    return this.atEnd || this.next === ',';
  }

  /** What the pattern finds here, which may be nothing. */
  skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  take(pattern: RegExp): string {
    const found = this.skip(pattern);
    if (found === '') throw malformedField(`unexpected "${this.next}" at character ${this.#at}`);
    return found;
  }

  requireEquals(): void {
    if (this.next !== '=') throw malformedField(`a parameter without "=" at character ${this.#at}`);
    this.#at++;
  }

  requireItemEnd(): void {
    if (!this.atItemEnd) throw malformedField(`no comma before "${this.next}" at character ${this.#at}`);
  }
}

function malformedField(detail: string): NotaryError {
  return new NotaryError('REGISTRY_RESPONSE_INVALID', `malformed WWW-Authenticate field: ${detail}`);
}
