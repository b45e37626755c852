// Delta CRLs: where a base list says they lie, and whether one belongs to it. RFC 5280 §5.2.4, §5.2.6; REV-24.

import { Buffer } from 'node:buffer';

import { malformed } from '../bytes.ts';
import { derTag, membersOf, sequenceMembers } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';
import type { DerNode } from '../x509/der.ts';
import { crlExtensionId, crlSource, readNumberExtension } from './crl.ts';
import type { Crl } from './crl.ts';

const source = crlSource;

/** A list as one URL gives it, together with what its delta adds. */
export interface CrlPair {
  readonly base: Crl;
  readonly delta?: Crl;
}

/**
 * The URIs in the freshestCRL extension, in their order; places of other kinds are passed over.
 *
 * @throws NotaryError REVOCATION_UNAVAILABLE  the extension is not of its type
 * @see RFC 5280 §4.2.1.13 for the type
 */
export function freshestUrls(crl: Crl): readonly string[] {
  const extension = crl.extensions.get(crlExtensionId.freshest);
  if (extension === undefined) return [];
  const points = parseDer(extension.value, source);
  if (points.tag !== derTag.sequence) throw malformed(source, 'freshestCRL is not a SEQUENCE');
  return points.children.flatMap(pointUrls);
}

/** The IMPLICIT tag of a uniformResourceIdentifier in GeneralName. */
const uriTag = 0x86;

function pointUrls(node: DerNode): readonly string[] {
  const point = sequenceMembers(node, source, 'DistributionPoint');
  const name = point.takeIf(0xa0);
  if (name === undefined) return [];
  const fullName = membersOf(name, source, 'DistributionPointName').takeIf(0xa0);
  if (fullName === undefined) throw malformed(source, 'freshestCRL names a place relative to the CRL issuer');
  return fullName.children
    .filter(({ tag }) => tag === uriTag)
    .map(({ content }) => Buffer.from(content).toString('latin1'));
}

/** @throws NotaryError REVOCATION_UNAVAILABLE  a delta where a complete list is due */
export function requireComplete(base: Crl): void {
  if (base.extensions.has(crlExtensionId.deltaIndicator)) {
    throw malformed(source, 'it is a delta CRL where a complete one is due');
  }
}

/** @throws NotaryError REVOCATION_UNAVAILABLE  not newer than the base, or made over a base that is newer still */
export function requireDeltaOf(delta: Crl, base: Crl): void {
  const deltaNumber = requireNumber(delta, crlExtensionId.number, 'the delta CRL has no CRL number');
  const baseNumber = requireNumber(base, crlExtensionId.number, 'the base CRL has no CRL number');
  const indicator = requireNumber(delta, crlExtensionId.deltaIndicator, 'the delta CRL has no deltaCRLIndicator');
  if (deltaNumber <= baseNumber) {
    throw malformed(source, `the delta CRL number ${deltaNumber} is not above the base CRL number ${baseNumber}`);
  }
  if (indicator > baseNumber) {
    throw malformed(
      source,
      `the delta CRL is made over base ${indicator}, which is above the base number ${baseNumber}`,
    );
  }
}

function requireNumber(crl: Crl, oid: string, fault: string): bigint {
  const number = readNumberExtension(crl, oid);
  if (number === undefined) throw malformed(source, fault);
  return number;
}
