// Everything that comes as ASN.1: certificates, names, CMS, timestamps, OCSP answers, CRLs, keys. "Signed anew" means that
// the mutated part gets a good signature, as a hostile signer could make, so that the damage is met behind that check.

import { Buffer } from 'node:buffer';
import { createPrivateKey } from 'node:crypto';

import type { Source } from '../../../shared/bytes.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { pemKeyProvider } from '../../../shared/keys/pem.ts';
import { freshestUrls, requireComplete } from '../../../shared/revocation/crl-delta.ts';
import { judgeCrl } from '../../../shared/revocation/crl-judgement.ts';
import { parseCrl, requireCrlOf } from '../../../shared/revocation/crl.ts';
import { parseOcspResponse } from '../../../shared/revocation/ocsp-response.ts';
import { judgeOcspResponse } from '../../../shared/revocation/ocsp.ts';
import { requireUnrevoked, RevocationChecker } from '../../../shared/revocation/revocation.ts';
import { requireAddress } from '../../../shared/revocation/address.ts';
import { readGeneralizedTime } from '../../../shared/timestamp/gen-time.ts';
import { readTimestampReply } from '../../../shared/timestamp/reply.ts';
import { createTimestampRequest } from '../../../shared/timestamp/request.ts';
import { verifyTimestamp } from '../../../shared/timestamp/evidence.ts';
import { parseTimestampToken } from '../../../shared/timestamp/token.ts';
import { requireTrustAnchor } from '../../../shared/trust/anchor.ts';
import { parseTrustedIdentities, requireTrustedIdentity } from '../../../shared/trust/identity.ts';
import { loadTrustStore } from '../../../shared/trust/store.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { orderChain, requireChain } from '../../../shared/x509/chain.ts';
import { parseSignedData, verifySigner } from '../../../shared/x509/cms.ts';
import { readTime } from '../../../shared/x509/der-values.ts';
import { parseDer } from '../../../shared/x509/der.ts';
import type { DerNode } from '../../../shared/x509/der.ts';
import { displayName, parseDistinguishedName, renderName } from '../../../shared/x509/name.ts';
import { readPublicKeyInfo, toKeyObject } from '../../../shared/x509/public-key-info.ts';
import { readCertificateBag, readCertificates, readPemCertificates } from '../../../shared/x509/read-certificates.ts';
import { requireCodeSigningChain, requireTimestampingChain } from '../../../shared/x509/requirements.ts';
import { describeSigner } from '../../../sign/signer.ts';
import { codeSigningChain, createRoot, encodeName, encodePem, issue, timestampingChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { bagEncodings, encodeBag } from '../../support/certificate-bag.ts';
import { crl } from '../../support/crl.ts';
import { algorithmIdentifier, signDer } from '../../support/der-signature.ts';
import {
  bitString,
  enumerated,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  tlv,
} from '../../support/der-writer.ts';
import { ocspError, ocspResponse, ocspSigningOid, serialOf } from '../../support/ocsp.ts';
import { filesInMemory } from '../../support/ports.ts';
import { createTsa } from '../../support/tsa.ts';
import { hashIdentifier } from '../../support/tsa-hash.ts';
import { signerInfo } from '../../support/tsa-signer.ts';
import { makeToken, messageImprint } from '../../support/tsa-token.ts';
import { asText, der, pem, text } from '../target.ts';
import type { Seed, Target } from '../target.ts';

const source: Source = { code: 'ASN1_MALFORMED', what: 'fuzz' };
const at = new Date('2026-01-15T12:00:00.123Z');
const children = (bytes: Uint8Array): readonly DerNode[] => parseDer(bytes, source).children;
/** What was signed: the first member of a certificate, a CRL or a BasicOCSPResponse. */
const tbsOf = (bytes: Uint8Array): Uint8Array => children(bytes)[0]?.raw ?? new Uint8Array();

const locations = { ocspUrl: 'http://ocsp.test/', crlUrl: 'http://crl.test/ca.crl', caIssuersUrl: 'http://ca.test/' };
const policies = ['1.3.6.1.4.1.311.76.509.1.1', '2.5.29.32.0'];
const signing = await codeSigningChain({ ...locations, policies });
const rsaSigning = await codeSigningChain({ keySpec: 'RSA-2048', subject: 'C=DE, ST=BY, O=Ä+OU=x, CN=a\\,b' });
const stamping = await timestampingChain();
const rsaStamping = await timestampingChain({ keySpec: 'RSA-2048' });
const root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=root', keySpec: 'EC-384' });
const ca = await issue(root, { subject: 'C=US, O=Acme, CN=CA', ca: true, pathLength: 0 });
const leaf = await issue(ca, { subject: 'C=US, ST=WA, O=Acme, CN=leaf', ...locations });
const responder = await issue(ca, { subject: 'CN=ocsp', extendedKeyUsage: { purposes: [ocspSigningOid] } });
const others = await Promise.all([
  createRoot({ subject: 'CN=ed', keySpec: 'Ed25519' }),
  createRoot({ subject: 'CN=pss', keySpec: 'RSA-2048', padding: 'pss' }),
  createRoot({ subject: 'CN=v1', version: 1 }),
  createRoot({ subject: 'CN=521', keySpec: 'EC-521', hash: 'sha512' }),
]);

const everyCertificate = [signing, rsaSigning, stamping, ...others].flatMap(({ chain }) => chain);
const certificateOf = ({ certificate }: Issued) => parseCertificate(certificate);
const unreachable = () => Promise.reject(new NotaryError('NETWORK_UNREACHABLE', 'no network'));

/** All that is ever done with a certificate by itself. */
function useCertificate(bytes: Uint8Array): unknown {
  const certificate = parseCertificate(bytes);
  const { subject, issuer, publicKey, ocspUrls, crlUrls } = certificate;
  return [renderName(subject), displayName(issuer), publicKey.asymmetricKeyType, ocspUrls, crlUrls];
}

const identities = parseTrustedIdentities(['x509.subject:C=US,ST=WA,O=Acme'], source, 'identities');

function signed(tbs: Uint8Array, issuer: Issued): Uint8Array {
  const { privateKey } = issuer;
  return sequence(tbs, algorithmIdentifier(privateKey, 'sha256'), bitString(signDer(privateKey, tbs, 'sha256')));
}

/** All that is done with a signer's certificate below a CA that vouches for it. */
async function useSignedCertificate(tbs: Uint8Array): Promise<unknown> {
  const chain = requireChain([signed(tbs, ca), ...ca.chain].map(parseCertificate));
  const shown = describeSigner(chain);
  const ordered = orderChain(chain[0], [...chain].reverse());
  const statuses = await new RevocationChecker(unreachable).check(chain, at);
  const attempts = [
    () => {
      requireCodeSigningChain(chain, at);
    },
    () => {
      requireTimestampingChain(chain);
    },
    () => {
      requireTrustedIdentity(identities, chain[0]);
    },
    () => {
      requireTrustAnchor(chain[0], 'signing');
    },
    () => {
      requireUnrevoked(statuses);
    },
  ].map(orRefuses);
  return [shown, ordered.length, attempts];
}

/** Undefined where a NotaryError says no. */
function orRefuses<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof NotaryError) return undefined;
    throw error;
  }
}

