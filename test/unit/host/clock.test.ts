import { describe, expect, it } from 'vitest';

import { createClock } from '../../../shared/host/clock.ts';

describe('createClock', () => {
  it('tells the time of the machine', () => {
    const before = Date.now();
    const now = createClock(new AbortController().signal).now().getTime();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('ends a sleep with the time of the step', async () => {
    const controller = new AbortController();
    const slept = createClock(controller.signal).sleep(3_600_000);
    controller.abort();
    await expect(slept).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
    await expect(createClock(controller.signal).sleep(0)).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
  });

  it('sleeps', async () => {
    await expect(createClock(new AbortController().signal).sleep(0)).resolves.toBeUndefined();
  });
});
