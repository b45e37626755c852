import { beforeAll, describe, expect, it } from 'vitest';

import { requireUnrevoked, RevocationChecker } from '../../../shared/revocation/revocation.ts';
import type { CertificateStatus } from '../../../shared/revocation/revocation.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import type { CertificateChain } from '../../../shared/x509/chain.ts';
import { createRoot, issue, purpose } from '../../support/ca.ts';
import type { CertificateOptions, Issued } from '../../support/ca.ts';
import { crl, freshestCrl } from '../../support/crl.ts';
import type { CrlOptions } from '../../support/crl.ts';
import { objectIdentifier, sequence, tlv } from '../../support/der-writer.ts';
import { ocspError, ocspResponse, serialOf } from '../../support/ocsp.ts';
import type { OcspSingle } from '../../support/ocsp.ts';
import { testHttp } from '../../support/revocation-http.ts';
import type { TestHttp, TestReply } from '../../support/revocation-http.ts';

const at = new Date('2026-03-02T00:00:00Z');
const thisUpdate = new Date('2026-03-01T00:00:00Z');
const nextUpdate = new Date('2026-03-08T00:00:00Z');
const revokedAt = new Date('2026-02-01T00:00:00Z');

const ocsp = 'http://ca.example/ocsp';
const ocsp2 = 'http://backup.example/ocsp';
const list = 'http://ca.example/ca.crl';
const list2 = 'http://ca.example/ca2.crl';

let root: Issued;

beforeAll(async () => {
  root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
});

/** A leaf directly under the root, whose URLs each test chooses. */
const leafWith = (options: Partial<CertificateOptions>): Promise<Issued> =>
  issue(root, { subject: 'C=US, O=Acme, CN=leaf', ...options });

/** AIA and distribution points with several URLs, which the options of the CA do not make. */
const extensions = ({ ocsp = [], crls = [] }: { ocsp?: readonly string[]; crls?: readonly string[] }) => {
  const uri = (url: string): Uint8Array => tlv(0x86, Buffer.from(url));
  const access = ocsp.map((url) => sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), uri(url)));
  const points = crls.map((url) => sequence(tlv(0xa0, tlv(0xa0, uri(url)))));
  return [
    ...(access.length > 0 ? [{ oid: '1.3.6.1.5.5.7.1.1', value: sequence(...access) }] : []),
    ...(points.length > 0 ? [{ oid: '2.5.29.31', value: sequence(...points) }] : []),
  ];
};

const chainOf = (issued: Issued): CertificateChain => {
  const [leaf, ...issuers] = issued.chain.map(parseCertificate) as [Certificate, ...Certificate[]];
  return [leaf, ...issuers];
};

const answer = (
  issued: Issued,
  status: OcspSingle['status'],
  more: Partial<OcspSingle> = {},
  issuer = root,
): Uint8Array =>
  ocspResponse({
    issuer,
    singles: [{ serial: serialOf(issued.certificate), status, thisUpdate, nextUpdate, ...more }],
  });

const listOf = (revoked: readonly Issued[], options: Partial<CrlOptions> = {}): Uint8Array =>
  crl({
    ...{ issuer: root, thisUpdate, nextUpdate, number: 1n },
    entries: revoked.map(({ certificate }) => ({ serial: serialOf(certificate), revokedAt, reason: 1 })),
    ...options,
  });

const run = async (issued: Issued, replies: Readonly<Record<string, TestReply>>, signedAt?: Date) => {
  const network: TestHttp = testHttp(replies);
  const statuses = await new RevocationChecker(network.http).check(chainOf(issued), at, signedAt);
  return { statuses, leaf: statuses[0]!, asked: network.asked, requests: network.requests };
};

const messages = (status: CertificateStatus): string[] =>
  status.inquiries.flatMap(({ url, error }) => (error ? [`${url} ${error.message}`] : []));

