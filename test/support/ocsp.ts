// Makes OCSP responses, good ones and each bad kind, without any code of ours. RFC 6960.

import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { OCSPRequest } from '@peculiar/asn1-ocsp';
import { AsnConvert } from '@peculiar/asn1-schema';
import { Certificate } from '@peculiar/asn1-x509';

import type { Issued } from './ca.ts';
import { algorithmIdentifier, pssIdentifier, signDer, signPss } from './der-signature.ts';
import type { SignatureHash } from './der-signature.ts';
import {
  bitString,
  enumerated,
  extension,
  generalizedTime,
  integer,
  none,
  objectIdentifier,
  octetString,
  sequence,
  tlv,
} from './der-writer.ts';
import type { RawExtension } from './der-writer.ts';

export interface Revoked {
  readonly revokedAt: Date;
  /** CRLReason, RFC 5280 §5.3.1. */
  readonly reason?: number;
}

export interface OcspSingle {
  readonly serial: bigint;
  readonly status: 'good' | 'unknown' | Revoked;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly invalidityDate?: Date;
  readonly extensions?: readonly RawExtension[];
  /** Of the CertID. */
  readonly hash?: SignatureHash | 'md5';
  /** Whose name and key the CertID shows; the issuer unless given. */
  readonly about?: Uint8Array;
}

export interface OcspOptions {
  readonly issuer: Issued;
  readonly singles: readonly OcspSingle[];
  /** Signs instead of the issuer, and sends its certificate. */
  readonly responder?: Issued;
  /** Certificates sent, in place of what `responder` says. */
  readonly certificates?: readonly Uint8Array[];
  readonly signWith?: KeyObject;
  readonly hash?: SignatureHash;
  /** Default PKCS#1 v1.5 for RSA keys. */
  readonly padding?: 'pss';
  readonly responderId?: 'name' | 'key' | Uint8Array;
  readonly responseExtensions?: readonly RawExtension[];
  readonly responseType?: string;
}

const hashOids = {
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const;

export const invalidityDateOid = '2.5.29.24';
export const ocspSigningOid = '1.3.6.1.5.5.7.3.9';
const basicResponseOid = '1.3.6.1.5.5.7.48.1.1';

/** A DER OCSPResponse with status successful. */
export function ocspResponse(options: OcspOptions): Uint8Array {
  const { issuer, responder } = options;
  const signer = responder ?? issuer;
  const key = options.signWith ?? signer.privateKey;
  const extensions = options.responseExtensions ?? [];
  const tbs = sequence(
    responderId(options.responderId ?? 'key', signer.certificate),
    generalizedTime(options.singles[0]?.thisUpdate ?? new Date(0)),
    sequence(...options.singles.map((single) => singleResponse(single, issuer.certificate))),
    extensions.length > 0 ? tlv(0xa1, sequence(...extensions.map(extension))) : none,
  );
  const certificates = options.certificates ?? (responder ? [responder.certificate] : []);
  const basic = sequence(
    tbs,
    options.padding ? pssIdentifier() : algorithmIdentifier(key, options.hash),
    bitString(options.padding ? signPss(key, tbs) : signDer(key, tbs, options.hash)),
    certificates.length > 0 ? tlv(0xa0, sequence(...certificates)) : none,
  );
  const type = objectIdentifier(options.responseType ?? basicResponseOid);
  return sequence(enumerated(0), tlv(0xa0, sequence(type, octetString(basic))));
}

const errorStatus = { malformedRequest: 1, internalError: 2, tryLater: 3, sigRequired: 5, unauthorized: 6 } as const;

export type OcspError = keyof typeof errorStatus;

/** A DER OCSPResponse that answers nothing. */
export function ocspError(status: OcspError): Uint8Array {
  return sequence(enumerated(errorStatus[status]));
}

function responderId(form: 'name' | 'key' | Uint8Array, certificate: Uint8Array): Uint8Array {
  if (form === 'name') return tlv(0xa1, subjectOf(certificate));
  if (form === 'key') return tlv(0xa2, octetString(hashed('sha1', keyOf(certificate))));
  return form;
}

function singleResponse(single: OcspSingle, issuer: Uint8Array): Uint8Array {
  const hash = single.hash ?? 'sha1';
  const about = single.about ?? issuer;
  const extensions = [...(single.extensions ?? [])];
  if (single.invalidityDate) extensions.push({ oid: invalidityDateOid, value: generalizedTime(single.invalidityDate) });
  return sequence(
    sequence(
      sequence(objectIdentifier(hashOids[hash]), tlv(0x05, none)),
      octetString(hashed(hash, subjectOf(about))),
      octetString(hashed(hash, keyOf(about))),
      integer(single.serial),
    ),
    certStatus(single.status),
    generalizedTime(single.thisUpdate),
    single.nextUpdate ? tlv(0xa0, generalizedTime(single.nextUpdate)) : none,
    extensions.length > 0 ? tlv(0xa1, sequence(...extensions.map(extension))) : none,
  );
}

function certStatus(status: OcspSingle['status']): Uint8Array {
  if (status === 'good') return tlv(0x80, none);
  if (status === 'unknown') return tlv(0x82, none);
  const reason = status.reason === undefined ? none : tlv(0xa0, enumerated(status.reason));
  return tlv(0xa1, generalizedTime(status.revokedAt), reason);
}

export interface ParsedOcspRequest {
  readonly serial: bigint;
  readonly hashOid: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly hasExtensions: boolean;
  readonly signed: boolean;
}

/** Reads the one certificate that a request asks about. */
export function parseOcspRequest(der: Uint8Array): ParsedOcspRequest {
  const { tbsRequest, optionalSignature } = AsnConvert.parse(der, OCSPRequest);
  const [request] = tbsRequest.requestList;
  if (!request || tbsRequest.requestList.length > 1) throw new Error('one request is expected');
  const { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } = request.reqCert;
  return {
    serial: BigInt(`0x${Buffer.from(serialNumber).toString('hex')}`),
    hashOid: hashAlgorithm.algorithm,
    issuerNameHash: new Uint8Array(issuerNameHash.buffer),
    issuerKeyHash: new Uint8Array(issuerKeyHash.buffer),
    hasExtensions: tbsRequest.requestExtensions !== undefined || request.singleRequestExtensions !== undefined,
    signed: optionalSignature !== undefined,
  };
}

export function hashed(hash: SignatureHash | 'md5', bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest());
}

/** The DER subject Name of a certificate. */
export function subjectOf(certificate: Uint8Array): Uint8Array {
  const { subject } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
  return new Uint8Array(AsnConvert.serialize(subject));
}

/** The content of the subjectPublicKey BIT STRING, which OCSP key hashes are made over. */
export function keyOf(certificate: Uint8Array): Uint8Array {
  const { subjectPublicKeyInfo } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
  return new Uint8Array(subjectPublicKeyInfo.subjectPublicKey);
}

export function serialOf(certificate: Uint8Array): bigint {
  const { serialNumber } = AsnConvert.parse(certificate, Certificate).tbsCertificate;
  return BigInt(`0x${Buffer.from(serialNumber).toString('hex')}`);
}
