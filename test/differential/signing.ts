// Node's own signatures in the two forms that envelopes carry, for any key. COSE-9, JWS-8.

import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface KeyFacts {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly cose: number;
  readonly jws: string;
}

const rsa: Readonly<Record<number, KeyFacts>> = {
  2048: { hash: 'sha256', cose: -37, jws: 'PS256' },
  3072: { hash: 'sha384', cose: -38, jws: 'PS384' },
  4096: { hash: 'sha512', cose: -39, jws: 'PS512' },
};

const ec: Readonly<Record<string, KeyFacts>> = {
  prime256v1: { hash: 'sha256', cose: -7, jws: 'ES256' },
  secp384r1: { hash: 'sha384', cose: -35, jws: 'ES384' },
  secp521r1: { hash: 'sha512', cose: -36, jws: 'ES512' },
};

/** ALG-1; for keys that it does not know, what a careless signer would write. */
export function factsOf(key: KeyObject): KeyFacts {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const isEc = key.asymmetricKeyType === 'ec';
  return (isEc ? ec[namedCurve] : rsa[modulusLength]) ?? (isEc ? ec.prime256v1! : rsa[2048]!);
}

export interface SigningOptions {
  /** Of an RSA key; default as long as the hash. */
  readonly saltLength?: number;
  readonly hash?: KeyFacts['hash'];
  /** Instead of PSS, or of r‖s. */
  readonly encoding?: 'pkcs1' | 'der';
}

export function signBytes(key: KeyObject, data: Uint8Array, options: SigningOptions = {}): Uint8Array {
  const hash = options.hash ?? factsOf(key).hash;
  if (key.asymmetricKeyType === 'ed25519') return new Uint8Array(sign(null, data, key));
  if (key.asymmetricKeyType === 'ec') {
    return new Uint8Array(sign(hash, data, { key, dsaEncoding: options.encoding === 'der' ? 'der' : 'ieee-p1363' }));
  }
  if (options.encoding === 'pkcs1') {
    return new Uint8Array(sign(hash, data, { key, padding: constants.RSA_PKCS1_PADDING }));
  }
  const saltLength = options.saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST;
  return new Uint8Array(sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }));
}
