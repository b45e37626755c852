// The one signature check: what each scheme takes, and what it must never take.

import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { verifySignature } from '../../../shared/crypto/signature.ts';
import type { SignatureScheme } from '../../../shared/crypto/signature.ts';
import { refusal } from '../../support/expect-code.ts';
import { testKey } from '../../support/keys.ts';

const data = new TextEncoder().encode('signed');
const rsa = await testKey('RSA-2048');
const otherRsa = await testKey('RSA-2048');
const ec = await testKey('EC-256');
const p521 = await testKey('EC-521');
const ed25519 = await testKey('Ed25519');
const pssKey = await testKey('RSASSA-PSS-2048');

const pss = (hash: string, saltLength: number, key = rsa.privateKey): Uint8Array =>
  sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
const pkcs1 = (hash: string): Uint8Array => sign(hash, data, rsa.privateKey);
const ecdsa = (key: KeyObject, dsaEncoding: 'der' | 'ieee-p1363', hash = 'sha256'): Uint8Array =>
  sign(hash, data, { key, dsaEncoding });
const mismatch = (scheme: SignatureScheme, key: KeyObject, signature: Uint8Array, signed = data): string =>
  refusal('SIGNATURE_MISMATCH', () => {
    verifySignature(scheme, key, signed, signature);
  }).message;

const schemes: Record<string, readonly [SignatureScheme, KeyObject, Uint8Array, otherKey: KeyObject]> = {
  'PKCS#1 v1.5 with SHA-256': [
    { family: 'rsa-pkcs1', hash: 'sha256' },
    rsa.publicKey,
    pkcs1('sha256'),
    otherRsa.publicKey,
  ],
  'PKCS#1 v1.5 with SHA-1': [{ family: 'rsa-pkcs1', hash: 'sha1' }, rsa.publicKey, pkcs1('sha1'), otherRsa.publicKey],
  'PSS with its own salt length': [
    { family: 'rsa-pss', hash: 'sha384', saltLength: 48 },
    ...([rsa.publicKey, pss('sha384', 48), otherRsa.publicKey] as const),
  ],
  'PSS with any salt length': [
    { family: 'rsa-pss', hash: 'sha256', saltLength: 'any' },
    ...([rsa.publicKey, pss('sha256', 20), otherRsa.publicKey] as const),
  ],
  'ECDSA as DER': [
    { family: 'ecdsa', hash: 'sha256', encoding: 'der' },
    ...([ec.publicKey, ecdsa(ec.privateKey, 'der'), p521.publicKey] as const),
  ],
  'ECDSA as r‖s': [
    { family: 'ecdsa', hash: 'sha512', encoding: 'ieee-p1363' },
    ...([p521.publicKey, ecdsa(p521.privateKey, 'ieee-p1363', 'sha512'), ec.publicKey] as const),
  ],
  Ed25519: [
    { family: 'ed25519' },
    ...([ed25519.publicKey, sign(null, data, ed25519.privateKey)] as const),
    generateKeyPairSync('ed25519').publicKey,
  ],
};

describe.each(Object.entries(schemes))('%s', (_name, [scheme, key, signature, otherKey]) => {
  it('takes a good signature', () => {
    verifySignature(scheme, key, data, signature);
  });

  it('refuses other data, another key, and a signature with any byte altered, missing or added', () => {
    mismatch(scheme, key, signature, new TextEncoder().encode('Signed'));
    mismatch(scheme, key, signature, new Uint8Array());
    mismatch(scheme, otherKey, signature);
    for (let at = 0; at < signature.length; at += 7) {
      const altered = Uint8Array.from(signature);
      altered[at]! ^= 1;
      mismatch(scheme, key, altered);
    }
    mismatch(scheme, key, signature.subarray(1));
    mismatch(scheme, key, signature.subarray(0, -1));
    mismatch(scheme, key, Uint8Array.from([...signature, 0]));
    mismatch(scheme, key, new Uint8Array());
    mismatch(scheme, key, new Uint8Array(signature.length));
  });

  it('refuses a key of another family, before any arithmetic', () => {
    for (const foreign of [rsa, ec, ed25519, pssKey]) {
      if (foreign.publicKey.asymmetricKeyType === key.asymmetricKeyType) continue;
      expect(mismatch(scheme, foreign.publicKey, signature)).toMatch(/^the signature is made with .+, but the key is/);
    }
  });
});

describe('padding and hash are those of the scheme', () => {
  it('refuses PKCS#1 v1.5 where PSS is demanded, and the other way round', () => {
    const scheme = { family: 'rsa-pss', hash: 'sha256', saltLength: 'any' } as const;
    expect(mismatch(scheme, rsa.publicKey, pkcs1('sha256'))).toBe(
      'the rsa-pss sha256 signature does not match the signed bytes',
    );
    mismatch({ family: 'rsa-pkcs1', hash: 'sha256' }, rsa.publicKey, pss('sha256', 32));
  });

  it('refuses another salt length where one is demanded (COSE-25)', () => {
    const scheme = { family: 'rsa-pss', hash: 'sha256', saltLength: 32 } as const;
    verifySignature(scheme, rsa.publicKey, data, pss('sha256', 32));
    for (const saltLength of [0, 20, 31, 33, 222]) mismatch(scheme, rsa.publicKey, pss('sha256', saltLength));
  });

  it('refuses another hash', () => {
    mismatch({ family: 'rsa-pss', hash: 'sha384', saltLength: 'any' }, rsa.publicKey, pss('sha256', 32));
    mismatch({ family: 'rsa-pkcs1', hash: 'sha512' }, rsa.publicKey, pkcs1('sha256'));
    mismatch({ family: 'ecdsa', hash: 'sha384', encoding: 'der' }, ec.publicKey, ecdsa(ec.privateKey, 'der'));
  });

  it('refuses the other encoding of ECDSA', () => {
    const der = ecdsa(ec.privateKey, 'der');
    const raw = ecdsa(ec.privateKey, 'ieee-p1363');
    mismatch({ family: 'ecdsa', hash: 'sha256', encoding: 'der' }, ec.publicKey, raw);
    mismatch({ family: 'ecdsa', hash: 'sha256', encoding: 'ieee-p1363' }, ec.publicKey, der);
  });

  it('refuses ECDSA with r and s of zero', () => {
    mismatch({ family: 'ecdsa', hash: 'sha256', encoding: 'ieee-p1363' }, ec.publicKey, new Uint8Array(64));
    const zeros = Uint8Array.of(0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00);
    mismatch({ family: 'ecdsa', hash: 'sha256', encoding: 'der' }, ec.publicKey, zeros);
  });

  it('refuses a key that is bound to PSS, which the specification does not know (ALG-2)', () => {
    const signature = pss('sha256', 32, pssKey.privateKey);
    expect(mismatch({ family: 'rsa-pss', hash: 'sha256', saltLength: 32 }, pssKey.publicKey, signature)).toContain(
      'the key is of type rsa-pss',
    );
  });
});
