// One table: six key specifications, each with its only algorithm (ALG-1), and no key besides (ALG-2).

import { describe, expect, it } from 'vitest';

import { algorithmOf, keySpecOf, schemeOf, signatureAlgorithms } from '../../../shared/crypto/algorithm.ts';
import type { KeySpec } from '../../../shared/crypto/algorithm.ts';
import { testKey } from '../../support/keys.ts';

const table: readonly (readonly [KeySpec, string, number, string, string, number])[] = [
  ['RSA-2048', 'sha256', -37, 'PS256', 'RSASSA-PSS-SHA-256', 256],
  ['RSA-3072', 'sha384', -38, 'PS384', 'RSASSA-PSS-SHA-384', 384],
  ['RSA-4096', 'sha512', -39, 'PS512', 'RSASSA-PSS-SHA-512', 512],
  ['EC-256', 'sha256', -7, 'ES256', 'ECDSA-SHA-256', 64],
  ['EC-384', 'sha384', -35, 'ES384', 'ECDSA-SHA-384', 96],
  ['EC-521', 'sha512', -36, 'ES512', 'ECDSA-SHA-512', 132],
];

describe('algorithmOf', () => {
  it.each(table)('gives %s its names', (keySpec, ...names) => {
    const [hash, cose, jws, plugin, signatureLength] = names;
    expect(algorithmOf(keySpec)).toMatchObject({ keySpec, hash, cose, jws, plugin, signatureLength });
  });

  it('knows six and no more, no name twice', () => {
    expect(signatureAlgorithms.map(({ keySpec }) => keySpec)).toEqual(table.map(([keySpec]) => keySpec));
    for (const name of ['cose', 'jws', 'plugin'] as const) {
      expect(new Set(signatureAlgorithms.map((algorithm) => algorithm[name])).size).toBe(6);
    }
  });
});

describe('keySpecOf', () => {
  it.each(table.map(([keySpec]) => keySpec))('knows %s, public and private', async (keySpec) => {
    const { privateKey, publicKey } = await testKey(keySpec);
    expect(keySpecOf(privateKey)).toBe(keySpec);
    expect(keySpecOf(publicKey)).toBe(keySpec);
  });

  it.each(['RSA-1024', 'RSA-2056', 'RSASSA-PSS-2048', 'EC-P224', 'EC-secp256k1', 'Ed25519'] as const)(
    'does not know %s (ALG-2)',
    async (keySpec) => {
      expect(keySpecOf((await testKey(keySpec)).publicKey)).toBeUndefined();
    },
  );
});

describe('schemeOf', () => {
  it('takes RSA as PSS, with the salt the format demands (COSE-25, JWS-19)', () => {
    expect(schemeOf(algorithmOf('RSA-3072'), 'hash')).toEqual({ family: 'rsa-pss', hash: 'sha384', saltLength: 48 });
    expect(schemeOf(algorithmOf('RSA-3072'), 'any')).toEqual({ family: 'rsa-pss', hash: 'sha384', saltLength: 'any' });
  });

  it('takes ECDSA as r‖s (COSE-9, JWS-8)', () => {
    expect(schemeOf(algorithmOf('EC-521'), 'hash')).toEqual({
      family: 'ecdsa',
      hash: 'sha512',
      encoding: 'ieee-p1363',
    });
  });
});
