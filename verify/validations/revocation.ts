// Revocation: no certificate of the signing chain was withdrawn. Signing and Verification Workflow (VER 9.2, step 7;
// REV-5, REV-6).

import { NotaryError } from '../../shared/errors.ts';
import { requireUnrevoked } from '../../shared/revocation/revocation.ts';
import type { RevocationChecker } from '../../shared/revocation/revocation.ts';
import { describeCertificate } from '../../shared/trust/anchor.ts';
import type { SignedContent } from './integrity.ts';

/**
 * @throws NotaryError CERTIFICATE_REVOKED
 * @throws NotaryError REVOCATION_UNAVAILABLE  the status of a certificate is unknown
 */
export async function verifyRevocation(
  { envelope }: SignedContent,
  revocation: RevocationChecker,
  at: Date,
): Promise<void> {
  const { signingScheme, signingTime } = envelope.signed;
  // REV-6: only an authority's time is proof of when the key was used; the signer's own claim is not.
  const signedAt = signingScheme === 'notary.x509.signingAuthority' ? signingTime : undefined;
  requireUnrevoked(await revocation.check(envelope.chain, at, signedAt));
}

/**
 * What stands in place of a check where the chain reaches no trust anchor: the addresses in its certificates are a
 * stranger's, and a request to them would be one that the stranger chose.
 *
 * @throws NotaryError TRUST_ANCHOR_NOT_FOUND  always
 */
export function refuseRevocation({ envelope }: SignedContent): never {
  const message = `the revocation of ${describeCertificate(envelope.chain[0])} was not asked: its chain reaches no trust anchor`;
  throw new NotaryError('TRUST_ANCHOR_NOT_FOUND', message);
}
