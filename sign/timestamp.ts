// Has a signature stamped by the first authority that does it properly. TSA-1, TSA-2, TSA-6: what does not verify now,
// revocation included, would not verify later either, and is not stored.

import type { HashName } from '../shared/crypto/digest.ts';
import { hasCode, NotaryError } from '../shared/errors.ts';
import type { Http, Random } from '../shared/ports.ts';
import { requireUnrevoked } from '../shared/revocation/revocation.ts';
import type { RevocationChecker } from '../shared/revocation/revocation.ts';
import { requestTimestamp, showAuthority } from '../shared/timestamp/authority.ts';
import { verifyTimestamp } from '../shared/timestamp/evidence.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import type { TimestampToken } from '../shared/timestamp/token.ts';
import type { Certificate } from '../shared/x509/certificate.ts';
import { requireValid } from '../shared/x509/chain.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
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
  /** Of the signer. */
  readonly chain: CertificateChain;
}

const nonceBytes = 20;

/**
 * @throws NotaryError  naming every authority and its own reason, where there is none left to be asked: what one failed
 *   with for whom running again may help, else what the last one did. TIMESTAMP_UNAVAILABLE, TIMESTAMP_REJECTED,
 *   TIMESTAMP_INVALID, TRUST_ANCHOR_NOT_FOUND, CERTIFICATE_REVOKED or REVOCATION_UNAVAILABLE
 */
export async function stampSignature(
  stampable: Stampable,
  { authorities, roots }: TimestampInputs,
  services: StampServices,
): Promise<Stamp> {
  const failures: Failure[] = [];
  for (const authority of authorities) {
    try {
      const { token, evidence } = await stampBy(authority, stampable, roots, services);
      return { authority, token: token.der, evidence, findings: failures.map(tellPassedOver) };
    } catch (error) {
      if (!isAuthorityFailure(error)) throw error;
      failures.push({ authority, error });
    }
  }
  throw noTimestamp(failures);
}

async function stampBy(
  authority: URL,
  { signature, hash, at, chain }: Stampable,
  roots: readonly Certificate[],
  services: StampServices,
): Promise<{ readonly token: TimestampToken; readonly evidence: TimestampEvidence }> {
  const request = { authority, signature, hash, nonce: services.random(nonceBytes) };
  const token = await requestTimestamp(services.http, request);
  const evidence = verifyTimestamp(token, signature, { roots, at });
  requireStampedWithin(chain, evidence);
  requireUnrevoked(await services.revocation.check(evidence.chain, at), 'timestamping');
  return { token, evidence };
}

/** Verifiers will ask for it (TSA-21). */
function requireStampedWithin(chain: CertificateChain, { from, to, genTime }: TimestampEvidence): void {
  try {
    requireValid(chain, from, to);
  } catch (error) {
    if (!hasCode(error, 'CERTIFICATE_NOT_VALID')) throw error;
    const what = `its time ${genTime.toISOString()} is outside the validity of the certificate that signed`;
    throw new NotaryError('TIMESTAMP_INVALID', `${what} (${error.message}); the clock of the authority is wrong`, {
      cause: error,
    });
  }
}

interface Failure {
  readonly authority: URL;
  readonly error: NotaryError;
}

/** What another authority may do better. */
function isAuthorityFailure(error: unknown): error is NotaryError {
  const codes = ['TIMESTAMP_UNAVAILABLE', 'TIMESTAMP_REJECTED', 'TIMESTAMP_INVALID', 'TRUST_ANCHOR_NOT_FOUND'] as const;
  return hasCode(error, ...codes, 'CERTIFICATE_REVOKED', 'REVOCATION_UNAVAILABLE');
}

function tellPassedOver({ authority, error }: Failure): string {
  return `The timestamp authority ${showAuthority(authority)} was passed over (${error.code}): ${error.message}`;
}

function noTimestamp(failures: readonly Failure[]): Error {
  const { error } = failures.find((failure) => failure.error.transient) ?? failures.at(-1) ?? {};
  if (error === undefined) return new Error('no timestamp authority');
  const reasons = failures.map((one) => `${showAuthority(one.authority)} (${one.error.code}): ${one.error.message}`);
  const message = `no timestamp, without which the signature would end with its certificate, so nothing was pushed: ${reasons.join('; ')}`;
  return new NotaryError(error.code, message, { cause: error, remedy: remedies.get(error.code) ?? error.remedy });
}

/** These codes speak to those who verify; here it is about the authority. */
const remedies: ReadonlyMap<string, string> = new Map([
  ['TIMESTAMP_INVALID', 'Name another authority in timestamp-url; this one does not stamp as Notary Project asks.'],
  ['TRUST_ANCHOR_NOT_FOUND', "Add the root certificate of the authority's chain to timestamp-roots."],
  ['CERTIFICATE_REVOKED', 'Name another authority in timestamp-url; the certificate of this one is revoked.'],
]);
