// The values of single DER elements, and the members of a SEQUENCE one after the other. X.690 §8; RFC 5280 §4.1.2.5.

import { encodeHex, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import type { DerNode } from './der.ts';

export const derTag = {
  ...{ boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, objectIdentifier: 0x06 },
  ...{ enumerated: 0x0a, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30, set: 0x31 },
} as const;

/** Reads the members of a SEQUENCE (or of any constructed element) in order. */
export interface Members {
  /** The next member, which must have the tag. */
  take(tag: number, what: string): DerNode;
  /** The next member where it has the tag; otherwise nothing is consumed. */
  takeIf(tag: number): DerNode | undefined;
  /** The next member, whatever it is; undefined where none is left. */
  takeAny(): DerNode | undefined;
  /** Refuses members that nobody took. */
  end(): void;
}

/** @throws NotaryError source.code  from every method, where the members are not as asked for */
export function membersOf(node: DerNode, source: Source, what: string): Members {
  let next = 0;
  const takeIf = (tag: number): DerNode | undefined => {
    const member = node.children[next];
    if (member?.tag !== tag) return undefined;
    next += 1;
    return member;
  };
  return {
    takeIf,
    take(tag, name) {
      const member = takeIf(tag);
      if (member === undefined) throw malformed(source, `${what} has no ${name} at its place`);
      return member;
    },
    takeAny() {
      const member = node.children[next];
      if (member !== undefined) next += 1;
      return member;
    },
    end() {
      if (next < node.children.length) throw malformed(source, `${what} has members after its last known one`);
    },
  };
}

/** A SEQUENCE's members. */
export function sequenceMembers(node: DerNode, source: Source, what: string): Members {
  if (node.tag !== derTag.sequence) throw malformed(source, `${what} is not a SEQUENCE`);
  return membersOf(node, source, what);
}

/** Go holds an arc in 31 bits and refuses larger ones (CHAIN-12). */
const maxArc = 0x7fff_ffff;
/** Identifiers in use have some twenty. */
const maxIdentifierOctets = 256;

/** An OBJECT IDENTIFIER in dotted form. */
export function readObjectIdentifier(node: DerNode, source: Source): string {
  if (node.tag !== derTag.objectIdentifier) throw malformed(source, 'an OBJECT IDENTIFIER is missing');
  const { length } = node.content;
  if (length > maxIdentifierOctets) throw malformed(source, `an OBJECT IDENTIFIER of ${length} octets`);
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of node.content) {
    arc = arc * 0x80 + (octet & 0x7f);
    if (arc > maxArc) throw malformed(source, 'an OBJECT IDENTIFIER has an arc of more than 31 bits');
    if (octet >= 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

/** An RSA modulus of 16,384 bits, the longest that OpenSSL takes. To write a number of a megabyte takes seconds. */
const maxIntegerOctets = 2049;

/** An INTEGER or ENUMERATED, with its sign. */
export function readInteger(node: DerNode, source: Source): bigint {
  if (node.tag !== derTag.integer && node.tag !== derTag.enumerated) throw malformed(source, 'an INTEGER is missing');
  if (node.content.length > maxIntegerOctets) throw malformed(source, `an INTEGER of ${node.content.length} octets`);
  const value = BigInt(`0x${encodeHex(node.content)}`);
  return (node.content[0] ?? 0) < 0x80 ? value : value - (1n << BigInt(8 * node.content.length));
}

/** A BIT STRING that is a whole number of octets, such as a key or a signature. */
export function readBitStringOctets(node: DerNode, source: Source, what: string): Uint8Array {
  if (node.tag !== derTag.bitString) throw malformed(source, `${what} is not a BIT STRING`);
  if (node.content[0] !== 0) throw malformed(source, `${what} is not a whole number of octets`);
  return node.content.subarray(1);
}

const timeForms: ReadonlyMap<number, RegExp> = new Map([
  [derTag.utcTime, /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/],
  [derTag.generalizedTime, /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/],
]);

/** UTCTime or GeneralizedTime in the only form of RFC 5280: whole seconds, "Z". Years below 50 are 20xx in UTCTime. */
export function readTime(node: DerNode | undefined, source: Source): Date {
  if (node === undefined) throw malformed(source, 'a time is missing');
  const text = String.fromCharCode(...node.content.subarray(0, 32));
  const match = timeForms.get(node.tag)?.exec(text);
  if (match === undefined || match === null) throw malformed(source, `not a time of RFC 5280: ${JSON.stringify(text)}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const century = node.tag === derTag.generalizedTime ? 0 : year < 50 ? 2000 : 1900;
  const time = new Date(0);
  // Not Date.UTC, which reads the years 0 to 99 as 19xx.
  time.setUTCFullYear(century + year, month - 1, day);
  time.setUTCHours(hour, minute, second);
  const digits = time.toISOString().replace(/[-:T]|\.000Z$/g, '');
  // The calendar rolls 31 June over to 1 July; the digits then differ.
  if (!digits.endsWith(text.slice(0, -1))) throw malformed(source, `not a date: ${JSON.stringify(text)}`);
  return time;
}