describe('REV-2, REV-3: the method', () => {
  it('is none for the root, and for a certificate that names no server', async () => {
    const { statuses, asked } = await run(await leafWith({}), {});
    expect(statuses.map(({ status, method }) => [status, method])).toEqual([
      ['not-revokable', 'none'],
      ['not-revokable', 'none'],
    ]);
    expect(asked).toEqual([]);
  });

  it('is none for a self-signed certificate alone, whatever it names', async () => {
    const single = await createRoot({ subject: 'CN=x', ca: false, keyUsage: ['digitalSignature'], ocspUrl: ocsp });
    const { statuses, asked } = await run(single, {});
    expect(statuses.map(({ status }) => status)).toEqual(['not-revokable']);
    expect(asked).toEqual([]);
  });

  it('is OCSP where it is offered, and the CRL is not asked', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp, crlUrl: list });
    const { leaf: status, asked } = await run(leaf, { [ocsp]: answer(leaf, 'good') });
    expect(status).toMatchObject({ status: 'good', method: 'ocsp' });
    expect(status.inquiries).toEqual([{ method: 'ocsp', url: ocsp, thisUpdate, nextUpdate }]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^GET http:\/\/ca\.example\/ocsp\/M/u);
  });

  it('is OCSP where it is offered, and its "revoked" is final', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp, crlUrl: list });
    const replies = { [ocsp]: answer(leaf, { revokedAt, reason: 1 }), [list]: listOf([]) };
    const { leaf: status, asked } = await run(leaf, replies);
    expect(status).toMatchObject({ status: 'revoked', method: 'ocsp', at: revokedAt, reason: 'keyCompromise' });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['cannot be reached', 'unreachable' as const],
    ['sends too much', 'too large' as const],
    ['answers 500', 500],
    ['redirects', 302],
    ['says tryLater', ocspError('tryLater')],
    ['sends garbage', new Uint8Array(9)],
  ])('falls back to the CRL where the responder %s', async (_what, reply) => {
    const leaf = await leafWith({ ocspUrl: ocsp, crlUrl: list });
    const good = await run(leaf, { [ocsp]: reply, [list]: listOf([]) });
    expect(good.leaf).toMatchObject({ status: 'good', method: 'crl' });
    expect(good.leaf.inquiries.map(({ method, error }) => [method, error?.code])).toEqual([
      ['ocsp', 'REVOCATION_UNAVAILABLE'],
      ['crl', undefined],
    ]);
    const revoked = await run(leaf, { [ocsp]: reply, [list]: listOf([leaf]) });
    expect(revoked.leaf).toMatchObject({ status: 'revoked', method: 'crl', reason: 'keyCompromise' });
    const alone = await run(leaf, { [ocsp]: reply });
    expect(alone.leaf).toMatchObject({ status: 'unknown', method: 'crl' });
    expect(messages(alone.leaf)).toHaveLength(2);
  });

  it('falls back to the CRL where the responder does not know the certificate', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp, crlUrl: list });
    const replies = { [ocsp]: answer(leaf, 'unknown'), [list]: listOf([]) };
    expect((await run(leaf, replies)).leaf).toMatchObject({ status: 'good', method: 'crl' });
  });

  it('has no fallback without a CRL', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp });
    expect((await run(leaf, { [ocsp]: 'unreachable' })).leaf).toMatchObject({ status: 'unknown', method: 'ocsp' });
    expect((await run(leaf, { [ocsp]: answer(leaf, 'unknown') })).leaf.status).toBe('unknown');
  });

  it('is the CRL where only that is offered', async () => {
    const leaf = await leafWith({ crlUrl: list });
    expect((await run(leaf, { [list]: listOf([]) })).leaf).toMatchObject({ status: 'good', method: 'crl' });
    expect((await run(leaf, { [list]: listOf([leaf]) })).leaf).toMatchObject({ status: 'revoked', at: revokedAt });
    expect((await run(leaf, {})).leaf.status).toBe('unknown');
  });

  it('is found for every certificate of the chain, each under its own issuer', async () => {
    const ca = await issue(root, { subject: 'C=US, CN=CA', ca: true, crlUrl: list });
    const leaf = await issue(ca, { subject: 'C=US, CN=leaf', ocspUrl: ocsp });
    const replies = { [ocsp]: answer(leaf, 'good', {}, ca), [list]: listOf([]) };
    expect((await run(leaf, replies)).statuses.map(({ status, method }) => [status, method])).toEqual([
      ['good', 'ocsp'],
      ['good', 'crl'],
      ['not-revokable', 'none'],
    ]);
    // The root may not speak for the leaf, nor the CA for itself.
    const swapped = { [ocsp]: answer(leaf, 'good'), [list]: listOf([], { issuer: ca }) };
    expect((await run(leaf, swapped)).statuses.map(({ status }) => status)).toEqual([
      'unknown',
      'unknown',
      'not-revokable',
    ]);
  });
});

