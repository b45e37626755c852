// The flow of sign: reference -> one signature stored beside the artifact, proved to be there. Signing and Verification
// Workflow, "Signing"; architecture, "SIGN".

import type { Artifact } from '../shared/action/artifact.ts';
import { equalBytes } from '../shared/bytes.ts';
import { algorithmOf } from '../shared/crypto/algorithm.ts';
import type { EnvelopeFormat, EnvelopeParts, SignedAttributes } from '../shared/envelope/envelope.ts';
import { verifyIntegrity } from '../shared/envelope/integrity.ts';
import { payloadContentType, targetArtifact } from '../shared/envelope/payload.ts';
import { NotaryError } from '../shared/errors.ts';
import { describeFailure } from '../shared/github/failure.ts';
import type { Failure } from '../shared/github/failure.ts';
import { mapConcurrently } from '../shared/host/concurrent.ts';
import type { KeyProvider } from '../shared/keys/provider.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import type { Reference } from '../shared/oci/reference.ts';
import type { Repository } from '../shared/oci/registry.ts';
import { pushSignature } from '../shared/oci/signatures.ts';
import type { Clock } from '../shared/ports.ts';
import { productName } from '../shared/version.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
import { requireCodeSigningChain } from '../shared/x509/requirements.ts';
import { describeSigner } from './signer.ts';
import type { Signer } from './signer.ts';
import { stampSignature } from './timestamp.ts';
import type { Stamp, StampServices } from './timestamp.ts';
import type { TimestampTerms } from './timestamp-inputs.ts';

export interface SignServices extends StampServices {
  readonly repository: (reference: Reference) => Repository;
  readonly key: KeyProvider;
  readonly clock: Clock;
}

/** What holds for every signature of a run. */
export interface SignTerms extends TimestampTerms {
  readonly format: EnvelopeFormat;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly expirySeconds?: number;
  readonly referrers: 'auto' | 'tag';
  /** Artifacts at once. */
  readonly concurrency: number;
}

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
  readonly stamp?: Stamp;
  /** What the user should know, though the signature is in place. */
  readonly findings: readonly string[];
}

export interface SignOutcome {
  readonly artifact: Artifact;
  readonly result: { readonly signed: Signed } | { readonly failure: Failure };
  /** Another line resolved to the same digest, and the result is the one told there. */
  readonly repeated: boolean;
}

/** Every artifact ends in an outcome of its own, in the order given: one failure never hides the others. */
export function signArtifacts(
  artifacts: readonly Artifact[],
  terms: SignTerms,
  services: SignServices,
): Promise<readonly SignOutcome[]> {
  const started = new Map<string, Promise<Signed>>();
  return mapConcurrently(artifacts, terms.concurrency, async (artifact) => {
    let repeated = false;
    try {
      const repository = services.repository(artifact.reference);
      const subject = await repository.resolve(artifact.reference);
      const name = `${repositoryName(artifact.reference)}@${subject.digest}`;
      const before = started.get(name);
      repeated = before !== undefined;
      const work = before ?? signSubject({ repository, subject, name }, terms, services);
      started.set(name, work);
      return { artifact, result: { signed: await work }, repeated };
    } catch (error) {
      // A defect too becomes an outcome, which fails the step, lest it hide what was pushed for the others.
      return { artifact, result: { failure: describeFailure(error) }, repeated };
    }
  });
}

interface Target {
  readonly repository: Repository;
  readonly subject: Descriptor;
  readonly name: string;
}

async function signSubject(target: Target, terms: SignTerms, services: SignServices): Promise<Signed> {
  const { repository, subject, name } = target;
  const { format } = terms;
  const at = services.clock.now();
  const attributes = attributesOf(terms, at);
  const { signingTime, expiry } = attributes;

  const payload = format.payload(targetArtifact(subject, terms.userMetadata));
  const keySpec = await services.key.describeKey();
  const algorithm = algorithmOf(keySpec);
  const protectedHeader = format.protect(attributes, algorithm);
  const toBeSigned = format.toBeSigned(protectedHeader, payload);
  const { signature, chain } = await services.key.generateSignature(toBeSigned, keySpec);
  requireCodeSigningChain(chain, signingTime);

  const { timestamp } = terms;
  const stamp = timestamp && (await stampSignature({ signature, hash: algorithm.hash, at }, timestamp, services));
  if (stamp === undefined && !terms.allowUntimestamped) requireLongLife(chain);

  const envelope = encodeProved(format, {
    protectedHeader,
    payload,
    signature,
    certificateChain: chain.map(({ der }) => der),
    signingAgent: `${productName} ${services.key.agent}`,
    ...(stamp && { timestampSignature: stamp.token }),
  });
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

/** The envelope writes whole seconds, and a signing time is never later than it was. */
function attributesOf({ expirySeconds }: SignTerms, at: Date): SignedAttributes {
  const signingTime = new Date(Math.floor(at.getTime() / 1000) * 1000);
  return {
    contentType: payloadContentType,
    signingScheme: 'notary.x509',
    signingTime,
    ...(expirySeconds !== undefined && { expiry: new Date(signingTime.getTime() + expirySeconds * 1000) }),
    extended: [],
  };
}

const shortLifeDays = 30;

/** @throws NotaryError TIMESTAMP_MISSING  without a timestamp the signature would end with its certificate, soon */
function requireLongLife([leaf]: CertificateChain): void {
  const days = (leaf.notAfter.getTime() - leaf.notBefore.getTime()) / 86_400_000;
  if (days >= shortLifeDays) return;
  throw new NotaryError(
    'TIMESTAMP_MISSING',
    `the certificate lives ${days.toFixed(1)} days, and without a timestamp its signatures end with it, on ${leaf.notAfter.toISOString()}; nothing was pushed`,
    { remedy: 'Set timestamp-url, or allow-untimestamped: true where such a signature is meant.' },
  );
}

/**
 * What we cannot read, or what does not verify, is not pushed (pitfall 27).
 *
 * @throws NotaryError  as decode and verifyIntegrity; PAYLOAD_MISMATCH where the payload came out different
 */
function encodeProved(format: EnvelopeFormat, parts: EnvelopeParts): Uint8Array {
  const bytes = format.encode(parts);
  const envelope = verifyIntegrity(format.decode(bytes));
  if (!equalBytes(envelope.payload, parts.payload)) {
    throw new NotaryError('PAYLOAD_MISMATCH', 'the encoded signature names another artifact; nothing was pushed');
  }
  return bytes;
}
