// The flow of verify: one artifact, the policy statement for its repository, its signatures one after the other until
// one passes. Signing and Verification Workflow (VER-1..VER-5); where one entry of the registry is broken, the next is
// tried all the same (D10).

import type { Artifact } from '../shared/action/artifact.ts';
import { hasCode, NotaryError } from '../shared/errors.ts';
import { mapConcurrently } from '../shared/host/concurrent.ts';
import type { Descriptor, Digest } from '../shared/oci/descriptor.ts';
import type { ArtifactReference } from '../shared/oci/layout-reference.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import type { Repository } from '../shared/oci/registry.ts';
import { fetchSignature, listSignatures } from '../shared/oci/signatures.ts';
import { selectStatement } from '../shared/trust/policy.ts';
import type { TrustPolicyDocument, TrustPolicyStatement } from '../shared/trust/policy.ts';
import type { Place } from './target.ts';
import { mostTelling, verdictOfFailure } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { judgeSignature } from './verifier.ts';
import type { Finding, Terms, VerifierServices } from './verifier.ts';

export interface VerifyServices extends VerifierServices {
  readonly repository: (reference: ArtifactReference) => Repository;
  readonly document: TrustPolicyDocument;
}

/** What is asked of every artifact of a run. */
export interface Demands {
  readonly userMetadata: Readonly<Record<string, string>>;
  /** Signatures looked at per artifact, good or bad. */
  readonly maxSignatures: number;
  /** Artifacts at once. */
  readonly concurrency: number;
  readonly at: Date;
}

export interface VerificationOutcome {
  /** The signature manifest. */
  readonly signature: Descriptor;
  /** Absent where the signature could not even be read. */
  readonly finding?: Finding;
  /** Absent when it passed. */
  readonly failure?: NotaryError;
}

export interface ArtifactReport {
  readonly artifact: Artifact;
  readonly verdict: Verdict;
  readonly statement?: TrustPolicyStatement;
  /** What the reference stood for when it was resolved. */
  readonly subject?: Descriptor;
  /** In the order of the registry. */
  readonly outcomes: readonly VerificationOutcome[];
  readonly failure?: NotaryError;
  /** Of all failures the one that decided the verdict. */
  readonly reason?: NotaryError;

  /** Where files name it. */
  readonly places?: readonly Place[];
  /** The digest of the index that points at it. */
  readonly parent?: Digest;
  /** As the index names it. */
  readonly platform?: string;
  /** What nobody runs, skipped by nature and not by policy: BuildKit's attestations, and what is no manifest. */
  readonly skippedAs?: 'attestation' | 'other';
  /** Unsigned, where the user accepts that. */
  readonly tolerated?: 'warn' | 'ignore';
}

/** `repo@sha256:…`, what was verified or at least looked at; undefined where nothing could be resolved. */
export function digestReference({ artifact, subject }: ArtifactReport): string | undefined {
  return subject && `${repositoryName(artifact.reference)}@${subject.digest}`;
}

/** Every artifact ends in a report of its own, in the order given: one bad artifact never hides the others. */
export function verifyArtifacts(
  artifacts: readonly Artifact[],
  demands: Demands,
  services: VerifyServices,
): Promise<readonly ArtifactReport[]> {
  return mapConcurrently(artifacts, demands.concurrency, (artifact) => verifyArtifact(artifact, demands, services));
}

/** One artifact. Whatever a user can cause ends in the report. */
export async function verifyArtifact(
  artifact: Artifact,
  demands: Demands,
  services: VerifyServices,
): Promise<ArtifactReport> {
  const progress: Progress = { outcomes: [] };
  try {
    const verdict = await follow(artifact, progress, demands, services);
    return { artifact, verdict, ...progress };
  } catch (error) {
    if (!(error instanceof NotaryError)) throw error;
    const failures = progress.outcomes.flatMap(({ failure }) => failure ?? []);
    // Of a limit reached or of a listing cut short, what was found until then says more.
    const reason = mostTelling(error, ...failures);
    return { artifact, verdict: verdictOfFailure(reason), ...progress, failure: error, reason };
  }
}

/** What is known so far, kept where a failure cannot lose it. */
interface Progress {
  statement?: TrustPolicyStatement;
  subject?: Descriptor;
  readonly outcomes: VerificationOutcome[];
}

