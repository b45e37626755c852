// Judges what a CRL, with its delta, says about one certificate. RFC 5280 §5.3; Trust Store and Trust Policy,
// "Revocation Checking with CRL"; REV-22 to REV-25.

import { malformed } from '../bytes.ts';
import type { Certificate } from '../x509/certificate.ts';
import { requireDeltaOf } from './crl-delta.ts';
import type { CrlPair } from './crl-delta.ts';
import { findEntries } from './crl-entries.ts';
import type { CrlEntry } from './crl-entries.ts';
import { requireInScope } from './crl-scope.ts';
import { crlExtensionId, crlSource, requireCurrentCrl } from './crl.ts';
import { invalidityDateId, isUsedBefore, readInvalidityDate } from './invalidity-date.ts';
import { integerOctets } from './ocsp-request.ts';
import type { Judgement } from './status.ts';

const source = crlSource;

/** CRLReason, RFC 5280 §5.3.1. */
const certificateHold = 6;
const removeFromCrl = 8;

export interface CrlQuestion {
  readonly certificate: Certificate;
  /** Moment of judgement, UTC. */
  readonly at: Date;
  /** When the certificate was used, where that is proved (REV-6). */
  readonly signedAt?: Date | undefined;
}

/**
 * @param pair  lists whose issuer and signatures have been checked (`requireCrlOf`)
 * @throws NotaryError REVOCATION_UNAVAILABLE  stale, of another scope, a delta that does not fit, or an entry that is
 *   not understood
 */
export function judgeCrl(pair: CrlPair, { certificate, at, signedAt }: CrlQuestion): Judgement {
  const { base, delta } = pair;
  // RFC 5280 §4.2.1.15 has deltas found through the certificate too; their scope may differ from the base list's.
  if (certificate.extensions.has(crlExtensionId.freshest) && delta === undefined) {
    throw malformed(source, 'the certificate names a delta CRL, but the base CRL leads to none');
  }
  requireInScope(pair, certificate);
  requireCurrentCrl(base, at);
  if (delta) {
    requireCurrentCrl(delta, at);
    requireDeltaOf(delta, base);
  }
  const { thisUpdate, nextUpdate } = delta ?? base;
  const period = { thisUpdate, ...(nextUpdate && { nextUpdate }) };
  const serial = integerOctets(certificate.serialNumber);
  const lists = delta ? [base, delta] : [base];
  const entry = decisiveEntry(
    lists.flatMap(({ entries }) => findEntries(entries, serial, source)),
    signedAt,
  );
  if (entry === undefined) return { status: 'good', ...period };
  return { status: 'revoked', ...period, revokedAt: entry.revokedAt, reason: entry.reason };
}

/** REV-25, in its order: an entry that revokes, or undefined. */
function decisiveEntry(entries: readonly CrlEntry[], signedAt: Date | undefined): CrlEntry | undefined {
  let temporary: CrlEntry | undefined;
  for (const entry of entries) {
    requireUnderstood(entry);
    if (isUsedBefore(signedAt, readInvalidityDate(entry.extensions, source))) return undefined;
    if (entry.reason !== certificateHold && entry.reason !== removeFromCrl) return entry;
    if (temporary === undefined || temporary.revokedAt < entry.revokedAt) temporary = entry;
  }
  return temporary?.reason === certificateHold ? temporary : undefined;
}

function requireUnderstood({ extensions }: CrlEntry): void {
  for (const [oid, { critical }] of extensions) {
    if (critical && oid !== invalidityDateId) {
      throw malformed(source, `the critical extension ${oid} of the entry is not known here`);
    }
  }
}
