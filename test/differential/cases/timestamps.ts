// Timestamp tokens that each deviate in one thing, the chains of their authorities, and when they are looked at. TSA-2,
// TSA-10 to TSA-22, CHAIN-20 to CHAIN-23.

import { createRoot, encodePem, issue, purpose, timestampingChain } from '../../support/ca.ts';
import type { CertificateOptions, ChainOptions, Issued, TestKeySpec } from '../../support/ca.ts';
import { objectIdentifier, octetString, sequence, tlv } from '../../support/der-writer.ts';
import { encodeImprint, messageImprint } from '../../support/tsa-token.ts';
import type { TokenOptions } from '../../support/tsa-token.ts';
import type { TsaHash } from '../../support/tsa-hash.ts';
import type { Draft } from '../case.ts';
import { day, hour, minute, moment } from '../content.ts';
import type { Content } from '../content.ts';
import { writeEnvelope } from '../writer.ts';
import { formats, stamp, trustOf } from '../world.ts';
import type { Statement, World } from '../world.ts';

type Token = Partial<TokenOptions> & { readonly hash?: TsaHash };

const seconds = (at: Date): string => at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
const genTime = (text: string): Token => ({ genTime: { text } });
const at = seconds(moment(-minute));
const unknown = (critical: boolean) => [{ oid: '1.2.3.4', critical, value: octetString(new Uint8Array()) }];

