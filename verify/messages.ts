// What a run says in the log: one line an artifact, an annotation for each that did not pass, a warning for each failure
// that the policy only logs.

import { describeFailure, failureLines } from '../shared/github/failure.ts';
import type { RunnerLog } from '../shared/github/log.ts';
import { digestReference } from './report.ts';
import type { ArtifactReport } from './verify.ts';

export function logReports(reports: readonly ArtifactReport[], log: RunnerLog): void {
  for (const report of reports) logReport(report, log);
}

function logReport(report: ArtifactReport, log: RunnerLog): void {
  const { artifact, verdict, statement, outcomes, failure, reason } = report;
  log.info(`${verdict}: ${digestReference(report) ?? artifact.text}`);
  for (const { signature, failure: why } of outcomes) {
    log.debug(`${signature.digest}: ${why ? `${why.code}: ${why.message}` : 'passed'}`);
  }
  if (verdict === 'skipped') {
    log.warning(`${artifact.text}: the trust policy "${statement?.name ?? ''}" skips the verification.`);
  }
  const passed = outcomes.find((outcome) => outcome.failure === undefined);
  for (const result of passed?.finding?.results ?? []) {
    if (result.failure) log.warning(`${artifact.text}: ${result.type} is only logged: ${result.failure.message}`);
  }
  if (failure === undefined || reason === undefined) return;
  const { message } = describeFailure(failure);
  log.error(`${verdict}: ${artifact.text}`, [
    `${failure.code}: ${message}`,
    ...failureLines(describeFailure(reason)).slice(1),
  ]);
}