const chainCodes = ['ASN1_MALFORMED', 'CERTIFICATE_CHAIN_BROKEN', 'CERTIFICATE_UNSUITABLE', 'KEY_UNSUPPORTED'] as const;

const names = [
  'C=US, ST=WA, O=Acme, CN=x',
  'CN=a+OU=b, O=\\,',
  'DC=org, DC=example, emailAddress=a@b',
  'SERIALNUMBER=1, POSTALCODE=2',
  '',
].map((name) => der(encodeName(name)));
const stringTypes = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1c, 0x1e].map((tag) =>
  der(sequence(tlv(0x31, sequence(objectIdentifier('2.5.4.3'), tlv(tag, Buffer.from('1234')))))),
);

const tokenSignature = Buffer.from('the bytes of a signature');
const imprint = messageImprint('sha256', tokenSignature);
const tokens = [stamping, rsaStamping].map((chain) => makeToken({ chain, at, messageImprint: imprint }));
const stampRoots = [stamping, rsaStamping].flatMap(({ chain }) =>
  chain.slice(-1).map((bytes) => parseCertificate(bytes)),
);
const stampRequest = createTimestampRequest(tokenSignature, 'sha256', Buffer.from('0123456789abcdef0123'));
const stampReply = await createTsa({ chain: stamping, clock: { now: () => at } }).respond(stampRequest.der);
const stampRefusal = await createTsa({ chain: stamping, deviations: 'rejected' }).respond(stampRequest.der);
const useToken = (bytes: Uint8Array): unknown =>
  verifyTimestamp(parseTimestampToken(bytes), tokenSignature, { roots: stampRoots });

