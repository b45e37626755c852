// How the tests of this folder look at a refusal.

import { NotaryError } from '../../../../shared/errors.ts';

/** What the reading is refused for; it must be refused. */
export function refusal(read: () => unknown): NotaryError {
  try {
    read();
  } catch (error) {
    if (error instanceof NotaryError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

export function refused(read: () => unknown): string {
  const { code, message } = refusal(read);
  return `${code} ${message}`;
}