async function follow(
  { reference }: Artifact,
  progress: Progress,
  demands: Demands,
  services: VerifyServices,
): Promise<'verified' | 'skipped'> {
  const statement = selectStatement(services.document, reference);
  progress.statement = statement;
  if (statement.level.name === 'skip') return 'skipped';
  const repository = services.repository(reference);
  const { subject, signatures } = await resolveAndList(repository, reference);
  progress.subject = subject;
  const terms: Terms = { subject, statement, userMetadata: demands.userMetadata, at: demands.at };
  const name = `${repositoryName(reference)}@${subject.digest}`;
  const memory = { left: maxRememberedBytes };
  for await (const signature of signatures) {
    const outcome = await verifyOne(repository, signature, terms, { ...services, memory });
    progress.outcomes.push(outcome);
    if (outcome.failure === undefined) return 'verified';
    if (progress.outcomes.length >= demands.maxSignatures) {
      throw allFailed('SIGNATURE_LIMIT_REACHED', `the first ${demands.maxSignatures} signatures of ${name}`, progress);
    }
  }
  if (progress.outcomes.length === 0) throw new NotaryError('SIGNATURE_NOT_FOUND', `${name} carries no signature`);
  throw allFailed('VERIFICATION_FAILED', `all signatures of ${name}`, progress);
}

interface Found {
  readonly subject: Descriptor;
  readonly signatures: AsyncIterable<Descriptor>;
}

/** A digest says where the signatures are before anything is resolved, so both are asked for at once. */
async function resolveAndList(repository: Repository, reference: ArtifactReference): Promise<Found> {
  const { digest } = reference;
  if (digest === undefined) {
    const subject = await repository.resolve(reference);
    return { subject, signatures: listSignatures(repository, subject.digest) };
  }
  const listing = listSignatures(repository, digest)[Symbol.asyncIterator]();
  const [resolved, first] = await Promise.allSettled([repository.resolve({ digest }), listing.next()]);
  // An artifact that is not there explains the missing list, so its error goes first.
  if (resolved.status === 'rejected') throw resolved.reason;
  if (first.status === 'rejected') throw first.reason;
  return { subject: resolved.value, signatures: resume(first.value, listing) };
}

async function* resume(
  first: IteratorResult<Descriptor>,
  rest: AsyncIterator<Descriptor>,
): AsyncGenerator<Descriptor, void> {
  try {
    for (let item = first; item.done !== true; item = await rest.next()) yield item.value;
  } finally {
    await rest.return?.();
  }
}

/**
 * Of the envelopes of one artifact that did not pass: what they say is told in the report, and a hundred of them in use
 * are smaller. Whoever may push could else fill the memory with a hundred of 32 MiB.
 */
const maxRememberedBytes = 1024 * 1024;

interface Memory {
  /** Bytes of envelopes that may still be kept. */
  left: number;
}

async function verifyOne(
  repository: Repository,
  signature: Descriptor,
  terms: Terms,
  services: VerifyServices & { readonly memory: Memory },
): Promise<VerificationOutcome> {
  try {
    const stored = await fetchSignature(repository, signature);
    const finding = await judgeSignature(stored, terms, services);
    const { failure } = finding;
    return failure === undefined
      ? { signature, finding }
      : { signature, finding: remember(finding, stored.envelope.length, services.memory), failure };
  } catch (error) {
    if (!hasCode(error, ...unreadable)) throw error;
    return { signature, failure: error };
  }
}

function remember(finding: Finding, size: number, memory: Memory): Finding {
  memory.left -= size;
  if (memory.left >= 0) return finding;
  const { level, results, failure } = finding;
  [failure, ...results.map((result) => result.failure)].forEach(readStack);
  return { level, results, ...(failure && { failure }) };
}

/** Until its stack is read, an error keeps the functions on it (V8), and with them the envelope that they close over. */
function readStack(error: NotaryError | undefined): string | undefined {
  return error?.stack;
}

/** D10: what makes an entry unreadable, and says nothing about the entries after it. */
const unreadable = [
  'ENVELOPE_UNSUPPORTED',
  'NETWORK_UNREACHABLE',
  'REGISTRY_CONTENT_MISMATCH',
  'REGISTRY_NOT_FOUND',
  'REGISTRY_RESPONSE_INVALID',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_UNAVAILABLE',
  'RESPONSE_TOO_LARGE',
] as const;

const shownFailures = 3;

function allFailed(
  code: 'SIGNATURE_LIMIT_REACHED' | 'VERIFICATION_FAILED',
  which: string,
  { outcomes }: Progress,
): NotaryError {
  const failures = outcomes.flatMap(({ signature, failure }) =>
    failure ? [{ digest: signature.digest, failure }] : [],
  );
  const shown = failures.slice(0, shownFailures).map(({ digest, failure }) => show(digest, failure));
  const more = failures.length > shownFailures ? `; and ${failures.length - shownFailures} more` : '';
  const [first, ...others] = failures.map(({ failure }) => failure);
  const remedy = code === 'VERIFICATION_FAILED' && first ? mostTelling(first, ...others).remedy : undefined;
  const message = `verification failed for ${which}: ${shown.join('; ')}${more}`;
  return new NotaryError(code, message, remedy === undefined ? {} : { remedy });
}

function show(digest: Digest, { code, message }: NotaryError): string {
  return `${digest} ${code}: ${message}`;
}
