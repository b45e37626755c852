// The flow of sign: references -> one signature stored beside each artifact, proved to be there. Signing and Verification
// Workflow, "Signing"; architecture, "SIGN".

import type { Artifact } from '../shared/action/artifact.ts';
import type { EnvelopeFormat } from '../shared/envelope/envelope.ts';
import { NotaryError } from '../shared/errors.ts';
import { describeFailure } from '../shared/github/failure.ts';
import type { Failure } from '../shared/github/failure.ts';
import { mapConcurrently } from '../shared/host/concurrent.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import type { ArtifactReference } from '../shared/oci/layout-reference.ts';
import type { Repository } from '../shared/oci/registry.ts';
import { pushSignature } from '../shared/oci/signatures.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
import { findExisting } from './existing-signature.ts';
import type { ExistingSignature } from './existing-signature.ts';
import { makeSignature } from './new-signature.ts';
import type { SignatureServices, SignatureTerms } from './new-signature.ts';
import { rehearse, trySigning } from './rehearsal.ts';
import type { Rehearsal } from './rehearsal.ts';
import { describeSigner } from './signer.ts';
import type { Signer } from './signer.ts';
import { findTargets, seeSubject } from './targets.ts';
import type { Finding, Omission, Target } from './targets.ts';
import { learnChain } from './throw-away.ts';

export interface SignServices extends SignatureServices {
  readonly repository: (reference: ArtifactReference) => Repository;
}

export interface SignTerms extends SignatureTerms {
  /** Sign what an index points at as well. */
  readonly recursive: boolean;
  /** Store nothing. */
  readonly dryRun: boolean;
  /** What to do with an artifact that carries already what signing would add. */
  readonly ifSigned: 'sign' | 'skip' | 'fail';
  readonly referrers: 'auto' | 'tag';
  /** Artifacts at once. */
  readonly concurrency: number;
}

/** A signature that an artifact carries now. */
export interface Signed {
  /** "registry/repository@digest" or "oci-layout:PATH@digest" */
  readonly name: string;
  /** Skipped: it was there before. */
  readonly action: 'signed' | 'skipped';
  readonly subject: Descriptor;
  /** The signature manifest. */
  readonly signature: Descriptor;
  readonly format: EnvelopeFormat['name'];
  readonly signingTime: Date;
  readonly expiry?: Date;
  readonly chain: CertificateChain;
  readonly signer: Signer;
  /** The authority is known of new signatures only. */
  readonly stamp?: { readonly authority?: URL; readonly evidence: TimestampEvidence };
  /** What the user should know, though the signature is in place. */
  readonly findings: readonly string[];
}

export interface SignOutcome {
  /** A line of the input, or a member of an index by its digest. */
  readonly artifact: Artifact;
  readonly platform?: string;
  readonly result:
    | { readonly signed: Signed }
    | { readonly rehearsed: Rehearsal }
    | { readonly failure: Failure }
    | { readonly omission: Omission };
  /** Another line or index led to the same manifest, and the result is the one told there. */
  readonly repeated: boolean;
}

/** Every artifact ends in an outcome of its own, in the order given: one failure never hides the others. */
export async function signArtifacts(
  artifacts: readonly Artifact[],
  terms: SignTerms,
  services: SignServices,
): Promise<readonly SignOutcome[]> {
  const findings = await findTargets(artifacts, terms, services.repository);
  const platforms = platformsOf(findings);
  const treat = treatment(terms, services);
  const results = new Map<string, Promise<SignOutcome['result']>>();
  return mapConcurrently(findings, terms.concurrency, async (finding) => {
    if (!('target' in finding)) return { artifact: finding.artifact, result: finding.result, repeated: false };
    const { artifact, name } = finding.target;
    const platform = platforms.get(name);
    const before = results.get(name);
    const work = before ?? resultOf(() => treat(finding.target));
    results.set(name, work);
    return {
      artifact,
      result: await work,
      repeated: before !== undefined,
      ...(platform !== undefined && { platform }),
    };
  });
}

/** By name: a line of its own does not say for which platform the artifact is, an index may. */
function platformsOf(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const targets = findings.flatMap((finding) => ('target' in finding ? [finding.target] : []));
  return new Map(targets.flatMap(({ name, platform }) => (platform === undefined ? [] : [[name, platform] as const])));
}

/** What is done with every target; what is learned once for all of them is kept here. */
function treatment(terms: SignTerms, services: SignServices): (target: Target) => Promise<SignOutcome['result']> {
  if (terms.dryRun) {
    const sign = once(() => trySigning(terms, services));
    return async (target) => ({ rehearsed: await rehearse(target, sign, terms, services) });
  }
  const ownChain = once(() => learnChain(terms, services));
  return async (target) => ({ signed: await signUnlessSigned(target, ownChain, terms, services) });
}

async function resultOf(work: () => Promise<SignOutcome['result']>): Promise<SignOutcome['result']> {
  try {
    return await work();
  } catch (error) {
    // A defect too becomes an outcome, which fails the step, lest it hide what was pushed for the others.
    return { failure: describeFailure(error) };
  }
}

/** @throws NotaryError SIGNATURE_EXISTS  and the codes of makeSignature, pushSignature and Repository */
async function signUnlessSigned(
  target: Target,
  ownChain: () => Promise<CertificateChain>,
  terms: SignTerms,
  services: SignServices,
): Promise<Signed> {
  const { repository, name } = target;
  const subject = await seeSubject(target);
  const existing =
    terms.ifSigned === 'sign' ? undefined : await findExisting({ repository, subject, ownChain }, terms, services);
  if (existing === undefined) return signSubject({ ...target, subject }, terms, services);
  if (terms.ifSigned === 'skip') return describeExisting({ ...target, subject }, existing, terms);
  throw new NotaryError('SIGNATURE_EXISTS', `${name} carries such a signature already: ${existing.manifest.digest}`);
}

async function signSubject(
  { repository, subject, name }: Target,
  terms: SignTerms,
  services: SignServices,
): Promise<Signed> {
  const { format } = terms;
  const made = await makeSignature(subject, terms, services);
  const { envelope, chain, signingTime, expiry, stamp, annotations } = made;
  const thumbprints = chain.map(({ fingerprint }) => fingerprint);
  const stored = { mediaType: format.mediaType, envelope, thumbprints, createdAt: signingTime, annotations };
  const pushed = await pushSignature(repository, subject, stored, terms.referrers);
  const signer = describeSigner(chain);
  return {
    ...{ name, action: 'signed', subject, signature: pushed.manifest, format: format.name, signingTime, chain, signer },
    findings: [...signer.findings, ...made.findings, ...pushed.warnings.map(({ message }) => message)],
    ...(expiry && { expiry }),
    ...(stamp && { stamp }),
  };
}

function describeExisting(
  { name, subject }: Target,
  { manifest, envelope, evidence }: ExistingSignature,
  { format }: SignTerms,
): Signed {
  const { chain } = envelope;
  const { signingTime, expiry } = envelope.signed;
  const signer = describeSigner(chain);
  return {
    ...{ name, action: 'skipped', subject, signature: manifest, format: format.name, signingTime, chain, signer },
    findings: signer.findings,
    ...(expiry && { expiry }),
    ...(evidence && { stamp: { evidence } }),
  };
}

/** Done when it is first wanted, for all who want it. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}
