// Whether an artifact carries already what signing it would add: a signature by the same identity, over the same
// payload, as long-lived, which passes everything that a verifier would check. In any doubt it does not count: what
// stands beside an artifact can be put there by anyone who may push.

import { equalBytes } from '../shared/bytes.ts';
import { formatOf } from '../shared/envelope/formats.ts';
import { verifyIntegrity } from '../shared/envelope/integrity.ts';
import type { IntactEnvelope } from '../shared/envelope/integrity.ts';
import { parsePayload, targetArtifact } from '../shared/envelope/payload.ts';
import type { TargetArtifact } from '../shared/envelope/payload.ts';
import { hasCode, NotaryError } from '../shared/errors.ts';
import { sameContent } from '../shared/oci/descriptor.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import type { Repository } from '../shared/oci/registry.ts';
import { fetchSignature, listSignatures } from '../shared/oci/signatures.ts';
import { requireUnrevoked } from '../shared/revocation/revocation.ts';
import { verifyTimestamp } from '../shared/timestamp/evidence.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import { parseTimestampToken } from '../shared/timestamp/token.ts';
import type { Certificate } from '../shared/x509/certificate.ts';
import { requireValid } from '../shared/x509/chain.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
import { signingKeySpec } from '../shared/x509/requirements.ts';
import type { SignatureServices, SignatureTerms } from './new-signature.ts';

interface Equivalence {
  /** Absent where signing would add no timestamp either. */
  readonly evidence?: TimestampEvidence;
}

export interface ExistingSignature extends Equivalence {
  readonly manifest: Descriptor;
  readonly envelope: IntactEnvelope;
}

export interface Search {
  readonly repository: Repository;
  readonly subject: Descriptor;
  /** The chain of the key that would sign; asked for once a signature is worth the question. */
  readonly ownChain: () => Promise<CertificateChain>;
}

/** As many as verifiers look at by default. */
const maxSignatures = 100;

/** @throws NotaryError  the codes of Repository while listing, and what ownChain throws */
export async function findExisting(
  search: Search,
  terms: SignatureTerms,
  services: SignatureServices,
): Promise<ExistingSignature | undefined> {
  let seen = 0;
  for await (const manifest of listSignatures(search.repository, search.subject.digest)) {
    if (++seen > maxSignatures) return undefined;
    const envelope = await consider(() => readEnvelope(search, manifest, terms));
    if (envelope === undefined) continue;
    const own = await search.ownChain();
    const equivalence = await consider(() => requireEquivalent(envelope, own, terms, services));
    if (equivalence !== undefined) return { manifest, envelope, ...equivalence };
  }
  return undefined;
}

/** A signature that fails is one that does not count; that the step is over says nothing about it. */
async function consider<T>(work: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NotaryError) || hasCode(error, 'STEP_TIMED_OUT')) throw error;
    return undefined;
  }
}

/** What needs no key and no trust to be seen. */
async function readEnvelope(
  { repository, subject }: Search,
  manifest: Descriptor,
  { format, userMetadata }: SignatureTerms,
): Promise<IntactEnvelope | undefined> {
  const stored = await fetchSignature(repository, manifest);
  if (stored.mediaType !== format.mediaType) return undefined;
  const envelope = verifyIntegrity(formatOf(stored.mediaType).decode(stored.envelope));
  const { signingScheme, extended } = envelope.signed;
  const plain = signingScheme === 'notary.x509' && extended.length === 0;
  return plain && sameTarget(parsePayload(envelope.payload), targetArtifact(subject, userMetadata))
    ? envelope
    : undefined;
}

function sameTarget(a: TargetArtifact, b: TargetArtifact): boolean {
  const entries = ({ annotations = {} }: TargetArtifact): string => JSON.stringify(Object.entries(annotations).sort());
  return sameContent(a, b) && entries(a) === entries(b);
}

/** Undefined where it is another signer's, or shorter-lived; throws where it does not verify. */
async function requireEquivalent(
  envelope: IntactEnvelope,
  own: CertificateChain,
  terms: SignatureTerms,
  { clock, revocation }: SignatureServices,
): Promise<Equivalence | undefined> {
  const at = clock.now();
  const { chain, signed } = envelope;
  if (!sameSigner(envelope, own) || signed.signingTime > at || !livesAsLong(signed, terms, at)) return undefined;
  const evidence = terms.timestamp && verifyTime(envelope, terms.timestamp.roots);
  if (evidence === undefined) {
    requireValid(chain, at);
    if (chain[0].notAfter < own[0].notAfter) return undefined;
  } else {
    requireUnrevoked(await revocation.check(evidence.chain, at), 'timestamping');
  }
  // Below a root of our own, so that its addresses may be asked.
  requireUnrevoked(await revocation.check(chain, at));
  return { ...(evidence && { evidence }) };
}

/** @throws NotaryError  as verifyTimestamp; TIMESTAMP_MISSING; CERTIFICATE_NOT_VALID at the time of the timestamp */
function verifyTime({ chain, signature, unsigned }: IntactEnvelope, roots: readonly Certificate[]): TimestampEvidence {
  const { timestampSignature } = unsigned;
  if (timestampSignature === undefined) throw new NotaryError('TIMESTAMP_MISSING', 'the signature has no timestamp');
  const evidence = verifyTimestamp(parseTimestampToken(timestampSignature), signature, { roots });
  requireValid(chain, evidence.from, evidence.to);
  return evidence;
}

/** The same root, name, kind of key and purposes: the certificate itself may be another, as it is every day. */
function sameSigner({ chain, algorithm }: IntactEnvelope, own: CertificateChain): boolean {
  const purposes = ({ extendedKeyUsage }: Certificate): string => [...(extendedKeyUsage?.purposes ?? [])].sort().join();
  const [leaf, ownLeaf] = [chain[0], own[0]];
  return (
    chain.at(-1)?.fingerprint === own.at(-1)?.fingerprint &&
    equalBytes(leaf.subject, ownLeaf.subject) &&
    algorithm.keySpec === signingKeySpec(ownLeaf) &&
    purposes(leaf) === purposes(ownLeaf)
  );
}

/** One that ends is kept while it has half the life left that a new one would get. */
function livesAsLong({ expiry }: { readonly expiry?: Date }, { expirySeconds }: SignatureTerms, at: Date): boolean {
  if (expiry === undefined || expirySeconds === undefined) return expiry === undefined && expirySeconds === undefined;
  return expiry.getTime() - at.getTime() >= (expirySeconds * 1000) / 2;
}
