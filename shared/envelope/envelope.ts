// A signature envelope as data, the same for both formats. Signature Specification, "Signature Envelope".

import type { SignatureAlgorithm } from '../crypto/algorithm.ts';
import type { CborLabel } from './cbor.ts';
import type { TargetArtifact } from './payload.ts';

export type EnvelopeMediaType = 'application/cose' | 'application/jose+json';

export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

/** A signed attribute that the specification does not define itself, such as the name of a verification plugin. */
export interface ExtendedAttribute {
  /** Always text in JWS. */
  readonly key: CborLabel;
  readonly critical: boolean;
  /** As the format's gate reads it; what is written must be text. */
  readonly value: unknown;
}

export interface SignedAttributes {
  readonly contentType: string;
  readonly signingScheme: SigningScheme;
  /** signingTime under notary.x509, where nobody vouches for it; authenticSigningTime under signingAuthority. */
  readonly signingTime: Date;
  readonly expiry?: Date;
  readonly extended: readonly ExtendedAttribute[];
}

export interface UnsignedAttributes {
  /** DER, leaf first, root last, as the envelope claims. */
  readonly certificateChain: readonly Uint8Array[];
  readonly signingAgent?: string;
  /** DER TimeStampToken over the signature, RFC 3161. */
  readonly timestampSignature?: Uint8Array;
}

/** What decoding reads. Nothing in it is proved: only verifyIntegrity makes evidence of it. */
export interface Envelope {
  readonly mediaType: EnvelopeMediaType;
  readonly signed: SignedAttributes;
  readonly unsigned: UnsignedAttributes;
  readonly payload: Uint8Array;
  /** As the header claims. */
  readonly algorithm: SignatureAlgorithm;
  /** Made from the received bytes, never encoded again. */
  readonly toBeSigned: Uint8Array;
  /** RSASSA-PSS, or r‖s for ECDSA. */
  readonly signature: Uint8Array;
}

export interface EnvelopeParts extends UnsignedAttributes {
  /** As protect() wrote it. */
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export interface EnvelopeFormat {
  readonly name: 'cose' | 'jws';
  readonly mediaType: EnvelopeMediaType;
  /** What a PSS salt must measure: as much as the hash (COSE-25), or anything (JWS-19). */
  readonly saltLength: 'hash' | 'any';
  /** The bytes to sign for a target: the members stand in another order in each format (PAY-6, PAY-7). */
  payload(target: TargetArtifact): Uint8Array;
  /**
   * The protected header, encoded once and used as it is from then on.
   *
   * @throws NotaryError ENVELOPE_UNSUPPORTED  an extended attribute that cannot be written
   */
  protect(attributes: SignedAttributes, algorithm: SignatureAlgorithm): Uint8Array;
  toBeSigned(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array;
  encode(parts: EnvelopeParts): Uint8Array;
  /**
   * Reads; trusts nothing.
   *
   * @param bytes  at most 32 MiB, the limit of a signature blob
   * @throws NotaryError ENVELOPE_MALFORMED    breaks the format
   * @throws NotaryError ENVELOPE_UNSUPPORTED  keeps to the format, but asks for what is not offered
   */
  decode(bytes: Uint8Array): Envelope;
}
