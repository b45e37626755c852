import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createHttp } from '../../shared/host/http.ts';
import type { HttpClient } from '../../shared/host/http.ts';
import { requireUnrevoked, RevocationChecker } from '../../shared/revocation/revocation.ts';
import type { CertificateStatus } from '../../shared/revocation/revocation.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { requireChain } from '../../shared/x509/chain.ts';
import { createRoot, issue, purpose } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { serialOf } from '../support/ocsp.ts';
import { startRevocationServer } from '../support/revocation-server.ts';
import type { RevocationServer } from '../support/revocation-server.ts';

let server: RevocationServer;
let client: HttpClient;
const stop = new AbortController();

beforeAll(async () => {
  server = await startRevocationServer();
  client = createHttp({ signal: stop.signal, userAgent: 'test/0', environment: {} });
});

afterAll(async () => {
  await client.close();
  await server.close();
});

let number = 0;

interface World {
  readonly root: Issued;
  readonly ca: Issued;
  readonly leaf: Issued;
  readonly names: { readonly root: string; readonly ca: string };
}

/** Leaf with OCSP and CRL, CA with CRL only, both naming the server. */
const startWorld = async (): Promise<World> => {
  number += 1;
  const names = { root: `root${number}`, ca: `ca${number}` };
  const root = await createRoot({ subject: `C=US, O=Acme, CN=root ${number}` });
  const { crlUrl, caIssuersUrl } = server.urls(names.root);
  const ca = await issue(root, { subject: `C=US, O=Acme, CN=CA ${number}`, ca: true, crlUrl, caIssuersUrl });
  const leaf = await issue(ca, { subject: 'C=US, ST=WA, O=Acme, CN=leaf', ...server.urls(names.ca) });
  server.add(root, { name: names.root });
  server.add(ca, { name: names.ca });
  return { root, ca, leaf, names };
};

const check = async (issued: Issued, signedAt?: Date): Promise<readonly CertificateStatus[]> =>
  new RevocationChecker(client.http).check(requireChain(issued.chain.map(parseCertificate)), new Date(), signedAt);

const summary = (statuses: readonly CertificateStatus[]): string[] =>
  statuses.map(({ status, method }) => `${status} ${method}`);

const revokedAt = new Date('2026-01-01T00:00:00Z');

