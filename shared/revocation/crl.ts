// Reads a certificate revocation list, and judges who signed it and whether it is current. RFC 5280 §5, §6.3.3;
// REV-22, REV-23.

import { equalBytes, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { signatureSchemeOf } from '../x509/algorithm-identifier.ts';
import { readExtensions } from '../x509/certificate-extensions.ts';
import type { Extension } from '../x509/certificate-extensions.ts';
import type { Certificate } from '../x509/certificate.ts';
import { derTag, readBitStringOctets, readInteger, readTime, sequenceMembers } from '../x509/der-values.ts';
import type { Members } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';
import type { DerNode } from '../x509/der.ts';
import { requireEntries } from './crl-entries.ts';
import { requireSignedBy } from './signed-by.ts';
import type { Signed } from './signed-by.ts';

export interface Crl extends Signed {
  /** Raw DER Name. */
  readonly issuer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  /** The DER entries one after another, with no tree built of them: a list can hold a million. */
  readonly entries: Uint8Array;
  readonly extensions: ReadonlyMap<string, Extension>;
}

export const crlSource: Source = { code: 'REVOCATION_UNAVAILABLE', what: 'CRL' };
const source = crlSource;

export const crlExtensionId = {
  number: '2.5.29.20',
  deltaIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  freshest: '2.5.29.46',
} as const;

/**
 * @param der  CertificateList, version 2
 * @throws NotaryError REVOCATION_UNAVAILABLE  not strict DER, or not a CRL that is understood here
 * @see RFC 5280 §5.1
 */
export function parseCrl(der: Uint8Array): Crl {
  const outer = sequenceMembers(parseDer(der, source), source, 'CertificateList');
  const tbs = outer.take(derTag.sequence, 'tbsCertList');
  const algorithm = outer.take(derTag.sequence, 'signatureAlgorithm');
  const signature = readBitStringOctets(outer.take(derTag.bitString, 'signature'), source, 'the signature');
  outer.end();
  const members = sequenceMembers(tbs, source, 'TBSCertList');
  const version = members.takeIf(derTag.integer);
  if (!version || readInteger(version, source) !== 1n) throw malformed(source, 'its version is not 2');
  if (!equalBytes(members.take(derTag.sequence, 'signature').raw, algorithm.raw)) {
    throw malformed(source, 'the signature algorithms inside and outside the signed part differ');
  }
  const issuer = members.take(derTag.sequence, 'issuer').raw;
  const thisUpdate = takeTime(members);
  if (thisUpdate === undefined) throw malformed(source, 'TBSCertList has no thisUpdate at its place');
  const nextUpdate = takeTime(members);
  const entries = members.takeIf(derTag.sequence)?.content ?? new Uint8Array();
  requireEntries(entries, source);
  const extensions = readExtensions(members.takeIf(0xa0), source);
  members.end();
  return {
    ...{ tbs: tbs.raw, signatureScheme: signatureSchemeOf(algorithm, source), signature },
    ...{ issuer, thisUpdate, ...(nextUpdate && { nextUpdate }), entries, extensions },
  };
}

function takeTime(members: Members): Date | undefined {
  const node: DerNode | undefined = members.takeIf(derTag.utcTime) ?? members.takeIf(derTag.generalizedTime);
  return node && readTime(node, source);
}

/**
 * The list must be the issuer's own: indirect CRLs are not supported (REV-22).
 *
 * @throws NotaryError REVOCATION_UNAVAILABLE  another issuer or signature, or an issuer that may not sign CRLs
 */
export function requireCrlOf(crl: Crl, issuer: Certificate): void {
  if (!equalBytes(crl.issuer, issuer.subject)) throw malformed(source, 'it is the list of another issuer');
  if (issuer.version === 3 ? issuer.basicConstraints?.ca !== true : issuer.basicConstraints?.ca === false) {
    throw malformed(source, 'its issuer is not a CA');
  }
  if (issuer.keyUsage && !issuer.keyUsage.usages.has('cRLSign')) {
    throw malformed(source, 'the key usage of its issuer lacks cRLSign');
  }
  requireSignedBy(crl, issuer, source);
  for (const [oid, { critical }] of crl.extensions) {
    if (critical && !understood.has(oid)) throw malformed(source, `the critical extension ${oid} is not known here`);
  }
}

/** The scope in an issuingDistributionPoint is held against each certificate, in crl-scope.ts. */
const understood: ReadonlySet<string> = new Set([
  crlExtensionId.issuingDistributionPoint,
  crlExtensionId.deltaIndicator,
]);

/** @throws NotaryError REVOCATION_UNAVAILABLE  stale, or of unknown age (REV-23) */
export function requireCurrentCrl({ nextUpdate }: Crl, at: Date): void {
  if (nextUpdate === undefined) throw malformed(source, 'it has no nextUpdate, so its age is unknown');
  if (at <= nextUpdate) return;
  throw malformed(source, `it is stale: nextUpdate was ${nextUpdate.toISOString()}`);
}

/** The value of an extension that is an INTEGER; undefined where there is none. */
export function readNumberExtension(crl: Crl, oid: string): bigint | undefined {
  const extension = crl.extensions.get(oid);
  return extension && readInteger(parseDer(extension.value, source), source);
}
