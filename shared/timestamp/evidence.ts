// What a token proves: that signature bytes existed within a span of time, on the word of an authority below one of the
// given roots. RFC 3161 §2.3; TSA-11 to TSA-18, CHAIN-20 to CHAIN-23.

import { equalBytes, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { digest } from '../crypto/digest.ts';
import { hasCode, NotaryError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { requireValid } from '../x509/chain.ts';
import type { CertificateChain } from '../x509/chain.ts';
import { requireSingleValue, verifySigner } from '../x509/cms.ts';
import type { SignerInfo } from '../x509/cms.ts';
import { readTime } from '../x509/der-values.ts';
import { displayName } from '../x509/name.ts';
import { pathsToAnchors, requireUsablePath } from '../x509/path.ts';
import { requireTimestampingChain } from '../x509/requirements.ts';
import { signingCertificateOf } from './signing-certificate.ts';
import type { TimestampToken } from './token.ts';

export interface TimestampEvidence {
  /** The signature existed at some moment from `from` to `to`: genTime ∓ accuracy, rounded outward to a millisecond. */
  readonly from: Date;
  readonly to: Date;
  readonly genTime: Date;
  /** From the authority's certificate to the trust anchor, for the revocation check. */
  readonly chain: CertificateChain;
}

export interface TimestampTrust {
  readonly roots: readonly Certificate[];
  /** When the authority's certificates must be valid. Verifying: genTime, the default. Signing: now. */
  readonly at?: Date;
}

const source: Source = { code: 'TIMESTAMP_INVALID', what: 'timestamp token' };

/**
 * Checks a token against the signature that it stamps and against trusted roots. Revocation remains to be checked.
 *
 * @param signature  the raw signature bytes of the envelope
 * @throws NotaryError TIMESTAMP_INVALID       stamps other bytes, is not signed properly, or its authority is unsuitable
 * @throws NotaryError TRUST_ANCHOR_NOT_FOUND  its authority is not below any of the roots
 * @see Trust Store and Trust Policy, "Timestamp verification"; RFC 3161 §2.3
 */
export function verifyTimestamp(
  token: TimestampToken,
  signature: Uint8Array,
  trust: TimestampTrust,
): TimestampEvidence {
  const { from, to, genTime, hash, imprint } = token.info;
  if (!equalBytes(imprint, digest(hash, signature))) throw malformed(source, 'it was made for another signature');
  try {
    const verify = (signer: SignerInfo): CertificateChain => verifyAuthority(token, signer, trust);
    const chain = firstToPass(token.signedData.signers, verify, () => malformed(source, 'it has no signer'));
    return { from, to, genTime, chain };
  } catch (error) {
    if (hasCode(error, 'TIMESTAMP_INVALID', 'TRUST_ANCHOR_NOT_FOUND') || !hasCode(error, ...refusals)) throw error;
    throw malformed(source, error.message, error);
  }
}

/** The chain of the authority that signed, TSA-11 to TSA-16. */
function verifyAuthority(token: TimestampToken, signer: SignerInfo, { roots, at }: TimestampTrust): CertificateChain {
  const { certificates } = token.signedData;
  const certificate = signingCertificateOf(token.signedData, signer);
  verifySigner(token.signedData, signer, certificate);
  const signedAt = readSigningTime(signer);
  const check = (path: CertificateChain): CertificateChain => {
    requireUsablePath(path, at ?? token.info.genTime, timeStamping);
    if (signedAt !== undefined) requireValid(path, signedAt);
    requireTimestampingChain(path);
    return path;
  };
  const paths = pathsToAnchors(certificate, certificates, roots);
  return firstToPass(paths, check, () => anchorNotFound(certificate, certificates, roots));
}

const timeStamping = '1.3.6.1.5.5.7.3.8';
const signingTime = '1.2.840.113549.1.9.5';

/** CMS signingTime, where the authority signed one (TSA-14). */
function readSigningTime(signer: SignerInfo): Date | undefined {
  if (!signer.signedAttributes.has(signingTime)) return undefined;
  return readTime(requireSingleValue(signer, signingTime, source), source);
}

/** The result of the first candidate that passes. Where none does: why the first one failed. */
function firstToPass<T, R>(candidates: Iterable<T>, check: (candidate: T) => R, none: () => NotaryError): R {
  let failure: NotaryError | undefined;
  for (const candidate of candidates) {
    try {
      return check(candidate);
    } catch (error) {
      if (!hasCode(error, ...refusals)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? none();
}

const refusals = [
  ...(['TIMESTAMP_INVALID', 'SIGNATURE_MISMATCH', 'KEY_UNSUPPORTED', 'TRUST_ANCHOR_NOT_FOUND'] as const),
  ...(['CERTIFICATE_CHAIN_BROKEN', 'CERTIFICATE_NOT_VALID', 'CERTIFICATE_UNSUITABLE'] as const),
];

function anchorNotFound(
  certificate: Certificate,
  bag: readonly Certificate[],
  roots: readonly Certificate[],
): NotaryError {
  const climbed = new Set([certificate]);
  for (const last of climbed) {
    const issuer = bag.find(({ subject }) => equalBytes(subject, last.issuer));
    if (issuer !== undefined) climbed.add(issuer);
  }
  const top = [...climbed].at(-1) ?? certificate;
  return new NotaryError(
    'TRUST_ANCHOR_NOT_FOUND',
    `${source.what}: made by ${displayName(certificate.subject)}, whose root ${displayName(top.issuer)} is none of the ` +
      `${roots.length} trusted timestamp roots`,
    {
      remedy:
        'If the root shown above is the one you mean to trust, add it to the trusted timestamp roots (a tsa trust store).',
    },
  );
}
