// Signs DER as a CA or responder does: the AlgorithmIdentifier and the signature for a key and a hash. RFC 4055, 5758.

import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { none, objectIdentifier, sequence, tlv } from './der-writer.ts';

export type SignatureHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

const rsaOids: Readonly<Record<SignatureHash, string>> = {
  sha1: '1.2.840.113549.1.1.5',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};

const ecdsaOids: Readonly<Record<SignatureHash, string>> = {
  sha1: '1.2.840.10045.4.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};

/** The DER AlgorithmIdentifier under which `signDer` signs. */
export function algorithmIdentifier(key: KeyObject, hash: SignatureHash = 'sha256'): Uint8Array {
  const rsa = key.asymmetricKeyType === 'rsa';
  return sequence(objectIdentifier((rsa ? rsaOids : ecdsaOids)[hash]), rsa ? tlv(0x05, none) : none);
}

export function signDer(key: KeyObject, tbs: Uint8Array, hash: SignatureHash = 'sha256'): Uint8Array {
  const padding = constants.RSA_PKCS1_PADDING;
  return new Uint8Array(sign(hash, tbs, key.asymmetricKeyType === 'rsa' ? { key, padding } : key));
}
