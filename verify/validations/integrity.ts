// Integrity: the envelope is whole, keeps the rules of its format, and was made for this very artifact. Signing and
// Verification Workflow (VER 9.2, steps 1, 2 and 9).

import { formatOf } from '../../shared/envelope/formats.ts';
import { verifyIntegrity } from '../../shared/envelope/integrity.ts';
import type { IntactEnvelope } from '../../shared/envelope/integrity.ts';
import { parsePayload } from '../../shared/envelope/payload.ts';
import type { TargetArtifact } from '../../shared/envelope/payload.ts';
import { NotaryError } from '../../shared/errors.ts';
import { sameContent } from '../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../shared/oci/descriptor.ts';
import type { StoredSignature } from '../../shared/oci/signatures.ts';

/** What the integrity of an envelope proves: who signed which artifact, by a key that nobody has vouched for yet. */
export interface SignedContent {
  readonly envelope: IntactEnvelope;
  readonly target: TargetArtifact;
}

/**
 * @throws NotaryError ENVELOPE_MALFORMED, SIGNATURE_MISMATCH and the other codes of the envelope and of its chain
 * @throws NotaryError ENVELOPE_UNSUPPORTED  an unknown media type or critical attribute, or a verification plugin
 * @throws NotaryError PAYLOAD_MISMATCH      signed for another artifact
 */
export function verifySignedContent(stored: StoredSignature, subject: Descriptor): SignedContent {
  const envelope = verifyIntegrity(formatOf(stored.mediaType).decode(stored.envelope));
  const target = parsePayload(envelope.payload);
  requireSameArtifact(target, subject);
  return { envelope, target };
}

/** PAY-12: annotations take no part. */
function requireSameArtifact(target: TargetArtifact, subject: Descriptor): void {
  if (sameContent(target, subject)) return;
  throw new NotaryError('PAYLOAD_MISMATCH', `the signature is for ${show(target)}, not for ${show(subject)}`);
}

function show({ digest, mediaType, size }: Descriptor): string {
  return `${digest} (${mediaType}, ${size} bytes)`;
}
