// What people see on the lines of a change: an annotation for each place that names what did not pass. GitHub shows ten
// of a level and drops the rest without a word, so the tenth stands for all that are left.

import { describeFailure, failureLines } from '../../shared/github/failure.ts';
import type { Place, RunnerLog } from '../../shared/github/log.ts';
import { repositoryName } from '../../shared/oci/reference.ts';
import { passes } from '../verdict.ts';
import type { ArtifactReport } from '../verify.ts';

interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly lines: readonly string[];
  readonly place?: Place;
}

/** GitHub's limit for each level of a step. */
const maxPerLevel = 10;
/** Titles in the annotation that stands for the rest. */
const maxTitles = 50;

export function annotate(reports: readonly ArtifactReport[], log: RunnerLog): void {
  const annotations = reports.flatMap((report) => annotationsOf(report, reports));
  for (const level of ['error', 'warning'] as const) {
    const ofLevel = annotations.filter((annotation) => annotation.level === level);
    const shown = ofLevel.length > maxPerLevel ? ofLevel.slice(0, maxPerLevel - 1) : ofLevel;
    const rest = ofLevel.slice(shown.length);
    for (const annotation of shown) write(annotation, log);
    if (rest.length === 0) continue;
    log.group(`${rest.length} more`, rest.flatMap(inFull));
    write({ level, title: `${rest.length} more`, lines: summaryOf(rest) }, log);
  }
}

function write({ level, title, lines, place }: Annotation, log: RunnerLog): void {
  if (level === 'error') log.error(title, lines, place);
  else log.warning([title, ...lines].join(': '), place);
}

function inFull({ title, lines, place }: Annotation): readonly string[] {
  return [`${locate(place)}${title}`, ...lines.map((line) => `  ${line}`)];
}

function summaryOf(rest: readonly Annotation[]): readonly string[] {
  const titles = rest.slice(0, maxTitles).map(({ title, place }) => `${locate(place)}${title}`);
  const left = rest.length - titles.length;
  return [...titles, ...(left > 0 ? [`and ${left} more, see the report`] : [])];
}

function locate(place: Place | undefined): string {
  return place === undefined ? '' : `${place.file}:${place.line} `;
}

function annotationsOf(report: ArtifactReport, all: readonly ArtifactReport[]): readonly Annotation[] {
  const refusal = refusalOf(report, all);
  const contents = [...(refusal ? [refusal] : []), ...warningsOf(report)];
  const places = report.places ?? [];
  if (places.length === 0) return contents;
  return contents.flatMap((content) => places.map(({ file, line }) => ({ ...content, place: { file, line } })));
}

/** Undefined where there is nothing to say, or where the annotation of the index says it. */
function refusalOf(report: ArtifactReport, all: readonly ArtifactReport[]): Annotation | undefined {
  const { verdict, failure, reason } = report;
  if (passes(report) || failure === undefined || reason === undefined) return undefined;
  if (all.some((other) => isIndexOf(other, report) && other.reason?.code === reason.code)) return undefined;
  const below = all.filter((other) => isIndexOf(report, other) && other.reason?.code === reason.code);
  const platforms = below.map(({ platform, subject }) => platform ?? subject?.digest ?? 'a manifest');
  return {
    level: 'error',
    title: `${verdict}: ${nameOf(report)}`,
    lines: [
      `${failure.code}: ${failure.message}`,
      ...failureLines(describeFailure(reason)).slice(1),
      ...(platforms.length > 0 ? [`The same for ${platforms.join(', ')}.`] : []),
    ],
  };
}

/** What passed although somebody should look at it. */
function warningsOf(report: ArtifactReport): readonly Annotation[] {
  const { verdict, statement, skippedAs, tolerated, outcomes } = report;
  const name = nameOf(report);
  const warning = (text: string): Annotation => ({ level: 'warning', title: name, lines: [text] });
  if (tolerated === 'warn') return [warning('carries no signature, which on-unsigned accepts')];
  if (verdict === 'skipped' && skippedAs === undefined) {
    return [warning(`the trust policy "${statement?.name ?? ''}" skips the verification.`)];
  }
  const passed = outcomes.find((outcome) => outcome.failure === undefined);
  return (passed?.finding?.results ?? []).flatMap(({ type, failure }) =>
    failure ? [warning(`${type} is only logged: ${failure.message}`)] : [],
  );
}

function nameOf({ artifact, platform }: ArtifactReport): string {
  return platform === undefined ? artifact.text : `${artifact.text} (${platform})`;
}

function isIndexOf(index: ArtifactReport, report: ArtifactReport): boolean {
  return (
    report.parent !== undefined &&
    index.parent === undefined &&
    index.subject?.digest === report.parent &&
    repositoryName(index.artifact.reference) === repositoryName(report.artifact.reference)
  );
}
