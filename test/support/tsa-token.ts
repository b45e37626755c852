// Makes timestamp tokens: by default exactly as Microsoft's public authority does, and with every deviation that an
// option can name. Shares no code with what it tests. RFC 3161 §2.4.2; RFC 5652 §5; RFC 5035.

import { Buffer } from 'node:buffer';
import { constants, createHash, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';

import type { Issued } from './ca.ts';
import { algorithmIdentifier } from './der-signature.ts';
import { boolean, extension, generalizedTime, integer, none } from './der-writer.ts';
import { bitString, objectIdentifier, octetString, sequence, time, tlv } from './der-writer.ts';
import type { RawExtension } from './der-writer.ts';

export type TsaHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export const tsaHashOids: Readonly<Record<TsaHash, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

const oids = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  sigPolicyId: '1.2.840.113549.1.9.16.2.15',
  signerAttr: '1.2.840.113549.1.9.16.2.18',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

interface Accuracy {
  readonly seconds?: number;
  readonly millis?: number;
  readonly micros?: number;
}

/** What TSTInfo says. */
export interface TstInfoOptions {
  readonly tstVersion?: number;
  readonly policy?: string;
  /** DER MessageImprint. */
  readonly messageImprint: Uint8Array;
  readonly at: Date;
  /** Instead of `at` with milliseconds: without them, or a text of the test's own. */
  readonly genTime?: 'whole second' | { readonly text: string };
  /** Default 500 milliseconds. */
  readonly accuracy?: Accuracy | 'absent' | { readonly der: Uint8Array };
  readonly ordering?: boolean;
  readonly nonce?: bigint;
  readonly extensions?: readonly RawExtension[];
}

export interface SignerOptions {
  /** The authority's certificate and key. */
  readonly chain: Issued;
  readonly signWith?: KeyObject;
  readonly version?: number;
  /** Default issuer and serial number. */
  readonly sid?: 'key identifier';
  /** Default SHA-256. */
  readonly digest?: TsaHash;
  /** Default rsaEncryption for RSA keys, as Microsoft's does; ecdsa-with-SHA2 for EC keys. */
  readonly signatureAlgorithm?: 'rsaEncryption' | 'withHash' | 'pss' | 'pss, another salt';
  /** Default v2 with issuerSerial and the default hash, SHA-256. */
  readonly signingCertificate?:
    'v1' | 'absent' | 'no certificates' | 'without issuerSerial' | 'two issuers' | 'sha1' | 'sha384' | 'sha512';
  /** Whom signingCertificateV2 names by hash, and whom by issuerSerial; the signer unless given. */
  readonly hashOf?: Uint8Array;
  readonly serialOf?: Uint8Array;
  /** Default the token's own time, to the second. */
  readonly signingTime?: Date | 'absent';
  /** An object identifier, or "absent". */
  readonly contentTypeAttribute?: string;
  readonly messageDigest?: 'wrong' | 'absent' | 'twice' | 'two values';
  readonly attributes?: 'absent' | 'not sorted';
}

export interface TokenOptions extends TstInfoOptions, SignerOptions {
  readonly signedDataVersion?: number;
  readonly eContentType?: string;
  readonly detached?: boolean;
  /** What stands in the bag, each a DER CertificateChoices; default the CA and then the leaf, but no root. */
  readonly certificates?: readonly Uint8Array[];
  /** Other signers, before the first. */
  readonly signersBefore?: readonly SignerOptions[];
}

/** A DER TimeStampToken. */
export function makeToken(options: TokenOptions): Uint8Array {
  const content = makeTstInfo(options);
  const contentType = options.eContentType ?? oids.tstInfo;
  const signers = [...(options.signersBefore ?? []), options].map((signer) =>
    signerInfo(signer, content, { contentType, at: options.at }),
  );
  const [leaf, ca] = options.chain.chain;
  const bag = options.certificates ?? [ca, leaf].filter((certificate) => certificate !== undefined);
  const signedData = sequence(
    integer(BigInt(options.signedDataVersion ?? 3)),
    tlv(0x31, hashIdentifier(options.digest ?? 'sha256')),
    sequence(objectIdentifier(contentType), options.detached === true ? none : tlv(0xa0, octetString(content))),
    bag.length > 0 ? tlv(0xa0, ...bag) : none,
    tlv(0x31, ...signers),
  );
  return sequence(objectIdentifier(oids.signedData), tlv(0xa0, signedData));
}

function makeTstInfo(options: TokenOptions): Uint8Array {
  const { accuracy = { millis: 500 }, extensions = [], ordering, nonce } = options;
  return sequence(
    integer(BigInt(options.tstVersion ?? 1)),
    objectIdentifier(options.policy ?? '1.3.6.1.4.1.601.10.3.1'),
    options.messageImprint,
    tlv(0x02, Uint8Array.of(0x66), randomBytes(5)),
    encodeGenTime(options),
    accuracy === 'absent' ? none : encodeAccuracy(accuracy),
    ordering === undefined ? none : boolean(ordering),
    nonce === undefined ? none : integer(nonce),
    tlv(0xa0, tlv(0xa4, options.chain.subject)),
    extensions.length > 0 ? tlv(0xa1, ...extensions.map(extension)) : none,
  );
}

function encodeGenTime({ at, genTime }: TstInfoOptions): Uint8Array {
  if (genTime === 'whole second') return generalizedTime(at);
  return genTime === undefined ? millisecondTime(at) : tlv(0x18, Buffer.from(genTime.text, 'latin1'));
}

const millisecondTime = (at: Date): Uint8Array => {
  const fraction = String(at.getUTCMilliseconds()).padStart(3, '0').replace(/0+$/u, '');
  const seconds = at.toISOString().slice(0, 19).replaceAll(/[-:T]/gu, '');
  return tlv(0x18, Buffer.from(`${seconds}${fraction === '' ? '' : '.'}${fraction}Z`, 'latin1'));
};

function encodeAccuracy(parts: Accuracy | { readonly der: Uint8Array }): Uint8Array {
  if ('der' in parts) return parts.der;
  const part = (tag: number, value: number | undefined): Uint8Array => {
    const [, , ...content] = value === undefined ? [] : integer(BigInt(value));
    return value === undefined ? none : tlv(tag, Uint8Array.from(content));
  };
  return sequence(part(0x02, parts.seconds), part(0x80, parts.millis), part(0x81, parts.micros));
}

/** DER MessageImprint, with NULL parameters unless told otherwise. */
export function messageImprint(hash: TsaHash, bytes: Uint8Array, parameters: 'NULL' | 'absent' = 'NULL'): Uint8Array {
  return encodeImprint(hash, hashed(hash, bytes), parameters);
}

export function encodeImprint(hash: TsaHash, value: Uint8Array, parameters: 'NULL' | 'absent' = 'NULL'): Uint8Array {
  return sequence(hashIdentifier(hash, parameters), octetString(value));
}

function hashIdentifier(hash: TsaHash, parameters: 'NULL' | 'absent' = 'NULL'): Uint8Array {
  return sequence(objectIdentifier(tsaHashOids[hash]), parameters === 'NULL' ? tlv(0x05) : none);
}

function hashed(hash: TsaHash, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest());
}

