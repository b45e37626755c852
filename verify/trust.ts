// Whom a run trusts: a trust policy document with its stores, or the same said by inputs. Both become one document and
// one source of trust anchors, so that nothing after this file knows which it was.

import { hasCode, NotaryError } from '../shared/errors.ts';
import type { ErrorCode } from '../shared/errors.ts';
import type { Files } from '../shared/ports.ts';
import { mergeAnchors, requireTrustAnchor } from '../shared/trust/anchor.ts';
import type { TrustAnchors } from '../shared/trust/anchor.ts';
import { maxPolicyBytes, parseTrustPolicy } from '../shared/trust/policy.ts';
import type { TrustPolicyDocument, TrustPolicyStatement } from '../shared/trust/policy.ts';
import { publicSigningRoots } from '../shared/trust/presets.ts';
import type { AnchorPurpose } from '../shared/trust/presets.ts';
import { anyScope } from '../shared/trust/scope.ts';
import { maxCertificateFileBytes, trustStoreDirectory } from '../shared/trust/store.ts';
import type { TrustStores } from '../shared/trust/store.ts';
import { readCertificates } from '../shared/x509/read-certificates.ts';
import type { AnchorSource } from './anchor-source.ts';

/** A trustpolicy.json, and the directory that holds x509/. */
export interface DocumentTrust {
  readonly kind: 'document';
  readonly policy: string;
  readonly store: string;
}

/** The one statement that the inputs make. */
export interface InlineTrust extends Pick<TrustPolicyStatement, 'level' | 'verifyTimestamp' | 'trustedIdentities'> {
  readonly kind: 'inline';
  readonly roots: readonly AnchorSource[];
  /** With none, timestamps are not looked at, and certificates must be valid now (TSA-20). */
  readonly timestampRoots: readonly AnchorSource[];
}

export type TrustInputs = DocumentTrust | InlineTrust;

export interface Trust {
  readonly document: TrustPolicyDocument;
  readonly stores: TrustStores;
}

/**
 * Reads what the inputs name. A document's stores are read when the first signature needs them.
 *
 * @throws NotaryError POLICY_INVALID   the document breaks a rule
 * @throws NotaryError FILE_UNREADABLE  a file or directory that an input names
 * @throws NotaryError INPUT_INVALID    certificate files that hold no trust anchor, and the like; all of them
 */
export function loadTrust(files: Files, inputs: TrustInputs): Promise<Trust> {
  return inputs.kind === 'document' ? loadDocument(files, inputs) : loadInline(files, inputs);
}

async function loadDocument(files: Files, { policy, store }: DocumentTrust): Promise<Trust> {
  // DIR-7: a regular file, so that a link cannot swap the policy.
  const kind = await files.kind(policy);
  const bytes = kind === 'file' ? await files.read(policy, maxPolicyBytes) : undefined;
  if (bytes === undefined) throw unreadable('trust-policy', policy, kind);
  if ((await files.kind(store)) === undefined) throw unreadable('trust-store', store, undefined);
  return { document: parseTrustPolicy(bytes, `trust policy ${policy}`), stores: trustStoreDirectory(files, store) };
}

function unreadable(input: string, path: string, kind: string | undefined): NotaryError {
  const detail = kind === undefined ? 'does not exist' : `is a ${kind}, not a regular file`;
  return new NotaryError('FILE_UNREADABLE', `${input}: ${path} ${detail}`);
}

async function loadInline(files: Files, inputs: InlineTrust): Promise<Trust> {
  const loads = [
    ...inputs.roots.map((source) => loadAnchor(files, source, 'signing')),
    ...inputs.timestampRoots.map((source) => loadAnchor(files, source, 'timestamping')),
  ];
  const anchors = collect(await Promise.allSettled(loads));
  const signing = mergeAnchors(anchors.slice(0, inputs.roots.length));
  const timestamping = mergeAnchors(anchors.slice(inputs.roots.length));
  if (inputs.trustedIdentities.any) refuseEveryCustomer(signing);
  const statement: TrustPolicyStatement = {
    ...{ name: 'inputs of this step', registryScopes: [anyScope] },
    ...{ level: inputs.level, verifyTimestamp: inputs.verifyTimestamp, trustedIdentities: inputs.trustedIdentities },
    // Never signingAuthority: to trust a root for who signs is not to trust its word for when.
    trustStores: [
      ...(inputs.roots.length > 0 ? [{ type: 'ca', name: 'trusted-roots' } as const] : []),
      ...(inputs.timestampRoots.length > 0 ? [{ type: 'tsa', name: 'trusted-timestamp-roots' } as const] : []),
    ],
  };
  const stores: TrustStores = ({ type }) => Promise.resolve(type === 'tsa' ? timestamping : signing);
  return { document: { statements: [statement] }, stores };
}

async function loadAnchor(files: Files, source: AnchorSource, purpose: AnchorPurpose): Promise<TrustAnchors> {
  if (source.kind !== 'file') return source.anchors;
  const input = purpose === 'signing' ? 'trusted-roots' : 'trusted-timestamp-roots';
  const bytes = await files.read(source.path, maxCertificateFileBytes);
  if (bytes === undefined) throw new NotaryError('FILE_UNREADABLE', `${input}: ${source.path} does not exist`);
  try {
    const certificates = readCertificates(bytes);
    for (const certificate of certificates) requireTrustAnchor(certificate, purpose);
    return { certificates, pins: [] };
  } catch (error) {
    if (!hasCode(error, 'ASN1_MALFORMED', 'CERTIFICATE_UNSUITABLE')) throw error;
    const remedy = 'Name a file of CA certificates in PEM or DER, a preset, or sha256: and a fingerprint.';
    throw new NotaryError('INPUT_INVALID', `${input}: ${source.path}: ${error.message}`, { cause: error, remedy });
  }
}

/** All values, or all problems together. */
function collect<T>(settled: readonly PromiseSettledResult<T>[]): readonly T[] {
  const problems: NotaryError[] = [];
  const values: T[] = [];
  for (const result of settled) {
    if (result.status === 'fulfilled') values.push(result.value);
    else if (result.reason instanceof NotaryError) problems.push(result.reason);
    else throw result.reason;
  }
  const [first, ...others] = problems;
  if (first === undefined) return values;
  if (others.length === 0) throw first;
  const code: ErrorCode = problems.every((problem) => problem.code === 'FILE_UNREADABLE')
    ? 'FILE_UNREADABLE'
    : 'INPUT_INVALID';
  const message = problems.map((problem) => problem.message).join('; ');
  throw new NotaryError(code, message, { cause: new AggregateError(problems) });
}

function refuseEveryCustomer({ certificates, pins }: TrustAnchors): void {
  const fingerprints = [...certificates.map(({ fingerprint }) => fingerprint), ...pins];
  const found = fingerprints.find((fingerprint) => publicSigningRoots.has(fingerprint));
  if (found === undefined) return;
  const message = `trusted-identities: "*" would trust every customer of Artifact Signing, whose root sha256:${found} is in trusted-roots`;
  const remedy =
    'Name the signer: x509.subject: C=…, ST=…, O=…, or x509.eku: with the durable identity of the profile.';
  throw new NotaryError('INPUT_INVALID', message, { remedy });
}
