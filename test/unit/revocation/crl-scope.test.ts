import { beforeAll, describe, expect, it } from 'vitest';

import { hasCode } from '../../../shared/errors.ts';
import { requireInScope } from '../../../shared/revocation/crl-scope.ts';
import { parseCrl } from '../../../shared/revocation/crl.ts';
import type { Crl } from '../../../shared/revocation/crl.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { createRoot, encodeName, issue } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { crl } from '../../support/crl.ts';
import { sequence, tlv } from '../../support/der-writer.ts';

const own = 'http://ca.example/1.crl';
const other = 'http://ca.example/2.crl';

let root: Issued;
let leaf: Certificate;
let authority: Certificate;

beforeAll(async () => {
  root = await createRoot({ subject: 'CN=CA' });
  leaf = parseCertificate((await issue(root, { subject: 'CN=leaf', crlUrl: own })).certificate);
  authority = parseCertificate((await issue(root, { subject: 'CN=sub', ca: true, crlUrl: own })).certificate);
});

/** A list with an issuingDistributionPoint of these members, or of this value, or with none. */
function listOf(scope?: readonly Uint8Array[] | Uint8Array, critical = true): Crl {
  const value = scope instanceof Uint8Array ? scope : sequence(...(scope ?? []));
  const extensions = scope === undefined ? [] : [{ oid: '2.5.29.28', critical, value }];
  return parseCrl(crl({ issuer: root, thisUpdate: new Date(0), extensions }));
}

function refusal(base: Crl, certificate = leaf, delta?: Crl): string {
  try {
    requireInScope({ base, ...(delta && { delta }) }, certificate);
  } catch (error) {
    if (hasCode(error, 'REVOCATION_UNAVAILABLE')) return error.message;
    throw error;
  }
  return 'accepted';
}

const uri = (url: string): Uint8Array => tlv(0x86, Buffer.from(url));
const point = (...names: readonly Uint8Array[]): Uint8Array => tlv(0xa0, tlv(0xa0, ...names));
const yes = (tag: number): Uint8Array => tlv(tag, Uint8Array.of(0xff));
const directoryName = tlv(0xa4, encodeName('CN=CA'));

describe('the scope of a CRL (D42)', () => {
  it('is everything where nothing limits it', () => {
    for (const list of [listOf(), listOf([])]) {
      expect(refusal(list)).toBe('accepted');
      expect(refusal(list, authority)).toBe('accepted');
    }
  });

  it('is the distribution point that the certificate names', () => {
    expect(refusal(listOf([point(uri(own))]))).toBe('accepted');
    expect(refusal(listOf([point(directoryName, uri(other), uri(own))]))).toBe('accepted');
  });

  it.each([true, false])('is not another distribution point; critical: %s', (critical) => {
    expect(refusal(listOf([point(uri(other))], critical))).toContain(`another distribution point, "${other}"`);
    expect(refusal(listOf([point(uri(own.toUpperCase()))], critical))).toContain('another distribution point');
  });

  it('is not a distribution point whose address is as long as can be', () => {
    expect(refusal(listOf([point(uri(other.padEnd(300_000, 'x')))]))).toContain('another distribution point');
  });

  it('is not a distribution point without an address', () => {
    expect(refusal(listOf([point(directoryName)]))).toContain('one without an address');
    expect(refusal(listOf([tlv(0xa0, tlv(0xa1))]))).toContain('one without an address');
  });

  it('is the kind of the certificate', () => {
    expect(refusal(listOf([yes(0x81)]))).toBe('accepted');
    expect(refusal(listOf([yes(0x81)]), authority)).toContain('lists no CA certificates');
    expect(refusal(listOf([yes(0x82)]), authority)).toBe('accepted');
    expect(refusal(listOf([yes(0x82)]))).toContain('CA certificates only');
  });

  it.each([
    ['some reasons', tlv(0x83, Uint8Array.of(1, 0x40))],
    ['other issuers', yes(0x84)],
    ['attribute certificates', yes(0x85)],
  ])('is not %s', (_what, member) => {
    expect(refusal(listOf([member]))).toContain('some reasons, other issuers or attribute certificates');
    expect(refusal(listOf([point(uri(own)), member]))).toContain('some reasons, other issuers');
  });

  it.each([
    ['a flag of FALSE', sequence(tlv(0x81, Uint8Array.of(0)))],
    ['a flag of two octets', sequence(tlv(0x84, Uint8Array.of(0xff, 0xff)))],
    ['members in another order', sequence(yes(0x82), yes(0x81))],
    ['an unknown member', sequence(yes(0x86))],
    ['a distribution point of another kind', sequence(tlv(0xa0, uri(own)))],
    ['two distribution points', sequence(tlv(0xa0, tlv(0xa0, uri(own)), tlv(0xa0, uri(own))))],
    ['no SEQUENCE', tlv(0x05)],
  ])('is not understood with %s', (_what, value) => {
    expect(refusal(listOf(value))).toMatch(/^CRL: /);
  });

  it('is the same for a delta', () => {
    const limited = listOf([point(uri(own))]);
    expect(refusal(limited, leaf, limited)).toBe('accepted');
    expect(refusal(listOf(), leaf, listOf())).toBe('accepted');
    expect(refusal(limited, leaf, listOf())).toContain('delta CRL has another scope');
    expect(refusal(listOf(), leaf, limited)).toContain('delta CRL has another scope');
    expect(refusal(limited, leaf, listOf([point(uri(own)), yes(0x81)]))).toContain('delta CRL has another scope');
  });
});
