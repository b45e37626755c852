// Integrity: the envelope is whole, keeps the rules of its format, and was made for this very artifact. Signing and
// Verification Workflow (VER 9.2, steps 1, 2 and 9).

import { attributeName } from '../../shared/envelope/attributes.ts';
import { formatOf } from '../../shared/envelope/formats.ts';
import { verifyIntegrity } from '../../shared/envelope/integrity.ts';
import type { IntactEnvelope } from '../../shared/envelope/integrity.ts';
import { parsePayload } from '../../shared/envelope/payload.ts';
import type { TargetArtifact } from '../../shared/envelope/payload.ts';
import { NotaryError } from '../../shared/errors.ts';
import { wantedPlugin } from '../../shared/keys/notation-plugin-attributes.ts';
import type { WantedPlugin } from '../../shared/keys/notation-plugin-attributes.ts';
import { sameContent } from '../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../shared/oci/descriptor.ts';
import type { StoredSignature } from '../../shared/oci/signatures.ts';

/** What the integrity of an envelope proves: who signed which artifact, by a key that nobody has vouched for yet. */
export interface SignedContent {
  readonly envelope: IntactEnvelope;
  readonly target: TargetArtifact;
  /** Which must judge it, too; nothing is accepted without it. */
  readonly plugin?: WantedPlugin;
}

/**
 * @param mayAsk  whether there is somebody to ask where the signature calls for a verification plugin
 * @throws NotaryError ENVELOPE_MALFORMED, SIGNATURE_MISMATCH and the other codes of the envelope and of its chain
 * @throws NotaryError ENVELOPE_UNSUPPORTED  an unknown media type or critical attribute, or a plugin that we may not ask
 * @throws NotaryError PAYLOAD_MISMATCH      signed for another artifact
 */
export function verifySignedContent(
  stored: StoredSignature,
  subject: Descriptor,
  mayAsk: 'plugins' | 'nobody',
): SignedContent {
  const decoded = formatOf(stored.mediaType).decode(stored.envelope);
  const isNamed = decoded.signed.extended.some(({ key }) => key === attributeName.verificationPlugin);
  const envelope = verifyIntegrity(decoded, isNamed ? 'a verification plugin' : 'nobody');
  const plugin = wantedPlugin(envelope.signed.extended);
  if (plugin !== undefined && mayAsk === 'nobody') throw nobodyAsked(plugin);
  const target = parsePayload(envelope.payload);
  requireSameArtifact(target, subject);
  return { envelope, target, ...(plugin && { plugin }) };
}

/** PLUG-28. */
function nobodyAsked({ name }: WantedPlugin): NotaryError {
  return new NotaryError('ENVELOPE_UNSUPPORTED', `the signature calls for the verification plugin ${name}`, {
    remedy: `If you trust this plugin, install it as ${name}/notation-${name} and name the directory that holds ${name} in plugin-directory; or ask the publisher for a signature without one.`,
  });
}

/** PAY-12: annotations take no part. */
function requireSameArtifact(target: TargetArtifact, subject: Descriptor): void {
  if (sameContent(target, subject)) return;
  throw new NotaryError('PAYLOAD_MISMATCH', `the signature is for ${show(target)}, not for ${show(subject)}`);
}

function show({ digest, mediaType, size }: Descriptor): string {
  return `${digest} (${mediaType}, ${size} bytes)`;
}
