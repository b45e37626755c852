// The one place where an envelope becomes evidence: its signature matches its own bytes under its own leaf, and it keeps
// the rules that need the leaf to be judged. Signing and Verification Workflow, "integrity" (COSE-18, COSE-26, JWS-14,
// JWS-20). Whether anybody trusts that leaf is not asked here.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { algorithmOf, schemeOf } from '../crypto/algorithm.ts';
import { verifySignature } from '../crypto/signature.ts';
import { NotaryError } from '../errors.ts';
import { parseCertificate } from '../x509/certificate.ts';
import type { Certificate } from '../x509/certificate.ts';
import { requireChain } from '../x509/chain.ts';
import type { CertificateChain } from '../x509/chain.ts';
import { requireCodeSigningChain, signingKeySpec } from '../x509/requirements.ts';
import { attributeName, quote } from './attributes.ts';
import type { Envelope, SignedAttributes } from './envelope.ts';
import { formatOf } from './formats.ts';
import { payloadContentType } from './payload.ts';

const proof: unique symbol = Symbol('intact');

/** Made here and nowhere else. */
export type Intact<T> = T & { readonly [proof]: true };

export type IntactEnvelope = Intact<Envelope> & {
  /** The envelope's certificates, leaf to root, each issued by the next. */
  readonly chain: CertificateChain;
};

const source: Source = { code: 'ENVELOPE_MALFORMED', what: 'signature envelope' };

// A chain in use has three or four certificates; each costs a signature check.
const maxCertificates = 20;

/** Who answers for the signed attributes that the specification does not define. */
export type AttributeJudge = 'nobody' | 'a verification plugin';

/**
 * Checks everything about an envelope that needs neither trust nor time.
 *
 * @param judge  a verification plugin only where the caller goes on to ask it, or stores what such a plugin will judge
 * @throws NotaryError SIGNATURE_MISMATCH    the signature does not match
 * @throws NotaryError ENVELOPE_MALFORMED    the algorithm is not the leaf's, or the expiry not after the signing time
 * @throws NotaryError ENVELOPE_UNSUPPORTED  another content type, or a critical attribute that nobody processes
 * @throws NotaryError ASN1_MALFORMED, CERTIFICATE_CHAIN_BROKEN, CERTIFICATE_UNSUITABLE, KEY_UNSUPPORTED  the certificates
 * @see Trust Store and Trust Policy, "Signature Verification Details", integrity
 */
export function verifyIntegrity(envelope: Envelope, judge: AttributeJudge = 'nobody'): IntactEnvelope {
  const certificates = envelope.unsigned.certificateChain;
  if (certificates.length > maxCertificates) {
    throw malformed(source, `${certificates.length} certificates, over ${maxCertificates}`);
  }
  const parsed = certificates.map(parseCertificate);
  const [leaf] = parsed;
  if (leaf === undefined) throw malformed(source, 'no certificate');
  requireSignature(envelope, leaf);
  const chain = requireChain(parsed);
  requireCodeSigningChain(chain);
  requireKnownContent(envelope.signed);
  if (judge === 'nobody') requireKnownAttributes(envelope.signed);
  return { ...envelope, chain, [proof]: true };
}

function requireSignature(envelope: Envelope, leaf: Certificate): void {
  const algorithm = algorithmOf(signingKeySpec(leaf));
  // The leaf alone decides (ALG-1); the header may only agree.
  if (envelope.algorithm.keySpec !== algorithm.keySpec) {
    const { keySpec, plugin } = envelope.algorithm;
    throw malformed(source, `the header says ${plugin}, for ${keySpec}, but the signing key is ${algorithm.keySpec}`);
  }
  if (envelope.signature.length !== algorithm.signatureLength) {
    throw new NotaryError(
      'SIGNATURE_MISMATCH',
      `the signature has ${envelope.signature.length} bytes, and not the ${algorithm.signatureLength} of ${algorithm.plugin}`,
    );
  }
  const scheme = schemeOf(algorithm, formatOf(envelope.mediaType).saltLength);
  verifySignature(scheme, leaf.publicKey, envelope.toBeSigned, envelope.signature);
}

function requireKnownContent({ contentType, signingTime, expiry }: SignedAttributes): void {
  if (contentType !== payloadContentType) {
    throw new NotaryError('ENVELOPE_UNSUPPORTED', `the signed content is of type ${quote(contentType)}`);
  }
  if (expiry !== undefined && expiry.getTime() <= signingTime.getTime()) {
    const [from, to] = [signingTime.toISOString(), expiry.toISOString()];
    throw malformed(source, `the signature expires at ${to}, which is not after its signing time, ${from}`);
  }
}

function requireKnownAttributes({ extended }: SignedAttributes): void {
  for (const { key, critical } of extended) {
    // D1; and a verification plugin asks for checks that only it can make, critical or not (PLUG-28, VER-13).
    if (critical || key === attributeName.verificationPlugin) {
      throw new NotaryError('ENVELOPE_UNSUPPORTED', `the signed attribute ${quote(key)} is not known`);
    }
  }
}
