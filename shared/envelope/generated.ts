// An envelope that somebody else made for us, such as a signing plugin: it must be what was asked for, to the letter.
// Plugin Extensibility, "generate-envelope" (PLUG-15).

import { NotaryError, hasCode } from '../errors.ts';
import { isJsonObject, member } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { sameContent } from '../oci/descriptor.ts';
import { quote } from './attributes.ts';
import type { EnvelopeFormat } from './envelope.ts';
import { verifyIntegrity } from './integrity.ts';
import type { IntactEnvelope } from './integrity.ts';
import { parsePayload, readPayload } from './payload.ts';
import type { TargetArtifact } from './payload.ts';

/** Image specification, "Descriptor". */
const descriptorMembers: ReadonlySet<string> = new Set([
  ...['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'platform', 'artifactType'],
]);

/**
 * Judges an envelope before it is stored. It may carry attributes that only a verification plugin will judge, and more
 * annotations than were asked for; time and trust are not asked here.
 *
 * @param target  what was to be signed
 * @throws NotaryError KEY_SIGNATURE_INVALID  damaged, or for anything else than the target
 * @throws NotaryError ASN1_MALFORMED, CERTIFICATE_CHAIN_BROKEN, CERTIFICATE_UNSUITABLE, KEY_UNSUPPORTED  the certificates
 */
export function requireGenerated(bytes: Uint8Array, format: EnvelopeFormat, target: TargetArtifact): IntactEnvelope {
  try {
    const envelope = verifyIntegrity(format.decode(bytes), 'a verification plugin');
    requireTarget(envelope.payload, target);
    return envelope;
  } catch (error) {
    if (!hasCode(error, 'ENVELOPE_MALFORMED', 'ENVELOPE_UNSUPPORTED', 'SIGNATURE_MISMATCH')) throw error;
    throw unusable(error.message, error);
  }
}

function requireTarget(payload: Uint8Array, wanted: TargetArtifact): void {
  const document = readPayload(payload);
  requireOnly(document, new Set(['targetArtifact']), 'the payload');
  const target = member(document, 'targetArtifact');
  if (isJsonObject(target)) requireOnly(target, descriptorMembers, 'targetArtifact');
  const signed = parsePayload(payload);
  if (!sameContent(signed, wanted)) {
    throw unusable(`it was made for ${quote(signed.digest)}, ${signed.size} bytes of ${quote(signed.mediaType)}`);
  }
  const annotations = new Map(Object.entries(signed.annotations ?? {}));
  for (const [name, value] of Object.entries(wanted.annotations ?? {})) {
    if (annotations.get(name) !== value) throw unusable(`it does not say ${quote(name)} = ${quote(value)}`);
  }
}

function requireOnly(object: JsonObject, known: ReadonlySet<string>, what: string): void {
  const other = Object.keys(object).find((name) => !known.has(name));
  if (other !== undefined) throw unusable(`${what} has the member ${quote(other)}`);
}

function unusable(what: string, cause?: NotaryError): NotaryError {
  return new NotaryError(
    'KEY_SIGNATURE_INVALID',
    `the envelope that was made is unusable: ${what}`,
    cause === undefined ? {} : { cause },
  );
}
