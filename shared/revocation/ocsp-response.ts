// Reads an OCSP response and trusts nothing in it. What is signed is cut out of the original bytes. RFC 6960 §4.2.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import type { HashName } from '../crypto/digest.ts';
import type { SignatureScheme } from '../crypto/signature.ts';
import { readAlgorithm, signatureSchemeOf } from '../x509/algorithm-identifier.ts';
import { readExtensions } from '../x509/certificate-extensions.ts';
import type { Extension } from '../x509/certificate-extensions.ts';
import { derTag, membersOf, readBitStringOctets, readInteger, sequenceMembers } from '../x509/der-values.ts';
import { readObjectIdentifier, readTime } from '../x509/der-values.ts';
import type { Members } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';
import type { DerNode } from '../x509/der.ts';

export interface OcspResponse {
  /** What the responder signed. */
  readonly tbs: Uint8Array;
  /** Undefined for an algorithm that nobody here accepts. */
  readonly signatureScheme: SignatureScheme | undefined;
  readonly signature: Uint8Array;
  /** DER, in the order of the response. */
  readonly certificates: readonly Uint8Array[];
  readonly singles: readonly SingleResponse[];
}

export interface SingleResponse {
  readonly certId: CertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt?: Date;
  /** CRLReason number. */
  readonly reason?: number;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly extensions: ReadonlyMap<string, Extension>;
}

export interface CertId {
  /** Undefined for a hash that nobody here knows. */
  readonly hash: HashName | 'sha1' | undefined;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serialNumber: bigint;
}

export const ocspSource: Source = { code: 'REVOCATION_UNAVAILABLE', what: 'OCSP response' };
const source = ocspSource;

const basicResponse = '1.3.6.1.5.5.7.48.1.1';

/** RFC 6960 §4.2.1; the number 4 is not used. */
const errorStatuses: ReadonlyMap<bigint, string> = new Map([
  [1n, 'malformedRequest'],
  [2n, 'internalError'],
  [3n, 'tryLater'],
  [5n, 'sigRequired'],
  [6n, 'unauthorized'],
]);

const certIdHashes: ReadonlyMap<string, HashName | 'sha1'> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/**
 * Reads the BasicOCSPResponse in a successful OCSPResponse.
 *
 * @throws NotaryError REVOCATION_UNAVAILABLE  not strict DER, or the responder answers that it does not answer
 * @see RFC 6960 §4.2.1
 */
export function parseOcspResponse(der: Uint8Array): OcspResponse {
  const outer = sequenceMembers(parseDer(der, source), source, 'OCSPResponse');
  const status = readInteger(outer.take(derTag.enumerated, 'responseStatus'), source);
  if (status !== 0n) throw malformed(source, `the responder answers ${errorStatuses.get(status) ?? `error ${status}`}`);
  const bytes = onlyMember(outer.take(0xa0, 'responseBytes'), derTag.sequence, 'ResponseBytes');
  outer.end();
  const members = sequenceMembers(bytes, source, 'ResponseBytes');
  const type = readObjectIdentifier(members.take(derTag.objectIdentifier, 'responseType'), source);
  if (type !== basicResponse) throw malformed(source, `the response type ${type} is not BasicOCSPResponse`);
  const { content } = members.take(derTag.octetString, 'response');
  members.end();
  return readBasicResponse(parseDer(content, source));
}

function readBasicResponse(node: DerNode): OcspResponse {
  const members = sequenceMembers(node, source, 'BasicOCSPResponse');
  const tbs = members.take(derTag.sequence, 'tbsResponseData');
  const signatureScheme = signatureSchemeOf(members.take(derTag.sequence, 'signatureAlgorithm'), source);
  const signature = readBitStringOctets(members.take(derTag.bitString, 'signature'), source, 'the signature');
  const certs = members.takeIf(0xa0);
  members.end();
  const certificates = certs ? onlyMember(certs, derTag.sequence, 'certs').children.map(({ raw }) => raw) : [];
  return { tbs: tbs.raw, signatureScheme, signature, certificates, singles: readResponseData(tbs) };
}

