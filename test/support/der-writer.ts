// Writes DER by hand for the emulators, which share no codec with the code under test. X.690 §8 and §10.

import { Buffer } from 'node:buffer';

export interface RawExtension {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

export function tlv(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  const length = content.length < 0x80 ? [content.length] : longLength(content.length);
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag, ...length), content]));
}

function longLength(length: number): number[] {
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...items);
export const octetString = (bytes: Uint8Array): Uint8Array => tlv(0x04, bytes);
export const bitString = (bytes: Uint8Array): Uint8Array => tlv(0x03, Uint8Array.of(0), bytes);
export const boolean = (value: boolean): Uint8Array => tlv(0x01, Uint8Array.of(value ? 0xff : 0));
export const enumerated = (value: number): Uint8Array => tlv(0x0a, Uint8Array.of(value));
export const none = new Uint8Array();

/** Non-negative numbers only. */
export function integer(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? tlv(0x02, Uint8Array.of(0), bytes) : tlv(0x02, bytes);
}

export function objectIdentifier(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const octets = [40 * first + second, ...rest].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 0x80);
    return groups;
  });
  return tlv(0x06, Uint8Array.from(octets));
}

/** Whole seconds, UTC. */
export function generalizedTime(date: Date): Uint8Array {
  return tlv(0x18, Buffer.from(`${digits(date)}Z`, 'latin1'));
}

/** The form that X.509 wants: UTCTime until 2049, GeneralizedTime after. */
export function time(date: Date): Uint8Array {
  return date.getUTCFullYear() < 2050
    ? tlv(0x17, Buffer.from(`${digits(date).slice(2)}Z`, 'latin1'))
    : generalizedTime(date);
}

function digits(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll(/[-:T]/gu, '');
}

export function extension({ oid, critical, value }: RawExtension): Uint8Array {
  return sequence(objectIdentifier(oid), critical === true ? boolean(true) : none, octetString(value));
}