const tokens: Readonly<Record<string, Token>> = {
  'TSA-2 hash of another size': { hash: 'sha512' },
  'TSA-17 SHA-1': { hash: 'sha1' },
  'TSA-17 imprint of other bytes': { messageImprint: messageImprint('sha256', Buffer.from('other')) },
  'TSA-17 imprint cut': { messageImprint: encodeImprint('sha256', new Uint8Array(20)) },
  'TSA-17 version 2': { tstVersion: 2 },
  'TSA-10 SignedData version 1': { signedDataVersion: 1 },
  'TSA-10 SignedData version 4': { signedDataVersion: 4 },
  'TSA-10 another content type': { eContentType: '1.2.840.113549.1.7.1' },
  'TSA-10 detached': { detached: true },
  'TSA-10 no certificates': { certificates: [] },
  'TSA-11 SignerInfo version 3': { version: 3 },
  'TSA-11 key identifier': { version: 3, sid: 'key identifier' },
  'TSA-11 key identifier in version 1': { sid: 'key identifier' },
  'TSA-12 without issuerSerial': { signingCertificate: 'without issuerSerial' },
  'TSA-12 two issuers': { signingCertificate: 'two issuers' },
  'TSA-12 version 1 only': { signingCertificate: 'v1' },
  'TSA-12 absent': { signingCertificate: 'absent' },
  'TSA-12 no certificates named': { signingCertificate: 'no certificates' },
  'TSA-12 SHA-384': { signingCertificate: 'sha384' },
  'TSA-12 SHA-512': { signingCertificate: 'sha512' },
  'TSA-12 SHA-1': { signingCertificate: 'sha1' },
  'TSA-13 digest SHA-384': { digest: 'sha384' },
  'TSA-13 digest SHA-512': { digest: 'sha512' },
  'TSA-13 digest SHA-1': { digest: 'sha1' },
  'TSA-13 signature algorithm with its hash': { signatureAlgorithm: 'withHash' },
  'TSA-13 PSS': { signatureAlgorithm: 'pss' },
  'TSA-13 PSS with SHA-384': { signatureAlgorithm: 'pss', digest: 'sha384' },
  'TSA-13 PSS with another salt': { signatureAlgorithm: 'pss, another salt' },
  'TSA-14 no signed attributes': { attributes: 'absent' },
  'TSA-14 attributes not sorted': { attributes: 'not sorted' },
  'TSA-14 message digest of other bytes': { messageDigest: 'wrong' },
  'TSA-14 no message digest': { messageDigest: 'absent' },
  'TSA-14 message digest twice': { messageDigest: 'twice' },
  'TSA-14 message digest with two values': { messageDigest: 'two values' },
  'TSA-14 no content type attribute': { contentTypeAttribute: 'absent' },
  'TSA-14 another content type attribute': { contentTypeAttribute: '1.2.840.113549.1.7.1' },
  'TSA-14 no signing time': { signingTime: 'absent' },
  'TSA-14 signing time before the authority': { signingTime: new Date('2019-01-01') },
  'TSA-14 signing time after the authority': { signingTime: new Date('2041-01-01') },
  'TSA-14 signing time of yesterday': { signingTime: moment(-day) },
  'TSA-18 no accuracy': { accuracy: 'absent' },
  'TSA-18 accuracy of seconds': { accuracy: { seconds: 1 } },
  'TSA-18 accuracy of all': { accuracy: { seconds: 1, millis: 1, micros: 1 } },
  'TSA-18 accuracy empty': { accuracy: {} },
  'TSA-18 accuracy of 100 years': { accuracy: { seconds: 3_153_600_000 } },
  'TSA-18 accuracy of 1000 milliseconds': { accuracy: { millis: 1000 } },
  'TSA-18 accuracy negative': { accuracy: { der: sequence(tlv(0x02, Uint8Array.of(0xff))) } },
  'TSA-18 accuracy of milliseconds zero': { accuracy: { millis: 0 } },
  'TSA-18 accuracy not a sequence': { accuracy: { der: tlv(0x02, Uint8Array.of(1)) } },
  'TSA-18 baseline policy without accuracy': { accuracy: 'absent', policy: '0.4.0.2023.1.1' },
  'TSA-18 another policy': { policy: '1.2.3' },
  'TSA-19 whole second': { genTime: 'whole second' },
  'TSA-19 fraction': genTime(`${at}.5Z`),
  'TSA-19 fraction of nine digits': genTime(`${at}.123456789Z`),
  'TSA-19 fraction with a zero at the end': genTime(`${at}.50Z`),
  'TSA-19 fraction of zero': genTime(`${at}.0Z`),
  'TSA-19 fraction without digits': genTime(`${at}.Z`),
  'TSA-19 fraction with a comma': genTime(`${at},5Z`),
  'TSA-19 no seconds': genTime(`${at.slice(0, -2)}Z`),
  'TSA-19 no Z': genTime(at),
  'TSA-19 offset': genTime(`${at}+0000`),
  'TSA-19 second 60': genTime('20240101000060Z'),
  'TSA-19 month 13': genTime('20241301000000Z'),
  'TSA-19 before the certificates': genTime('20190101000000Z'),
  'TSA-19 after the certificates': genTime('20410101000000Z'),
  'TSA-19 tomorrow': genTime(`${seconds(moment(day))}Z`),
  'TSA-17 ordering': { ordering: true },
  'TSA-17 ordering false': { ordering: false },
  'TSA-17 nonce': { nonce: 0x0123456789abcdef0123456789abcdefn },
  'TSA-17 extension': { extensions: unknown(false) },
  'TSA-17 critical extension': { extensions: unknown(true) },
};

const raw: Readonly<Record<string, (token: Uint8Array) => Uint8Array>> = {
  'TSA-10 a byte behind': (token) => Buffer.concat([token, Buffer.alloc(1)]),
  'TSA-10 cut': (token) => token.slice(0, -1),
  'TSA-10 empty': () => new Uint8Array(),
  'TSA-10 no CMS': () => Buffer.from('token'),
  'TSA-10 length not minimal': (token) => Buffer.concat([Buffer.from([0x30, 0x83, 0]), token.slice(2)]),
  'TSA-10 length indefinite': (token) => Buffer.concat([Buffer.from([0x30, 0x80]), token.slice(4), Buffer.alloc(2)]),
  'TSA-5 whole reply': (token) => sequence(sequence(tlv(0x02, Uint8Array.of(0))), token),
  'TSA-10 another ContentInfo': (token) => {
    const at = Buffer.from(token).indexOf(objectIdentifier('1.2.840.113549.1.7.2'));
    return Uint8Array.from(token, (byte, i) => (i === at + 10 ? 1 : byte));
  },
};

