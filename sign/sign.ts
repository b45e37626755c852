// The flow of sign: references -> one signature stored beside each artifact, proved to be there. Signing and Verification
// Workflow, "Signing"; architecture, "SIGN".

import type { Artifact } from '../shared/action/artifact.ts';
import type { EnvelopeFormat } from '../shared/envelope/envelope.ts';
import { describeFailure } from '../shared/github/failure.ts';
import type { Failure } from '../shared/github/failure.ts';
import { mapConcurrently } from '../shared/host/concurrent.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import type { Reference } from '../shared/oci/reference.ts';
import type { Repository } from '../shared/oci/registry.ts';
import { pushSignature } from '../shared/oci/signatures.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
import { makeSignature } from './new-signature.ts';
import type { SignatureServices, SignatureTerms } from './new-signature.ts';
import { describeSigner } from './signer.ts';
import type { Signer } from './signer.ts';
import { findTargets, seeSubject } from './targets.ts';
import type { Finding, Omission, Target } from './targets.ts';

export interface SignServices extends SignatureServices {
  readonly repository: (reference: Reference) => Repository;
}

export interface SignTerms extends SignatureTerms {
  /** Sign what an index points at as well. */
  readonly recursive: boolean;
  readonly referrers: 'auto' | 'tag';
  /** Artifacts at once. */
  readonly concurrency: number;
}

/** A signature that an artifact carries now. */
export interface Signed {
  /** "registry/repository@digest" */
  readonly name: string;
  readonly subject: Descriptor;
  /** The signature manifest. */
  readonly signature: Descriptor;
  readonly format: EnvelopeFormat['name'];
  readonly signingTime: Date;
  readonly expiry?: Date;
  readonly chain: CertificateChain;
  readonly signer: Signer;
  readonly stamp?: { readonly authority: URL; readonly evidence: TimestampEvidence };
  /** What the user should know, though the signature is in place. */
  readonly findings: readonly string[];
}

export interface SignOutcome {
  /** A line of the input, or a member of an index by its digest. */
  readonly artifact: Artifact;
  readonly platform?: string;
  readonly result: { readonly signed: Signed } | { readonly failure: Failure } | { readonly omission: Omission };
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
  const results = new Map<string, Promise<SignOutcome['result']>>();
  return mapConcurrently(findings, terms.concurrency, async (finding) => {
    if (!('target' in finding)) return { artifact: finding.artifact, result: finding.result, repeated: false };
    const { artifact, name } = finding.target;
    const platform = platforms.get(name);
    const before = results.get(name);
    const work = before ?? resultOf(() => signTarget(finding.target, terms, services));
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

async function resultOf(work: () => Promise<Signed>): Promise<SignOutcome['result']> {
  try {
    return { signed: await work() };
  } catch (error) {
    // A defect too becomes an outcome, which fails the step, lest it hide what was pushed for the others.
    return { failure: describeFailure(error) };
  }
}

async function signTarget(target: Target, terms: SignTerms, services: SignServices): Promise<Signed> {
  const { repository, name } = target;
  const { format } = terms;
  const subject = await seeSubject(target);
  const { envelope, chain, signingTime, expiry, stamp } = await makeSignature(subject, terms, services);
  const thumbprints = chain.map(({ fingerprint }) => fingerprint);
  const stored = { mediaType: format.mediaType, envelope, thumbprints, createdAt: signingTime };
  const pushed = await pushSignature(repository, subject, stored, terms.referrers);
  const signer = describeSigner(chain);
  return {
    ...{ name, subject, signature: pushed.manifest, format: format.name, signingTime, chain, signer },
    findings: [...signer.findings, ...(stamp?.findings ?? []), ...pushed.warnings.map(({ message }) => message)],
    ...(expiry && { expiry }),
    ...(stamp && { stamp }),
  };
}
