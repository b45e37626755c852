// Signing chains, each good but for one thing, or odd and good all the same. ALG-1 to ALG-4, CHAIN-1 to CHAIN-12.

import { codeSigningChain, createRoot, encodeName, issue, purpose } from '../../support/ca.ts';
import type { CertificateOptions, ChainOptions, Issued, TestKeyUsage } from '../../support/ca.ts';
import { objectIdentifier, octetString, sequence, tlv } from '../../support/der-writer.ts';
import { testKey } from '../../support/keys.ts';
import type { TestKeySpec } from '../../support/keys.ts';
import type { Draft, Signer } from '../case.ts';
import { day, moment } from '../content.ts';
import { writeEnvelope } from '../writer.ts';
import { formats, trustOf } from '../world.ts';
import type { World } from '../world.ts';

type Make = () => Promise<Signer>;

const subject = 'C=US, ST=WA, O=Acme, CN=signer';
const chain =
  (options: ChainOptions = {}): Make =>
  () =>
    codeSigningChain(options);
const alone =
  (options: Partial<CertificateOptions> = {}): Make =>
  () =>
    createRoot({ subject, ca: false, keyUsage: ['digitalSignature'], ...options });
const usage = (...keyUsage: TestKeyUsage[]): Make => chain({ keyUsage });
const purposes = (...oids: string[]): Make => chain({ extendedKeyUsage: { purposes: oids } });
const arranged =
  (arrange: (leaf: Uint8Array, ca: Uint8Array, root: Uint8Array) => readonly Uint8Array[]): Make =>
  async () => {
    const signer = await codeSigningChain();
    const [leaf, ca, root] = signer.chain;
    return { privateKey: signer.privateKey, chain: arrange(leaf!, ca!, root!) };
  };
const der = (change: (certificate: Uint8Array) => Uint8Array): Make =>
  arranged((leaf, ca, root) => [change(leaf), ca, root]);
const flipLast = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
const uri = (text: string): Uint8Array => tlv(0x86, Buffer.from(text));
const unknown = (critical: boolean) => [{ oid: '1.2.3.4', critical, value: octetString(new Uint8Array()) }];
const uriNames = (oid: string, critical: boolean, text: string) => [
  { oid, critical, value: sequence(tlv(0x86, Buffer.from(text))) },
];

/** One CA over the other, as many as there are limits, root first; undefined sets no limit. */
const limited =
  (...limits: (number | undefined)[]): Make =>
  async () => {
    let parent: Issued | undefined;
    for (const [index, pathLength] of limits.entries()) {
      const options = {
        subject: `C=US, O=Acme, CN=CA ${index}`,
        ca: true,
        ...(pathLength !== undefined && { pathLength }),
      };
      parent = await (parent ? issue(parent, options) : createRoot(options));
    }
    return issue(parent!, { subject });
  };

