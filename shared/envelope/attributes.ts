// What both formats ask of the signed attributes: their names, which of them must be critical, and how moments are
// written. Signature Specification, "Signed Attributes"; Signing Scheme; RFC 3339.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { ExtendedAttribute, SigningScheme } from './envelope.ts';

export const attributeName = {
  signingScheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  signingAgent: 'io.cncf.notary.signingAgent',
  timestampSignature: 'io.cncf.notary.timestampSignature',
  verificationPlugin: 'io.cncf.notary.verificationPlugin',
} as const;

/** SCHEME-1: each scheme has its own time attribute. */
export const timeAttributeOf: Readonly<Record<SigningScheme, string>> = {
  'notary.x509': attributeName.signingTime,
  'notary.x509.signingAuthority': attributeName.authenticSigningTime,
};

// Remote text may measure megabytes; what names a thing does not.
const maxQuoted = 100;

/** Remote text as it may stand in a message. */
export function quote(text: unknown): string {
  const shown = String(text);
  return JSON.stringify(shown.length > maxQuoted ? `${shown.slice(0, maxQuoted)}…` : shown);
}

export function requireScheme(value: unknown, source: Source): SigningScheme {
  if (typeof value !== 'string') throw malformed(source, `${attributeName.signingScheme} is missing or not text`);
  if (Object.hasOwn(timeAttributeOf, value)) return value as SigningScheme;
  throw new NotaryError('ENVELOPE_UNSUPPORTED', `${source.what}: unknown signing scheme ${quote(value)}`);
}

/** The system attributes that `crit` must list, COSE-20 and JWS-15; in the order COSE-5 writes them. */
export function criticalAttributes(scheme: SigningScheme, hasExpiry: boolean): readonly string[] {
  return [
    attributeName.signingScheme,
    ...(scheme === 'notary.x509.signingAuthority' ? [attributeName.authenticSigningTime] : []),
    ...(hasExpiry ? [attributeName.expiry] : []),
  ];
}

export function requireListed(required: readonly string[], critical: readonly unknown[], source: Source): void {
  for (const name of required) {
    if (!critical.includes(name)) throw malformed(source, `crit does not list ${name}`);
  }
}

/** What we write: text under a name of its own (JWS-7), as the attributes of the plugin contract are. */
export interface WritableAttribute {
  readonly key: string;
  readonly critical: boolean;
  readonly value: string;
}

/** @param taken  names that the format itself writes */
export function requireWritable(
  extended: readonly ExtendedAttribute[],
  taken: ReadonlySet<unknown>,
): readonly WritableAttribute[] {
  const seen = new Set(taken);
  return extended.map(({ key, critical, value }) => {
    if (typeof key !== 'string' || typeof value !== 'string' || seen.has(key)) {
      throw new NotaryError(
        'ENVELOPE_UNSUPPORTED',
        `the extended attribute ${quote(key)} is not text, or its name is taken`,
      );
    }
    seen.add(key);
    return { key, critical, value };
  });
}

/** COSE-6, JWS-6: cut to the second, towards the past. */
export function wholeSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000);
}

export function renderTime(moment: Date): string {
  return `${new Date(wholeSeconds(moment) * 1000).toISOString().slice(0, 19)}Z`;
}

// RFC 3339 with upper-case T and Z. Every quantifier stands before a different character: no backtracking.
const timePattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** JWS-17. Fractions are kept to the millisecond. */
export function parseTime(text: string, source: Source): Date {
  const match = timePattern.exec(text);
  if (match === null) throw malformed(source, `${quote(text)} is not an RFC 3339 time`);
  const numbers = match.slice(1, 7).map(Number);
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day or month that does not exist moves the date.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) {
    throw malformed(source, `${quote(text)} is not a time`);
  }
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return requireMoment(date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds, source);
}

// COSE-26: Go's zero time, the first moment of year 1, means "not given". RFC 3339 ends with year 9999.
const zeroMoment = Date.parse('0001-01-01T00:00:00Z');
const lastMoment = Date.parse('9999-12-31T23:59:59.999Z');

/** @param milliseconds  since 1970, cut to a whole number here */
export function requireMoment(milliseconds: number, source: Source): Date {
  if (!(milliseconds > zeroMoment && milliseconds <= lastMoment)) {
    throw malformed(source, 'a time outside of the years 1 to 9999');
  }
  return new Date(Math.floor(milliseconds));
}
