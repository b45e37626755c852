// Which manifests the lines of `artifacts` stand for: each of them once, and with `recursive` whatever an index points
// at as well.

import type { Artifact } from '../shared/action/artifact.ts';
import { NotaryError } from '../shared/errors.ts';
import { describeFailure } from '../shared/github/failure.ts';
import type { Failure } from '../shared/github/failure.ts';
import { mapConcurrently } from '../shared/host/concurrent.ts';
import { sameContent } from '../shared/oci/descriptor.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import { isIndex } from '../shared/oci/image-index.ts';
import { walkIndex } from '../shared/oci/index-walk.ts';
import type { IndexMember } from '../shared/oci/index-walk.ts';
import { atDigest } from '../shared/oci/layout-reference.ts';
import type { ArtifactReference } from '../shared/oci/layout-reference.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import type { Repository } from '../shared/oci/registry.ts';

export interface Target {
  /** A line of the input, or a member of an index that such a line names, by its digest. */
  readonly artifact: Artifact;
  readonly repository: Repository;
  readonly subject: Descriptor;
  /** "registry/repository@digest" or "oci-layout:PATH@digest" */
  readonly name: string;
  /** "linux/arm64", where an index says so. */
  readonly platform?: string;
  /** Known from the index alone: the registry may hold something else, or nothing. */
  readonly isUnseen: boolean;
}

/** What an index points at and nobody needs a signature for. */
export interface Omission {
  readonly name: string;
  readonly reason: string;
}

export type Finding =
  | { readonly target: Target }
  | { readonly artifact: Artifact; readonly result: { readonly omission: Omission } | { readonly failure: Failure } };

interface Search {
  readonly recursive: boolean;
  /** Artifacts at once. */
  readonly concurrency: number;
}

/** In the order of the artifacts, an index before its members; a line that cannot be resolved ends in its failure. */
export async function findTargets(
  artifacts: readonly Artifact[],
  { recursive, concurrency }: Search,
  open: (reference: ArtifactReference) => Repository,
): Promise<readonly Finding[]> {
  const found = await mapConcurrently(artifacts, concurrency, async (artifact): Promise<readonly Finding[]> => {
    try {
      const repository = open(artifact.reference);
      const subject = await repository.resolve(artifact.reference);
      const name = `${repositoryName(artifact.reference)}@${subject.digest}`;
      const target = { artifact, repository, subject, name, isUnseen: false };
      const members = recursive && isIndex(subject) ? await walkIndex(repository, subject) : [];
      return [{ target }, ...members.map((member) => findingOf(member, target))];
    } catch (error) {
      return [{ artifact, result: { failure: describeFailure(error) } }];
    }
  });
  return found.flat();
}

const omissions = {
  attestation: 'an attestation of BuildKit about an image beside it',
  other: 'not a manifest, so that no registry lists signatures for it',
} as const;

function findingOf({ descriptor, platform, kind }: IndexMember, { artifact, repository }: Target): Finding {
  const name = `${repositoryName(artifact.reference)}@${descriptor.digest}`;
  const own = { text: name, reference: atDigest(artifact.reference, descriptor.digest) };
  if (kind === 'attestation' || kind === 'other') {
    return { artifact: own, result: { omission: { name, reason: omissions[kind] } } };
  }
  const { mediaType, digest, size } = descriptor;
  const subject = { mediaType, digest, size };
  return { target: { artifact: own, repository, subject, name, isUnseen: true, ...(platform && { platform }) } };
}

/**
 * The subject as the registry has it.
 *
 * @throws NotaryError REGISTRY_CONTENT_MISMATCH  the index describes it otherwise, so that no verifier would accept both
 * @throws NotaryError the codes of Repository
 */
export async function seeSubject({ repository, subject, isUnseen, name }: Target): Promise<Descriptor> {
  if (!isUnseen) return subject;
  const seen = await repository.resolve({ digest: subject.digest });
  if (sameContent(seen, subject)) return seen;
  const show = ({ mediaType, size }: Descriptor): string => `${mediaType}, ${size} bytes`;
  throw new NotaryError(
    'REGISTRY_CONTENT_MISMATCH',
    `${name}: the index describes it as ${show(subject)}, the registry as ${show(seen)}`,
  );
}
