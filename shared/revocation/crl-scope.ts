// Whether a CRL speaks about a certificate at all. Lists are split, by address, kind of certificate or reason, and they
// travel over plain http: the list of another part would be silent about a certificate that its own list revokes.
// RFC 5280 §5.2.5, §6.3.3 (b) and (c); D42.

import { Buffer } from 'node:buffer';

import { equalBytes, malformed } from '../bytes.ts';
import type { Certificate } from '../x509/certificate.ts';
import { membersOf, sequenceMembers } from '../x509/der-values.ts';
import type { Members } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';
import type { DerNode } from '../x509/der.ts';
import { crlExtensionId, crlSource } from './crl.ts';
import type { CrlPair } from './crl-delta.ts';

const source = crlSource;

/** What an issuingDistributionPoint limits a list to. */
interface Scope {
  /** The URIs among the names of its distribution point; undefined where it names none. */
  readonly urls: readonly string[] | undefined;
  readonly userOnly: boolean;
  readonly caOnly: boolean;
  /** Some reasons, other issuers or attribute certificates. */
  readonly partial: boolean;
}

/**
 * Requires lists that would tell of the certificate if it were revoked.
 *
 * @throws NotaryError REVOCATION_UNAVAILABLE  the list of another part, or a delta of another scope than its base
 */
export function requireInScope({ base, delta }: CrlPair, certificate: Certificate): void {
  const extension = base.extensions.get(crlExtensionId.issuingDistributionPoint);
  requireSameScope(
    extension?.value,
    delta && { value: delta.extensions.get(crlExtensionId.issuingDistributionPoint)?.value },
  );
  if (extension === undefined) return;
  const { urls, userOnly, caOnly, partial } = readScope(parseDer(extension.value, source));
  const isCa = certificate.basicConstraints?.ca === true;
  if (partial) throw malformed(source, 'its scope is some reasons, other issuers or attribute certificates');
  if (userOnly && isCa) throw malformed(source, 'it lists no CA certificates');
  if (caOnly && !isCa) throw malformed(source, 'it lists CA certificates only');
  if (urls === undefined || urls.some((url) => certificate.crlUrls.includes(url))) return;
  throw malformed(
    source,
    `its scope is another distribution point, ${JSON.stringify(urls[0] ?? 'one without an address')}`,
  );
}

function requireSameScope(base: Uint8Array | undefined, delta: { value: Uint8Array | undefined } | undefined): void {
  if (delta === undefined) return;
  const isSame = base && delta.value ? equalBytes(base, delta.value) : base === delta.value;
  if (!isSame) throw malformed(source, 'the delta CRL has another scope than its base');
}

function readScope(node: DerNode): Scope {
  const members = sequenceMembers(node, source, 'issuingDistributionPoint');
  const name = members.takeIf(0xa0);
  const userOnly = takeFlag(members, 0x81);
  const caOnly = takeFlag(members, 0x82);
  const someReasons = members.takeIf(0x83) !== undefined;
  const indirect = takeFlag(members, 0x84);
  const attributesOnly = takeFlag(members, 0x85);
  members.end();
  return { urls: name && urlsOf(name), userOnly, caOnly, partial: someReasons || indirect || attributesOnly };
}

/** IMPLICIT BOOLEAN DEFAULT FALSE: DER writes only what is true. */
function takeFlag(members: Members, tag: number): boolean {
  const flag = members.takeIf(tag);
  if (flag === undefined) return false;
  if (flag.content.length === 1 && flag.content[0] === 0xff) return true;
  throw malformed(source, 'a flag of issuingDistributionPoint is not TRUE');
}

/** The IMPLICIT tag of a uniformResourceIdentifier in GeneralName. */
const uriTag = 0x86;

/** A name relative to the issuer, or names that are no URIs, can be compared with nothing: no URL at all. */
function urlsOf(name: DerNode): readonly string[] {
  const members = membersOf(name, source, 'DistributionPointName');
  const fullName = members.takeIf(0xa0);
  if (fullName === undefined) members.take(0xa1, 'name');
  members.end();
  const names = fullName?.children ?? [];
  return names.filter(({ tag }) => tag === uriTag).map(({ content }) => Buffer.from(content).toString('latin1'));
}
