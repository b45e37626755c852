// What a run found, as plain data: the `results` output and the JSON report. Names of members are a contract.

import { describeFailure } from '../shared/github/failure.ts';
import type { StepReport } from '../shared/github/report.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import { displayName } from '../shared/x509/name.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import type { SignedContent } from './validations/integrity.ts';
import type { Extras } from './extras.ts';
import { renderSarif } from './reports/sarif.ts';
import { renderReport } from './summary.ts';
import type { Place } from './target.ts';
import { passes } from './verdict.ts';
import { digestReference } from './verify.ts';
import type { ArtifactReport, VerificationOutcome } from './verify.ts';
import type { ValidationResult } from './verifier.ts';

/** Everything a run leaves behind. */
export function reportStep(
  reports: readonly ArtifactReport[],
  extras: Partial<Extras> & Pick<Extras, 'summary'>,
): StepReport {
  const { summary, findings, outputs, notes = [], failures = [], attachments = [] } = extras;
  const results = reports.map(describeArtifact);
  const verified = reports
    .filter(({ verdict }) => verdict === 'verified')
    .flatMap((report) => digestReference(report) ?? []);
  const sarif = findings && { output: 'sarif', name: 'verify.sarif', content: renderSarif(reports, findings) };
  return {
    success: reports.every(passes) && failures.length === 0,
    outputs: { digests: [...new Set(verified)].join('\n'), results: JSON.stringify(results), ...outputs },
    summary: summary ? renderReport(reports, { findings: findings ?? [], notes, failures }) : undefined,
    document: { results, ...(findings && { findings }), ...(failures.length > 0 && { failures }) },
    attachments: [...(sarif ? [sarif] : []), ...attachments],
  };
}

export function describeArtifact(report: ArtifactReport): Readonly<Record<string, unknown>> {
  const { artifact, verdict, statement, subject, outcomes, failure, reason } = report;
  const { platform, parent, skippedAs, tolerated, places = [] } = report;
  const level = statement?.level;
  return {
    reference: artifact.text,
    repository: repositoryName(artifact.reference),
    ...(subject && { digest: subject.digest, mediaType: subject.mediaType, size: subject.size }),
    ...(platform !== undefined && { platform }),
    ...(parent !== undefined && { index: parent }),
    verdict,
    ...(skippedAs !== undefined && { skippedAs }),
    ...(tolerated !== undefined && { onUnsigned: tolerated }),
    ...(statement && { policy: statement.name }),
    ...(level && { level: level.name }),
    ...(failure && { failure: describeFailure(failure) }),
    ...(reason && { reason: describeFailure(reason) }),
    signatures: outcomes.map(describeOutcome),
    ...(places.length > 0 && { places: places.map(describePlace) }),
  };
}

function describePlace({ file, line, text, role, stage }: Place): Readonly<Record<string, unknown>> {
  return { file, line, text, role, ...(stage !== undefined && { stage }) };
}

function describeOutcome({ signature, finding, failure }: VerificationOutcome): Readonly<Record<string, unknown>> {
  return {
    manifest: signature.digest,
    passed: failure === undefined,
    ...(failure && { failure: describeFailure(failure) }),
    ...(finding?.content && describeContent(finding.content, finding.timestamp)),
    ...(finding && { validations: finding.results.map(describeResult) }),
  };
}

function describeResult({ type, action, failure }: ValidationResult): Readonly<Record<string, unknown>> {
  return { type, action, ...(failure && { failure: describeFailure(failure) }) };
}

function describeContent(
  { envelope, target, plugin }: SignedContent,
  timestamp: TimestampEvidence | undefined,
): Readonly<Record<string, unknown>> {
  const { signed, unsigned, chain, mediaType } = envelope;
  return {
    mediaType,
    signingScheme: signed.signingScheme,
    subject: displayName(chain[0].subject),
    extendedKeyUsages: chain[0].extendedKeyUsage?.purposes ?? [],
    signingTime: signed.signingTime.toISOString(),
    ...(signed.expiry && { expiry: signed.expiry.toISOString() }),
    ...(timestamp && { timestamp: describeTimestamp(timestamp) }),
    ...(unsigned.signingAgent !== undefined && { signingAgent: unsigned.signingAgent }),
    ...(plugin && { verificationPlugin: plugin.name }),
    userMetadata: target.annotations ?? {},
    chain: chain.map(({ subject, fingerprint, notBefore, notAfter }) => ({
      ...{ subject: displayName(subject), sha256: fingerprint },
      ...{ notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() },
    })),
  };
}

function describeTimestamp({ genTime, chain }: TimestampEvidence): Readonly<Record<string, unknown>> {
  const root = chain.at(-1) ?? chain[0];
  return { time: genTime.toISOString(), authority: displayName(chain[0].subject), root: root.fingerprint };
}
