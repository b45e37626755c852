// Revocation, always through the checker: what a certificate's status is when its servers answer so. Trust Store and
// Trust Policy, "Certificate Revocation Evaluation"; RFC 6960; RFC 5280 §5 and §6.3.

import { Buffer } from 'node:buffer';

import { beforeAll, describe, expect, it } from 'vitest';

import { RevocationChecker, requireUnrevoked } from '../../shared/revocation/revocation.ts';
import { encodeOcspRequest, ocspExchange } from '../../shared/revocation/ocsp-request.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import type { Certificate } from '../../shared/x509/certificate.ts';
import type { CertificateChain } from '../../shared/x509/chain.ts';
import { createRoot, issue, purpose } from '../support/ca.ts';
import type { CertificateOptions, Issued } from '../support/ca.ts';
import { crl, freshestCrl } from '../support/crl.ts';
import type { CrlEntry, CrlOptions } from '../support/crl.ts';
import { objectIdentifier, octetString, sequence, tlv } from '../support/der-writer.ts';
import { ocspError, ocspResponse, parseOcspRequest, serialOf } from '../support/ocsp.ts';
import type { OcspOptions, OcspSingle } from '../support/ocsp.ts';
import { testHttp } from '../support/revocation-http.ts';
import type { TestReply } from '../support/revocation-http.ts';
import { outcome, outcomeOf } from './outcome.ts';
import { codes, createVerifying } from './verifying.ts';

const at = new Date('2026-03-02T00:00:00Z');
const thisUpdate = new Date('2026-03-01T00:00:00Z');
const nextUpdate = new Date('2026-03-08T00:00:00Z');
const revokedAt = new Date('2026-02-01T00:00:00Z');
const past = new Date('2026-03-01T12:00:00Z');
const invalidityDate = new Date('2026-01-15T00:00:00Z');
const earlier = new Date('2026-01-14T23:59:59Z');
const keyCompromise = 1;

const ocsp = 'http://ca.example/ocsp';
const ocsp2 = 'http://backup.example/ocsp';
const list = 'http://ca.example/ca.crl';
const list2 = 'http://ca.example/second.crl';
const delta = 'http://ca.example/delta.crl';
const delta2 = 'http://ca.example/second-delta.crl';

let root: Issued;
let sibling: Issued;
let byOcsp: Issued;
let byCrl: Issued;
let byBoth: Issued;

beforeAll(async () => {
  root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  sibling = await createRoot({ subject: 'C=US, O=Acme, CN=sibling' });
  byOcsp = await leafWith({ ocspUrl: ocsp });
  byCrl = await leafWith({ crlUrl: list });
  byBoth = await leafWith({ ocspUrl: ocsp, crlUrl: list });
});

const leafWith = (options: Partial<CertificateOptions>, issuer = root): Promise<Issued> =>
  issue(issuer, { subject: 'C=US, O=Acme, CN=leaf', ...options });

/** AIA and distribution points with several URLs. */
const addresses = ({ ocsp: responders = [], crls = [] }: { ocsp?: readonly string[]; crls?: readonly string[] }) => {
  const uri = (url: string): Uint8Array => tlv(0x86, Buffer.from(url));
  const access = responders.map((url) => sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), uri(url)));
  const points = crls.map((url) => sequence(tlv(0xa0, tlv(0xa0, uri(url)))));
  return [
    ...(access.length > 0 ? [{ oid: '1.3.6.1.5.5.7.1.1', value: sequence(...access) }] : []),
    ...(points.length > 0 ? [{ oid: '2.5.29.31', value: sequence(...points) }] : []),
  ];
};

const chainOf = ({ chain }: Issued): CertificateChain => chain.map(parseCertificate) as [Certificate, ...Certificate[]];

type Replies = Readonly<Record<string, TestReply>>;

async function check(issued: Issued, replies: Replies, signedAt?: Date) {
  const { http, asked, requests } = testHttp(replies);
  const statuses = await new RevocationChecker(http).check(chainOf(issued), at, signedAt);
  return { statuses, asked, requests, leaf: statuses[0]!.status, method: statuses[0]!.method };
}

