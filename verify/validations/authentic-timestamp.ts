// Authentic timestamp: every certificate of the signing chain was valid when the signature was made, as far as somebody
// other than the signer says so. Trust Store and Trust Policy, "Timestamping" (TSA-20..TSA-22, VER-11).

import { hasCode, NotaryError } from '../../shared/errors.ts';
import { requireUnrevoked } from '../../shared/revocation/revocation.ts';
import type { RevocationChecker } from '../../shared/revocation/revocation.ts';
import { verifyTimestamp } from '../../shared/timestamp/evidence.ts';
import type { TimestampEvidence } from '../../shared/timestamp/evidence.ts';
import { parseTimestampToken } from '../../shared/timestamp/token.ts';
import type { TimestampToken } from '../../shared/timestamp/token.ts';
import { requireTrustAnchor } from '../../shared/trust/anchor.ts';
import type { TrustAnchors } from '../../shared/trust/anchor.ts';
import type { TrustPolicyStatement } from '../../shared/trust/policy.ts';
import { loadAnchors } from '../../shared/trust/store.ts';
import type { TrustStores } from '../../shared/trust/store.ts';
import type { Certificate } from '../../shared/x509/certificate.ts';
import { requireValid } from '../../shared/x509/chain.ts';
import type { SignedContent } from './integrity.ts';

interface Services {
  readonly stores: TrustStores;
  readonly revocation: RevocationChecker;
}

/**
 * @returns  what the timestamp proves; undefined where the policy does not look at one
 * @throws NotaryError CERTIFICATE_NOT_VALID  at the time of the timestamp, of the authority, or now
 * @throws NotaryError TIMESTAMP_MISSING, TIMESTAMP_INVALID, TRUST_ANCHOR_NOT_FOUND, TRUST_STORE_INVALID
 * @throws NotaryError CERTIFICATE_REVOKED, REVOCATION_UNAVAILABLE  of the timestamp authority, at the present time
 */
export async function verifyAuthenticTimestamp(
  content: SignedContent,
  statement: TrustPolicyStatement,
  services: Services,
  at: Date,
): Promise<TimestampEvidence | undefined> {
  const { chain, signed } = content.envelope;
  if (signed.signingScheme === 'notary.x509.signingAuthority') {
    requireValid(chain, signed.signingTime);
    return undefined;
  }
  if (!asksForTimestamp(chain, statement, at)) {
    requireValid(chain, at);
    return undefined;
  }
  const anchors = async (): Promise<TrustAnchors> => loadAnchors(services.stores, statement.trustStores, 'tsa');
  const evidence = await verifyToken(content, anchors);
  requireValid(chain, evidence.from, evidence.to);
  // TSA-21, step 7. verifyTimestamp has anchored this chain, so its addresses may be asked.
  requireUnrevoked(await services.revocation.check(evidence.chain, at), 'timestamping');
  return evidence;
}

/** TSA-20 */
function asksForTimestamp(chain: readonly Certificate[], statement: TrustPolicyStatement, at: Date): boolean {
  if (!statement.trustStores.some(({ type }) => type === 'tsa')) return false;
  return statement.verifyTimestamp === 'always' || chain.some(({ notAfter }) => notAfter < at);
}

/** TSA-21, steps 1 to 5. */
async function verifyToken(
  { envelope }: SignedContent,
  loadRoots: () => Promise<TrustAnchors>,
): Promise<TimestampEvidence> {
  const { timestampSignature } = envelope.unsigned;
  if (timestampSignature === undefined) {
    throw new NotaryError('TIMESTAMP_MISSING', 'the signature carries no timestamp, and the policy asks for one');
  }
  const token = parseTimestampToken(timestampSignature);
  const anchors = await loadRoots();
  const roots = [...anchors.certificates, ...pinnedRoots(token, anchors.pins)];
  try {
    return verifyTimestamp(token, envelope.signature, { roots });
  } catch (error) {
    if (!hasCode(error, 'TRUST_ANCHOR_NOT_FOUND')) throw error;
    throw anchorNotFound(error, anchors, roots);
  }
}

/** A pin is only a fingerprint: the root it names must come with the token. */
function pinnedRoots(token: TimestampToken, pins: readonly string[]): readonly Certificate[] {
  const roots = token.signedData.certificates.filter(({ fingerprint }) => pins.includes(fingerprint));
  for (const root of roots) requireTrustAnchor(root, 'timestamping');
  return roots;
}

function anchorNotFound(cause: NotaryError, anchors: TrustAnchors, roots: readonly Certificate[]): NotaryError {
  const absent = anchors.pins.filter((pin) => !roots.some(({ fingerprint }) => fingerprint === pin));
  const hint = absent.map((pin) => `; the pinned root sha256:${pin} is not inside the token, so its file is needed`);
  return new NotaryError('TRUST_ANCHOR_NOT_FOUND', `${cause.message}${hint.join('')}`, {
    cause,
    remedy:
      'If the timestamp authority shown above is one you mean to trust, add its root to trusted-timestamp-roots or to a tsa trust store.',
  });
}
