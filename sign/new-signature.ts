// One signature, made and proved, not stored yet: payload, key, chain, timestamp, envelope. Signing and Verification
// Workflow, "Signing"; architecture, "SIGN".

import { equalBytes } from '../shared/bytes.ts';
import { algorithmOf } from '../shared/crypto/algorithm.ts';
import type { EnvelopeFormat, EnvelopeParts, SignedAttributes } from '../shared/envelope/envelope.ts';
import { verifyIntegrity } from '../shared/envelope/integrity.ts';
import { payloadContentType, targetArtifact } from '../shared/envelope/payload.ts';
import { NotaryError } from '../shared/errors.ts';
import type { EnvelopeGenerator } from '../shared/keys/notation-plugin-envelope.ts';
import type { KeyProvider } from '../shared/keys/provider.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import type { Clock } from '../shared/ports.ts';
import { productName } from '../shared/version.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import { requireCodeSigningChain } from '../shared/x509/requirements.ts';
import { generateSignature, isGenerator } from './generated-signature.ts';
import { stampSignature } from './timestamp.ts';
import type { StampServices } from './timestamp.ts';
import type { TimestampTerms } from './timestamp-inputs.ts';

export interface SignatureServices extends StampServices {
  /** What signs bytes, or makes whole envelopes. */
  readonly key: KeyProvider | EnvelopeGenerator;
  readonly clock: Clock;
}

/** What holds for every signature of a run. */
export interface SignatureTerms extends TimestampTerms {
  readonly format: EnvelopeFormat;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly expirySeconds?: number;
}

export interface MadeSignature {
  readonly envelope: Uint8Array;
  readonly chain: CertificateChain;
  readonly signingTime: Date;
  readonly expiry?: Date;
  /** The authority is known where it was asked by us. */
  readonly stamp?: { readonly authority?: URL; readonly evidence: TimestampEvidence };
  /** For the signature manifest, from whoever made the envelope. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether the signature outlives its certificate: somebody other than the signer says when it was made. */
  readonly isTimeVouchedFor: boolean;
  /** What the user should know. */
  readonly findings: readonly string[];
}

/**
 * @throws NotaryError  the codes of the key provider, of certificates, of timestamps; whichever it is, nothing has been
 *   pushed
 */
export async function makeSignature(
  subject: Descriptor,
  terms: SignatureTerms,
  services: SignatureServices,
): Promise<MadeSignature> {
  const { key } = services;
  const made = await (isGenerator(key)
    ? generateSignature(subject, terms, key)
    : signPayload(subject, terms, { ...services, key }));
  if (!made.isTimeVouchedFor && !terms.allowUntimestamped) requireLongLife(made.chain);
  return made;
}

async function signPayload(
  subject: Descriptor,
  terms: SignatureTerms,
  services: SignatureServices & { readonly key: KeyProvider },
): Promise<MadeSignature> {
  const { format, timestamp } = terms;
  const at = services.clock.now();
  const attributes = attributesOf(terms, at);
  const { signingTime, expiry } = attributes;

  const payload = format.payload(targetArtifact(subject, terms.userMetadata));
  const keySpec = await services.key.describeKey();
  const algorithm = algorithmOf(keySpec);
  const protectedHeader = format.protect(attributes, algorithm);
  const toBeSigned = format.toBeSigned(protectedHeader, payload);
  const { signature, chain } = await services.key.generateSignature(toBeSigned, keySpec);
  requireCodeSigningChain(chain, signingTime);

  const stamp =
    timestamp && (await stampSignature({ signature, hash: algorithm.hash, at, chain }, timestamp, services));
  const envelope = encodeProved(format, {
    protectedHeader,
    payload,
    signature,
    certificateChain: chain.map(({ der }) => der),
    signingAgent: `${productName} ${services.key.agent}`,
    ...(stamp && { timestampSignature: stamp.token }),
  });
  const findings = stamp?.findings ?? [];
  return {
    ...{ envelope, chain, signingTime, annotations: {}, isTimeVouchedFor: stamp !== undefined, findings },
    ...(expiry && { expiry }),
    ...(stamp && { stamp }),
  };
}

/** The envelope writes whole seconds, and a signing time is never later than it was. */
function attributesOf({ expirySeconds }: SignatureTerms, at: Date): SignedAttributes {
  const signingTime = new Date(Math.floor(at.getTime() / 1000) * 1000);
  return {
    contentType: payloadContentType,
    signingScheme: 'notary.x509',
    signingTime,
    ...(expirySeconds !== undefined && { expiry: new Date(signingTime.getTime() + expirySeconds * 1000) }),
    extended: [],
  };
}

const shortLifeDays = 30;

/** @throws NotaryError TIMESTAMP_MISSING  without a timestamp the signature would end with its certificate, soon */
function requireLongLife([leaf]: CertificateChain): void {
  const days = (leaf.notAfter.getTime() - leaf.notBefore.getTime()) / 86_400_000;
  if (days >= shortLifeDays) return;
  throw new NotaryError(
    'TIMESTAMP_MISSING',
    `the certificate lives ${days.toFixed(1)} days, and without a timestamp its signatures end with it, on ${leaf.notAfter.toISOString()}; nothing was pushed`,
    { remedy: 'Set timestamp-url, or allow-untimestamped: true where such a signature is meant.' },
  );
}

/**
 * What we cannot read, or what does not verify, is not pushed (pitfall 27).
 *
 * @throws NotaryError  as decode and verifyIntegrity; PAYLOAD_MISMATCH where the payload came out different
 */
function encodeProved(format: EnvelopeFormat, parts: EnvelopeParts): Uint8Array {
  const bytes = format.encode(parts);
  const envelope = verifyIntegrity(format.decode(bytes));
  if (!equalBytes(envelope.payload, parts.payload)) {
    throw new NotaryError('PAYLOAD_MISMATCH', 'the encoded signature names another artifact; nothing was pushed');
  }
  return bytes;
}