const statusOf = async (issued: Issued, replies: Replies, signedAt?: Date) =>
  (await check(issued, replies, signedAt)).leaf;

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

const good = { status: 'good' } as const;

/** The status of byOcsp where the responder answers so. */
const answered = (single: Partial<OcspSingle> = {}, options: Partial<OcspOptions> = {}, signedAt?: Date) => {
  const singles = [{ serial: serialOf(byOcsp.certificate), thisUpdate, nextUpdate, ...good, ...single }];
  return statusOf(byOcsp, { [ocsp]: ocspResponse({ issuer: root, singles, ...options }) }, signedAt);
};

const listOf = (revoked: readonly Issued[], options: Partial<CrlOptions> = {}): Uint8Array =>
  crl({
    ...{ issuer: root, thisUpdate, nextUpdate, number: 1n },
    entries: revoked.map(({ certificate }) => ({ serial: serialOf(certificate), revokedAt, reason: keyCompromise })),
    ...options,
  });

/** The status of byCrl where its list is so. */
const listed = (options: Partial<CrlOptions>, signedAt?: Date) =>
  statusOf(byCrl, { [list]: listOf([], options) }, signedAt);

/** The status of byCrl where its list, and the delta of that, hold these entries about it. */
const entered = (entries: readonly Partial<CrlEntry>[], inDelta?: readonly Partial<CrlEntry>[], signedAt?: Date) => {
  const about = (all: readonly Partial<CrlEntry>[]): CrlEntry[] =>
    all.map((entry) => ({ serial: serialOf(byCrl.certificate), revokedAt, ...entry }));
  const replies = {
    [list]: listOf([], { entries: about(entries), ...(inDelta && { freshest: [delta] }) }),
    ...(inDelta && { [delta]: listOf([], { number: 2n, deltaBase: 1n, entries: about(inDelta) }) }),
  };
  return statusOf(byCrl, replies, signedAt);
};

