import { beforeAll, describe, expect, it } from 'vitest';

import { hasCode } from '../../../shared/errors.ts';
import { judgeCrl } from '../../../shared/revocation/crl-judgement.ts';
import { parseCrl } from '../../../shared/revocation/crl.ts';
import type { Judgement } from '../../../shared/revocation/status.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { createRoot, issue } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { crl, freshestCrl } from '../../support/crl.ts';
import type { CrlEntry, CrlOptions } from '../../support/crl.ts';
import { octetString } from '../../support/der-writer.ts';

const at = new Date('2026-03-02T00:00:00Z');
const thisUpdate = new Date('2026-03-01T00:00:00Z');
const nextUpdate = new Date('2026-03-08T00:00:00Z');
const [early, late] = [new Date('2026-02-01T00:00:00Z'), new Date('2026-02-02T00:00:00Z')];
const serial = 0xc0ffeen;
const [certificateHold, removeFromCrl] = [6, 8];

let ca: Issued;
let certificate: Certificate;

beforeAll(async () => {
  ca = await createRoot({ subject: 'CN=CA' });
  certificate = parseCertificate((await issue(ca, { subject: 'CN=leaf', serialNumber: serial })).certificate);
});

interface Lists {
  readonly base?: readonly Partial<CrlEntry>[];
  readonly delta?: readonly Partial<CrlEntry>[];
  readonly signedAt?: Date;
  readonly baseOptions?: Partial<CrlOptions>;
  readonly deltaOptions?: Partial<CrlOptions>;
  readonly about?: Certificate;
}

const judge = ({ base = [], delta, signedAt, baseOptions, deltaOptions, about = certificate }: Lists): Judgement => {
  const list = (entries: readonly Partial<CrlEntry>[], options: Partial<CrlOptions>) =>
    parseCrl(
      crl({
        ...{ issuer: ca, thisUpdate, nextUpdate, ...options },
        entries: entries.map((entry) => ({ serial, revokedAt: early, ...entry })),
      }),
    );
  const pair = {
    base: list(base, { number: 1n, ...baseOptions }),
    ...(delta && { delta: list(delta, { number: 2n, deltaBase: 1n, ...deltaOptions }) }),
  };
  return judgeCrl(pair, { certificate: about, at, signedAt });
};

const refusal = (lists: Lists): string => {
  try {
    return `accepted as ${judge(lists).status}`;
  } catch (error) {
    if (hasCode(error, 'REVOCATION_UNAVAILABLE')) return error.message;
    throw error;
  }
};

describe('REV-25: the entries for a certificate', () => {
  it('are none: good', () => {
    expect(judge({ base: [{ serial: 1n }] })).toEqual({ status: 'good', thisUpdate, nextUpdate });
    expect(judge({ base: [] }).status).toBe('good');
    expect(judge({ base: [], delta: [] }).status).toBe('good');
  });

  it.each([undefined, 0, 1, 2, 3, 4, 5, 7, 9, 10, 42])('revoke with the reason %s', (reason) => {
    expect(judge({ base: [{ ...(reason !== undefined && { reason }) }] })).toEqual({
      ...{ status: 'revoked', revokedAt: early, reason: reason ?? 0, thisUpdate, nextUpdate },
    });
  });

  it('revoke in the delta', () => {
    const answer = judge({
      base: [{ serial: 1n }],
      delta: [{ reason: 1, revokedAt: late }],
      deltaOptions: { thisUpdate: late },
    });
    expect(answer).toEqual({ status: 'revoked', revokedAt: late, reason: 1, thisUpdate: late, nextUpdate });
  });

  it('revoke while on hold', () => {
    expect(judge({ base: [{ reason: certificateHold }] })).toMatchObject({ status: 'revoked', reason: 6 });
  });

  it('do not revoke when removed from the list', () => {
    expect(judge({ base: [{ reason: removeFromCrl }] }).status).toBe('good');
    expect(
      judge({ base: [{ reason: certificateHold }], delta: [{ reason: removeFromCrl, revokedAt: late }] }).status,
    ).toBe('good');
  });

  it('are temporary by the latest revocation date, wherever it stands', () => {
    const [hold, removal] = [{ reason: certificateHold }, { reason: removeFromCrl }];
    expect(judge({ base: [{ ...removal, revokedAt: late }, hold] }).status).toBe('good');
    expect(judge({ base: [removal, { ...hold, revokedAt: late }] }).status).toBe('revoked');
    expect(judge({ base: [{ ...hold, revokedAt: late }], delta: [removal] }).status).toBe('revoked');
    expect(judge({ base: [removal], delta: [{ ...hold, revokedAt: late }] }).status).toBe('revoked');
    // The first of two on the same date stays.
    expect(judge({ base: [hold, removal] }).status).toBe('revoked');
    expect(judge({ base: [removal, hold] }).status).toBe('good');
  });

  it('are permanent before and after temporary ones', () => {
    expect(judge({ base: [{ reason: removeFromCrl, revokedAt: late }, { reason: 1 }] }).status).toBe('revoked');
    expect(judge({ base: [{ reason: 1 }], delta: [{ reason: removeFromCrl, revokedAt: late }] }).status).toBe(
      'revoked',
    );
  });

  it.each([true, false])('are understood, extensions that are critical (%s) included', (critical) => {
    const extensions = [{ oid: '1.2.3.4', critical, value: octetString(new Uint8Array()) }];
    const expected = critical ? 'critical extension 1.2.3.4 of the entry' : 'accepted as revoked';
    expect(refusal({ base: [{ extensions }] })).toContain(expected);
  });

  it('are not asked about the extensions of other certificates', () => {
    const extensions = [{ oid: '1.2.3.4', critical: true, value: octetString(new Uint8Array()) }];
    expect(refusal({ base: [{ serial: 1n, extensions }] })).toBe('accepted as good');
  });
});

