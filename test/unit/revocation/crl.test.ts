import { beforeAll, describe, expect, it } from 'vitest';

import { hasCode } from '../../../shared/errors.ts';
import { parseCrl, requireCrlOf, requireCurrentCrl } from '../../../shared/revocation/crl.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { createRoot, encodeName, issue } from '../../support/ca.ts';
import type { CertificateOptions, Issued } from '../../support/ca.ts';
import { crl } from '../../support/crl.ts';
import type { CrlOptions } from '../../support/crl.ts';
import { integer, sequence, tlv } from '../../support/der-writer.ts';
import type { RawExtension } from '../../support/der-writer.ts';
import { mutations } from '../../support/mutate.ts';

const thisUpdate = new Date('2026-03-01T00:00:00Z');
const nextUpdate = new Date('2026-03-08T00:00:00Z');
const revokedAt = new Date('2026-02-01T00:00:00Z');

let root: Issued;
let ca: Issued;

beforeAll(async () => {
  root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  ca = await issue(root, { subject: 'C=US, O=Acme, CN=CA', ca: true });
});

const list = (options: Partial<CrlOptions> = {}): Uint8Array =>
  crl({ issuer: ca, thisUpdate, nextUpdate, number: 1n, ...options });

const refusal = (check: () => unknown): string => {
  try {
    check();
  } catch (error) {
    if (hasCode(error, 'REVOCATION_UNAVAILABLE')) return error.message;
    throw error;
  }
  return 'accepted';
};

const verdict = (der: Uint8Array, issuer: Issued = ca): string =>
  refusal(() => {
    requireCrlOf(parseCrl(der), parseCertificate(issuer.certificate));
  });

describe('a CRL', () => {
  it('gives its facts', () => {
    const { issuer, entries, extensions, ...rest } = parseCrl(list({ entries: [{ serial: 1n, revokedAt }] }));
    expect(rest).toMatchObject({ thisUpdate, nextUpdate });
    expect(issuer).toEqual(ca.subject);
    expect(entries.length).toBeGreaterThan(0);
    expect([...extensions.keys()]).toEqual(['2.5.29.20']);
  });

  it('may be empty', () => {
    expect(parseCrl(list()).entries).toHaveLength(0);
    expect(verdict(list())).toBe('accepted');
  });

  it('may lie beyond 2050, where the form of times changes', () => {
    const late = new Date('2051-01-01T00:00:00Z');
    expect(parseCrl(list({ nextUpdate: late })).nextUpdate).toEqual(late);
  });

  it.each([1, 3] as const)('REV-22: is not of version %d', (version) => {
    expect(verdict(list({ version }))).toContain('version is not 2');
  });

  it('REV-22: names one signature algorithm, inside and outside', () => {
    expect(verdict(list({ innerHash: 'sha384' }))).toContain('inside and outside the signed part differ');
  });

  it('has no bytes after it', () => {
    expect(verdict(Buffer.concat([list(), Uint8Array.of(0)]))).toContain('follow');
  });

  it.each([
    ['no SEQUENCE', integer(1n)],
    ['no time', sequence(integer(1n))],
    ['no serial number', sequence(tlv(0x17, Buffer.from('260101000000Z')))],
    ['a negative tag order', sequence(tlv(0x17, Buffer.from('260101000000Z')), integer(1n))],
    ['a member too many', sequence(integer(1n), tlv(0x17, Buffer.from('260101000000Z')), tlv(0x05))],
    [
      'members after the extensions',
      sequence(integer(1n), tlv(0x17, Buffer.from('260101000000Z')), sequence(), sequence()),
    ],
    ['nothing', sequence()],
  ])('has no entry with %s, wherever it stands', (_what, entry) => {
    const entries = [{ serial: 1n, revokedAt }];
    expect(verdict(list({ rawEntries: entry }))).toMatch(/revokedCertificates|TBSCertList/u);
    expect(verdict(list({ entries, rawEntries: Buffer.concat([entry, sequence()]) }))).toContain('revokedCertificates');
  });

  it('survives mutation: a value or REVOCATION_UNAVAILABLE, and only the original passes as signed', () => {
    const der = list({ entries: [{ serial: 1n, revokedAt, reason: 1 }], freshest: ['http://ca.example/delta.crl'] });
    for (const mutant of mutations(der, 7, 2000)) {
      if (verdict(mutant) === 'accepted') expect(Buffer.from(mutant)).toEqual(Buffer.from(der));
    }
  });
});

