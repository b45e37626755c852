import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { retrying } from '../../../shared/host/retry.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { fixedClock, response, scriptedHttp } from '../../support/ports.ts';
import type { ScriptedAnswer } from '../../support/ports.ts';

const request: HttpRequest = {
  method: 'GET',
  url: new URL('https://registry.example/v2/'),
  timeoutMs: 1000,
  maxBytes: 1000,
};
const unreachable = new NotaryError('NETWORK_UNREACHABLE', 'connection refused');
/** Draws the longest wait: just below the upper end. */
const highest = (length: number): Uint8Array => new Uint8Array(length).fill(0xff);

function attempt(...answers: readonly ScriptedAnswer[]) {
  const { http, requests } = scriptedHttp(...answers);
  const clock = fixedClock('2026-01-01T00:00:00Z');
  return { clock, requests, ask: retrying(http, clock, highest) };
}

describe('retrying', () => {
  it('returns a good answer at once', async () => {
    const { ask, clock, requests } = attempt(response(404));
    expect((await ask(request)).status).toBe(404);
    expect(requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  it.each([408, 429, 500, 502, 503, 504])('repeats after %i', async (status) => {
    const { ask, requests } = attempt(response(status), response(200));
    expect((await ask(request)).status).toBe(200);
    expect(requests).toHaveLength(2);
  });

  it.each([400, 401, 403, 404, 409, 501])('does not repeat after %i', async (status) => {
    const { ask } = attempt(response(status));
    expect((await ask(request)).status).toBe(status);
  });

  it('waits with exponential backoff, four attempts in all, and returns the last answer', async () => {
    const { ask, clock, requests } = attempt(...Array.from({ length: 4 }, () => response(503)));
    expect((await ask(request)).status).toBe(503);
    expect(requests).toHaveLength(4);
    expect(clock.slept).toEqual([199, 399, 799]);
  });

  it('draws the wait from the whole range (full jitter)', async () => {
    const { http } = scriptedHttp(response(503), response(200));
    const clock = fixedClock('2026-01-01T00:00:00Z');
    await retrying(http, clock, (length) => new Uint8Array(length))(request);
    expect(clock.slept).toEqual([0]);
  });

  it('repeats after a broken connection and throws the last error', async () => {
    const last = new NotaryError('NETWORK_UNREACHABLE', 'still refused');
    const { ask, requests } = attempt(unreachable, unreachable, unreachable, last);
    await expect(ask(request)).rejects.toBe(last);
    expect(requests).toHaveLength(4);
  });

  it.each(['STEP_TIMED_OUT', 'RESPONSE_TOO_LARGE'] as const)('does not repeat after %s', async (code) => {
    const { ask, requests } = attempt(new NotaryError(code, 'no'));
    await expect(ask(request)).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(1);
  });

  it('repeats what is repeatable only if refused after a 429 alone', async () => {
    const push: HttpRequest = { ...request, method: 'PUT', repeatable: 'if refused' };
    const refused = attempt(response(429, { 'retry-after': '2' }), response(201));
    expect((await refused.ask(push)).status).toBe(201);
    expect(refused.clock.slept).toEqual([2000]);
    const failed = attempt(response(503));
    expect((await failed.ask(push)).status).toBe(503);
    await expect(attempt(unreachable).ask(push)).rejects.toBe(unreachable);
    const never = attempt(response(429));
    expect((await never.ask({ ...request, method: 'PUT' })).status).toBe(429);
  });

  it('does not hide a defect', async () => {
    const { ask } = attempt(new TypeError('defect'));
    await expect(ask(request)).rejects.toThrow(TypeError);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'repeats %s only where that is marked harmless',
    async (method) => {
      const once = attempt(response(503));
      expect((await once.ask({ ...request, method })).status).toBe(503);
      const again = attempt(unreachable, response(200));
      expect((await again.ask({ ...request, method, repeatable: true })).status).toBe(200);
    },
  );

  it('repeats HEAD', async () => {
    const { ask } = attempt(response(502), response(200));
    expect((await ask({ ...request, method: 'HEAD' })).status).toBe(200);
  });

  describe('Retry-After', () => {
    it.each([
      ['7', 7000],
      ['0', 0],
      ['30', 30_000],
      ['Thu, 01 Jan 2026 00:00:12 GMT', 12_000],
      ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ])('%s is waited for', async (value, ms) => {
      const { ask, clock } = attempt(response(429, { 'retry-after': value }), response(200));
      expect((await ask(request)).status).toBe(200);
      expect(clock.slept).toEqual([ms]);
    });

    it.each(['31', '999999999', 'Thu, 01 Jan 2026 00:00:31 GMT'])('%s is too long to wait for', async (value) => {
      const { ask, clock } = attempt(response(429, { 'retry-after': value }));
      expect((await ask(request)).status).toBe(429);
      expect(clock.slept).toEqual([]);
    });

    it.each(['soon', '-1', '1.5', 'Thu, x GMT', ''])('%j means nothing', async (value) => {
      const { ask, clock } = attempt(response(429, { 'retry-after': value }), response(200));
      expect((await ask(request)).status).toBe(200);
      expect(clock.slept).toEqual([199]);
    });
  });
});