describe('REV-6, REV-25: the invalidityDate', () => {
  const invalidityDate = new Date('2026-01-15T00:00:00Z');
  const before = new Date('2026-01-14T23:59:59Z');

  it('saves what was signed before it', () => {
    expect(judge({ base: [{ invalidityDate, reason: 1 }], signedAt: before }).status).toBe('good');
  });

  it('may be critical', () => {
    const extensions = [
      { oid: '2.5.29.24', critical: true, value: Buffer.from('180f32303236303131353030303030305a', 'hex') },
    ];
    expect(judge({ base: [{ extensions }], signedAt: before }).status).toBe('good');
  });

  it('saves nothing that was signed at it or after, or at an unknown time', () => {
    expect(judge({ base: [{ invalidityDate }], signedAt: invalidityDate }).status).toBe('revoked');
    expect(judge({ base: [{ invalidityDate }], signedAt: at }).status).toBe('revoked');
    expect(judge({ base: [{ invalidityDate }] }).status).toBe('revoked');
    expect(judge({ base: [{}], signedAt: before }).status).toBe('revoked');
  });

  it('saves at once, whatever comes after, and not what came before', () => {
    const [saved, plain] = [{ invalidityDate }, { reason: 1 }];
    expect(judge({ base: [saved], delta: [plain], signedAt: before }).status).toBe('good');
    expect(judge({ base: [plain], delta: [saved], signedAt: before }).status).toBe('revoked');
  });

  it('is refused where it is not a time', () => {
    const extensions = [{ oid: '2.5.29.24', value: octetString(Uint8Array.of(1)) }];
    expect(refusal({ base: [{ extensions }], signedAt: before })).toContain('invalidityDate');
    expect(refusal({ base: [{ extensions }] })).toContain('invalidityDate');
  });
});

describe('REV-23, REV-24: the lists', () => {
  it('are both current', () => {
    const past = new Date('2026-03-01T12:00:00Z');
    expect(refusal({ baseOptions: { nextUpdate: past } })).toContain('stale');
    expect(refusal({ delta: [], deltaOptions: { nextUpdate: past } })).toContain('stale');
    expect(refusal({ delta: [], baseOptions: { nextUpdate: past } })).toContain('stale');
  });

  it('fit together', () => {
    expect(refusal({ delta: [], deltaOptions: { number: 1n } })).toContain('not above');
  });

  it('do not answer for a certificate that names a delta which the base does not', async () => {
    const extensions = [freshestCrl(['http://ca.example/delta.crl'])];
    const leaf = await issue(ca, { subject: 'CN=leaf', serialNumber: serial, extensions });
    const about = parseCertificate(leaf.certificate);
    expect(refusal({ about })).toContain('the certificate names a delta CRL');
    expect(refusal({ about, delta: [] })).toBe('accepted as good');
  });
});
