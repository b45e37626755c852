// For tests of refusals: runs something that must fail, and gives the NotaryError that it failed with.

import { expect } from 'vitest';

import { NotaryError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';

export function refusal(code: ErrorCode, run: () => unknown): NotaryError {
  let caught: unknown;
  try {
    run();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(NotaryError);
  expect((caught as NotaryError).code).toBe(code);
  return caught as NotaryError;
}
