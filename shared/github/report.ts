// Where a step leaves its result: outputs, the step summary, and the whole report as JSON in RUNNER_TEMP.

import { appendFile, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { setOutput } from '@actions/core';

import type { Environment, Log } from '../ports.ts';

export interface StepReport {
  /** Whether the step did all that it was asked to do. */
  readonly success: boolean;
  /** By name, without `report` and `result`, which every step has. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown; undefined where the `summary` input turned it off. */
  readonly summary: string | undefined;
  /** What goes into the JSON report; plain data. */
  readonly document: Readonly<Record<string, unknown>>;
}

// GitHub drops a job whose outputs pass 1 MiB, which it estimates on UTF-16; the report file has no such limit.
const maxOutputCharacters = 256 * 1024;

/** Writes everything; what the runner gives no place for is left out with a warning. */
export async function publishReport(report: StepReport, environment: Environment, log: Log): Promise<void> {
  const result = report.success ? 'success' : 'failure';
  const path = await writeDocument({ result, ...report.document }, environment, log);
  for (const [name, value] of Object.entries({ ...report.outputs, report: path, result })) {
    const fits = value.length <= maxOutputCharacters;
    if (!fits) log.warning(`The output ${name} has ${value.length} characters and is left empty; read the report.`);
    setOutput(name, fits ? value : '');
  }
  const summaryFile = environment.GITHUB_STEP_SUMMARY;
  if (report.summary !== undefined && summaryFile !== undefined) await appendFile(summaryFile, report.summary);
}

/** A directory of its own, so that steps that run at the same time never meet. */
async function writeDocument(document: object, environment: Environment, log: Log): Promise<string> {
  const directory = environment.RUNNER_TEMP;
  if (directory === undefined || directory === '') {
    log.warning('RUNNER_TEMP is not set: no report was written.');
    return '';
  }
  const path = join(await mkdtemp(join(directory, 'notary-')), 'report.json');
  await writeFile(path, `${JSON.stringify(document, undefined, 2)}\n`, { flag: 'wx' });
  return path;
}