describe('REV-1: the chain', () => {
  it('is checked before anything is asked', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp });
    const other = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    const { http, asked } = testHttp({});
    const chain: CertificateChain = [parseCertificate(leaf.certificate), parseCertificate(other.certificate)];
    await expect(new RevocationChecker(http).check(chain, at)).rejects.toMatchObject({
      code: 'CERTIFICATE_CHAIN_BROKEN',
    });
    expect(asked).toEqual([]);
  });
});

describe('REV-17: several responders', () => {
  const leafOfTwo = (): Promise<Issued> => leafWith({ extensions: extensions({ ocsp: [ocsp, ocsp2] }) });

  it.each(['good', 'unknown', { revokedAt }] as const)('end with the first that answers %j', async (first) => {
    const leaf = await leafOfTwo();
    const { leaf: status, asked } = await run(leaf, { [ocsp]: answer(leaf, first), [ocsp2]: answer(leaf, 'good') });
    expect(status.status).toBe(typeof first === 'string' ? first : 'revoked');
    expect(asked).toHaveLength(1);
  });

  it('are asked in order until one answers', async () => {
    const leaf = await leafOfTwo();
    const { leaf: status, asked } = await run(leaf, { [ocsp]: 503, [ocsp2]: answer(leaf, 'good') });
    expect(status).toMatchObject({ status: 'good', method: 'ocsp' });
    expect(status.inquiries.map(({ url, error }) => [url, error === undefined])).toEqual([
      [ocsp, false],
      [ocsp2, true],
    ]);
    expect(asked).toHaveLength(2);
  });

  it('are unknown with every error where none answers', async () => {
    const leaf = await leafOfTwo();
    const { leaf: status } = await run(leaf, { [ocsp]: 503, [ocsp2]: 'unreachable' });
    expect(messages(status)).toEqual([
      `${ocsp} OCSP response: the server answers with status 503`,
      `${ocsp2} OCSP response: backup.example is down`,
    ]);
    expect(status).toMatchObject({ status: 'unknown', errors: [{ code: 'REVOCATION_UNAVAILABLE' }, {}] });
  });

  it('REV-10: are passed over where their address may not be asked', async () => {
    const urls = ['https://ca.example/ocsp', 'ldap:///x', 'http://169.254.169.254/x', ocsp2];
    const leaf = await leafWith({ extensions: extensions({ ocsp: urls }) });
    const { leaf: status, asked } = await run(leaf, { [ocsp2]: answer(leaf, 'good'), http: answer(leaf, 'good') });
    expect(status.status).toBe('good');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(ocsp2);
    expect(messages(status)).toHaveLength(3);
  });

  it('are asked in a bounded number', async () => {
    const urls = Array.from({ length: 50 }, (_, i) => `http://ca${i}.example/`);
    const leaf = await leafWith({ extensions: extensions({ ocsp: urls }) });
    expect((await run(leaf, {})).asked).toHaveLength(8);
  });
});