const timestamping = { purposes: [purpose.timeStamping], critical: true };

/** The authority's chain. */
const authorities: Readonly<Record<string, ChainOptions>> = {
  'CHAIN-20 leaf a CA': { ca: true, intermediate: { pathLength: 1 } },
  'CHAIN-20 path length': { root: { pathLength: 0 } },
  'CHAIN-20 issuer no CA': { intermediate: { ca: 'explicitly not' } },
  'CHAIN-21 without keyUsage': { keyUsage: 'absent' },
  'CHAIN-21 keyUsage not critical': { keyUsageCritical: false },
  'CHAIN-21 CA without keyUsage': { intermediate: { keyUsage: 'absent' } },
  'CHAIN-21 CA with keyUsage not critical': { intermediate: { keyUsageCritical: false } },
  'CHAIN-21 root without keyUsage': { root: { keyUsage: 'absent' } },
  'CHAIN-21 without digitalSignature': { keyUsage: ['contentCommitment'] },
  'CHAIN-21 with keyEncipherment': { keyUsage: ['digitalSignature', 'keyEncipherment'] },
  'CHAIN-21 with contentCommitment': { keyUsage: ['digitalSignature', 'contentCommitment'] },
  'CHAIN-22 purpose not critical': { extendedKeyUsage: { ...timestamping, critical: false } },
  'CHAIN-22 second purpose': {
    extendedKeyUsage: { purposes: [purpose.timeStamping, purpose.codeSigning], critical: true },
  },
  'CHAIN-22 unknown second purpose': {
    extendedKeyUsage: { purposes: [purpose.timeStamping, '1.2.3.4'], critical: true },
  },
  'CHAIN-22 another purpose': { extendedKeyUsage: { purposes: [purpose.codeSigning], critical: true } },
  'CHAIN-22 any purpose': { extendedKeyUsage: { purposes: [purpose.any], critical: true } },
  'CHAIN-22 purpose twice': {
    extendedKeyUsage: { purposes: [purpose.timeStamping, purpose.timeStamping], critical: true },
  },
  'CHAIN-22 CA for timestamps': { intermediate: { extendedKeyUsage: { purposes: [purpose.timeStamping] } } },
  'TSA-15 CA for code': { intermediate: { extendedKeyUsage: { purposes: [purpose.codeSigning] } } },
  'TSA-15 CA for any purpose': { intermediate: { extendedKeyUsage: { purposes: [purpose.any] } } },
  'TSA-15 root for code': { root: { extendedKeyUsage: { purposes: [purpose.codeSigning] } } },
  'TSA-15 unknown critical extension of the leaf': {
    extensions: [{ oid: '1.2.3.4', critical: true, value: octetString(new Uint8Array()) }],
  },
  'TSA-15 unknown critical extension of the CA': {
    intermediate: { extensions: [{ oid: '1.2.3.4', critical: true, value: octetString(new Uint8Array()) }] },
  },
  'TSA-15 unknown critical extension of the root': {
    root: { extensions: [{ oid: '1.2.3.4', critical: true, value: octetString(new Uint8Array()) }] },
  },
  'TSA-15 policies': { policies: ['1.2.3'] },
  'TSA-15 name constraints that permit': nameConstraint(0xa0),
  'TSA-15 name constraints that exclude': nameConstraint(0xa1),
  'TSA-15 name constraints about hosts': {
    intermediate: {
      extensions: [
        {
          ...{ oid: '2.5.29.30', critical: true },
          value: sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('example.com'))))),
        },
      ],
    },
  },
  'TSA-15 leaf over': { notAfter: moment(-hour) },
  'TSA-15 leaf over now, valid then': { notBefore: moment(-day), notAfter: moment(-30_000) },
  'TSA-15 leaf to come': { notBefore: moment(hour) },
  'TSA-15 CA over': { intermediate: { notAfter: moment(-hour) } },
  'TSA-15 root over': { root: { notAfter: moment(-hour) } },
  'TSA-15 no key identifiers': { keyIdentifiers: 'absent', intermediate: { keyIdentifiers: 'absent' } },
  'ALG-4 leaf with SHA-1': { hash: 'sha1' },
  'ALG-4 CA with SHA-1': { intermediate: { hash: 'sha1' } },
  'ALG-4 root with SHA-1': { root: { hash: 'sha1' } },
};

