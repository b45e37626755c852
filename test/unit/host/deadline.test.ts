import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { startDeadline, stepTimedOut } from '../../../shared/host/deadline.ts';

describe('startDeadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('aborts its signal when the time is over, with the reason', () => {
    const { signal } = startDeadline(600);
    vi.advanceTimersByTime(599_999);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toMatchObject({ code: 'STEP_TIMED_OUT', message: 'the 600 s of this step are over' });
  });

  it('never aborts once it is stopped', () => {
    const deadline = startDeadline(1);
    deadline.stop();
    vi.advanceTimersByTime(2000);
    expect(deadline.signal.aborted).toBe(false);
  });

  it('leaves the result of work that ends in time alone', async () => {
    const deadline = startDeadline(1);
    await expect(deadline.race(Promise.resolve(7))).resolves.toBe(7);
    await expect(deadline.race(Promise.reject(new RangeError('own')))).rejects.toThrow(new RangeError('own'));
  });

  it('ends work that hangs', async () => {
    const deadline = startDeadline(1);
    const race = deadline.race(new Promise(() => undefined));
    const ended = expect(race).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
    vi.advanceTimersByTime(1000);
    await ended;
    await expect(deadline.race(Promise.resolve(1))).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
  });
});

describe('stepTimedOut', () => {
  it('is the reason of the signal where that is ours', () => {
    const reason = new NotaryError('STEP_TIMED_OUT', 'over');
    expect(stepTimedOut(AbortSignal.abort(reason))).toBe(reason);
    expect(stepTimedOut(AbortSignal.abort())).toMatchObject({ code: 'STEP_TIMED_OUT' });
  });
});
