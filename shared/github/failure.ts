// How an error is told: the same facts for the log, the step summary and the JSON report.

import { NotaryError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

export interface Failure {
  /** DEFECT: something was thrown that no user can cause. */
  readonly code: ErrorCode | 'DEFECT';
  /** What happened, with the values; text from outside in it is not escaped yet. */
  readonly message: string;
  readonly remedy: string;
  /** True where running again may help. */
  readonly transient: boolean;
}

const defectRemedy = 'This is a defect of the action, and nothing was taken for good because of it. Please report it.';

export function describeFailure(error: unknown): Failure {
  if (error instanceof NotaryError) {
    const { code, message, remedy, transient } = error;
    return { code, message, remedy, transient };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'DEFECT', message, remedy: defectRemedy, transient: false };
}

/** One failure, or one for each problem where an error stands for several (wrong inputs). */
export function describeFailures(error: unknown): readonly Failure[] {
  if (error instanceof NotaryError && error.cause instanceof AggregateError) {
    return error.cause.errors.map(describeFailure);
  }
  return [describeFailure(error)];
}

/** The lines of an error annotation. */
export function failureLines(failure: Failure): readonly string[] {
  return [failure.message, ...(failure.transient ? ['Running again may help.'] : []), failure.remedy];
}
