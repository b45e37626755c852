// Reads one word, or a line of them: quotes, escapes and variables, as BuildKit's frontend reads them (moby/buildkit
// v0.32.2, frontend/dockerfile/shell). It resembles a shell and is none.

import { replaced, substituted, valueOf } from './dockerfile-substitution.ts';
import type { Expansion, Variables } from './dockerfile-substitution.ts';
import { problem } from './image-use.ts';

/** Values that name images are far shorter; one that refers to itself twice, line after line, doubles each time. */
const maxExpandedLength = 16 * 1024;
/** Deeper nesting of ${...} has no use. */
const maxDepth = 16;

const digit = /^\p{Nd}$/u;
const nameCharacter = /^[\p{L}\p{Nd}_]$/u;

export interface Piece {
  readonly text: string;
  /** White space in it ends a word. */
  readonly splits: boolean;
  /** What stood before it in the same word is lost: BuildKit reads the argument of a substitution into the same buffer. */
  readonly forgets: boolean;
}

export interface Rules {
  readonly escape: string;
  /** Absent: a variable stays as it is written. */
  readonly variables?: Variables;
  /** Keep quotes and escapes. */
  readonly raw?: boolean;
}

export class WordReader {
  readonly #characters: readonly string[];
  readonly #rules: Rules;
  #position = 0;
  #depth = 0;
  /** How many arguments of substitutions were read. */
  #arguments = 0;
  /** Of the word being read. */
  #unresolved: string[] = [];

  constructor(text: string, rules: Rules) {
    this.#characters = Array.from(text);
    this.#rules = rules;
  }

  /** Reads up to a character, which is swallowed, or to the end. */
  readWord(stop: string | undefined, keepEscapes: boolean): Expansion {
    const outer = this.#unresolved;
    this.#unresolved = [];
    const text = this.readPieces(stop, keepEscapes).map((piece) => piece.text);
    const word = { text: text.join(''), unresolved: [...new Set(this.#unresolved)] };
    this.#unresolved = outer;
    return word;
  }

  readPieces(stop: string | undefined, keepEscapes: boolean): readonly Piece[] {
    const pieces: Piece[] = [];
    let length = 0;
    while (this.#position < this.#characters.length) {
      const character = this.#peek();
      if (character === stop) {
        this.#position += 1;
        return pieces;
      }
      const piece = this.#piece(character, keepEscapes);
      length += piece.text.length;
      if (this.#rules.variables !== undefined && length > maxExpandedLength) {
        throw problem(`a value is longer than ${maxExpandedLength} characters`);
      }
      pieces.push(piece);
    }
    if (stop !== undefined) throw problem(`a substitution has no closing "${stop}"`);
    return pieces;
  }

  #piece(character: string, keepEscapes: boolean): Piece {
    const before = this.#arguments;
    const splits = character === '$' || !["'", '"', '<', this.#rules.escape].includes(character);
    const text = this.#text(character, keepEscapes);
    return { text, splits, forgets: this.#arguments > before };
  }

  #text(character: string, keepEscapes: boolean): string {
    if (character === '$') return this.#variable();
    if (character === "'") return this.#singleQuoted();
    if (character === '"') return this.#doubleQuoted(keepEscapes);
    if (character === '<') return this.#heredocSign();
    this.#position += 1;
    if (character !== this.#rules.escape) return character;
    return (keepEscapes ? character : '') + this.#next();
  }

  #singleQuoted(): string {
    const end = this.#characters.indexOf("'", this.#position + 1);
    if (end === -1) throw problem('a single quote is not closed');
    const inside = this.#characters.slice(this.#position + 1, end).join('');
    this.#position = end + 1;
    return this.#rules.raw === true ? `'${inside}'` : inside;
  }

  #doubleQuoted(keepEscapes: boolean): string {
    const { escape, raw } = this.#rules;
    const quote = raw === true ? '"' : '';
    this.#position += 1;
    let text = quote;
    for (;;) {
      const character = this.#peek();
      if (character === '') throw problem('a double quote is not closed');
      if (character === '$') {
        text += this.#variable();
        continue;
      }
      this.#position += 1;
      if (character === '"') return text + quote;
      if (character === escape) text += this.#escapedInQuotes(escape, keepEscapes);
      else text += character;
    }
  }

  // Only these three can be escaped between double quotes; before anything else the sign stands for itself.
  #escapedInQuotes(escape: string, keepEscapes: boolean): string {
    const next = this.#peek();
    const kept = keepEscapes ? escape : '';
    return kept + (next === '"' || next === '$' || next === escape ? this.#next() : escape);
  }

  /** "<", or "<<" with the white space behind it, which does not end the word. */
  #heredocSign(): string {
    this.#position += 1;
    if (this.#peek() !== '<') return '<';
    let text = '<' + this.#next();
    while (['\t', '\r', ' '].includes(this.#peek())) text += this.#next();
    return text;
  }

  #variable(): string {
    this.#position += 1;
    if (this.#peek() === '{') return this.#substitution();
    const name = this.#name();
    if (name === '') return '$';
    return this.#take((variables) => valueOf(name, variables), `$${name}`);
  }

  #substitution(): string {
    this.#position += 1;
    if (['{', '}', ':'].includes(this.#peek())) throw problem('bad substitution');
    const name = this.#name();
    let operator = this.#next();
    if (operator === '}') return this.#take((variables) => valueOf(name, variables), `\${${name}}`);
    if (operator === '/') return this.#replacement(name);
    if (operator === ':') operator += this.#next();
    const takesPattern = operator === '#' || operator === '%';
    if (!takesPattern && !/^:?[-+?]$/.test(operator)) {
      throw problem(`unknown modifier "${operator}" in a substitution`);
    }
    const argument = this.#argument('}', takesPattern);
    return this.#take(
      (variables) => substituted(name, variables, operator, argument),
      `\${${name}${operator}${argument.text}}`,
    );
  }

  #replacement(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#position += 1;
    const pattern = this.#argument('/', true);
    const replacement = this.#argument('}', true);
    return this.#take(
      (variables) => replaced(name, variables, { pattern, replacement, all }),
      `\${${name}/${pattern.text}/${replacement.text}}`,
    );
  }

  #argument(stop: string, keepEscapes: boolean): Expansion {
    this.#depth += 1;
    this.#arguments += 1;
    if (this.#depth > maxDepth) throw problem(`substitutions are nested deeper than ${maxDepth}`);
    const argument = this.readWord(stop, keepEscapes);
    this.#depth -= 1;
    return argument;
  }

  /** The value, what it lacks remembered; or the text as written, where variables stay as they are. */
  #take(value: (variables: Variables) => Expansion, written: string): string {
    const { variables } = this.#rules;
    if (variables === undefined) return written;
    const { text, unresolved } = value(variables);
    this.#unresolved.push(...unresolved);
    return text;
  }

  /** Letters, digits and _; or digits alone; or one of the signs that a shell has parameters for. */
  #name(): string {
    const first = this.#peek();
    if (first !== '' && '@*#?-$!0'.includes(first) && !digit.test(first)) return this.#next();
    const belongs = digit.test(first) ? digit : nameCharacter;
    let name = '';
    while (belongs.test(this.#peek())) name += this.#next();
    return name;
  }

  #peek(): string {
    return this.#characters[this.#position] ?? '';
  }

  /** Nothing at the end. */
  #next(): string {
    const character = this.#peek();
    this.#position += 1;
    return character;
  }
}
