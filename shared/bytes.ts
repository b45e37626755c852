// Text <-> bytes, strictly: Node's own decoders skip what they do not know, and would let two different texts stand
// for the same bytes. RFC 4648, RFC 3629.

import { Buffer } from 'node:buffer';

import { NotaryError } from './errors.ts';
import type { ErrorCode } from './errors.ts';

/** Where outside bytes come from: the code their defects are reported under, and a noun for the message. */
export interface Source {
  readonly code: ErrorCode;
  readonly what: string;
}

export function malformed(source: Source, detail: string, cause?: unknown): NotaryError {
  return new NotaryError(source.code, `${source.what}: ${detail}`, cause === undefined ? {} : { cause });
}

/** Padded standard base64 (RFC 4648 §4) without white space; anything else is refused. */
export function decodeBase64(text: string, source: Source): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // Re-encoding is the whole check: alphabet, padding and unused bits must be the canonical ones.
  if (bytes.toString('base64') !== text) throw malformed(source, 'not canonical base64');
  return new Uint8Array(bytes);
}

/** Unpadded URL-safe base64 (RFC 4648 §5) without white space; anything else is refused. */
export function decodeBase64Url(text: string, source: Source): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw malformed(source, 'not canonical unpadded base64url');
  return new Uint8Array(bytes);
}

export function encodeBase64(bytes: Uint8Array): string {
  return view(bytes).toString('base64');
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return view(bytes).toString('base64url');
}

/** Lower case. */
export function encodeHex(bytes: Uint8Array): string {
  return view(bytes).toString('hex');
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Well-formed UTF-8 only; a byte order mark is kept as the character it is. */
export function decodeUtf8(bytes: Uint8Array, source: Source): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    throw malformed(source, 'not well-formed UTF-8', error);
  }
}

export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** For text that is only shown, such as a server's error message: bad bytes become U+FFFD. */
export function showUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return view(a).equals(b);
}

/** Order by byte value, as Go sorts strings and CBOR sorts keys. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
