// How long a bundle takes from its start to its first request: what every step pays before it does anything.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const digest = `sha256:${'0'.repeat(64)}`;

const inputs = {
  sign: (host: string) => ({
    INPUT_ARTIFACTS: `${host}/app@${digest}`,
    INPUT_ENDPOINT: `http://${host}`,
    'INPUT_SIGNING-ACCOUNT-NAME': 'account',
    'INPUT_CERTIFICATE-PROFILE-NAME': 'profile',
    'INPUT_AZURE-CLIENT-ID': '00000000-0000-0000-0000-000000000000',
    'INPUT_AZURE-TENANT-ID': '00000000-0000-0000-0000-000000000000',
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://${host}/oidc?`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'none',
  }),
  verify: (host: string) => ({
    INPUT_ARTIFACTS: `${host}/app@${digest}`,
    'INPUT_TRUSTED-ROOTS': 'microsoft-artifact-signing',
    'INPUT_TRUSTED-IDENTITIES': 'x509.subject: C=US, ST=WA, O=Example',
  }),
};

/** Milliseconds, the median of five runs. */
export async function timeToFirstRequest(action: 'sign' | 'verify', bundle: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 5; run++) times.push(await once(action, bundle));
  return Math.round(times.sort((a, b) => a - b)[2] ?? NaN);
}

async function once(action: 'sign' | 'verify', bundle: string): Promise<number> {
  const temporary = mkdtempSync(join(tmpdir(), 'start-up-'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = { PATH: process.env.PATH, RUNNER_TEMP: temporary, ...inputs[action](host) };
  const start = performance.now();
  const child = spawn(process.execPath, [bundle], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    return await new Promise<number>((resolve, reject) => {
      server.on('request', (_request, response) => {
        response.destroy();
        resolve(performance.now() - start);
      });
      child.on('exit', () => {
        reject(new Error(`${bundle} ended without a request:\n${output}`));
      });
    });
  } finally {
    child.kill();
    server.close();
    rmSync(temporary, { recursive: true, force: true });
  }
}
