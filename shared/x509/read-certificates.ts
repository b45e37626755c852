// Certificate files and bags: PEM (RFC 7468), one or several DER certificates, or PKCS#7 (RFC 5652), told apart by
// their bytes. STORE-4, ALG-5.

import { Buffer } from 'node:buffer';

import { decodeBase64, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { parseCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { parseSignedData } from './cms.ts';
import { derTag } from './der-values.ts';
import { splitDer } from './der.ts';

const source: Source = { code: 'ASN1_MALFORMED', what: 'certificates' };

/**
 * Reads a certificate file, such as one of a trust store: PEM or DER, in the order of the bytes (STORE-4).
 *
 * @returns  at least one
 * @throws NotaryError ASN1_MALFORMED  neither PEM nor DER certificates, or another PEM block among them
 */
export function readCertificates(bytes: Uint8Array): readonly Certificate[] {
  return readAll(bytes, () => {
    throw malformed(source, 'it is PKCS#7, where PEM or DER certificates are expected');
  });
}

/**
 * Reads what a service sends as a chain: as readCertificates, or PKCS#7, whose order means nothing.
 *
 * @returns  at least one
 * @throws NotaryError ASN1_MALFORMED
 */
export function readCertificateBag(bytes: Uint8Array): readonly Certificate[] {
  return readAll(bytes, (contentInfo) => parseSignedData(contentInfo, source).certificates);
}

type ReadPkcs7 = (contentInfo: Uint8Array) => readonly Certificate[];

function readAll(bytes: Uint8Array, readPkcs7: ReadPkcs7): readonly Certificate[] {
  // No certificate is shorter than 128 octets, and no text goes on with such an octet after "0".
  const isDer = bytes[0] === derTag.sequence && (bytes[1] ?? 0) >= 0x80;
  const certificates = isDer ? readDer(bytes, readPkcs7) : readPem(bytes, readPkcs7);
  if (certificates.length === 0) throw malformed(source, 'there is no certificate');
  return certificates;
}

function readDer(bytes: Uint8Array, readPkcs7: ReadPkcs7): readonly Certificate[] {
  const nodes = splitDer(bytes, source);
  // ContentInfo opens with its type; a certificate with a SEQUENCE.
  const isContentInfo = nodes[0]?.children[0]?.tag === derTag.objectIdentifier;
  return isContentInfo ? readPkcs7(bytes) : nodes.map(({ raw }) => parseCertificate(raw));
}

function readPem(bytes: Uint8Array, readPkcs7: ReadPkcs7): readonly Certificate[] {
  // PEM is ASCII; other octets can only stand in the comments between the blocks.
  const text = Buffer.from(bytes).toString('latin1');
  const blocks = pemBlocks(text);
  if (blocks.length === 0) throw malformed(source, 'neither PEM nor DER');
  return blocks.flatMap(({ label, body }) => {
    if (label === 'CERTIFICATE') return [parsePem(body)];
    if (label === 'PKCS7') return readPkcs7(decodePem(body));
    throw malformed(source, `it holds a PEM block "${label}", which is no certificate`);
  });
}

/**
 * Reads the CERTIFICATE blocks of a text in their order, and passes over every other block, such as a private key.
 *
 * @returns  none, where there is no such block
 * @throws NotaryError ASN1_MALFORMED  a block without end, or one that holds no certificate
 */
export function readPemCertificates(text: string): readonly Certificate[] {
  return pemBlocks(text)
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ body }) => parsePem(body));
}

interface PemBlock {
  readonly label: string;
  readonly body: string;
}

const beginLine = /^-----BEGIN ([A-Z0-9 ]{1,64})-----$/;

function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let open: { label: string; lines: string[] } | undefined;
  // Some editors open a file with a byte order mark, which would hide the first block; here as UTF-16 or as Latin-1.
  const lines = text.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '').split(/\r\n|\n|\r/);
  for (const line of lines.map((each) => each.trim())) {
    if (open === undefined) {
      const label = beginLine.exec(line)?.[1];
      if (label !== undefined) open = { label, lines: [] };
    } else if (line === `-----END ${open.label}-----`) {
      blocks.push({ label: open.label, body: open.lines.join('') });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) throw malformed(source, `the PEM block "${open.label}" has no end`);
  return blocks;
}

function parsePem(body: string): Certificate {
  return parseCertificate(decodePem(body));
}

function decodePem(body: string): Uint8Array {
  return decodeBase64(body.replace(/\s/g, ''), { ...source, what: 'PEM' });
}
