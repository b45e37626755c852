// The attributes of a DER Name with their string values, in the string types that certificates use. RFC 5280 §4.1.2.4;
// what Go refuses in a name is refused here (CHAIN-12).

import { Buffer } from 'node:buffer';

import { decodeUtf8, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { derTag, readObjectIdentifier, sequenceMembers } from './der-values.ts';
import { parseDer } from './der.ts';
import type { DerNode } from './der.ts';

export interface Attribute {
  /** Object identifier. */
  readonly type: string;
  readonly value: string;
  /** The DER of the value. */
  readonly der: Uint8Array;
  /** False for a T61String beyond ASCII, which readers of certificates decode differently. */
  readonly isPortable: boolean;
}

/**
 * @param name  DER Name
 * @returns     the relative names in the order of the certificate, each with its attributes
 * @throws NotaryError source.code  not a Name, or a value that is no proper string
 */
export function readAttributes(name: Uint8Array, source: Source): readonly (readonly Attribute[])[] {
  const root = parseDer(name, source);
  if (root.tag !== derTag.sequence) throw malformed(source, 'a name is not a SEQUENCE');
  return root.children.map((set) => {
    if (set.tag !== derTag.set) throw malformed(source, 'a relative name is not a SET');
    return set.children.map((attribute) => readAttribute(attribute, source));
  });
}

function readAttribute(node: DerNode, source: Source): Attribute {
  const members = sequenceMembers(node, source, 'a name attribute');
  const type = readObjectIdentifier(members.take(derTag.objectIdentifier, 'type'), source);
  const value = members.takeAny();
  members.end();
  if (value === undefined) throw malformed(source, `the name attribute ${type} has no value`);
  const read = stringTypes.get(value.tag);
  if (read === undefined) throw malformed(source, `the name attribute ${type} is not of a supported string type`);
  const text = read(value.content, source);
  const isPortable = value.tag !== t61String || value.content.every((octet) => octet < 0x80);
  return { type, value: text, der: value.raw, isPortable };
}

const t61String = 0x14;

const stringTypes: ReadonlyMap<number, (content: Uint8Array, source: Source) => string> = new Map([
  [0x0c, decodeUtf8],
  [0x12, readSubset('NumericString', /^[0-9 ]*$/)],
  // "*" and "&" are not of the set, but certificates hold them and Go takes them.
  [0x13, readSubset('PrintableString', /^[A-Za-z0-9 '()+,\-./:=?*&]*$/)],
  [t61String, readLatin1],
  [0x16, readSubset('IA5String', /^[\0-\x7f]*$/)],
  [0x1e, readBmpString],
]);

function readSubset(what: string, allowed: RegExp) {
  return (content: Uint8Array, source: Source): string => {
    const text = readLatin1(content);
    if (!allowed.test(text)) throw malformed(source, `a ${what} in a name holds other characters`);
    return text;
  };
}

function readLatin1(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1');
}

/** Two octets a character; a final NUL is dropped, as Go does. */
function readBmpString(content: Uint8Array, source: Source): string {
  if (content.length % 2 !== 0) throw malformed(source, 'a BMPString in a name has an odd length');
  const units = Array.from({ length: content.length / 2 }, (_unit, i) => {
    const [high = 0, low = 0] = content.subarray(2 * i, 2 * i + 2);
    return String.fromCharCode(high * 0x100 + low);
  });
  if (units.at(-1) === '\0') units.pop();
  const text = units.join('');
  // Surrogates are not of the Basic Multilingual Plane, alone or in pairs.
  if (/[\ud800-\udfff]/.test(text)) throw malformed(source, 'a BMPString in a name holds surrogates');
  return text;
}
