// An artifact as an input names it.

import { parseReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';

export interface Artifact {
  /** As the user wrote it. */
  readonly text: string;
  readonly reference: Reference;
}

/** @throws NotaryError REFERENCE_INVALID */
export function parseArtifact(text: string): Artifact {
  return { text, reference: parseReference(text) };
}
