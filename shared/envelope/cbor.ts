// The CBOR gate: strict reading, deterministic writing. RFC 8949, as COSE-2 and COSE-11 to COSE-14 narrow it.
// Reading is done here and not by cbor-x, which takes 1.0 for 1 and tag 0 for tag 1, keeps the last of two equal
// labels, and builds objects (regular expressions among them) where the signature names their tags.

import { Encoder, Tag } from 'cbor-x/index-no-eval';

import { compareBytes, decodeUtf8, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { parseTime } from './attributes.ts';

/** An integer is a number where a number holds it exactly, and a bigint elsewhere. */
export type CborInteger = number | bigint;
export type CborLabel = CborInteger | string;
export type CborMap = ReadonlyMap<CborLabel, CborValue>;
export type CborValue =
  CborInteger | string | boolean | null | undefined | Uint8Array | CborFloat | CborTag | readonly CborValue[] | CborMap;

/** A floating-point number, kept apart because 1.0 is not an integer. */
export class CborFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class CborTag<Content = CborValue> {
  readonly tag: CborInteger;
  readonly value: Content;
  constructor(tag: CborInteger, value: Content) {
    this.tag = tag;
    this.value = value;
  }
}

// COSE-13: the limits of the reference implementation, so that both refuse the same envelopes.
const maxDepth = 32;
const maxItems = 131_072;
// Not of the reference: an item can be one byte, and takes a hundred times as much in memory.
const maxItemsTogether = 2 * maxItems;
// COSE-14: labels fit in an int64; of values the reference asks it only above.
const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly source: Source;
  readonly tags: 'allowed' | 'forbidden';
  at: number;
  /** Items read so far. */
  items: number;
}

interface Head {
  readonly major: number;
  /** The low five bits of the first byte. */
  readonly info: number;
  readonly argument: CborInteger;
}

/**
 * Reads one data item that fills the bytes.
 *
 * @throws NotaryError source.code  not well-formed, bytes left over, indefinite length, two equal labels, a label that is
 *   neither int64 nor text, invalid UTF-8, too deep or too many items, or a tag where tags are forbidden
 */
export function decodeCbor(bytes: Uint8Array, tags: 'allowed' | 'forbidden', source: Source): CborValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor: Cursor = { bytes, view, source, tags, at: 0, items: 0 };
  const value = readItem(cursor, 0);
  if (cursor.at !== bytes.length) throw malformed(source, 'bytes after the CBOR item');
  return value;
}

/** @param depth  containers around the item */
function readItem(cursor: Cursor, depth: number): CborValue {
  cursor.items += 1;
  if (cursor.items > maxItemsTogether) throw malformed(cursor.source, `more than ${maxItemsTogether} CBOR items`);
  const head = readHead(cursor);
  switch (head.major) {
    case 0:
      return requireInt64(cursor, head.argument);
    case 1:
      return toInteger(-1n - BigInt(head.argument));
    case 2:
      return take(cursor, head.argument);
    case 3:
      return decodeUtf8(take(cursor, head.argument), cursor.source);
    case 4:
      return readArray(cursor, head, depth + 1);
    case 5:
      return readMap(cursor, head, depth + 1);
    case 6:
      if (cursor.tags === 'forbidden') throw malformed(cursor.source, `CBOR tag ${head.argument} is not allowed here`);
      requireDepth(cursor, depth + 1);
      return new CborTag(head.argument, requireTagContent(cursor, head.argument, readItem(cursor, depth + 1)));
    default:
      return readSimple(cursor, head);
  }
}

function readArray(cursor: Cursor, head: Head, depth: number): readonly CborValue[] {
  const count = requireCount(cursor, head, depth);
  const items: CborValue[] = [];
  for (let index = 0; index < count; index++) items.push(readItem(cursor, depth));
  return items;
}

function readMap(cursor: Cursor, head: Head, depth: number): CborMap {
  const count = requireCount(cursor, head, depth);
  const map = new Map<CborLabel, CborValue>();
  for (let index = 0; index < count; index++) {
    const label = requireLabel(cursor, readItem(cursor, depth));
    if (map.has(label)) throw malformed(cursor.source, 'a label occurs twice in a CBOR map');
    map.set(label, readItem(cursor, depth));
  }
  return map;
}

function requireCount({ source }: Cursor, { argument }: Head, depth: number): number {
  if (typeof argument === 'bigint' || argument > maxItems) {
    throw malformed(source, `a CBOR array or map of ${argument} items, over ${maxItems}`);
  }
  requireDepth({ source }, depth);
  return argument;
}

function requireDepth({ source }: Pick<Cursor, 'source'>, depth: number): void {
  if (depth > maxDepth) throw malformed(source, `CBOR nested deeper than ${maxDepth} levels`);
}

