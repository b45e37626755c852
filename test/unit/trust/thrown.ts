// What a call throws, so that a test can look at its code, message and remedy.

import { NotaryError } from '../../../shared/errors.ts';

export function thrownBy(call: () => unknown): NotaryError {
  try {
    call();
  } catch (error) {
    if (error instanceof NotaryError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export async function rejectionOf(promise: Promise<unknown>): Promise<NotaryError> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => {
      if (error instanceof NotaryError) return error;
      throw error;
    },
  );
}
