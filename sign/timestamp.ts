// Has a signature stamped by the first authority that does it properly. TSA-1, TSA-2, TSA-6: what does not verify now,
// revocation included, would not verify later either, and is not stored.

import type { HashName } from '../shared/crypto/digest.ts';
import { hasCode, NotaryError } from '../shared/errors.ts';
import type { Http, Random } from '../shared/ports.ts';
import { requireUnrevoked } from '../shared/revocation/revocation.ts';
import type { RevocationChecker } from '../shared/revocation/revocation.ts';
import { requestTimestamp } from '../shared/timestamp/authority.ts';
import { verifyTimestamp } from '../shared/timestamp/evidence.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import type { TimestampInputs } from './timestamp-inputs.ts';

export interface Stamp {
  readonly authority: URL;
  /** DER TimeStampToken, as received (TSA-7). */
  readonly token: Uint8Array;
  readonly evidence: TimestampEvidence;
  /** Why authorities before this one were passed over. */
  readonly findings: readonly string[];
}

export interface StampServices {
  readonly http: Http;
  readonly random: Random;
  readonly revocation: RevocationChecker;
}

export interface Stampable {
  /** Raw signature bytes. */
  readonly signature: Uint8Array;
  readonly hash: HashName;
  /** Now. */
  readonly at: Date;
}

const nonceBytes = 20;

/**
 * @throws NotaryError  what the last authority failed with: TIMESTAMP_UNAVAILABLE, TIMESTAMP_REJECTED,
 *   TIMESTAMP_INVALID, TRUST_ANCHOR_NOT_FOUND, CERTIFICATE_REVOKED or REVOCATION_UNAVAILABLE
 */
export async function stampSignature(
  stampable: Stampable,
  { authorities, roots }: TimestampInputs,
  services: StampServices,
): Promise<Stamp> {
  const findings: string[] = [];
  for (const [index, authority] of authorities.entries()) {
    try {
      const { signature, hash, at } = stampable;
      const request = { authority, signature, hash, nonce: services.random(nonceBytes) };
      const token = await requestTimestamp(services.http, request);
      const evidence = verifyTimestamp(token, signature, { roots, at });
      requireUnrevoked(await services.revocation.check(evidence.chain, at), 'timestamping');
      return { authority, token: token.der, evidence, findings };
    } catch (error) {
      if (!isAuthorityFailure(error)) throw error;
      if (index === authorities.length - 1) throw withEarlier(error, findings);
      findings.push(`The timestamp authority ${authority.href} was passed over (${error.code}): ${error.message}`);
    }
  }
  throw new Error('no timestamp authority');
}

/** What another authority may do better. */
function isAuthorityFailure(error: unknown): error is NotaryError {
  const codes = ['TIMESTAMP_UNAVAILABLE', 'TIMESTAMP_REJECTED', 'TIMESTAMP_INVALID', 'TRUST_ANCHOR_NOT_FOUND'] as const;
  return hasCode(error, ...codes, 'CERTIFICATE_REVOKED', 'REVOCATION_UNAVAILABLE');
}

function withEarlier(error: NotaryError, findings: readonly string[]): NotaryError {
  const remedy = remedies.get(error.code) ?? error.remedy;
  const message = [error.message, ...findings].join('; ');
  return new NotaryError(error.code, `no timestamp, so nothing was pushed: ${message}`, { cause: error, remedy });
}

/** These codes speak to those who verify; here it is about the authority. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['TIMESTAMP_INVALID', 'Name another authority in timestamp-url; this one does not stamp as Notary Project asks.'],
  ['TRUST_ANCHOR_NOT_FOUND', "Add the root certificate of the authority's chain to timestamp-roots."],
  ['CERTIFICATE_REVOKED', 'Name another authority in timestamp-url; the certificate of this one is revoked.'],
]);
