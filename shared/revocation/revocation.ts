// Finds out, for every certificate of a chain, whether it is revoked: OCSP first, CRLs where OCSP gives no answer or
// is not offered. Trust Store and Trust Policy, "Certificate Revocation Evaluation"; REV-1 to REV-5, REV-17, REV-21.

import { malformed } from '../bytes.ts';
import { hasCode, NotaryError } from '../errors.ts';
import type { Http } from '../ports.ts';
import type { Certificate } from '../x509/certificate.ts';
import { requireChain } from '../x509/chain.ts';
import type { CertificateChain } from '../x509/chain.ts';
import { judgeCrl } from './crl-judgement.ts';
import { maxAddresses, RevocationFetcher } from './fetcher.ts';
import { encodeOcspRequest } from './ocsp-request.ts';
import { ocspSource } from './ocsp-response.ts';
import { judgeOcspResponse } from './ocsp.ts';
import type { OcspQuestion } from './ocsp.ts';
import { reasonName } from './status.ts';
import type { CertificateStatus, Inquiry, Judgement } from './status.ts';

export { requireUnrevoked } from './status.ts';
export type { CertificateStatus, Inquiry } from './status.ts';

/** One for a whole run: it keeps what servers answered. */
export class RevocationChecker {
  readonly #fetcher: RevocationFetcher;

  constructor(http: Http) {
    this.#fetcher = new RevocationFetcher(http);
  }

  /**
   * Asks about every certificate but the root. To be called with chains that end in a trust anchor only: the
   * addresses asked come out of the certificates.
   *
   * @param at        moment of judgement, UTC
   * @param signedAt  the authentic signing time of notary.x509.signingAuthority; nothing else counts as one (REV-6)
   * @returns         leaf first, one for each certificate, root included
   * @throws NotaryError CERTIFICATE_CHAIN_BROKEN  the chain is none (REV-1)
   */
  async check(chain: CertificateChain, at: Date, signedAt?: Date): Promise<readonly CertificateStatus[]> {
    const [signing, ...issuers] = requireChain(chain);
    return Promise.all(
      [signing, ...issuers].map(async (certificate, i) => {
        const issuer = issuers[i];
        return issuer ? await this.#checkOne({ certificate, issuer, at, signedAt }) : notRevokable(certificate);
      }),
    );
  }

  /** REV-3. */
  async #checkOne(question: OcspQuestion): Promise<CertificateStatus> {
    const { certificate } = question;
    const offersCrl = certificate.crlUrls.length > 0;
    if (certificate.ocspUrls.length === 0) {
      return offersCrl ? this.#askCrls(question, []) : notRevokable(certificate);
    }
    const status = await this.#askOcsp(question);
    return status.status === 'unknown' && offersCrl ? this.#askCrls(question, status.inquiries) : status;
  }

  /** REV-17: the first responder that answers at all decides, also by "unknown". */
  async #askOcsp(question: OcspQuestion): Promise<CertificateStatus> {
    const { certificate, issuer } = question;
    const request = encodeOcspRequest(certificate, issuer);
    const failed: Inquiry[] = [];
    for (const url of certificate.ocspUrls.slice(0, maxAddresses)) {
      const answer = await attempt(async () => judgeOcspResponse(await this.#fetcher.ocsp(url, request), question));
      const inquiry = inquiryOf('ocsp', url, answer);
      if (!(answer instanceof NotaryError)) return statusOf(certificate, [...failed, inquiry], answer);
      failed.push(inquiry);
    }
    return unknown(certificate, failed);
  }

  /** REV-21, D16: every list must be had, unless one before it already revokes. */
  async #askCrls(question: OcspQuestion, before: readonly Inquiry[]): Promise<CertificateStatus> {
    const { certificate, issuer } = question;
    const inquiries = [...before];
    let last: Judgement | undefined;
    for (const [i, url] of certificate.crlUrls.entries()) {
      const answer =
        i < maxAddresses
          ? await attempt(async () => judgeCrl(await this.#fetcher.crl(url, issuer), question))
          : new NotaryError('REVOCATION_UNAVAILABLE', `the certificate names more than ${maxAddresses} CRLs`);
      inquiries.push(inquiryOf('crl', url, answer));
      if (answer instanceof NotaryError) return unknown(certificate, inquiries);
      last = answer;
      if (answer.status === 'revoked') break;
    }
    return last ? statusOf(certificate, inquiries, last) : unknown(certificate, inquiries);
  }
}

async function attempt(judge: () => Promise<Judgement>): Promise<Judgement | NotaryError> {
  try {
    return await judge();
  } catch (error) {
    if (!hasCode(error, 'REVOCATION_UNAVAILABLE')) throw error;
    return error;
  }
}

function inquiryOf(method: 'ocsp' | 'crl', url: string, answer: Judgement | NotaryError): Inquiry {
  if (answer instanceof NotaryError) return { method, url, error: answer };
  const { status, thisUpdate, nextUpdate } = answer;
  const period = { thisUpdate, ...(nextUpdate && { nextUpdate }) };
  if (status !== 'unknown') return { method, url, ...period };
  const error = malformed(ocspSource, 'the responder answers that it does not know the certificate');
  return { method, url, ...period, error };
}

function statusOf(certificate: Certificate, inquiries: readonly Inquiry[], answer: Judgement): CertificateStatus {
  if (answer.status === 'unknown') return unknown(certificate, inquiries);
  const evidence = evidenceOf(certificate, inquiries);
  if (answer.status === 'good') return { ...evidence, status: 'good' };
  const { revokedAt: at, reason } = answer;
  return {
    ...evidence,
    status: 'revoked',
    ...(at && { at }),
    ...(reason !== undefined && { reason: reasonName(reason) }),
  };
}

function unknown(certificate: Certificate, inquiries: readonly Inquiry[]): CertificateStatus {
  const errors = inquiries.flatMap(({ error }) => error ?? []);
  return { ...evidenceOf(certificate, inquiries), status: 'unknown', errors };
}

/** The last inquiry is the one that decided. */
function evidenceOf(certificate: Certificate, inquiries: readonly Inquiry[]) {
  return { certificate, method: inquiries.at(-1)?.method ?? ('none' as const), inquiries };
}

function notRevokable(certificate: Certificate): CertificateStatus {
  return { status: 'not-revokable', certificate, method: 'none', inquiries: [] };
}
