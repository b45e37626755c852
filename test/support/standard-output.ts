// What the test at hand writes to standard output, kept from the screen.

import { afterEach, beforeEach, vi } from 'vitest';

/** To be called inside of `describe`. @returns  what was written since the test began */
export function captureStandardOutput(): () => string {
  let written = '';
  beforeEach(() => {
    written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return () => written;
}
