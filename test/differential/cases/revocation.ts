// What OCSP responders and CRL servers answer about the signing certificate: every answer alone, after another that gave
// none, and before another. REV-3 to REV-25.

import { encodeName, issue, purpose } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { createRoot } from '../../support/ca.ts';
import { crl, freshestCrl } from '../../support/crl.ts';
import type { CrlEntry, CrlOptions } from '../../support/crl.ts';
import {
  boolean,
  enumerated,
  generalizedTime,
  objectIdentifier,
  octetString,
  sequence,
  tlv,
} from '../../support/der-writer.ts';
import type { RawExtension } from '../../support/der-writer.ts';
import { ocspError, ocspResponse } from '../../support/ocsp.ts';
import type { OcspOptions, OcspSingle } from '../../support/ocsp.ts';
import type { Draft } from '../case.ts';
import { day, hour, minute, moment } from '../content.ts';
import { writeEnvelope } from '../writer.ts';
import { leafSubject, trustOf } from '../world.ts';
import type { World } from '../world.ts';

/** What the server sends, or a status; a list may have to know where it lies. */
type Answer = Uint8Array | number | ((places: Places) => Uint8Array);

interface Places {
  readonly own: string;
  readonly deltas: readonly string[];
}

const serialNumber = 0x7fabcdefn;
const revokedAt = moment(-30 * day);
const invalid = moment(-60 * day);
const times = { before: moment(-61 * day), 'at that moment': invalid, after: moment(-59 * day) } as const;
const extension = (oid: string, critical: boolean, value = octetString(new Uint8Array())): RawExtension[] => [
  { oid, critical, value },
];

interface Issuers {
  readonly root: Issued;
  readonly twin: Issued;
  readonly responder: Issued;
  readonly expired: Issued;
  readonly unfit: Issued;
  readonly foreign: Issued;
}

async function issuers(): Promise<Issuers> {
  const root = await createRoot({ subject: 'C=US, O=Acme, CN=root', keySpec: 'RSA-2048' });
  const twin = await createRoot({ subject: 'C=US, O=Acme, CN=root', keySpec: 'RSA-2048' });
  const extendedKeyUsage = { purposes: [purpose.ocspSigning] };
  const subject = 'C=US, O=Acme, CN=responder';
  return {
    ...{ root, twin },
    responder: await issue(root, { subject, extendedKeyUsage }),
    expired: await issue(root, { subject, extendedKeyUsage, notAfter: moment(-hour) }),
    unfit: await issue(root, { subject }),
    foreign: await issue(twin, { subject, extendedKeyUsage }),
  };
}

