// The certificates that come with a signature. They arrive as base64 of MIME base64 of PKCS#7, today; the order in
// the bag means nothing, so the signing certificate is the one whose key verifies the signature.

import { decodeBase64, decodeUtf8, encodeUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { algorithmOf, schemeOf } from '../crypto/algorithm.ts';
import type { KeySpec } from '../crypto/algorithm.ts';
import { verifySignature } from '../crypto/signature.ts';
import { hasCode } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { readCertificateBag } from '../x509/read-certificates.ts';

/** A signature, what it signs and the algorithm it must have. */
export interface SignedBytes {
  readonly toBeSigned: Uint8Array;
  readonly signature: Uint8Array;
  readonly keySpec: KeySpec;
}

const source: Source = { code: 'KEY_SIGNATURE_INVALID', what: 'signingCertificate' };

/**
 * Takes off up to two layers of base64, then reads PKCS#7, PEM, or DER certificates one after the other.
 *
 * @throws NotaryError KEY_SIGNATURE_INVALID  not base64
 * @throws NotaryError ASN1_MALFORMED         no certificates in it
 */
export function decodeSigningCertificate(text: string): readonly Certificate[] {
  return readCertificateBag(unwrap(unwrap(encodeUtf8(text))));
}

function unwrap(bytes: Uint8Array): Uint8Array {
  // A DER SEQUENCE longer than 127 bytes; no text begins with these two.
  if (bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80) return bytes;
  const text = decodeUtf8(bytes, source).trimStart();
  return text.startsWith('-----BEGIN') ? bytes : decodeBase64(text.replace(/\s+/g, ''), source);
}

/** The certificate whose key made the signature; undefined where none did. The salt is as long as the hash (COSE-25). */
export function findSigner(certificates: readonly Certificate[], signed: SignedBytes): Certificate | undefined {
  const scheme = schemeOf(algorithmOf(signed.keySpec), 'hash');
  return certificates.find((certificate) => {
    try {
      verifySignature(scheme, certificate.publicKey, signed.toBeSigned, signed.signature);
      return true;
    } catch (error) {
      // The second, for a certificate beside the chain whose key is of a kind that nobody here reads.
      if (hasCode(error, 'SIGNATURE_MISMATCH', 'KEY_UNSUPPORTED')) return false;
      throw error;
    }
  });
}
