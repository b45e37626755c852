// The step summary of verify: one line that says it all, one row an artifact, then for each that did not pass what was
// expected, what was found and the fix. Interface, "The step summary".

import type { Failure } from '../shared/github/failure.ts';
import { code, folded, join, markup, renderSummary, section, table } from '../shared/github/markdown.ts';
import type { Inline, Markdown, Section } from '../shared/github/markdown.ts';
import { failureItem } from '../shared/github/step.ts';
import type { Digest } from '../shared/oci/descriptor.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import type { TrustPolicyStatement } from '../shared/trust/policy.ts';
import { displayName } from '../shared/x509/name.ts';
import type { SignedContent } from './validations/integrity.ts';
import type { SourceFinding } from './sources/image-use.ts';
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
    ...resultTable(reports),
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
    ...folded('Full digests', reports.flatMap(digestItem)),
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

/** A column that would be empty throughout is left out. */
function resultTable(reports: readonly ArtifactReport[]): readonly Section[] {
  const withPlatforms = reports.some(({ platform, parent }) => platform !== undefined || parent !== undefined);
  const head = ['Verdict', 'Artifact', ...(withPlatforms ? ['Platform'] : []), 'Digest', 'Signer', 'Signed'];
  return [
    table(
      head,
      reports.map((report) => row(report, withPlatforms)),
    ),
  ];
}

function row(report: ArtifactReport, withPlatforms: boolean): readonly Inline[] {
  const { platform, parent, subject } = report;
  const finding = tellingFinding(report);
  const content = finding?.content;
  return [
    markup`${report.tolerated === undefined ? symbols[report.verdict] : '⚠️'} ${report.verdict}`,
    parent === undefined ? markup`${code(shortName(report))}${places(report)}` : '↳',
    ...(withPlatforms ? [platform ?? (parent === undefined ? '' : 'none')] : []),
    subject ? code(shortDigest(subject.digest)) : '',
    content ? displayName(content.envelope.chain[0].subject) : '',
    finding && content ? signedAt(content, finding) : '',
  ];
}

/** As written, but for a digest, which has a column of its own. */
function shortName({ artifact }: ArtifactReport): string {
  return artifact.text.split('@', 1)[0] ?? artifact.text;
}

/** Enough to tell digests apart; the full ones are below. */
function shortDigest(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}

const shownPlaces = 3;

function places({ places = [] }: ArtifactReport): Markdown {
  if (places.length === 0) return markup``;
  const shown = places.slice(0, shownPlaces).map(({ file, line }) => `${file}:${line}`);
  const more = places.length > shown.length ? [`${places.length - shown.length} more`] : [];
  return markup`<br><sub>${[...shown, ...more].join(', ')}</sub>`;
}

/** The signature that passed, or the one that decided the verdict. */
function tellingFinding({ outcomes, reason }: ArtifactReport): Finding | undefined {
  return outcomes.find(({ failure }) => failure === undefined || failure === reason)?.finding;
}

function signedAt({ envelope }: SignedContent, { timestamp }: Finding): Markdown {
  if (timestamp !== undefined) return markup`${minutes(timestamp.genTime)}<br>timestamped`;
  const vouched = envelope.signed.signingScheme === 'notary.x509.signingAuthority';
  return markup`${minutes(envelope.signed.signingTime)}<br>${vouched ? 'by the authority' : "by the signer's clock"}`;
}

/** 2026-11-21 08:45 UTC; the report has the rest. */
function minutes(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
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

function digestItem({ artifact, subject, platform, verdict }: ArtifactReport): readonly Markdown[] {
  if (subject === undefined) return [];
  const name = code(`${repositoryName(artifact.reference)}@${subject.digest}`);
  return [markup`- ${name} ${platform === undefined ? '' : `${platform}, `}${verdict}`];
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
