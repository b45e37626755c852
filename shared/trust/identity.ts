// Trusted identities: whose certificates are meant, among all that a trusted root has issued. Trust Store and Trust
// Policy, "Trusted Identities Constraints" (POL-11, DN-1, DN-6..DN-10), and the `x509.eku` extension of the inputs.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode, NotaryError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { displayName, isSubset, parseDistinguishedName, renderName } from '../x509/name.ts';
import type { DistinguishedName } from '../x509/name.ts';

export interface TrustedIdentities {
  /** As written, for messages and for verification plugins. */
  readonly entries: readonly string[];
  /** The single entry `*`: every certificate under a trusted root. */
  readonly any: boolean;
  readonly subjects: readonly DistinguishedName[];
  /** Extended key usages, one of which must stand in the signing certificate. */
  readonly extendedKeyUsages: readonly string[];
}

interface Entry {
  readonly kind: string;
  readonly value: string;
  readonly source: Source;
  readonly path: string;
}

/**
 * The identities of a trust policy document. Kinds other than `x509.subject` are for plugins, and match nothing here.
 *
 * @throws NotaryError source.code  POL-11, DN-1..DN-6
 */
export function parseTrustedIdentities(entries: readonly string[], source: Source, path: string): TrustedIdentities {
  return collect(
    entries,
    source,
    (index) => `${path}[${index}]`,
    () => undefined,
  );
}

/**
 * The identities of the `trusted-identities` input: also `x509.eku:OID`, and no kind that would be ignored.
 *
 * @throws NotaryError INPUT_INVALID  as above; an unknown kind; an OID that names a purpose and not a signer
 */
export function parseInputIdentities(entries: readonly string[]): TrustedIdentities {
  const source: Source = { code: 'INPUT_INVALID', what: 'identity list' };
  return collect(
    entries,
    source,
    (index) => `entry ${index + 1}`,
    (entry) => {
      if (entry.kind === 'x509.eku') return requireSignerOid(entry);
      throw malformed(entry.source, `"${entry.kind}:" is not known; write x509.subject: DN or x509.eku: OID`);
    },
  );
}

function collect(
  entries: readonly string[],
  source: Source,
  pathOf: (index: number) => string,
  other: (entry: Entry) => string | undefined,
): TrustedIdentities {
  if (entries.includes('*')) {
    if (entries.length > 1)
      throw malformed(source, `${pathOf(entries.indexOf('*'))} is "*", which must be the only identity`);
    return { entries, any: true, subjects: [], extendedKeyUsages: [] };
  }
  const subjects = new Map<string, DistinguishedName>();
  const extendedKeyUsages: string[] = [];
  for (const [index, text] of entries.entries()) {
    const entry = splitEntry(text, source, pathOf(index));
    if (entry.kind === 'x509.subject') {
      subjects.set(entry.path, parseSubject(entry));
    } else {
      const oid = other(entry);
      if (oid !== undefined) extendedKeyUsages.push(oid);
    }
  }
  requireNoOverlap(subjects, source);
  return { entries, any: false, subjects: [...subjects.values()], extendedKeyUsages };
}

function splitEntry(text: string, source: Source, path: string): Entry {
  const colon = text.indexOf(':');
  if (colon === -1) throw malformed(source, `${path} is "${text}", which has no kind such as x509.subject:`);
  return { kind: text.slice(0, colon), value: text.slice(colon + 1), source, path };
}

function parseSubject({ value, source, path }: Entry): DistinguishedName {
  try {
    return parseDistinguishedName(value);
  } catch (error) {
    if (!hasCode(error, 'NAME_INVALID')) throw error;
    throw malformed(source, `${path} "${value.trim()}": ${error.message}`, error);
  }
}

