// The only primitive signature check in the house: envelopes, certificates, CMS, OCSP responses and CRLs all come here.

import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { NotaryError } from '../errors.ts';
import type { HashName } from './digest.ts';

export type SignatureScheme =
  | { readonly family: 'rsa-pkcs1'; readonly hash: HashName | 'sha1' }
  /** MGF1 uses the same hash. */
  | { readonly family: 'rsa-pss'; readonly hash: HashName; readonly saltLength: number | 'any' }
  | { readonly family: 'ecdsa'; readonly hash: HashName | 'sha1'; readonly encoding: 'der' | 'ieee-p1363' }
  | { readonly family: 'ed25519' };

/**
 * Checks one signature over data, which is hashed here.
 *
 * @throws NotaryError SIGNATURE_MISMATCH  wrong signature, or a key of another family than the scheme's
 */
export function verifySignature(
  scheme: SignatureScheme,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): void {
  if (key.asymmetricKeyType !== keyType[scheme.family]) {
    throw new NotaryError(
      'SIGNATURE_MISMATCH',
      `the signature is made with ${scheme.family}, but the key is of type ${key.asymmetricKeyType ?? 'unknown'}`,
    );
  }
  if (!isValid(scheme, key, data, signature)) {
    throw new NotaryError(
      'SIGNATURE_MISMATCH',
      `the ${describeScheme(scheme)} signature does not match the signed bytes`,
    );
  }
}

const keyType = { 'rsa-pkcs1': 'rsa', 'rsa-pss': 'rsa', ecdsa: 'ec', ed25519: 'ed25519' } as const;

function isValid(scheme: SignatureScheme, key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  switch (scheme.family) {
    case 'rsa-pkcs1':
      return verify(scheme.hash, data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case 'rsa-pss': {
      const saltLength = scheme.saltLength === 'any' ? constants.RSA_PSS_SALTLEN_AUTO : scheme.saltLength;
      return verify(scheme.hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
    }
    case 'ecdsa':
      return verify(scheme.hash, data, { key, dsaEncoding: scheme.encoding }, signature);
    case 'ed25519':
      return verify(null, data, key, signature);
  }
}

function describeScheme(scheme: SignatureScheme): string {
  return scheme.family === 'ed25519' ? scheme.family : `${scheme.family} ${scheme.hash}`;
}
