// The JSON gate. Reading: strict UTF-8, one value, integers only where an integer literal stands. Writing: the bytes
// that Go's encoding/json writes (sorted or given member order, HTML-safe escapes), which Notation signs. PAY-6..PAY-11.

import { compareBytes, decodeUtf8, encodeUtf8, malformed } from './bytes.ts';
import type { Source } from './bytes.ts';

/** A JSON number that is not written as an integer, such as 251.0 or 1e3; Go refuses it where it wants an integer. */
export class InexactNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type Json = null | boolean | number | string | InexactNumber | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json | undefined;
}

/**
 * Reads one JSON value. A member that occurs twice is refused: Go reads both, keeps the last, and merges objects; other
 * readers keep the first (D46).
 *
 * @throws NotaryError source.code  not UTF-8, not JSON, bytes after the value, too many values or levels
 */
export function parseJson(bytes: Uint8Array, source: Source): Json {
  const values = countValues(bytes, source);
  const text = decodeUtf8(bytes, source);
  let kept = 0;
  try {
    const json = JSON.parse(text, (_name, value: unknown, context?: { source?: string }) => {
      kept += 1;
      return keepIntegersOnly(value, context);
    }) as Json;
    // The parser drops the earlier of two members of one name without a word.
    if (kept !== values) throw malformed(source, 'a JSON object has two members of one name');
    return json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformed(source, 'not valid JSON', error);
  }
}

/**
 * A value can be two bytes of text and take a hundred times as much memory. The longest referrers page that means
 * anything (REG-13, 4 MiB) has about half as many.
 */
const maxValues = 262_144;
/** Whoever walks over the result does so by recursion. */
const maxLevels = 1000;

const character = { quote: 0x22, comma: 0x2c, backslash: 0x5c } as const;
const openers: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closers: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const whiteSpace: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);

/** Counts before anything is built: exactly in JSON, and somehow in what the parser then refuses. */
function countValues(bytes: Uint8Array, source: Source): number {
  let values = 1;
  let level = 0;
  let isText = false;
  let isOpened = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (!isText && whiteSpace.has(byte)) continue;
    // The first value of a container has no comma in front.
    if (byte === character.comma || (isOpened && !closers.has(byte))) values += isText ? 0 : 1;
    isOpened = false;
    if (byte === character.quote) isText = !isText;
    else if (isText) at += byte === character.backslash ? 1 : 0;
    else if (openers.has(byte)) {
      isOpened = true;
      level += 1;
    } else if (closers.has(byte)) level -= 1;
    if (values > maxValues) throw malformed(source, `more than ${maxValues} JSON values`);
    if (level > maxLevels) throw malformed(source, `JSON nested deeper than ${maxLevels} levels`);
  }
  return values;
}

// The context is ECMAScript's "JSON.parse source text access", which TypeScript's library does not know yet.
function keepIntegersOnly(value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number') return value;
  const literal = context?.source ?? '';
  return Number.isSafeInteger(value) && /^-?\d+$/.test(literal) ? value : new InexactNumber(literal);
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof InexactNumber);
}

/** The value of an own member; undefined where it is absent or null, as Go reads both. */
export function member(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
}

export function requireObject(value: Json | undefined, source: Source, path: string): JsonObject {
  if (!isJsonObject(value)) throw malformed(source, `${path} is not an object`);
  return value;
}

export function requireArray(value: Json | undefined, source: Source, path: string): readonly Json[] {
  if (!Array.isArray(value)) throw malformed(source, `${path} is not an array`);
  return value as readonly Json[];
}

export function requireString(value: Json | undefined, source: Source, path: string): string {
  if (typeof value !== 'string') throw malformed(source, `${path} is not a string`);
  return value;
}

export function requireInteger(value: Json | undefined, source: Source, path: string): number {
  if (typeof value !== 'number') throw malformed(source, `${path} is not an integer`);
  return value;
}

/** A member that may be absent; when it is there it must be a string. */
export function optionalString(object: JsonObject, name: string, source: Source): string | undefined {
  const value = member(object, name);
  return value === undefined ? undefined : requireString(value, source, name);
}

/** An object whose members are all strings, such as annotations. The result has no prototype. */
export function requireStringMap(
  value: Json | undefined,
  source: Source,
  path: string,
): Readonly<Record<string, string>> {
  const result = Object.create(null) as Record<string, string>;
  for (const [name, text] of Object.entries(requireObject(value, source, path))) {
    result[name] = requireString(text, source, `${path}[${JSON.stringify(name)}]`);
  }
  return result;
}

/** What writeJson takes.  */
export type Writable = null | boolean | number | string | readonly Writable[] | JsonMembers;
export class JsonMembers {
  readonly pairs: readonly (readonly [string, Writable | undefined])[];
  constructor(pairs: readonly (readonly [string, Writable | undefined])[]) {
    this.pairs = pairs;
  }
}

/** An object with its members in the given order. */
export function ordered(...pairs: readonly (readonly [string, Writable | undefined])[]): JsonMembers {
  return new JsonMembers(pairs);
}

/** An object with its members in the order of their UTF-8 bytes, as Go writes maps. */
export function sorted(record: Readonly<Record<string, Writable | undefined>>): JsonMembers {
  const pairs = Object.entries(record);
  pairs.sort(([a], [b]) => compareBytes(encodeUtf8(a), encodeUtf8(b)));
  return new JsonMembers(pairs);
}

/** Compact JSON, byte for byte as Go's encoding/json writes it. */
export function writeJson(value: Writable): Uint8Array {
  return encodeUtf8(render(value));
}

function render(value: Writable): string {
  if (typeof value === 'string') return quote(value);
  if (value instanceof JsonMembers) {
    const members = value.pairs.flatMap(([name, item]) =>
      item === undefined ? [] : [`${quote(name)}:${render(item)}`],
    );
    return `{${members.join(',')}}`;
  }
  if (Array.isArray(value)) return `[${(value as readonly Writable[]).map(render).join(',')}]`;
  return JSON.stringify(value);
}

// PAY-8: JSON.stringify agrees with Go but for these five characters.
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
