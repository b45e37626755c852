// What is sent to a timestamp authority, and the judgement of what comes back. Bytes to bytes; authority.ts does the
// sending. RFC 3161 §2.4; TSA-2, TSA-3, TSA-5.

import { concatBytes, encodeHex, equalBytes, malformed, showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { digest } from '../crypto/digest.ts';
import type { HashName } from '../crypto/digest.ts';
import { hasCode, NotaryError } from '../errors.ts';
import { derTag, readInteger, sequenceMembers } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';
import type { DerNode } from '../x509/der.ts';
import { signingCertificateOf } from './signing-certificate.ts';
import { parseTimestampToken } from './token.ts';
import type { TimestampToken } from './token.ts';

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

const reply: Source = { code: 'TIMESTAMP_UNAVAILABLE', what: 'timestamp reply' };

/**
 * Reads the reply to a request and checks that it answers this request. The token is not verified yet.
 *
 * @param bytes  TimeStampResp
 * @throws NotaryError TIMESTAMP_UNAVAILABLE  not a TimeStampResp
 * @throws NotaryError TIMESTAMP_REJECTED     the authority refuses, with its reasons
 * @throws NotaryError TIMESTAMP_INVALID      the token answers another request, or lacks what RFC 3161 demands
 * @see RFC 3161 §2.4.2
 */
export function readTimestampReply(bytes: Uint8Array, request: TimestampRequest): TimestampToken {
  const members = sequenceMembers(parseDer(bytes, reply), reply, 'TimeStampResp');
  requireGranted(members.take(derTag.sequence, 'status'));
  const der = members.takeIf(derTag.sequence)?.raw;
  members.end();
  if (der === undefined) throw malformed(reply, 'the request is granted, but there is no token');
  return restateRemedy(() => requireAnswer(parseTimestampToken(der), request));
}

function requireAnswer(token: TimestampToken, request: TimestampRequest): TimestampToken {
  const { info, signedData } = token;
  if (!equalBytes(info.messageImprint, request.messageImprint))
    throw malformed(unfit, 'its message imprint is not ours');
  if (info.nonce === undefined) throw malformed(unfit, 'it has no nonce');
  if (info.nonce !== request.nonce) throw malformed(unfit, 'its nonce is not ours');
  // TSA-5: one signer whose certificate is inside is enough here; verification tries them in the same order.
  for (const [index, signer] of signedData.signers.entries()) {
    try {
      signingCertificateOf(signedData, signer);
      return token;
    } catch (error) {
      if (!hasCode(error, 'TIMESTAMP_INVALID') || index === signedData.signers.length - 1) throw error;
    }
  }
  throw malformed(unfit, 'it has no signer');
}

const unfit: Source = { code: 'TIMESTAMP_INVALID', what: 'timestamp token' };

/** To a publisher who is signing, "ask the publisher" is no advice. */
function restateRemedy(check: () => TimestampToken): TimestampToken {
  try {
    return check();
  } catch (error) {
    if (!hasCode(error, 'TIMESTAMP_INVALID')) throw error;
    const remedy = 'The timestamp authority answered something else than it was asked; check timestamp-url.';
    throw new NotaryError(error.code, error.message, { cause: error, remedy });
  }
}

const statusNames: readonly string[] = [
  ...['granted', 'grantedWithMods', 'rejection', 'waiting', 'revocationWarning', 'revocationNotification'],
];

/** PKIFailureInfo: number of the bit -> name. */
const failures: ReadonlyMap<number, string> = new Map([
  [0, 'badAlg'],
  [2, 'badRequest'],
  [5, 'badDataFormat'],
  [14, 'timeNotAvailable'],
  [15, 'unacceptedPolicy'],
  [16, 'unacceptedExtension'],
  [17, 'addInfoNotAvailable'],
  [25, 'systemFailure'],
]);

function requireGranted(node: DerNode): void {
  const members = sequenceMembers(node, reply, 'PKIStatusInfo');
  const status = readInteger(members.take(derTag.integer, 'status'), reply);
  const texts = members.takeIf(derTag.sequence)?.children ?? [];
  const failInfo = members.takeIf(derTag.bitString);
  members.end();
  if (status === 0n || status === 1n) return;
  const reasons = [
    ...failureNames(failInfo),
    ...texts.map(({ content }) => showUtf8(content.subarray(0, maxTextBytes))),
  ];
  throw new NotaryError(
    'TIMESTAMP_REJECTED',
    [
      `the timestamp authority answers ${statusNames[Number(status)] ?? `status ${status.toString()}`}`,
      ...reasons.slice(0, maxReasons),
    ].join(': '),
  );
}

// For people to read; a reply could fill a megabyte.
const maxTextBytes = 500;
const maxReasons = 10;

function failureNames(bits: DerNode | undefined): readonly string[] {
  const octets = bits?.content.subarray(1) ?? new Uint8Array();
  return [...failures].filter(([bit]) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0).map(([, name]) => name);
}
