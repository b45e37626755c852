import { describe, expect, it } from 'vitest';

import { errorCodes, NotaryError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { isAccepted, mostTelling, verdictOfFailure } from '../../../verify/verdict.ts';

const failure = (code: ErrorCode) => new NotaryError(code, code);
const codes = Object.keys(errorCodes) as ErrorCode[];

describe('verdictOfFailure', () => {
  it.each<[ErrorCode, string]>([
    ['SIGNATURE_NOT_FOUND', 'unsigned'],
    ['POLICY_NOT_FOUND', 'untrusted'],
    ['TRUST_ANCHOR_NOT_FOUND', 'untrusted'],
    ['TRUSTED_IDENTITY_MISMATCH', 'untrusted'],
    ['METADATA_MISMATCH', 'untrusted'],
    ['TIMESTAMP_MISSING', 'untrusted'],
    ['SIGNATURE_MISMATCH', 'invalid'],
    ['PAYLOAD_MISMATCH', 'invalid'],
    ['ENVELOPE_MALFORMED', 'invalid'],
    ['ENVELOPE_UNSUPPORTED', 'invalid'],
    ['CERTIFICATE_UNSUITABLE', 'invalid'],
    ['TIMESTAMP_INVALID', 'invalid'],
    ['REGISTRY_CONTENT_MISMATCH', 'invalid'],
    ['SIGNATURE_EXPIRED', 'expired'],
    ['CERTIFICATE_NOT_VALID', 'expired'],
    ['CERTIFICATE_REVOKED', 'revoked'],
    ['REVOCATION_UNAVAILABLE', 'error'],
    ['REGISTRY_NOT_FOUND', 'error'],
    ['REGISTRY_UNAUTHORIZED', 'error'],
    ['TRUST_STORE_INVALID', 'error'],
    ['STEP_TIMED_OUT', 'error'],
  ])('%s means %s', (code, verdict) => {
    expect(verdictOfFailure(failure(code))).toBe(verdict);
  });

  it('no failure is accepted, and every transient one is an error', () => {
    for (const code of codes) {
      expect(isAccepted(verdictOfFailure(failure(code)))).toBe(false);
      if (errorCodes[code].transient) expect(verdictOfFailure(failure(code))).toBe('error');
    }
  });
});

describe('mostTelling', () => {
  const ranking: readonly ErrorCode[] = [
    'CERTIFICATE_REVOKED',
    'REVOCATION_UNAVAILABLE',
    'SIGNATURE_EXPIRED',
    'TRUST_ANCHOR_NOT_FOUND',
    'SIGNATURE_MISMATCH',
    'VERIFICATION_FAILED',
  ];

  it('does not depend on the order', () => {
    for (const [index, code] of ranking.entries()) {
      const [last = code, ...rest] = ranking.slice(index).reverse();
      expect(mostTelling(failure(last), ...rest.map(failure)).code).toBe(code);
      const [first = code, ...others] = ranking.slice(index);
      expect(mostTelling(failure(first), ...others.map(failure)).code).toBe(code);
    }
  });

  it('takes the first of equals', () => {
    const [one, two] = [failure('SIGNATURE_MISMATCH'), failure('PAYLOAD_MISMATCH')];
    expect(mostTelling(one, two)).toBe(one);
  });

  it('is never the sum of the others', () => {
    const [sum, one] = [failure('VERIFICATION_FAILED'), failure('KEY_PLUGIN_FAILED')];
    expect(mostTelling(sum, one)).toBe(one);
    expect(mostTelling(one, sum)).toBe(one);
  });
});