const issuance: Readonly<Record<string, Make>> = {
  'CHAIN-1 root missing': arranged((leaf, ca) => [leaf, ca]),
  'CHAIN-1 root first': arranged((leaf, ca, root) => [root, ca, leaf]),
  'CHAIN-1 issuers exchanged': arranged((leaf, ca, root) => [leaf, root, ca]),
  'CHAIN-1 intermediate missing': arranged((leaf, _ca, root) => [leaf, root]),
  'CHAIN-1 leaf alone': arranged((leaf) => [leaf]),
  'CHAIN-1 a stranger behind': async () => {
    const [signer, other] = [await codeSigningChain(), await createRoot({ subject: 'CN=other' })];
    return { privateKey: signer.privateKey, chain: [...signer.chain, other.certificate] };
  },
  'CHAIN-2 alone': alone(),
  'CHAIN-2 alone, an RSA key': alone({ keySpec: 'RSA-2048' }),
  'CHAIN-2 alone, with another key': async () => alone({ signWith: (await testKey('EC-256')).privateKey })(),
  'CHAIN-2 alone, with another issuer': alone({ issuerName: 'CN=other' }),
  'CHAIN-2 alone, a CA': alone({ ca: true }),
  'CHAIN-2 alone, explicitly no CA': alone({ ca: 'explicitly not' }),
  'CHAIN-2 alone, without keyUsage': alone({ keyUsage: 'absent' }),
  'CHAIN-2 alone, of version 1': alone({ version: 1 }),
  'CHAIN-3 root doubled': arranged((leaf, ca, root) => [leaf, ca, root, root]),
  'CHAIN-3 leaf doubled': arranged((leaf, ca, root) => [leaf, leaf, ca, root]),
  'CHAIN-3 root with another issuer': chain({ root: { issuerName: 'CN=other' } }),
  'CHAIN-3 root with another key': async () => chain({ root: { signWith: (await testKey('EC-256')).privateKey } })(),
  'CHAIN-4 issuer name in another case': chain({ issuerName: 'C=US, O=Acme, CN=CODE SIGNING CA' }),
  'CHAIN-4 issuer name of another string type': async () => {
    const [root, name] = [
      await createRoot({ subject: 'C=US, O=Acme, CN=root' }),
      Buffer.from(encodeName('C=US, O=Acme, CN=root')),
    ];
    name[name.length - 6] = 0x13;
    return issue(root, { subject, issuerName: name });
  },
  'CHAIN-4 issuer key of a twin': async () => {
    const [signer, twin] = [await codeSigningChain(), await codeSigningChain()];
    return { privateKey: signer.privateKey, chain: [signer.chain[0]!, ...twin.chain.slice(1)] };
  },
  'CHAIN-4 signature altered': der(flipLast),
  'CHAIN-4 issuer without basicConstraints': chain({ intermediate: { ca: false } }),
  'CHAIN-4 issuer explicitly no CA': chain({ intermediate: { ca: 'explicitly not' } }),
  'CHAIN-4 issuer without keyCertSign': chain({ intermediate: { keyUsage: ['digitalSignature', 'cRLSign'] } }),
  'CHAIN-4 root without keyCertSign': chain({ root: { keyUsage: ['cRLSign'] } }),
  'CHAIN-4 no key identifiers': chain({ keyIdentifiers: 'absent', intermediate: { keyIdentifiers: 'absent' } }),
  'CHAIN-4 another authority key identifier': chain({
    keyIdentifiers: 'absent',
    extensions: [{ oid: '2.5.29.35', value: sequence(tlv(0x80, Buffer.from('another'))) }],
  }),
  'CHAIN-5 issuer of version 1': chain({ intermediate: { version: 1 } }),
  'CHAIN-5 root of version 1': chain({ root: { version: 1 } }),
  'D4 basicConstraints not critical': chain({
    intermediate: { basicConstraintsCritical: false },
    root: { basicConstraintsCritical: false },
  }),
  'CHAIN-5 path length 0 under the root': limited(0),
  'CHAIN-5 path length 0 over one CA': limited(0, undefined),
  'CHAIN-5 path length 1 over one CA': limited(1, undefined),
  'CHAIN-5 path length 1 over two CAs': limited(1, undefined, undefined),
  'CHAIN-5 path length 2 over two CAs': limited(2, undefined, undefined),
  'CHAIN-5 path length 0 of the middle CA': limited(undefined, 0, undefined),
  'CHAIN-5 path lengths that grow': limited(5, 7, 9),
  'CHAIN-5 twenty CAs': limited(...Array.from({ length: 20 }, () => undefined)),
  'CHAIN-5 nineteen CAs': limited(...Array.from({ length: 19 }, () => undefined)),
  'CHAIN-5 no CA with a path length': chain({ ca: 'explicitly not', pathLength: 0 }),
  'CHAIN-5 intermediate without keyUsage': chain({ intermediate: { keyUsage: 'absent' } }),
  'CHAIN-5 root without keyUsage': chain({ root: { keyUsage: 'absent' } }),
  'CHAIN-5 intermediate with keyUsage not critical': chain({ intermediate: { keyUsageCritical: false } }),
  'CHAIN-5 root with keyUsage not critical': chain({ root: { keyUsageCritical: false } }),
  'CHAIN-5 CA for everything': chain({
    intermediate: { keyUsage: ['digitalSignature', 'keyEncipherment', 'keyCertSign'] },
  }),
  'CHAIN-10 CA for TLS servers': chain({ intermediate: { extendedKeyUsage: { purposes: [purpose.serverAuth] } } }),
};