function readResponseData(node: DerNode): readonly SingleResponse[] {
  const members = sequenceMembers(node, source, 'ResponseData');
  const version = members.takeIf(0xa0);
  if (version && readInteger(onlyMember(version, derTag.integer, 'version'), source) !== 0n) {
    throw malformed(source, 'its version is not 1');
  }
  requireResponderId(members);
  readTime(members.take(derTag.generalizedTime, 'producedAt'), source);
  const singles = members.take(derTag.sequence, 'responses').children.map(readSingleResponse);
  requireNoCritical(readExtensions(members.takeIf(0xa1), source));
  members.end();
  return singles;
}

/** By name or by key hash (REV-13). It is a hint for finding the key; which key may sign is judged in ocsp.ts. */
function requireResponderId(members: Members): void {
  const byName = members.takeIf(0xa1);
  if (byName) onlyMember(byName, derTag.sequence, 'the responder name');
  else onlyMember(members.take(0xa2, 'responderID'), derTag.octetString, 'the responder key hash');
}

function readSingleResponse(node: DerNode): SingleResponse {
  const members = sequenceMembers(node, source, 'SingleResponse');
  const certId = readCertId(members.take(derTag.sequence, 'certID'));
  const status = readCertStatus(members.takeAny());
  const thisUpdate = readTime(members.take(derTag.generalizedTime, 'thisUpdate'), source);
  const next = members.takeIf(0xa0);
  const nextUpdate = next && readTime(onlyMember(next, derTag.generalizedTime, 'nextUpdate'), source);
  const extensions = readExtensions(members.takeIf(0xa1), source);
  members.end();
  return { certId, ...status, thisUpdate, ...(nextUpdate && { nextUpdate }), extensions };
}

function readCertId(node: DerNode): CertId {
  const members = sequenceMembers(node, source, 'CertID');
  const { oid } = readAlgorithm(members.take(derTag.sequence, 'hashAlgorithm'), source);
  const issuerNameHash = members.take(derTag.octetString, 'issuerNameHash').content;
  const issuerKeyHash = members.take(derTag.octetString, 'issuerKeyHash').content;
  const serialNumber = readInteger(members.take(derTag.integer, 'serialNumber'), source);
  members.end();
  return { hash: certIdHashes.get(oid), issuerNameHash, issuerKeyHash, serialNumber };
}

type CertStatus = Pick<SingleResponse, 'status' | 'revokedAt' | 'reason'>;

/** IMPLICIT [0] good, [1] revoked, [2] unknown; the first and the last are NULLs. */
function readCertStatus(node: DerNode | undefined): CertStatus {
  if (node?.tag === 0x80 && node.content.length === 0) return { status: 'good' };
  if (node?.tag === 0x82 && node.content.length === 0) return { status: 'unknown' };
  if (node?.tag !== 0xa1) throw malformed(source, 'SingleResponse has no certStatus at its place');
  const members = membersOf(node, source, 'RevokedInfo');
  const revokedAt = readTime(members.take(derTag.generalizedTime, 'revocationTime'), source);
  const explicit = members.takeIf(0xa0);
  members.end();
  if (explicit === undefined) return { status: 'revoked', revokedAt };
  const reason = Number(readInteger(onlyMember(explicit, derTag.enumerated, 'revocationReason'), source));
  return { status: 'revoked', revokedAt, reason };
}

function requireNoCritical(extensions: ReadonlyMap<string, Extension>): void {
  for (const [oid, { critical }] of extensions) {
    if (critical) throw malformed(source, `the critical extension ${oid} is not known here`);
  }
}

/** The one value inside an EXPLICIT tag. */
function onlyMember(node: DerNode, tag: number, what: string): DerNode {
  const members = membersOf(node, source, what);
  const member = members.take(tag, 'value');
  members.end();
  return member;
}