function signerInfo(options: SignerOptions, content: Uint8Array, token: { contentType: string; at: Date }): Uint8Array {
  const { chain, digest = 'sha256', attributes } = options;
  const attributeList = signedAttributes(options, content, token);
  // The reference, and every producer that was seen, sorts before it signs, whatever order it sends.
  const sorted = [...attributeList].sort((a, b) => Buffer.compare(a, b));
  const signed = attributes === 'absent' ? content : tlv(0x31, ...sorted);
  const key = options.signWith ?? chain.privateKey;
  return sequence(
    integer(BigInt(options.version ?? 1)),
    options.sid === 'key identifier'
      ? tlv(0x80, chain.subjectKeyIdentifier)
      : sequence(...issuerAndSerial(chain.certificate)),
    hashIdentifier(digest),
    attributes === 'absent' ? none : tlv(0xa0, ...(attributes === 'not sorted' ? sorted.toReversed() : sorted)),
    signatureIdentifier(options, key),
    octetString(signContent(options, key, signed)),
  );
}

function signedAttributes(
  options: SignerOptions,
  content: Uint8Array,
  { contentType, at }: { contentType: string; at: Date },
): Uint8Array[] {
  const { digest = 'sha256', contentTypeAttribute = contentType, messageDigest, signingTime = at } = options;
  const right = octetString(hashed(digest, content));
  const wrong = octetString(hashed(digest, Buffer.from('another content')));
  const digests = messageDigest === 'wrong' ? [wrong] : messageDigest === 'two values' ? [right, wrong] : [right];
  const digestAttribute = attribute(oids.messageDigest, ...digests);
  return [
    attribute(oids.sigPolicyId, tlv(0x05)),
    ...(contentTypeAttribute === 'absent' ? [] : [attribute(oids.contentType, objectIdentifier(contentTypeAttribute))]),
    ...(signingTime === 'absent' ? [] : [attribute(oids.signingTime, time(signingTime))]),
    ...(messageDigest === 'absent' ? [] : [digestAttribute]),
    ...(messageDigest === 'twice' ? [digestAttribute] : []),
    ...signingCertificateAttribute(options),
    attribute(oids.signerAttr, clockAudit(options.chain, at)),
  ];
}

