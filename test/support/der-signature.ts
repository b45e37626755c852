// Signs DER as a CA or responder does: the AlgorithmIdentifier and the signature for a key and a hash. RFC 4055, 5758.

import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { integer, none, objectIdentifier, sequence, tlv } from './der-writer.ts';

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

/** The DER AlgorithmIdentifier under which `signDer` signs; Ed25519 for such a key, whatever the hash. */
export function algorithmIdentifier(key: KeyObject, hash: SignatureHash = 'sha256'): Uint8Array {
  if (key.asymmetricKeyType === 'ed25519') return sequence(objectIdentifier('1.3.101.112'));
  const rsa = key.asymmetricKeyType === 'rsa';
  return sequence(objectIdentifier((rsa ? rsaOids : ecdsaOids)[hash]), rsa ? tlv(0x05, none) : none);
}

export function signDer(key: KeyObject, tbs: Uint8Array, hash: SignatureHash = 'sha256'): Uint8Array {
  if (key.asymmetricKeyType === 'ed25519') return new Uint8Array(sign(null, tbs, key));
  const padding = constants.RSA_PKCS1_PADDING;
  return new Uint8Array(sign(hash, tbs, key.asymmetricKeyType === 'rsa' ? { key, padding } : key));
}

/** RSASSA-PSS over SHA-256, with MGF1 over the same and a salt of its length. RFC 4055 §3.1. */
export function pssIdentifier(): Uint8Array {
  const hash = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), tlv(0x05, none));
  const mask = sequence(objectIdentifier('1.2.840.113549.1.1.8'), hash);
  const parameters = sequence(tlv(0xa0, hash), tlv(0xa1, mask), tlv(0xa2, integer(32n)));
  return sequence(objectIdentifier('1.2.840.113549.1.1.10'), parameters);
}

export function signPss(key: KeyObject, tbs: Uint8Array): Uint8Array {
  return new Uint8Array(sign('sha256', tbs, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }));
}
