// YAML with the line of every value: aliases and merge keys resolved, and nothing read that two readers could read in
// two ways (keys that stand there twice are refused).

import { Alias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';

import { sourceError } from './image-use.ts';
import type { SourceFile } from './image-use.ts';

/** A value and where it stands. Values behind an alias are shared, not copied. */
export interface Located {
  readonly line: number;
  readonly value: string | number | bigint | boolean | null | readonly Located[] | LocatedMap;
}

export type LocatedMap = ReadonlyMap<string, Located>;

/** Far more than people write, and what a rendered chart may have. */
const maxFileLength = 4 * 1024 * 1024;
/** Merge keys copy; many of many would take all memory. */
const maxEntries = 1_000_000;
const maxDepth = 200;

/**
 * The documents that are not empty.
 *
 * @throws NotaryError SOURCE_INVALID  with file and line
 * @see YAML 1.2.2; the merge key of YAML 1.1
 */
export function readYaml({ path, text }: SourceFile): readonly Located[] {
  if (text.length > maxFileLength) throw sourceError(path, 1, `is longer than ${maxFileLength} characters`);
  const lineCounter = new LineCounter();
  const documents = parse(path, text, lineCounter);
  const lineAt = (offset: number): number => Math.max(1, lineCounter.linePos(offset).line);
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const hint = text.includes('{{') ? ' (a template must be rendered first, such as by helm template)' : '';
      throw sourceError(path, lineAt(error.pos[0]), `is not YAML: ${error.message}${hint}`);
    }
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return [];
    return [new Converter(path, lineAt).convert(contents, 0)];
  });
}

function parse(path: string, text: string, lineCounter: LineCounter): readonly Document[] {
  try {
    const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: true, version: '1.2' });
    return 'empty' in documents ? [] : documents;
  } catch (error) {
    // The library calls itself for what is nested; no other limit of its own stops that.
    if (error instanceof RangeError) throw sourceError(path, 1, 'is nested too deep');
    throw error;
  }
}

class Converter {
  readonly #path: string;
  readonly #lineAt: (offset: number) => number;
  readonly #anchors = new Map<string, Located | undefined>();
  readonly #heights = new Map<Located, number>();
  #entries = 0;

  constructor(path: string, lineAt: (offset: number) => number) {
    this.#path = path;
    this.#lineAt = lineAt;
  }

  convert(node: Node, depth: number): Located {
    const line = this.#lineAt(node.range?.[0] ?? 0);
    if (depth > maxDepth) throw sourceError(this.#path, line, `is nested deeper than ${maxDepth}`);
    if (node instanceof Alias) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) throw sourceError(this.#path, line, `"*${node.source}" stands for nothing above it`);
      return typeof target.value === 'object' ? target : { line, value: target.value };
    }
    const anchor = 'anchor' in node ? node.anchor : undefined;
    // Not known yet inside itself.
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const located = { line, value: this.#value(node, depth, line) };
    this.#measure(located);
    if (anchor !== undefined) this.#anchors.set(anchor, located);
    return located;
  }

  /** Aliases can nest what is not nested in the text. */
  #measure(located: Located): void {
    const { value, line } = located;
    if (typeof value !== 'object' || value === null) return;
    let height = 0;
    for (const inner of value.values()) height = Math.max(height, 1 + (this.#heights.get(inner) ?? 0));
    if (height > maxDepth) throw sourceError(this.#path, line, `is nested deeper than ${maxDepth}`);
    this.#heights.set(located, height);
  }

  #value(node: Node, depth: number, line: number): Located['value'] {
    if (isSeq<Node>(node)) return node.items.map((item) => this.#counted(line, () => this.convert(item, depth + 1)));
    if (isMap<Node, Node | null>(node)) return this.#map(node, depth);
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
      return value as string | number | bigint | boolean | null;
    }
    throw sourceError(this.#path, line, 'has a value of a kind that is not supported here');
  }

  /** Own keys win over merged ones, and of those the first. */
  #map(node: YAMLMap<Node, Node | null>, depth: number): LocatedMap {
    const own = new Map<string, Located>();
    const merged = new Map<string, Located>();
    for (const pair of node.items) {
      const line = this.#lineAt(pair.key.range?.[0] ?? 0);
      const key = this.#key(pair, line);
      const value = this.#counted(line, () =>
        pair.value === null ? { line, value: null } : this.convert(pair.value, depth + 1),
      );
      if (key !== '<<') own.set(key, value);
      else for (const [name, item] of this.#merged(value)) if (!merged.has(name)) merged.set(name, item);
    }
    return new Map([...merged, ...own]);
  }

  #key({ key }: Pair<Node, Node | null>, line: number): string {
    if (key instanceof Alias) {
      const value = this.convert(key, 0).value;
      if (typeof value === 'string') return value;
    }
    if (isScalar(key)) return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
    throw sourceError(this.#path, line, 'a key is a single value');
  }

  *#merged(from: Located): Iterable<readonly [string, Located]> {
    for (const map of Array.isArray(from.value) ? (from.value as readonly Located[]) : [from]) {
      if (!(map.value instanceof Map)) throw sourceError(this.#path, from.line, '"<<" merges maps, and this is none');
      for (const entry of map.value as LocatedMap) yield this.#counted(from.line, () => entry);
    }
  }

  #counted<T>(line: number, work: () => T): T {
    this.#entries += 1;
    if (this.#entries > maxEntries) throw sourceError(this.#path, line, `has more than ${maxEntries} values`);
    return work();
  }
}
