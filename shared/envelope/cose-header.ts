// The two header maps of a COSE message by the generic rules of RFC 9052 §3.1, as go-cose enforces them (COSE-14,
// COSE-15). What Notary Project adds stands in cose.ts.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { quote } from './attributes.ts';
import { decodeCbor } from './cbor.ts';
import type { CborLabel, CborMap, CborValue } from './cbor.ts';

export const label = { alg: 1, crit: 2, contentType: 3, x5chain: 33 } as const;

const iv = 5;
const partialIv = 6;

interface HeaderRule {
  readonly wants: string;
  readonly test: (value: CborValue) => boolean;
}

const algorithm: HeaderRule = { wants: 'an integer or text', test: (value) => isInteger(value) || isText(value) };
const mediaType: HeaderRule = { wants: 'an unsigned integer or type/subtype', test: isMediaType };
const bytes: HeaderRule = { wants: 'a byte string', test: (value) => value instanceof Uint8Array };
// D43: nobody countersigns these signatures, so whether a countersignature is well-formed is not found out.
const none: HeaderRule = { wants: 'an empty array', test: (value) => isArray(value) && value.length === 0 };
const critical: HeaderRule = {
  wants: 'a non-empty array of integers or text',
  test: (value) => isArray(value) && value.length > 0 && value.every((item) => isInteger(item) || isText(item)),
};

// 3 and 16: content type and type; 4: key id; 7, 9, 11, 12: countersignatures, full and abbreviated.
const common: readonly (readonly [number, HeaderRule])[] = [
  [label.alg, algorithm],
  [label.contentType, mediaType],
  [16, mediaType],
  [4, bytes],
  [iv, bytes],
  [partialIv, bytes],
];
const rules = {
  protected: new Map<CborLabel, HeaderRule>([...common, [label.crit, critical]]),
  unprotected: new Map<CborLabel, HeaderRule>([...common, [7, none], [9, bytes], [11, none], [12, bytes]]),
};
const misplaced = { protected: [7, 9, 11, 12], unprotected: [label.crit] };

/** @param content  the content of the protected byte string */
export function decodeProtected(content: Uint8Array, source: Source): CborMap {
  // COSE-12: tags are fine here, and only here.
  const header = requireHeader(decodeCbor(content, 'allowed', source), 'protected', source);
  for (const name of criticalLabels(header)) {
    if (!header.has(name)) throw malformed(source, `crit lists ${quote(name)}, which is not in the protected header`);
  }
  return header;
}

export function requireHeader(value: CborValue, side: 'protected' | 'unprotected', source: Source): CborMap {
  if (!(value instanceof Map)) throw malformed(source, `the ${side} header is not a map`);
  const header = value as CborMap;
  for (const name of misplaced[side]) {
    if (header.has(name)) throw malformed(source, `label ${name} may not stand in the ${side} header`);
  }
  for (const [name, rule] of rules[side]) {
    if (header.has(name) && !rule.test(header.get(name))) {
      throw malformed(source, `label ${name} of the ${side} header is not ${rule.wants}`);
    }
  }
  return header;
}

export function requireSingleIv(headers: readonly CborMap[], source: Source): void {
  const has = (name: number) => headers.some((header) => header.has(name));
  if (has(iv) && has(partialIv)) throw malformed(source, 'IV and Partial IV together');
}

/** The elements of `crit`; none where it is absent. */
export function criticalLabels(header: CborMap): readonly CborLabel[] {
  return (header.get(label.crit) ?? []) as readonly CborLabel[];
}

function isInteger(value: CborValue): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isArray(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}

function isText(value: CborValue): value is string {
  return typeof value === 'string';
}

function isMediaType(value: CborValue): boolean {
  if (!isText(value)) return isInteger(value) && (value as number | bigint) >= 0;
  return !value.startsWith(' ') && !value.endsWith(' ') && value.split('/', 3).length === 2;
}
