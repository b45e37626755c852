// The six key specifications and, for each, its only signature algorithm with every name it has. Signature
// Specification, "Algorithm Selection" (ALG-1).

import type { KeyObject } from 'node:crypto';

import { hashLength } from './digest.ts';
import type { HashName } from './digest.ts';
import type { SignatureScheme } from './signature.ts';

export type KeySpec = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'EC-256' | 'EC-384' | 'EC-521';

export type JwsAlgorithm = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

export interface SignatureAlgorithm {
  readonly keySpec: KeySpec;
  readonly hash: HashName;
  readonly family: 'rsa-pss' | 'ecdsa';
  /** Octets of a signature: the RSA modulus, or r and s together. */
  readonly signatureLength: number;
  readonly jws: JwsAlgorithm;
  /** COSE algorithm identifier, RFC 9053 and RFC 8230. */
  readonly cose: number;
  /** The name in the plugin contract and in `notation inspect`. */
  readonly plugin: string;
}

const rsa = (bits: 2048 | 3072 | 4096, hash: HashName, jws: JwsAlgorithm, cose: number): SignatureAlgorithm => ({
  ...{ keySpec: `RSA-${bits}`, hash, family: 'rsa-pss', signatureLength: bits / 8, jws, cose },
  plugin: `RSASSA-PSS-SHA-${hash.slice(3)}`,
});
const ec = (bits: 256 | 384 | 521, hash: HashName, jws: JwsAlgorithm, cose: number): SignatureAlgorithm => ({
  ...{ keySpec: `EC-${bits}`, hash, family: 'ecdsa', signatureLength: 2 * Math.ceil(bits / 8), jws, cose },
  plugin: `ECDSA-SHA-${hash.slice(3)}`,
});

const algorithms: Readonly<Record<KeySpec, SignatureAlgorithm>> = {
  'RSA-2048': rsa(2048, 'sha256', 'PS256', -37),
  'RSA-3072': rsa(3072, 'sha384', 'PS384', -38),
  'RSA-4096': rsa(4096, 'sha512', 'PS512', -39),
  'EC-256': ec(256, 'sha256', 'ES256', -7),
  'EC-384': ec(384, 'sha384', 'ES384', -35),
  'EC-521': ec(521, 'sha512', 'ES512', -36),
};

export const signatureAlgorithms: readonly SignatureAlgorithm[] = Object.values(algorithms);

/** Total: each key specification has exactly one algorithm. */
export function algorithmOf(keySpec: KeySpec): SignatureAlgorithm {
  return algorithms[keySpec];
}

/** The key specification of a public or private key; undefined for every key that cannot sign (ALG-2). */
export function keySpecOf(key: KeyObject): KeySpec | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return ofName(`RSA-${modulusLength}`);
  if (key.asymmetricKeyType === 'ec') return curves.get(namedCurve ?? '');
  return undefined;
}

const curves: ReadonlyMap<string, KeySpec> = new Map([
  ['prime256v1', 'EC-256'],
  ['secp384r1', 'EC-384'],
  ['secp521r1', 'EC-521'],
]);

function ofName(name: string): KeySpec | undefined {
  return signatureAlgorithms.find(({ keySpec }) => keySpec === name)?.keySpec;
}

/**
 * How an envelope's signature is checked: RSASSA-PSS with MGF1 over the same hash, or ECDSA as r‖s (COSE-9, JWS-8).
 *
 * @param saltLength  'hash' where the format demands a salt as long as the hash (COSE-25), 'any' elsewhere (JWS-19)
 */
export function schemeOf(algorithm: SignatureAlgorithm, saltLength: 'hash' | 'any'): SignatureScheme {
  const { hash, family } = algorithm;
  if (family === 'ecdsa') return { family, hash, encoding: 'ieee-p1363' };
  return { family, hash, saltLength: saltLength === 'hash' ? hashLength[hash] : 'any' };
}
