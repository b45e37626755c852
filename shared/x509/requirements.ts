// What Notary Project asks of code signing and timestamping chains, independent of trust. Signature Specification,
// "Certificate Requirements" (CHAIN-1..CHAIN-11, CHAIN-20..CHAIN-23, ALG-1, ALG-2, D2..D5).

import { keySpecOf } from '../crypto/algorithm.ts';
import type { KeySpec } from '../crypto/algorithm.ts';
import { NotaryError } from '../errors.ts';
import type { Certificate, KeyUsage } from './certificate.ts';
import { requireChain, requireValid } from './chain.ts';
import type { CertificateChain } from './chain.ts';
import { quoteSubject } from './issuance.ts';

/**
 * Checks the whole chain: order, issuance, and each certificate for its place. Extensions beyond these, known or not,
 * critical or not, are not judged (CHAIN-10).
 *
 * @param at  given when signing: every certificate must be valid then
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN  as in requireChain
 * @throws NotaryError CERTIFICATE_UNSUITABLE    names the certificate, the rule and what was found
 * @throws NotaryError KEY_UNSUPPORTED           the signing key is none of the six (ALG-1)
 * @throws NotaryError CERTIFICATE_NOT_VALID     only with `at`
 */
export function requireCodeSigningChain(chain: CertificateChain, at?: Date): void {
  const [signing, ...issuers] = requireChain(chain);
  for (const [index, issuer] of issuers.entries()) {
    requireAuthority(issuer, index);
    requireCriticalKeyUsage(issuer);
  }
  requireSigner(signing);
  requireCriticalKeyUsage(signing);
  requireNoForeignPurpose(signing);
  if (at !== undefined) requireValid(chain, at);
}

/**
 * Checks the whole chain of a timestamp authority, without time. Key usages need not be critical here (CHAIN-21).
 *
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN  as in requireChain
 * @throws NotaryError CERTIFICATE_UNSUITABLE    names the certificate, the rule and what was found
 * @throws NotaryError KEY_UNSUPPORTED           the signing key is none of the six (CHAIN-23)
 */
export function requireTimestampingChain(chain: CertificateChain): void {
  const [signing, ...issuers] = requireChain(chain);
  for (const [index, issuer] of issuers.entries()) requireAuthority(issuer, index);
  requireSigner(signing);
  requireTimestampingPurpose(signing);
}

/**
 * The key specification of a signing certificate, which alone decides the algorithm (ALG-1).
 *
 * @throws NotaryError KEY_UNSUPPORTED  every other kind or size of key (ALG-2)
 */
export function signingKeySpec(certificate: Certificate): KeySpec {
  const { publicKey } = certificate;
  const keySpec = keySpecOf(publicKey);
  if (keySpec !== undefined) return keySpec;
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const found = [publicKey.asymmetricKeyType, modulusLength, namedCurve].filter((part) => part !== undefined).join(' ');
  throw new NotaryError('KEY_UNSUPPORTED', `the key of ${quoteSubject(certificate)} is of the kind "${found}"`);
}

/** CHAIN-5, but for the criticality of keyUsage. That of basicConstraints is not asked for (D4). */
function requireAuthority(certificate: Certificate, authoritiesBelow: number): void {
  const { basicConstraints } = certificate;
  if (basicConstraints?.ca !== true) {
    const found = basicConstraints === undefined ? 'it has none' : 'its cA is false';
    throw unsuitable(certificate, `must be a CA by basicConstraints, but ${found}`, 'CHAIN-5');
  }
  const { pathLength } = basicConstraints;
  if (pathLength !== undefined && pathLength < authoritiesBelow) {
    const found = `allows ${pathLength} CA certificates below it, but ${authoritiesBelow} stand there`;
    throw unsuitable(certificate, `has a path length that ${found}`, 'CHAIN-5');
  }
  requireKeyUsage(certificate, 'keyCertSign', 'CHAIN-5');
}

const foreignUsages: readonly KeyUsage[] = [
  ...(['keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign'] as const),
  ...(['cRLSign', 'encipherOnly', 'decipherOnly'] as const),
];

/** What signing certificates for code and for timestamps have in common: CHAIN-6, CHAIN-7, CHAIN-9. */
function requireSigner(certificate: Certificate): void {
  if (certificate.basicConstraints?.ca === true) {
    throw unsuitable(certificate, 'signs, and must therefore not be a CA, but its basicConstraints say cA', 'CHAIN-6');
  }
  const usages = requireKeyUsage(certificate, 'digitalSignature', 'CHAIN-7');
  const foreign = foreignUsages.filter((usage) => usages.has(usage));
  if (foreign.length > 0) {
    throw unsuitable(certificate, `must not have the key usage ${foreign.join(', ')}`, 'CHAIN-7');
  }
  signingKeySpec(certificate);
}

function requireKeyUsage(certificate: Certificate, usage: KeyUsage, rule: string): ReadonlySet<KeyUsage> {
  const { keyUsage } = certificate;
  if (keyUsage === undefined)
    throw unsuitable(certificate, `must have the key usage ${usage}, but has no keyUsage`, rule);
  if (keyUsage.usages.has(usage)) return keyUsage.usages;
  const found = [...keyUsage.usages].join(', ');
  throw unsuitable(certificate, `must have the key usage ${usage}, but has only "${found}"`, rule);
}

function requireCriticalKeyUsage(certificate: Certificate): void {
  if (certificate.keyUsage?.critical === true) return;
  throw unsuitable(certificate, 'must mark keyUsage as critical, but does not', 'CHAIN-5, CHAIN-7');
}

const timeStamping = '1.3.6.1.5.5.7.3.8';

/** CHAIN-8 and D2: the specification forbids the last one, which Notation lets pass. */
const foreignPurposes: ReadonlyMap<string, string> = new Map([
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.2', 'clientAuth'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
  [timeStamping, 'timeStamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'],
  ['2.5.29.37.0', 'anyExtendedKeyUsage'],
]);

function requireNoForeignPurpose(certificate: Certificate): void {
  const purposes = certificate.extendedKeyUsage?.purposes ?? [];
  const foreign = purposes.flatMap((purpose) => foreignPurposes.get(purpose) ?? []);
  if (foreign.length === 0) return;
  throw unsuitable(certificate, `must not have the extended key usage ${foreign.join(', ')}`, 'CHAIN-8');
}

function requireTimestampingPurpose(certificate: Certificate): void {
  const { purposes = [], critical } = certificate.extendedKeyUsage ?? {};
  if (purposes.length !== 1 || purposes[0] !== timeStamping) {
    const found = purposes.length === 0 ? 'has none' : `has ${purposes.join(', ')}`;
    throw unsuitable(certificate, `must have the one extended key usage timeStamping, but ${found}`, 'CHAIN-22');
  }
  if (critical !== true) {
    throw unsuitable(certificate, 'must mark extendedKeyUsage as critical, but does not', 'CHAIN-22');
  }
}

function unsuitable(certificate: Certificate, detail: string, rule: string): NotaryError {
  return new NotaryError('CERTIFICATE_UNSUITABLE', `${quoteSubject(certificate)} ${detail} (${rule})`);
}
