// Makes certificate revocation lists, good ones and each bad kind, without any code of ours. RFC 5280 §5.

import type { KeyObject } from 'node:crypto';

import type { Issued } from './ca.ts';
import { algorithmIdentifier, pssIdentifier, signDer, signPss } from './der-signature.ts';
import type { SignatureHash } from './der-signature.ts';
import { bitString, enumerated, extension, generalizedTime, integer, none, sequence, time, tlv } from './der-writer.ts';
import type { RawExtension } from './der-writer.ts';
import { subjectOf } from './ocsp.ts';

export interface CrlEntry {
  readonly serial: bigint;
  readonly revokedAt: Date;
  /** CRLReason, RFC 5280 §5.3.1. */
  readonly reason?: number;
  readonly invalidityDate?: Date;
  readonly extensions?: readonly RawExtension[];
}

export interface CrlOptions {
  readonly issuer: Issued;
  readonly entries?: readonly CrlEntry[];
  /** DER entries that go in after `entries`, for lists too long for objects. */
  readonly rawEntries?: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly number?: bigint;
  /** Makes a delta CRL over this base number. */
  readonly deltaBase?: bigint;
  /** Where the delta CRLs lie. */
  readonly freshest?: readonly string[];
  readonly extensions?: readonly RawExtension[];
  /** DER Name in place of the issuer's subject. */
  readonly issuerName?: Uint8Array;
  readonly signWith?: KeyObject;
  readonly hash?: SignatureHash;
  /** Default PKCS#1 v1.5 for RSA keys. */
  readonly padding?: 'pss';
  /** Of the inner AlgorithmIdentifier, where it shall differ. */
  readonly innerHash?: SignatureHash;
  /** 1 leaves the version out, as a v1 list does. */
  readonly version?: 1 | 2 | 3;
}

const oids = {
  crlNumber: '2.5.29.20',
  reason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaIndicator: '2.5.29.27',
  freshest: '2.5.29.46',
} as const;

/** A DER CertificateList. */
export function crl(options: CrlOptions): Uint8Array {
  const key = options.signWith ?? options.issuer.privateKey;
  const version = options.version ?? 2;
  const entries = [...(options.entries ?? []).map(revokedCertificate), options.rawEntries ?? none];
  const extensions = crlExtensions(options).map(extension);
  const pss = options.padding === 'pss';
  const tbs = sequence(
    version === 1 ? none : integer(BigInt(version - 1)),
    pss ? pssIdentifier() : algorithmIdentifier(key, options.innerHash ?? options.hash),
    options.issuerName ?? subjectOf(options.issuer.certificate),
    time(options.thisUpdate),
    options.nextUpdate ? time(options.nextUpdate) : none,
    entries.some(({ length }) => length > 0) ? sequence(...entries) : none,
    extensions.length > 0 ? tlv(0xa0, sequence(...extensions)) : none,
  );
  if (pss) return sequence(tbs, pssIdentifier(), bitString(signPss(key, tbs)));
  return sequence(tbs, algorithmIdentifier(key, options.hash), bitString(signDer(key, tbs, options.hash)));
}

function revokedCertificate(entry: CrlEntry): Uint8Array {
  const extensions = [...(entry.extensions ?? [])];
  if (entry.reason !== undefined) extensions.push({ oid: oids.reason, value: enumerated(entry.reason) });
  if (entry.invalidityDate) extensions.push({ oid: oids.invalidityDate, value: generalizedTime(entry.invalidityDate) });
  return sequence(
    integer(entry.serial),
    time(entry.revokedAt),
    extensions.length > 0 ? sequence(...extensions.map(extension)) : none,
  );
}

function crlExtensions({ number, deltaBase, freshest, extensions = [] }: CrlOptions): RawExtension[] {
  const list: RawExtension[] = [];
  if (number !== undefined) list.push({ oid: oids.crlNumber, value: integer(number) });
  if (deltaBase !== undefined) list.push({ oid: oids.deltaIndicator, critical: true, value: integer(deltaBase) });
  if (freshest) list.push(freshestCrl(freshest));
  return [...list, ...extensions];
}

/** The freshestCRL extension, as it stands in CRLs and in certificates. */
export function freshestCrl(urls: readonly string[]): RawExtension {
  return { oid: oids.freshest, value: sequence(...urls.map(distributionPoint)) };
}

function distributionPoint(url: string): Uint8Array {
  return sequence(tlv(0xa0, tlv(0xa0, tlv(0x86, new TextEncoder().encode(url)))));
}
