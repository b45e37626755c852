// What a run says in the log: one line an artifact, an annotation for each that failed, each warning once.

import { failureLines } from '../shared/github/failure.ts';
import type { RunnerLog } from '../shared/github/log.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import type { SignInputs } from './inputs.ts';
import { untried } from './rehearsal.ts';
import type { Signed, SignOutcome } from './sign.ts';

const storedKey =
  'private-key is a stored secret: whoever reads it once can sign for as long as its certificate lives. A key that cannot leave its service (endpoint, key-vault-key, plugin-name) is safer.';

/** Before anything is signed. */
export function logInputs({ artifacts, key }: SignInputs, log: RunnerLog): void {
  if (key.provider === 'pem') log.warning(storedKey);
  if (key.provider === 'artifact-signing' && key.finding !== undefined) log.warning(key.finding);
  const tagged = artifacts.filter(({ reference }) => reference.digest === undefined).map(({ text }) => text);
  if (tagged.length === 0) return;
  log.warning(
    `${tagged.join(', ')}: a tag can be moved to something else before it is signed. Name the digest (@sha256:…), which the step that pushed the artifact knows.`,
  );
}

export function logOutcomes(outcomes: readonly SignOutcome[], log: RunnerLog): void {
  const findings = new Set<string>();
  for (const outcome of outcomes) {
    const { artifact, result, repeated } = outcome;
    if (repeated) {
      log.info(`${artifact.text}: the same artifact as one above`);
    } else if ('omission' in result) {
      log.info(`Skipped ${result.omission.name}: ${result.omission.reason}`);
    } else if ('rehearsed' in result) {
      log.group(`Dry run of ${result.rehearsed.name}`, [...result.rehearsed.proved, untried]);
    } else if ('failure' in result) {
      log.error(`${result.failure.code}: ${artifact.text}`, failureLines(result.failure));
    } else {
      logSigned(outcome, result.signed, log);
      for (const finding of result.signed.findings) findings.add(finding);
    }
  }
  for (const finding of findings) log.warning(finding);
}

function logSigned({ artifact, platform }: SignOutcome, signed: Signed, log: RunnerLog): void {
  const { name, action, signature, signer, stamp, format } = signed;
  log.group(
    `${action === 'signed' ? 'Signed' : 'Signed before:'} ${name}${platform === undefined ? '' : ` (${platform})`}`,
    [
      `signature ${repositoryName(artifact.reference)}@${signature.digest} (${format})`,
      `signer ${signer.subject}`,
      `root ${signer.root} sha256:${signer.rootFingerprint}`,
      stamp
        ? `timestamp ${stamp.evidence.genTime.toISOString()}${stamp.authority === undefined ? '' : ` by ${stamp.authority.href}`}`
        : 'not timestamped',
    ],
  );
}
