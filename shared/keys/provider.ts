// Whoever can sign: the two verbs of the plugin contract, so that every provider is a mere translation. Plugin
// Extensibility for Signing and Verification, "describe-key" and "generate-signature".

import type { KeySpec } from '../crypto/algorithm.ts';
import type { CertificateChain } from '../x509/chain.ts';

export interface KeySignature {
  /** RSASSA-PSS with a salt as long as the hash, or r‖s for ECDSA, whatever the service itself sends. */
  readonly signature: Uint8Array;
  /** Leaf to root, root included. It comes with the signature: services with short-lived certificates know it only then. */
  readonly chain: CertificateChain;
}

export interface KeyProvider {
  /** "name/version"; joins the signing agent. */
  readonly agent: string;
  describeKey(): Promise<KeySpec>;
  /**
   * @param toBeSigned  the whole message; hashing belongs to the provider
   * @param keySpec     as describeKey answered
   * @throws NotaryError KEY_UNSUPPORTED  the key is of another specification by now
   */
  generateSignature(toBeSigned: Uint8Array, keySpec: KeySpec): Promise<KeySignature>;
}
