// The SignerInfo of a timestamp token, by default with the six signed attributes of Microsoft's public authority. RFC 5652
// §5.3; RFC 5035.

import { Buffer } from 'node:buffer';
import { constants, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';

import type { Issued } from './ca.ts';
import { algorithmIdentifier } from './der-signature.ts';
import { generalizedTime, integer, none, time } from './der-writer.ts';
import { bitString, objectIdentifier, octetString, sequence, tlv } from './der-writer.ts';
import { hashed, hashIdentifier, tsaHashOids } from './tsa-hash.ts';
import type { TsaHash } from './tsa-hash.ts';

const oids = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  sigPolicyId: '1.2.840.113549.1.9.16.2.15',
  signerAttr: '1.2.840.113549.1.9.16.2.18',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

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

/** DER SignerInfo over the content. */
export function signerInfo(
  options: SignerOptions,
  content: Uint8Array,
  token: { contentType: string; at: Date },
): Uint8Array {
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