/** A token of which the statement is given, and everything else is good. */
function tokenOver(content: Uint8Array): Uint8Array {
  const contentType = '1.2.840.113549.1.9.16.1.4';
  const signedData = sequence(
    integer(3n),
    tlv(0x31, hashIdentifier('sha256')),
    sequence(objectIdentifier(contentType), tlv(0xa0, octetString(content))),
    tlv(0xa0, ...stamping.chain.slice(0, 2)),
    tlv(0x31, signerInfo({ chain: stamping }, content, { contentType, at })),
  );
  return sequence(objectIdentifier('1.2.840.113549.1.7.2'), tlv(0xa0, signedData));
}
const statement = (bytes: Uint8Array): Uint8Array => parseSignedData(bytes, source).content ?? new Uint8Array();

const thisUpdate = new Date('2026-01-01T00:00:00Z');
const nextUpdate = new Date('2026-02-01T00:00:00Z');
const serial = serialOf(leaf.certificate);
const question = { certificate: certificateOf(leaf), issuer: certificateOf(ca), at, signedAt: at };
const single = { serial, thisUpdate, nextUpdate } as const;
const ocspAnswers = [
  ocspResponse({ issuer: ca, singles: [{ ...single, status: 'good' }] }),
  ocspResponse({ issuer: ca, responder, singles: [{ ...single, status: 'unknown', hash: 'sha256' }] }),
  ocspResponse({
    issuer: ca,
    responderId: 'name',
    singles: [{ ...single, status: { revokedAt: at, reason: 1 }, invalidityDate: at }],
  }),
];
const basicOf = (bytes: Uint8Array): Uint8Array =>
  children(bytes)[1]?.children[0]?.children[1]?.content ?? new Uint8Array();
const ocspOver = (tbs: Uint8Array): Uint8Array =>
  sequence(enumerated(0), tlv(0xa0, sequence(objectIdentifier('1.3.6.1.5.5.7.48.1.1'), octetString(signed(tbs, ca)))));

const freshest = ['http://crl.test/delta.crl', 'ldap://x/'];
const entries = [
  { serial: 7n, revokedAt: at, reason: 1 },
  { serial, revokedAt: at, reason: 6, invalidityDate: at },
  { serial: 1n << 140n, revokedAt: at },
];
const lists = [
  crl({ issuer: ca, entries, thisUpdate, nextUpdate, number: 5n, freshest }),
  crl({ issuer: ca, thisUpdate, nextUpdate, number: 5n }),
];
const deltas = [crl({ issuer: ca, entries: entries.slice(1), thisUpdate, nextUpdate, number: 6n, deltaBase: 4n })];
const goodList = parseCrl(lists[0] ?? new Uint8Array());

function useList(bytes: Uint8Array): unknown {
  const base = parseCrl(bytes);
  requireCrlOf(base, question.issuer);
  requireComplete(base);
  return [freshestUrls(base), judgeCrl({ base }, question)];
}

function useDelta(bytes: Uint8Array): unknown {
  const delta = parseCrl(bytes);
  requireCrlOf(delta, question.issuer);
  return judgeCrl({ base: goodList, delta }, question);
}

const pkcs7Pem = (certificates: readonly Uint8Array[]): string =>
  encodePem(encodeBag(certificates)).replaceAll('CERTIFICATE', 'PKCS7');
