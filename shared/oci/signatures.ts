// Signatures as Notation stores them: an image manifest whose config says "signature", whose one layer is the envelope
// and whose subject is the artifact. Signature Specification, "Storage"; REG-2 to REG-6, REG-8, REG-15.

import { encodeUtf8 } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { member, ordered, parseJson, requireArray, requireInteger, requireObject, requireString } from '../json.ts';
import { requireStringMap, sorted, writeJson } from '../json.ts';
import { digestOf, mediaTypes, parseDescriptor, requireDescriptorTypes, requireTypes } from './descriptor.ts';
import { sameContent, writeDescriptor } from './descriptor.ts';
import type { Annotations, Descriptor, Digest, MemberTypes } from './descriptor.ts';
import type { Repository } from './registry.ts';

export const signatureArtifactType = 'application/vnd.cncf.notary.signature';

/** Of adding to the referrers tag; another writer would have to come between each time. */
const maxRounds = 4;

/** REG-4. */
const emptyConfig = encodeUtf8('{}');

/** In the order of the registry; not more than the caller draws. */
export function listSignatures(repository: Repository, subject: Digest): AsyncIterable<Descriptor> {
  return repository.listReferrers(subject, signatureArtifactType);
}

export interface StoredSignature {
  /** Of the envelope, as its manifest names it; not judged yet. */
  readonly mediaType: string;
  /** At most 32 MiB. */
  readonly envelope: Uint8Array;
}

/**
 * Fetches the envelope of one signature. What the manifest says about its subject is not looked at: the signed payload
 * decides that.
 *
 * @throws NotaryError REGISTRY_RESPONSE_INVALID  not a manifest that can hold a signature, or not exactly one envelope
 * @throws NotaryError the other codes of Repository
 */