describe('REV, the chain', () => {
  it('REV-1: a chain that is none is an error, and nobody is asked', async () => {
    const { http, asked } = testHttp({});
    const broken = [byOcsp, sibling].map(({ certificate }) =>
      parseCertificate(certificate),
    ) as unknown as CertificateChain;
    expect(await outcomeOf(new RevocationChecker(http).check(broken, at))).toBe('CERTIFICATE_CHAIN_BROKEN');
    expect(asked).toEqual([]);
  });

  it('REV-2: every certificate but the root, each under its own issuer', async () => {
    const ca = await issue(root, { subject: 'CN=CA', ca: true, crlUrl: list });
    const leaf = await leafWith({ ocspUrl: ocsp }, ca);
    const top = await createRoot({ subject: 'CN=x', ca: false, keyUsage: ['digitalSignature'], ocspUrl: ocsp });
    const replies = { [ocsp]: answer(leaf, 'good', {}, ca), [list]: listOf([]) };
    const found = await check(leaf, replies);
    expect(found.statuses.map(({ status }) => status)).toEqual(['good', 'good', 'not-revokable']);
    expect(found.asked).toHaveLength(2);
    const swapped = { [ocsp]: answer(leaf, 'good'), [list]: listOf([], { issuer: ca }) };
    expect((await check(leaf, swapped)).statuses.map(({ status }) => status)).toEqual([
      'unknown',
      'unknown',
      'not-revokable',
    ]);
    expect(await check(top, {})).toMatchObject({ leaf: 'not-revokable', asked: [] });
  });

  it('REV-3: OCSP, then the CRL, or neither', async () => {
    expect(await check(await leafWith({}), {})).toMatchObject({ leaf: 'not-revokable', method: 'none', asked: [] });
    expect(await check(byBoth, { [ocsp]: answer(byBoth, 'good') })).toMatchObject({ leaf: 'good', method: 'ocsp' });
    const final = await check(byBoth, { [ocsp]: answer(byBoth, { revokedAt }), [list]: listOf([]) });
    expect([final.leaf, final.asked.length]).toEqual(['revoked', 1]);
    for (const reply of ['unreachable', 500, ocspError('tryLater'), answer(byBoth, 'unknown')] as const) {
      expect(await check(byBoth, { [ocsp]: reply, [list]: listOf([]) })).toMatchObject({ leaf: 'good', method: 'crl' });
      expect(await statusOf(byBoth, { [ocsp]: reply, [list]: listOf([byBoth]) })).toBe('revoked');
      expect(await statusOf(byBoth, { [ocsp]: reply })).toBe('unknown');
    }
    expect(await check(byCrl, { [list]: listOf([]) })).toMatchObject({ leaf: 'good', method: 'crl' });
    expect(await statusOf(byOcsp, { [ocsp]: 'unreachable' })).toBe('unknown');
  });

  it('REV-4: revoked beats unknown beats good; the one nearest the leaf is named', async () => {
    const ca = await issue(root, { subject: 'CN=CA', ca: true, crlUrl: list });
    const leaf = await leafWith({ crlUrl: list2 }, ca);
    const judge = async (first: TestReply, second: TestReply) => {
      const { statuses } = await check(leaf, { [list2]: first, [list]: second });
      return outcome(() => {
        requireUnrevoked(statuses);
      });
    };
    const [clean, cleanCa] = [listOf([], { issuer: ca }), listOf([])];
    expect(await judge(clean, cleanCa)).toBe('ok');
    expect(await judge('unreachable', cleanCa)).toBe('REVOCATION_UNAVAILABLE');
    expect(await judge('unreachable', listOf([ca]))).toBe('CERTIFICATE_REVOKED');
    expect(await judge(listOf([leaf], { issuer: ca }), 'unreachable')).toBe('CERTIFICATE_REVOKED');
    const both = await check(leaf, { [list2]: listOf([leaf], { issuer: ca }), [list]: listOf([ca]) });
    expect(() => {
      requireUnrevoked(both.statuses);
    }).toThrow('signing certificate with subject "CN=leaf,O=Acme,C=US" is revoked');
    const neither = await check(leaf, {});
    expect(() => {
      requireUnrevoked(neither.statuses, 'timestamping');
    }).toThrow('timestamping certificate with subject "CN=leaf,O=Acme,C=US" revocation status is unknown');
  });

  it('REV-5: unknown is enforced or logged as revoked is', async () => {
    const world = await createVerifying();
    for (const [status, code] of [
      ['unreachable', 'REVOCATION_UNAVAILABLE'],
      [{ revokedAt }, 'CERTIFICATE_REVOKED'],
    ] as const) {
      const responders = world.responders();
      responders.setStatus(world.publisher, status);
      const strict = await world.judge({ responders });
      expect([codes(strict), strict.failure?.code]).toEqual([[`revocation ${code}`], code]);
      for (const options of [{ level: 'permissive' }, { override: { revocation: 'log' } }] as const) {
        const logged = await world.judge({ responders, ...options });
        expect([codes(logged), logged.failure]).toEqual([[`revocation ${code}`], undefined]);
      }
      expect(codes(await world.judge({ responders, override: { revocation: 'skip' } }))).toEqual([]);
    }
  });

  it('REV-6: only an authentic signing time counts', async () => {
    const world = await createVerifying();
    const responders = world.responders();
    // The signature and its timestamp are a day older.
    responders.setStatus(world.publisher, { revokedAt: new Date('2024-12-31') }, new Date('2025-01-01'));
    const plain = await world.judge({ responders });
    expect([codes(plain), plain.timestamp !== undefined]).toEqual([['revocation CERTIFICATE_REVOKED'], true]);
    const authentic = {
      attributes: { signingScheme: 'notary.x509.signingAuthority' },
      stores: ['signingAuthority:acme'],
    } as const;
    expect(codes(await world.judge({ responders, ...authentic }))).toEqual([]);
    responders.setStatus(world.publisher, { revokedAt: new Date('2024-12-31') }, new Date('2024-12-31T12:00:00Z'));
    expect(codes(await world.judge({ responders, ...authentic }))).toEqual(['revocation CERTIFICATE_REVOKED']);
  });
});

