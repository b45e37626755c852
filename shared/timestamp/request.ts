// What is sent to a timestamp authority: the hash of the signature, a nonce, and the wish for certificates. RFC 3161
// §2.4.1; TSA-2, TSA-3.

import { concatBytes, encodeHex } from '../bytes.ts';
import { digest } from '../crypto/digest.ts';
import type { HashName } from '../crypto/digest.ts';
import { derTag } from '../x509/der-values.ts';

export interface TimestampRequest {
  /** TimeStampReq. */
  readonly der: Uint8Array;
  /** DER of the MessageImprint in it. */
  readonly messageImprint: Uint8Array;
  readonly nonce: bigint;
}

// RFC 3161 §2.4.1 asks for 64 bits at least; TSA-3 stays below 2^159.
const minNonceBytes = 8;
const nonceBits = 159;

/**
 * @param signature  raw signature bytes of the envelope; their hash is what gets stamped
 * @param nonce      at least 8 random bytes, of which the low 159 bits are used
 */
export function createTimestampRequest(signature: Uint8Array, hash: HashName, nonce: Uint8Array): TimestampRequest {
  if (nonce.length < minNonceBytes) throw new RangeError(`a nonce of ${nonce.length} bytes`);
  const number = BigInt.asUintN(nonceBits, BigInt(`0x${encodeHex(nonce)}`));
  const messageImprint = element(
    derTag.sequence,
    hashAlgorithm(hash),
    element(derTag.octetString, digest(hash, signature)),
  );
  const der = element(
    derTag.sequence,
    element(derTag.integer, Uint8Array.of(1)),
    messageImprint,
    element(derTag.integer, integerOctets(number)),
    element(derTag.boolean, Uint8Array.of(0xff)),
  );
  return { der, messageImprint, nonce: number };
}

/** 2.16.840.1.101.3.4.2.n, with the explicit NULL that authorities echo and the check of their reply compares. */
function hashAlgorithm(hash: HashName): Uint8Array {
  const last = { sha256: 1, sha384: 2, sha512: 3 }[hash];
  const oid = Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last);
  return element(derTag.sequence, element(derTag.objectIdentifier, oid), element(derTag.null));
}

/** One DER element. The whole request stays under 128 octets, so lengths always have their short form. */
function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  if (content.length >= 0x80) throw new RangeError(`a request element of ${content.length} octets`);
  return concatBytes(Uint8Array.of(tag, content.length), content);
}

/** The shortest INTEGER content; its first bit is the sign. */
function integerOctets(number: bigint): Uint8Array {
  const octets: number[] = [];
  for (let rest = number; rest > 0n || (octets[0] ?? 0x80) >= 0x80; rest >>= 8n) octets.unshift(Number(rest & 0xffn));
  return Uint8Array.from(octets);
}
