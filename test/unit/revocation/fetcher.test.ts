import { describe, expect, it } from 'vitest';

import { RevocationFetcher } from '../../../shared/revocation/fetcher.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { createRoot } from '../../support/ca.ts';
import { crl } from '../../support/crl.ts';
import { octetString } from '../../support/der-writer.ts';
import { testHttp } from '../../support/revocation-http.ts';

const unavailable = { code: 'REVOCATION_UNAVAILABLE' };

describe('RevocationFetcher', () => {
  it.each([
    ['unreachable', 'ca.example is down'],
    ['too large', 'over 20480 bytes'],
    [301, 'status 301'],
    [204, 'status 204'],
    [500, 'status 500'],
  ] as const)('REV-12: takes nothing but 200 (%s)', async (reply, message) => {
    const fetcher = new RevocationFetcher(testHttp({ http: reply }).http);
    const ask = fetcher.ocsp('http://ca.example/', Uint8Array.of(1));
    await expect(ask).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining(message) as string });
  });

  it('keeps the cause of a failure', async () => {
    const fetcher = new RevocationFetcher(testHttp({ http: 'unreachable' }).http);
    const ask = fetcher.ocsp('http://ca.example/', Uint8Array.of(1));
    await expect(ask).rejects.toMatchObject({ cause: { code: 'NETWORK_UNREACHABLE' } });
  });

  it('asks once for one request at one address', async () => {
    const { http, asked } = testHttp({ http: Uint8Array.of(1) });
    const fetcher = new RevocationFetcher(http);
    const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
    await Promise.all([fetcher.ocsp('http://a/', one), fetcher.ocsp('http://a/', one), fetcher.ocsp('http://A', one)]);
    expect(asked).toEqual(['GET http://a/AQ%3D%3D']);
    await Promise.all([fetcher.ocsp('http://a/', two), fetcher.ocsp('http://b/', one)]);
    expect(asked).toHaveLength(3);
  });

  it('refuses what cannot be a list', async () => {
    const ca = parseCertificate((await createRoot({ subject: 'CN=CA' })).certificate);
    const fetcher = new RevocationFetcher(testHttp({ http: Buffer.from('<html>') }).http);
    await expect(fetcher.crl('http://a/', ca)).rejects.toMatchObject(unavailable);
  });

  it('keeps lists of a bounded size together', async () => {
    const root = await createRoot({ subject: 'CN=CA' });
    const filler = { oid: '1.2.3', value: octetString(new Uint8Array(30 * 1024 * 1024)) };
    const bytes = crl({ issuer: root, thisUpdate: new Date(0), extensions: [filler] });
    const fetcher = new RevocationFetcher(testHttp({ http: bytes }).http);
    const issuer = parseCertificate(root.certificate);
    for (const host of ['a', 'b', 'c', 'd']) await fetcher.crl(`http://${host}/`, issuer);
    await expect(fetcher.crl('http://e/', issuer)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('together exceed') as string,
    });
    // What is kept stays usable.
    await expect(fetcher.crl('http://a/', issuer)).resolves.toBeDefined();
  });
});
