// Waits for one signing operation. The service says how long between two questions (RFC 9110 §10.2.3, Retry-After);
// how long altogether is ours to say.

import { NotaryError, hasCode } from '../errors.ts';
import type { Clock, HttpResponse } from '../ports.ts';
import { describeTrace, operationFailure } from './artifact-signing-failure.ts';
import type { ArtifactSigningService, Answer } from './artifact-signing-service.ts';

// Most operations are done by then.
const firstWaitMs = 200;
const usualWaitMs = 1000;
const shortestWaitMs = 100;
const longestWaitMs = 5000;
// Stalls of some three minutes have been seen to end well; what takes longer does not come.
const budgetMs = 300_000;
// A new operation is now and then not found by the first question, which another node answers.
const toleratedAbsences = 3;

/**
 * Submits a digest and asks until the operation has ended.
 *
 * @returns the answer that says "Succeeded"
 * @throws NotaryError KEY_UNAVAILABLE  ended otherwise, or not within 300 s
 */
export async function runOperation(service: ArtifactSigningService, clock: Clock, digest: Uint8Array): Promise<Answer> {
  const deadline = clock.now().getTime() + budgetMs;
  let answer = await service.submit(digest);
  let waitMs = firstWaitMs;
  let absences = 0;
  while (answer.reply.state === 'pending') {
    if (answer.operation === undefined) throw unusable(answer, 'was accepted without naming an operation');
    if (clock.now().getTime() + waitMs > deadline) throw unusable(answer, `did not end within ${budgetMs / 1000} s`);
    await clock.sleep(waitMs);
    try {
      answer = await service.poll(answer.operation, answer.trace);
      waitMs = retryAfterMs(answer.trace.headers, clock.now());
    } catch (error) {
      absences += 1;
      if (!hasCode(error, 'KEY_NOT_FOUND')) throw error;
      if (absences > toleratedAbsences) throw lost(answer, error);
      waitMs = usualWaitMs;
    }
  }
  if (answer.reply.state === 'failed') throw operationFailure(answer.reply, answer.trace);
  return answer;
}

/** The names must be right, since the submit was accepted: what is said of a 404 elsewhere would mislead. */
function lost({ trace }: Answer, cause: NotaryError): NotaryError {
  const message = `the signing operation was accepted, and then not found ${toleratedAbsences + 1} times`;
  return new NotaryError('KEY_UNAVAILABLE', `${message} (${cause.message}): ${describeTrace(trace)}`, { cause });
}

function unusable({ reply, trace }: Answer, what: string): NotaryError {
  return new NotaryError(
    'KEY_UNAVAILABLE',
    `the signing operation ${what} (last status ${reply.status}): ${describeTrace(trace)}`,
  );
}

/** Seconds, or a date of the form that HTTP prescribes; within our bounds. */
export function retryAfterMs(headers: HttpResponse['headers'] | undefined, now: Date): number {
  const value = headers?.get('retry-after');
  if (value === undefined) return usualWaitMs;
  const isDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value);
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : isDate ? Date.parse(value) - now.getTime() : Number.NaN;
  return Number.isNaN(ms) ? usualWaitMs : Math.min(Math.max(ms, shortestWaitMs), longestWaitMs);
}
