// Contents of trust stores, over one good signature. STORE-1 to STORE-8, SCHEME-3.

import { Buffer } from 'node:buffer';

import { createRoot, encodePem, issue } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import type { Draft, StoreEntry, Signer } from '../case.ts';
import type { Scheme } from '../content.ts';
import { encodeBag } from '../../support/certificate-bag.ts';
import { writeEnvelope } from '../writer.ts';
import { policyOf } from '../world.ts';
import type { World } from '../world.ts';

interface StoreCase {
  readonly files: Readonly<Record<string, StoreEntry>>;
  /** Default "ca:acme". */
  readonly trustStores?: readonly string[];
  readonly scheme?: Scheme;
  readonly signer?: Signer;
}

const inCa = (files: Readonly<Record<string, StoreEntry>>): StoreCase => ({
  files: Object.fromEntries(Object.entries(files).map(([name, entry]) => [`x509/ca/acme/${name}`, entry])),
});

export async function stores(world: World): Promise<readonly Draft[]> {
  const { root, issuing } = world;
  const signer = world.signers['EC-256'];
  const alone = await createRoot({
    subject: 'C=US, ST=WA, O=Acme, CN=alone',
    ca: false,
    keyUsage: ['digitalSignature'],
  });
  const twin = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=Acme Root' });
  const renewed = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=Acme Root', key: root });
  const pem = encodePem(root.certificate);
  const der = root.certificate;
  const cases: Readonly<Record<string, StoreCase>> = {
    ...contents({ world, signer, alone, twin, renewed }),
    'STORE-2 store is a file': { files: { 'x509/ca/acme': pem } },
    'STORE-2 store is a link': { files: { 'x509/ca/other/root.pem': pem, 'x509/ca/acme': { link: 'other' } } },
    'STORE-2 no store': { files: {} },
    'STORE-2 store in another case': { files: { 'x509/ca/Acme/root.pem': pem } },
    'STORE-2 directory of the kind is a link': {
      files: { 'x509/roots/acme/root.pem': pem, 'x509/ca': { link: 'roots' } },
    },
    'STORE-3 a store that is not asked for is broken': {
      files: { 'x509/ca/acme/root.pem': pem, 'x509/signingAuthority/acme/README': 'x', 'x509/ca/other/README': 'x' },
      trustStores: ['ca:acme', 'signingAuthority:acme'],
    },
    'STORE-3 one of two stores broken': {
      files: { 'x509/ca/acme/root.pem': pem, 'x509/ca/other/README': 'x' },
      trustStores: ['ca:acme', 'ca:other'],
    },
    'STORE-3 a timestamp store broken': {
      files: { 'x509/ca/acme/root.pem': pem, 'x509/tsa/acme/README': 'x' },
      trustStores: ['ca:acme', 'tsa:acme'],
    },
    'STORE-8 store twice': { files: { 'x509/ca/acme/root.pem': pem }, trustStores: ['ca:acme', 'ca:acme'] },
    'STORE-7 in the second store': {
      files: { 'x509/ca/acme/root.pem': encodePem(twin.certificate), 'x509/ca/other/root.pem': pem },
      trustStores: ['ca:acme', 'ca:other'],
    },
    'SCHEME-3 signer in the store of authorities': {
      files: { 'x509/ca/acme/root.pem': encodePem(twin.certificate), 'x509/signingAuthority/acme/root.pem': pem },
      trustStores: ['ca:acme', 'signingAuthority:acme'],
    },
    'SCHEME-3 authority in the store of signers': {
      files: { 'x509/ca/acme/root.pem': pem, 'x509/signingAuthority/acme/root.pem': encodePem(twin.certificate) },
      trustStores: ['ca:acme', 'signingAuthority:acme'],
      scheme: 'notary.x509.signingAuthority',
    },
    'SCHEME-3 authority in its store': {
      files: { 'x509/signingAuthority/acme/root.pem': pem },
      trustStores: ['signingAuthority:acme'],
      scheme: 'notary.x509.signingAuthority',
    },
    'SCHEME-3 authority, and no store of authorities': {
      files: { 'x509/ca/acme/root.pem': pem },
      scheme: 'notary.x509.signingAuthority',
    },
    'SCHEME-3 only a timestamp store': { files: { 'x509/tsa/acme/root.pem': pem }, trustStores: ['tsa:acme'] },
    'STORE-1 name of every allowed kind': { files: { 'x509/ca/A-z_0.9/root.der': der }, trustStores: ['ca:A-z_0.9'] },
    'STORE-1 name of two dots': { files: { 'x509/root.pem': pem }, trustStores: ['ca:..'] },
    'STORE-1 name of one dot': { files: { 'x509/ca/root.pem': pem }, trustStores: ['ca:.'] },
    'STORE-1 hidden name': { files: { 'x509/ca/.acme/root.pem': pem }, trustStores: ['ca:.acme'] },
    'STORE-5 issuing CA alone': inCa({ 'ca.pem': encodePem(issuing.certificate) }),
  };
  return Object.entries(cases).map(
    ([name, { files, trustStores = ['ca:acme'], scheme = 'notary.x509', ...own }]): Draft => {
      const trust = { policy: policyOf({ trustStores, trustedIdentities: ['*'] }), stores: files };
      return { name, trust, sign: (target) => writeEnvelope('cose', { target, signer: own.signer ?? signer, scheme }) };
    },
  );
}