function requireLabel({ source }: Cursor, value: CborValue): CborLabel {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint' && value >= minInt64 && value <= maxInt64) return value;
  throw malformed(source, 'the label of a CBOR map is neither an int64 nor text');
}

function requireInt64({ source }: Cursor, value: CborInteger): CborInteger {
  if (value > maxInt64) throw malformed(source, `the CBOR integer ${value} is beyond int64`);
  return value;
}

/** RFC 8949 §3.4.1 to §3.4.3: the tags whose content the reference checks wherever they stand. */
function requireTagContent({ source }: Cursor, tag: CborInteger, content: CborValue): CborValue {
  const isNumber = typeof content === 'number' || typeof content === 'bigint' || content instanceof CborFloat;
  if (tag === 0) {
    if (typeof content !== 'string') throw malformed(source, 'CBOR tag 0 is not a text');
    parseTime(content, source);
  }
  if (tag === 1 && !isNumber) throw malformed(source, 'CBOR tag 1 is not a number');
  if ((tag === 2 || tag === 3) && !(content instanceof Uint8Array)) {
    throw malformed(source, `CBOR tag ${tag} is not a byte string`);
  }
  return content;
}

function readSimple(cursor: Cursor, { info, argument }: Head): CborValue {
  const start = cursor.at;
  switch (info) {
    case 20:
      return false;
    case 21:
      return true;
    case 22:
      return null;
    case 23:
      return undefined;
    case 25:
      return new CborFloat(float16(Number(argument)));
    case 26:
      return new CborFloat(cursor.view.getFloat32(start - 4));
    case 27:
      return new CborFloat(cursor.view.getFloat64(start - 8));
    default:
      throw malformed(cursor.source, `CBOR simple value ${argument} has no meaning`);
  }
}

// RFC 8949, appendix D: sign, five bits of exponent, ten of fraction.
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (0x400 + fraction) * 2 ** (exponent - 25);
}

function readHead(cursor: Cursor): Head {
  const first = readUnsigned(cursor, 1);
  const major = Number(first) >> 5;
  const info = Number(first) & 0x1f;
  if (info < 24) return { major, info, argument: info };
  if (info > 27) throw malformed(cursor.source, 'an indefinite or reserved CBOR length');
  // 24 to 27: 1, 2, 4 or 8 bytes follow.
  return { major, info, argument: readUnsigned(cursor, 2 ** (info - 24)) };
}

function readUnsigned(cursor: Cursor, width: number): CborInteger {
  const { view } = cursor;
  const at = cursor.at;
  take(cursor, width);
  if (width === 1) return view.getUint8(at);
  if (width === 2) return view.getUint16(at);
  if (width === 4) return view.getUint32(at);
  return toInteger(view.getBigUint64(at));
}

function toInteger(value: bigint): CborInteger {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function take(cursor: Cursor, length: CborInteger): Uint8Array {
  const { bytes, source, at } = cursor;
  if (length > bytes.length - at) throw malformed(source, 'the CBOR item ends too early');
  cursor.at = at + Number(length);
  return bytes.subarray(at, cursor.at);
}

/** What is written: integers, text, bytes, arrays, maps, and tagged integers. */
export type CborWritable =
  | CborInteger
  | string
  | Uint8Array
  | CborTag<CborInteger>
  | readonly CborWritable[]
  | ReadonlyMap<CborLabel, CborWritable>;

// Each option turns off an extension of cbor-x that COSE does not know: records, tag 259 for maps, tag 64 for bytes.
const encoder = new Encoder({ useRecords: false, mapsAsObjects: false, tagUint8Array: false, structuredClone: false });

/** Core deterministic encoding, RFC 8949 §4.2.1: shortest heads, definite lengths, labels in order of their bytes. */
export function encodeCbor(value: CborWritable): Uint8Array {
  return new Uint8Array(encoder.encode(arrange(value)));
}

function arrange(value: CborWritable): unknown {
  // cbor-x writes a number beyond 32 bits as a float, and every bigint with a 64-bit head.
  if (typeof value === 'number') return value > 0xffff_ffff || value < -0x1_0000_0000 ? BigInt(value) : value;
  if (value instanceof CborTag) return new Tag(arrange(value.value), Number(value.tag));
  if (Array.isArray(value)) return (value as readonly CborWritable[]).map(arrange);
  if (!(value instanceof Map)) return value;
  const entries = [...(value as ReadonlyMap<CborLabel, CborWritable>)].map(
    ([label, item]) => [arrange(label), arrange(item), encodeCbor(label)] as const,
  );
  entries.sort(([, , a], [, , b]) => compareBytes(a, b));
  return new Map(entries.map(([label, item]) => [label, item]));
}
