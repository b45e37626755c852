// Expiry: the end that the signer set to the life of the signature. Signing and Verification Workflow (VER 9.2, step 5).

import { NotaryError } from '../../shared/errors.ts';
import type { SignedContent } from './integrity.ts';

/**
 * @throws NotaryError SIGNATURE_EXPIRED  at is the moment of expiry, or later (D27)
 */
export function verifyExpiry({ envelope }: SignedContent, at: Date): void {
  const { expiry } = envelope.signed;
  if (expiry === undefined || at < expiry) return;
  throw new NotaryError('SIGNATURE_EXPIRED', `the signature expired at ${expiry.toISOString()}`);
}
