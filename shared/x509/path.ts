// Paths from a certificate up to trust anchors through a bag of certificates, and what a verifier in the manner of Go
// asks of each: validity at a moment, a purpose, nothing critical that is not understood. RFC 5280 §6.1; TSA-15.

import { equalBytes } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import type { CertificateChain } from './chain.ts';
import { chainBroken, isIssuedBy, quoteSubject, requireValid } from './issuance.ts';

// Each trial is one signature check. Genuine bags need three; Go stops at 100 too. Beyond that someone laid a maze.
const maxIssuerTrials = 100;

/**
 * Every path of certificates, each issued by the next, that ends at a trust anchor. Issuers are found by name and
 * signature, so several with one name but different keys do no harm. An anchor ends a path, and the bag may hold
 * certificates above it, which give further paths. Nothing but issuance is checked.
 *
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN  the search needs more than 100 signature checks
 */
export function* pathsToAnchors(
  certificate: Certificate,
  bag: readonly Certificate[],
  anchors: readonly Certificate[],
): Generator<CertificateChain> {
  const trusted = new Set(anchors.map(({ fingerprint }) => fingerprint));
  const candidates = distinct([...anchors, ...bag]);
  let trials = 0;
  const tryIssuer = (child: Certificate, issuer: Certificate): boolean => {
    trials += 1;
    if (trials > maxIssuerTrials) {
      throw chainBroken(`${quoteSubject(certificate)} leads to no root within ${maxIssuerTrials} signature checks`);
    }
    return isIssuedBy(child, issuer);
  };
  function* extend(path: CertificateChain): Generator<CertificateChain> {
    const top = path.at(-1) ?? path[0];
    if (trusted.has(top.fingerprint)) yield path;
    for (const issuer of candidates) {
      if (!equalBytes(top.issuer, issuer.subject) || path.some((below) => isSameAuthority(below, issuer))) continue;
      if (tryIssuer(top, issuer)) yield* extend([...path, issuer]);
    }
  }
  yield* extend([certificate]);
}

// The same name and key in another certificate is the same authority: following it would go in circles.
function isSameAuthority(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.subject, b.subject) && equalBytes(a.subjectPublicKeyInfo, b.subjectPublicKeyInfo);
}

function distinct(certificates: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(certificates.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

/**
 * What Go's verifier asks of a path besides issuance and path length.
 *
 * @param purpose  OID of an extended key usage; a certificate that names purposes must name it, or anyExtendedKeyUsage
 * @throws NotaryError CERTIFICATE_NOT_VALID   a certificate is not valid at the moment
 * @throws NotaryError CERTIFICATE_UNSUITABLE  a purpose, a critical extension or name constraints forbid it
 */
export function requireUsablePath(path: CertificateChain, at: Date, purpose: string): void {
  requireValid(path, at);
  for (const certificate of path) {
    requirePurpose(certificate, purpose);
    requireUnderstood(certificate);
  }
}

const anyExtendedKeyUsage = '2.5.29.37.0';

function requirePurpose(certificate: Certificate, purpose: string): void {
  const purposes = certificate.extendedKeyUsage?.purposes;
  if (purposes === undefined || purposes.includes(purpose) || purposes.includes(anyExtendedKeyUsage)) return;
  throw unsuitable(certificate, `its extended key usage does not permit ${purpose}`);
}

const nameConstraints = '2.5.29.30';

const understood: ReadonlySet<string> = new Set([
  '2.5.29.14', // subjectKeyIdentifier
  '2.5.29.15', // keyUsage
  '2.5.29.17', // subjectAltName: no name is asked for
  '2.5.29.19', // basicConstraints
  '2.5.29.31', // cRLDistributionPoints
  '2.5.29.32', // certificatePolicies: any policy will do
  '2.5.29.35', // authorityKeyIdentifier
  '2.5.29.37', // extendedKeyUsage
  '1.3.6.1.5.5.7.1.1', // authorityInfoAccess
]);

function requireUnderstood(certificate: Certificate): void {
  // Nobody here compares names with constraints, and Go enforces them even where they are not critical.
  if (certificate.extensions.has(nameConstraints)) throw unsuitable(certificate, 'it has name constraints');
  for (const [oid, { critical }] of certificate.extensions) {
    if (critical && !understood.has(oid)) throw unsuitable(certificate, `its critical extension ${oid} is not known`);
  }
}

function unsuitable(certificate: Certificate, detail: string): NotaryError {
  return new NotaryError('CERTIFICATE_UNSUITABLE', `${quoteSubject(certificate)}: ${detail}`);
}
