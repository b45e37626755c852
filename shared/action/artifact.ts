// An artifact as an input names it.

import { parseArtifactReference } from '../oci/layout-reference.ts';
import type { ArtifactReference } from '../oci/layout-reference.ts';

export interface Artifact {
  /** As the user wrote it. */
  readonly text: string;
  readonly reference: ArtifactReference;
}

/** @throws NotaryError REFERENCE_INVALID */
export function parseArtifact(text: string): Artifact {
  return { text, reference: parseArtifactReference(text) };
}
