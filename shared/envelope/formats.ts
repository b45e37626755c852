// Media type -> format. Signature Specification, "Supported Signature Envelopes".

import { NotaryError } from '../errors.ts';
import { cose } from './cose.ts';
import type { EnvelopeFormat } from './envelope.ts';
import { jws } from './jws.ts';

export const envelopeFormats = { cose, jws } as const satisfies Record<string, EnvelopeFormat>;

/** @throws NotaryError ENVELOPE_UNSUPPORTED  a media type that is none of ours, letter for letter */
export function formatOf(mediaType: string): EnvelopeFormat {
  const format = Object.values(envelopeFormats).find((candidate) => candidate.mediaType === mediaType);
  if (format !== undefined) return format;
  throw new NotaryError('ENVELOPE_UNSUPPORTED', `signature envelope of the unknown type ${JSON.stringify(mediaType)}`);
}
