// SignedData: reads it, and checks one signer over it. Serves timestamp tokens and bags of certificates. RFC 5652 §5;
// TSA-10, TSA-13, TSA-14.

import { Buffer } from 'node:buffer';

import { compareBytes, equalBytes, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { digest } from '../crypto/digest.ts';
import type { HashName } from '../crypto/digest.ts';
import { verifySignature } from '../crypto/signature.ts';
import type { SignatureScheme } from '../crypto/signature.ts';
import { hasCode } from '../errors.ts';
import { hashOf, readAlgorithm, signatureSchemeOf } from './algorithm-identifier.ts';
import { parseCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { derTag, readInteger, readObjectIdentifier, sequenceMembers } from './der-values.ts';
import type { Members } from './der-values.ts';
import { parseDer } from './der.ts';
import type { DerNode } from './der.ts';

export interface SignerInfo {
  readonly version: number;
  /** Raw DER Name; absent, with the serial number, where the signer is named by key identifier. */
  readonly issuer?: Uint8Array;
  readonly serialNumber?: bigint;
  /** Undefined: a hash nobody here accepts. */
  readonly digestAlgorithm: HashName | undefined;
  /** Undefined: an algorithm nobody here accepts. */
  readonly signatureScheme: SignatureScheme | undefined;
  /** By object identifier, each value as raw DER. An attribute that occurs twice is refused. */
  readonly signedAttributes: ReadonlyMap<string, readonly Uint8Array[]>;
  /** What the signature covers: the DER SET OF, sorted. Absent where there are no signed attributes. */
  readonly signedAttributesDer?: Uint8Array;
  readonly signature: Uint8Array;
}

export interface SignedData {
  readonly version: number;
  /** Object identifier. */
  readonly contentType: string;
  /** The octets inside eContent; absent where the content is detached. */
  readonly content?: Uint8Array;
  /** Attribute certificates and other choices are skipped. */
  readonly certificates: readonly Certificate[];
  readonly signers: readonly SignerInfo[];
}

const oids = {
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  rsaEncryption: '1.2.840.113549.1.1.1',
} as const;

/**
 * Reads a ContentInfo that holds SignedData. Certificates are parsed; nothing is trusted.
 *
 * @throws NotaryError source.code  not DER, another content type, or a certificate that does not parse
 */
export function parseSignedData(bytes: Uint8Array, source: Source): SignedData {
  const contentInfo = sequenceMembers(parseDer(bytes, source), source, 'ContentInfo');
  const type = readObjectIdentifier(contentInfo.take(derTag.objectIdentifier, 'contentType'), source);
  if (type !== oids.signedData) throw malformed(source, `the content type is ${type}, not signedData`);
  const inner = requireOnly(contentInfo.take(0xa0, 'content'), source, 'content');
  contentInfo.end();
  const members = sequenceMembers(inner, source, 'SignedData');
  const version = readVersion(members.take(derTag.integer, 'version'), source);
  members.take(derTag.set, 'digestAlgorithms');
  const content = readContent(members.take(derTag.sequence, 'encapContentInfo'), source);
  const certificates = readCertificateSet(members.takeIf(0xa0), source);
  // Revocation lists inside a message are not evidence here: whoever needs them asks for fresh ones.
  members.takeIf(0xa1);
  const signers = members.take(derTag.set, 'signerInfos').children.map((node) => readSigner(node, source));
  members.end();
  return { version, ...content, certificates, signers };
}

/** The one element inside an EXPLICIT tag. */
function requireOnly(node: DerNode, source: Source, what: string): DerNode {
  const [element, ...more] = node.children;
  if (element === undefined || more.length > 0) throw malformed(source, `${what} is not exactly one element`);
  return element;
}

function readVersion(node: DerNode, source: Source): number {
  const version = readInteger(node, source);
  // RFC 5652 §5.1 and §5.3 know 0 to 5.
  if (version < 0n || version > 5n) throw malformed(source, `unknown version ${version}`);
  return Number(version);
}

function readContent(node: DerNode, source: Source): { contentType: string; content?: Uint8Array } {
  const members = sequenceMembers(node, source, 'encapContentInfo');
  const contentType = readObjectIdentifier(members.take(derTag.objectIdentifier, 'eContentType'), source);
  const wrapped = members.takeIf(0xa0);
  members.end();
  if (wrapped === undefined) return { contentType };
  const octets = requireOnly(wrapped, source, 'eContent');
  if (octets.tag !== derTag.octetString) throw malformed(source, 'eContent is not an OCTET STRING');
  return { contentType, content: octets.content };
}

// CertificateChoices, RFC 5652 §10.2.2: [0] to [3] IMPLICIT are obsolete or foreign kinds and attribute certificates,
// which some timestamp authorities send along.
const otherCertificateTags: readonly number[] = [0xa0, 0xa1, 0xa2, 0xa3];

function readCertificateSet(set: DerNode | undefined, source: Source): readonly Certificate[] {
  return (set?.children ?? [])
    .filter(({ tag }) => !otherCertificateTags.includes(tag))
    .map(({ raw }, index) => {
      try {
        return parseCertificate(raw);
      } catch (error) {
        if (!hasCode(error, 'ASN1_MALFORMED')) throw error;
        throw malformed(source, `certificate ${index + 1}: ${error.message}`, error);
      }
    });
}

function readSigner(node: DerNode, source: Source): SignerInfo {
  const members = sequenceMembers(node, source, 'SignerInfo');
  const version = readVersion(members.take(derTag.integer, 'version'), source);
  const sid = readSignerIdentifier(members, source);
  const digestAlgorithm = hashOf(members.take(derTag.sequence, 'digestAlgorithm'), source);
  const signed = members.takeIf(0xa0);
  const signatureScheme = readScheme(members.take(derTag.sequence, 'signatureAlgorithm'), digestAlgorithm, source);
  const signature = members.take(derTag.octetString, 'signature').content;
  members.takeIf(0xa1);
  members.end();
  const signedAttributes = readAttributes(signed, source);
  return {
    ...{ version, ...sid, digestAlgorithm, signatureScheme, signedAttributes, signature },
    ...(signed === undefined ? {} : { signedAttributesDer: sortedSet(signed) }),
  };
}

function readSignerIdentifier(signer: Members, source: Source): Pick<SignerInfo, 'issuer' | 'serialNumber'> {
  if (signer.takeIf(0x80) !== undefined) return {};
  const members = sequenceMembers(signer.take(derTag.sequence, 'sid'), source, 'sid');
  const issuer = members.take(derTag.sequence, 'issuer').raw;
  const serialNumber = readInteger(members.take(derTag.integer, 'serialNumber'), source);
  members.end();
  return { issuer, serialNumber };
}

// TSA-13: rsaEncryption takes its hash from digestAlgorithm, and so does RSASSA-PSS, whose parameters must agree
// (RFC 4056 §3). What certificates may still use, SHA-1 and Ed25519, is not for signers.
function readScheme(node: DerNode, hash: HashName | undefined, source: Source): SignatureScheme | undefined {
  if (readAlgorithm(node, source).oid === oids.rsaEncryption) return hash && { family: 'rsa-pkcs1', hash };
  const scheme = signatureSchemeOf(node, source);
  if (scheme === undefined || scheme.family === 'ed25519' || scheme.hash === 'sha1') return undefined;
  return scheme.family === 'rsa-pss' && scheme.hash !== hash ? undefined : scheme;
}

function readAttributes(set: DerNode | undefined, source: Source): SignerInfo['signedAttributes'] {
  const attributes = new Map<string, readonly Uint8Array[]>();
  for (const node of set?.children ?? []) {
    const members = sequenceMembers(node, source, 'attribute');
    const type = readObjectIdentifier(members.take(derTag.objectIdentifier, 'attrType'), source);
    const values = members.take(derTag.set, 'attrValues').children.map(({ raw }) => raw);
    members.end();
    if (attributes.has(type)) throw malformed(source, `the signed attribute ${type} occurs twice`);
    attributes.set(type, values);
  }
  return attributes;
}

// RFC 5652 §5.4: signed is the SET OF (0x31), not the [0] that stands in the message. DER sorts its elements; a producer
// that did not sort them in the message signed them sorted all the same. The length octets are those of the [0].
function sortedSet(node: DerNode): Uint8Array {
  const lengthOctets = node.raw.subarray(1, node.raw.length - node.content.length);
  const elements = node.children.map(({ raw }) => raw).sort(compareBytes);
  return new Uint8Array(Buffer.concat([Uint8Array.of(derTag.set), lengthOctets, ...elements]));
}

const mismatch: Source = { code: 'SIGNATURE_MISMATCH', what: 'CMS signature' };

/**
 * Checks that the certificate's key signed the content: content type, message digest, and the signature over the signed
 * attributes, which are mandatory.
 *
 * @throws NotaryError SIGNATURE_MISMATCH  any of these fails, or an algorithm is not accepted
 * @see RFC 5652 §5.4, §5.6
 */
export function verifySigner(data: SignedData, signer: SignerInfo, certificate: Certificate): void {
  const { digestAlgorithm, signatureScheme, signedAttributesDer } = signer;
  if (digestAlgorithm === undefined)
    throw malformed(mismatch, 'the digest algorithm is not SHA-256, SHA-384 or SHA-512');
  if (signatureScheme === undefined) throw malformed(mismatch, 'the signature algorithm is not accepted');
  if (data.content === undefined) throw malformed(mismatch, 'there is no content');
  if (signedAttributesDer === undefined) throw malformed(mismatch, 'there are no signed attributes');
  const contentType = readObjectIdentifier(requireSingleValue(signer, oids.contentType, mismatch), mismatch);
  if (contentType !== data.contentType) throw malformed(mismatch, `the signed content type is ${contentType}`);
  const messageDigest = requireSingleValue(signer, oids.messageDigest, mismatch);
  if (
    messageDigest.tag !== derTag.octetString ||
    !equalBytes(messageDigest.content, digest(digestAlgorithm, data.content))
  ) {
    throw malformed(mismatch, 'the signed message digest is not that of the content');
  }
  verifySignature(signatureScheme, certificate.publicKey, signedAttributesDer, signer.signature);
}

/**
 * The value of a signed attribute that must be there, once.
 *
 * @throws NotaryError source.code  absent, or with no value, or with several
 */
export function requireSingleValue(signer: SignerInfo, type: string, source: Source): DerNode {
  const values = signer.signedAttributes.get(type);
  if (values === undefined) throw malformed(source, `there is no signed attribute ${type}`);
  const [value] = values;
  if (value !== undefined && values.length === 1) return parseDer(value, source);
  throw malformed(source, `the signed attribute ${type} has ${values.length} values instead of one`);
}
