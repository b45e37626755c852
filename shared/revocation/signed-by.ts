// The signature over an OCSP response or a CRL. SHA-1 is refused for both (D24), as everywhere in the house.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { verifySignature } from '../crypto/signature.ts';
import type { SignatureScheme } from '../crypto/signature.ts';
import { hasCode } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';

export interface Signed {
  /** What is signed. */
  readonly tbs: Uint8Array;
  readonly signatureScheme: SignatureScheme | undefined;
  readonly signature: Uint8Array;
}

/** @throws NotaryError source.code  another key, another algorithm, or other bytes */
export function requireSignedBy(
  { tbs, signatureScheme, signature }: Signed,
  signer: Certificate,
  source: Source,
): void {
  if (signatureScheme === undefined) throw malformed(source, 'its signature algorithm is not accepted');
  if (signatureScheme.family !== 'ed25519' && signatureScheme.hash === 'sha1') {
    throw malformed(source, 'it is signed with SHA-1, which can be forged');
  }
  try {
    verifySignature(signatureScheme, signer.publicKey, tbs, signature);
  } catch (error) {
    if (!hasCode(error, 'SIGNATURE_MISMATCH', 'KEY_UNSUPPORTED')) throw error;
    throw malformed(source, `it is not signed by who may sign it: ${error.message}`, error);
  }
}
