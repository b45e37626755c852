// When a token was made, and how exactly its authority knows: the one time in the house that is finer than a
// millisecond, kept in nanoseconds until it is rounded outward. RFC 3161 §2.4.2; TSA-18, TSA-19.

import { encodeUtf8, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { derTag, readInteger, readTime, sequenceMembers } from '../x509/der-values.ts';
import type { DerNode } from '../x509/der.ts';

const perMillisecond = 1_000_000n;
const perSecond = 1_000_000_000n;

/** Year to second, then a fraction of up to nine digits that does not end in zero. */
const form = /^(\d{14})(?:\.(\d{0,8}[1-9]))?Z$/;

/** Nanoseconds since 1970, UTC. */
export function readGeneralizedTime({ tag, content }: DerNode, source: Source): bigint {
  const text = String.fromCharCode(...content.subarray(0, 32));
  const [, seconds, fraction = ''] = form.exec(text) ?? [];
  if (seconds === undefined) throw malformed(source, `genTime is not in DER: ${JSON.stringify(text)}`);
  const whole = encodeUtf8(`${seconds}Z`);
  const time = readTime({ tag, raw: whole, content: whole, children: [] }, source);
  return BigInt(time.getTime()) * perMillisecond + BigInt(fraction.padEnd(9, '0'));
}

/** Milliseconds since 1970, rounded to the past or to the future. */
export function toDate(nanoseconds: bigint, direction: 'down' | 'up'): Date {
  const surplus = ((nanoseconds % perMillisecond) + perMillisecond) % perMillisecond;
  const floor = (nanoseconds - surplus) / perMillisecond;
  return new Date(Number(direction === 'up' && surplus > 0n ? floor + 1n : floor));
}

/** ETSI EN 319 421, baseline time-stamp policy: one second or better, also where the token does not say so. */
const baselinePolicy = '0.4.0.2023.1.1';

// Longer than any validity that the moment must fall into, and short enough to stay within Date.
const maxSeconds = 100n * 366n * 86_400n;

/** Nanoseconds. */
export function readAccuracy(node: DerNode | undefined, policy: string, source: Source): bigint {
  const accuracy = node === undefined ? 0n : readParts(node, source);
  return accuracy === 0n && policy === baselinePolicy ? perSecond : accuracy;
}

function readParts(node: DerNode, source: Source): bigint {
  const members = sequenceMembers(node, source, 'accuracy');
  const seconds = readPart(members.takeIf(derTag.integer), maxSeconds, source);
  const millis = readPart(members.takeIf(0x80), 999n, source);
  const micros = readPart(members.takeIf(0x81), 999n, source);
  members.end();
  return seconds * perSecond + millis * perMillisecond + micros * 1000n;
}

function readPart(node: DerNode | undefined, max: bigint, source: Source): bigint {
  if (node === undefined) return 0n;
  // [0] and [1] are IMPLICIT, so the gate could not see that they are INTEGERs.
  if (node.content.length === 0) throw malformed(source, 'accuracy has an empty part');
  const value = readInteger({ ...node, tag: derTag.integer }, source);
  if (value < 0n || value > max) throw malformed(source, `accuracy has a part of ${value}, not 0 to ${max}`);
  return value;
}