/** What a responder may answer. */
function ocspAnswers({ root, twin, responder, expired, unfit, foreign }: Issuers): Readonly<Record<string, Answer>> {
  const single = (changes: Partial<OcspSingle> = {}): OcspSingle => ({
    ...{ serial: serialNumber, status: 'good', thisUpdate: moment(-minute), nextUpdate: moment(hour) },
    ...changes,
  });
  const answer = (changes: Partial<OcspSingle> = {}, options: Partial<OcspOptions> = {}): Uint8Array =>
    ocspResponse({ issuer: root, singles: [single(changes)], ...options });
  const endless = { serial: serialNumber, status: 'good', thisUpdate: moment(-minute) } as const;
  return {
    good: answer(),
    revoked: answer({ status: { revokedAt, reason: 1 } }),
    'revoked without a reason': answer({ status: { revokedAt } }),
    'revoked for a reason that does not exist': answer({ status: { revokedAt, reason: 7 } }),
    'revoked in the future': answer({ status: { revokedAt: moment(day) } }),
    'on hold': answer({ status: { revokedAt, reason: 6 } }),
    removed: answer({ status: { revokedAt, reason: 8 } }),
    unknown: answer({ status: 'unknown' }),
    stale: answer({ nextUpdate: moment(-minute) }),
    'stale and revoked': answer({ nextUpdate: moment(-minute), status: { revokedAt } }),
    'without an end': ocspResponse({ issuer: root, singles: [endless] }),
    'of the future': answer({ thisUpdate: moment(hour) }),
    'revoked, with an invalidity date': answer({ status: { revokedAt }, invalidityDate: invalid }),
    'revoked, with an invalidity date that is none': answer({
      status: { revokedAt },
      extensions: extension('2.5.29.24', false),
    }),
    'revoked, with a critical invalidity date': answer({
      status: { revokedAt },
      extensions: extension('2.5.29.24', true, generalizedTime(invalid)),
    }),
    'about another certificate': answer({ serial: 1n }),
    'about the certificate of another issuer': answer({ about: responder.certificate }),
    'with a CertID of MD5': answer({ hash: 'md5' }),
    'with a CertID of SHA-256': answer({ hash: 'sha256' }),
    'with a CertID of SHA-384': answer({ hash: 'sha384' }),
    'with a CertID of SHA-512': answer({ hash: 'sha512' }),
    'about two, the other revoked': ocspResponse({
      issuer: root,
      singles: [single({ serial: 5n, status: { revokedAt } }), single()],
    }),
    'about one twice, first revoked': ocspResponse({
      issuer: root,
      singles: [single({ status: { revokedAt } }), single()],
    }),
    'about one twice, then revoked': ocspResponse({
      issuer: root,
      singles: [single(), single({ status: { revokedAt } })],
    }),
    'about none': ocspResponse({ issuer: root, singles: [] }),
    'by name': answer({}, { responderId: 'name' }),
    'by neither name nor key': answer({}, { responderId: tlv(0xa3, octetString(new Uint8Array(20))) }),
    'by a responder': answer({}, { responder }),
    'by a responder that is over': answer({}, { responder: expired }),
    'by a certificate that is no responder': answer({}, { responder: unfit }),
    'by a responder of another CA': answer({}, { responder: foreign }),
    'by another key': answer({}, { signWith: twin.privateKey }),
    'with the issuer within': answer({}, { certificates: [root.certificate] }),
    'with two certificates, the wrong one first': answer(
      {},
      { responder, certificates: [unfit.certificate, responder.certificate] },
    ),
    'with two certificates, the right one first': answer(
      {},
      { responder, certificates: [responder.certificate, unfit.certificate] },
    ),
    'with a critical extension': answer({ extensions: extension('1.2.3', true) }),
    'with an extension': answer({ extensions: extension('1.2.3', false) }),
    'with a critical extension of the whole': answer(
      {},
      { responseExtensions: extension('1.3.6.1.5.5.7.48.1.2', true) },
    ),
    'with a nonce': answer({}, { responseExtensions: extension('1.3.6.1.5.5.7.48.1.2', false) }),
    'signed with SHA-1': answer({}, { hash: 'sha1' }),
    'signed with SHA-384': answer({}, { hash: 'sha384' }),
    'signed with SHA-512': answer({}, { hash: 'sha512' }),
    'signed with PSS': answer({}, { padding: 'pss' }),
    'try later': ocspError('tryLater'),
    unauthorized: ocspError('unauthorized'),
    'internal error': ocspError('internalError'),
    'not found': 404,
    'server error': 500,
    redirect: 302,
    'no content': 204,
    'a page': Buffer.from('<html>'),
    nothing: new Uint8Array(),
    'bytes behind': Buffer.concat([answer(), Buffer.alloc(1)]),
    'another type': answer({}, { responseType: '1.2.3' }),
    'too long': Buffer.concat([answer(), Buffer.alloc(30_000)]),
  };
}

const entry = (changes: Partial<CrlEntry> = {}): CrlEntry => ({ serial: serialNumber, revokedAt, ...changes });

/** The issuingDistributionPoint with what it limits. RFC 5280 §5.2.5. */
const scope = (critical: boolean, ...members: Uint8Array[]): RawExtension[] =>
  extension('2.5.29.28', critical, sequence(...members));
const flag = (tag: number): Uint8Array => tlv(tag, boolean(true).slice(2));
const place = (url: string): Uint8Array => tlv(0xa0, tlv(0xa0, tlv(0x86, Buffer.from(url))));