function nameConstraint(tag: number): ChainOptions {
  const name = sequence(tlv(0x31, sequence(objectIdentifier('2.5.4.6'), tlv(0x13, Buffer.from('US')))));
  return {
    intermediate: {
      extensions: [{ oid: '2.5.29.30', critical: true, value: sequence(tlv(tag, sequence(tlv(0xa4, name)))) }],
    },
  };
}

export async function timestamps(world: World): Promise<readonly Draft[]> {
  const signer = world.signers['EC-256'];
  const drafts: Draft[] = [];
  for (const format of formats) {
    const add = (name: string, timestamp: Content['timestamp'], trust = world.timestampTrust): void => {
      const content = { signer, ...(timestamp && { timestamp }) };
      drafts.push({
        name: `${name} (timestamp, ${format})`,
        trust,
        sign: (target) => writeEnvelope(format, { target, ...content }),
      });
    };
    add('TSA-22 none', undefined);
    for (const [name, token] of Object.entries(tokens)) add(name, stamp(world, token));
    for (const [name, change] of Object.entries(raw)) add(name, (signature) => change(stamp(world)(signature)));
  }
  return [...drafts, ...(await ofAuthorities(world)), ...(await conditions(world))];
}

async function ofAuthorities(world: World): Promise<readonly Draft[]> {
  const signer = world.signers['RSA-2048'];
  const keys: readonly TestKeySpec[] = [
    'RSA-1024',
    'RSA-2048',
    'RSA-3072',
    'RSA-4096',
    'RSA-2056',
    'EC-256',
    'EC-384',
    'EC-521',
    'EC-P224',
    'Ed25519',
  ];
  const all = { ...authorities, ...Object.fromEntries(keys.map((keySpec) => [`CHAIN-23 ${keySpec}`, { keySpec }])) };
  return Promise.all(
    Object.entries(all).map(async ([name, options]): Promise<Draft> => {
      const tsa = await timestampingChain(options);
      const trust = trustOf({ ca: [world.root], tsa: [{ certificate: tsa.chain.at(-1)! }] });
      const digest = name.includes('EC-384') ? 'sha384' : name.includes('EC-521') ? 'sha512' : 'sha256';
      const timestamp = stamp({ tsa }, { digest });
      return {
        name: `${name} (authority)`,
        trust,
        sign: (target) => writeEnvelope('cose', { target, signer, timestamp }),
      };
    }),
  );
}

