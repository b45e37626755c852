// Real registries on loopback: Debian's docker-registry (no referrers API, so the tag schema is used) and olareg (with
// the referrers API). Addressed as localhost:PORT, the one form that the real notation speaks plain HTTP to.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { peer } from '../peers/peers.ts';

export interface RunningRegistry {
  /** "localhost:PORT" */
  readonly host: string;
  close(): Promise<void>;
}

/** Debian's docker-registry: the tag schema. */
export async function startDockerRegistry(): Promise<RunningRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'docker-registry-'));
  const port = await freePort();
  const configuration = join(directory, 'config.yml');
  writeFileSync(
    configuration,
    [
      'version: 0.1',
      'log: { level: error }',
      `storage: { filesystem: { rootdirectory: ${join(directory, 'data')} }, delete: { enabled: true } }`,
      `http: { addr: "127.0.0.1:${port}" }`,
      '',
    ].join('\n'),
  );
  return start({ file: peer('docker-registry'), args: ['serve', configuration], port, directory });
}

/** olareg in memory: the referrers API. */
export async function startOlareg(): Promise<RunningRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'olareg-'));
  const port = await freePort();
  const args = ['serve', '--addr', '127.0.0.1', '--port', String(port), '--store-type', 'mem', '--api-delete'];
  return start({ file: peer('olareg'), args, port, directory });
}

interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly directory: string;
}

async function start({ file, args, port, directory }: Program): Promise<RunningRegistry> {
  const child = spawn(file, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4000)));
  const close = async (): Promise<void> => {
    await stop(child);
    rmSync(directory, { recursive: true, force: true });
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`http://localhost:${port}/v2/`).catch(() => undefined);
    if (answer?.status === 200) return { host: `localhost:${port}`, close };
    await sleep(50);
  }
  await close();
  throw new Error(`${file} does not answer on port ${port}: ${stderr}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
