// The hashes of timestamp tokens, SHA-1 included: it must be possible to make what must be refused.

import { createHash } from 'node:crypto';

import { none, objectIdentifier, sequence, tlv } from './der-writer.ts';

export type TsaHash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export const tsaHashOids: Readonly<Record<TsaHash, string>> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** DER AlgorithmIdentifier. */
export function hashIdentifier(hash: TsaHash, parameters: 'NULL' | 'absent' = 'NULL'): Uint8Array {
  return sequence(objectIdentifier(tsaHashOids[hash]), parameters === 'NULL' ? tlv(0x05) : none);
}

export function hashed(hash: TsaHash, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest());
}
