// The step summary of verify: one line that says it all, one row an artifact, then for each that did not pass what was
// expected, what was found and the fix. Interface, "The step summary".

import {
  digestCell,
  fullDigests,
  memberCell,
  nameCell,
  timeCell,
  verdictCell,
} from '../shared/action/summary-cells.ts';
import type { FullDigest } from '../shared/action/summary-cells.ts';
import type { Failure } from '../shared/github/failure.ts';
import { code, join, markup, renderSummary, section, table } from '../shared/github/markdown.ts';
import type { Inline, Markdown, Section } from '../shared/github/markdown.ts';
import { failureItem } from '../shared/github/step.ts';
import type { TrustPolicyStatement } from '../shared/trust/policy.ts';
import { displayName } from '../shared/x509/name.ts';
import type { SignedContent } from './validations/integrity.ts';
import type { SourceFinding } from './sources/image-use.ts';
import { digestReference } from './verify.ts';
import { passes } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import type { Finding } from './verifier.ts';
import type { ArtifactReport, VerificationOutcome } from './verify.ts';

/** What stands beside the verdicts. */
export interface Remarks {
  readonly findings: readonly SourceFinding[];
  readonly notes: readonly string[];
  readonly failures: readonly Failure[];
}

const noRemarks: Remarks = { findings: [], notes: [], failures: [] };

export function renderReport(reports: readonly ArtifactReport[], remarks: Remarks = noRemarks): string {
  const { findings, notes, failures } = remarks;
  const refused = reports.filter((report) => !passes(report));
  return renderSummary([
    { opening: headline(reports, failures.length === 0), items: [] },
    resultTable(reports),
    ...section('What did not pass', refused.map(explain)),
    ...section(
      'What else failed',
      failures.map((failure) => failureItem(failure)),
    ),
    ...section('Failures that the policy only logs', reports.flatMap(loggedFailures)),
    ...section('What the files do not show', findings.map(findingItem)),
    ...section(
      'To note',
      notes.map((note) => markup`- ${note}`),
    ),
    ...fullDigests(reports.flatMap(fullDigest)),
  ]);
}

function headline(reports: readonly ArtifactReport[], isComplete: boolean): Markdown {
  const count = (test: (report: ArtifactReport) => boolean): number => reports.filter(test).length;
  const verified = count(({ verdict }) => verdict === 'verified');
  const failed = reports.filter((report) => !passes(report));
  const errors = failed.filter(({ verdict }) => verdict === 'error').length;
  const counts = [
    [count(({ tolerated }) => tolerated !== undefined), 'unsigned but accepted'],
    [count(({ verdict }) => verdict === 'skipped'), 'skipped'],
    [failed.length - errors, 'refused'],
    [errors, 'could not be checked'],
  ] as const;
  const parts = counts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return markup`## ${failed.length === 0 && isComplete ? '✅' : '❌'} Signatures: ${[`${verified} of ${reports.length} verified`, ...parts].join(', ')}`;
}

const symbols: Readonly<Record<Verdict, string>> = {
  ...{ verified: '✅', skipped: '⏭️', error: '⚠️' },
  ...{ unsigned: '❌', untrusted: '❌', invalid: '❌', expired: '❌', revoked: '❌' },
};

function resultTable(reports: readonly ArtifactReport[]): Section {
  const rows = reports.map((report, index) => row(report, reports[index - 1]));
  return table(['Verdict', 'Artifact', 'Digest', 'Signer', 'Signed'], rows);
}

/** @param above  the row above: a signer of both is not repeated */
function row(report: ArtifactReport, above: ArtifactReport | undefined): readonly Inline[] {
  const { artifact, parent, platform, subject, verdict, tolerated } = report;
  const finding = tellingFinding(report);
  const content = finding?.content;
  const signer = signerOf(report);
  return [
    verdictCell(tolerated === undefined ? symbols[verdict] : '⚠️', verdict),
    parent === undefined ? markup`${nameCell(artifact.text)}${places(report)}` : memberCell(platform),
    subject ? digestCell(subject.digest) : '',
    signer !== '' && above && signerOf(above) === signer ? 'the same' : signer,
    finding && content ? signedAt(content, finding) : '',
  ];
}

