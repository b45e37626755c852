// What a run says in the log: one line an artifact, then the annotations.

import type { RunnerLog } from '../shared/github/log.ts';
import { annotate } from './reports/annotations.ts';
import { skippedTexts } from './verdict.ts';
import { digestReference } from './verify.ts';
import type { ArtifactReport } from './verify.ts';

export function logReports(reports: readonly ArtifactReport[], log: RunnerLog): void {
  for (const report of reports) logReport(report, log);
  annotate(reports, log);
}

function logReport(report: ArtifactReport, log: RunnerLog): void {
  const { artifact, verdict, outcomes, platform, skippedAs } = report;
  const name = `${digestReference(report) ?? artifact.text}${platform === undefined ? '' : ` (${platform})`}`;
  log.info(`${verdict}${skippedAs === undefined ? '' : `, ${skippedTexts[skippedAs]}`}: ${name}`);
  for (const { signature, failure: why } of outcomes) {
    log.debug(`${signature.digest}: ${why ? `${why.code}: ${why.message}` : 'passed'}`);
  }
}
