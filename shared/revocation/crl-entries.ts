// The entries of a CRL. They are walked in the bytes that the DER gate has checked, since a list of 32 MiB holds
// about a million of them and a tree would take many times its size. RFC 5280 §5.3; REV-25.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { readExtensions } from '../x509/certificate-extensions.ts';
import type { Extension } from '../x509/certificate-extensions.ts';
import { derTag, readInteger, readTime, sequenceMembers } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';

export interface CrlEntry {
  readonly revokedAt: Date;
  /** CRLReason number; 0, unspecified, where the entry gives none. */
  readonly reason: number;
  readonly extensions: ReadonlyMap<string, Extension>;
}

/**
 * Every entry is a serial number, a time and perhaps extensions, so that the search below can rely on it.
 *
 * @param entries  checked DER elements, one after another
 */
export function requireEntries(entries: Uint8Array, source: Source): void {
  for (let offset = 0; offset < entries.length; offset = elementEnd(entries, offset)) {
    const end = elementEnd(entries, offset);
    const serial = contentStart(entries, offset);
    const time = serial < end && entries[serial] === derTag.integer ? elementEnd(entries, serial) : end;
    const isTime = time < end && (entries[time] === derTag.utcTime || entries[time] === derTag.generalizedTime);
    const rest = isTime ? elementEnd(entries, time) : end;
    const isWhole = rest === end || (entries[rest] === derTag.sequence && elementEnd(entries, rest) === end);
    if (entries[offset] !== derTag.sequence || !isTime || !isWhole) {
      throw malformed(source, `the entry at byte ${offset} of revokedCertificates is malformed`);
    }
  }
}

/**
 * All entries with the serial number, in their order.
 *
 * @param entries  that passed requireEntries
 * @param serial   content octets of the DER INTEGER
 */
export function findEntries(entries: Uint8Array, serial: Uint8Array, source: Source): readonly CrlEntry[] {
  const found: CrlEntry[] = [];
  for (let offset = 0; offset < entries.length;) {
    const end = elementEnd(entries, offset);
    const number = contentStart(entries, offset);
    const octets = contentStart(entries, number);
    const hasLength = elementEnd(entries, number) - octets === serial.length;
    if (hasLength && standsAt(entries, octets, serial)) found.push(readEntry(entries.subarray(offset, end), source));
    offset = end;
  }
  return found;
}

/** From the end, where serial numbers of one issuer differ first; the loop runs over a million of them. */
function standsAt(bytes: Uint8Array, offset: number, octets: Uint8Array): boolean {
  for (let i = octets.length - 1; i >= 0; i--) {
    if (bytes[offset + i] !== octets[i]) return false;
  }
  return true;
}

const reasonCode = '2.5.29.21';

function readEntry(bytes: Uint8Array, source: Source): CrlEntry {
  const members = sequenceMembers(parseDer(bytes, source), source, 'revokedCertificates entry');
  members.take(derTag.integer, 'userCertificate');
  const time = members.takeIf(derTag.utcTime) ?? members.take(derTag.generalizedTime, 'revocationDate');
  const list = members.takeIf(derTag.sequence);
  members.end();
  // The type stands bare here, while elsewhere an EXPLICIT tag wraps it.
  const extensions = readExtensions(list && { ...list, children: [list] }, source);
  return { revokedAt: readTime(time, source), reason: readReason(extensions, source), extensions };
}

function readReason(extensions: ReadonlyMap<string, Extension>, source: Source): number {
  const extension = extensions.get(reasonCode);
  if (extension === undefined) return 0;
  const node = parseDer(extension.value, source);
  if (node.tag !== derTag.enumerated) throw malformed(source, 'a reasonCode is not an ENUMERATED');
  return Number(readInteger(node, source));
}

function contentStart(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset + 1] ?? 0;
  return offset + (first < 0x80 ? 2 : 2 + (first & 0x7f));
}

function elementEnd(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset + 1] ?? 0;
  if (first < 0x80) return offset + 2 + first;
  const start = contentStart(bytes, offset);
  let length = 0;
  for (let i = offset + 2; i < start; i++) length = length * 0x100 + (bytes[i] ?? 0);
  return start + length;
}
