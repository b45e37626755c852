// A run that stores nothing: everything that can be tried without leaving a trace is tried, and what was proved is said
// word for word, no more.

import type { Descriptor } from '../shared/oci/descriptor.ts';
import { isLayout } from '../shared/oci/layout-reference.ts';
import { findExisting } from './existing-signature.ts';
import { makeSignature } from './new-signature.ts';
import type { MadeSignature, SignatureServices, SignatureTerms } from './new-signature.ts';
import { describeSigner } from './signer.ts';
import { seeSubject } from './targets.ts';
import type { Target } from './targets.ts';
import { throwAwaySubject } from './throw-away.ts';

export interface Rehearsal {
  /** "registry/repository@digest" or "oci-layout:PATH@digest" */
  readonly name: string;
  readonly subject: Descriptor;
  /** A sentence each. */
  readonly proved: readonly string[];
}

/** What a dry run cannot show without leaving something behind. */
export const untried =
  'Not tried: storing a manifest in the registry or layout, and finding it in the list of signatures. Either may still be refused.';

/** @throws NotaryError  the codes of makeSignature */
export function trySigning(terms: SignatureTerms, services: SignatureServices): Promise<MadeSignature> {
  return makeSignature(throwAwaySubject(services.random), terms, services);
}

/**
 * @param sign  one throw-away signature for the whole run: the key does not see which artifact it signs
 * @throws NotaryError  the codes of makeSignature and of Repository
 */
export async function rehearse(
  target: Target,
  sign: () => Promise<MadeSignature>,
  terms: SignatureTerms & { readonly ifSigned: 'sign' | 'skip' | 'fail' },
  services: SignatureServices,
): Promise<Rehearsal> {
  const { repository, name } = target;
  const subject = await seeSubject(target);
  await repository.requirePushAccess();
  const made = await sign();
  const { chain } = made;
  const { subject: signer, root, rootFingerprint } = describeSigner(chain);
  const proved = [
    `${name} is there, ${subject.mediaType}, ${subject.size} bytes`,
    isLayout(target.artifact.reference)
      ? `${repository.name} could be locked for a change, and was let go`
      : `an upload to ${repository.name} could be begun, and was given up`,
    `the key signed a throw-away digest as ${signer}, below the root ${root} (sha256:${rootFingerprint}); the signature and its chain verify`,
    describeStamp(made),
    ...made.findings,
  ];
  if (terms.ifSigned === 'sign') return { name, subject, proved };
  const ownChain = (): Promise<MadeSignature['chain']> => Promise.resolve(chain);
  const existing = await findExisting({ repository, subject, ownChain }, terms, services);
  const found = existing === undefined ? 'it carries no such signature yet' : `it carries ${existing.manifest.digest}`;
  return { name, subject, proved: [...proved, `if-signed is ${terms.ifSigned}: ${found}`] };
}

function describeStamp({ stamp }: MadeSignature): string {
  if (stamp === undefined) return 'no timestamp is wanted';
  const { authority, evidence } = stamp;
  return authority === undefined
    ? `its own timestamp says ${evidence.genTime.toISOString()}; whether its authority is trusted is for verifiers to say`
    : `${authority.href} stamped it, below one of timestamp-roots, and no certificate of that authority is revoked`;
}