const leaves: Readonly<Record<string, Make>> = {
  'CHAIN-6 leaf explicitly no CA': chain({ ca: 'explicitly not' }),
  'CHAIN-6 leaf a CA': chain({ ca: true, intermediate: { pathLength: 1 } }),
  'CHAIN-7 without keyUsage': chain({ keyUsage: 'absent' }),
  'CHAIN-7 keyUsage not critical': chain({ keyUsageCritical: false }),
  'CHAIN-7 no bit': usage(),
  'CHAIN-7 contentCommitment alone': usage('contentCommitment'),
  'CHAIN-7 with contentCommitment': usage('digitalSignature', 'contentCommitment'),
  ...Object.fromEntries(
    (
      [
        'keyEncipherment',
        'dataEncipherment',
        'keyAgreement',
        'keyCertSign',
        'cRLSign',
        'encipherOnly',
        'decipherOnly',
      ] as const
    ).map((other) => [`CHAIN-7 with ${other}`, usage('digitalSignature', other)]),
  ),
  'CHAIN-8 no extended key usage': async () =>
    issue(await createRoot({ subject: 'C=US, O=Acme, CN=root' }), { subject }),
  'CHAIN-8 extended key usage critical': chain({
    extendedKeyUsage: { purposes: [purpose.codeSigning], critical: true },
  }),
  'CHAIN-8 extended key usage empty': purposes(),
  'CHAIN-8 unknown purpose alone': purposes('1.2.3.4'),
  'CHAIN-8 unknown purpose beside': purposes(purpose.codeSigning, '1.3.6.1.4.1.311.97.1.0'),
  'CHAIN-8 serverAuth': purposes(purpose.codeSigning, purpose.serverAuth),
  'CHAIN-8 clientAuth': purposes(purpose.codeSigning, purpose.clientAuth),
  'CHAIN-8 emailProtection': purposes(purpose.codeSigning, purpose.emailProtection),
  'CHAIN-8 timeStamping': purposes(purpose.codeSigning, purpose.timeStamping),
  'CHAIN-8 timeStamping alone': purposes(purpose.timeStamping),
  'CHAIN-8 ipsec end system': purposes('1.3.6.1.5.5.7.3.5'),
  'CHAIN-8 Microsoft server gated crypto': purposes('1.3.6.1.4.1.311.10.3.3'),
  'CHAIN-8 Netscape server gated crypto': purposes('2.16.840.1.113730.4.1'),
  'CHAIN-8 Microsoft commercial code signing': purposes('1.3.6.1.4.1.311.2.1.22'),
  'CHAIN-8 Microsoft kernel code signing': purposes('1.3.6.1.4.1.311.61.1.1'),
  'D3 OCSPSigning': purposes(purpose.codeSigning, purpose.ocspSigning),
  'D2 any purpose': purposes(purpose.any),
  'D2 any purpose beside': purposes(purpose.codeSigning, purpose.any),
  'CHAIN-10 unknown extension': chain({ extensions: unknown(false) }),
  'CHAIN-10 unknown critical extension': chain({ extensions: unknown(true) }),
  'CHAIN-10 unknown critical extension of the CA': chain({ intermediate: { extensions: unknown(true) } }),
  'CHAIN-10 policies': chain({ policies: ['2.5.29.32.0', '1.2.3'] }),
  'CHAIN-10 critical name constraints of the CA': chain({
    intermediate: {
      extensions: [
        {
          oid: '2.5.29.30',
          critical: true,
          value: sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('example.com'))))),
        },
      ],
    },
  }),
  'CHAIN-10 alternative name': chain({ extensions: uriNames('2.5.29.17', false, 'https://example.com/') }),
  'CHAIN-10 alternative name critical': chain({ extensions: uriNames('2.5.29.17', true, 'https://example.com/') }),
  'CHAIN-10 alternative name that is no URI': chain({ extensions: uriNames('2.5.29.17', false, 'http://[::1') }),
  'CHAIN-10 alternative name empty': chain({ extensions: [{ oid: '2.5.29.17', value: sequence() }] }),
};