const certificateFiles: readonly Seed[] = [
  pem(signing.chainPem),
  pem(`comment\r\n${signing.pem.replaceAll('\n', '\r\n')}`),
  der(Buffer.concat(signing.chain)),
  der(root.certificate),
];
const bagFiles: readonly Seed[] = [
  pem(pkcs7Pem(signing.chain)),
  der(encodeBag(rsaSigning.chain)),
  pem(signing.chainPem),
];

const pkcs1 = createPrivateKey(rsaSigning.keyPem).export({ type: 'pkcs1', format: 'pem' }).toString();
const sec1 = createPrivateKey(signing.keyPem).export({ type: 'sec1', format: 'pem' }).toString();
const keyCertificates = [...signing.chain, ...rsaSigning.chain].map((bytes) => parseCertificate(bytes));

function walk({ children, content, raw }: DerNode): number {
  return children.reduce((sum, child) => sum + walk(child), content.length + raw.length);
}

const certificateSeeds = everyCertificate.map(der);

export const asn1Targets: readonly Target[] = [
  {
    name: 'DER gate',
    seeds: [...certificateSeeds.slice(0, 3), ...[...tokens, ...ocspAnswers, ...lists].map(der)],
    codes: ['ASN1_MALFORMED'],
    decode: (bytes) => walk(parseDer(bytes, source)),
  },
  {
    name: 'certificate',
    seeds: certificateSeeds,
    codes: ['ASN1_MALFORMED', 'KEY_UNSUPPORTED', 'NAME_INVALID'],
    decode: useCertificate,
  },
  {
    name: 'certificate, signed anew',
    seeds: [leaf, responder].map(({ certificate }) => der(tbsOf(certificate))),
    codes: chainCodes,
    decode: useSignedCertificate,
  },
  {
    name: 'public key',
    seeds: everyCertificate.map((bytes) => der(parseCertificate(bytes).subjectPublicKeyInfo)),
    codes: ['ASN1_MALFORMED', 'KEY_UNSUPPORTED'],
    decode: (bytes) => [readPublicKeyInfo(parseDer(bytes, source), source), toKeyObject(bytes)],
  },
  {
    name: 'name of a certificate',
    seeds: [...names, ...stringTypes.slice(0, 5), ...stringTypes.slice(6)],
    refused: stringTypes.slice(5, 6),
    codes: ['NAME_INVALID'],
    decode: (bytes) => [displayName(bytes), parseDistinguishedNameOf(bytes), renderName(bytes)],
  },
  {
    name: 'UTCTime and GeneralizedTime',
    seeds: ['170d3236303131353132303030305a', '180f32303236303131353132303030305a'].map((hex) =>
      der(Buffer.from(hex, 'hex')),
    ),
    refused: ['20260115120000.5Z', '20250229000000Z'].map((time) => der(tlv(0x18, Buffer.from(time)))),
    codes: ['ASN1_MALFORMED'],
    decode: (bytes) => [readTime(parseDer(bytes, source), source).getTime(), parseDer(bytes, source)],
  },
  {
    name: 'time of a timestamp',
    seeds: ['20260115120000.5Z', '99991231235959Z', '20240229000000Z'].map((time) => der(tlv(0x18, Buffer.from(time)))),
    codes: ['ASN1_MALFORMED'],
    decode: (bytes) => readGeneralizedTime(parseDer(bytes, source), source),
  },
  {
    name: 'certificate file',
    seeds: certificateFiles,
    codes: ['ASN1_MALFORMED'],
    decode: readCertificates,
  },
  {
    name: 'bag of certificates',
    seeds: bagFiles,
    codes: ['ASN1_MALFORMED'],
    decode: readCertificateBag,
  },
  {
    name: 'trust store',
    seeds: [pem(root.pem), der(root.certificate), pem(ca.pem + root.pem)],
    codes: ['TRUST_STORE_INVALID'],
    decode: (bytes) => loadTrustStore(filesInMemory({ 's/x509/ca/a/c.pem': bytes }), 's', { type: 'ca', name: 'a' }),
  },
  {
    name: 'PEM in text',
    seeds: [pem(signing.chainPem + signing.keyPem), text('')],
    codes: ['ASN1_MALFORMED'],
    decode: (bytes) => readPemCertificates(asText(bytes)),
  },
  {
    name: 'PEM private key',
    seeds: [pem(signing.keyPem), pem(rsaSigning.keyPem), pem(signing.pem + sec1), pem(pkcs1)],
    codes: ['INPUT_INVALID', 'KEY_UNSUPPORTED'],
    decode: (bytes) => pemKeyProvider({ privateKey: asText(bytes), certificateChain: keyCertificates }),
  },
  {
    name: 'CMS SignedData',
    seeds: [...tokens, encodeBag(signing.chain)].map(der),
    codes: ['ASN1_MALFORMED', 'SIGNATURE_MISMATCH', 'KEY_UNSUPPORTED'],
    decode: useSignedData,
  },
  {
    name: 'timestamp token',
    seeds: tokens.map(der),
    codes: ['TIMESTAMP_INVALID', 'TRUST_ANCHOR_NOT_FOUND'],
    decode: useToken,
  },
  {
    name: 'timestamp token, signed anew',
    seeds: tokens.map((token) => der(statement(token))),
    codes: ['TIMESTAMP_INVALID', 'TRUST_ANCHOR_NOT_FOUND'],
    decode: (content) => useToken(tokenOver(content)),
  },
  {
    name: 'timestamp reply',
    seeds: [der(stampReply)],
    refused: [der(stampRefusal)],
    codes: ['TIMESTAMP_UNAVAILABLE', 'TIMESTAMP_REJECTED', 'TIMESTAMP_INVALID'],
    decode: (bytes) => readTimestampReply(bytes, stampRequest),
  },
  {
    name: 'OCSP response',
    seeds: ocspAnswers.map(der),
    refused: [der(ocspError('tryLater'))],
    codes: ['REVOCATION_UNAVAILABLE'],
    decode: (bytes) => [parseOcspResponse(bytes), judgeOcspResponse(bytes, question)],
  },
  {
    name: 'OCSP response, signed anew',
    seeds: ocspAnswers.map((answer) => der(tbsOf(basicOf(answer)))),
    codes: ['REVOCATION_UNAVAILABLE'],
    decode: (tbs) => judgeOcspResponse(ocspOver(tbs), question),
  },
  { name: 'CRL', seeds: lists.map(der), codes: ['REVOCATION_UNAVAILABLE'], decode: useList },
  {
    name: 'CRL, signed anew',
    seeds: lists.map((list) => der(tbsOf(list))),
    codes: ['REVOCATION_UNAVAILABLE'],
    decode: (tbs) => useList(signed(tbs, ca)),
  },
  { name: 'delta CRL', seeds: deltas.map(der), codes: ['REVOCATION_UNAVAILABLE'], decode: useDelta },
  {
    name: 'delta CRL, signed anew',
    seeds: deltas.map((list) => der(tbsOf(list))),
    codes: ['REVOCATION_UNAVAILABLE'],
    decode: (tbs) => useDelta(signed(tbs, ca)),
  },
  {
    name: 'revocation address',
    seeds: [text('http://ocsp.example/ca?x=1'), text('http://[2001:db8::1]:80/')],
    codes: ['REVOCATION_UNAVAILABLE'],
    decode: (bytes) => requireAddress(asText(bytes)),
  },
];

/** The way of a subject into a comparison with identities; most names have no such form. */
function parseDistinguishedNameOf(name: Uint8Array): unknown {
  return orRefuses(() => parseDistinguishedName(renderName(name)));
}

function useSignedData(bytes: Uint8Array): unknown {
  const data = parseSignedData(bytes, source);
  const [signer] = data.signers;
  const [authority] = [stamping, rsaStamping].filter(({ certificate }) =>
    data.certificates.some(({ der: bag }) => Buffer.compare(bag, certificate) === 0),
  );
  if (signer !== undefined && authority !== undefined) verifySigner(data, signer, certificateOf(authority));
  return data.certificates.length;
}

export const certificateBags: readonly Seed[] = Object.values(bagEncodings).map((encode) =>
  text(encode(signing.chain)),
);
