// Input at the size that each decoder may be sent, made to be as costly as can be: few bytes for many things, long numbers,
// long names, lists that are searched for every one of their items. Mutants of small input never come here.

import { NotaryError } from '../../../shared/errors.ts';
import { Buffer } from 'node:buffer';

import { cose } from '../../../shared/envelope/cose.ts';
import type { EnvelopeFormat } from '../../../shared/envelope/envelope.ts';
import { verifyIntegrity } from '../../../shared/envelope/integrity.ts';
import { jws } from '../../../shared/envelope/jws.ts';
import { storedCredentials } from '../../../shared/oci/stored-credentials.ts';
import { digestOf, mediaTypes } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import { fetchSignature, listSignatures } from '../../../shared/oci/signatures.ts';
import { pemKeyProvider } from '../../../shared/keys/pem.ts';
import { freshestUrls } from '../../../shared/revocation/crl-delta.ts';
import { judgeCrl } from '../../../shared/revocation/crl-judgement.ts';
import { parseCrl } from '../../../shared/revocation/crl.ts';
import { parseOcspResponse } from '../../../shared/revocation/ocsp-response.ts';
import { verifyTimestamp } from '../../../shared/timestamp/evidence.ts';
import { parseTimestampToken } from '../../../shared/timestamp/token.ts';
import { parseTrustPolicy } from '../../../shared/trust/policy.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { displayName, parseDistinguishedName, renderName } from '../../../shared/x509/name.ts';
import { readCertificates } from '../../../shared/x509/read-certificates.ts';
import { codeSigningChain, createRoot, encodeAttribute, issue, timestampingChain } from '../../support/ca.ts';
import type { CertificateOptions } from '../../support/ca.ts';
import { crl } from '../../support/crl.ts';
import { enumerated, extension, generalizedTime, integer, none, objectIdentifier } from '../../support/der-writer.ts';
import { octetString, sequence, tlv } from '../../support/der-writer.ts';
import { filesInMemory, response } from '../../support/ports.ts';
import { makeToken, messageImprint } from '../../support/tsa-token.ts';
import { bytes as byteString, int, tag, text as cborText } from '../../unit/envelope/cbor-bytes.ts';
import { asText } from '../target.ts';
import type { Target } from '../target.ts';

const KiB = 1024;
const MiB = KiB * KiB;
/** REG-15. */
const envelopeBytes = 32 * MiB - 4 * KiB;
const manifestBytes = 4 * MiB;
const crlBytes = 32 * MiB - 4 * KiB;
/** Less what stands around. */
const certificateBytes = MiB - 4 * KiB;
const fileBytes = MiB;
const replyBytes = MiB - KiB;

const at = new Date('2026-01-15T12:00:00Z');
const root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
const leaf = await issue(root, { subject: 'C=US, ST=WA, O=Acme, CN=leaf' });
const signing = await codeSigningChain();
const stamping = await timestampingChain();
const signature = Buffer.from('signature');
const imprint = messageImprint('sha256', signature);

// Not those of cbor-bytes.ts, whose arguments would be too many.
const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const counted = (major: number, count: number): Uint8Array =>
  Uint8Array.of((major << 5) | 26, count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff);