interface Parties {
  readonly world: World;
  readonly signer: Issued;
  readonly alone: Issued;
  readonly twin: Issued;
  readonly renewed: Issued;
}

/** What may stand in the directory. */
function contents({ world, signer, alone, twin, renewed }: Parties): Readonly<Record<string, StoreCase>> {
  const { root, issuing } = world;
  const [pem, der] = [encodePem(root.certificate), root.certificate];
  const twinPem = encodePem(twin.certificate);
  const key = root.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    'STORE-3 file without an ending': inCa({ root: pem }),
    'STORE-3 file with another ending': inCa({ 'root.txt': pem }),
    'STORE-3 hidden file': inCa({ '.root.pem': pem }),
    'STORE-3 README beside': inCa({ 'root.pem': pem, README: 'roots' }),
    'STORE-3 empty file beside': inCa({ 'root.pem': pem, '.gitkeep': '' }),
    'STORE-3 directory beside': inCa({ 'root.pem': pem, old: { directory: true } }),
    'STORE-3 link beside': inCa({ 'root.pem': pem, 'link.pem': { link: 'root.pem' } }),
    'STORE-3 broken link beside': inCa({ 'root.pem': pem, 'link.pem': { link: 'nowhere' } }),
    'STORE-3 key beside': inCa({ 'root.pem': pem, 'root.key': key }),
    'STORE-4 DER': inCa({ 'root.der': der }),
    'STORE-4 two in DER': inCa({ 'roots.der': Buffer.concat([twin.certificate, der]) }),
    'STORE-4 DER with bytes behind': inCa({ 'root.der': Buffer.concat([der, Buffer.from('x')]) }),
    'STORE-4 DER with a line end behind': inCa({ 'root.der': Buffer.concat([der, Buffer.from('\n')]) }),
    'STORE-4 DER cut': inCa({ 'root.der': der.slice(0, -1) }),
    'STORE-4 two in PEM': inCa({ 'roots.pem': twinPem + pem }),
    'STORE-4 the trusted one second': inCa({ 'a.pem': twinPem, 'b.pem': pem }),
    'STORE-4 text around PEM': inCa({ 'root.pem': `Acme root\n\n${pem}\nthe end\n` }),
    'STORE-4 text between two in PEM': inCa({ 'root.pem': `${twinPem}\nsubject=CN\n${pem}` }),
    'STORE-4 line ends of Windows': inCa({ 'root.pem': pem.replaceAll('\n', '\r\n') }),
    'STORE-4 line ends of old Macs': inCa({ 'root.pem': pem.replaceAll('\n', '\r') }),
    'STORE-4 base64 indented': inCa({ 'root.pem': pem.replaceAll(/^(?!-)/gm, '  ') }),
    'STORE-4 base64 with empty lines': inCa({ 'root.pem': pem.replaceAll(/\n(?!-|$)/g, '\n\n') }),
    'STORE-4 begin line within a line': inCa({ 'root.pem': `root: ${pem}` }),
    'STORE-4 end line of another label': inCa({ 'root.pem': pem.replace('END CERTIFICATE', 'END CERT') }),
    'STORE-4 begin line with small letters': inCa({ 'root.pem': pem.replaceAll('CERTIFICATE', 'certificate') }),
    'STORE-4 label of no letter': inCa({ 'root.pem': pem.replaceAll(' CERTIFICATE', ' ') }),
    'STORE-4 four dashes': inCa({ 'root.pem': pem.replaceAll('-----', '----') }),
    'STORE-4 six dashes': inCa({ 'root.pem': pem.replaceAll('-----', '------') }),
    'STORE-4 two in one block': inCa({ 'root.pem': pemOf('CERTIFICATE', Buffer.concat([der, der])) }),
    'STORE-4 unpadded base64': inCa({ 'root.pem': pem.replace(/=+\n/, '\n') }),
    'STORE-4 zero byte behind': inCa({ 'root.pem': `${pem}\0` }),
    'STORE-4 UTF-16': inCa({ 'root.pem': Buffer.from(`\uFEFF${pem}`, 'utf16le') }),
    'STORE-4 no line end at the end': inCa({ 'root.pem': pem.trimEnd() }),
    'STORE-4 one line of base64': inCa({ 'root.pem': onOneLine(pem) }),
    'STORE-4 indented PEM': inCa({ 'root.pem': pem.replaceAll(/^/gm, '  ') }),
    'STORE-4 spaces at the ends of lines': inCa({ 'root.pem': pem.replaceAll('\n', ' \n') }),
    'STORE-4 PEM headers': inCa({ 'root.pem': pem.replace('-----\n', '-----\nName: root\n\n') }),
    'STORE-4 byte order mark': inCa({ 'root.pem': `\uFEFF${pem}` }),
    'STORE-4 trusted certificate of openssl': inCa({
      'root.pem': pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
    }),
    'STORE-4 X509 certificate of old': inCa({ 'root.pem': pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE') }),
    'STORE-4 key behind the certificate': inCa({ 'root.pem': pem + key }),
    'STORE-4 key in front of the certificate': inCa({ 'root.pem': key + pem }),
    'STORE-4 broken PEM behind a good one': inCa({
      'root.pem': `${pem}-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n`,
    }),
    'STORE-4 PEM without an end behind a good one': inCa({ 'root.pem': `${pem}-----BEGIN CERTIFICATE-----\nMIIB\n` }),
    'STORE-4 PEM of something else': inCa({ 'root.pem': pem.replace(/\n[A-Za-z0-9+/]{8}/, '\nAAAAAAAA') }),
    'STORE-4 base64 without PEM': inCa({ 'root.pem': Buffer.from(der).toString('base64') }),
    'STORE-4 PKCS#7': inCa({ 'root.p7b': encodeBag([der]) }),
    'STORE-4 PKCS#7 in PEM': inCa({ 'root.p7b': pemOf('PKCS7', encodeBag([der])) }),
    'STORE-5 leaf': inCa({ 'leaf.pem': encodePem(signer.certificate) }),
    'STORE-5 leaf beside the root': inCa({ 'leaf.pem': encodePem(signer.certificate), 'root.pem': pem }),
    'STORE-5 self-signed leaf': { ...inCa({ 'leaf.pem': encodePem(alone.certificate) }), signer: alone },
    'STORE-5 self-signed leaf beside the root': inCa({ 'leaf.pem': encodePem(alone.certificate), 'root.pem': pem }),
    'STORE-5 issuing CA beside the root': inCa({ 'ca.pem': encodePem(issuing.certificate), 'root.pem': pem }),
    'STORE-6 empty directory': { files: { 'x509/ca/acme': { directory: true } } },
    'STORE-6 the same twice': inCa({ 'a.pem': pem, 'b.pem': pem }),
    'STORE-7 another root of the same name': inCa({ 'root.pem': twinPem }),
    'STORE-7 the root renewed with the same key': inCa({ 'root.pem': encodePem(renewed.certificate) }),
  };
}

const onOneLine = (pem: string): string => {
  const [begin, ...rest] = pem.trim().split('\n');
  return `${begin}\n${rest.slice(0, -1).join('')}\n${rest.at(-1)}\n`;
};

const pemOf = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`;

/** Roots that no good certificate stands under, for stores of timestamp authorities. */
export async function oddAnchors(root: Issued): Promise<Readonly<Record<string, Issued>>> {
  return {
    intermediate: await issue(root, { subject: 'C=US, O=Acme, CN=intermediate', ca: true }),
    'self-signed leaf': await createRoot({ subject: 'CN=leaf', ca: false, keyUsage: ['digitalSignature'] }),
  };
}
