// The real notation CLI in a configuration directory of its own: trust policy, trust stores and signing keys as its
// users lay them out (DIR-4, CLI-10).

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { peer } from '../peers/peers.ts';

export interface NotationTrust {
  readonly level?: 'strict' | 'permissive' | 'audit';
  /** PEM, one file each in the store ca:e2e. */
  readonly roots: readonly string[];
  /** PEM, one file each in the store tsa:e2e; none leaves the store out of the policy. */
  readonly timestampRoots?: readonly string[];
  readonly identities: readonly string[];
}

export interface NotationKey {
  /** PKCS#8 PEM. */
  readonly keyPem: string;
  /** Leaf to root, PEM. */
  readonly chainPem: string;
}

export interface NotationSigning {
  readonly key: NotationKey;
  readonly format: 'cose' | 'jws';
  readonly timestamp?: { readonly url: string; readonly rootPem: string };
}

export interface NotationResult {
  readonly exitCode: number;
  readonly output: string;
}

export interface Notation {
  /** What a `trust-policy` input takes. */
  readonly trustPolicy: string;
  /** What a `trust-store` input takes. */
  readonly trustStore: string;
  verify(reference: string, ...flags: readonly string[]): Promise<NotationResult>;
  sign(reference: string, signing: NotationSigning, ...flags: readonly string[]): Promise<NotationResult>;
  list(reference: string, ...flags: readonly string[]): Promise<NotationResult>;
  /** With the key "key-1" of a plugin beside the trust policy, in plugins/NAME. */
  signByPlugin(reference: string, name: string, ...flags: readonly string[]): Promise<NotationResult>;
  remove(): void;
}

export function createNotation(trust: NotationTrust): Notation {
  const directory = mkdtempSync(join(tmpdir(), 'notation-'));
  const config = join(directory, 'config');
  const environment = { ...process.env, NOTATION_CONFIG: config, NOTATION_CACHE: join(directory, 'cache') };
  const trustPolicy = join(config, 'trustpolicy.json');
  const trustStore = join(config, 'truststore');
  writeStore(join(trustStore, 'x509/ca/e2e'), trust.roots);
  const stores = ['ca:e2e'];
  if (trust.timestampRoots !== undefined) {
    writeStore(join(trustStore, 'x509/tsa/e2e'), trust.timestampRoots);
    stores.push('tsa:e2e');
  }
  const statement = {
    name: 'e2e',
    registryScopes: ['*'],
    signatureVerification: { level: trust.level ?? 'strict' },
    trustStores: stores,
    trustedIdentities: trust.identities,
  };
  writeFileSync(trustPolicy, JSON.stringify({ version: '1.0', trustPolicies: [statement] }));

  const run = async (args: readonly string[]): Promise<NotationResult> => {
    try {
      // What it has for layouts it calls experimental.
      const env = { ...environment, ...(args.includes('--oci-layout') && { NOTATION_EXPERIMENTAL: '1' }) };
      const { stdout, stderr } = await promisify(execFile)(peer('notation'), args, { env });
      return { exitCode: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number | string; stdout: string; stderr: string };
      if (typeof code !== 'number') throw error;
      return { exitCode: code, output: stdout + stderr };
    }
  };
  return {
    trustPolicy,
    trustStore,
    verify: (reference, ...flags) => run(['verify', reference, ...flags]),
    list: (reference, ...flags) => run(['list', reference, ...flags]),
    sign: (reference, { key, format, timestamp }, ...flags) => {
      const name = writeKey(config, key);
      const stamping = timestamp && ['--timestamp-url', timestamp.url, ...rootFlag(directory, timestamp.rootPem)];
      return run(['sign', '--key', name, '--signature-format', format, ...(stamping ?? []), ...flags, reference]);
    },
    signByPlugin: (reference, name, ...flags) => run(['sign', '--plugin', name, '--id', 'key-1', ...flags, reference]),
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function writeStore(directory: string, certificates: readonly string[]): void {
  mkdirSync(directory, { recursive: true });
  certificates.forEach((pem, index) => {
    writeFileSync(join(directory, `${index}.pem`), pem);
  });
}

function writeKey(config: string, { keyPem, chainPem }: NotationKey): string {
  const keyPath = join(config, 'e2e.key');
  const certPath = join(config, 'e2e.crt');
  writeFileSync(keyPath, keyPem, { mode: 0o600 });
  writeFileSync(certPath, chainPem);
  const keys = { default: 'e2e', keys: [{ name: 'e2e', keyPath, certPath }] };
  writeFileSync(join(config, 'signingkeys.json'), JSON.stringify(keys), { mode: 0o600 });
  return 'e2e';
}

function rootFlag(directory: string, pem: string): readonly string[] {
  const path = join(directory, 'timestamp-root.pem');
  writeFileSync(path, pem);
  return ['--timestamp-root-cert', path];
}
