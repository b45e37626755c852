// What a run did, as plain data: the outputs and the JSON report. Names of members are a contract (interface, "sign/").

import type { StepReport } from '../shared/github/report.ts';
import { productName } from '../shared/version.ts';
import { untried } from './rehearsal.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Signed, SignOutcome } from './sign.ts';
import { renderReport } from './summary.ts';

/** Everything a run leaves behind. */
export function reportStep(outcomes: readonly SignOutcome[], settings: { readonly summary: boolean }): StepReport {
  // What two lines resolved to was signed once and is told once.
  const told = outcomes.filter(({ repeated }) => !repeated);
  const signatures = told.flatMap(({ artifact, platform, result }) =>
    'signed' in result ? [{ reference: artifact.text, ...describeSigned(result.signed, platform) }] : [],
  );
  const skipped = told.flatMap(({ result }) => ('omission' in result ? [result.omission] : []));
  const rehearsals = told.flatMap(({ artifact, platform, result }) =>
    'rehearsed' in result ? [describeRehearsal(artifact.text, platform, result.rehearsed)] : [],
  );
  const failures = told.flatMap(({ artifact, result }) =>
    'failure' in result ? [{ reference: artifact.text, ...result.failure }] : [],
  );
  return {
    success: failures.length === 0,
    outputs: { digests: signatures.map(({ name }) => name).join('\n'), signatures: JSON.stringify(signatures) },
    summary: settings.summary ? renderReport(told) : undefined,
    document: { producer: productName, signatures, rehearsals, skipped, failures },
  };
}

function describeSigned(
  { name, action, subject, signature, format, signingTime, expiry, chain, signer, stamp }: Signed,
  platform: string | undefined,
) {
  return {
    ...{ name, digest: subject.digest, mediaType: subject.mediaType },
    // Known only for what an index points at.
    platform: platform ?? null,
    ...{ signature: signature.digest, format, action },
    signingTime: signingTime.toISOString(),
    timestampTime: stamp?.evidence.genTime.toISOString() ?? null,
    timestampAuthority: stamp?.authority?.href ?? null,
    expiry: expiry?.toISOString() ?? null,
    subject: signer.subject,
    trustedIdentity: signer.trustedIdentity ?? null,
    durableIdentity: signer.durableIdentity ?? null,
    root: signer.root,
    chain: chain.map(({ fingerprint }) => fingerprint),
  };
}

function describeRehearsal(reference: string, platform: string | undefined, { name, subject, proved }: Rehearsal) {
  const { digest, mediaType } = subject;
  return { reference, name, digest, mediaType, platform: platform ?? null, proved, untried };
}