describe('REV, OCSP', () => {
  it('REV-10: http alone, in any case, within 2 seconds', async () => {
    const shouting = await leafWith({ ocspUrl: 'HTTP://ca.example/ocsp' });
    const { leaf, requests } = await check(shouting, { [ocsp]: answer(shouting, 'good') });
    expect([leaf, requests[0]?.timeoutMs]).toEqual(['good', 2000]);
    const urls = ['https://ca.example/ocsp', 'ldap:///x', 'http://169.254.169.254/x', 'http://[fe80::1]/', ocsp2];
    const several = await leafWith({ extensions: addresses({ ocsp: urls }) });
    const found = await check(several, { http: answer(several, 'good') });
    expect(found.leaf).toBe('good');
    expect(found.asked.map((line) => new URL(line.slice(4)).host)).toEqual(['backup.example']);
    const many = await leafWith({
      extensions: addresses({ ocsp: Array.from({ length: 9 }, (_, i) => `http://ca${i}.example/`) }),
    });
    expect((await check(many, {})).asked).toHaveLength(8);
  });

  it('REV-11: one CertID with SHA-1, by GET while it is short', async () => {
    const { requests } = await check(byOcsp, {});
    const [request] = requests;
    expect(request?.method).toBe('GET');
    const escaped = request?.url.href.slice(`${ocsp}/`.length) ?? '';
    expect(escaped).toMatch(/^[A-Za-z0-9%]+$/);
    const asked = parseOcspRequest(Buffer.from(decodeURIComponent(escaped), 'base64'));
    expect(asked).toMatchObject({
      serial: serialOf(byOcsp.certificate),
      hashOid: '1.3.14.3.2.26',
      hasExtensions: false,
      signed: false,
    });
    // 189 octets are 252 characters of base64, without padding; 190 are 256.
    const [short, long] = [new Uint8Array(189), new Uint8Array(190)];
    expect([ocspExchange(new URL(ocsp), short).method, ocspExchange(new URL(ocsp), long).method]).toEqual([
      'GET',
      'POST',
    ]);
    expect(ocspExchange(new URL(ocsp), long)).toMatchObject({
      headers: { 'content-type': 'application/ocsp-request' },
      body: long,
    });
    // All "/", so that escaping makes it three times as long.
    expect(ocspExchange(new URL(ocsp), new Uint8Array(90).fill(0xff)).method).toBe('POST');
    expect(
      encodeOcspRequest(parseCertificate(byOcsp.certificate), parseCertificate(root.certificate)).length,
    ).toBeLessThan(120);
  });

  it('REV-12: status 200, at most 20480 bytes', async () => {
    expect((await check(byOcsp, {})).requests[0]?.maxBytes).toBe(20_480);
    for (const reply of [204, 301, 404, 500, 'too large'] as const)
      expect(await statusOf(byOcsp, { [ocsp]: reply })).toBe('unknown');
  });

  it('REV-13: successful, basic, about this certificate, understood', async () => {
    for (const hash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) expect(await answered({ hash })).toBe('good');
    for (const responderId of ['name', 'key'] as const) expect(await answered({}, { responderId })).toBe('good');
    const critical = [{ oid: '1.2.3.4', critical: true, value: octetString(new Uint8Array()) }];
    expect(await answered({ extensions: [{ ...critical[0]!, critical: false }] })).toBe('good');
    const refused = [
      ...[answered({ serial: 1n }), answered({ hash: 'md5' }), answered({ about: sibling.certificate })],
      ...[
        answered({ extensions: critical }),
        answered({}, { responseExtensions: critical }),
        answered({}, { singles: [] }),
      ],
      ...[answered({}, { responseType: '1.2.3' }), answered({}, { responderId: tlv(0xa3) })],
      statusOf(byOcsp, { [ocsp]: new Uint8Array([...answer(byOcsp, 'good'), 0]) }),
      ...(['malformedRequest', 'internalError', 'tryLater', 'sigRequired', 'unauthorized'] as const).map((status) =>
        statusOf(byOcsp, { [ocsp]: ocspError(status) }),
      ),
    ];
    expect(await Promise.all(refused)).toEqual(refused.map(() => 'unknown'));
  });

  it('REV-14: signed by the issuer, or by whom it made a responder', async () => {
    const responder = (options: Partial<CertificateOptions> = {}, issuer = root) =>
      issue(issuer, { subject: 'CN=responder', extendedKeyUsage: { purposes: [purpose.ocspSigning] }, ...options });
    const delegate = await responder();
    expect(await answered({}, { responder: delegate })).toBe('good');
    expect(await answered({}, { certificates: [root.certificate] })).toBe('good');
    const certificates = [(await responder()).certificate, delegate.certificate];
    const signers: Partial<OcspOptions>[] = [
      ...[{ signWith: sibling.privateKey }, { hash: 'sha1' } as const, { responder: delegate, certificates }],
      ...[
        { certificates: [delegate.certificate] },
        { responder: sibling },
        { responder: await responder({}, sibling) },
      ],
      { responder: await leafWith({}) },
      { responder: await responder({ extendedKeyUsage: { purposes: [purpose.any] } }) },
      { responder: await responder({ notAfter: past }) },
      { responder: await responder({ notBefore: nextUpdate }) },
    ];
    const found = await Promise.all(signers.map((options) => answered({}, options)));
    expect(found).toEqual(signers.map(() => 'unknown'));
  });

  it('REV-15: stale after nextUpdate and without one', async () => {
    expect(await answered({ nextUpdate: at })).toBe('good');
    expect(await answered({ nextUpdate: new Date(at.getTime() - 1000) })).toBe('unknown');
    expect(await answered({ nextUpdate: past, status: { revokedAt } })).toBe('unknown');
    expect(await answered({ thisUpdate: new Date('2026-03-05') })).toBe('good');
    const endless = { serial: serialOf(byOcsp.certificate), thisUpdate, ...good };
    expect(await answered({}, { singles: [endless] })).toBe('unknown');
  });

  it('REV-16: good, unknown, revoked, and revoked after the signing', async () => {
    expect([await answered(), await answered({ status: 'unknown' })]).toEqual(['good', 'unknown']);
    for (const reason of [1, 6, 8]) expect(await answered({ status: { revokedAt, reason } })).toBe('revoked');
    const later = { status: { revokedAt }, invalidityDate };
    expect(await answered(later, {}, earlier)).toBe('good');
    expect([await answered(later, {}, invalidityDate), await answered(later)]).toEqual(['revoked', 'revoked']);
    expect(await answered({ status: { revokedAt } }, {}, earlier)).toBe('revoked');
    expect(await answered({ status: 'unknown', invalidityDate }, {}, earlier)).toBe('unknown');
  });

  it('REV-17: the first valid answer of several responders', async () => {
    const leaf = await leafWith({ extensions: addresses({ ocsp: [ocsp, ocsp2] }) });
    for (const status of ['good', 'unknown', { revokedAt }] as const) {
      const found = await check(leaf, { [ocsp]: answer(leaf, status), [ocsp2]: answer(leaf, 'good') });
      expect([found.leaf, found.asked.length]).toEqual([typeof status === 'string' ? status : 'revoked', 1]);
    }
    for (const broken of ['unreachable', 503, new Uint8Array(3), answer(byOcsp, 'good')] as const) {
      const found = await check(leaf, { [ocsp]: broken, [ocsp2]: answer(leaf, { revokedAt }) });
      expect([found.leaf, found.asked.length]).toEqual(['revoked', 2]);
    }
    const [status] = (await check(leaf, {})).statuses;
    expect(status).toMatchObject({ status: 'unknown', errors: [{}, {}] });
  });
});