describe('REV-22: the issuer of a CRL', () => {
  const issuedBy = async (options: Partial<CertificateOptions>): Promise<string> => {
    const other = await issue(root, { subject: 'CN=CA', ca: true, ...options });
    return verdict(list({ issuer: other }), other);
  };

  it('has signed it, whatever its key', async () => {
    expect(verdict(list())).toBe('accepted');
    for (const keySpec of ['RSA-2048', 'EC-384', 'EC-521'] as const) {
      expect(await issuedBy({ keySpec })).toBe('accepted');
    }
    expect(verdict(list({ signWith: root.privateKey }))).toContain('not signed by who may sign');
  });

  it('is named in it', () => {
    expect(verdict(list({ issuerName: encodeName('CN=another CA') }))).toContain('list of another issuer');
    expect(verdict(list(), root)).toContain('list of another issuer');
  });

  it('is a CA', async () => {
    expect(await issuedBy({ ca: false, keyUsage: ['cRLSign'] })).toContain('not a CA');
    expect(await issuedBy({ ca: 'explicitly not', keyUsage: ['cRLSign'] })).toContain('not a CA');
  });

  it('has cRLSign where it has a key usage', async () => {
    expect(await issuedBy({ keyUsage: ['keyCertSign'] })).toContain('lacks cRLSign');
    expect(await issuedBy({ keyUsage: 'absent' })).toBe('accepted');
  });

  it('D24: has not signed with SHA-1', async () => {
    expect(verdict(list({ hash: 'sha1' }))).toContain('SHA-1');
    const rsa = await createRoot({ subject: 'CN=CA', keySpec: 'RSA-2048' });
    expect(verdict(list({ issuer: rsa, hash: 'sha1' }), rsa)).toContain('SHA-1');
  });
});

describe('REV-23: what a CRL may hold', () => {
  const extension = (oid: string, critical: boolean): RawExtension[] => [{ oid, critical, value: sequence() }];

  it('is current until nextUpdate, inclusive, and has one', () => {
    const current = (options: Partial<CrlOptions>, at: Date): string =>
      refusal(() => {
        requireCurrentCrl(parseCrl(list(options)), at);
      });
    expect(current({}, nextUpdate)).toBe('accepted');
    expect(current({}, new Date(nextUpdate.getTime() + 1))).toContain('stale');
    expect(current({}, new Date(Number.NaN))).toContain('stale');
    // thisUpdate is not checked.
    expect(current({}, new Date('2025-01-01'))).toBe('accepted');
    expect(
      refusal(() => {
        requireCurrentCrl(parseCrl(crl({ issuer: ca, thisUpdate })), thisUpdate);
      }),
    ).toContain('no nextUpdate');
  });

  it('has no critical extension that is not known', () => {
    expect(verdict(list({ extensions: extension('1.2.3.4', true) }))).toContain('critical extension 1.2.3.4');
    expect(verdict(list({ extensions: extension('1.2.3.4', false) }))).toBe('accepted');
  });

  it('may be restricted to a distribution point', () => {
    expect(verdict(list({ extensions: extension('2.5.29.28', true) }))).toBe('accepted');
  });

  it('has each extension once', () => {
    expect(verdict(list({ extensions: [...extension('1.2.3', false), ...extension('1.2.3', false)] }))).toContain(
      'twice',
    );
  });
});
