// AlgorithmIdentifier -> the signature check that it names, for certificates, OCSP responses and CRLs. RFC 4055,
// RFC 5758, RFC 8410; narrowed to what Go verifies (ALG-3, ALG-4).

import type { Source } from '../bytes.ts';
import { hashLength } from '../crypto/digest.ts';
import type { HashName } from '../crypto/digest.ts';
import type { SignatureScheme } from '../crypto/signature.ts';
import { derTag, readInteger, readObjectIdentifier, sequenceMembers } from './der-values.ts';
import type { DerNode } from './der.ts';

const rsa = (hash: HashName | 'sha1'): SignatureScheme => ({ family: 'rsa-pkcs1', hash });
const ecdsa = (hash: HashName | 'sha1'): SignatureScheme => ({ family: 'ecdsa', hash, encoding: 'der' });

/** Absent on purpose: MD2, MD5 and SHA-224 with anything, DSA, Ed448. */
const schemes: ReadonlyMap<string, SignatureScheme> = new Map([
  ['1.2.840.113549.1.1.5', rsa('sha1')],
  ['1.2.840.113549.1.1.11', rsa('sha256')],
  ['1.2.840.113549.1.1.12', rsa('sha384')],
  ['1.2.840.113549.1.1.13', rsa('sha512')],
  ['1.2.840.10045.4.1', ecdsa('sha1')],
  ['1.2.840.10045.4.3.2', ecdsa('sha256')],
  ['1.2.840.10045.4.3.3', ecdsa('sha384')],
  ['1.2.840.10045.4.3.4', ecdsa('sha512')],
  ['1.3.101.112', { family: 'ed25519' }],
]);

const hashes: ReadonlyMap<string, HashName> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

const rsaPss = '1.2.840.113549.1.1.10';
const mgf1 = '1.2.840.113549.1.1.8';

/** SHA-2 of an AlgorithmIdentifier, parameters NULL or absent; undefined for every other hash. */
export function hashOf(algorithm: DerNode, source: Source): HashName | undefined {
  const { oid, parameters } = readAlgorithm(algorithm, source);
  return isEmpty(parameters) ? hashes.get(oid) : undefined;
}

/**
 * @param algorithm  AlgorithmIdentifier
 * @returns          undefined for an algorithm, or parameters of one, that nobody here accepts
 * @throws NotaryError source.code  not an AlgorithmIdentifier
 */
export function signatureSchemeOf(algorithm: DerNode, source: Source): SignatureScheme | undefined {
  const { oid, parameters } = readAlgorithm(algorithm, source);
  if (oid === rsaPss) return parameters === undefined ? undefined : pssScheme(parameters, source);
  const scheme = schemes.get(oid);
  if (scheme?.family === 'rsa-pkcs1') return isEmpty(parameters) ? scheme : undefined;
  return parameters === undefined ? scheme : undefined;
}

/** @throws NotaryError source.code  not an AlgorithmIdentifier */
export function readAlgorithm(algorithm: DerNode, source: Source): { oid: string; parameters: DerNode | undefined } {
  const members = sequenceMembers(algorithm, source, 'AlgorithmIdentifier');
  const oid = readObjectIdentifier(members.take(derTag.objectIdentifier, 'algorithm'), source);
  const parameters = members.takeAny();
  members.end();
  return { oid, parameters };
}

/** RFC 4055 §3.1, in the one shape that Go accepts: MGF1 over the same hash, salt as long as the hash. */
function pssScheme(parameters: DerNode, source: Source): SignatureScheme | undefined {
  const members = sequenceMembers(parameters, source, 'RSASSA-PSS-params');
  const hashAlgorithm = members.takeIf(0xa0)?.children[0];
  const mask = members.takeIf(0xa1)?.children[0];
  const salt = members.takeIf(0xa2)?.children[0];
  const trailer = members.takeIf(0xa3)?.children[0];
  members.end();
  if (hashAlgorithm === undefined || mask === undefined || salt === undefined) return undefined;
  if (trailer !== undefined && readInteger(trailer, source) !== 1n) return undefined;
  const hash = hashOf(hashAlgorithm, source);
  const { oid, parameters: maskHash } = readAlgorithm(mask, source);
  if (hash === undefined || oid !== mgf1 || maskHash === undefined) return undefined;
  if (hashOf(maskHash, source) !== hash) return undefined;
  if (readInteger(salt, source) !== BigInt(hashLength[hash])) return undefined;
  return { family: 'rsa-pss', hash, saltLength: hashLength[hash] };
}

function isEmpty(parameters: DerNode | undefined): boolean {
  return parameters === undefined || parameters.tag === derTag.null;
}
