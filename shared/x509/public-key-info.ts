// SubjectPublicKeyInfo as Go's parser demands it, so that a key which Go refuses is refused here too (CHAIN-12), and
// the step to Node's key object. RFC 3279 §2.3, RFC 5480 §2, RFC 8410 §3.

import { Buffer } from 'node:buffer';
import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode, NotaryError } from '../errors.ts';
import { readAlgorithm } from './algorithm-identifier.ts';
import { derTag, readBitStringOctets, readInteger, readObjectIdentifier, sequenceMembers } from './der-values.ts';
import { parseDer } from './der.ts';
import type { DerNode } from './der.ts';

const rsaEncryption = '1.2.840.113549.1.1.1';
const ecPublicKey = '1.2.840.10045.2.1';
const ed25519 = '1.3.101.112';

/** P-224, P-256, P-384, P-521: octets of a coordinate by curve. */
const curves: ReadonlyMap<string, number> = new Map([
  ['1.3.132.0.33', 28],
  ['1.2.840.10045.3.1.7', 32],
  ['1.3.132.0.34', 48],
  ['1.3.132.0.35', 66],
]);

/**
 * A key of a kind that nobody here can use passes, as in Go: the chain may hold it as long as nothing rests on it.
 *
 * @returns the content of the BIT STRING, which key identifiers are hashed from
 * @throws NotaryError source.code  malformed, or RSA or EC with parameters that Go refuses
 */
export function readPublicKeyInfo(info: DerNode, source: Source): Uint8Array {
  const members = sequenceMembers(info, source, 'SubjectPublicKeyInfo');
  const { oid, parameters } = readAlgorithm(members.take(derTag.sequence, 'algorithm'), source);
  const key = readBitStringOctets(members.take(derTag.bitString, 'key'), source, 'the public key');
  members.end();
  if (oid === rsaEncryption) requireRsa(parameters, key, source);
  if (oid === ecPublicKey) requireEc(parameters, key, source);
  // The point must lie on the curve, which only the making of the key finds out.
  if (oid === ecPublicKey) requireKeyObject(info.raw, source);
  if (oid === ed25519 && (parameters !== undefined || key.length !== 32)) {
    throw malformed(source, 'the Ed25519 public key is malformed');
  }
  return key;
}

function requireRsa(parameters: DerNode | undefined, key: Uint8Array, source: Source): void {
  if (parameters?.tag !== derTag.null) throw malformed(source, 'the RSA public key has no NULL parameters');
  const members = sequenceMembers(parseDer(key, source), source, 'RSAPublicKey');
  const modulus = readInteger(members.take(derTag.integer, 'modulus'), source);
  const exponent = readInteger(members.take(derTag.integer, 'exponent'), source);
  members.end();
  if (modulus <= 0n || exponent <= 0n) throw malformed(source, 'the RSA modulus or exponent is not positive');
}

function requireEc(parameters: DerNode | undefined, key: Uint8Array, source: Source): void {
  const curve = parameters === undefined ? 'none' : readObjectIdentifier(parameters, source);
  const coordinate = curves.get(curve);
  if (coordinate === undefined) throw malformed(source, `the elliptic curve ${curve} is not supported`);
  if (key[0] !== 0x04 || key.length !== 1 + 2 * coordinate) {
    throw malformed(source, 'the elliptic curve point is not in uncompressed form');
  }
}

function requireKeyObject(info: Uint8Array, source: Source): void {
  try {
    toKeyObject(info);
  } catch (error) {
    if (!hasCode(error, 'KEY_UNSUPPORTED')) throw error;
    throw malformed(source, 'the elliptic curve point is not on its curve', error);
  }
}

/** @throws NotaryError KEY_UNSUPPORTED  a kind of key, or a point, that Node does not take */
export function toKeyObject(subjectPublicKeyInfo: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(subjectPublicKeyInfo), format: 'der', type: 'spki' });
  } catch (error) {
    throw new NotaryError('KEY_UNSUPPORTED', 'the public key of the certificate is of no supported kind', {
      cause: error,
    });
  }
}