const algorithms: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(
    (['RSA-1024', 'RSA-2047', 'RSA-2056', 'RSASSA-PSS-2048', 'EC-P224', 'EC-secp256k1', 'Ed25519'] as const).map(
      (keySpec: TestKeySpec) => [`ALG-2 leaf with ${keySpec}`, chain({ keySpec })],
    ),
  ),
  ...Object.fromEntries(
    (['RSA-1024', 'RSA-2056', 'EC-P224', 'EC-521', 'Ed25519'] as const).map((keySpec: TestKeySpec) => [
      `ALG-3 CA with ${keySpec}`,
      chain({ intermediate: { keySpec } }),
    ]),
  ),
  'ALG-3 CA signs with PSS': chain({ intermediate: { keySpec: 'RSA-2048' }, padding: 'pss' }),
  'ALG-3 CA signs with SHA-384': chain({ hash: 'sha384' }),
  'ALG-3 CA signs with PSS and SHA-512': chain({
    intermediate: { keySpec: 'RSA-2048' },
    padding: 'pss',
    hash: 'sha512',
  }),
  'ALG-4 leaf signed with SHA-1': chain({ hash: 'sha1' }),
  'ALG-4 leaf signed with SHA-1 and RSA': chain({ intermediate: { keySpec: 'RSA-2048' }, hash: 'sha1' }),
  'ALG-4 intermediate signed with SHA-1': chain({ intermediate: { hash: 'sha1' } }),
  'ALG-4 root signed with SHA-1': chain({ root: { hash: 'sha1' } }),
  'ALG-4 leaf signed with MD5': chain({ intermediate: { keySpec: 'RSA-2048' }, hash: 'md5' }),
  'D5 alone, signed with SHA-1': alone({ hash: 'sha1' }),
  'D5 alone, signed with SHA-1 and RSA': alone({ keySpec: 'RSA-2048', hash: 'sha1' }),
};

const validity: Readonly<Record<string, Make>> = {
  'VER-11 leaf over': chain({ notAfter: moment(-day) }),
  'VER-11 leaf to come': chain({ notBefore: moment(day) }),
  'VER-11 intermediate over': chain({ intermediate: { notAfter: moment(-day) } }),
  'VER-11 root over': chain({ root: { notAfter: moment(-day) } }),
  'VER-11 root to come': chain({ root: { notBefore: moment(day) } }),
  'CHAIN-11 leaf outlives its issuers': chain({ notAfter: new Date('2045-01-01') }),
  'CHAIN-11 leaf older than its issuers': chain({ notBefore: new Date('2001-01-01') }),
  'CHAIN-12 without an end': chain({ notAfter: new Date('9999-12-31T23:59:59Z') }),
  'CHAIN-12 end in 2050': chain({ notAfter: new Date('2050-01-01') }),
  'CHAIN-12 start in 1950': chain({ notBefore: new Date('1950-01-01') }),
};