const array = (items: readonly Uint8Array[]): Uint8Array => Buffer.concat([counted(4, items.length), ...items]);
const map = (pairs: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array =>
  Buffer.concat([counted(5, pairs.length), ...pairs.flat()]);

/** As many as fit. */
const filled = (piece: Uint8Array, length: number): Uint8Array =>
  new Uint8Array(Buffer.alloc(Math.floor(length / piece.length) * piece.length, piece));
const repeated = (piece: string, length: number): string => piece.repeat(Math.floor(length / piece.length));
const listOf = (piece: string, length: number, last: string): string => `[${repeated(piece, length)}${last}]`;
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
/** Numbered texts of the same width. */
const numbered = (count: number, write: (number: string) => string, separator: string): string =>
  Array.from({ length: count }, (_item, index) => write(index.toString(36).padStart(5, '0'))).join(separator);

/** Of what stands in the certificate of a stranger. */
const certificateWith = (options: Partial<CertificateOptions>): Promise<Uint8Array> =>
  createRoot({ subject: 'CN=x', ca: false, keyUsage: 'absent', ...options }).then(({ certificate }) => certificate);
const withExtension = (oid: string, value: Uint8Array): Promise<Uint8Array> =>
  certificateWith({ extensions: [{ oid, value }] });
const commonName = (stringTag: number, value: Uint8Array): Uint8Array =>
  sequence(tlv(0x31, encodeAttribute('CN', value, stringTag)));

function useCertificate(bytes: Uint8Array): unknown {
  const certificate = parseCertificate(bytes);
  return [displayName(certificate.subject).length, renderName(certificate.issuer).length, certificate.serialNumber];
}

const useEnvelope = (format: EnvelopeFormat) => (bytes: Uint8Array) => verifyIntegrity(format.decode(bytes));
const scheme = 'io.cncf.notary.signingScheme';
const signingTime = 'io.cncf.notary.signingTime';
const contentType = 'application/vnd.cncf.notary.payload.v1+json';
const payload = ascii('{"targetArtifact":{"mediaType":"a/b","digest":"sha256:00","size":1}}');

const x5chain = [int(33), array(signing.chain.map((der) => byteString(der)))] as const;

interface CoseParts {
  readonly crit?: Uint8Array;
  readonly more?: readonly (readonly [Uint8Array, Uint8Array])[];
  readonly unprotected?: Uint8Array;
  readonly payload?: Uint8Array;
}

function coseOf({ crit, more = [], unprotected, payload: body = payload }: CoseParts): Uint8Array {
  const header = map([
    [int(1), int(-7)],
    [int(2), crit ?? array([cborText(scheme)])],
    [int(3), cborText(contentType)],
    [cborText(scheme), cborText('notary.x509')],
    [cborText(signingTime), tag(1, int(1_700_000_000))],
    ...more,
  ]);
  const chain = unprotected ?? map([x5chain]);
  return join(Uint8Array.of(0xd2, 0x84), byteString(header), chain, byteString(body), byteString(new Uint8Array(64)));
}

const base64Url = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');

interface JwsParts {
  /** Further members of the protected header, as text. */
  readonly header?: string;
  readonly crit?: string;
  readonly unprotected?: string;
  readonly payload?: string | Uint8Array;
  /** Further members of the envelope, as text. */
  readonly more?: string;
}

function jwsOf({ header = '"x":1', crit, unprotected, payload: body = payload, more = '"y":1' }: JwsParts): Uint8Array {
  const protectedText = `{"alg":"ES256","cty":"${contentType}","crit":${crit ?? `["${scheme}"]`},"${scheme}":"notary.x509","${signingTime}":"2024-01-01T00:00:00Z",${header}}`;
  const chain =
    unprotected ?? `{"x5c":${JSON.stringify(signing.chain.map((der) => Buffer.from(der).toString('base64')))}}`;
  return ascii(
    `{"payload":"${base64Url(body)}","protected":"${base64Url(protectedText)}","header":${chain},"signature":"${base64Url(new Uint8Array(64))}",${more}}`,
  );
}

/** A token in which everything but the signature holds. */
const useToken = (bytes: Uint8Array): unknown =>
  verifyTimestamp(parseTimestampToken(bytes), signature, { roots: [parseCertificate(stamping.chain.at(-1)!)] });
const tokenWith = (more: Partial<Parameters<typeof makeToken>[0]>): Uint8Array =>
  makeToken({ chain: stamping, at, messageImprint: imprint, ...more });

/** Certificates each of which names the next as its issuer, as many as fit. */
async function namesInARow(length: number): Promise<readonly Uint8Array[]> {
  const { certificate } = await createRoot({
    subject: 'CN=QQQQQ',
    keyIdentifiers: 'absent',
    keyUsage: 'absent',
    ca: false,
  });
  const count = Math.floor(length / certificate.length);
  const hex = Buffer.from(certificate).toString('latin1');
  const first = hex.indexOf('QQQQQ');
  const second = hex.indexOf('QQQQQ', first + 5);
  const name = (index: number): string => index.toString(36).padStart(5, '0');
  return Array.from({ length: count }, (_item, index) =>
    ascii(hex.slice(0, first) + name(index + 1) + hex.slice(first + 5, second) + name(index) + hex.slice(second + 5)),
  );
}

const useList = (bytes: Uint8Array): unknown => {
  const base = parseCrl(bytes);
  const question = { certificate: parseCertificate(leaf.certificate), issuer: parseCertificate(root.certificate), at };
  return [freshestUrls(base).length, judgeCrl({ base }, question)];
};
const crlWith = (options: Partial<Parameters<typeof crl>[0]>): Uint8Array =>
  crl({ issuer: root, thisUpdate: at, nextUpdate: at, number: 1n, ...options });
const uriPoint = (uri: Uint8Array): Uint8Array => sequence(tlv(0xa0, tlv(0xa0, uri)));
const entry = sequence(tlv(0x02, Uint8Array.of(0x7f, ...new Uint8Array(15).fill(0x5a))), generalizedTime(at));

const image = digestOf(payload);
const reference = parseReference('registry.example/app:v1');
const index = (manifests: string, more = ''): Uint8Array =>
  ascii(`{"schemaVersion":2,"mediaType":"${mediaTypes.imageIndex}","manifests":${manifests}${more}}`);
const indexEntry = (number: string, artifactType: string): string =>
  `{"mediaType":"${mediaTypes.imageManifest}","digest":"sha256:${Buffer.from(number.padEnd(32, 'x')).toString('hex')}","size":9,"artifactType":"${artifactType}"}`;

async function useIndex(bytes: Uint8Array): Promise<unknown> {
  const http = () => Promise.resolve(response(200, { 'content-type': mediaTypes.imageIndex }, bytes));
  const registry = new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) });
  let found = 0;
  for await (const { size } of listSignatures(registry.repository(reference, 'pull'), image)) found += size;
  return found;
}

