// CBOR written by hand for tests, valid or not, so that no codec of ours judges itself. RFC 8949 §3.

import { Buffer } from 'node:buffer';

export type Part = Uint8Array;

/** @param width  bytes of the argument; without it the shortest head */
export function head(major: number, argument: number | bigint, width?: 0 | 1 | 2 | 4 | 8): Part {
  const value = BigInt(argument);
  const shortest = value < 24n ? 0 : value < 1n << 8n ? 1 : value < 1n << 16n ? 2 : value < 1n << 32n ? 4 : 8;
  const length = width ?? shortest;
  if (length === 0) return Uint8Array.of((major << 5) | Number(value));
  const info = { 1: 24, 2: 25, 4: 26, 8: 27 }[length];
  return hex(((major << 5) | info).toString(16).padStart(2, '0') + value.toString(16).padStart(length * 2, '0'));
}

export function int(value: number): Part {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

export function text(value: string): Part {
  return join(head(3, Buffer.byteLength(value)), Buffer.from(value));
}

export function bytes(value: Uint8Array): Part {
  return join(head(2, value.length), value);
}

export function array(...items: readonly Part[]): Part {
  return join(head(4, items.length), ...items);
}

export function map(...pairs: readonly (readonly [Part, Part])[]): Part {
  return join(head(5, pairs.length), ...pairs.flat());
}

export function tag(number: number, content: Part): Part {
  return join(head(6, number), content);
}

export const nil = Uint8Array.of(0xf6);

export function hex(digits: string): Part {
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

export function join(...parts: readonly Part[]): Part {
  return new Uint8Array(Buffer.concat(parts));
}
