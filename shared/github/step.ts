// A step from its first line to its exit: runs the work, tells every failure, leaves a result behind, ends the process.

import type { Environment } from '../ports.ts';
import { describeFailures, failureLines } from './failure.ts';
import type { Failure } from './failure.ts';
import type { RunnerLog } from './log.ts';
import { code, markup, renderSummary } from './markdown.ts';
import type { Inline, Markdown } from './markdown.ts';
import { publishReport } from './report.ts';
import type { StepReport } from './report.ts';
import { resultsOf } from './results.ts';

export interface Step {
  /** What stands over a failure that ended the step before it had results, such as "Nothing was signed". */
  readonly failureTitle: string;
  readonly environment: Environment;
  readonly log: RunnerLog;
  /** Returns what was done, failed artifacts included; throws what kept it from starting. */
  readonly work: () => Promise<StepReport>;
}

/**
 * Runs the step and ends the process: 0 where the report says success, else 1. It does not wait for sockets or timers
 * that are still open, so a hung server cannot hold the job.
 */
export async function runStep(step: Step): Promise<never> {
  process.on('uncaughtException', (error) => {
    // Node would print the bare stack, in which text from outside could pose as a workflow command.
    logFailures(step.log, describeFailures(error));
    process.exit(1);
  });
  const report = await reportOf(step);
  await publishReport(report, step.environment, step.log);
  if (!report.success) resultsOf(step.environment).fail(step.failureTitle);
  // Writing to a pipe is asynchronous on some platforms; the exit must not cut it off.
  await new Promise<void>((resolve) =>
    process.stdout.write('', () => {
      resolve();
    }),
  );
  process.exit(report.success ? 0 : 1);
}

async function reportOf(step: Step): Promise<StepReport> {
  try {
    return await step.work();
  } catch (error) {
    const failures = describeFailures(error);
    logFailures(step.log, failures);
    // The input may be what is wrong, so here it is read leniently: anything but a plain no leaves the summary on.
    const summary = /^\s*false\s*$/i.test(step.environment.INPUT_SUMMARY ?? '')
      ? undefined
      : failureSummary(step.failureTitle, failures);
    return { success: false, outputs: {}, summary, document: { failures } };
  }
}

/** One annotation a failure, under its code. */
export function logFailures(log: RunnerLog, failures: readonly Failure[]): void {
  for (const failure of failures) log.error(failure.code, failureLines(failure));
}

function failureSummary(title: string, failures: readonly Failure[]): string {
  return renderSummary([{ opening: markup`## ❌ ${title}\n`, items: failures.map((one) => failureItem(one)) }]);
}

/** One failure as a list item, on one line of Markdown. */
export function failureItem({ code: name, message, remedy, transient }: Failure, about: Inline = ''): Markdown {
  const again = transient ? ' Running again may help.' : '';
  return markup`- ${about} ${code(name)} ${message}${again}<br>**Fix:** ${remedy}`;
}
