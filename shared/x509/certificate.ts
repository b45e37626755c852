// The one certificate type and its one parser. What is signed or compared is cut out of the original bytes, never
// encoded again. RFC 5280 §4; strict where Go's parser is (CHAIN-12), so that what passes here passes in Notation.

import 'reflect-metadata'; // must precede @peculiar/x509, whose dependency container looks for it while loading

import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  CRLDistributionPointsExtension,
  SubjectKeyIdentifierExtension,
} from '@peculiar/x509';
import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';

import { equalBytes, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { sha256Hex } from '../crypto/digest.ts';
import type { SignatureScheme } from '../crypto/signature.ts';
import { signatureSchemeOf } from './algorithm-identifier.ts';
import {
  extensionId,
  readBasicConstraints,
  readExtendedKeyUsage,
  readExtensions,
  readKeyUsage,
  requireForm,
} from './certificate-extensions.ts';
import type { BasicConstraints, ExtendedKeyUsage, Extension, KeyUsages } from './certificate-extensions.ts';
import { derTag, readBitStringOctets, readInteger, readTime, sequenceMembers } from './der-values.ts';
import type { Members } from './der-values.ts';
import { decodeChecked, parseDer } from './der.ts';
import { readAttributes } from './name-attributes.ts';
import { readPublicKeyInfo, toKeyObject } from './public-key-info.ts';
import { requireReadable } from './unread-extensions.ts';

export type { Extension, KeyUsage } from './certificate-extensions.ts';

export interface Certificate {
  readonly der: Uint8Array;
  /** What the issuer signed. */
  readonly tbs: Uint8Array;
  /** 1 to 3. */
  readonly version: number;
  readonly serialNumber: bigint;
  /** The DER of the Name; compared byte for byte (CHAIN-4). */
  readonly issuer: Uint8Array;
  /** The DER of the Name; compared byte for byte (CHAIN-4). */
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subjectPublicKeyInfo: Uint8Array;
  /** The content of its BIT STRING, which key identifiers are hashed from. */
  readonly subjectPublicKey: Uint8Array;
  /** Made when first read; throws KEY_UNSUPPORTED for a kind of key that Node does not take. */
  readonly publicKey: KeyObject;
  /** Undefined for an algorithm that nobody here accepts, such as MD5 with RSA. */
  readonly signatureScheme: SignatureScheme | undefined;
  readonly signature: Uint8Array;
  /** By OID, in the order of the certificate. */
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly basicConstraints?: BasicConstraints;
  readonly keyUsage?: KeyUsages;
  readonly extendedKeyUsage?: ExtendedKeyUsage;
  readonly subjectKeyIdentifier?: Uint8Array;
  readonly authorityKeyIdentifier?: Uint8Array;
  readonly ocspUrls: readonly string[];
  readonly crlUrls: readonly string[];
  readonly caIssuersUrls: readonly string[];
  /** Lower-case hexadecimal SHA-256 of the DER. */
  readonly fingerprint: string;
}

const source: Source = { code: 'ASN1_MALFORMED', what: 'certificate' };

/** As the files of a trust store, and far above every certificate in use. */
const maxCertificateBytes = 1024 * 1024;

/**
 * Reads one certificate and trusts nothing in it.
 *
 * @param der  exactly one certificate, nothing after it, at most 1 MiB
 * @throws NotaryError ASN1_MALFORMED  not strict DER, not a certificate, or one that Go refuses
 * @see RFC 5280 §4.1
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > maxCertificateBytes) throw malformed(source, `${der.length} bytes are more than 1 MiB`);
  // A copy, so that no later change of a shared buffer changes what was checked.
  const root = parseDer(Uint8Array.from(der), source);
  const certificate = sequenceMembers(root, source, 'Certificate');
  const tbs = certificate.take(derTag.sequence, 'tbsCertificate');
  const algorithm = certificate.take(derTag.sequence, 'signatureAlgorithm');
  const signature = readBitStringOctets(certificate.take(derTag.bitString, 'signature'), source, 'the signature');
  certificate.end();

  const { signedAlgorithm, ...fields } = readFields(sequenceMembers(tbs, source, 'TBSCertificate'));
  if (!equalBytes(signedAlgorithm, algorithm.raw)) {
    throw malformed(source, 'the signature algorithms inside and outside the signed part differ');
  }
  let publicKey: KeyObject | undefined;
  return {
    der: root.raw,
    tbs: tbs.raw,
    ...fields,
    ...readPowers(fields.extensions),
    ...readKeyIdentifiers(fields.extensions),
    ...readLocations(fields.extensions),
    get publicKey() {
      return (publicKey ??= toKeyObject(fields.subjectPublicKeyInfo));
    },
    signatureScheme: signatureSchemeOf(algorithm, source),
    signature,
    fingerprint: sha256Hex(root.raw),
  };
}

function readFields(members: Members) {
  const version = readVersion(members);
  const serialNumber = readInteger(members.take(derTag.integer, 'serialNumber'), source);
  if (serialNumber < 0n) throw malformed(source, `the serial number ${serialNumber.toString()} is negative`);
  const signedAlgorithm = members.take(derTag.sequence, 'signature').raw;
  const issuer = members.take(derTag.sequence, 'issuer').raw;
  const validity = sequenceMembers(members.take(derTag.sequence, 'validity'), source, 'Validity');
  const notBefore = readTime(validity.takeAny(), source);
  const notAfter = readTime(validity.takeAny(), source);
  validity.end();
  const subject = members.take(derTag.sequence, 'subject').raw;
  for (const name of [issuer, subject]) readAttributes(name, source);
  const publicKeyInfo = members.take(derTag.sequence, 'subjectPublicKeyInfo');
  // The unique identifiers of version 2 are read over, as everybody does.
  if (version > 1) for (const tag of [0x81, 0x82]) members.takeIf(tag);
  const extensions = readExtensions(version === 3 ? members.takeIf(0xa3) : undefined, source);
  members.end();
  for (const [oid, extension] of extensions) {
    requireForm(oid, extension, source);
    requireReadable(oid, extension, source);
  }
  return {
    ...{ version, serialNumber, signedAlgorithm, issuer, subject, notBefore, notAfter, extensions },
    subjectPublicKeyInfo: publicKeyInfo.raw,
    subjectPublicKey: readPublicKeyInfo(publicKeyInfo, source),
  };
}

function readVersion(members: Members): number {
  const explicit = members.takeIf(0xa0);
  if (explicit === undefined) return 1;
  const [integer, surplus] = explicit.children;
  if (integer?.tag !== derTag.integer || surplus !== undefined) throw malformed(source, 'the version is malformed');
  const version = readInteger(integer, source) + 1n;
  if (version < 1n || version > 3n) throw malformed(source, `version ${version.toString()} does not exist`);
  return Number(version);
}

type Extensions = ReadonlyMap<string, Extension>;

function readPowers(extensions: Extensions) {
  const basicConstraints = extensions.get(extensionId.basicConstraints);
  const keyUsage = extensions.get(extensionId.keyUsage);
  const extendedKeyUsage = extensions.get(extensionId.extendedKeyUsage);
  return {
    ...(basicConstraints && { basicConstraints: readBasicConstraints(basicConstraints, source) }),
    ...(keyUsage && { keyUsage: readKeyUsage(keyUsage, source) }),
    ...(extendedKeyUsage && { extendedKeyUsage: readExtendedKeyUsage(extendedKeyUsage, source) }),
  };
}

function readKeyIdentifiers(extensions: Extensions) {
  const own = typed(extensions, extensionId.subjectKeyIdentifier, SubjectKeyIdentifierExtension)?.keyId;
  const authority = typed(extensions, extensionId.authorityKeyIdentifier, AuthorityKeyIdentifierExtension)?.keyId;
  return {
    ...(own !== undefined && { subjectKeyIdentifier: new Uint8Array(Buffer.from(own, 'hex')) }),
    ...(authority !== undefined && { authorityKeyIdentifier: new Uint8Array(Buffer.from(authority, 'hex')) }),
  };
}

function readLocations(extensions: Extensions) {
  const access = typed(extensions, extensionId.authorityInfoAccess, AuthorityInfoAccessExtension);
  const points = typed(extensions, extensionId.crlDistributionPoints, CRLDistributionPointsExtension);
  const urls = (names: readonly { type: string; value: string }[]): string[] =>
    names.filter(({ type }) => type === 'url').map(({ value }) => value);
  const crlNames = [...(points?.distributionPoints ?? [])].flatMap((point) => [
    ...(point.distributionPoint?.fullName ?? []),
  ]);
  return {
    ocspUrls: urls(access?.ocsp ?? []),
    caIssuersUrls: urls(access?.caIssuers ?? []),
    crlUrls: crlNames.flatMap((name) => name.uniformResourceIdentifier ?? []),
  };
}

/** An extension whose value passed the gate (requireForm), as its class in the package. */
function typed<T>(extensions: Extensions, oid: string, type: new (raw: Uint8Array) => T): T | undefined {
  const extension = extensions.get(oid);
  if (extension === undefined) return undefined;
  return decodeChecked(() => new type(extension.der), source);
}
