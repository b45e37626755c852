// Verdicts: one word an artifact ends with, and how the word follows from what was found. Interface, "verify/".

import type { ErrorCode, NotaryError } from '../shared/errors.ts';

/** `error`: could not ask, or could not be read; it fails closed and says nothing about the artifact. */
export type Verdict = 'verified' | 'unsigned' | 'untrusted' | 'invalid' | 'expired' | 'revoked' | 'skipped' | 'error';

/**
 * `invalid`: a damaged or foreign signature. `untrusted`: a sound one that the policy does not accept. What is not
 * listed says nothing about a signature, and is an `error`; every transient code is one.
 */
const verdictOf: Readonly<Partial<Record<ErrorCode, Verdict>>> = {
  SIGNATURE_NOT_FOUND: 'unsigned',

  POLICY_NOT_FOUND: 'untrusted',
  TRUST_ANCHOR_NOT_FOUND: 'untrusted',
  TRUSTED_IDENTITY_MISMATCH: 'untrusted',
  METADATA_MISMATCH: 'untrusted',
  TIMESTAMP_MISSING: 'untrusted',

  ASN1_MALFORMED: 'invalid',
  CERTIFICATE_CHAIN_BROKEN: 'invalid',
  CERTIFICATE_UNSUITABLE: 'invalid',
  ENVELOPE_MALFORMED: 'invalid',
  ENVELOPE_UNSUPPORTED: 'invalid',
  KEY_UNSUPPORTED: 'invalid',
  PAYLOAD_MISMATCH: 'invalid',
  REGISTRY_CONTENT_MISMATCH: 'invalid',
  SIGNATURE_MISMATCH: 'invalid',
  TIMESTAMP_INVALID: 'invalid',

  CERTIFICATE_NOT_VALID: 'expired',
  SIGNATURE_EXPIRED: 'expired',

  CERTIFICATE_REVOKED: 'revoked',
};

export function verdictOfFailure({ code }: NotaryError): Verdict {
  return verdictOf[code] ?? 'error';
}

/**
 * The failure that stands for an artifact none of whose signatures passed. A withdrawn certificate outranks everything.
 * Then what running again may change, because the answer is not final. Then the signature that came furthest: it is the
 * one the user meant, and whoever pushes a worse one beside it does not change the word.
 */
export function mostTelling(first: NotaryError, ...others: readonly NotaryError[]): NotaryError {
  return others.reduce((best, failure) => (rank(failure) < rank(best) ? failure : best), first);
}

function rank(failure: NotaryError): number {
  // The sum of the others says nothing by itself.
  if (failure.code === 'VERIFICATION_FAILED') return ranking.length;
  if (failure.transient) return ranking.indexOf('transient');
  return ranking.indexOf(verdictOfFailure(failure));
}

const ranking: readonly (Verdict | 'transient')[] = [
  'revoked',
  'transient',
  'expired',
  'untrusted',
  'invalid',
  'error',
  'unsigned',
];

/** What does not fail the step: an accepted verdict, or no signature where `on-unsigned` says so. */
export function passes({ verdict, tolerated }: { readonly verdict: Verdict; readonly tolerated?: string }): boolean {
  return isAccepted(verdict) || tolerated !== undefined;
}

/** Where nobody is tolerated. */
export function isAccepted(verdict: Verdict): boolean {
  return verdict === 'verified' || verdict === 'skipped';
}

/** Why a manifest below an index is nothing to verify. */
export const skippedTexts = {
  attestation: 'an attestation of BuildKit that nobody runs',
  other: 'not a manifest, so that nobody can sign it',
} as const;