function signerOf(report: ArtifactReport): string {
  const content = tellingFinding(report)?.content;
  return content ? displayName(content.envelope.chain[0].subject) : '';
}

const shownPlaces = 3;

function places({ places = [] }: ArtifactReport): Markdown {
  if (places.length === 0) return markup``;
  const shown = places.slice(0, shownPlaces).map(({ file, line }) => `${file}:${line}`);
  const more = places.length > shown.length ? [`${places.length - shown.length} more`] : [];
  return markup`<br>${[...shown, ...more].join(', ')}`;
}

/** The signature that passed, or the one that decided the verdict. */
function tellingFinding({ outcomes, reason }: ArtifactReport): Finding | undefined {
  return outcomes.find(({ failure }) => failure === undefined || failure === reason)?.finding;
}

function signedAt({ envelope }: SignedContent, { timestamp }: Finding): Markdown {
  if (timestamp !== undefined) return timeCell(timestamp.genTime, 'timestamped');
  const vouched = envelope.signed.signingScheme === 'notary.x509.signingAuthority';
  return timeCell(envelope.signed.signingTime, vouched ? 'by the authority' : "by the signer's clock");
}

function loggedFailures({ artifact, outcomes }: ArtifactReport): readonly Markdown[] {
  const passed = outcomes.find(({ failure }) => failure === undefined)?.finding;
  return (passed?.results ?? []).flatMap(({ type, failure }) =>
    failure ? [markup`- ${code(artifact.text)} ${type}: ${code(failure.code)} ${failure.message}`] : [],
  );
}

function findingItem({ file, line, message }: SourceFinding): Markdown {
  return markup`- ${code(`${file}:${line}`)} ${message}`;
}

function fullDigest(report: ArtifactReport): readonly FullDigest[] {
  const reference = digestReference(report);
  const { platform, verdict } = report;
  return reference === undefined ? [] : [{ reference, verdict, ...(platform !== undefined && { platform }) }];
}

/** A registry can hold any number of bad signatures; the report has them all. */
const shownOutcomes = 5;

function explain(report: ArtifactReport): Markdown {
  const { artifact, platform, verdict, statement, outcomes, failure, reason } = report;
  const further = outcomes.length - shownOutcomes;
  const isTold = outcomes.some((outcome) => outcome.failure !== undefined);
  const lines = [
    markup`- ${symbols[verdict]} ${code(artifact.text)}${platform === undefined ? '' : ` ${platform}`}: **${verdict}**`,
    ...(!isTold && failure ? [markup`  - **Found:** ${code(failure.code)} ${failure.message}`] : []),
    ...outcomes.slice(0, shownOutcomes).flatMap(found),
    ...(further > 0 ? [markup`  - ${further} more signatures, see the report`] : []),
    ...(failure?.code === 'SIGNATURE_LIMIT_REACHED' ? [markup`  - ${code(failure.code)} ${failure.remedy}`] : []),
    ...(statement ? [markup`  - **Expected:** ${expected(statement)}`] : []),
    ...(reason ? [markup`  - **Fix:** ${reason.transient ? 'Running again may help. ' : ''}${reason.remedy}`] : []),
  ];
  return join(lines, '\n');
}

function expected({ name, level, trustStores, trustedIdentities }: TrustPolicyStatement): Markdown {
  const stores = trustStores.map((store) => `${store.type}:${store.name}`).join(', ');
  const signers = join(
    trustedIdentities.entries.map((entry) => code(entry)),
    ' or ',
  );
  return markup`signed by ${signers}<br>policy "${name}", level ${level.name}, trust stores ${stores}`;
}

function found({ signature, finding, failure }: VerificationOutcome): readonly Markdown[] {
  if (failure === undefined) return [];
  const chain = finding?.content?.envelope.chain ?? [];
  return [
    markup`  - **Found:** ${code(failure.code)} ${failure.message}<br>in the signature ${code(signature.digest)}${chain.length === 0 ? '' : ', whose chain is'}`,
    ...chain.map(
      ({ subject, fingerprint }, index) =>
        markup`    ${index + 1}. ${displayName(subject)} ${code(`sha256:${fingerprint}`)}`,
    ),
  ];
}
