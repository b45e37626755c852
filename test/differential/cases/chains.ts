// Signing chains, each good but for one thing, or odd and good all the same. ALG-1 to ALG-4, CHAIN-1 to CHAIN-12.

import { codeSigningChain, createRoot, encodeName, issue, purpose } from '../../support/ca.ts';
import type { CertificateOptions, ChainOptions, Issued, TestKeyUsage } from '../../support/ca.ts';
import { octetString, sequence, tlv } from '../../support/der-writer.ts';
import { testKey } from '../../support/keys.ts';
import type { TestKeySpec } from '../../support/keys.ts';
import type { Draft, Signer } from '../case.ts';
import { day, moment } from '../content.ts';
import { writeEnvelope } from '../writer.ts';
import { formats, trustOf } from '../world.ts';
import type { World } from '../world.ts';

type Make = () => Promise<Signer>;

const subject = 'C=US, ST=WA, O=Acme, CN=signer';
const chain = (options: ChainOptions = {}): Make => () => codeSigningChain(options);
const alone = (options: Partial<CertificateOptions> = {}): Make => () =>
  createRoot({ subject, ca: false, keyUsage: ['digitalSignature'], ...options });
const usage = (...keyUsage: TestKeyUsage[]): Make => chain({ keyUsage });
const purposes = (...oids: string[]): Make => chain({ extendedKeyUsage: { purposes: oids } });
const arranged = (arrange: (leaf: Uint8Array, ca: Uint8Array, root: Uint8Array) => readonly Uint8Array[]): Make =>
  async () => {
    const signer = await codeSigningChain();
    const [leaf, ca, root] = signer.chain;
    return { privateKey: signer.privateKey, chain: arrange(leaf!, ca!, root!) };
  };
const der = (change: (certificate: Uint8Array) => Uint8Array): Make => arranged((leaf, ca, root) => [change(leaf), ca, root]);
const flipLast = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
const unknown = (critical: boolean) => [{ oid: '1.2.3.4', critical, value: octetString(new Uint8Array()) }];
const uriNames = (oid: string, critical: boolean, text: string) => [{ oid, critical, value: sequence(tlv(0x86, Buffer.from(text))) }];

/** One CA over the other, as many as there are limits, root first; undefined sets no limit. */
const limited = (...limits: (number | undefined)[]): Make => async () => {
  let parent: Issued | undefined;
  for (const [index, pathLength] of limits.entries()) {
    const options = { subject: `C=US, O=Acme, CN=CA ${index}`, ca: true, ...(pathLength !== undefined && { pathLength }) };
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
    const [root, name] = [await createRoot({ subject: 'C=US, O=Acme, CN=root' }), Buffer.from(encodeName('C=US, O=Acme, CN=root'))];
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
  'D4 basicConstraints not critical': chain({ intermediate: { basicConstraintsCritical: false }, root: { basicConstraintsCritical: false } }),
  'CHAIN-5 path length 0 under the root': limited(0),
  'CHAIN-5 path length 0 over one CA': limited(0, undefined),
  'CHAIN-5 path length 1 over one CA': limited(1, undefined),
  'CHAIN-5 path length 1 over two CAs': limited(1, undefined, undefined),
  'CHAIN-5 path length 2 over two CAs': limited(2, undefined, undefined),
  'CHAIN-5 path length 0 of the middle CA': limited(undefined, 0, undefined),
  'CHAIN-5 path lengths that grow': limited(5, 7, 9),
  'CHAIN-5 no CA with a path length': chain({ ca: 'explicitly not', pathLength: 0 }),
  'CHAIN-5 intermediate without keyUsage': chain({ intermediate: { keyUsage: 'absent' } }),
  'CHAIN-5 root without keyUsage': chain({ root: { keyUsage: 'absent' } }),
  'CHAIN-5 intermediate with keyUsage not critical': chain({ intermediate: { keyUsageCritical: false } }),
  'CHAIN-5 root with keyUsage not critical': chain({ root: { keyUsageCritical: false } }),
  'CHAIN-5 CA for everything': chain({ intermediate: { keyUsage: ['digitalSignature', 'keyEncipherment', 'keyCertSign'] } }),
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
    (['keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] as const).map(
      (other) => [`CHAIN-7 with ${other}`, usage('digitalSignature', other)],
    ),
  ),
  'CHAIN-8 no extended key usage': async () => {
    const { extendedKeyUsage: _, ...options } = { subject, extendedKeyUsage: undefined };
    const root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    return issue(root, options);
  },
  'CHAIN-8 extended key usage critical': chain({ extendedKeyUsage: { purposes: [purpose.codeSigning], critical: true } }),
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
    intermediate: { extensions: [{ oid: '2.5.29.30', critical: true, value: sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('example.com'))))) }] },
  }),
  'CHAIN-10 alternative name': chain({ extensions: uriNames('2.5.29.17', false, 'https://example.com/') }),
  'CHAIN-10 alternative name critical': chain({ extensions: uriNames('2.5.29.17', true, 'https://example.com/') }),
  'CHAIN-10 alternative name that is no URI': chain({ extensions: uriNames('2.5.29.17', false, 'http://[::1') }),
  'CHAIN-10 alternative name empty': chain({ extensions: [{ oid: '2.5.29.17', value: sequence() }] }),
};

