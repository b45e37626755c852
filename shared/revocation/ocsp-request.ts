// The question to an OCSP responder: one certificate, no nonce, unsigned. RFC 6960 §4.1; RFC 5019 §5 for GET; REV-11.

import { Buffer } from 'node:buffer';

import { concatBytes, encodeBase64 } from '../bytes.ts';
import { digest } from '../crypto/digest.ts';
import type { HttpRequest } from '../ports.ts';
import type { Certificate } from '../x509/certificate.ts';
import { derTag } from '../x509/der-values.ts';

/** REV-10. */
export const ocspTimeoutMs = 2_000;

/** REV-12: a response is a few KiB, embedded certificate included. */
export const maxOcspBytes = 20_480;

/** RFC 5019 §5: longer requests go by POST, as caches and proxies may cut the path. */
const getLengthLimit = 255;

/**
 * Encodes the request. The CertID is made with SHA-1, the one hash that all public responders know; it only names the
 * certificate and secures nothing.
 *
 * @returns  DER OCSPRequest
 */
export function encodeOcspRequest(certificate: Certificate, issuer: Certificate): Uint8Array {
  const sha1 = sequence(Uint8Array.of(0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00));
  const certId = sequence(
    sha1,
    element(derTag.octetString, digest('sha1', issuer.subject)),
    element(derTag.octetString, digest('sha1', issuer.subjectPublicKey)),
    element(derTag.integer, integerOctets(certificate.serialNumber)),
  );
  const request = sequence(certId);
  const requestList = sequence(request);
  const tbsRequest = sequence(requestList);
  return sequence(tbsRequest);
}

/** @param url  of the responder, as `requireAddress` gives it */
export function ocspExchange(url: URL, request: Uint8Array): HttpRequest {
  const limits = { timeoutMs: ocspTimeoutMs, maxBytes: maxOcspBytes };
  const base64 = encodeBase64(request);
  const escaped = encodeURIComponent(base64);
  if (base64.length < getLengthLimit && escaped.length < getLengthLimit) {
    const path = new URL(url);
    path.pathname = `${url.pathname.replace(/\/$/, '')}/${escaped}`;
    return { method: 'GET', url: path, ...limits };
  }
  const headers = { 'content-type': 'application/ocsp-request' };
  return { method: 'POST', url, headers, body: request, repeatable: true, ...limits };
}

/** The content octets of a DER INTEGER, for a number that is not negative. */
export function integerOctets(value: bigint): Uint8Array {
  const hex = value.toString(16);
  // An odd digit gets its leading zero; a set top bit, which would mean a negative number, gets a whole octet of it.
  const padded = hex.length % 2 === 1 ? `0${hex}` : /^[89a-f]/.test(hex) ? `00${hex}` : hex;
  return new Uint8Array(Buffer.from(padded, 'hex'));
}

function sequence(...members: readonly Uint8Array[]): Uint8Array {
  return element(derTag.sequence, ...members);
}

function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag), lengthOctets(content.length), content);
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets = integerOctets(BigInt(length));
  const significant = octets[0] === 0 ? octets.subarray(1) : octets;
  return concatBytes(Uint8Array.of(0x80 | significant.length), significant);
}