/** What a CRL server may answer. */
function crlAnswers({ root, twin }: Issuers): Readonly<Record<string, Answer>> {
  const list = (entries: readonly CrlEntry[] = [], changes: Partial<CrlOptions> = {}): Uint8Array =>
    crl({ issuer: root, thisUpdate: moment(-minute), nextUpdate: moment(hour), number: 5n, entries, ...changes });
  return {
    good: list(),
    revoked: list([entry({ reason: 1 })]),
    'revoked without a reason': list([entry()]),
    'on hold': list([entry({ reason: 6 })]),
    removed: list([entry({ reason: 8 })]),
    'revoked for reason 7': list([entry({ reason: 7 })]),
    'revoked for reason 99': list([entry({ reason: 99 })]),
    'revoked in the future': list([entry({ reason: 1, revokedAt: moment(day) })]),
    'on hold, then removed': list([entry({ reason: 6 }), entry({ reason: 8, revokedAt: moment(-day) })]),
    'removed, then on hold earlier': list([entry({ reason: 8, revokedAt: moment(-day) }), entry({ reason: 6 })]),
    'on hold and removed at once': list([entry({ reason: 6 }), entry({ reason: 8 })]),
    'removed and on hold at once': list([entry({ reason: 8 }), entry({ reason: 6 })]),
    'revoked, with an invalidity date': list([entry({ reason: 1, invalidityDate: invalid })]),
    'revoked, with an invalidity date, then without': list([
      entry({ reason: 1, invalidityDate: invalid }),
      entry({ reason: 1 }),
    ]),
    'revoked, then with an invalidity date': list([
      entry({ reason: 1 }),
      entry({ reason: 1, invalidityDate: invalid }),
    ]),
    'on hold, with an invalidity date': list([entry({ reason: 6, invalidityDate: invalid })]),
    'revoked, with an invalidity date that is none': list([entry({ extensions: extension('2.5.29.24', false) })]),
    'revoked, with a critical invalidity date': list([
      entry({ extensions: extension('2.5.29.24', true, generalizedTime(invalid)) }),
    ]),
    'revoked, with a critical extension': list([entry({ extensions: extension('1.2.3', true) })]),
    'another one with a critical extension': list([{ serial: 1n, revokedAt, extensions: extension('1.2.3', true) }]),
    'revoked, with an extension': list([entry({ extensions: extension('1.2.3', false) })]),
    'revoked for a critical reason': list([entry({ extensions: extension('2.5.29.21', true, enumerated(1)) })]),
    'revoked by another issuer': list([entry({ extensions: extension('2.5.29.29', true, sequence()) })]),
    stale: list([], { nextUpdate: moment(-minute) }),
    'stale and revoked': list([entry({ reason: 1 })], { nextUpdate: moment(-minute) }),
    'without an end': crl({ issuer: root, thisUpdate: moment(-minute) }),
    'of the future': list([], { thisUpdate: moment(hour) }),
    'without a number': crl({ issuer: root, thisUpdate: moment(-minute), nextUpdate: moment(hour) }),
    'with a critical extension': list([], { extensions: extension('1.2.3', true) }),
    'with an extension': list([], { extensions: extension('1.2.3', false) }),
    'with a scope of everything': list([], { extensions: scope(true) }),
    'with a scope of its own address': ({ own }) => list([], { extensions: scope(true, place(own)) }),
    'with a scope of its own address, not critical': ({ own }) => list([], { extensions: scope(false, place(own)) }),
    'with a scope of another address': list([], { extensions: scope(true, place('http://other.example/a.crl')) }),
    'with a scope of user certificates': list([], { extensions: scope(true, flag(0x81)) }),
    'with a scope of CA certificates': list([], { extensions: scope(true, flag(0x82)) }),
    'with a scope of some reasons': list([], { extensions: scope(true, tlv(0x83, Uint8Array.of(1, 0x40))) }),
    'with a scope of other issuers': list([], { extensions: scope(true, flag(0x84)) }),
    'with a scope of attribute certificates': list([], { extensions: scope(true, flag(0x85)) }),
    'with a scope that is none': list([], { extensions: extension('2.5.29.28', true, Uint8Array.of(5, 0)) }),
    'a delta': list([], { deltaBase: 1n }),
    'by another key': list([], { signWith: twin.privateKey }),
    'under another name': list([], { issuerName: encodeName('CN=other') }),
    'signed with SHA-1': list([], { hash: 'sha1' }),
    'signed with SHA-512': list([], { hash: 'sha512' }),
    'signed with PSS': list([], { padding: 'pss' }),
    'with two algorithms': list([], { innerHash: 'sha384' }),
    'of version 1': list([], { version: 1 }),
    'of version 3': list([], { version: 3 }),
    'not found': 404,
    redirect: 302,
    'a page': Buffer.from('<html>'),
    nothing: new Uint8Array(),
    'bytes behind': Buffer.concat([list(), Buffer.alloc(1)]),
    'in PEM': Buffer.from(
      `-----BEGIN X509 CRL-----\n${Buffer.from(list()).toString('base64')}\n-----END X509 CRL-----\n`,
    ),
    'with a delta': ({ deltas }) => list([], { freshest: deltas }),
    'on hold, with a delta': ({ deltas }) => list([entry({ reason: 6 })], { freshest: deltas }),
    'revoked, with a delta': ({ deltas }) => list([entry({ reason: 1 })], { freshest: deltas }),
    'with no address of a delta': list([], { freshest: [] }),
  };
}

