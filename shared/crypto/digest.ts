// Hashes by the names that Node and the specification share. FIPS 180-4.

import { createHash } from 'node:crypto';

import { encodeHex } from '../bytes.ts';

/** What a signer may use. SHA-1 stands apart: only identifiers (OCSP CertID, key ids) are made with it. */
export type HashName = 'sha256' | 'sha384' | 'sha512';

export const hashLength: Readonly<Record<HashName, number>> = { sha256: 32, sha384: 48, sha512: 64 };

export function digest(hash: HashName | 'sha1', bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest());
}

/** Lower-case hexadecimal SHA-256. */
export function sha256Hex(bytes: Uint8Array): string {
  return encodeHex(digest('sha256', bytes));
}
