// Key pairs for tests. RSA keys are slow to make, so they are kept under node_modules/.cache; the key numbered n is the
// same in every run, and no process gets one twice.

import { createPrivateKey, createPublicKey, generateKeyPair, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type TestKeySpec =
  `RSA-${number}` | 'EC-256' | 'EC-384' | 'EC-521' | 'EC-P224' | 'EC-secp256k1' | 'Ed25519' | `RSASSA-PSS-${number}`;

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const pool = join(import.meta.dirname, '../../node_modules/.cache/test-keys');
const taken = new Map<TestKeySpec, number>();

const generate = promisify(generateKeyPair);

const curves: Readonly<Record<string, string>> = {
  'EC-256': 'P-256',
  'EC-384': 'P-384',
  'EC-521': 'P-521',
  'EC-P224': 'secp224r1',
  'EC-secp256k1': 'secp256k1',
};

/** A key pair that this process has not had before. */
export async function testKey(spec: TestKeySpec): Promise<KeyPair> {
  const namedCurve = curves[spec];
  if (namedCurve !== undefined) return generate('ec', { namedCurve });
  if (spec === 'Ed25519') return generate('ed25519');
  const number = taken.get(spec) ?? 0;
  taken.set(spec, number + 1);
  return pooled(spec, `${spec}-${number}.pem`);
}

async function pooled(spec: TestKeySpec, file: string): Promise<KeyPair> {
  const path = join(pool, file);
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  if (kept !== undefined) return { privateKey: createPrivateKey(kept), publicKey: createPublicKey(kept) };
  const modulusLength = Number(spec.slice(spec.lastIndexOf('-') + 1));
  const pair = spec.startsWith('RSASSA-PSS')
    ? await generate('rsa-pss', { modulusLength })
    : await generate('rsa', { modulusLength });
  await keep(path, pair.privateKey);
  return pair;
}

/** Tests run in several processes at once: the file appears whole or not at all, and whoever comes last wins. */
async function keep(path: string, key: KeyObject): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`;
  await mkdir(pool, { recursive: true });
  await writeFile(unfinished, key.export({ type: 'pkcs8', format: 'pem' }));
  // Windows refuses to replace a file that another process reads; the key is then only not kept.
  await rename(unfinished, path).catch(() => rm(unfinished, { force: true }));
}
