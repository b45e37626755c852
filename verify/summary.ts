// The step summary of verify: one line that says it all, one row an artifact, then for each that did not pass what was
// expected, what was found and the fix. Interface, "The step summary".

import { code, join, markup, renderSummary, section, table } from '../shared/github/markdown.ts';
import type { Inline, Markdown } from '../shared/github/markdown.ts';
import type { TrustPolicyStatement } from '../shared/trust/policy.ts';
import { displayName } from '../shared/x509/name.ts';
import type { SignedContent } from './validations/integrity.ts';
import { isAccepted } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import type { Finding } from './verifier.ts';
import type { ArtifactReport, VerificationOutcome } from './verify.ts';

export function renderReport(reports: readonly ArtifactReport[]): string {
  const rejected = reports.filter(({ verdict }) => !isAccepted(verdict));
  const logged = reports.flatMap(loggedFailures);
  return renderSummary([
    { opening: headline(reports, rejected.length), items: [] },
    table(['Artifact', 'Digest', 'Verdict', 'Signer', 'Signed'], reports.map(row)),
    ...section('Failures that the policy only logs', logged),
    ...section('What did not pass', rejected.map(explain)),
  ]);
}

function headline(reports: readonly ArtifactReport[], rejected: number): Markdown {
  const skipped = reports.filter(({ verdict }) => verdict === 'skipped').length;
  const verified = reports.length - rejected - skipped;
  const counts = [`${verified} of ${reports.length} verified`, ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  return rejected === 0
    ? markup`## ✅ Signatures: ${counts.join(', ')}`
    : markup`## ❌ Signatures: ${[...counts, `${rejected} refused`].join(', ')}`;
}

const symbols: Readonly<Record<Verdict, string>> = {
  ...{ verified: '✅', skipped: '⏭️', error: '⚠️' },
  ...{ unsigned: '❌', untrusted: '❌', invalid: '❌', expired: '❌', revoked: '❌' },
};

function row(report: ArtifactReport): readonly Inline[] {
  const finding = tellingFinding(report);
  const content = finding?.content;
  return [
    code(report.artifact.text),
    report.subject ? code(report.subject.digest) : '',
    `${symbols[report.verdict]} ${report.verdict}`,
    content ? displayName(content.envelope.chain[0].subject) : '',
    finding && content ? signedAt(content, finding) : '',
  ];
}

/** The signature that passed, or the one that decided the verdict. */
function tellingFinding({ outcomes, reason }: ArtifactReport): Finding | undefined {
  return outcomes.find(({ failure }) => failure === undefined || failure === reason)?.finding;
}

function signedAt({ envelope }: SignedContent, { timestamp }: Finding): Markdown {
  if (timestamp !== undefined) return markup`${timestamp.genTime.toISOString()}, timestamped`;
  const vouched = envelope.signed.signingScheme === 'notary.x509.signingAuthority';
  return markup`${envelope.signed.signingTime.toISOString()}, ${vouched ? 'by the authority' : "by the signer's clock"}`;
}

function loggedFailures({ artifact, outcomes }: ArtifactReport): readonly Markdown[] {
  const passed = outcomes.find(({ failure }) => failure === undefined)?.finding;
  return (passed?.results ?? []).flatMap(({ type, failure }) =>
    failure ? [markup`- ${code(artifact.text)} ${type}: ${code(failure.code)} ${failure.message}`] : [],
  );
}

/** A registry can hold any number of bad signatures; the report has them all. */
const shownOutcomes = 5;

function explain({ artifact, verdict, statement, outcomes, failure, reason }: ArtifactReport): Markdown {
  const further = outcomes.length - shownOutcomes;
  const lines = [
    markup`- ${symbols[verdict]} ${code(artifact.text)}: **${verdict}**`,
    ...(outcomes.length === 0 && failure ? [markup`  - Found: ${code(failure.code)} ${failure.message}`] : []),
    ...(statement ? [markup`  - Expected: ${expected(statement)}`] : []),
    ...outcomes.slice(0, shownOutcomes).flatMap(found),
    ...(further > 0 ? [markup`  - ${further} more signatures, see the report`] : []),
    ...(failure && outcomes.length >= 1 && failure.code === 'SIGNATURE_LIMIT_REACHED'
      ? [markup`  - ${code(failure.code)} ${failure.remedy}`]
      : []),
    ...(reason ? [markup`  - **Fix:** ${reason.transient ? 'Running again may help. ' : ''}${reason.remedy}`] : []),
  ];
  return join(lines, '\n');
}

function expected({ name, level, trustStores, trustedIdentities }: TrustPolicyStatement): string {
  const stores = trustStores.map((store) => `${store.type}:${store.name}`).join(', ');
  return `policy "${name}", level ${level.name}, trust stores ${stores}, signed by ${trustedIdentities.entries.join(' or ')}`;
}

function found({ signature, finding, failure }: VerificationOutcome): readonly Markdown[] {
  if (failure === undefined) return [];
  const chain = finding?.content?.envelope.chain ?? [];
  return [
    markup`  - Found: signature ${code(signature.digest)}: ${code(failure.code)} ${failure.message}`,
    ...chain.map(
      ({ subject, fingerprint }, index) =>
        markup`    ${index + 1}. ${displayName(subject)} ${code(`sha256:${fingerprint}`)}`,
    ),
  ];
}
