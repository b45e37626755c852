// Whether one certificate was issued by another, and whether certificates are valid at a moment: the two facts that
// chains and paths are made of. CHAIN-4, CHAIN-11, ALG-4.

import { equalBytes } from '../bytes.ts';
import { verifySignature } from '../crypto/signature.ts';
import type { SignatureScheme } from '../crypto/signature.ts';
import { hasCode, NotaryError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { displayName } from './name.ts';

/**
 * Checks name, power to issue and signature. Key identifiers are not compared, and time is not asked for.
 *
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN
 * @see CHAIN-4, ALG-4
 */
export function requireIssuedBy(certificate: Certificate, issuer: Certificate): void {
  const broken = (detail: string, cause?: unknown): NotaryError =>
    chainBroken(`${quoteSubject(certificate)} is not issued by ${quoteSubject(issuer)}: ${detail}`, cause);
  if (!equalBytes(certificate.issuer, issuer.subject)) {
    throw broken(`it names "${displayName(certificate.issuer)}" as its issuer`);
  }
  // Version 1 and 2 have no extensions; Go lets them pass here, and the rules for chains refuse them afterwards.
  if (issuer.basicConstraints?.ca !== true && (issuer.version === 3 || issuer.basicConstraints !== undefined)) {
    throw broken('the issuer is not a CA by its basicConstraints');
  }
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.usages.has('keyCertSign')) {
    throw broken('the key usage of the issuer has no keyCertSign');
  }
  try {
    requireSignedWith(certificate, issuer);
  } catch (error) {
    if (!hasCode(error, 'SIGNATURE_MISMATCH', 'KEY_UNSUPPORTED', 'CERTIFICATE_UNSUITABLE')) throw error;
    throw broken(error.message, error);
  }
}

export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return holds(() => {
    requireIssuedBy(certificate, issuer);
  });
}

/**
 * Names itself as its issuer and is signed with its own key, be it a CA or not (CHAIN-2).
 *
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN
 */
export function requireSelfSigned(certificate: Certificate): void {
  if (!equalBytes(certificate.issuer, certificate.subject)) {
    throw chainBroken(
      `${quoteSubject(certificate)} is not self-signed: "${displayName(certificate.issuer)}" issued it`,
    );
  }
  try {
    requireSignedWith(certificate, certificate);
  } catch (error) {
    if (!hasCode(error, 'SIGNATURE_MISMATCH', 'KEY_UNSUPPORTED', 'CERTIFICATE_UNSUITABLE')) throw error;
    throw chainBroken(`${quoteSubject(certificate)} is not self-signed: ${error.message}`, error);
  }
}

export function isSelfSigned(certificate: Certificate): boolean {
  return holds(() => {
    requireSelfSigned(certificate);
  });
}

function holds(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (hasCode(error, 'CERTIFICATE_CHAIN_BROKEN')) return false;
    throw error;
  }
}

function requireSignedWith(certificate: Certificate, issuer: Certificate): void {
  verifySignature(requireSoundScheme(certificate), issuer.publicKey, certificate.tbs, certificate.signature);
}

/**
 * ALG-4 and D5: MD5 and SHA-1 sign no certificate, not even a single self-signed one.
 *
 * @throws NotaryError CERTIFICATE_UNSUITABLE
 */
export function requireSoundScheme(certificate: Certificate): SignatureScheme {
  const { signatureScheme } = certificate;
  const isSha1 = signatureScheme !== undefined && 'hash' in signatureScheme && signatureScheme.hash === 'sha1';
  if (signatureScheme !== undefined && !isSha1) return signatureScheme;
  const found = isSha1 ? 'SHA-1' : 'an algorithm that is not accepted, such as MD5';
  throw new NotaryError('CERTIFICATE_UNSUITABLE', `${quoteSubject(certificate)} is signed with ${found}`, {
    remedy: 'Use certificates that are signed with SHA-256, SHA-384 or SHA-512.',
  });
}

/**
 * Checks that every certificate is valid during the whole range, both ends included (CHAIN-11).
 *
 * @param to  default: the same moment
 * @throws NotaryError CERTIFICATE_NOT_VALID  names the first certificate that is not
 */
export function requireValid(certificates: readonly Certificate[], from: Date, to: Date = from): void {
  for (const certificate of certificates) {
    const { notBefore, notAfter } = certificate;
    if (notBefore <= from && to <= notAfter) continue;
    const [word, moment] = notBefore > from ? ['not yet valid', from] : ['expired', to];
    throw new NotaryError(
      'CERTIFICATE_NOT_VALID',
      `${quoteSubject(certificate)} is ${word} at ${moment.toISOString()}: ` +
        `it is valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}`,
    );
  }
}

/** For messages. */
export function quoteSubject({ subject }: Certificate): string {
  return `the certificate "${displayName(subject)}"`;
}

export function chainBroken(message: string, cause?: unknown): NotaryError {
  return new NotaryError('CERTIFICATE_CHAIN_BROKEN', message, cause === undefined ? {} : { cause });
}
