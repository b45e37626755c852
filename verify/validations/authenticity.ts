// Authenticity: the chain holds a certificate that the trust stores hold, and the signer is one whom the policy names.
// Signing and Verification Workflow (VER 9.2, steps 3 and 4; SCHEME-3).

import type { SigningScheme } from '../../shared/envelope/envelope.ts';
import { requireAnchor } from '../../shared/trust/anchor.ts';
import { requireTrustedIdentity } from '../../shared/trust/identity.ts';
import type { TrustPolicyStatement } from '../../shared/trust/policy.ts';
import { loadAnchors } from '../../shared/trust/store.ts';
import type { TrustStores, TrustStoreType } from '../../shared/trust/store.ts';
import type { SignedContent } from './integrity.ts';

const storeTypeOf: Readonly<Record<SigningScheme, TrustStoreType>> = {
  'notary.x509': 'ca',
  'notary.x509.signingAuthority': 'signingAuthority',
};

/** @throws NotaryError TRUST_ANCHOR_NOT_FOUND, TRUST_STORE_INVALID, FILE_UNREADABLE  no anchor, or no readable store */
export async function verifyAnchor(
  { envelope }: SignedContent,
  statement: TrustPolicyStatement,
  stores: TrustStores,
): Promise<void> {
  const type = storeTypeOf[envelope.signed.signingScheme];
  requireAnchor(envelope.chain, await loadAnchors(stores, statement.trustStores, type));
}

/** @throws NotaryError TRUSTED_IDENTITY_MISMATCH  an anchored chain of somebody else */
export function verifyIdentity({ envelope }: SignedContent, { trustedIdentities }: TrustPolicyStatement): void {
  requireTrustedIdentity(trustedIdentities, envelope.chain[0]);
}