function deltaAnswers({ root, twin }: Issuers): Readonly<Record<string, Answer>> {
  const delta = (entries: readonly CrlEntry[] = [], changes: Partial<CrlOptions> = {}): Uint8Array =>
    crl({
      issuer: root,
      thisUpdate: moment(-minute),
      nextUpdate: moment(hour),
      number: 6n,
      deltaBase: 5n,
      entries,
      ...changes,
    });
  return {
    good: delta(),
    revoked: delta([entry({ reason: 1 })]),
    removed: delta([entry({ reason: 8, revokedAt: moment(-minute) })]),
    'not found': 404,
    stale: delta([], { nextUpdate: moment(-minute) }),
    'of the same number': delta([], { number: 5n }),
    'over a newer base': delta([], { deltaBase: 6n, number: 7n }),
    'over an older base': delta([], { deltaBase: 1n }),
    'that is no delta': crl({ issuer: root, thisUpdate: moment(-minute), nextUpdate: moment(hour), number: 6n }),
    'by another key': delta([], { signWith: twin.privateKey }),
    'with a critical extension': delta([], { extensions: extension('1.2.3', true) }),
    'with another scope': delta([], { extensions: scope(true, place('http://other.example/a.crl')) }),
  };
}

/** One signing certificate whose addresses answer as given. */
interface Scene {
  readonly name: string;
  readonly ocsp?: readonly Answer[];
  readonly crls?: readonly Answer[];
  readonly deltas?: readonly Answer[];
  /** The certificate names delta CRLs itself. */
  readonly freshest?: boolean;
  /** Signs by a signing authority at that time. */
  readonly signedAt?: Date;
  readonly serialNumber?: bigint;
  /** Written as they are in place of the addresses. */
  /** Makes one distribution point of all addresses. */
  readonly point?: (...urls: Uint8Array[]) => Uint8Array;
  readonly urls?: { readonly ocsp?: readonly string[]; readonly crls?: readonly string[] };
}

export async function revocation(world: World): Promise<readonly Draft[]> {
  const parties = await issuers();
  const { origin } = world.server;
  const scenes = [...ocspScenes(parties), ...crlScenes(parties), ...addressScenes(parties, origin)];
  return Promise.all(scenes.map((scene, index) => draftOf(world, parties.root, { ...scene, index })));
}

