// The payload: one JSON object that names the signed artifact by its descriptor. Signature Specification, "Payload"
// (PAY-1 to PAY-13).

import type { Source } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import { member, parseJson, requireObject } from '../json.ts';
import { ordered, sorted, writeJson } from '../json.ts';
import { parseDescriptor } from '../oci/descriptor.ts';
import type { Annotations, Descriptor } from '../oci/descriptor.ts';

/** The descriptor that is signed; its annotations are the user metadata. */
export type TargetArtifact = Descriptor;

export const payloadContentType = 'application/vnd.cncf.notary.payload.v1+json';

const source: Source = { code: 'ENVELOPE_MALFORMED', what: 'signature payload' };

/**
 * What to sign for an artifact: its media type, digest and size, and its annotations joined by the user metadata; every
 * other field of the descriptor is left out (PAY-2, PAY-3).
 *
 * @throws NotaryError INPUT_INVALID  metadata that requireUserMetadata refuses, or whose key the descriptor has already
 */
export function targetArtifact(subject: Descriptor, metadata: Readonly<Record<string, string>>): TargetArtifact {
  requireUserMetadata(metadata);
  const present = subject.annotations ?? {};
  for (const key of Object.keys(metadata)) {
    if (Object.hasOwn(present, key)) throw refused(key, 'the artifact has an annotation of that name already');
  }
  const annotations = Object.assign(Object.create(null) as Record<string, string>, present, metadata);
  return withAnnotations(subject, annotations);
}

function withAnnotations({ mediaType, digest, size }: Descriptor, annotations: Annotations): TargetArtifact {
  return { mediaType, digest, size, ...(Object.keys(annotations).length > 0 && { annotations }) };
}

/** PAY-4: plain prefix, no dot needed after it. */
const reservedPrefix = 'io.cncf.notary';

/**
 * @throws NotaryError INPUT_INVALID  an empty key or value (PAY-5), a reserved key (PAY-4), or half of a surrogate pair,
 *   which no two JSON writers encode alike
 */
export function requireUserMetadata(metadata: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (key === '') throw refused(key, 'the key is empty');
    if (value === '') throw refused(key, 'the value is empty');
    if (key.startsWith(reservedPrefix)) throw refused(key, `keys that start with ${reservedPrefix} are reserved`);
    if (!key.isWellFormed() || !value.isWellFormed()) throw refused(key, 'not well-formed Unicode');
  }
}

function refused(key: string, reason: string): NotaryError {
  return new NotaryError('INPUT_INVALID', `user metadata ${JSON.stringify(key)}: ${reason}`);
}

/** PAY-6: members in the order of the reference implementation's structure. */
export function orderedPayload({ mediaType, digest, size, annotations }: TargetArtifact): Uint8Array {
  const members = [
    ['mediaType', mediaType],
    ['digest', digest],
    ['size', size],
    ['annotations', annotations && sorted(annotations)],
  ] as const;
  return writeJson(ordered(['targetArtifact', ordered(...members)]));
}

/** PAY-7: members sorted at every level. */
export function sortedPayload({ mediaType, digest, size, annotations }: TargetArtifact): Uint8Array {
  const target = sorted({ mediaType, digest, size, annotations: annotations && sorted(annotations) });
  return writeJson(ordered(['targetArtifact', target]));
}

/**
 * Reads the target out of a payload; members that it does not know are ignored (PAY-11).
 *
 * @throws NotaryError ENVELOPE_MALFORMED  empty, not one JSON object, a member of the wrong type, a digest of an unknown
 *   form (PAY-13)
 */
export function parsePayload(bytes: Uint8Array): TargetArtifact {
  const target = parseDescriptor(member(readPayload(bytes), 'targetArtifact'), source, 'targetArtifact');
  return withAnnotations(target, target.annotations ?? {});
}

/** A payload that is one JSON object, whatever it says (PAY-10). */
export function readPayload(bytes: Uint8Array): ReturnType<typeof requireObject> {
  return requireObject(parseJson(bytes, source), source, 'the payload');
}