function useManifest(bytes: Uint8Array): Promise<unknown> {
  const http = () => Promise.resolve(response(200, { 'content-type': mediaTypes.imageManifest }, bytes));
  const registry = new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) });
  const descriptor = { mediaType: mediaTypes.imageManifest, digest: digestOf(bytes), size: bytes.length };
  return fetchSignature(registry.repository(reference, 'pull'), descriptor);
}

const useConfig = (bytes: Uint8Array): Promise<unknown> =>
  storedCredentials({
    files: filesInMemory({ '/h/.docker/config.json': bytes }),
    environment: { HOME: '/h' },
    exec: () => Promise.reject(new NotaryError('PROGRAM_FAILED', 'none is installed')),
  })('r.io', 'app');

const policyWith = (identities: string): Uint8Array =>
  ascii(
    `{"version":"1.0","trustPolicies":[{"name":"a","registryScopes":["*"],"signatureVerification":{"level":"strict"},"trustStores":["ca:a"],"trustedIdentities":${identities}}]}`,
  );

type Build = () => Uint8Array | Promise<Uint8Array>;
type Use = (bytes: Uint8Array) => unknown;

const certificates: Readonly<Record<string, Build>> = {
  'larger than any': () => certificateWith({ subject: commonName(0x0c, filled(ascii('x'), 30 * MiB)) }),
  'a negative serial number': () =>
    certificateWith({}).then((der) => replaceSerial(der, tlv(0x02, filled(Uint8Array.of(0xf1), certificateBytes)))),
  'a serial number': () =>
    certificateWith({}).then((der) => replaceSerial(der, tlv(0x02, filled(Uint8Array.of(0x71), certificateBytes)))),
  'a subject of attributes without end': () =>
    certificateWith({ subject: sequence(tlv(0x31, filled(encodeAttribute('CN', ''), certificateBytes))) }),
  'a subject of relative names without end': () =>
    certificateWith({ subject: sequence(filled(tlv(0x31, encodeAttribute('CN', '')), certificateBytes)) }),
  'a subject of empty sets without end': () =>
    certificateWith({ subject: sequence(filled(tlv(0x31), certificateBytes)) }),
  ...Object.fromEntries(
    Object.entries({ UTF8String: 0x0c, PrintableString: 0x13, T61String: 0x14, IA5String: 0x16, BMPString: 0x1e }).map(
      ([name, stringTag]) => [
        `a ${name} in its subject`,
        () => certificateWith({ subject: commonName(stringTag, filled(Uint8Array.of(0x20, 0x41), certificateBytes)) }),
      ],
    ),
  ),
  'escapes in its subject': () => certificateWith({ subject: commonName(0x0c, filled(ascii(',+'), certificateBytes)) }),
  'an attribute type': () =>
    certificateWith({
      subject: sequence(tlv(0x31, sequence(tlv(0x06, filled(Uint8Array.of(1), certificateBytes)), tlv(0x0c)))),
    }),
  'extensions without end': () =>
    certificateWith({ extensions: Array.from({ length: 1 }, () => ({ oid: '1.2.3', value: none })) }).then((der) =>
      replaceExtensions(der, filled(extension({ oid: '1.2.3.4', value: none }), certificateBytes)),
    ),
  'extended key usages without end': () =>
    withExtension('2.5.29.37', sequence(filled(objectIdentifier('1.2.3'), certificateBytes))),
  'CRL distribution points without end': () =>
    withExtension('2.5.29.31', sequence(filled(sequence(), certificateBytes))),
  'CRL addresses without end': () =>
    withExtension('2.5.29.31', sequence(uriPoint(filled(tlv(0x86), certificateBytes)))),
  'an access description without end': () =>
    withExtension(
      '1.3.6.1.5.5.7.1.1',
      sequence(filled(sequence(objectIdentifier('1.2.3'), tlv(0x86)), certificateBytes)),
    ),
  'a key usage': () =>
    withExtension('2.5.29.15', tlv(0x03, Uint8Array.of(0), filled(Uint8Array.of(0xff), certificateBytes))),
  'a path length': () => withExtension('2.5.29.19', sequence(tlv(0x02, filled(Uint8Array.of(0x71), certificateBytes)))),
  'an RSA key': () => certificateWith({ subjectPublicKeyInfo: rsaKey(certificateBytes) }),
};

