// The forms in which a signing service may hand out a chain: PKCS#7 without a signer, in one or two layers of base64,
// or PEM. The first is what Artifact Signing sends, byte order included.

import { Buffer } from 'node:buffer';

import { encodePem } from './ca.ts';
import { integer, objectIdentifier, octetString, sequence, tlv } from './der-writer.ts';

/** SignedData with certificates and nothing signed; its content is the first certificate. RFC 2315 §9. */
export function encodeBag(certificates: readonly Uint8Array[]): Uint8Array {
  const [leaf = new Uint8Array()] = certificates;
  const content = sequence(objectIdentifier('1.2.840.113549.1.7.1'), tlv(0xa0, octetString(leaf)));
  const signedData = sequence(integer(1n), tlv(0x31), content, tlv(0xa0, ...certificates), tlv(0x31));
  return sequence(objectIdentifier('1.2.840.113549.1.7.2'), tlv(0xa0, signedData));
}

export const bagEncodings = {
  /** Base64 of MIME base64 (lines of 64, CRLF) of PKCS#7: what the service sends. */
  wire: (certificates: readonly Uint8Array[]): string => {
    const lines = base64(encodeBag(certificates)).match(/.{1,64}/gu) ?? [];
    return base64(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));
  },
  'base64 PKCS#7': (certificates: readonly Uint8Array[]): string => base64(encodeBag(certificates)),
  'base64 DER certificates': (certificates: readonly Uint8Array[]): string => base64(Buffer.concat(certificates)),
  'base64 PEM': (certificates: readonly Uint8Array[]): string => base64(Buffer.from(pem(certificates))),
  PEM: (certificates: readonly Uint8Array[]): string => pem(certificates),
} as const;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const pem = (certificates: readonly Uint8Array[]): string => certificates.map(encodePem).join('');
