// Whether a regular expression can backtrack without bound, decided from the expression alone. It becomes an automaton
// whose states are the places where a character is read; a word that can be read in two ways around one loop costs twice
// as much with every round (exponential), and one that two loops can share costs a choice for every character
// (polynomial). The search for a start counts as a loop before the expression.
// Weideman et al., "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers" (2016).

export type Growth = 'exponential' | 'polynomial' | 'bounded';

/** @throws Error  a construct that is not judged here, such as a back reference */
export function growthOf({ source, flags }: RegExp): Growth {
  const parser = new Parser(source, flags);
  const automaton = new Automaton(parser.parse(), !flags.includes('y'));
  const inner = parser.assertions.map((body) => new Automaton(body, false));
  const all = [automaton, ...inner];
  if (all.some((one) => one.isExponential)) return 'exponential';
  return all.some((one) => one.isPolynomial) ? 'polynomial' : 'bounded';
}

/** Characters that stand for all: every class of an expression is told by which of these it takes. */
const samples: readonly string[] = [
  ...Array.from({ length: 256 }, (_code, code) => String.fromCharCode(code)),
  ...['\u0100', '\u017f', '\u1680', '\u200b', '\u2028', '\u2029', '\u212a', '\u3000', '\ufeff', '\uffff', '\u4e2d'],
];
const everything: ReadonlySet<number> = new Set(samples.keys());
const lineEnds: ReadonlySet<number> = new Set(['\n', '\r', '\u2028', '\u2029'].map((end) => samples.indexOf(end)));
/** Read by "$" and word boundaries, and by nothing else. */
const noCharacter = samples.length;

type Expression =
  | { readonly kind: 'characters'; readonly takes: ReadonlySet<number> }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly body: Expression; readonly min: number; readonly max: number }
  | { readonly kind: 'start'; readonly of: 'text' | 'line' };

const nothing: Expression = { kind: 'sequence', parts: [] };
/** More repetitions than this are no more ambiguous. */
const enough = 3;