const encodings: Readonly<Record<string, Make>> = {
  'CHAIN-12 negative serial number': chain({ serialNumber: -1n }),
  'CHAIN-12 serial number zero': chain({ serialNumber: 0n }),
  'CHAIN-12 serial number of 40 octets': chain({ serialNumber: 1n << 318n }),
  'CHAIN-12 extension twice': chain({ extensions: [...unknown(false), ...unknown(false)] }),
  'CHAIN-12 version 2': chain({ version: 2 }),
  'CHAIN-12 a byte behind': der((leaf) => Buffer.concat([leaf, Buffer.alloc(1)])),
  'CHAIN-12 cut': der((leaf) => leaf.slice(0, -1)),
  'CHAIN-12 length not minimal': der((leaf) => Buffer.concat([Buffer.from([0x30, 0x83, 0]), leaf.slice(2)])),
  'CHAIN-12 length indefinite': der((leaf) =>
    Buffer.concat([Buffer.from([0x30, 0x80]), leaf.slice(4), Buffer.alloc(2)]),
  ),
  'CHAIN-12 PEM': der((leaf) =>
    Buffer.from(`-----BEGIN CERTIFICATE-----\n${Buffer.from(leaf).toString('base64')}\n-----END CERTIFICATE-----\n`),
  ),
  'CHAIN-12 empty subject': chain({ subject: '' }),
  'CHAIN-12 issuer with an empty subject': chain({ intermediate: { subject: '' } }),
  'CHAIN-12 key usage of two unused octets': chain({
    keyUsage: 'absent',
    extensions: [{ oid: '2.5.29.15', critical: true, value: Uint8Array.of(0x03, 0x03, 0x00, 0x80, 0x00) }],
  }),
  'CHAIN-12 key usage with unused bits set': chain({
    keyUsage: 'absent',
    extensions: [{ oid: '2.5.29.15', critical: true, value: Uint8Array.of(0x03, 0x02, 0x07, 0x81) }],
  }),
  'CHAIN-12 key usage with bytes behind': chain({
    keyUsage: 'absent',
    extensions: [{ oid: '2.5.29.15', critical: true, value: Uint8Array.of(0x03, 0x02, 0x07, 0x80, 0x00) }],
  }),
  'CHAIN-12 subject with a text that is not printable': chain({
    subject: Buffer.from(encodeName('C=U*, ST=WA, O=Acme')),
  }),
};