/** When a token is looked at, and what it is worth. */
async function conditions(world: World): Promise<readonly Draft[]> {
  const { root, tsaRoot, tsa } = world;
  const over = await world.issue({ notBefore: moment(-2 * day), notAfter: moment(-day) });
  const fresh = await world.issue({ notBefore: moment(-hour), notAfter: moment(day) });
  const rootOver = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=old root', notAfter: moment(-day) });
  const underRootOver = await issue(rootOver, { subject: 'C=US, ST=WA, O=Acme, CN=signer' });
  const twin = await createRoot({ subject: 'C=US, O=Acme, CN=Acme Timestamp Root' });
  const middle = await issue(tsaRoot, { subject: 'C=US, O=Acme, CN=middle', ca: true });
  const leaf: CertificateOptions = {
    subject: 'C=US, O=Acme, CN=tsa',
    keySpec: 'RSA-2048',
    extendedKeyUsage: timestamping,
  };
  const below = await issue(middle, leaf);
  const then = moment(-1.5 * day);
  const good = stamp(world);
  const during = stamp(world, { at: then });
  type Condition = readonly [Partial<Content> & Pick<Content, 'signer'>, Parameters<typeof trustOf>[0], Statement?];
  const always = { ca: [root], tsa: [tsaRoot] };
  const after: Statement = { verifyTimestamp: 'afterCertExpiry' };
  const cases: Readonly<Record<string, Condition>> = {
    'TSA-20 certificate over, no store of authorities': [{ signer: over, timestamp: during }, { ca: [root] }],
    'TSA-20 certificate over, timestamp during its life': [{ signer: over, timestamp: during }, always],
    'TSA-20 certificate over, timestamp after its life': [{ signer: over, timestamp: good }, always],
    'TSA-20 certificate over, timestamp before its life': [
      { signer: over, timestamp: stamp(world, { at: moment(-3 * day) }) },
      always,
    ],
    'TSA-20 certificate over, no timestamp': [{ signer: over }, always],
    'TSA-20 certificate over, asked for after its life only': [{ signer: over, timestamp: during }, always, after],
    'TSA-20 certificate over, none, asked for after its life only': [{ signer: over }, always, after],
    'TSA-20 certificate valid, none, asked for after its life only': [{ signer: fresh }, always, after],
    'TSA-20 certificate valid, a bad one, asked for after its life only': [
      { signer: fresh, timestamp: () => Buffer.from('x') },
      always,
      after,
    ],
    'TSA-20 root over, none, asked for after its life only': [
      { signer: underRootOver },
      { ca: [rootOver], tsa: [tsaRoot] },
      after,
    ],
    'TSA-20 root over, timestamp too late': [
      { signer: underRootOver, timestamp: good },
      { ca: [rootOver], tsa: [tsaRoot] },
    ],
    'TSA-20 root over, timestamp in time': [
      { signer: underRootOver, timestamp: stamp(world, { at: moment(-2 * day) }) },
      { ca: [rootOver], tsa: [tsaRoot] },
    ],
    'TSA-21 accuracy reaches over the start': [
      { signer: fresh, timestamp: stamp(world, { at: moment(-hour + 10_000), accuracy: { seconds: 20 } }) },
      always,
    ],
    'TSA-21 accuracy reaches the start': [
      {
        signer: fresh,
        timestamp: stamp(world, {
          at: new Date(fresh.chain.length && moment(-hour).getTime() + 30_000),
          accuracy: { seconds: 5 },
        }),
      },
      always,
    ],
    'TSA-21 accuracy reaches over the end': [
      { signer: over, timestamp: stamp(world, { at: moment(-day - 10_000), accuracy: { seconds: 20 } }) },
      always,
    ],
    'TSA-21 another root of the same name': [
      { signer: fresh, timestamp: good },
      { ca: [root], tsa: [twin] },
    ],
    'TSA-21 both roots of the same name': [
      { signer: fresh, timestamp: good },
      { ca: [root], tsa: [twin, tsaRoot] },
    ],
    'TSA-21 the signers root for timestamps': [
      { signer: fresh, timestamp: good },
      { ca: [root], tsa: [root] },
    ],
    'TSA-21 authority in the store of signers': [{ signer: fresh, timestamp: good }, { ca: [root, tsaRoot] }],
    'TSA-15 CA within the token': [{ signer: fresh, timestamp: stamp({ tsa: below }) }, always],
    'TSA-15 CA not within the token': [
      { signer: fresh, timestamp: stamp({ tsa: below }, { certificates: [below.certificate] }) },
      always,
    ],
    'TSA-15 root within the token': [
      { signer: fresh, timestamp: stamp({ tsa: below }, { certificates: [...below.chain] }) },
      always,
    ],
    'TSA-15 certificates in another order': [
      { signer: fresh, timestamp: stamp({ tsa: below }, { certificates: below.chain.toReversed() }) },
      always,
    ],
    'TSA-15 strangers within the token': [
      {
        signer: fresh,
        timestamp: stamp({ tsa: below }, { certificates: [root.certificate, fresh.certificate, ...below.chain] }),
      },
      always,
    ],
    'TSA-15 a certificate twice within the token': [
      { signer: fresh, timestamp: stamp({ tsa: below }, { certificates: [below.certificate, ...below.chain] }) },
      always,
    ],
    'TSA-15 rubbish within the certificates': [
      { signer: fresh, timestamp: stamp(world, { certificates: [tsa.certificate, sequence()] }) },
      always,
    ],
    'TSA-12 another certificate named by its hash': [
      { signer: fresh, timestamp: stamp(world, { hashOf: tsaRoot.certificate }) },
      always,
    ],
    'TSA-12 another certificate named by its number': [
      { signer: fresh, timestamp: stamp(world, { serialOf: tsaRoot.certificate, certificates: [...tsa.chain] }) },
      always,
    ],
    'TSA-13 signed by another key': [
      { signer: fresh, timestamp: stamp(world, { signWith: below.privateKey }) },
      always,
    ],
    'TSA-11 a bad signer before the good one': [
      { signer: fresh, timestamp: stamp(world, { signersBefore: [{ chain: tsa, signWith: below.privateKey }] }) },
      always,
    ],
    'TSA-11 a signer without a certificate before the good one': [
      { signer: fresh, timestamp: stamp(world, { signersBefore: [{ chain: below }] }) },
      always,
    ],
    'TSA-11 five signers': [
      {
        signer: fresh,
        timestamp: stamp(world, {
          signersBefore: Array.from({ length: 4 }, () => ({ chain: tsa, messageDigest: 'wrong' as const })),
        }),
      },
      always,
    ],
    'TSA-11 a good signer before a bad one': [
      { signer: fresh, timestamp: stamp(world, { messageDigest: 'wrong', signersBefore: [{ chain: tsa }] }) },
      always,
    ],
    'SCHEME-1 authority, valid then': [
      { signer: over, scheme: 'notary.x509.signingAuthority', signedAt: then },
      { signingAuthority: [root] },
    ],
    'SCHEME-1 authority, valid then, timestamps asked for': [
      { signer: over, scheme: 'notary.x509.signingAuthority', signedAt: then },
      { signingAuthority: [root], tsa: [tsaRoot] },
    ],
    'SCHEME-1 authority, after the life': [
      { signer: over, scheme: 'notary.x509.signingAuthority', signedAt: moment(-hour) },
      { signingAuthority: [root] },
    ],
    'SCHEME-1 authority, before the life': [
      { signer: over, scheme: 'notary.x509.signingAuthority', signedAt: moment(-3 * day) },
      { signingAuthority: [root] },
    ],
    'SCHEME-1 authority, to come': [
      { signer: world.signers['EC-256'], scheme: 'notary.x509.signingAuthority', signedAt: moment(day) },
      { signingAuthority: [root] },
    ],
    'VER-11 certificate over, signed during its life': [{ signer: over, signedAt: then }, { ca: [root] }],
  };
  return Object.entries(cases).flatMap(([name, [content, anchors, statement]]) =>
    formats.map((format): Draft => {
      return {
        name: `${name} (${format})`,
        trust: trustOf(anchors, statement),
        sign: (target) => writeEnvelope(format, { target, ...content }),
      };
    }),
  );
}

/** Stores of timestamp authorities that hold something else. STORE-5. */
export function timestampStores(world: World, odd: Readonly<Record<string, Issued>>): readonly Draft[] {
  const signer = world.signers['EC-256'];
  return Object.entries(odd).map(([what, anchor]): Draft => {
    const trust = trustOf({ ca: [world.root], tsa: [world.tsaRoot] });
    const files = { ...trust.stores, 'x509/tsa/acme/odd.pem': encodePem(anchor.certificate) };
    const sign: Draft['sign'] = (target) => writeEnvelope('cose', { target, signer, timestamp: stamp(world) });
    return { name: `STORE-5 ${what} in the store of timestamp authorities`, trust: { ...trust, stores: files }, sign };
  });
}