describe('REV, CRL', () => {
  it('REV-20: http, 5 seconds, status 200, below 32 MiB', async () => {
    const { leaf, requests } = await check(byCrl, { [list]: listOf([]) });
    expect(leaf).toBe('good');
    expect(requests).toMatchObject([{ method: 'GET', timeoutMs: 5000, maxBytes: 32 * 2 ** 20 - 1 }]);
    for (const reply of [204, 302, 404, 'too large', 'unreachable'] as const) {
      expect(await statusOf(byCrl, { [list]: reply })).toBe('unknown');
    }
    for (const url of ['https://ca.example/', 'ldap:///CN=x', 'http://169.254.169.254/']) {
      const found = await check(await leafWith({ crlUrl: url }), { http: listOf([]) });
      expect([found.leaf, found.asked]).toEqual(['unknown', []]);
    }
  });

  it('REV-20: the address is found behind other names', async () => {
    const directory = tlv(0xa4, sequence());
    const names = [directory, tlv(0x86, Buffer.from(list))];
    const point = { oid: '2.5.29.31', value: sequence(sequence(tlv(0xa0, tlv(0xa0, ...names)))) };
    const leaf = await leafWith({ extensions: [point] });
    expect(await statusOf(leaf, { [list]: listOf([leaf]) })).toBe('revoked');
    expect(await statusOf(leaf, {})).toBe('unknown');
  });

  it('REV-21: all lists, in order, until one fails or revokes', async () => {
    const leaf = await leafWith({ extensions: addresses({ crls: [list, list2] }) });
    const [clean, revoking] = [listOf([]), listOf([leaf])];
    expect(await check(leaf, { [list]: clean, [list2]: clean })).toMatchObject({
      leaf: 'good',
      asked: [`GET ${list}`, `GET ${list2}`],
    });
    expect(await statusOf(leaf, { [list]: clean })).toBe('unknown');
    expect(await check(leaf, { [list2]: revoking })).toMatchObject({ leaf: 'unknown', asked: [`GET ${list}`] });
    expect(await check(leaf, { [list]: revoking })).toMatchObject({ leaf: 'revoked', asked: [`GET ${list}`] });
    expect(await statusOf(leaf, { [list]: clean, [list2]: revoking })).toBe('revoked');
  });

  it('REV-22: version 2, one algorithm, of the issuer, who may sign lists', async () => {
    for (const hash of ['sha256', 'sha512'] as const) expect(await listed({ hash })).toBe('good');
    const refused: Partial<CrlOptions>[] = [
      ...[
        { version: 1 } as const,
        { version: 3 } as const,
        { innerHash: 'sha512' } as const,
        { hash: 'sha1' } as const,
      ],
      ...[{ issuer: sibling }, { signWith: sibling.privateKey }, { issuerName: sibling.subject }],
    ];
    expect(await Promise.all(refused.map((options) => listed(options)))).toEqual(refused.map(() => 'unknown'));
    expect(await statusOf(byCrl, { [list]: new Uint8Array([...listOf([]), 0]) })).toBe('unknown');
    const issuers = [['keyCertSign'], ['keyCertSign', 'cRLSign']] as const;
    const found = issuers.map(async (keyUsage) => {
      const issuer = await createRoot({ subject: 'CN=x', keyUsage });
      return statusOf(await leafWith({ crlUrl: list }, issuer), { [list]: listOf([], { issuer }) });
    });
    expect(await Promise.all(found)).toEqual(['unknown', 'good']);
  });

  it('REV-23: current, and with nothing critical that is unknown', async () => {
    expect([await listed({ nextUpdate: at }), await listed({ thisUpdate: new Date('2026-03-05') })]).toEqual([
      'good',
      'good',
    ]);
    expect(await listed({ nextUpdate: past })).toBe('unknown');
    expect(await statusOf(byCrl, { [list]: crl({ issuer: root, thisUpdate }) })).toBe('unknown');
    const critical = (oid: string) => listed({ extensions: [{ oid, critical: true, value: sequence() }] });
    expect([await critical('2.5.29.28'), await critical('1.2.3.4')]).toEqual(['good', 'unknown']);
    // onlyContainsUserCerts, and onlyContainsCACerts, which leaves the leaf out.
    const scope = (tag: number) => ({
      oid: '2.5.29.28',
      critical: true,
      value: sequence(tlv(tag, Uint8Array.of(0xff))),
    });
    expect(await listed({ extensions: [scope(0x81)] })).toBe('good');
    expect(await listed({ extensions: [scope(0x82)] })).toBe('unknown');
    expect(await listed({ extensions: [{ oid: '1.2.3.4', value: sequence() }] })).toBe('good');
  });

  it('REV-24: the delta that the base names', async () => {
    const base = listOf([], { number: 5n, freshest: [delta, delta2] });
    const newer = (revoked: readonly Issued[], options: Partial<CrlOptions> = {}) =>
      listOf(revoked, { number: 6n, deltaBase: 5n, ...options });
    const first = await check(byCrl, { [list]: base, [delta]: newer([byCrl]), [delta2]: newer([]) });
    expect([first.leaf, first.asked.length]).toEqual(['revoked', 2]);
    expect(await statusOf(byCrl, { [list]: base, [delta2]: newer([byCrl]) })).toBe('revoked');
    expect(await statusOf(byCrl, { [list]: base, [delta]: newer([], { deltaBase: 1n }) })).toBe('good');
    expect(await statusOf(byCrl, { [list]: base })).toBe('unknown');
    const misfits: Partial<CrlOptions>[] = [
      ...[{ number: 5n }, { number: 4n }, { deltaBase: 6n, number: 7n }, { nextUpdate: past }],
      ...[{ issuer: sibling }, { hash: 'sha1' } as const],
    ];
    const found = misfits.map((options) => statusOf(byCrl, { [list]: base, [delta]: newer([], options) }));
    expect(await Promise.all(found)).toEqual(misfits.map(() => 'unknown'));
    expect(await statusOf(byCrl, { [list]: base, [delta]: listOf([], { number: 6n }) })).toBe('unknown');
    expect(await statusOf(byCrl, { [list]: newer([]) })).toBe('unknown');
    const naming = await leafWith({ crlUrl: list, extensions: [freshestCrl([delta])] });
    expect(await statusOf(naming, { [list]: listOf([]), [delta]: newer([]) })).toBe('unknown');
    expect(await statusOf(naming, { [list]: base, [delta]: newer([]) })).toBe('good');
  });

  it('REV-25: what entries mean', async () => {
    const [hold, removed] = [{ reason: 6 }, { reason: 8 }];
    const later = { revokedAt: new Date('2026-02-02T00:00:00Z') };
    const unknown = [{ oid: '1.2.3.4', critical: true, value: octetString(new Uint8Array()) }];
    expect(await entered([])).toBe('good');
    for (const reason of [0, 1, 3, 5, 9, 10]) expect(await entered([{ reason }])).toBe('revoked');
    expect([await entered([{}]), await entered([], [{}])]).toEqual(['revoked', 'revoked']);
    expect([await entered([hold]), await entered([removed])]).toEqual(['revoked', 'good']);
    expect(await entered([hold], [{ ...removed, ...later }])).toBe('good');
    expect(await entered([{ ...hold, ...later }], [removed])).toBe('revoked');
    expect(await entered([{ reason: 1 }], [{ ...removed, ...later }])).toBe('revoked');
    expect([await entered([{ extensions: unknown }]), await entered([{ serial: 1n, extensions: unknown }])]).toEqual([
      'unknown',
      'good',
    ]);
    const invalid = { reason: 1, invalidityDate };
    expect(await entered([invalid], undefined, earlier)).toBe('good');
    expect(await entered([invalid], [{ reason: 1 }], earlier)).toBe('good');
    expect(await entered([{ reason: 1 }], [invalid], earlier)).toBe('revoked');
    expect([await entered([invalid], undefined, invalidityDate), await entered([invalid])]).toEqual([
      'revoked',
      'revoked',
    ]);
  });

  it('REV-28: answers are kept for the run, and no longer', async () => {
    const { http, asked } = testHttp({ [ocsp]: answer(byOcsp, 'good') });
    const checker = new RevocationChecker(http);
    for (let i = 0; i < 3; i++) await checker.check(chainOf(byOcsp), at);
    expect(asked).toHaveLength(1);
    await new RevocationChecker(http).check(chainOf(byOcsp), at);
    expect(asked).toHaveLength(2);
  });
});
