// The bundle of sign with a plugin of the tests, fetched by address and checksum as users have it.

import { createHash } from 'node:crypto';

import { startLoopbackServer } from '../loopback-server.ts';
import { runAction } from '../runner.ts';
import type { ActionResult } from '../runner.ts';
import type { InstalledPlugin } from './install.ts';

/** Signs one artifact with the key "key-1" of the plugin, or throws what the step says. */
export async function signWith(
  { name, bytes }: Pick<InstalledPlugin, 'name' | 'bytes'>,
  reference: string,
  inputs: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ActionResult> {
  const server = await startLoopbackServer(() => ({ status: 200, body: bytes }));
  try {
    const result = await runAction({
      main: 'dist/sign/index.js',
      env,
      inputs: {
        ...{ artifacts: reference, 'plugin-name': name, 'plugin-url': `${server.origin}/notation-${name}` },
        ...{ 'plugin-checksum': createHash('sha256').update(bytes).digest('hex'), 'key-id': 'key-1', ...inputs },
      },
    });
    if (result.exitCode !== 0) throw new Error(result.stdout + result.stderr);
    return result;
  } finally {
    await server.close();
  }
}
