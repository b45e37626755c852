// The DER gate: nothing in the house reads ASN.1 that has not passed here. Definite minimal lengths, canonical
// primitive values, nothing left over, bounded depth. X.690 §8, §10, §11.

import { AsnConvert } from '@peculiar/asn1-schema';

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import type { NotaryError } from '../errors.ts';

/** One element of a tree whose bytes have all been checked. */
export interface DerNode {
  /** The whole identifier octet, such as 0x30 for SEQUENCE or 0xa0 for a constructed [0]. */
  readonly tag: number;
  /** Identifier, length and content. */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
  /** Empty for a primitive element. */
  readonly children: readonly DerNode[];
}

/** Certificates, tokens and CRLs nest some 12 deep; the bound keeps hostile bytes from exhausting the stack. */
const maxDepth = 32;

/** An element can be two octets, and its node takes hundreds. The largest tokens have some thousand. */
const maxNodes = 65_536;

/**
 * Checks the whole of the bytes, then gives a tree that is built as it is walked, so that a large CRL stays cheap.
 * The order within a SET OF is not checked: real messages break it, and whoever signs over one sorts it (TSA-14).
 *
 * @throws NotaryError source.code  anything but exactly one strict DER element; and from `children`, where the nodes
 *   that were built of it come to more than 65,536
 */
export function parseDer(bytes: Uint8Array, source: Source): DerNode {
  const input = inputOf(bytes, source);
  const header = checkElement(input, 0, bytes.length, 1);
  if (header.end !== bytes.length) throw malformed(source, `${bytes.length - header.end} bytes follow the DER element`);
  return nodeAt(input, header);
}

/**
 * Splits bytes in which DER elements follow one another, such as concatenated certificates.
 *
 * @throws NotaryError source.code  any of them is not strict DER
 */
export function splitDer(bytes: Uint8Array, source: Source): readonly DerNode[] {
  const input = inputOf(bytes, source);
  const nodes: DerNode[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const header = checkElement(input, offset, bytes.length, 1);
    nodes.push(nodeAt(input, header));
    offset = header.end;
  }
  return nodes;
}

/**
 * Passes the gate, then decodes with a schema of the ASN.1 type packages.
 *
 * @throws NotaryError source.code  not strict DER, or not of the type
 */
export function decodeDer<T>(bytes: Uint8Array, type: new () => T, source: Source): T {
  const { raw } = parseDer(bytes, source);
  return decodeChecked(() => AsnConvert.parse(raw, type), source);
}

/** Runs a decoder of the ASN.1 packages over bytes that passed the gate; whatever it throws is about the bytes. */
export function decodeChecked<T>(decode: () => T, source: Source): T {
  try {
    return decode();
  } catch (error) {
    throw malformed(source, 'not of the expected ASN.1 type', error);
  }
}

interface Input {
  readonly bytes: Uint8Array;
  readonly source: Source;
  /** Built so far. */
  nodes: number;
}

/** A plain Uint8Array over the same memory, so that no Buffer comes out of the tree. */
function inputOf({ buffer, byteOffset, byteLength }: Uint8Array, source: Source): Input {
  return { bytes: new Uint8Array(buffer, byteOffset, byteLength), source, nodes: 0 };
}