function ocspScenes(parties: Issuers): readonly Scene[] {
  const answers = ocspAnswers(parties);
  const { good, revoked, stale } = crlAnswers(parties);
  return Object.entries(answers).flatMap(([what, answer]): readonly Scene[] => [
    { name: `REV-16 OCSP ${what}`, ocsp: [answer] },
    { name: `REV-3 OCSP ${what}, CRL good`, ocsp: [answer], crls: [good!] },
    { name: `REV-3 OCSP ${what}, CRL revoked`, ocsp: [answer], crls: [revoked!] },
    { name: `REV-3 OCSP ${what}, CRL stale`, ocsp: [answer], crls: [stale!] },
    { name: `REV-17 OCSP ${what}, then good`, ocsp: [answer, answers.good!] },
    ...(what.includes('invalidity')
      ? Object.entries(times).map(([when, signedAt]) => ({
          name: `REV-16 OCSP ${what}, signed ${when}`,
          ocsp: [answer],
          signedAt,
        }))
      : []),
  ]);
}

function crlScenes(parties: Issuers): readonly Scene[] {
  const deltas = deltaAnswers(parties);
  const answers = crlAnswers(parties);
  const delta = [deltas.good!];
  const alone = Object.entries(answers).flatMap(([what, answer]): readonly Scene[] => [
    { name: `REV-25 CRL ${what}`, crls: [answer], deltas: delta },
    { name: `REV-21 CRL ${what}, then good`, crls: [answer, answers.good!], deltas: delta },
    { name: `REV-21 CRL after a good one ${what}`, crls: [answers.good!, answer], deltas: delta },
    { name: `REV-21 CRL after a revoking one ${what}`, crls: [answers.revoked!, answer], deltas: delta },
    { name: `REV-24 CRL ${what}, and the certificate names a delta`, crls: [answer], deltas: delta, freshest: true },
    ...(what.includes('invalidity')
      ? Object.entries(times).map(([when, signedAt]) => ({
          name: `REV-25 CRL ${what}, signed ${when}`,
          crls: [answer],
          signedAt,
        }))
      : []),
  ]);
  const bases = ['with a delta', 'on hold, with a delta', 'revoked, with a delta'] as const;
  const pairs = bases.flatMap((base) =>
    Object.entries(deltas).flatMap(([what, answer]) =>
      (['good', 'not found'] as const).map((second): Scene => {
        return {
          name: `REV-24 CRL ${base} ${what}, then one ${second}`,
          crls: [answers[base]!],
          deltas: [answer, deltas[second]!],
        };
      }),
    ),
  );
  return [...alone, ...pairs];
}

function addressScenes(parties: Issuers, origin: string): readonly Scene[] {
  const ocsp = ocspAnswers(parties).good!;
  const list = crlAnswers(parties).good!;
  const addresses: Readonly<Record<string, (path: string) => string>> = {
    'of https': (path) => `https://127.0.0.1:1${path}`,
    'of LDAP': (path) => `ldap://127.0.0.1:1${path}`,
    'in upper case': (path) => `${origin.replace('http', 'HTTP')}${path}`,
    'with a slash at the end': (path) => `${origin}${path}/`,
    'with two slashes': (path) => `${origin}${path}//b`,
    'with a query': (path) => `${origin}${path}?q=1`,
    'with a fragment': (path) => `${origin}${path}#x`,
    'with a user': (path) => `${origin.replace('//', '//a:b@')}${path}`,
    'of no form': () => 'nothing',
    empty: () => '',
    'with a space': (path) => `${origin}${path} `,
    'where nobody listens': () => 'http://127.0.0.1:1/',
  };
  const good = (serial: bigint): Uint8Array =>
    ocspResponse({
      issuer: parties.root,
      singles: [{ serial, status: 'good', thisUpdate: moment(-minute), nextUpdate: moment(hour) }],
    });
  return [
    ...Object.entries(addresses).flatMap(([what, address]): readonly Scene[] => [
      { name: `REV-10 OCSP address ${what}`, ocsp: [ocsp], urls: { ocsp: [address('PATH/o0')] } },
      { name: `REV-20 CRL address ${what}`, crls: [list], urls: { crls: [address('PATH/c0')] } },
    ]),
    ...pointScenes(parties),
    { name: 'REV-17 OCSP nine addresses, the last good', ocsp: [...Array.from({ length: 8 }, () => 404), ocsp] },
    { name: 'REV-17 OCSP eight addresses, the last good', ocsp: [...Array.from({ length: 7 }, () => 404), ocsp] },
    { name: 'REV-21 CRL nine addresses', crls: Array.from({ length: 9 }, () => list) },
    { name: 'REV-21 CRL eight addresses', crls: Array.from({ length: 8 }, () => list) },
    { name: 'REV-3 no address' },
    ...[1, 20, 60, 80, 100, 120, 130, 200].map((octets): Scene => {
      const serial = (1n << BigInt(octets * 8 - 2)) + 0x3fn;
      return { name: `REV-11 serial number of ${octets} octets`, serialNumber: serial, ocsp: [good(serial)] };
    }),
  ];
}

