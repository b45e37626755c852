// The extensions of a certificate, and the three that decide what it may do. They are read from the gate's own tree:
// the schema decoder passes surplus members, negative path lengths and numbers where OIDs belong. RFC 5280 §4.2.1.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { derTag, readInteger, readObjectIdentifier, sequenceMembers } from './der-values.ts';
import { parseDer } from './der.ts';
import type { DerNode } from './der.ts';

export type KeyUsage =
  | 'digitalSignature'
  | 'contentCommitment'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly';

export interface Extension {
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
  /** The whole Extension. */
  readonly der: Uint8Array;
}

export interface BasicConstraints {
  readonly ca: boolean;
  /** Zero says: no CA below. Absent says: no limit. */
  readonly pathLength?: number;
  readonly critical: boolean;
}

export interface KeyUsages {
  readonly usages: ReadonlySet<KeyUsage>;
  readonly critical: boolean;
}

export interface ExtendedKeyUsage {
  /** OIDs. */
  readonly purposes: readonly string[];
  readonly critical: boolean;
}

export const extensionId = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
} as const;

/** RFC 5280 forbids these to be critical, and Go refuses the certificate (CHAIN-12). */
const neverCritical: ReadonlySet<string> = new Set([
  extensionId.subjectKeyIdentifier,
  extensionId.authorityKeyIdentifier,
  extensionId.authorityInfoAccess,
]);

/** @param explicit  the [3] of a TBSCertificate, where there is one */
export function readExtensions(explicit: DerNode | undefined, source: Source): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  if (explicit === undefined) return extensions;
  const [list, surplus] = explicit.children;
  if (list?.tag !== derTag.sequence || surplus !== undefined) throw malformed(source, 'the extensions are malformed');
  for (const node of list.children) {
    const members = sequenceMembers(node, source, 'Extension');
    const oid = readObjectIdentifier(members.take(derTag.objectIdentifier, 'extnID'), source);
    // An explicit FALSE is not DER, but common, and Go takes it.
    const critical = members.takeIf(derTag.boolean)?.content[0] === 0xff;
    const value = members.take(derTag.octetString, 'extnValue').content;
    members.end();
    if (extensions.has(oid)) throw malformed(source, `the extension ${oid} occurs twice`);
    if (critical && neverCritical.has(oid)) throw malformed(source, `the extension ${oid} must not be critical`);
    extensions.set(oid, { critical, value, der: node.raw });
  }
  return extensions;
}

export function readBasicConstraints({ value, critical }: Extension, source: Source): BasicConstraints {
  const members = sequenceMembers(parseDer(value, source), source, 'BasicConstraints');
  const ca = members.takeIf(derTag.boolean)?.content[0] === 0xff;
  const limit = members.takeIf(derTag.integer);
  members.end();
  if (limit === undefined) return { ca, critical };
  const pathLength = readInteger(limit, source);
  // No chain comes near the upper bound; it keeps the number exact.
  if (pathLength < 0n || pathLength > 0x7fff_ffffn) throw malformed(source, `the path length ${pathLength} is absurd`);
  return { ca, pathLength: Number(pathLength), critical };
}

/** In the order of the bits, the first being the most significant of the first octet. */
const usagesByBit: readonly KeyUsage[] = [
  ...(['digitalSignature', 'contentCommitment', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'] as const),
  ...(['keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] as const),
];

export function readKeyUsage({ value, critical }: Extension, source: Source): KeyUsages {
  const { tag, content } = parseDer(value, source);
  if (tag !== derTag.bitString) throw malformed(source, 'the key usage is not a BIT STRING');
  const octets = content.subarray(1);
  const isSet = (bit: number): boolean => (((octets[bit >> 3] ?? 0) << (bit & 7)) & 0x80) !== 0;
  return { usages: new Set(usagesByBit.filter((_usage, bit) => isSet(bit))), critical };
}

export function readExtendedKeyUsage({ value, critical }: Extension, source: Source): ExtendedKeyUsage {
  const node = parseDer(value, source);
  if (node.tag !== derTag.sequence) throw malformed(source, 'the extended key usage is not a SEQUENCE');
  return { purposes: node.children.map((purpose) => readObjectIdentifier(purpose, source)), critical };
}

/** The tag of an extension's value; for a list of SEQUENCEs also the tag that each of them opens with. */
const forms: ReadonlyMap<string, { readonly tag: number; readonly items?: readonly number[] }> = new Map([
  [extensionId.subjectKeyIdentifier, { tag: derTag.octetString }],
  [extensionId.authorityKeyIdentifier, { tag: derTag.sequence }],
  [extensionId.crlDistributionPoints, { tag: derTag.sequence, items: [0xa0, 0x81, 0xa2] }],
  [extensionId.certificatePolicies, { tag: derTag.sequence, items: [derTag.objectIdentifier] }],
  [extensionId.authorityInfoAccess, { tag: derTag.sequence, items: [derTag.objectIdentifier] }],
]);

/**
 * Refuses values with other tags than the extension has, since the schema decoder does not look at all of them.
 *
 * @throws NotaryError source.code
 */
export function requireForm(oid: string, { value }: Extension, source: Source): void {
  const form = forms.get(oid);
  if (form === undefined) return;
  const { tag, children } = parseDer(value, source);
  const opensWell = ([first]: readonly DerNode[]): boolean =>
    first === undefined || form.items?.includes(first.tag) === true;
  const isList = children.every((item) => item.tag === derTag.sequence && opensWell(item.children));
  if (tag !== form.tag || (form.items !== undefined && !isList))
    throw malformed(source, `the extension ${oid} is malformed`);
}
