// "ok", or the code of the refusal: what most rules of the format come down to. A defect passes through.

import { NotaryError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';

export type Outcome = ErrorCode | 'ok';

export function outcome(run: () => unknown): Outcome {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (error instanceof NotaryError) return error.code;
    throw error;
  }
}

export async function outcomeOf(run: Promise<unknown>): Promise<Outcome> {
  try {
    await run;
    return 'ok';
  } catch (error) {
    if (error instanceof NotaryError) return error.code;
    throw error;
  }
}

/** The outcome of each case, by name. */
export function outcomes(cases: Readonly<Record<string, () => unknown>>): Readonly<Record<string, Outcome>> {
  return Object.fromEntries(Object.entries(cases).map(([name, run]) => [name, outcome(run)]));
}

/** Every name of the cases with the one outcome that all of them shall have. */
export function all(cases: Readonly<Record<string, unknown>>, expected: Outcome): Readonly<Record<string, Outcome>> {
  return Object.fromEntries(Object.keys(cases).map((name) => [name, expected]));
}