describe('REV-20, REV-21, D16: several CRLs', () => {
  const leafOfTwo = (): Promise<Issued> => leafWith({ extensions: extensions({ crls: [list, list2] }) });

  it('must all be had', async () => {
    const leaf = await leafOfTwo();
    const { leaf: status, asked } = await run(leaf, { [list]: listOf([]), [list2]: listOf([]) });
    expect(status.status).toBe('good');
    expect(asked).toEqual([`GET ${list}`, `GET ${list2}`]);
    expect((await run(leaf, { [list]: listOf([]) })).leaf.status).toBe('unknown');
    const first = await run(leaf, { [list2]: listOf([]) });
    expect(first.leaf.status).toBe('unknown');
    expect(first.asked).toEqual([`GET ${list}`]);
  });

  it('revoke by any of them, unless one before it fails', async () => {
    const leaf = await leafOfTwo();
    const revokedFirst = await run(leaf, { [list]: listOf([leaf]) });
    expect(revokedFirst.leaf.status).toBe('revoked');
    expect(revokedFirst.asked).toEqual([`GET ${list}`]);
    expect((await run(leaf, { [list]: listOf([]), [list2]: listOf([leaf]) })).leaf.status).toBe('revoked');
    expect((await run(leaf, { [list2]: listOf([leaf]) })).leaf.status).toBe('unknown');
  });

  it.each(['https://ca.example/ca.crl', 'ldap:///CN=ca', 'http://[fe80::1]/ca.crl'])(
    'are unknown where the address %s may not be asked',
    async (url) => {
      const leaf = await leafWith({ extensions: extensions({ crls: [list, url] }) });
      const { leaf: status, asked } = await run(leaf, { [list]: listOf([]), http: listOf([]) });
      expect(status.status).toBe('unknown');
      expect(messages(status)[0]).toContain('is not asked');
      expect(asked).toEqual([`GET ${list}`]);
    },
  );

  it('are unknown where there are more than can be asked', async () => {
    const urls = Array.from({ length: 9 }, (_, i) => `http://ca${i}.example/`);
    const leaf = await leafWith({ extensions: extensions({ crls: urls }) });
    const { leaf: status, asked } = await run(leaf, { http: listOf([]) });
    expect(messages(status)[0]).toContain('more than 8 CRLs');
    expect(asked).toHaveLength(8);
  });

  it('are asked with limits', async () => {
    const { requests } = await run(await leafWith({ crlUrl: list }), { [list]: listOf([]) });
    expect(requests).toMatchObject([{ method: 'GET', timeoutMs: 5000, maxBytes: 32 * 1024 * 1024 - 1 }]);
  });

  it.each([
    ['stale', { nextUpdate: new Date('2026-03-01T12:00:00Z') }, 'stale'],
    ['signed with SHA-1', { hash: 'sha1' as const }, 'SHA-1'],
    [
      'critical and unknown',
      { extensions: [{ oid: '1.2.3', critical: true, value: sequence() }] },
      'critical extension',
    ],
    ['a delta', { number: 2n, deltaBase: 1n }, 'delta CRL where a complete one is due'],
  ])('are unknown where one is %s', async (_what, options, message) => {
    const leaf = await leafWith({ crlUrl: list });
    const { leaf: status } = await run(leaf, { [list]: listOf([], options) });
    expect(status.status).toBe('unknown');
    expect(messages(status)[0]).toContain(message);
  });

  it('are unknown where one does not say until when it holds', async () => {
    const leaf = await leafWith({ crlUrl: list });
    const { leaf: status } = await run(leaf, { [list]: crl({ issuer: root, thisUpdate }) });
    expect(status.status).toBe('unknown');
    expect(messages(status)[0]).toContain('no nextUpdate');
  });
});

