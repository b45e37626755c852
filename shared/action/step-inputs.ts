// The inputs about the step itself, whatever it does.

import { boolean, duration, integer } from '../github/input-values.ts';
import type { InputReader } from '../github/inputs.ts';

export interface StepInputs {
  /** Artifacts at once. */
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly summary: boolean;
}

/** More at once than this only queues up in the registry. */
const maxConcurrency = 64;
/** The longest that GitHub lets a job run on a runner of one's own. */
const maxTimeoutSeconds = 5 * 24 * 60 * 60;

export function readStepInputs(reader: InputReader): StepInputs {
  return {
    concurrency: reader.withDefault('concurrency', integer(1, maxConcurrency), 8),
    timeoutSeconds: reader.withDefault('timeout', duration(1, maxTimeoutSeconds), 600),
    summary: reader.withDefault('summary', boolean, true),
  };
}