describe('a chain whose servers answer over loopback', () => {
  it('is good, and each certificate was asked about at its own server', async () => {
    const { leaf, names } = await startWorld();
    const before = server.requests.length;
    const statuses = await check(leaf);
    expect(summary(statuses)).toEqual(['good ocsp', 'good crl', 'not-revokable none']);
    requireUnrevoked(statuses);
    const asked = server.requests
      .slice(before)
      .map(({ method, url }) => `${method} ${url.pathname}`)
      .sort();
    expect(asked).toEqual([`GET /crl/${names.root}.crl`, expect.stringMatching(`GET /ocsp/${names.ca}/`) as string]);
  });

  it('is revoked at the leaf by OCSP, at the CA by CRL', async () => {
    const { leaf, ca } = await startWorld();
    server.setStatus(serialOf(leaf.certificate), { revokedAt, reason: 1 });
    const [status] = await check(leaf);
    expect(status).toMatchObject({ status: 'revoked', method: 'ocsp', at: revokedAt, reason: 'keyCompromise' });
    server.setStatus(serialOf(leaf.certificate), 'good');
    server.setStatus(serialOf(ca.certificate), { revokedAt, reason: 2 });
    const statuses = await check(leaf);
    expect(summary(statuses)).toEqual(['good ocsp', 'revoked crl', 'not-revokable none']);
    expect(() => {
      requireUnrevoked(statuses);
    }).toThrow(/^signing certificate with subject "CN=CA \d+,O=Acme,C=US" is revoked \(since 2026-01-01/u);
  });

  it('is saved by an invalidityDate only with a signing time before it', async () => {
    const { leaf } = await startWorld();
    const invalidityDate = new Date('2025-12-01T00:00:00Z');
    server.setStatus(serialOf(leaf.certificate), { revokedAt, invalidityDate });
    expect(summary(await check(leaf, new Date('2025-11-30')))[0]).toBe('good ocsp');
    expect(summary(await check(leaf, new Date('2025-12-02')))[0]).toBe('revoked ocsp');
    expect(summary(await check(leaf))[0]).toBe('revoked ocsp');
  });

  it('falls back to the CRL where the responder does not know the certificate, or has no time', async () => {
    const { leaf, ca, names } = await startWorld();
    server.setStatus(serialOf(leaf.certificate), 'unknown');
    expect(summary(await check(leaf))[0]).toBe('good crl');
    server.setStatus(serialOf(leaf.certificate), { revokedAt });
    server.add(ca, { name: names.ca, ocspError: 'tryLater' });
    expect(summary(await check(leaf))[0]).toBe('revoked crl');
  });

  it('is unknown where everything is stale', async () => {
    const { leaf, ca, names } = await startWorld();
    server.add(ca, { name: names.ca, lifetimeMs: -3_600_000 });
    const statuses = await check(leaf);
    expect(summary(statuses)).toEqual(['unknown crl', 'good crl', 'not-revokable none']);
    expect(() => {
      requireUnrevoked(statuses);
    }).toThrow(/OCSP response: the answer is stale.*; .*CRL: it is stale/u);
  });

  it('is good by a delegated responder, and not by one without the purpose', async () => {
    const { leaf, ca, names } = await startWorld();
    const extendedKeyUsage = { purposes: [purpose.ocspSigning] };
    const responder = await issue(ca, { subject: 'CN=OCSP', extendedKeyUsage });
    server.add(ca, { name: names.ca, responder });
    expect(summary(await check(leaf))[0]).toBe('good ocsp');
    server.add(ca, { name: names.ca, responder: await issue(ca, { subject: 'CN=web' }) });
    expect(summary(await check(leaf))[0]).toBe('good crl');
  });

  it('is revoked by a delta CRL', async () => {
    const { leaf, ca, root, names } = await startWorld();
    server.add(root, { name: names.root, delta: true });
    expect(summary(await check(leaf))[1]).toBe('good crl');
    server.setStatus(serialOf(ca.certificate), { revokedAt });
    const before = server.requests.length;
    expect(summary(await check(leaf))[1]).toBe('revoked crl');
    expect(server.requests.slice(before).map(({ url }) => url.pathname)).toContain(`/crl/${names.root}-delta.crl`);
  });

  it('goes by POST where a serial number makes the request long', async () => {
    const { ca, names } = await startWorld();
    const { ocspUrl } = server.urls(names.ca);
    const leaf = await issue(ca, { subject: 'CN=leaf', serialNumber: (1n << 2000n) + 1n, ocspUrl });
    expect(summary(await check(leaf))[0]).toBe('good ocsp');
    const last = server.requests.filter(({ url }) => url.pathname.startsWith(`/ocsp/${names.ca}`)).at(-1);
    expect(last).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/ocsp-request' } });
  });

  it('is unknown where a server redirects, and the other place is not asked', async () => {
    const { leaf, names } = await startWorld();
    const elsewhere: string[] = [];
    const other = createServer((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    server.setFault(({ url }) =>
      url.pathname.includes(names.ca) ? { status: 302, headers: { location } } : undefined,
    );
    expect(summary(await check(leaf))[0]).toBe('unknown crl');
    server.setFault(undefined);
    expect(elsewhere).toEqual([]);
    other.close();
  });

  it('is unknown where a server breaks off or sends too much', async () => {
    const { leaf, names } = await startWorld();
    const body = new Uint8Array(20_481);
    server.setFault(({ url }) => {
      if (url.pathname.startsWith(`/ocsp/${names.ca}`)) return { status: 200, body };
      return url.pathname.includes(names.ca) ? 'reset' : undefined;
    });
    const [status] = await check(leaf);
    server.setFault(undefined);
    expect(status).toMatchObject({ status: 'unknown', method: 'crl' });
    expect(status?.inquiries.map(({ error }) => error?.cause)).toMatchObject([
      { code: 'RESPONSE_TOO_LARGE' },
      { code: 'NETWORK_UNREACHABLE' },
    ]);
  });

  it('REV-10: waits two seconds for a responder that says nothing', async () => {
    const { leaf, names } = await startWorld();
    server.setFault(({ url }) => (url.pathname.startsWith(`/ocsp/${names.ca}`) ? 'hang' : undefined));
    const started = Date.now();
    expect(summary(await check(leaf))[0]).toBe('good crl');
    server.setFault(undefined);
    expect(Date.now() - started).toBeGreaterThan(1_900);
    expect(Date.now() - started).toBeLessThan(4_500);
  });

  it('serves the certificates of its CAs, and nothing that it does not have', async () => {
    const { ca, names } = await startWorld();
    const get = async (url: string) =>
      client.http({ method: 'GET', url: new URL(url), timeoutMs: 5000, maxBytes: 9999 });
    const { status, body } = await get(server.urls(names.ca).caIssuersUrl);
    expect([status, Buffer.from(body)]).toEqual([200, Buffer.from(ca.certificate)]);
    expect((await get(`${server.url}/crl/nobody.crl`)).status).toBe(404);
    expect((await get(`${server.url}/crl/${names.ca}-delta.crl`)).status).toBe(404);
  });
});

describe('many artifacts under one CA', () => {
  it('cost one request for each URL', async () => {
    const { ca, names } = await startWorld();
    const leaf = await issue(ca, { subject: 'CN=leaf', ...server.urls(names.ca) });
    const chain = requireChain(leaf.chain.map(parseCertificate));
    const checker = new RevocationChecker(client.http);
    const before = server.requests.length;
    const all = await Promise.all(Array.from({ length: 200 }, () => checker.check(chain, new Date())));
    expect(new Set(all.map((statuses) => summary(statuses).join()))).toEqual(
      new Set(['good ocsp,good crl,not-revokable none']),
    );
    expect(server.requests.slice(before)).toHaveLength(2);
  });
});