describe('REV-24: delta CRLs', () => {
  const [delta, delta2] = ['http://ca.example/delta.crl', 'http://ca.example/delta2.crl'];
  const base = (): Uint8Array => listOf([], { freshest: [delta, delta2] });
  const deltaOf = (revoked: readonly Issued[], options: Partial<CrlOptions> = {}): Uint8Array =>
    listOf(revoked, { number: 2n, deltaBase: 1n, ...options });

  it('are fetched where the base names them, the first that works', async () => {
    const leaf = await leafWith({ crlUrl: list });
    const first = await run(leaf, { [list]: base(), [delta]: deltaOf([leaf]), [delta2]: deltaOf([]) });
    expect(first.leaf.status).toBe('revoked');
    expect(first.asked).toEqual([`GET ${list}`, `GET ${delta}`]);
    const second = await run(leaf, { [list]: base(), [delta]: 404, [delta2]: deltaOf([leaf]) });
    expect(second.leaf.status).toBe('revoked');
    expect(second.asked).toEqual([`GET ${list}`, `GET ${delta}`, `GET ${delta2}`]);
  });

  it('are needed where they are named', async () => {
    const leaf = await leafWith({ crlUrl: list });
    const { leaf: status } = await run(leaf, { [list]: base() });
    expect(status.status).toBe('unknown');
    expect(messages(status)[0]).toContain('delta CRL: CRL: the server answers with status 404');
  });

  it.each<[string, Partial<CrlOptions>, string]>([
    ['no fitting number', { number: 1n, deltaBase: 1n }, 'not above'],
    ['a newer base', { deltaBase: 2n, number: 3n }, 'made over base 2'],
    ['no current date', { deltaBase: 1n, nextUpdate: thisUpdate }, 'stale'],
    ['no indicator', {}, 'no deltaCRLIndicator'],
    ['SHA-1', { deltaBase: 1n, hash: 'sha1' }, 'SHA-1'],
  ])('do not count with %s, nor does the next one then', async (_what, options, message) => {
    const leaf = await leafWith({ crlUrl: list });
    const replies = { [list]: base(), [delta]: listOf([leaf], { number: 2n, ...options }), [delta2]: deltaOf([]) };
    const { leaf: status } = await run(leaf, replies);
    expect(status.status).toBe('unknown');
    expect(messages(status)[0]).toContain(message);
  });

  it('do not count with another issuer', async () => {
    const leaf = await leafWith({ crlUrl: list });
    const twin = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    const { leaf: status } = await run(leaf, { [list]: base(), [delta]: deltaOf([leaf], { issuer: twin }) });
    expect(status.status).toBe('unknown');
    expect(messages(status)[0]).toContain('not signed by');
  });

  it('are needed where the certificate names them', async () => {
    const leaf = await leafWith({ crlUrl: list, extensions: [freshestCrl([delta])] });
    const { leaf: status, asked } = await run(leaf, { [list]: listOf([]), [delta]: deltaOf([]) });
    expect(status.status).toBe('unknown');
    expect(asked).toEqual([`GET ${list}`]);
    expect((await run(leaf, { [list]: base(), [delta]: deltaOf([]) })).leaf.status).toBe('good');
  });
});

describe('REV-6: the signing time', () => {
  const invalidityDate = new Date('2026-01-15T00:00:00Z');
  const before = new Date('2026-01-14T00:00:00Z');

  it('reaches OCSP and CRLs', async () => {
    const byOcsp = await leafWith({ ocspUrl: ocsp });
    const replies = { [ocsp]: answer(byOcsp, { revokedAt }, { invalidityDate }) };
    expect((await run(byOcsp, replies, before)).leaf.status).toBe('good');
    expect((await run(byOcsp, replies)).leaf.status).toBe('revoked');
    const byCrl = await leafWith({ crlUrl: list });
    const entries = [{ serial: serialOf(byCrl.certificate), revokedAt, reason: 1, invalidityDate }];
    const lists = { [list]: listOf([], { entries }) };
    expect((await run(byCrl, lists, before)).leaf.status).toBe('good');
    expect((await run(byCrl, lists)).leaf.status).toBe('revoked');
  });
});

