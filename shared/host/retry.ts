// Repeats what is safe to repeat and may succeed the second time. A wrapper Http -> Http; RFC 9110 §9.2.2, §10.2.3.

import { hasCode } from '../errors.ts';
import type { Clock, Http, HttpRequest, HttpResponse, Random } from '../ports.ts';

const maxAttempts = 4;
// The first wait is up to 200 ms, then up to 400 and 800: short beside a step, long beside a hiccup.
const firstWaitMs = 200;
// A server that asks for more than this is not going to answer within the step.
const maxRetryAfterMs = 30_000;
const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Repeats GET, HEAD and requests marked repeatable (those marked "if refused" after a 429 alone) after a transient status
 * or a broken connection, at most 4 attempts in all: exponential backoff with full jitter, or as long as Retry-After
 * says, up to 30 s.
 *
 * @returns  the last response; a transient status that stays is the caller's to judge
 * @throws   what the last attempt threw
 */
export function retrying(http: Http, clock: Clock, random: Random): Http {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await attemptOnce(http, request);
      const last = attempt === maxAttempts || !isRepeatable(request, outcome);
      const waitMs = last ? undefined : waitBefore(outcome, attempt, clock, random);
      if (waitMs === undefined) {
        if ('error' in outcome) throw outcome.error;
        return outcome.response;
      }
      await clock.sleep(waitMs);
    }
  };
}

type Outcome = { readonly response: HttpResponse } | { readonly error: unknown };

async function attemptOnce(http: Http, request: HttpRequest): Promise<Outcome> {
  try {
    return { response: await http(request) };
  } catch (error) {
    if (hasCode(error, 'NETWORK_UNREACHABLE')) return { error };
    throw error;
  }
}

function isRepeatable({ method, repeatable }: HttpRequest, outcome: Outcome): boolean {
  if (method === 'GET' || method === 'HEAD' || repeatable === true) return true;
  return repeatable === 'if refused' && 'response' in outcome && outcome.response.status === 429;
}

/** How long to wait before the next attempt; undefined where none would help. */
function waitBefore(outcome: Outcome, attempt: number, clock: Clock, random: Random): number | undefined {
  if ('response' in outcome) {
    if (!transientStatuses.has(outcome.response.status)) return undefined;
    const asked = retryAfterMs(outcome.response.headers.get('retry-after'), clock.now());
    if (asked !== undefined) return asked <= maxRetryAfterMs ? asked : undefined;
  }
  const fraction = new DataView(random(4).slice().buffer).getUint32(0) / 2 ** 32;
  return Math.floor(fraction * firstWaitMs * 2 ** (attempt - 1));
}

/** Retry-After in either of its forms; undefined where it is absent or neither. */
function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = /^[A-Z][a-z]{2}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
