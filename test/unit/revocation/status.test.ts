import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { reasonName, requireUnrevoked } from '../../../shared/revocation/status.ts';
import type { CertificateStatus, Inquiry } from '../../../shared/revocation/status.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { createRoot } from '../../support/ca.ts';

let certificates: readonly Certificate[];

beforeAll(async () => {
  const issued = await Promise.all(['leaf', 'CA', 'root'].map((name) => createRoot({ subject: `C=US, CN=${name}` })));
  certificates = issued.map(({ certificate }) => parseCertificate(certificate));
});

const unavailable = (message: string): NotaryError => new NotaryError('REVOCATION_UNAVAILABLE', message);

const statuses = (...kinds: readonly CertificateStatus['status'][]): readonly CertificateStatus[] =>
  kinds.map((kind, i) => {
    const evidence = {
      certificate: certificates[i]!,
      method: 'ocsp' as const,
      inquiries: [{ method: 'ocsp' as const, url: 'http://ca/' }],
    };
    if (kind === 'revoked') return { status: kind, ...evidence };
    if (kind !== 'unknown') return { status: kind, ...evidence };
    const error = unavailable('down');
    return { status: kind, ...evidence, inquiries: [{ method: 'crl', url: 'http://ca/crl', error }], errors: [error] };
  });

const failure = (list: readonly CertificateStatus[], purpose?: 'timestamping'): NotaryError | undefined => {
  try {
    requireUnrevoked(list, purpose);
  } catch (error) {
    if (error instanceof NotaryError) return error;
    throw error;
  }
  return undefined;
};

describe('REV-4: requireUnrevoked', () => {
  it('passes good and not revokable certificates', () => {
    expect(failure(statuses('good', 'good', 'not-revokable'))).toBeUndefined();
    expect(failure(statuses('not-revokable'))).toBeUndefined();
  });

  it('names the certificate nearest the leaf', () => {
    expect(failure(statuses('good', 'revoked', 'revoked'))).toMatchObject({
      code: 'CERTIFICATE_REVOKED',
      message: 'signing certificate with subject "CN=CA,C=US" is revoked (according to http://ca/)',
    });
    expect(failure(statuses('unknown', 'unknown', 'good'))).toMatchObject({
      code: 'REVOCATION_UNAVAILABLE',
      message: 'signing certificate with subject "CN=leaf,C=US" revocation status is unknown: http://ca/crl: down',
    });
  });

  it('has revoked beat unknown', () => {
    expect(failure(statuses('unknown', 'good', 'revoked'))?.code).toBe('CERTIFICATE_REVOKED');
    expect(failure(statuses('unknown', 'good', 'revoked'))?.message).toContain('CN=root,C=US');
  });

  it('speaks of timestamping certificates', () => {
    expect(failure(statuses('revoked'), 'timestamping')?.message).toMatch(
      /^timestamping certificate with subject "CN=leaf/u,
    );
    expect(failure(statuses('unknown'), 'timestamping')?.message).toMatch(
      /^timestamping certificate with subject "CN=leaf/u,
    );
  });

  it('tells since when, why and according to whom', () => {
    const [status] = statuses('revoked');
    const known = { ...status!, at: new Date('2026-02-01T00:00:00Z'), reason: 'keyCompromise' } as CertificateStatus;
    expect(failure([known])?.message).toContain(
      'is revoked (since 2026-02-01T00:00:00.000Z, reason keyCompromise, according to http://ca/)',
    );
  });

  it('stays short, however much there is to say', () => {
    const inquiries: readonly Inquiry[] = Array.from({ length: 100 }, (_, i) => ({
      ...{ method: 'crl', url: `http://ca${i}/${'x'.repeat(9999)}`, error: unavailable('y'.repeat(9999)) },
    }));
    const [status] = statuses('unknown');
    const message = failure([{ ...status!, inquiries }])?.message ?? '';
    expect(message.length).toBeLessThan(6000);
    expect(message).toContain('and 92 more');
  });
});

describe('reasonName', () => {
  it('is the name in RFC 5280, or the number', () => {
    expect([0, 1, 6, 7, 8, 10, 11, 99].map(reasonName)).toEqual([
      ...['unspecified', 'keyCompromise', 'certificateHold', '7', 'removeFromCRL', 'aACompromise', '11', '99'],
    ]);
  });
});