function rsaKey(length: number): Uint8Array {
  const key = sequence(tlv(0x02, filled(Uint8Array.of(0x71), length)), integer(65_537n));
  return sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1'), tlv(0x05)), tlv(0x03, Uint8Array.of(0), key));
}

/** In the first certificate, whose serial number has 18 octets with its head. */
function replaceSerial(certificate: Uint8Array, serial: Uint8Array): Uint8Array {
  const at = Buffer.from(certificate).indexOf(Uint8Array.of(0x02, 0x10, 0x01));
  const tbs = Buffer.concat([certificate.subarray(8, at), serial, certificate.subarray(at + 18)]);
  // Its signature is swallowed by the signed part, and everything up to the serial number is read before that matters.
  return sequence(sequence(tbs), sequence(objectIdentifier('1.2.840.10045.4.3.2')), tlv(0x03, Uint8Array.of(0)));
}

function replaceExtensions(certificate: Uint8Array, extensions: Uint8Array): Uint8Array {
  const at = Buffer.from(certificate).indexOf(Uint8Array.of(0xa3));
  const tbs = Buffer.concat([certificate.subarray(8, at), tlv(0xa3, sequence(extensions))]);
  return sequence(sequence(tbs), sequence(objectIdentifier('1.2.840.10045.4.3.2')), tlv(0x03, Uint8Array.of(0)));
}

