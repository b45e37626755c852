// The time of a step: one signal that cancels whatever is in flight when it is over.

import { NotaryError } from '../errors.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** The result of work that cannot be cancelled itself, or STEP_TIMED_OUT when the time is over first. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Work is done: the signal will never be aborted. */
  stop(): void;
}

export function startDeadline(seconds: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new NotaryError('STEP_TIMED_OUT', `the ${seconds} s of this step are over`));
  }, seconds * 1000);
  const { signal } = controller;
  return {
    signal,
    stop: () => {
      clearTimeout(timer);
    },
    async race(work) {
      // Without its own handler a late rejection of the loser would end the process.
      work.catch(() => undefined);
      if (signal.aborted) throw stepTimedOut(signal);
      const { promise: over, reject } = Promise.withResolvers<never>();
      const onAbort = (): void => {
        reject(stepTimedOut(signal));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        return await Promise.race([work, over]);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

/** What to throw once the signal is aborted. */
export function stepTimedOut(signal: AbortSignal): NotaryError {
  const reason: unknown = signal.reason;
  return reason instanceof NotaryError
    ? reason
    : new NotaryError('STEP_TIMED_OUT', 'the step was cancelled', { cause: reason });
}
