// What the tests of this room share: one authority, one moment, one signature.

import { Buffer } from 'node:buffer';

import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { parseTimestampToken } from '../../../shared/timestamp/token.ts';
import type { TimestampToken } from '../../../shared/timestamp/token.ts';
import { timestampingChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { makeToken, messageImprint } from '../../support/tsa-token.ts';
import type { TokenOptions } from '../../support/tsa-token.ts';

export const at = new Date('2026-01-15T12:00:00.123Z');
export const signature: Uint8Array = Buffer.from('the bytes of a signature');
export const chain: Issued = await timestampingChain();

/** DER of a token over the signature. */
export function stamp(options: Partial<TokenOptions> = {}): Uint8Array {
  return makeToken({ chain, at, messageImprint: messageImprint('sha256', signature), ...options });
}

export const stamped = (options: Partial<TokenOptions> = {}): TimestampToken => parseTimestampToken(stamp(options));

/** The root of a chain, as a trust store holds it. */
export const rootOf = (issued: Issued): readonly Certificate[] =>
  issued.chain.slice(-1).map((der) => parseCertificate(der));

export const fingerprintsOf = (issued: Issued): readonly string[] =>
  issued.chain.map((der) => parseCertificate(der).fingerprint);
