// Reads the inputs of a step out of the runner's environment (INPUT_<NAME>) and collects everything that is wrong with
// them, so that a user sees all of it at once. An input nobody asked for is a problem too: the runner merely warns
// about a misspelt name, and a trust setting that is ignored is a hole.

import { NotaryError } from '../errors.ts';
import type { Environment } from '../ports.ts';
import type { InputParser } from './input-values.ts';
import { printable } from './printable.ts';

const prefix = 'INPUT_';

type Present<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

export class InputReader {
  readonly #given = new Map<string, string>();
  readonly #asked = new Set<string>();
  readonly #problems: NotaryError[] = [];

  constructor(environment: Environment) {
    for (const [variable, value] of Object.entries(environment)) {
      if (!variable.startsWith(prefix) || value === undefined) continue;
      this.#given.set(variable.slice(prefix.length).toLowerCase(), value.trim());
    }
  }

  /** Whether the input holds anything but white space. */
  has(name: string): boolean {
    return this.#text(name) !== undefined;
  }

  /** The value, or undefined where the input is empty or a problem. */
  optional<T>(name: string, parse: InputParser<T>): T | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      this.#note(name, error);
      return;
    }
  }

  /** As optional, for an input whose value must be looked up, such as the name of a file. */
  async load<T>(name: string, parse: (text: string) => Promise<T>): Promise<T | undefined> {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    try {
      return await parse(text);
    } catch (error) {
      this.#note(name, error);
      return;
    }
  }

  /** As optional, but an empty input is a problem. */
  required<T>(name: string, parse: InputParser<T>, remedy?: string): T | undefined {
    if (!this.has(name)) this.missing(name, remedy);
    return this.optional(name, parse);
  }

  /** As optional, but the fallback takes the place of undefined. */
  withDefault<T>(name: string, parse: InputParser<T>, fallback: T): T {
    return this.optional(name, parse) ?? fallback;
  }

  /** What several inputs make together; a refusal names the input by itself. */
  attempt<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      this.#note(undefined, error);
      return;
    }
  }

  /** Two inputs that mean something only together. */
  together(first: string, second: string): void {
    if (this.has(first) && !this.has(second)) this.missing(second);
    if (this.has(second) && !this.has(first)) this.missing(first);
  }

  missing(name: string, remedy = `Add \`${name}\` to the \`with:\` block of the step.`): void {
    this.#problems.push(problem('INPUT_MISSING', `${name}: is required`, remedy));
  }

  /** A rule that no single input can break alone. */
  refuse(name: string, message: string, remedy: string): void {
    this.#problems.push(problem('INPUT_INVALID', `${name}: ${message}`, remedy));
  }

  /**
   * The last call: every input was asked for by now.
   *
   * @returns  the values, of which none is undefined
   * @throws NotaryError INPUT_MISSING  all that is wrong is that inputs are missing
   * @throws NotaryError INPUT_INVALID  anything else is wrong; the cause is an AggregateError with one error a problem
   */
  complete<T extends Readonly<Record<string, unknown>>>(values: T): Present<T> {
    const problems = [...this.#problems, ...this.#unknown()];
    if (problems.length > 0) throw summarize(problems);
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) throw new Error(`input ${name} has neither a value nor a problem`);
    }
    return values as Present<T>;
  }

  // Whatever a parser refuses (a reference, a certificate, a name) is a problem of the input that holds it.
  #note(name: string | undefined, error: unknown): undefined {
    if (!(error instanceof NotaryError)) throw error;
    const message = name === undefined ? error.message : `${name}: ${error.message}`;
    this.#problems.push(problem('INPUT_INVALID', message, error.remedy, error));
    return undefined;
  }

  #text(name: string): string | undefined {
    this.#asked.add(name);
    const value = this.#given.get(name);
    return value === '' ? undefined : value;
  }

  #unknown(): NotaryError[] {
    const names = [...this.#given.keys()].filter((name) => !this.#asked.has(name));
    return names.map((name) => {
      const near = nearest(name, this.#asked);
      const remedy = near === undefined ? 'Remove it; the README lists the inputs.' : `Did you mean \`${near}\`?`;
      return problem('INPUT_INVALID', `${name}: is not an input of this action`, remedy);
    });
  }
}

function problem(code: 'INPUT_MISSING' | 'INPUT_INVALID', message: string, remedy: string, cause?: Error): NotaryError {
  return new NotaryError(code, printable(message), { remedy, ...(cause && { cause }) });
}

function summarize(problems: readonly NotaryError[]): NotaryError {
  const code = problems.every((one) => one.code === 'INPUT_MISSING') ? 'INPUT_MISSING' : 'INPUT_INVALID';
  const message = problems.map((one) => `${one.message}. ${one.remedy}`).join(' | ');
  return new NotaryError(code, message, { cause: new AggregateError(problems) });
}

/** The known name that the unknown one was probably meant to be. */
function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  const spelt = name.replaceAll('_', '-');
  const ranked = [...known].map((candidate) => [distance(spelt, candidate), candidate] as const);
  ranked.sort(([a], [b]) => a - b);
  const [best] = ranked;
  return best !== undefined && best[0] <= Math.max(2, spelt.length / 4) ? best[1] : undefined;
}

/** Levenshtein distance. Names from the environment are cut: only near misses matter. */
function distance(a: string, b: string): number {
  const letters = Array.from(b);
  let row = [0, ...letters.map((_, index) => index + 1)];
  for (const [i, letter] of Array.from(a.slice(0, 64)).entries()) {
    const next = [i + 1];
    for (const [j, other] of letters.entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
