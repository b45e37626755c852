// The openssl program, as a second opinion on what the emulators make and on what we read. A test that needs it says so
// where it is absent, and fails in CI.

import { spawnSync } from 'node:child_process';

/** Undefined where there is no openssl and the run may do without. */
export const opensslVersion = findVersion();

export const opensslMissing = 'openssl is not installed here; CI runs this test';

function findVersion(): string | undefined {
  const { status, stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  if (process.env.CI === 'true') throw new Error('openssl is required in CI');
  return undefined;
}

export interface OpensslResult {
  readonly status: number | null;
  /** stdout and stderr, one after the other: openssl uses either for what it found. */
  readonly text: string;
}

export function openssl(directory: string, ...args: readonly string[]): OpensslResult {
  const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: directory, encoding: 'utf8', timeout: 30_000 });
  return { status, text: `${stdout}${stderr}` };
}
