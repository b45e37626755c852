// Trust anchors: the certificates, or fingerprints of certificates, under which a chain is trusted. Trust Store and
// Trust Policy, "Trust Store" (STORE-5, STORE-7).

import { equalBytes } from '../bytes.ts';
import { hasCode, NotaryError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { CertificateChain } from '../x509/chain.ts';
import { requireIssuedBy, requireSelfSigned } from '../x509/issuance.ts';
import { displayName } from '../x509/name.ts';
import { knownRoot } from './presets.ts';
import type { AnchorPurpose } from './presets.ts';

export interface TrustAnchors {
  readonly certificates: readonly Certificate[];
  /** Lower-case hexadecimal SHA-256 of anchors whose bytes only the chain itself brings along. */
  readonly pins: readonly string[];
}

/**
 * What may stand in a trust store: for signing a CA or a self-signed certificate, for timestamping a root CA.
 *
 * @throws NotaryError CERTIFICATE_UNSUITABLE
 * @see STORE-5
 */
export function requireTrustAnchor(certificate: Certificate, purpose: AnchorPurpose): void {
  const isAuthority = certificate.basicConstraints?.ca === true;
  if (purpose === 'signing' && isAuthority) return;
  try {
    if (purpose === 'signing') requireSelfSigned(certificate);
    else requireIssuedBy(certificate, certificate);
  } catch (error) {
    if (!hasCode(error, 'CERTIFICATE_CHAIN_BROKEN')) throw error;
    const expected = purpose === 'signing' ? 'neither a CA nor self-signed' : 'not a self-signed root CA';
    const message = `the certificate ${describeCertificate(certificate)} is ${expected}`;
    throw new NotaryError('CERTIFICATE_UNSUITABLE', message, { cause: error });
  }
}

/**
 * The certificate of a signing chain that is trusted, byte for byte (STORE-7). A pin names a CA, or the only certificate
 * of a chain: what could not stand in a trust store is not trusted by its fingerprint either.
 *
 * @throws NotaryError TRUST_ANCHOR_NOT_FOUND
 */
export function requireAnchor(chain: CertificateChain, anchors: TrustAnchors): Certificate {
  const [leaf, ...issuers] = chain;
  const found =
    chain.find(({ der }) => anchors.certificates.some((anchor) => equalBytes(anchor.der, der))) ??
    (issuers.length === 0 ? [leaf] : issuers).find(({ fingerprint }) => anchors.pins.includes(fingerprint));
  if (found !== undefined) return found;
  const detail = anchors.pins.includes(leaf.fingerprint)
    ? '; a pin must name an issuer, not the signing certificate'
    : '';
  throw anchorNotFound(chain, anchors, detail);
}

function anchorNotFound(chain: CertificateChain, anchors: TrustAnchors, detail: string): NotaryError {
  const root = chain.at(-1) ?? chain[0];
  const message = `the chain ends in ${describeCertificate(root)}, and none of its certificates is trusted`;
  const known = knownRoot(root.fingerprint, 'signing');
  const hint = known === undefined ? '' : `; ${known}`;
  return new NotaryError('TRUST_ANCHOR_NOT_FOUND', `${message} (${count(anchors)})${hint}${detail}`);
}

function count({ certificates, pins }: TrustAnchors): string {
  if (certificates.length + pins.length === 0) return 'no trust anchor is configured for this kind of signature';
  return `compared with ${certificates.length} certificates and ${pins.length} pins`;
}

/** Subject and fingerprint, as messages show a certificate. */
export function describeCertificate({ subject, fingerprint }: Certificate): string {
  return `"${displayName(subject)}" (sha256:${fingerprint})`;
}

export function mergeAnchors(parts: readonly TrustAnchors[]): TrustAnchors {
  return {
    certificates: parts.flatMap(({ certificates }) => certificates),
    pins: parts.flatMap(({ pins }) => pins),
  };
}