/** Values of extensions that are not of their type. Those that nobody asks for are read by Go all the same. */
const values: Readonly<Record<string, readonly [oid: string, value: Uint8Array, critical?: boolean]>> = {
  'alternative name, not a sequence': ['2.5.29.17', octetString(new Uint8Array())],
  'alternative name, bytes behind': ['2.5.29.17', Buffer.concat([sequence(uri('http://a.example/')), Buffer.alloc(1)])],
  'alternative name, mail': ['2.5.29.17', sequence(tlv(0x81, Buffer.from('a@example.com')))],
  'alternative name, mail beyond ASCII': ['2.5.29.17', sequence(tlv(0x81, Buffer.from('ä@example.com')))],
  'alternative name, host': ['2.5.29.17', sequence(tlv(0x82, Buffer.from('*.example.com')))],
  'alternative name, host beyond ASCII': ['2.5.29.17', sequence(tlv(0x82, Buffer.from('ä.example.com')))],
  'alternative name, host empty': ['2.5.29.17', sequence(tlv(0x82))],
  'alternative name, IPv4': ['2.5.29.17', sequence(tlv(0x87, Uint8Array.of(127, 0, 0, 1)))],
  'alternative name, IP of five octets': ['2.5.29.17', sequence(tlv(0x87, Uint8Array.of(127, 0, 0, 1, 1)))],
  'alternative name, directory': ['2.5.29.17', sequence(tlv(0xa4, encodeName('CN=a')))],
  'alternative name, directory that is none': ['2.5.29.17', sequence(tlv(0xa4, Uint8Array.of(5, 0)))],
  'alternative name, other': [
    '2.5.29.17',
    sequence(tlv(0xa0, objectIdentifier('1.2.3'), tlv(0xa0, tlv(0x0c, Buffer.from('a'))))),
  ],
  'alternative name, registered': ['2.5.29.17', sequence(tlv(0x88, Uint8Array.of(0x2a)))],
  'alternative name, unknown kind': ['2.5.29.17', sequence(tlv(0x8f, Uint8Array.of(1)))],
  ...Object.fromEntries(
    [
      ...[
        'http://a.example/',
        'http://a.example:80/',
        'http://a.example',
        'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
        'mailto:a@b.c',
      ],
      ...[
        'spiffe://a/b',
        'a',
        '',
        '//a',
        '/a',
        'a:b',
        ':a',
        '1a:b',
        'http://',
        'http://a b/',
        'http://a/b c',
        'http://%zz/',
        'http://a/%zz',
      ],
      ...[
        'http://a:x/',
        'http://a.example./',
        'http://.a/',
        'http://a..b/',
        'http://[::1]/',
        'http://[::1',
        'http://u:p@a/',
        'http://a/?q#f',
      ],
      ...[
        'http://ä/',
        'HTTP://A/',
        'http://a_b/',
        'http://a/\u0001',
        'http://a\\b/',
        'http://a/"',
        'http://a"b/',
        'http://a/|',
        'http://a|b/',
        'x://!$&/',
      ],
      ...[
        'http://a#/%zz',
        'http://a?%zz',
        'urn:%zz',
        'ldap://a/cn=b?c?sub',
        'https://a%41/',
        'https://[fe80::1%25en0]/',
        'a/b:c',
        'http:///a',
        'http:a',
      ],
    ].map((text) => [`alternative name, URI ${JSON.stringify(text)}`, ['2.5.29.17', sequence(uri(text))] as const]),
  ),
  'name constraints, not a sequence': ['2.5.29.30', Uint8Array.of(5, 0)],
  'name constraints, empty': ['2.5.29.30', sequence()],
  'name constraints, host': ['2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('example.com')))))],
  'name constraints, host that is none': ['2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('a b')))))],
  'name constraints, host beyond ASCII': ['2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('ä')))))],
  'name constraints, network': [
    '2.5.29.30',
    sequence(tlv(0xa1, sequence(tlv(0x87, Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0))))),
  ],
  'name constraints, network of five octets': [
    '2.5.29.30',
    sequence(tlv(0xa1, sequence(tlv(0x87, Uint8Array.of(10, 0, 0, 0, 255))))),
  ],
  'name constraints, network with a mask that is none': [
    '2.5.29.30',
    sequence(tlv(0xa1, sequence(tlv(0x87, Uint8Array.of(10, 0, 0, 0, 0, 255, 0, 0))))),
  ],
  'name constraints, mail': ['2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0x81, Buffer.from('a@example.com')))))],
  'name constraints, mail that is none': ['2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0x81, Buffer.from('a@b@c')))))],
  'name constraints, URI': ['2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0x86, Buffer.from('.example.com')))))],
  'name constraints, URI that is an address': [
    '2.5.29.30',
    sequence(tlv(0xa0, sequence(tlv(0x86, Buffer.from('127.0.0.1'))))),
  ],
  'name constraints, directory': ['2.5.29.30', sequence(tlv(0xa0, sequence(tlv(0xa4, encodeName('C=US')))))],
  'name constraints, other member': ['2.5.29.30', sequence(tlv(0xa2))],
  'policies, not a sequence': ['2.5.29.32', Uint8Array.of(5, 0)],
  'policies, empty': ['2.5.29.32', sequence()],
  'policies, one twice': [
    '2.5.29.32',
    sequence(sequence(objectIdentifier('1.2.3')), sequence(objectIdentifier('1.2.3'))),
  ],
  'policies, with a qualifier': [
    '2.5.29.32',
    sequence(
      sequence(
        objectIdentifier('1.2.3'),
        sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.2.1'), tlv(0x16, Buffer.from('http://a/')))),
      ),
    ),
  ],
  'policies, no identifier': ['2.5.29.32', sequence(sequence())],
  'policy mappings': ['2.5.29.33', sequence(sequence(objectIdentifier('1.2.3'), objectIdentifier('1.2.4')))],
  'policy mappings, not a sequence': ['2.5.29.33', Uint8Array.of(5, 0)],
  'policy constraints': ['2.5.29.36', sequence(tlv(0x80, Uint8Array.of(0)))],
  'policy constraints, not a sequence': ['2.5.29.36', Uint8Array.of(5, 0)],
  'inhibit any policy': ['2.5.29.54', tlv(0x02, Uint8Array.of(0))],
  'inhibit any policy, not a number': ['2.5.29.54', Uint8Array.of(5, 0)],
  'subject directory attributes, not a sequence': ['2.5.29.9', Uint8Array.of(5, 0)],
  'issuer alternative name, not a sequence': ['2.5.29.18', Uint8Array.of(5, 0)],
  'private key usage period, not a sequence': ['2.5.29.16', Uint8Array.of(5, 0)],
  'freshest CRL, not a sequence': ['2.5.29.46', Uint8Array.of(5, 0)],
  'subject information, not a sequence': ['1.3.6.1.5.5.7.1.11', Uint8Array.of(5, 0)],
  'access information, not a sequence': ['1.3.6.1.5.5.7.1.1', Uint8Array.of(5, 0)],
  'access information, empty': ['1.3.6.1.5.5.7.1.1', sequence()],
  'access information, of no URI': [
    '1.3.6.1.5.5.7.1.1',
    sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), tlv(0xa4, encodeName('CN=a')))),
  ],
  'access information, of an unknown method': [
    '1.3.6.1.5.5.7.1.1',
    sequence(sequence(objectIdentifier('1.2.3'), uri('http://a/'))),
  ],
  'access information, critical': ['1.3.6.1.5.5.7.1.1', sequence(), true],
  'distribution points, not a sequence': ['2.5.29.31', Uint8Array.of(5, 0)],
  'distribution points, empty': ['2.5.29.31', sequence()],
  'distribution points, one empty': ['2.5.29.31', sequence(sequence())],
  'distribution points, of a directory': [
    '2.5.29.31',
    sequence(sequence(tlv(0xa0, tlv(0xa0, tlv(0xa4, encodeName('CN=a')))))),
  ],
  'distribution points, relative to the issuer': ['2.5.29.31', sequence(sequence(tlv(0xa0, tlv(0xa1))))],
  'distribution points, of an issuer': ['2.5.29.31', sequence(sequence(tlv(0xa2, tlv(0xa4, encodeName('CN=a')))))],
  'extended key usage, not a sequence': ['2.5.29.37', Uint8Array.of(5, 0)],
  'extended key usage, not an identifier': ['2.5.29.37', sequence(Uint8Array.of(5, 0))],
  'basic constraints, not a sequence': ['2.5.29.19', Uint8Array.of(5, 0)],
  'basic constraints, bytes behind': ['2.5.29.19', Buffer.concat([sequence(), Buffer.alloc(1)])],
  'basic constraints, a third member': [
    '2.5.29.19',
    sequence(tlv(0x01, Uint8Array.of(0)), tlv(0x02, Uint8Array.of(0)), tlv(0x05)),
  ],
  'basic constraints, path length negative': ['2.5.29.19', sequence(tlv(0x02, Uint8Array.of(0xff)))],
  'basic constraints, explicit false': ['2.5.29.19', sequence(tlv(0x01, Uint8Array.of(0)))],
  'basic constraints, true of another value': ['2.5.29.19', sequence(tlv(0x01, Uint8Array.of(1)))],
};

/** In the leaf, and in the CA. */
const extensionValues: Readonly<Record<string, Make>> = Object.fromEntries(
  Object.entries(values).flatMap(([what, [oid, value, critical = false]]) => {
    // What the good chain carries itself is left out of it.
    const own = oid === '2.5.29.37' ? { extendedKeyUsage: undefined } : {};
    const options = { ...own, extensions: [{ oid, critical, value }] } as ChainOptions;
    const inLeaf = [`CHAIN-12 ${what}`, chain(options)] as const;
    const isCaOwn = oid === '2.5.29.19';
    return isCaOwn ? [inLeaf] : [inLeaf, [`CHAIN-12 ${what}, in the CA`, chain({ intermediate: options })] as const];
  }),
);

export async function chains(_world: World): Promise<readonly Draft[]> {
  const makes = Object.entries({ ...issuance, ...leaves, ...algorithms, ...validity, ...encodings });
  const odd = await Promise.all(
    Object.entries(extensionValues).map(async ([name, make]) => draftOf(name, await make(), 'cose')),
  );
  const signers = await Promise.all(makes.map(async ([name, make]) => [name, await make()] as const));
  return [...signers.flatMap(([name, signer]) => formats.map((format) => draftOf(name, signer, format))), ...odd];
}

/** Each chain is trusted by the root that its envelope carries, where a trust store would take it. */
function draftOf(name: string, signer: Signer, format: (typeof formats)[number]): Draft {
  const root = signer.chain.at(-1)!;
  const trust = trustOf({ ca: [{ certificate: root }] }, { trustedIdentities: ['*'] });
  return { name: `${name} (${format})`, trust, sign: (target) => writeEnvelope(format, { target, signer }) };
}