const lists: Readonly<Record<string, Build>> = {
  'entries without end': () => crlWith({ rawEntries: filled(entry, crlBytes - KiB) }),
  'members without end': () => {
    const junk = filled(tlv(0x05), crlBytes - 100);
    return sequence(sequence(integer(1n), junk), sequence(), tlv(0x03, Uint8Array.of(0)));
  },
  'extensions without end': () =>
    crlWith({ extensions: [{ oid: '2.5.29.46', value: sequence(filled(sequence(), crlBytes - KiB)) }] }),
  'a delta address of 1 MiB': () =>
    crlWith({ extensions: [{ oid: '2.5.29.46', value: sequence(uriPoint(tlv(0x86, filled(ascii('x'), MiB)))) }] }),
  'delta addresses without end': () =>
    crlWith({
      extensions: [{ oid: '2.5.29.46', value: sequence(uriPoint(filled(tlv(0x86, ascii('a')), crlBytes - KiB))) }],
    }),
  'a number of 30 MiB': () =>
    crlWith({ extensions: [{ oid: '2.5.29.27', value: tlv(0x02, filled(Uint8Array.of(0x71), 30 * MiB)) }] }),
  'an entry of a million extensions': () =>
    crlWith({
      rawEntries: sequence(
        serialOf(leaf.certificate),
        generalizedTime(at),
        sequence(filled(extension({ oid: '1.2.3', value: none }), 20 * MiB)),
      ),
    }),
};

const serialOf = (certificate: Uint8Array): Uint8Array => {
  const at = Buffer.from(certificate).indexOf(Uint8Array.of(0x02, 0x10, 0x01));
  return certificate.slice(at, at + 18);
};

const tokens: Readonly<Record<string, Build>> = {
  'certificates in a row': async () =>
    tokenWith({ certificates: [...stamping.chain, ...(await namesInARow(replyBytes - 8 * KiB))] }),
  'the same name in every certificate': async () => {
    const others = await Promise.all(
      Array.from({ length: 400 }, () => createRoot({ subject: 'C=US, O=Acme, CN=timestamping CA' })),
    );
    return tokenWith({
      certificates: [...stamping.chain.slice(0, 1), ...others.map(({ certificate }) => certificate)],
    });
  },
  'a policy of 900 KiB': () => tokenWith({ policy: `1.2.${repeated('1.', 900 * KiB)}1` }),
  'an accuracy of 900 KiB': () =>
    tokenWith({ accuracy: { der: sequence(tlv(0x02, filled(Uint8Array.of(0x71), 900 * KiB))) } }),
  'a nonce of 900 KiB': () => tokenWith({ nonce: BigInt(`0x${'71'.repeat(900 * KiB)}`) }),
  'a version of 900 KiB': () =>
    sequence(
      objectIdentifier('1.2.840.113549.1.7.2'),
      tlv(0xa0, sequence(tlv(0x02, filled(Uint8Array.of(0x71), 900 * KiB)), tlv(0x31), sequence(), tlv(0x31))),
    ),
  'other certificates without end': () =>
    tokenWith({ certificates: [...stamping.chain, filled(tlv(0xa0), 900 * KiB)] }),
};

const coseEnvelopes: Readonly<Record<string, Build>> = {
  'empty maps without end': () => coseOf({ unprotected: map([x5chain, [int(99), nested(0xa0, envelopeBytes)]]) }),
  'empty arrays without end': () => coseOf({ unprotected: map([x5chain, [int(99), nested(0x80, envelopeBytes)]]) }),
  'numbers without end': () => coseOf({ unprotected: map([x5chain, [int(99), nested(0x00, envelopeBytes)]]) }),
  'tags without end': () => coseOf({ more: [[int(99), nested(0xc1, envelopeBytes)]] }),
  'numbers in its header without end': () => coseOf({ more: [[int(99), nested(0x00, envelopeBytes)]] }),
  'certificates without end': () =>
    coseOf({ unprotected: map([[int(33), array(Array<Uint8Array>(131_072).fill(byteString(ascii('x'))))]]) }),
  'attributes without end, each critical': () => {
    const labels = Array.from({ length: 80_000 }, (_item, number) => int(1000 + number));
    return coseOf({
      crit: array([cborText(scheme), ...labels]),
      more: labels.map((label) => [label, int(1)] as const),
    });
  },
  'a certificate of 30 MiB': async () =>
    coseOf({
      unprotected: map([
        [
          int(33),
          array([byteString(await certificateWith({ subject: commonName(0x0c, filled(ascii('x'), 30 * MiB)) }))]),
        ],
      ]),
    }),
  'a payload of 30 MiB': () => coseOf({ payload: ascii(listOf('[],', 30 * MiB, '0')) }),
};