/** DN-6: one identity inside another is a policy its author has misread. */
function requireNoOverlap(subjects: ReadonlyMap<string, DistinguishedName>, source: Source): void {
  const holders = new Map<string, (readonly [path: string, name: DistinguishedName])[]>();
  for (const subject of subjects) {
    for (const key of attributeKeys(subject[1])) {
      const known = holders.get(key);
      if (known === undefined) holders.set(key, [subject]);
      else known.push(subject);
    }
  }
  for (const [pathA, a] of subjects) {
    // Whoever holds all of its attributes holds the rarest, so that a long list is not compared each with each.
    const [rarest = []] = attributeKeys(a)
      .map((key) => holders.get(key) ?? [])
      .sort((x, y) => x.length - y.length);
    for (const [pathB, b] of rarest) {
      if (pathA === pathB || !isSubset(a, b)) continue;
      throw malformed(source, `${pathA} and ${pathB} overlap: every subject of the second matches the first`);
    }
  }
}

/** Of the attributes with a value, which C, ST and O always are. */
function attributeKeys(name: DistinguishedName): readonly string[] {
  return [...name].filter(([, value]) => value !== '').map((pair) => JSON.stringify(pair));
}

const oidForm = /^[0-2](?:\.(?:0|[1-9]\d{0,39})){1,31}$/;

/** Purposes that many unrelated signers carry: trusting one would be trusting all of them. */
const sharedPurposes = [
  '1.3.6.1.5.5.7.3.', // PKIX: codeSigning and its kin
  '2.5.29.37.', // anyExtendedKeyUsage
  '1.3.6.1.4.1.311.10.3.', // Microsoft: lifetime signing, system purposes
  '1.3.6.1.4.1.311.97.1.0.', // every Public Trust customer of Artifact Signing
];

function requireSignerOid({ value, source, path }: Entry): string {
  const oid = value.trim();
  if (!oidForm.test(oid)) throw malformed(source, `${path} "${oid}" is not a dotted object identifier`);
  if (sharedPurposes.some((prefix) => `${oid}.`.startsWith(prefix))) {
    throw malformed(source, `${path} "${oid}" is a purpose shared by unrelated signers, not an identity`);
  }
  return oid;
}

/**
 * Finds the signing certificate among the trusted identities. Only the leaf is compared (DN-10).
 *
 * @throws NotaryError TRUSTED_IDENTITY_MISMATCH
 */
export function requireTrustedIdentity(identities: TrustedIdentities, leaf: Certificate): void {
  if (identities.any) return;
  const purposes = leaf.extendedKeyUsage?.purposes ?? [];
  if (identities.extendedKeyUsages.some((oid) => purposes.includes(oid))) return;
  if (identities.subjects.length > 0) {
    const subject = readSubject(leaf);
    if (identities.subjects.some((identity) => isSubset(identity, subject))) return;
  }
  throw mismatch(leaf, `is none of the trusted identities: ${listed(identities)}`);
}

/** The whole subject as a policy writes it; undefined where none can (DN-2..DN-8). */
export function subjectIdentity({ subject }: Certificate): string | undefined {
  try {
    const name = renderName(subject);
    parseDistinguishedName(name);
    return `x509.subject: ${name}`;
  } catch (error) {
    if (!hasCode(error, 'NAME_INVALID')) throw error;
    return undefined;
  }
}

/** DN-7: the certificate's subject passes the same rules as an identity, or only `*` can match it. */
function readSubject(leaf: Certificate): DistinguishedName {
  try {
    return parseDistinguishedName(renderName(leaf.subject));
  } catch (error) {
    if (!hasCode(error, 'NAME_INVALID')) throw error;
    throw mismatch(leaf, `cannot be matched by any x509.subject identity: ${error.message}`, error);
  }
}

function listed({ entries, subjects, extendedKeyUsages }: TrustedIdentities): string {
  if (subjects.length === 0 && extendedKeyUsages.length === 0) return 'no x509 trusted identity is configured';
  return entries.map((entry) => `"${entry}"`).join(', ');
}

function mismatch(leaf: Certificate, detail: string, cause?: unknown): NotaryError {
  const message = `the signer "${displayName(leaf.subject)}" ${detail}`;
  return new NotaryError('TRUSTED_IDENTITY_MISMATCH', message, cause === undefined ? {} : { cause });
}
