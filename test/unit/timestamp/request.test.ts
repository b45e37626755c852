import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

import { AsnConvert } from '@peculiar/asn1-schema';
import { TimeStampReq } from '@peculiar/asn1-tsp';
import { describe, expect, it } from 'vitest';

import { createTimestampRequest } from '../../../shared/timestamp/request.ts';
import { signature } from './stamped.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const nonce = Buffer.from('0123456789abcdef0123456789abcdef01234567', 'hex');
const request = createTimestampRequest(signature, 'sha256', nonce);

describe('createTimestampRequest (TSA-2, TSA-3)', () => {
  it('writes exactly this', () => {
    const imprint = createHash('sha256').update(signature).digest('hex');
    expect(hex(request.der)).toBe(
      '304f' + // SEQUENCE
        '020101' + // version 1
        `3031300d060960864801650304020105000420${imprint}` + // SHA-256 with NULL, the hash
        '02140123456789abcdef0123456789abcdef01234567' + // nonce
        '0101ff', // certReq
    );
    expect(hex(request.messageImprint)).toBe(`3031300d060960864801650304020105000420${imprint}`);
    expect(request.nonce).toBe(0x0123456789abcdef0123456789abcdef01234567n);
  });

  it.each([
    ['sha256', '2.16.840.1.101.3.4.2.1'],
    ['sha384', '2.16.840.1.101.3.4.2.2'],
    ['sha512', '2.16.840.1.101.3.4.2.3'],
  ] as const)('is a request over %s as others read it', (hash, oid) => {
    const read = AsnConvert.parse(createTimestampRequest(signature, hash, nonce).der, TimeStampReq);
    expect(read.messageImprint.hashAlgorithm.algorithm).toBe(oid);
    expect(hex(new Uint8Array(read.messageImprint.hashedMessage.buffer))).toBe(
      createHash(hash).update(signature).digest('hex'),
    );
    expect(read).toMatchObject({ version: 1, certReq: true });
    expect(read.reqPolicy).toBeUndefined();
    expect(read.extensions).toBeUndefined();
  });

  it.each([
    ['ff'.repeat(20), '02147f' + 'ff'.repeat(19)],
    ['80' + '00'.repeat(19), '020100'],
    ['00'.repeat(20), '020100'],
    ['00'.repeat(12) + '0000000000000080', '02020080'],
    ['00'.repeat(12) + '00000000000000ff', '020200ff'],
    ['00'.repeat(12) + '000000000000007f', '02017f'],
    ['ffffffffffffffff', '020900ffffffffffffffff'],
  ])('writes the nonce %s as a non-negative INTEGER below 2^159, without padding', (octets, expected) => {
    const { der } = createTimestampRequest(signature, 'sha256', Buffer.from(octets, 'hex'));
    expect(hex(der).slice(hex(der).indexOf('0420') + 68)).toBe(`${expected}0101ff`);
  });

  it('wants 64 random bits at least', () => {
    expect(() => createTimestampRequest(signature, 'sha256', new Uint8Array(7))).toThrow(RangeError);
  });
});
