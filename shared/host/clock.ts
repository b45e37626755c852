// The machine's clock. Its sleep ends with the time of the step.

import { setTimeout } from 'node:timers/promises';

import type { Clock } from '../ports.ts';
import { stepTimedOut } from './deadline.ts';

/** @param signal  aborted when the time of the step is over; sleep then throws STEP_TIMED_OUT */
export function createClock(signal: AbortSignal): Clock {
  return {
    now: () => new Date(),
    async sleep(ms) {
      try {
        await setTimeout(ms, undefined, { signal });
      } catch (error) {
        throw signal.aborted ? stepTimedOut(signal) : error;
      }
    },
  };
}
