// Hashes, against the vectors of FIPS 180-4 for "abc".

import { describe, expect, it } from 'vitest';

import { encodeHex } from '../../../shared/bytes.ts';
import { digest, hashLength, sha256Hex } from '../../../shared/crypto/digest.ts';

const abc = new TextEncoder().encode('abc');

describe('digest', () => {
  it.each([
    ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['sha384', 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'],
    [
      'sha512',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd' +
        '454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ] as const)('computes %s', (hash, expected) => {
    const bytes = digest(hash, abc);
    expect(encodeHex(bytes)).toBe(expected);
    expect(Buffer.isBuffer(bytes)).toBe(false);
    if (hash !== 'sha1') expect(bytes).toHaveLength(hashLength[hash]);
  });
});

it('sha256Hex is lower case', () => {
  expect(sha256Hex(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
