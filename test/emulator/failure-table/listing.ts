// What a verifier would find beside the image: the referrers that the registry lists, by its API or under the tag, and
// whether each of them is all there.

import type { EmbeddedRegistry } from '../../support/registry.ts';
import { hasDigest } from '../../support/registry-content.ts';

interface Manifest {
  readonly artifactType?: string;
  readonly config?: { readonly mediaType: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
}

const signatureType = 'application/vnd.cncf.notary.signature';

export interface Listing {
  readonly complete: number;
  /** What lists as a signature and is none: its manifest or its envelope is missing or damaged. */
  readonly broken: readonly string[];
}

/** @param subject  digest of the image */
export function listSignatures({ content, options }: EmbeddedRegistry, subject: string): Listing {
  const { manifests, blobs } = content.repository('app');
  const read = (digest: string): Manifest | undefined => {
    const bytes = manifests.get(digest)?.bytes;
    return bytes && hasDigest(bytes, digest) ? (JSON.parse(Buffer.from(bytes).toString()) as Manifest) : undefined;
  };
  const byApi = [...manifests.keys()].filter((digest) => {
    const manifest = read(digest);
    return (
      manifest?.subject?.digest === subject && (manifest.artifactType ?? manifest.config?.mediaType) === signatureType
    );
  });
  const tagged = content.manifest('app', subject.replace(':', '-'));
  const byTag = read(tagged?.digest ?? '')?.manifests?.map(({ digest }) => digest) ?? [];
  const listed = [...new Set(options.referrers === false ? byTag : [...byApi, ...byTag])];
  const isComplete = (digest: string): boolean => {
    const [layer, ...others] = read(digest)?.layers ?? [];
    const envelope = blobs.get(layer?.digest ?? '');
    return envelope !== undefined && hasDigest(envelope, layer?.digest ?? '') && others.length === 0;
  };
  const broken = listed.filter((digest) => !isComplete(digest));
  return { complete: listed.length - broken.length, broken };
}
