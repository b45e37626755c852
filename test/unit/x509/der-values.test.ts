// Values of DER elements, and the members of a SEQUENCE. X.690 §8; RFC 5280 §4.1.2.5.

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import {
  readBitStringOctets,
  readInteger,
  readObjectIdentifier,
  readTime,
  sequenceMembers,
} from '../../../shared/x509/der-values.ts';
import { parseDer } from '../../../shared/x509/der.ts';
import type { DerNode } from '../../../shared/x509/der.ts';
import { tlv } from '../../support/der-writer.ts';
import { refusal } from '../../support/expect-code.ts';

const source = { code: 'ASN1_MALFORMED', what: 'thing' } as const;
const node = (hex: string): DerNode => parseDer(Buffer.from(hex, 'hex'), source);
const text = (tag: number, value: string): DerNode => parseDer(tlv(tag, Buffer.from(value, 'latin1')), source);

describe('readObjectIdentifier', () => {
  it.each([
    ['0603550406', '2.5.4.6'],
    ['06092a864886f70d010101', '1.2.840.113549.1.1.1'],
    ['060100', '0.0'],
    ['060127', '0.39'],
    ['060128', '1.0'],
    ['06014f', '1.39'],
    ['060150', '2.0'],
    ['060178', '2.40'],
    ['0603883703', '2.999.3'],
    ['06062b87ffffff7f', '1.3.2147483647'],
    // From openssl asn1parse -genstr: the OID that tells one customer of Artifact Signing from another.
    [
      '061b2b06010401823761818cfef64c82e1c28b5f82f1b1d619d7ec966b',
      '1.3.6.1.4.1.311.97.295680844.741377503.774662937.184224619',
    ],
  ])('reads %s', (hex, expected) => {
    expect(readObjectIdentifier(node(hex), source)).toBe(expected);
  });

  it('refuses one that is longer than any', () => {
    expect(readObjectIdentifier(parseDer(tlv(0x06, new Uint8Array(256)), source), source)).toHaveLength(513);
    const { message } = refusal('ASN1_MALFORMED', () =>
      readObjectIdentifier(parseDer(tlv(0x06, new Uint8Array(257)), source), source),
    );
    expect(message).toBe('thing: an OBJECT IDENTIFIER of 257 octets');
  });

  it('refuses other tags, and arcs that Go refuses', () => {
    refusal('ASN1_MALFORMED', () => readObjectIdentifier(node('0500'), source));
    // 1.3.2147483648, and a UUID as an arc.
    for (const hex of ['06062b8880808000', '06146983ffffffffffffffffffffffffffffffffff7f']) {
      expect(refusal('ASN1_MALFORMED', () => readObjectIdentifier(node(hex), source)).message).toContain('31 bits');
    }
  });
});

describe('readInteger', () => {
  it.each([
    ['020100', 0n],
    ['02017f', 127n],
    ['02020080', 128n],
    ['0201ff', -1n],
    ['020180', -128n],
    ['0202ff7f', -129n],
    ['0a0103', 3n],
    ['020a00ffffffffffffffffff', 0xffffffffffffffffffn],
  ])('reads %s', (hex, expected) => {
    expect(readInteger(node(hex), source)).toBe(expected);
  });

  it('refuses other tags', () => {
    refusal('ASN1_MALFORMED', () => readInteger(node('040101'), source));
  });

  it('refuses one that takes seconds to be written', () => {
    const number = (length: number): DerNode => parseDer(tlv(0x02, new Uint8Array(length).fill(0x71)), source);
    expect(readInteger(number(2049), source)).toBe(BigInt(`0x${'71'.repeat(2049)}`));
    const { message } = refusal('ASN1_MALFORMED', () => readInteger(number(2050), source));
    expect(message).toBe('thing: an INTEGER of 2050 octets');
  });
});

describe('readBitStringOctets', () => {
  it('gives whole octets', () => {
    expect(readBitStringOctets(node('030300aabb'), source, 'key')).toEqual(Uint8Array.of(0xaa, 0xbb));
  });

  it('refuses unused bits and other tags', () => {
    expect(refusal('ASN1_MALFORMED', () => readBitStringOctets(node('030204f0'), source, 'key')).message).toContain(
      'key',
    );
    refusal('ASN1_MALFORMED', () => readBitStringOctets(node('0401aa'), source, 'key'));
  });
});

describe('readTime', () => {
  const [utc, generalized] = [0x17, 0x18];

  it.each([
    [utc, '240229235959Z', '2024-02-29T23:59:59.000Z'],
    [utc, '491231000000Z', '2049-12-31T00:00:00.000Z'],
    [utc, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [utc, '000101000000Z', '2000-01-01T00:00:00.000Z'],
    [generalized, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [generalized, '00500101000000Z', '0050-01-01T00:00:00.000Z'],
    [generalized, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
  ])('reads %i %s', (tag, value, expected) => {
    expect(readTime(text(tag, value), source).toISOString()).toBe(expected);
  });

  it.each([
    ['no seconds', utc, '2401010000Z'],
    ['an offset', utc, '240101000000+0100'],
    ['no zone', utc, '240101000000'],
    ['a four-digit year in UTCTime', utc, '20240101000000Z'],
    ['a two-digit year in GeneralizedTime', generalized, '240101000000Z'],
    ['a fraction', generalized, '20240101000000.5Z'],
    ['month 13', utc, '241301000000Z'],
    ['month 0', utc, '240001000000Z'],
    ['30 February', utc, '240230000000Z'],
    ['29 February of a common year', utc, '230229000000Z'],
    ['31 June', generalized, '20240631000000Z'],
    ['day 0', utc, '240100000000Z'],
    ['hour 24', utc, '240101240000Z'],
    ['minute 60', utc, '240101006000Z'],
    ['second 60', utc, '240101000060Z'],
    ['other characters', utc, '24010100000aZ'],
    ['a line feed after it', utc, '240101000000Z\n'],
    ['nothing', utc, ''],
    ['a thousand digits', utc, '2'.repeat(1000)],
    ['another type', 0x16, '240101000000Z'],
  ])('refuses %s', (_what, tag, value) => {
    refusal('ASN1_MALFORMED', () => readTime(text(tag, value), source));
  });

  it('refuses an absent one', () => {
    refusal('ASN1_MALFORMED', () => readTime(undefined, source));
  });
});

describe('sequenceMembers', () => {
  it('takes members in order and refuses what is left', () => {
    const members = sequenceMembers(node('3007020105' + '0500' + '0400'), source, 'Thing');
    expect(members.takeIf(0x05)).toBeUndefined();
    expect(members.take(0x02, 'number').content).toEqual(Uint8Array.of(5));
    expect(members.takeIf(0x05)?.tag).toBe(0x05);
    expect(
      refusal('ASN1_MALFORMED', () => {
        members.end();
      }).message,
    ).toBe('thing: Thing has members after its last known one');
    expect(members.takeAny()?.tag).toBe(0x04);
    expect(members.takeAny()).toBeUndefined();
    members.end();
    expect(refusal('ASN1_MALFORMED', () => members.take(0x02, 'number')).message).toBe(
      'thing: Thing has no number at its place',
    );
  });

  it('refuses what is no SEQUENCE', () => {
    refusal('ASN1_MALFORMED', () => sequenceMembers(node('3100'), source, 'Thing'));
  });
});