/** Distribution points with other names beside the address. */
function pointScenes(parties: Issuers): readonly Scene[] {
  const { good, revoked } = crlAnswers(parties);
  const directory = tlv(0xa4, encodeName('CN=list'));
  const points: Readonly<Record<string, (...urls: Uint8Array[]) => Uint8Array>> = {
    'a directory in front': (one) => pointOf(directory, one),
    'a directory behind': (one) => pointOf(one, directory),
    'two addresses in one': (one, two) => pointOf(one, two),
    reasons: (one) => sequence(tlv(0xa0, tlv(0xa0, one)), tlv(0x81, Uint8Array.of(1, 0x40))),
    'another issuer': (one) => sequence(tlv(0xa0, tlv(0xa0, one)), tlv(0xa2, directory)),
  };
  return Object.entries(points).flatMap(([what, point]): readonly Scene[] => [
    { name: `REV-20 point with ${what}, good`, crls: [good!, good!], point },
    { name: `REV-20 point with ${what}, revoked`, crls: [revoked!, revoked!], point },
    { name: `REV-20 point with ${what}, the second revoked`, crls: [good!, revoked!], point },
  ]);
}

const pointOf = (...names: Uint8Array[]): Uint8Array => sequence(tlv(0xa0, tlv(0xa0, ...names)));

const uri = (url: string): Uint8Array => tlv(0x86, Buffer.from(url, 'latin1'));

async function draftOf(world: World, root: Issued, scene: Scene & { readonly index: number }): Promise<Draft> {
  const path = `/rev/${scene.index}-`;
  const address = (kind: string, position: number): string => `${world.server.origin}${path}${kind}${position}`;
  const serve = (kind: string, answers: readonly Answer[] = []): readonly string[] =>
    answers.map((answer, position) => {
      const own = address(kind, position);
      const places = { own, deltas: [address('d', 0), address('d', 1)].slice(0, scene.deltas?.length ?? 0) };
      world.answers.set(`${path}${kind}${position}`, typeof answer === 'function' ? answer(places) : answer);
      return own;
    });
  const given = (texts: readonly string[] | undefined): readonly string[] | undefined =>
    texts?.map((text) => text.replace('PATH/', path));
  const [ocsp, crls] = [serve('o', scene.ocsp), serve('c', scene.crls)];
  serve('d', scene.deltas);
  const ocspUrls = scene.urls ? (given(scene.urls.ocsp) ?? []) : ocsp;
  const crlUrls = scene.urls ? (given(scene.urls.crls) ?? []) : crls;
  const access = ocspUrls.map((url) => sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), uri(url)));
  const points = scene.point ? [scene.point(...crlUrls.map(uri))] : crlUrls.map((url) => pointOf(uri(url)));
  const signer = await issue(root, {
    subject: leafSubject,
    serialNumber: scene.serialNumber ?? serialNumber,
    extensions: [
      ...(access.length > 0 ? [{ oid: '1.3.6.1.5.5.7.1.1', value: sequence(...access) }] : []),
      ...(points.length > 0 ? [{ oid: '2.5.29.31', value: sequence(...points) }] : []),
      ...(scene.freshest === true ? [freshestCrl([address('d', 0)])] : []),
    ],
  });
  const { signedAt } = scene;
  const authority = signedAt && ({ scheme: 'notary.x509.signingAuthority', signedAt } as const);
  return {
    name: scene.name,
    trust: trustOf({ ca: [root], signingAuthority: [root] }),
    sign: (target) => writeEnvelope('cose', { target, signer, ...authority }),
  };
}