/** Arrays of 131,072 equal items, as many as fit. */
function nested(item: number, length: number): Uint8Array {
  const full = join(Uint8Array.of(0x9a, 0, 2, 0, 0), new Uint8Array(131_072).fill(item));
  return array(Array.from({ length: Math.floor(length / full.length) - 2 }, () => full));
}

const long = 30 * MiB;
const jwsEnvelopes: Readonly<Record<string, Build>> = {
  'arrays without end': () => jwsOf({ more: `"z":${listOf('[],', long, '0')}` }),
  'objects without end': () => jwsOf({ more: `"z":${listOf('{},', long, '0')}` }),
  'numbers without end': () => jwsOf({ more: `"z":${listOf('0,', long, '0')}` }),
  'inexact numbers without end': () => jwsOf({ more: `"z":${listOf('1e5,', long, '0')}` }),
  'members without end': () => jwsOf({ more: numbered(2_500_000, (number) => `"${number}":0`, ',') }),
  'levels without end': () => jwsOf({ more: `"z":${'['.repeat(15 * MiB)}${']'.repeat(15 * MiB)}` }),
  'a number of 30 MiB': () => jwsOf({ more: `"z":${'7'.repeat(long)}` }),
  'a text of 30 MiB': () => jwsOf({ more: `"z":"${repeated('\\u0041', long)}"` }),
  'certificates without end': () => jwsOf({ unprotected: `{"x5c":${listOf('"",', long, '""')}}` }),
  'attributes without end, each critical': () => {
    const name = (number: string): string => `"${number}"`;
    const crit = `["${scheme}",${numbered(130_000, name, ',')}]`;
    return jwsOf({ crit, header: numbered(130_000, (number) => `${name(number)}:1`, ',') });
  },
  'a payload of 20 MiB': () => jwsOf({ payload: listOf('[],', 20 * MiB, '0') }),
  'annotations without end': () =>
    jwsOf({
      payload: `{"targetArtifact":{"mediaType":"a/b","digest":"${image}","size":1,"annotations":{${numbered(500_000, (number) => `"${number}":""`, ',')}}}}`,
    }),
};

const entries = Math.floor(manifestBytes / indexEntry('0', 'application/vnd.cncf.notary.signature').length) - 1;
const indexes: Readonly<Record<string, Build>> = {
  'arrays without end': () => index(listOf('[],', manifestBytes - KiB, '0')),
  'objects without end': () => index(listOf('{},', manifestBytes - KiB, '0')),
  'numbers without end': () => index(listOf('0,', manifestBytes - KiB, '0')),
  'members without end': () => index('[]', `,${numbered(450_000, (number) => `"${number}":0`, ',')}`),
  'levels without end': () => index(`${'['.repeat(2 * MiB - KiB)}${']'.repeat(2 * MiB - KiB)}`),
  'as many signatures as fit': () =>
    index(`[${numbered(entries, (number) => indexEntry(number, 'application/vnd.cncf.notary.signature'), ',')}]`),
  'a digest of 4 MiB': () => index(`[{"mediaType":"a","digest":"${repeated('x', manifestBytes - KiB)}","size":1}]`),
};

const names: Readonly<Record<string, Build>> = {
  'escapes without end': () => ascii(`C=US,ST=WA,O=${repeated('\\41', fileBytes)}`),
  'a value of 1 MiB': () => ascii(`C=US,ST=WA,O=${repeated('x', fileBytes)}`),
  'attributes without end': () => ascii(`C=US,ST=WA,O=x,${numbered(120_000, (number) => `${number}=a`, ',')}`),
  'spaces without end': () => ascii(`C=US,ST=WA,O=${' '.repeat(fileBytes)}x`),
};

const files: Readonly<Record<string, Build>> = {
  'elements without end': () => sequence(filled(tlv(0x05), fileBytes - KiB)),
  'elements one after the other': () => filled(tlv(0x30, new Uint8Array(128)), fileBytes),
  'lines without end': () => ascii(repeated('\n', fileBytes)),
  'blocks without end': () => ascii(repeated('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n', fileBytes)),
  'base64 without end': () =>
    ascii(`-----BEGIN CERTIFICATE-----\n${repeated('AAAA', fileBytes - KiB)}\n-----END CERTIFICATE-----\n`),
};