export async function fetchSignature(repository: Repository, manifest: Descriptor): Promise<StoredSignature> {
  const what = `${repository.name}@${manifest.digest}`;
  const { mediaType } = manifest;
  if (mediaType !== mediaTypes.imageManifest && mediaType !== mediaTypes.artifactManifest) {
    throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${what}: a signature is not stored as ${mediaType}`);
  }
  const source = { code: 'REGISTRY_RESPONSE_INVALID', what } as const;
  const document = requireObject(parseJson(await repository.fetchManifest(manifest), source), source, 'the manifest');
  requireTypes(document, manifestTypes, source, 'the manifest');
  const name = mediaType === mediaTypes.imageManifest ? 'layers' : 'blobs';
  const [blob, ...others] = requireArray(member(document, name) ?? [], source, name);
  if (blob === undefined || others.length > 0) {
    throw new NotaryError(
      source.code,
      `${what}: ${name} holds ${blob === undefined ? 'no' : 'more than one'} envelope`,
    );
  }
  const descriptor = parseDescriptor(blob, source, `${name}[0]`);
  return { mediaType: descriptor.mediaType, envelope: await repository.fetchBlob(descriptor) };
}

/** Beside the envelope itself; read by nobody here, and by the reference only as to their types. */
const manifestTypes: MemberTypes = {
  ...{ schemaVersion: requireInteger, mediaType: requireString, artifactType: requireString },
  ...{ config: requireDescriptorTypes, subject: requireDescriptorTypes, annotations: requireStringMap },
};

export interface NewSignature {
  /** Of the envelope. */
  readonly mediaType: string;
  readonly envelope: Uint8Array;
  /** Lower-case hex SHA-256 of each certificate of the chain, leaf first. */
  readonly thumbprints: readonly string[];
  /** The signing time. */
  readonly createdAt: Date;
  /** Of whoever made the envelope; ours go before them (REG-6). */
  readonly annotations?: Annotations;
}

/** A signature that the registry lists, as a verifier would find it. */
export interface PushedSignature {
  readonly manifest: Descriptor;
  readonly listedBy: 'referrers API' | 'referrers tag';
  /** What did not go well after the signature was in place. */
  readonly warnings: readonly NotaryError[];
}

/**
 * Stores a signature and reads it back: returns only once the registry lists it for the subject.
 *
 * @param referrers  "auto" leaves the list to a registry that says it keeps one, and proves it; "tag" always writes the
 *                   referrers tag as well, as Notation does (REG-8)
 * @throws NotaryError REGISTRY_RESPONSE_INVALID  the registry took the signature and does not list it
 * @throws NotaryError the other codes of Repository
 */
export async function pushSignature(
  repository: Repository,
  subject: Descriptor,
  signature: NewSignature,
  referrers: 'auto' | 'tag',
): Promise<PushedSignature> {
  const annotations = describe(signature);
  const bytes = writeManifest(subject, signature, annotations);
  // Annotations are part of the entry under the referrers tag. REG-11.
  const manifest: Descriptor = {
    mediaType: mediaTypes.imageManifest,
    digest: digestOf(bytes),
    size: bytes.length,
    annotations,
    artifactType: signatureArtifactType,
  };
  // The manifest comes last: until it is there nothing looks like a signature.
  await Promise.all([repository.pushBlob(signature.envelope), repository.ensureBlob(emptyConfig)]);
  const { subjectAccepted } = await pushWithSubject(repository, { mediaType: manifest.mediaType, bytes });
  if (referrers === 'auto' && subjectAccepted && (await isListed(repository, subject, manifest))) {
    return { manifest, listedBy: listedBy(repository), warnings: [] };
  }
  // Some registries send OCI-Subject and have no referrers API all the same.
  const warnings: NotaryError[] = [];
  for (let round = 1; round <= maxRounds; round++) {
    warnings.push(...(await repository.addToReferrersTag(subject.digest, manifest)));
    // Seen from outside, and a moment later: a writer in another job may have read the tag before our entry was there.
    if (await isListed(repository, subject, manifest)) return { manifest, listedBy: listedBy(repository), warnings };
    if (!repository.referrersApiIsAbsent) break;
  }
  throw new NotaryError(
    'REGISTRY_RESPONSE_INVALID',
    `${repository.name} took the signature ${manifest.digest} and does not list it for ${subject.digest}`,
  );
}

/** Some registries answer 404, 405 or 400 to every manifest that names a subject. */
async function pushWithSubject(
  repository: Repository,
  manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
): Promise<{ readonly subjectAccepted: boolean }> {
  try {
    return await repository.pushManifest(manifest);
  } catch (error) {
    if (!hasCode(error, 'REGISTRY_RESPONSE_INVALID', 'REGISTRY_NOT_FOUND')) throw error;
    const remedy =
      'Every signature is a manifest that names its subject (OCI 1.1), and a registry that refuses such manifests cannot hold any: update it, or change which media types it allows.';
    throw new NotaryError(error.code, error.message, { cause: error, remedy });
  }
}

async function isListed(repository: Repository, subject: Descriptor, manifest: Descriptor): Promise<boolean> {
  for await (const entry of listSignatures(repository, subject.digest)) {
    if (sameContent(entry, manifest)) return true;
  }
  return false;
}

function listedBy({ referrersApiIsAbsent }: Repository): PushedSignature['listedBy'] {
  return referrersApiIsAbsent ? 'referrers tag' : 'referrers API';
}

// REG-5, REG-6.
function describe({ thumbprints, createdAt, annotations }: NewSignature): Annotations {
  return {
    ...annotations,
    'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(thumbprints),
    // Whole seconds, cut and never rounded up.
    'org.opencontainers.image.created': `${createdAt.toISOString().slice(0, 19)}Z`,
  };
}

// REG-3: the shape that every Notation reads, without artifactType.
function writeManifest(subject: Descriptor, signature: NewSignature, annotations: Annotations): Uint8Array {
  const config = { mediaType: signatureArtifactType, digest: digestOf(emptyConfig), size: emptyConfig.length };
  const layer = {
    mediaType: signature.mediaType,
    digest: digestOf(signature.envelope),
    size: signature.envelope.length,
  };
  const { mediaType, digest, size } = subject;
  return writeJson(
    ordered(
      ['schemaVersion', 2],
      ['mediaType', mediaTypes.imageManifest],
      ['config', writeDescriptor(config)],
      ['layers', [writeDescriptor(layer)]],
      ['subject', writeDescriptor({ mediaType, digest, size })],
      ['annotations', sorted(annotations)],
    ),
  );
}
