// What a timestamp authority answers, and whether it answers what was asked. RFC 3161 §2.4.2; TSA-5.

import { equalBytes, malformed, showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode, NotaryError } from '../errors.ts';
import { derTag, readInteger, sequenceMembers } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';
import type { DerNode } from '../x509/der.ts';
import type { TimestampRequest } from './request.ts';
import { signingCertificateOf } from './signing-certificate.ts';
import { parseTimestampToken } from './token.ts';
import type { TimestampToken } from './token.ts';

const reply: Source = { code: 'TIMESTAMP_UNAVAILABLE', what: 'timestamp reply' };

/**
 * Reads the reply to a request and checks that it answers this request. The token is not verified yet.
 *
 * @param bytes  TimeStampResp
 * @throws NotaryError TIMESTAMP_UNAVAILABLE  not a TimeStampResp, or one that tells of trouble of the authority's own
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
  const { messageImprint, nonce } = token.info;
  if (!equalBytes(messageImprint, request.messageImprint)) throw malformed(unfit, 'its message imprint is not ours');
  if (nonce === undefined) throw malformed(unfit, 'it has no nonce');
  if (nonce !== request.nonce) throw malformed(unfit, 'its nonce is not ours');
  // We asked for certificates, and a token without its signer's could never be verified.
  for (const signer of token.signedData.signers) signingCertificateOf(token.signedData, signer);
  return token;
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
const failureBits: ReadonlyMap<number, string> = new Map([
  [0, 'badAlg'],
  [2, 'badRequest'],
  [5, 'badDataFormat'],
  [14, 'timeNotAvailable'],
  [15, 'unacceptedPolicy'],
  [16, 'unacceptedExtension'],
  [17, 'addInfoNotAvailable'],
  [25, 'systemFailure'],
]);

/** Trouble of the authority's own; the same request may be granted later. */
const passing: ReadonlySet<string> = new Set(['timeNotAvailable', 'systemFailure']);

function requireGranted(node: DerNode): void {
  const members = sequenceMembers(node, reply, 'PKIStatusInfo');
  const status = readInteger(members.take(derTag.integer, 'status'), reply);
  const texts = members.takeIf(derTag.sequence)?.children ?? [];
  const failInfo = members.takeIf(derTag.bitString);
  members.end();
  if (status === 0n || status === 1n) return;
  const name = statusNames[Number(status)] ?? `status ${status.toString()}`;
  const names = failureNames(failInfo);
  const failures = names.join(', ');
  const reasons = texts.slice(0, maxTexts).map(({ content }) => showUtf8(content.subarray(0, maxTextBytes)));
  throw new NotaryError(
    names.length > 0 && names.every((one) => passing.has(one)) ? 'TIMESTAMP_UNAVAILABLE' : 'TIMESTAMP_REJECTED',
    `the timestamp authority answers ${name}${failures && ` (${failures})`}${reasons.length > 0 ? ': ' : ''}${reasons.join('; ')}`,
  );
}

// For people to read; a reply could fill a megabyte.
const maxTextBytes = 500;
const maxTexts = 10;

function failureNames(bits: DerNode | undefined): readonly string[] {
  const octets = bits?.content.subarray(1) ?? new Uint8Array();
  return [...failureBits]
    .filter(([bit]) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
    .map(([, name]) => name);
}