const policies: Readonly<Record<string, Build>> = {
  'identities without end': () =>
    policyWith(`[${numbered(26_000, (number) => `"x509.subject:C=a,ST=b,O=c,CN=${number}"`, ',')}]`),
  'arrays without end': () => policyWith(listOf('[],', fileBytes - KiB, '""')),
  'statements without end': () =>
    ascii(
      `{"version":"1.0","trustPolicies":[${numbered(6000, (number) => `{"name":"${number}","registryScopes":["r.io/${number}"],"signatureVerification":{"level":"skip"}}`, ',')}]}`,
    ),
};

const ocsp: Readonly<Record<string, Build>> = {
  'answers without end': () => {
    const basic = sequence(
      sequence(tlv(0xa2, octetString(none)), generalizedTime(at), sequence(filled(sequence(), 19 * KiB))),
    );
    return sequence(enumerated(0), tlv(0xa0, sequence(objectIdentifier('1.3.6.1.5.5.7.48.1.1'), octetString(basic))));
  },
};

const keys: Readonly<Record<string, Build>> = {
  'blocks without end': () => ascii(repeated('-----BEGIN PRIVATE KEY-----\n', fileBytes)),
  'spaces without end': () => ascii(`-----BEGIN PRIVATE KEY-----${' '.repeat(fileBytes)}x`),
  'words without end': () => ascii(`-----BEGIN ${'A'.repeat(fileBytes)}`),
};

const groups: readonly (readonly [
  what: string,
  builds: Readonly<Record<string, Build>>,
  use: Use,
  codes: Target['codes'],
])[] = [
  ['certificate', certificates, useCertificate, ['ASN1_MALFORMED', 'NAME_INVALID']],
  ['CRL', lists, useList, ['REVOCATION_UNAVAILABLE']],
  ['timestamp token', tokens, useToken, ['TIMESTAMP_INVALID', 'TRUST_ANCHOR_NOT_FOUND']],
  [
    'COSE envelope',
    coseEnvelopes,
    useEnvelope(cose),
    ['ENVELOPE_MALFORMED', 'SIGNATURE_MISMATCH', 'ASN1_MALFORMED', 'KEY_UNSUPPORTED'],
  ],
  ['JWS envelope', jwsEnvelopes, useEnvelope(jws), ['ENVELOPE_MALFORMED', 'SIGNATURE_MISMATCH']],
  ['referrers page', indexes, useIndex, ['REGISTRY_RESPONSE_INVALID']],
  ['signature manifest', indexes, useManifest, ['REGISTRY_RESPONSE_INVALID']],
  ['distinguished name', names, (bytes) => parseDistinguishedName(asText(bytes)), ['NAME_INVALID']],
  ['certificate file', files, readCertificates, ['ASN1_MALFORMED']],
  ['trust policy', policies, (bytes) => parseTrustPolicy(bytes, 'p'), ['POLICY_INVALID']],
  ['OCSP response', ocsp, parseOcspResponse, ['REVOCATION_UNAVAILABLE']],
  [
    'PEM private key',
    keys,
    (bytes) => pemKeyProvider({ privateKey: asText(bytes), certificateChain: [] }),
    ['INPUT_INVALID'],
  ],
  ['Docker configuration', policies, useConfig, ['INPUT_INVALID']],
];

export const targets: readonly Target[] = groups.flatMap(([what, builds, use, codes]) =>
  Object.entries(builds).map(([name, build]): Target => {
    let built: Promise<Uint8Array> | undefined;
    return {
      name: `${what}: ${name}`,
      seeds: [],
      codes,
      prepare: async () => {
        built ??= Promise.resolve(build());
        await built;
      },
      decode: async () => use((await built)!),
      release: () => (built = undefined),
      limits: { milliseconds: 5000, bytes: 256 * MiB },
    };
  }),
);
