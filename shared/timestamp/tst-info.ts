// TSTInfo: the statement of a timestamp authority that a hash existed at a moment. RFC 3161 §2.4.2; TSA-17 to TSA-19.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hashLength } from '../crypto/digest.ts';
import type { HashName } from '../crypto/digest.ts';
import { hashOf } from '../x509/algorithm-identifier.ts';
import { derTag, readInteger, readObjectIdentifier, sequenceMembers } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';
import type { DerNode } from '../x509/der.ts';
import { readAccuracy, readGeneralizedTime, toDate } from './gen-time.ts';

/** What the authority states (TSTInfo). */
export interface TimestampInfo {
  /** Object identifier. */
  readonly policy: string;
  readonly hash: HashName;
  /** The hash that is stamped. */
  readonly imprint: Uint8Array;
  /** DER of the MessageImprint, algorithm parameters included. */
  readonly messageImprint: Uint8Array;
  readonly serialNumber: bigint;
  /** Rounded down to a millisecond. */
  readonly genTime: Date;
  /** May have a fraction; 0 where the authority states none and its policy implies none. */
  readonly accuracyMs: number;
  /** genTime − accuracy, rounded down, and genTime + accuracy, rounded up, to a millisecond. */
  readonly from: Date;
  readonly to: Date;
  readonly nonce?: bigint;
}

const source: Source = { code: 'TIMESTAMP_INVALID', what: 'timestamp token' };

/**
 * Reads a TSTInfo.
 *
 * @param content  DER, the content of a timestamp token
 * @throws NotaryError TIMESTAMP_INVALID  not such a structure, a hash other than SHA-2, or a critical extension
 * @see RFC 3161 §2.4.2
 */
export function parseTimestampInfo(content: Uint8Array): TimestampInfo {
  const node = parseDer(content, source);
  const members = sequenceMembers(node, source, 'TSTInfo');
  const version = readInteger(members.take(derTag.integer, 'version'), source);
  if (version !== 1n) throw malformed(source, `TSTInfo has version ${version} instead of 1`);
  const policy = readObjectIdentifier(members.take(derTag.objectIdentifier, 'policy'), source);
  const imprint = readImprint(members.take(derTag.sequence, 'messageImprint'));
  const serialNumber = readInteger(members.take(derTag.integer, 'serialNumber'), source);
  const genTime = readGeneralizedTime(members.take(derTag.generalizedTime, 'genTime'), source);
  const accuracy = readAccuracy(members.takeIf(derTag.sequence), policy, source);
  // A FALSE that is written out breaks DER, but changes nothing.
  members.takeIf(derTag.boolean);
  const nonce = members.takeIf(derTag.integer);
  // The name of the authority in [0] proves nothing beside its certificate.
  members.takeIf(0xa0);
  refuseCriticalExtensions(members.takeIf(0xa1));
  members.end();
  return {
    ...{ policy, ...imprint, serialNumber },
    ...{ genTime: toDate(genTime, 'down'), accuracyMs: Number(accuracy) / 1e6 },
    from: toDate(genTime - accuracy, 'down'),
    to: toDate(genTime + accuracy, 'up'),
    ...(nonce === undefined ? {} : { nonce: readInteger(nonce, source) }),
  };
}

function readImprint(node: DerNode): Pick<TimestampInfo, 'hash' | 'imprint' | 'messageImprint'> {
  const members = sequenceMembers(node, source, 'messageImprint');
  const hash = hashOf(members.take(derTag.sequence, 'hashAlgorithm'), source);
  const imprint = members.take(derTag.octetString, 'hashedMessage').content;
  members.end();
  if (hash === undefined) throw malformed(source, 'its hash is not SHA-256, SHA-384 or SHA-512');
  if (imprint.length !== hashLength[hash]) throw malformed(source, `a ${hash} imprint of ${imprint.length} bytes`);
  return { hash, imprint, messageImprint: node.raw };
}

function refuseCriticalExtensions(extensions: DerNode | undefined): void {
  for (const extension of extensions?.children ?? []) {
    const members = sequenceMembers(extension, source, 'extension');
    const oid = readObjectIdentifier(members.take(derTag.objectIdentifier, 'extnID'), source);
    if (members.takeIf(derTag.boolean)?.content[0] === 0xff) throw malformed(source, `critical extension ${oid}`);
  }
}