const attribute = (oid: string, ...values: readonly Uint8Array[]): Uint8Array =>
  sequence(objectIdentifier(oid), tlv(0x31, ...values));

function signingCertificateAttribute(options: SignerOptions): Uint8Array[] {
  const { chain, signingCertificate, hashOf = chain.certificate, serialOf = chain.certificate } = options;
  if (signingCertificate === 'absent') return [];
  const [issuer, serial] = issuerAndSerial(serialOf);
  const issuers = signingCertificate === 'two issuers' ? [issuer, issuer] : [issuer];
  const issuerSerial = sequence(sequence(...issuers.map((name) => tlv(0xa4, name))), serial);
  if (signingCertificate === 'v1') {
    const id = sequence(octetString(hashed('sha1', hashOf)), issuerSerial);
    return [attribute(oids.signingCertificate, sequence(sequence(id)))];
  }
  if (signingCertificate === 'no certificates') return [attribute(oids.signingCertificateV2, sequence(sequence()))];
  const hash = signingCertificate?.startsWith('sha') === true ? (signingCertificate as TsaHash) : undefined;
  const id = sequence(
    hash === undefined ? none : sequence(objectIdentifier(tsaHashOids[hash])),
    octetString(hashed(hash ?? 'sha256', hashOf)),
    signingCertificate === 'without issuerSerial' ? none : issuerSerial,
  );
  return [attribute(oids.signingCertificateV2, sequence(sequence(id)))];
}

/** SignerAttribute with an attribute certificate about the clock, as Microsoft's authority attaches it. RFC 5755. */
function clockAudit(chain: Issued, at: Date): Uint8Array {
  const [issuer] = issuerAndSerial(chain.certificate);
  const audit = sequence(
    objectIdentifier('1.3.6.1.4.1.601.10.4.1'),
    tlv(0x31, sequence(integer(0n), tlv(0x02, Uint8Array.of(0xff)))),
  );
  const info = sequence(
    integer(1n),
    sequence(tlv(0xa1, tlv(0xa4, chain.subject))),
    tlv(0xa0, sequence(tlv(0xa4, issuer))),
    algorithmIdentifier(chain.privateKey, 'sha256'),
    integer(0xea1f5f86n),
    sequence(generalizedTime(at), generalizedTime(new Date(at.getTime() + 86_400_000))),
    sequence(audit),
  );
  return sequence(
    tlv(0xa1, sequence(info, algorithmIdentifier(chain.privateKey, 'sha256'), bitString(randomBytes(64)))),
  );
}

function issuerAndSerial(certificate: Uint8Array): readonly [issuer: Uint8Array, serial: Uint8Array] {
  const { issuer, serialNumber } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
  return [new Uint8Array(AsnConvert.serialize(issuer)), tlv(0x02, new Uint8Array(serialNumber))];
}

function signatureIdentifier({ digest = 'sha256', signatureAlgorithm }: SignerOptions, key: KeyObject): Uint8Array {
  if (signatureAlgorithm === 'pss' || signatureAlgorithm === 'pss, another salt') {
    const hash = hashIdentifier(digest);
    const mask = sequence(objectIdentifier('1.2.840.113549.1.1.8'), hash);
    const salt = integer(BigInt(saltLength({ digest, signatureAlgorithm })));
    return sequence(
      objectIdentifier('1.2.840.113549.1.1.10'),
      sequence(tlv(0xa0, hash), tlv(0xa1, mask), tlv(0xa2, salt)),
    );
  }
  if (key.asymmetricKeyType === 'ed25519') return sequence(objectIdentifier('1.3.101.112'));
  const named = signatureAlgorithm === 'withHash' || key.asymmetricKeyType !== 'rsa';
  return named ? algorithmIdentifier(key, digest) : sequence(objectIdentifier('1.2.840.113549.1.1.1'), tlv(0x05));
}

function saltLength({
  digest = 'sha256',
  signatureAlgorithm,
}: Pick<SignerOptions, 'digest' | 'signatureAlgorithm'>): number {
  const length = hashed(digest, none).length;
  return signatureAlgorithm === 'pss' ? length : length - 12;
}

function signContent(options: SignerOptions, key: KeyObject, bytes: Uint8Array): Uint8Array {
  const { digest = 'sha256', signatureAlgorithm } = options;
  if (key.asymmetricKeyType === 'ed25519') return new Uint8Array(sign(null, bytes, key));
  if (key.asymmetricKeyType !== 'rsa') return new Uint8Array(sign(digest, bytes, key));
  const pss = signatureAlgorithm?.startsWith('pss') === true;
  const padding = pss ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return new Uint8Array(sign(digest, bytes, { key, padding, ...(pss ? { saltLength: saltLength(options) } : {}) }));
}
