// Where a step leaves its result: outputs, the step summary, and the whole report as JSON in RUNNER_TEMP.

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Environment, Log } from '../ports.ts';
import { resultsOf } from './results.ts';

export interface StepReport {
  /** Whether the step did all that it was asked to do. */
  readonly success: boolean;
  /** By name, without `report` and `result`, which every step has. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown; undefined where the `summary` input turned it off. */
  readonly summary: string | undefined;
  /** What goes into the JSON report; plain data. */
  readonly document: Readonly<Record<string, unknown>>;
  /** What lies beside the report. */
  readonly attachments?: readonly Attachment[];
}

/** A file or a directory that an output names. */
export interface Attachment {
  readonly output: string;
  /** Of the file or directory. */
  readonly name: string;
  /** The text of the file, or the files of the directory by their paths in it, made once it is known where it lies. */
  readonly content: string | ((directory: string) => ReadonlyMap<string, string>);
}

/** Of the JSON report: raised when a member is renamed, removed or changes its meaning. */
const schemaVersion = 1;

/** Writes everything; what the runner gives no place for is left out with a warning. */
export async function publishReport(report: StepReport, environment: Environment, log: Log): Promise<void> {
  const result = report.success ? 'success' : 'failure';
  const directory = await makeDirectory(environment, log);
  const files = await writeFiles(report, { schemaVersion, result, ...report.document }, directory);
  const results = resultsOf(environment);
  for (const [name, value] of Object.entries({ ...report.outputs, ...files, result })) {
    const fits = value.length <= results.maxOutputCharacters;
    if (!fits) log.warning(`The output ${name} has ${value.length} characters and is left empty; read the report.`);
    results.setOutput(name, fits ? value : '');
  }
  if (report.summary !== undefined) await results.writeSummary(report.summary, directory);
}

/** One of its own, so that steps that run at the same time never meet. */
async function makeDirectory({ RUNNER_TEMP: temporary }: Environment, log: Log): Promise<string | undefined> {
  if (temporary !== undefined && temporary !== '') return mkdtemp(join(temporary, 'notary-'));
  log.warning('RUNNER_TEMP is not set: no report was written.');
  return undefined;
}

/** @returns  the paths, by output */
async function writeFiles(
  { attachments = [] }: StepReport,
  document: object,
  directory: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (directory === undefined) return { report: '' };
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  const paths: Record<string, string> = {};
  for (const { output, name, content } of [...attachments, { output: 'report', name: 'report.json', content: text }]) {
    const path = join(directory, name);
    paths[output] = path;
    const files = typeof content === 'string' ? [[path, content] as const] : within(path, content(path));
    for (const [file, data] of files) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, data, { flag: 'wx' });
    }
  }
  return paths;
}

function within(directory: string, files: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return Array.from(files, ([path, data]) => [join(directory, path), data] as const);
}