class Parser {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;
  /** Bodies of look-arounds, which are matched apart. */
  readonly assertions: Expression[] = [];

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags.replace(/[gy]/g, '');
  }

  parse(): Expression {
    const expression = this.#choice();
    if (this.#at < this.#source.length) throw new Error(`/${this.#source}/: not understood at ${this.#at}`);
    return expression;
  }

  #choice(): Expression {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] ?? nothing) : { kind: 'choice', parts };
  }

  #sequence(): Expression {
    const parts: Expression[] = [];
    while (this.#at < this.#source.length && !['|', ')'].includes(this.#next)) parts.push(this.#quantified());
    return { kind: 'sequence', parts };
  }

  #quantified(): Expression {
    const body = this.#atom();
    const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(this.#source.slice(this.#at));
    if (found === null) return body;
    this.#at += found[0].length;
    this.#take('?');
    const [symbol = '', least = '', comma, most = ''] = found;
    if (symbol === '*') return { kind: 'repeat', body, min: 0, max: Infinity };
    if (symbol === '+') return { kind: 'repeat', body, min: 1, max: Infinity };
    if (symbol === '?') return { kind: 'repeat', body, min: 0, max: 1 };
    const max = comma === '' ? Number(least) : most === '' ? Infinity : Number(most);
    return { kind: 'repeat', body, min: Number(least), max };
  }

  #atom(): Expression {
    if (this.#take('^')) return { kind: 'start', of: this.#flags.includes('m') ? 'line' : 'text' };
    if (this.#take('$') || this.#take('\\b') || this.#take('\\B')) {
      return { kind: 'characters', takes: new Set([noCharacter]) };
    }
    if (this.#take('(')) return this.#group();
    const rest = this.#source.slice(this.#at);
    if (/^\\(?:[1-9]|k<)/.test(rest)) throw new Error(`/${this.#source}/: a back reference`);
    const one =
      /^(?:\[(?:\\[\s\S]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[A-Za-z]|\\[\s\S]|[\s\S])/.exec(
        rest,
      )?.[0] ?? '';
    this.#at += one.length;
    const test = new RegExp(`^(?:${one})$`, this.#flags.replace('m', ''));
    return { kind: 'characters', takes: new Set(samples.flatMap((sample, code) => (test.test(sample) ? [code] : []))) };
  }

  #group(): Expression {
    const opening = /^\?(?:[=!]|<[=!]|:|<[A-Za-z_$][\w$]*>)/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += opening.length;
    const body = this.#choice();
    if (!this.#take(')')) throw new Error(`/${this.#source}/: a group without end`);
    if (!/^\?<?[=!]$/.test(opening)) return body;
    this.assertions.push(body);
    // It may say no at any place, as "$" may.
    return { kind: 'choice', parts: [nothing, { kind: 'characters', takes: new Set([noCharacter]) }] };
  }

  get #next(): string {
    return this.#source.charAt(this.#at);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

/** Nodes joined by steps that read nothing; some nodes read a character on their way to the next. */
class Automaton {
  /** By node: where it leads without reading. */
  readonly #free: number[][] = [];
  readonly #reads = new Map<number, { readonly takes: ReadonlySet<number>; readonly to: number }>();
  /** Reading nodes, and how many ways lead from each to each; two stand for many. */
  readonly #ways = new Map<number, Map<number, number>>();
  readonly #end: number;

  constructor(expression: Expression, searches: boolean) {
    const found = this.#node();
    this.#end = this.#node();
    // Whatever stands before the place where it begins.
    const before = this.#node();
    this.#reads.set(before, { takes: everything, to: found });
    if (searches) this.#free[found]?.push(before);
    for (const part of expression.kind === 'choice' ? expression.parts : [expression]) {
      const [entry, end] = this.#build(part);
      this.#free[end]?.push(this.#end);
      const begin = beginOf(part);
      if (begin === 'anywhere') this.#free[found]?.push(entry);
      if (begin !== 'line') continue;
      const newLine = this.#node();
      this.#reads.set(newLine, { takes: lineEnds, to: entry });
      this.#free[found]?.push(newLine);
    }
    for (const [node, { to }] of this.#reads) this.#ways.set(node, this.#readersFrom(to));
  }

  #node(): number {
    return this.#free.push([]) - 1;
  }

  #build(expression: Expression): readonly [entry: number, exit: number] {
    const [entry, exit] = [this.#node(), this.#node()];
    const join = (from: number, to: number): void => void this.#free[from]?.push(to);
    switch (expression.kind) {
      case 'characters':
        this.#reads.set(entry, { takes: expression.takes, to: exit });
        break;
      case 'start':
        join(entry, exit);
        break;
      case 'choice':
        for (const part of expression.parts) {
          const [first, last] = this.#build(part);
          join(entry, first);
          join(last, exit);
        }
        break;
      case 'sequence': {
        let at = entry;
        for (const part of expression.parts) {
          const [first, last] = this.#build(part);
          join(at, first);
          at = last;
        }
        join(at, exit);
        break;
      }
      case 'repeat':
        this.#repeat(expression, entry, exit);
    }
    return [entry, exit];
  }

  #repeat({ body, min, max }: Extract<Expression, { kind: 'repeat' }>, entry: number, exit: number): void {
    const join = (from: number, to: number): void => void this.#free[from]?.push(to);
    let at = entry;
    for (let count = 0; count < Math.min(min, enough); count++) {
      const [first, last] = this.#build(body);
      join(at, first);
      at = last;
    }
    if (max === Infinity) {
      const [first, last] = this.#build(body);
      const [before, after] = [this.#node(), this.#node()];
      join(at, before);
      for (const node of [before, after]) {
        join(node, first);
        join(node, exit);
      }
      join(last, after);
      return;
    }
    for (let count = Math.min(min, enough); count < Math.min(max, enough + 1); count++) {
      join(at, exit);
      const [first, last] = this.#build(body);
      join(at, first);
      at = last;
    }
    join(at, exit);
  }

  /** Ways without a circle: a round that reads nothing is not made. */
  #readersFrom(from: number): Map<number, number> {
    const found = new Map<number, number>();
    const path = new Set<number>();
    const walk = (node: number): void => {
      if (path.has(node)) return;
      if (this.#reads.has(node)) found.set(node, Math.min(2, (found.get(node) ?? 0) + 1));
      path.add(node);
      for (const next of this.#free[node] ?? []) walk(next);
      path.delete(node);
    };
    walk(from);
    return found;
  }

  #next(node: number): readonly number[] {
    return [...(this.#ways.get(node)?.keys() ?? [])];
  }

  #shareWord(...nodes: readonly number[]): boolean {
    const [first = new Set<number>(), ...others] = nodes.map(
      (node) => this.#reads.get(node)?.takes ?? new Set<number>(),
    );
    return [...first].some((character) => character !== noCharacter && others.every((set) => set.has(character)));
  }

  /** Sets of nodes that one word can lead to at once, as far as the search goes. */
  #reach(from: readonly number[]): ReadonlyMap<string, readonly number[]> {
    const seen = new Map<string, readonly number[]>([[from.join(), from]]);
    for (const tuple of seen.values()) {
      if (!this.#shareWord(...tuple)) continue;
      for (const next of product(tuple.map((node) => this.#next(node)))) {
        if (!seen.has(next.join())) seen.set(next.join(), next);
      }
    }
    return seen;
  }

  #isAround(node: number): boolean {
    return [...this.#reach([node]).values()].some(([other = -1]) => this.#next(other).includes(node));
  }

  get #loops(): readonly number[] {
    return [...this.#reads.keys()].filter((node) => this.#isAround(node));
  }

  /** One word, two ways around one loop. */
  get isExponential(): boolean {
    return this.#loops.some((node) => {
      const pairs = [...this.#reach([node, node]).values()].filter((pair) =>
        this.#reach(pair).has([node, node].join()),
      );
      return pairs.some(([a = -1, b = -1]) => {
        if (a !== b) return true;
        return [...(this.#ways.get(a) ?? [])].some(([next, ways]) => ways > 1 && this.#reach([next]).has(String(node)));
      });
    });
  }

  /** One word around one loop, from there to another, and around that. */
  get isPolynomial(): boolean {
    const loops = this.#loops;
    return loops.some((first) =>
      loops.some((second) => {
        if (first === second || this.#neverFails(second)) return false;
        return this.#reach([first, first, second]).has([first, second, second].join());
      }),
    );
  }

  /** A loop after which the expression may end at any place, or which reads everything up to the end. */
  #neverFails(node: number): boolean {
    const { takes = everything, to = node } = this.#reads.get(node) ?? {};
    if (this.#freelyReaches(to, this.#end)) return true;
    const ends = this.#next(node).flatMap((next) => this.#reads.get(next) ?? []);
    const atEnd = ends.filter((end) => end.takes.has(noCharacter));
    return takes.size === samples.length && atEnd.some((end) => this.#freelyReaches(end.to, this.#end));
  }

  #freelyReaches(from: number, to: number): boolean {
    const seen = new Set([from]);
    for (const node of seen) for (const next of this.#free[node] ?? []) seen.add(next);
    return seen.has(to);
  }
}

function beginOf(expression: Expression): 'anywhere' | 'text' | 'line' {
  if (expression.kind === 'start') return expression.of;
  const [first] = expression.kind === 'sequence' ? expression.parts : [];
  return first === undefined ? 'anywhere' : beginOf(first);
}

function product(lists: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return lists.reduce<readonly (readonly number[])[]>(
    (tuples, list) => tuples.flatMap((tuple) => list.map((item) => [...tuple, item])),
    [[]],
  );
}
