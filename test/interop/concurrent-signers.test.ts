// Two processes sign one image fifty times each, on registries where every signature is an entry of one index that
// nobody can lock: Debian's docker-registry, and the embedded one without referrers API and without ETags.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createHttp } from '../../shared/host/http.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import { listSignatures } from '../../shared/oci/signatures.ts';
import { findPeer } from '../peers/peers.ts';
import { codeSigningChain } from '../support/ca.ts';
import { pushImage } from '../support/images.ts';
import { startDockerRegistry } from '../support/real-registries.ts';
import { startRegistry } from '../support/registry.ts';

const count = 50;
const program = join(import.meta.dirname, '../support/signing-process.ts');
let directory: string;
let keyInputs: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'concurrent-'));
  const signer = await codeSigningChain();
  const chain = join(directory, 'chain.pem');
  writeFileSync(chain, signer.chainPem);
  keyInputs = { 'INPUT_PRIVATE-KEY': signer.keyPem, 'INPUT_CERTIFICATE-CHAIN': chain };
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** @returns  the signatures that the process says it stored */
async function signMany(artifact: string): Promise<readonly string[]> {
  const environment = {
    ...{ PATH: process.env.PATH, HOME: directory, INPUT_ARTIFACTS: artifact, 'INPUT_ALLOW-UNTIMESTAMPED': 'true' },
    ...keyInputs,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(count)], { env: environment });
  return stdout.split('\n').filter((line) => line.startsWith('sha256:'));
}

async function listed(artifact: string): Promise<readonly string[]> {
  const reference = parseReference(artifact);
  const client = createHttp({ signal: new AbortController().signal, userAgent: 'tests', environment: {} });
  const credentials = () => Promise.resolve(undefined);
  const registries = new Registry({ http: client.http, credentials, plainHttp: new Set() });
  const repository = registries.repository(reference, 'pull');
  const subject = await repository.resolve(reference);
  const digests: string[] = [];
  for await (const { digest } of listSignatures(repository, subject.digest)) digests.push(digest);
  await client.close();
  return digests;
}

async function race(name: string, registry: { readonly host: string; close(): Promise<void> }): Promise<void> {
  try {
    const { digest } = await pushImage({ host: registry.host, repository: 'app' });
    const artifact = `${registry.host}/app@${digest}`;
    const stored = (await Promise.all([signMany(artifact), signMany(artifact)])).flat();
    const found = await listed(artifact);
    console.log(`${name}: ${stored.length} pushed, ${found.length} listed`);
    expect(new Set(stored).size).toBe(2 * count);
    expect([...found].sort()).toEqual([...stored].sort());
  } finally {
    await registry.close();
  }
}

describe('signers at the same time lose nothing', () => {
  it('on the embedded registry, tag schema', async () => {
    await race('the embedded registry', await startRegistry({ referrers: false }));
  });

  it.skipIf(findPeer('docker-registry') === undefined)("on Debian's docker-registry", async () => {
    await race("Debian's docker-registry", await startDockerRegistry());
  });
});
