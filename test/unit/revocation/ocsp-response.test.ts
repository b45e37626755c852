import { describe, expect, it } from 'vitest';

import { hasCode } from '../../../shared/errors.ts';
import { parseOcspResponse } from '../../../shared/revocation/ocsp-response.ts';
import type { OcspResponse } from '../../../shared/revocation/ocsp-response.ts';
import {
  bitString,
  enumerated,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  time,
  tlv,
} from '../../support/der-writer.ts';

const moment = new Date('2026-03-01T00:00:00Z');

interface Parts {
  readonly version?: Uint8Array;
  readonly producedAt?: Uint8Array;
  readonly certStatus?: Uint8Array;
  readonly thisUpdate?: Uint8Array;
  readonly nextUpdate?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly afterBasic?: Uint8Array;
}

const nothing = new Uint8Array();

/** Unsigned, and each part replaceable. */
const write = (parts: Parts = {}): Uint8Array => {
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  const hash = sequence(objectIdentifier('1.3.14.3.2.26'), tlv(0x05));
  const single = sequence(
    sequence(hash, octetString(Uint8Array.of(1)), octetString(Uint8Array.of(2)), integer(3n)),
    parts.certStatus ?? tlv(0x80),
    parts.thisUpdate ?? generalizedTime(moment),
    parts.nextUpdate ?? tlv(0xa0, generalizedTime(moment)),
  );
  const tbs = sequence(
    parts.version ?? nothing,
    tlv(0xa2, octetString(new Uint8Array(20))),
    parts.producedAt ?? generalizedTime(moment),
    sequence(single),
  );
  const basic = sequence(tbs, algorithm, parts.signature ?? bitString(Uint8Array.of(9)), parts.afterBasic ?? nothing);
  const bytes = sequence(objectIdentifier('1.3.6.1.5.5.7.48.1.1'), octetString(basic));
  return sequence(enumerated(0), tlv(0xa0, bytes));
};

const refusal = (der: Uint8Array): string => {
  try {
    parseOcspResponse(der);
  } catch (error) {
    if (hasCode(error, 'REVOCATION_UNAVAILABLE')) return error.message;
    throw error;
  }
  return 'accepted';
};

const read = (parts: Parts = {}): OcspResponse => parseOcspResponse(write(parts));

describe('an OCSP response', () => {
  it('gives its facts', () => {
    const { tbs, singles, ...rest } = read();
    expect(rest).toEqual({
      signatureScheme: { family: 'ecdsa', hash: 'sha256', encoding: 'der' },
      signature: Uint8Array.of(9),
      certificates: [],
    });
    expect(tbs[0]).toBe(0x30);
    expect(singles).toEqual([
      {
        certId: {
          hash: 'sha1',
          issuerNameHash: Uint8Array.of(1),
          issuerKeyHash: Uint8Array.of(2),
          serialNumber: 3n,
        },
        status: 'good',
        thisUpdate: moment,
        nextUpdate: moment,
        extensions: new Map(),
      },
    ]);
  });

  it('is of version 1, said or unsaid', () => {
    expect(refusal(write({ version: tlv(0xa0, integer(0n)) }))).toBe('accepted');
    expect(refusal(write({ version: tlv(0xa0, integer(1n)) }))).toContain('version is not 1');
    expect(refusal(write({ version: tlv(0xa0, integer(0n), integer(0n)) }))).toContain('last known');
  });

  it.each([
    ['good with content', tlv(0x80, Uint8Array.of(0))],
    ['good as a wrapped NULL', tlv(0xa0, tlv(0x05))],
    ['unknown with content', tlv(0x82, Uint8Array.of(0))],
    ['a fourth choice', tlv(0x83)],
    ['not there', nothing],
    ['a NULL', tlv(0x05)],
  ])('has no status that is %s', (_what, certStatus) => {
    expect(refusal(write({ certStatus }))).toContain('certStatus');
  });

  it('says when it revokes', () => {
    expect(refusal(write({ certStatus: tlv(0xa1) }))).toContain('revocationTime');
    expect(refusal(write({ certStatus: tlv(0xa1, generalizedTime(moment), tlv(0xa0, integer(1n))) }))).toContain(
      'value',
    );
    const [single] = read({ certStatus: tlv(0xa1, generalizedTime(moment), tlv(0xa0, enumerated(4))) }).singles;
    expect(single).toMatchObject({ status: 'revoked', revokedAt: moment, reason: 4 });
  });

  it('writes its times as GeneralizedTime', () => {
    expect(refusal(write({ producedAt: time(moment) }))).toContain('producedAt');
    expect(refusal(write({ thisUpdate: time(moment) }))).toContain('thisUpdate');
    expect(refusal(write({ nextUpdate: tlv(0xa0, time(moment)) }))).toContain('value');
    expect(refusal(write({ nextUpdate: generalizedTime(moment) }))).toContain('last known');
  });

  it('has a signature of whole octets, and nothing after its certificates', () => {
    expect(refusal(write({ signature: tlv(0x03, Uint8Array.of(4, 0xf0)) }))).toContain('octets');
    expect(refusal(write({ afterBasic: tlv(0xa1) }))).toContain('last known');
    expect(refusal(write({ afterBasic: tlv(0xa0, integer(1n)) }))).toContain('value');
  });

  it('is not successful without an answer', () => {
    expect(refusal(sequence(enumerated(0)))).toContain('responseBytes');
    expect(refusal(sequence(integer(0n)))).toContain('responseStatus');
    expect(refusal(nothing)).toContain('OCSP response');
  });
});
