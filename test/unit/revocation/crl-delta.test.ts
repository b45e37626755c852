import { beforeAll, describe, expect, it } from 'vitest';

import { hasCode } from '../../../shared/errors.ts';
import { freshestUrls, requireComplete, requireDeltaOf } from '../../../shared/revocation/crl-delta.ts';
import { parseCrl } from '../../../shared/revocation/crl.ts';
import type { Crl } from '../../../shared/revocation/crl.ts';
import { createRoot } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { crl } from '../../support/crl.ts';
import type { CrlOptions } from '../../support/crl.ts';
import { integer, octetString, sequence, tlv } from '../../support/der-writer.ts';

let ca: Issued;

beforeAll(async () => {
  ca = await createRoot({ subject: 'CN=CA' });
});

const list = (options: Partial<CrlOptions>): Crl =>
  parseCrl(crl({ issuer: ca, thisUpdate: new Date('2026-03-01'), nextUpdate: new Date('2026-03-08'), ...options }));

const refusal = (check: () => unknown): string => {
  try {
    check();
  } catch (error) {
    if (hasCode(error, 'REVOCATION_UNAVAILABLE')) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('REV-24: where delta CRLs lie', () => {
  const urls = (value: Uint8Array): readonly string[] =>
    freshestUrls(list({ extensions: [{ oid: '2.5.29.46', value }] }));
  const uri = tlv(0x86, Buffer.from('http://ca.example/delta.crl'));

  it('is nowhere without the extension', () => {
    expect(freshestUrls(list({}))).toEqual([]);
  });

  it('is in freshestCRL, in order', () => {
    expect(freshestUrls(list({ freshest: ['http://one/', 'http://two/'] }))).toEqual(['http://one/', 'http://two/']);
  });

  it('is at an address of any length', () => {
    const long = 'http://ca.example/'.padEnd(300_000, 'x');
    expect(freshestUrls(list({ freshest: [long] }))).toEqual([long]);
  });

  it('is at each URI of one point, whatever other places it names', () => {
    const directory = tlv(0xa4, sequence());
    expect(urls(sequence(sequence(tlv(0xa0, tlv(0xa0, directory, uri, uri)))))).toHaveLength(2);
    expect(urls(sequence(sequence()))).toEqual([]);
  });

  it.each([
    ['is no SEQUENCE', octetString(uri)],
    ['is not DER', Uint8Array.of(0x30)],
    ['has a point that is none', sequence(integer(1n))],
    ['names a place relative to the issuer', sequence(sequence(tlv(0xa0, tlv(0xa1))))],
  ])('is unknown where the extension %s', (_what, value) => {
    expect(refusal(() => urls(value))).toContain('CRL');
  });
});

describe('REV-24: whether a delta belongs to a base', () => {
  const fit = (delta: Partial<CrlOptions>, base: Partial<CrlOptions>): string =>
    refusal(() => {
      requireDeltaOf(list(delta), list(base));
    });

  it('does with a higher number, made over the base or one before it', () => {
    expect(fit({ number: 11n, deltaBase: 10n }, { number: 10n })).toBe('accepted');
    expect(fit({ number: 12n, deltaBase: 5n }, { number: 10n })).toBe('accepted');
    expect(fit({ number: (1n << 128n) + 1n, deltaBase: 1n << 128n }, { number: 1n << 128n })).toBe('accepted');
  });

  it('does not with a number that is not above the base', () => {
    expect(fit({ number: 10n, deltaBase: 10n }, { number: 10n })).toContain('10 is not above the base CRL number 10');
    expect(fit({ number: 9n, deltaBase: 1n }, { number: 10n })).toContain('9 is not above the base CRL number 10');
  });

  it('does not when made over a newer base', () => {
    expect(fit({ number: 12n, deltaBase: 11n }, { number: 10n })).toContain('made over base 11');
  });

  it('does not without numbers', () => {
    expect(fit({ deltaBase: 1n }, { number: 1n })).toContain('the delta CRL has no CRL number');
    expect(fit({ number: 2n, deltaBase: 1n }, {})).toContain('the base CRL has no CRL number');
    expect(fit({ number: 2n }, { number: 1n })).toContain('no deltaCRLIndicator');
    const extensions = [{ oid: '2.5.29.27', value: octetString(Uint8Array.of(1)) }];
    expect(fit({ number: 2n, extensions }, { number: 1n })).toContain('INTEGER');
  });

  it('is not asked of a delta that stands where the base should', () => {
    expect(
      refusal(() => {
        requireComplete(list({ number: 2n, deltaBase: 1n }));
      }),
    ).toContain('a complete one is due');
    expect(
      refusal(() => {
        requireComplete(list({ number: 2n }));
      }),
    ).toBe('accepted');
  });
});
