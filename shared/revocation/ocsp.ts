// Judges what an OCSP response says about one certificate. RFC 6960 §3.2, §4.2.2; Trust Store and Trust Policy,
// "Revocation Checking with OCSP"; REV-13 to REV-16, D18.

import { equalBytes, malformed } from '../bytes.ts';
import { digest } from '../crypto/digest.ts';
import { hasCode, NotaryError } from '../errors.ts';
import { parseCertificate } from '../x509/certificate.ts';
import type { Certificate } from '../x509/certificate.ts';
import { requireIssuedBy, requireValid } from '../x509/chain.ts';
import { isUsedBefore, readInvalidityDate } from './invalidity-date.ts';
import { ocspSource, parseOcspResponse } from './ocsp-response.ts';
import type { OcspResponse, SingleResponse } from './ocsp-response.ts';
import { requireSignedBy } from './signed-by.ts';
import type { Judgement } from './status.ts';

const source = ocspSource;
const ocspSigning = '1.3.6.1.5.5.7.3.9';

export interface OcspQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** Moment of judgement, UTC. */
  readonly at: Date;
  /** When the certificate was used, where that is proved (REV-6). */
  readonly signedAt?: Date | undefined;
}

/**
 * @param response  DER OCSPResponse, at most 20 KiB
 * @returns         unknown only where the responder itself says so, validly
 * @throws NotaryError REVOCATION_UNAVAILABLE  stale, not signed by who may sign, or about another certificate
 */
export function judgeOcspResponse(response: Uint8Array, question: OcspQuestion): Judgement {
  const parsed = parseOcspResponse(response);
  const single = singleAbout(parsed, question);
  requireAuthorized(parsed, question);
  for (const [oid, { critical }] of single.extensions) {
    if (critical) throw malformed(source, `the critical extension ${oid} of the answer is not known here`);
  }
  requireCurrent(single, question.at);
  const { thisUpdate, nextUpdate, revokedAt, reason } = single;
  const period = { thisUpdate, ...(nextUpdate && { nextUpdate }) };
  if (single.status !== 'revoked') return { status: single.status, ...period };
  if (isUsedBefore(question.signedAt, invalidityDate(single))) return { status: 'good', ...period };
  return { status: 'revoked', ...period, ...(revokedAt && { revokedAt }), ...(reason !== undefined && { reason }) };
}

/** The first answer with the serial number whose hashes are the issuer's too; the same serial lives under other CAs. */
function singleAbout({ singles }: OcspResponse, { certificate, issuer }: OcspQuestion): SingleResponse {
  const single = singles
    .filter(({ certId }) => certId.serialNumber === certificate.serialNumber)
    .find(({ certId: { hash, issuerNameHash, issuerKeyHash } }) => {
      if (hash === undefined) throw malformed(source, 'the CertID is made with a hash that is not known here');
      return (
        equalBytes(issuerNameHash, digest(hash, issuer.subject)) &&
        equalBytes(issuerKeyHash, digest(hash, issuer.subjectPublicKey))
      );
    });
  if (single === undefined) {
    throw malformed(
      source,
      `no answer about the serial number ${certificate.serialNumber.toString(16)} of this issuer`,
    );
  }
  return single;
}

/** REV-14: the first embedded certificate must have signed; where there is none, the issuer itself. */
function requireAuthorized(response: OcspResponse, { issuer, at }: OcspQuestion): void {
  // The reference verifies no others under an OCSP response, and nothing is to pass here that fails there.
  const family = response.signatureScheme?.family;
  if (family === 'rsa-pss' || family === 'ed25519') throw malformed(source, `its signature algorithm is ${family}`);
  const [embedded] = response.certificates;
  if (embedded === undefined) {
    requireSignedBy(response, issuer, source);
    return;
  }
  try {
    const responder = parseCertificate(embedded);
    requireSignedBy(response, responder, source);
    requireIssuedBy(responder, issuer);
    requireDelegated(responder, issuer, at);
  } catch (error) {
    if (!hasCode(error, ...responderFaults)) throw error;
    throw malformed(source, `the certificate of the responder is not acceptable: ${error.message}`, error);
  }
}

const responderFaults = [
  'ASN1_MALFORMED',
  'KEY_UNSUPPORTED',
  'CERTIFICATE_CHAIN_BROKEN',
  'CERTIFICATE_NOT_VALID',
] as const;

/** D18; the reference takes any certificate of the same CA, so that each of its customers could answer "good". */
function requireDelegated(responder: Certificate, issuer: Certificate, at: Date): void {
  if (equalBytes(responder.der, issuer.der)) return;
  if (responder.extendedKeyUsage?.purposes.includes(ocspSigning) !== true) {
    throw malformed(source, 'the certificate of the responder is not for OCSP signing');
  }
  requireValid([responder], at);
}

/** REV-15; thisUpdate and producedAt are not judged. */
function requireCurrent({ nextUpdate }: SingleResponse, at: Date): void {
  if (nextUpdate === undefined) throw malformed(source, 'the answer has no nextUpdate, so its age is unknown');
  if (at <= nextUpdate) return;
  throw malformed(source, `the answer is stale: nextUpdate was ${nextUpdate.toISOString()}`);
}

/** REV-16. A malformed date saves nobody: the certificate then is plainly revoked. */
function invalidityDate(single: SingleResponse): Date | undefined {
  try {
    return readInvalidityDate(single.extensions, source);
  } catch (error) {
    if (error instanceof NotaryError && error.code === source.code) return undefined;
    throw error;
  }
}
