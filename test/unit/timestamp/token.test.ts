import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { parseTimestampToken } from '../../../shared/timestamp/token.ts';
import { mutations } from '../../support/mutate.ts';
import { chain, stamp, stamped } from './stamped.ts';

const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'TIMESTAMP_INVALID', message: expect.stringMatching(message) as string });

describe('parseTimestampToken', () => {
  it('keeps the token as received (TSA-7)', () => {
    const der = stamp();
    const token = parseTimestampToken(der);
    expect(token.der).toEqual(der);
    expect(token.signedData.signers).toHaveLength(1);
    expect(token.signedData.certificates).toHaveLength(2);
  });

  it('is not changed by a later change of the bytes it read', () => {
    const der = stamp();
    const token = parseTimestampToken(der);
    const { genTime } = token.info;
    const imprint = token.info.imprint.slice();
    der.fill(0);
    expect(token.info.imprint).toEqual(imprint);
    expect(token.info.genTime).toBe(genTime);
    expect(token.der[0]).toBe(0x30);
  });

  it('tolerates other kinds of certificates in the bag', () => {
    const attributeCertificate = Uint8Array.of(0xa1, 3, 2, 1, 1);
    const token = stamped({ certificates: [attributeCertificate, ...chain.chain] });
    expect(token.signedData.certificates).toHaveLength(3);
  });

  it.each([
    ['SignedData of version 1 (TSA-10)', () => stamp({ signedDataVersion: 1 }), /version 1 instead of 3/],
    ['content that is not TSTInfo (TSA-10)', () => stamp({ eContentType: '1.2.840.113549.1.7.1' }), /not TSTInfo/],
    ['detached content', () => stamp({ detached: true }), /no TSTInfo inside/],
    [
      'more signers than it will try',
      () => stamp({ signersBefore: Array.from({ length: 4 }, () => ({ chain })) }),
      /5 signers/,
    ],
    ['a token that is cut off', () => stamp().subarray(0, -1), /truncated/],
    ['bytes after the token', () => Buffer.concat([stamp(), Uint8Array.of(0)]), /follow/],
    ['indefinite lengths (BER)', () => Uint8Array.of(0x30, 0x80, 0, 0), /indefinite/],
    ['more than 1 MiB', () => new Uint8Array(1_048_577), /1048577 bytes/],
    ['no bytes', () => new Uint8Array(), /truncated/],
  ])('refuses %s', (_name, make, message) => {
    expect(() => parseTimestampToken(make())).toThrow(invalid(message));
  });

  it('ends in a value or in a NotaryError for damaged tokens', () => {
    let refused = 0;
    for (const mutant of mutations(stamp(), 11, 1500)) {
      try {
        parseTimestampToken(mutant);
      } catch (error) {
        expect(error).toBeInstanceOf(NotaryError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