interface Header {
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

function nodeAt(input: Input, header: Header): DerNode {
  const { tag, start, contentStart, end } = header;
  input.nodes += 1;
  if (input.nodes > maxNodes) throw malformed(input.source, `more than ${maxNodes} DER elements where few are due`);
  let children: readonly DerNode[] | undefined;
  return {
    tag,
    raw: input.bytes.subarray(start, end),
    content: input.bytes.subarray(contentStart, end),
    get children() {
      return (children ??= isConstructed(tag) ? childrenOf(input, header) : []);
    },
  };
}

function childrenOf(input: Input, { contentStart, end }: Header): readonly DerNode[] {
  const children: DerNode[] = [];
  for (let offset = contentStart; offset < end;) {
    const header = readHeader(input, offset, end);
    children.push(nodeAt(input, header));
    offset = header.end;
  }
  return children;
}

function isConstructed(tag: number): boolean {
  return (tag & 0x20) !== 0;
}

function checkElement(input: Input, offset: number, limit: number, depth: number): Header {
  const { bytes, source } = input;
  if (depth > maxDepth) throw malformed(source, `DER nested deeper than ${maxDepth}`);
  const header = readHeader(input, offset, limit);
  const { tag, contentStart, end } = header;
  if (isConstructed(tag)) {
    for (let inner = contentStart; inner < end;) inner = checkElement(input, inner, end, depth + 1).end;
  }
  const fault = universalFault(tag, bytes, contentStart, end);
  if (fault !== undefined) throw malformed(source, `${fault} at byte ${offset}`);
  return header;
}

function readHeader({ bytes, source }: Input, start: number, limit: number): Header {
  const tag = bytes[start];
  let length = bytes[start + 1];
  if (limit - start < 2 || tag === undefined || length === undefined) throw truncated(source, start);
  if ((tag & 0x1f) === 0x1f) throw malformed(source, `DER tag number above 30 at byte ${start}`);
  let contentStart = start + 2;
  if (length >= 0x80) {
    const octets = length & 0x7f;
    if (octets === 0) throw malformed(source, `indefinite length at byte ${start}`);
    if (octets > 4) throw malformed(source, `DER length of ${octets} octets at byte ${start}`);
    if (octets > limit - contentStart) throw truncated(source, start);
    length = 0;
    for (const octet of bytes.subarray(contentStart, contentStart + octets)) length = length * 0x100 + octet;
    if (length < 0x80 || length < 0x100 ** (octets - 1)) throw malformed(source, `length not minimal at byte ${start}`);
    contentStart += octets;
  }
  if (length > limit - contentStart) throw truncated(source, start);
  return { tag, start, contentStart, end: contentStart + length };
}

function truncated(source: Source, at: number): NotaryError {
  return malformed(source, `truncated DER at byte ${at}`);
}

/** What is wrong with an element of a universal type; only SEQUENCE and SET are constructed in DER. */
function universalFault(tag: number, bytes: Uint8Array, start: number, end: number): string | undefined {
  if (tag >= 0x40) return undefined;
  if (tag === 0x30 || tag === 0x31) return undefined;
  if (tag === 0x00) return 'end-of-contents octets';
  if (isConstructed(tag)) return `universal tag 0x${tag.toString(16)} constructed`;
  if (tag === 0x10 || tag === 0x11) return 'SEQUENCE or SET not constructed';
  return primitiveFaults.get(tag)?.(bytes.subarray(start, end));
}

const primitiveFaults: ReadonlyMap<number, (content: Uint8Array) => string | undefined> = new Map([
  [0x01, booleanFault],
  [0x02, integerFault],
  [0x03, bitStringFault],
  [0x05, nullFault],
  [0x06, objectIdentifierFault],
  [0x0a, integerFault],
]);

function booleanFault(content: Uint8Array): string | undefined {
  return content.length === 1 && (content[0] === 0x00 || content[0] === 0xff) ? undefined : 'BOOLEAN not canonical';
}

function integerFault(content: Uint8Array): string | undefined {
  const [first, second] = content;
  if (first === undefined) return 'empty INTEGER';
  if (second === undefined) return undefined;
  const isPadded = (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80);
  return isPadded ? 'INTEGER not minimal' : undefined;
}

function bitStringFault(content: Uint8Array): string | undefined {
  const unused = content[0];
  if (unused === undefined || unused > 7) return 'BIT STRING without a proper first octet';
  if (content.length === 1) return unused === 0 ? undefined : 'empty BIT STRING with unused bits';
  const last = content.at(-1) ?? 0;
  return (last & ((1 << unused) - 1)) === 0 ? undefined : 'BIT STRING with unused bits set';
}

function nullFault(content: Uint8Array): string | undefined {
  return content.length === 0 ? undefined : 'NULL with content';
}

function objectIdentifierFault(content: Uint8Array): string | undefined {
  if ((content.at(-1) ?? 0x80) >= 0x80) return 'truncated OBJECT IDENTIFIER';
  // Each arc opens after an octet below 0x80, and must not open with a zero group.
  const isPadded = content.some((octet, i) => octet === 0x80 && (i === 0 || (content[i - 1] ?? 0) < 0x80));
  return isPadded ? 'OBJECT IDENTIFIER not minimal' : undefined;
}
