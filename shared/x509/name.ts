// Distinguished names: as text (RFC 4514 in the dialect of the reference), and a certificate's Name as Go renders it.
// Identities are compared on the parsed text of both (DN-2..DN-9).

import { Buffer } from 'node:buffer';

import { decodeUtf8, encodeHex, encodeUtf8, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode } from '../errors.ts';
import { readAttributes } from './name-attributes.ts';
import type { Attribute } from './name-attributes.ts';

/** Attribute type to value, each type once. */
export type DistinguishedName = ReadonlyMap<string, string>;

const source: Source = { code: 'NAME_INVALID', what: 'distinguished name' };

/** DN-5: an identity names at least these. */
const mandatoryTypes = ['C', 'ST', 'O'];

/**
 * Reads "C=US, ST=WA, O=Acme": any order, "S" for "ST", backslash escapes. Types are case-sensitive, quotes mean nothing.
 *
 * @throws NotaryError NAME_INVALID  malformed, "=#", "+", a type twice, or C, ST or O absent or empty
 * @see DN-2..DN-5
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  // The reference looks for these two characters anywhere, inside a value too.
  if (text.includes('=#')) throw malformed(source, 'it holds "=#", an attribute that has no text form');
  const name = new Map<string, string>();
  for (const part of splitRelativeNames(text)) {
    const [written, value] = readPair(part);
    const type = written === 'S' ? 'ST' : written;
    if ((name.get(type) ?? '') !== '') throw malformed(source, `the attribute ${type} occurs twice`);
    name.set(type, value);
  }
  for (const type of mandatoryTypes) {
    if ((name.get(type) ?? '') === '') throw malformed(source, `the attribute ${type} is missing`);
  }
  return name;
}

function splitRelativeNames(text: string): readonly string[] {
  if (text === '') return [];
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\\') i += 1;
    if (character === '+') throw malformed(source, 'it has a relative name of several attributes ("+")');
    if (character !== ',' && character !== ';') continue;
    parts.push(text.slice(start, i));
    start = i + 1;
  }
  return [...parts, text.slice(start)];
}

function readPair(part: string): readonly [type: string, value: string] {
  let equals = 0;
  while (equals < part.length && part[equals] !== '=') equals += part[equals] === '\\' ? 2 : 1;
  const type = unescape(part.slice(0, equals));
  if (equals >= part.length || type === '') throw malformed(source, `"${part.trim()}" is not of the form TYPE=value`);
  return [type, unescape(part.slice(equals + 1))];
}

/** Trims spaces, but for an escaped last one, and resolves escapes; hexadecimal ones are octets of UTF-8 (DN-3). */
function unescape(written: string): string {
  const text = trimSpaces(written);
  let octets = '';
  let plain = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') {
      plain += text.charAt(i);
      continue;
    }
    const escaped = text.slice(i + 1, i + 3);
    if (/^[ "#+,;<=>\\]/.test(escaped)) {
      plain += escaped.slice(0, 1);
      i += 1;
    } else if (/^[\da-fA-F]{2}$/.test(escaped)) {
      octets += encodeHex(encodeUtf8(plain)) + escaped;
      plain = '';
      i += 2;
    } else {
      throw malformed(source, `the escape "\\${escaped}" does not exist`);
    }
  }
  return decodeUtf8(new Uint8Array(Buffer.from(octets + encodeHex(encodeUtf8(plain)), 'hex')), source);
}

// The reference keeps a last space after any backslash, one that is itself escaped included.
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  const isKept = text[end - 1] === '\\' && end > start && end < text.length;
  return text.slice(start, isKept ? end + 1 : end);
}

/**
 * Whether every pair of the identity stands in the subject, byte for byte. A pair with an empty value also matches an
 * absent attribute (DN-9).
 */
export function isSubset(identity: DistinguishedName, subject: DistinguishedName): boolean {
  return [...identity].every(([type, value]) => (subject.get(type) ?? '') === value);
}

/** The types that Go names, in the order of its text. Of those marked single it keeps the last value only. */
const namedTypes: readonly { readonly oid: string; readonly name: string; readonly single?: true }[] = [
  { oid: '2.5.4.5', name: 'SERIALNUMBER', single: true },
  { oid: '2.5.4.3', name: 'CN', single: true },
  { oid: '2.5.4.11', name: 'OU' },
  { oid: '2.5.4.10', name: 'O' },
  { oid: '2.5.4.17', name: 'POSTALCODE' },
  { oid: '2.5.4.9', name: 'STREET' },
  { oid: '2.5.4.7', name: 'L' },
  { oid: '2.5.4.8', name: 'ST' },
  { oid: '2.5.4.6', name: 'C' },
];

interface RenderedType {
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

/** The attributes in Go's order: named types, then every other attribute from the last to the first. */
function groupAttributes(name: Uint8Array): { named: readonly RenderedType[]; others: readonly Attribute[] } {
  const attributes = readAttributes(name, source).flat();
  const named = namedTypes.flatMap(({ oid, name: short, single }) => {
    const all = attributes.filter(({ type }) => type === oid);
    const kept = single === true ? all.slice(-1).filter(({ value }) => value !== '') : all;
    return kept.length === 0 ? [] : [{ name: short, attributes: kept }];
  });
  const others = attributes.filter(({ type }) => !namedTypes.some(({ oid }) => oid === type)).reverse();
  return { named, others };
}

/**
 * A certificate's Name as Go writes it, to be parsed as an identity is. Attributes that Go has no name for come out as
 * OID=#hex, which no identity can match (DN-7, DN-8).
 *
 * @param name  DER Name
 * @throws NotaryError NAME_INVALID  not a Name, or a T61String whose characters readers do not agree on
 */
export function renderName(name: Uint8Array): string {
  const { named, others } = groupAttributes(name);
  for (const { name: short, attributes } of named) {
    if (attributes.some(({ isPortable }) => !isPortable)) {
      throw malformed(source, `the attribute ${short} is a T61String beyond ASCII, which readers decode differently`);
    }
  }
  return [
    ...named.map(({ name: short, attributes }) => attributes.map(({ value }) => `${short}=${escape(value)}`).join('+')),
    ...others.map(({ type, der }) => `${type}=#${encodeHex(der)}`),
  ].join(',');
}

function escape(value: string): string {
  return value.replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&');
}

/** Names that people know, of types that Go has no name for. */
const familiarTypes: ReadonlyMap<string, string> = new Map([
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.12', 'title'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.97', 'organizationIdentifier'],
]);

/**
 * A Name for people, with all attributes readable, in the order of renderName. Never throws: what is not a Name comes
 * out as hexadecimal. The text is from outside, so whoever prints it escapes it.
 */
export function displayName(name: Uint8Array): string {
  try {
    const { named, others } = groupAttributes(name);
    const pairs = [
      ...named.flatMap(({ name: short, attributes }) => attributes.map(({ value }) => [short, value] as const)),
      ...others.map(({ type, value }) => [familiarTypes.get(type) ?? type, value] as const),
    ];
    return pairs.map(([type, value]) => `${type}=${escape(value)}`).join(', ');
  } catch (error) {
    if (!hasCode(error, 'NAME_INVALID')) throw error;
    return `#${encodeHex(name)}`;
  }
}