const algorithms: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(
    (['RSA-1024', 'RSA-2056', 'RSASSA-PSS-2048', 'EC-P224', 'EC-secp256k1', 'Ed25519'] as const).map((keySpec: TestKeySpec) => [
      `ALG-2 leaf with ${keySpec}`,
      chain({ keySpec }),
    ]),
  ),
  ...Object.fromEntries(
    (['RSA-1024', 'RSA-2056', 'EC-P224', 'EC-521', 'Ed25519'] as const).map((keySpec: TestKeySpec) => [
      `ALG-3 CA with ${keySpec}`,
      chain({ intermediate: { keySpec } }),
    ]),
  ),
  'ALG-3 CA signs with PSS': chain({ intermediate: { keySpec: 'RSA-2048' }, padding: 'pss' }),
  'ALG-3 CA signs with SHA-384': chain({ hash: 'sha384' }),
  'ALG-3 CA signs with PSS and SHA-512': chain({ intermediate: { keySpec: 'RSA-2048' }, padding: 'pss', hash: 'sha512' }),
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
  'CHAIN-12 length indefinite': der((leaf) => Buffer.concat([Buffer.from([0x30, 0x80]), leaf.slice(4), Buffer.alloc(2)])),
  'CHAIN-12 PEM': der((leaf) => Buffer.from(`-----BEGIN CERTIFICATE-----\n${Buffer.from(leaf).toString('base64')}\n-----END CERTIFICATE-----\n`)),
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
  'CHAIN-12 subject with a text that is not printable': chain({ subject: Buffer.from(encodeName('C=U*, ST=WA, O=Acme')) }),
};

export async function chains(_world: World): Promise<readonly Draft[]> {
  const makes = Object.entries({ ...issuance, ...leaves, ...algorithms, ...validity, ...encodings });
  const signers = await Promise.all(makes.map(async ([name, make]) => [name, await make()] as const));
  return signers.flatMap(([name, signer]) => formats.map((format) => draftOf(name, signer, format)));
}

/** Each chain is trusted by the root that its envelope carries, where a trust store would take it. */
function draftOf(name: string, signer: Signer, format: (typeof formats)[number]): Draft {
  const root = signer.chain.at(-1)!;
  const trust = trustOf({ ca: [{ certificate: root }] }, { trustedIdentities: ['*'] });
  return { name: `${name} (${format})`, trust, sign: (target) => writeEnvelope(format, { target, signer }) };
}