describe('one cache per run', () => {
  it('asks each URL once, however many chains are checked, at once or one after the other', async () => {
    const ca = await issue(root, { subject: 'C=US, CN=CA', ca: true, ocspUrl: ocsp, crlUrl: list });
    const leaves = await Promise.all(
      Array.from({ length: 20 }, (_, i) => issue(ca, { subject: `C=US, CN=leaf ${i}`, crlUrl: list2 })),
    );
    const { http, asked } = testHttp({
      [ocsp]: answer(ca, 'good'),
      [list2]: listOf([leaves[7]!], { issuer: ca, freshest: ['http://ca.example/delta.crl'] }),
      'http://ca.example/delta.crl': listOf([leaves[8]!], { issuer: ca, number: 2n, deltaBase: 1n }),
    });
    const checker = new RevocationChecker(http);
    const check = async (issued: Issued): Promise<string> => (await checker.check(chainOf(issued), at))[0]!.status;
    const statuses = await Promise.all(leaves.map(check));
    expect(statuses.flatMap((status, i) => (status === 'good' ? [] : [[status, i]]))).toEqual([
      ['revoked', 7],
      ['revoked', 8],
    ]);
    expect(await check(leaves[7]!)).toBe('revoked');
    expect(asked.map((request) => request.replace(/ocsp\/.*/u, 'ocsp')).sort()).toEqual(
      [`GET ${ocsp}`, `GET ${list2}`, 'GET http://ca.example/delta.crl'].sort(),
    );
  });

  it('asks a dead server once too', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp, crlUrl: list });
    const { http, asked } = testHttp({ [ocsp]: 'unreachable', [list]: 'unreachable' });
    const checker = new RevocationChecker(http);
    for (let i = 0; i < 5; i++) expect((await checker.check(chainOf(leaf), at))[0]!.status).toBe('unknown');
    expect(asked).toHaveLength(2);
  });

  it('asks for each certificate on its own', async () => {
    const [one, two] = [await leafWith({ ocspUrl: ocsp }), await leafWith({ ocspUrl: ocsp })];
    const { http, asked } = testHttp({ [ocsp]: answer(one, 'good') });
    const checker = new RevocationChecker(http);
    expect((await checker.check(chainOf(one), at))[0]!.status).toBe('good');
    expect((await checker.check(chainOf(two), at))[0]!.status).toBe('unknown');
    expect(asked).toHaveLength(2);
  });

  it('judges what it keeps anew for each moment', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp });
    const checker = new RevocationChecker(testHttp({ [ocsp]: answer(leaf, 'good') }).http);
    expect((await checker.check(chainOf(leaf), at))[0]!.status).toBe('good');
    expect((await checker.check(chainOf(leaf), new Date('2026-04-01')))[0]!.status).toBe('unknown');
  });

  it('does not take the list of one CA for that of another at the same URL', async () => {
    const twin = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    const [one, two] = [await leafWith({ crlUrl: list }), await issue(twin, { subject: 'CN=leaf', crlUrl: list })];
    const { http, asked } = testHttp({ [list]: listOf([]) });
    const checker = new RevocationChecker(http);
    expect((await checker.check(chainOf(one), at))[0]!.status).toBe('good');
    expect((await checker.check(chainOf(two), at))[0]!.status).toBe('unknown');
    expect(asked).toHaveLength(1);
  });
});

describe('the end of the step', () => {
  it.each(['ocspUrl', 'crlUrl'] as const)('is no status of a certificate (%s)', async (name) => {
    const leaf = await leafWith({ [name]: ocsp });
    await expect(run(leaf, { [ocsp]: 'step timed out' })).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
  });
});

describe('REV-4, REV-5: the chain as a whole', () => {
  it('passes where everything is good or not revokable', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp });
    const { statuses } = await run(leaf, { [ocsp]: answer(leaf, 'good') });
    expect(() => {
      requireUnrevoked(statuses);
    }).not.toThrow();
  });

  it('names what was asked and why it failed', async () => {
    const leaf = await leafWith({ ocspUrl: ocsp, crlUrl: list });
    const { statuses } = await run(leaf, { [ocsp]: 'unreachable' });
    expect(() => {
      requireUnrevoked(statuses);
    }).toThrow(
      'signing certificate with subject "CN=leaf,O=Acme,C=US" revocation status is unknown: ' +
        'http://ca.example/ocsp: OCSP response: ca.example is down; ' +
        'http://ca.example/ca.crl: CRL: the server answers with status 404',
    );
  });

  it('takes a delegated responder of production shape', async () => {
    const responder = await issue(root, {
      subject: 'C=US, CN=OCSP',
      extendedKeyUsage: { purposes: [purpose.ocspSigning] },
      extensions: [{ oid: '1.3.6.1.5.5.7.48.1.5', value: tlv(0x05) }],
    });
    const leaf = await leafWith({ ocspUrl: ocsp });
    const single: OcspSingle = { serial: serialOf(leaf.certificate), status: 'good', thisUpdate, nextUpdate };
    const response = ocspResponse({ issuer: root, singles: [single], responder, responderId: 'name' });
    expect((await run(leaf, { [ocsp]: response })).leaf.status).toBe('good');
  });
});
