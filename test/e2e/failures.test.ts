// Bad input, by name: each ends in its own code and remedy, exit 1, a summary that says so, and with nothing left in
// the registry that would list as a signature.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { errorCodes } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { pushImage } from '../support/images.ts';
import type { PushedArtifact, Target } from '../support/images.ts';
import { readSummary } from '../support/rendered.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';
import { forgeSignature, swapDigest } from '../support/tampering.ts';

let emulator: Emulator;
let target: Target;
let signed: PushedArtifact;
let directory: string;

type Inputs = Readonly<Record<string, string>>;
const run = (action: 'sign' | 'verify', inputs: Inputs, env: Inputs = emulator.environment): Promise<ActionResult> =>
  runAction({
    main: `dist/${action}/index.js`,
    inputs: { ...(action === 'sign' ? emulator.signInputs : emulator.verifyInputs), ...inputs },
    env,
  });

const without = (inputs: Inputs, ...names: readonly string[]): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));

/** The step failed under this code, with its remedy where a person reads it, and said so everywhere. */
function expectFailure(result: ActionResult, code: ErrorCode, remedy: string = errorCodes[code].remedy): void {
  expect(result.exitCode).toBe(1);
  expect(result.outputs.result).toBe('failure');
  const told = result.annotations
    .filter(({ level }) => level === 'error')
    .map(({ title, message }) => `${title} ${message}`);
  expect(told.join('\n')).toContain(code);
  expect(told.join('\n')).toContain(remedy);
  expect(readSummary(result.summary)).toContain('❌');
  expect(readSummary(result.summary)).toContain(code);
  expect(JSON.stringify(result.report)).toContain(code);
  expect(result.stderr).toBe('');
}

const listed = async ({ digest }: PushedArtifact): Promise<number> => {
  const response = await fetch(`http://${target.host}/v2/${target.repository}/referrers/${digest}`);
  return ((await response.json()) as { manifests: unknown[] }).manifests.length;
};

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'failures-'));
  emulator = await startEmulator();
  target = { host: emulator.registry.host, repository: 'app' };
  signed = await pushImage({ ...target, tag: 'v1' });
  expect(await run('sign', { artifacts: signed.reference })).toMatchObject({ exitCode: 0 });
});

afterAll(async () => {
  await emulator.close();
  rmSync(directory, { recursive: true });
});

describe('sign', () => {
  it('without id-token: write', async () => {
    const image = await pushImage(target);
    const env = without(emulator.environment, 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN');
    expectFailure(await run('sign', { artifacts: image.reference }, env), 'PERMISSION_MISSING');
    expect(await listed(image)).toBe(0);
  });

  it('with a profile that does not exist', async () => {
    const image = await pushImage(target);
    const result = await run('sign', { artifacts: image.reference, 'certificate-profile-name': 'no-such-profile' });
    expectFailure(result, 'KEY_NOT_FOUND');
    expect(result.stdout).toContain('no-such-profile');
    expect(await listed(image)).toBe(0);
  });

  it('of a digest that is not there', async () => {
    const reference = `${target.host}/app@sha256:${'0'.repeat(64)}`;
    expectFailure(await run('sign', { artifacts: reference }), 'REGISTRY_NOT_FOUND');
  });

  it('with a timestamp authority that does not answer: nothing is pushed', async () => {
    const image = await pushImage(target);
    const result = await run('sign', { artifacts: image.reference, 'timestamp-url': 'http://127.0.0.1:9/' });
    expectFailure(result, 'TIMESTAMP_UNAVAILABLE');
    expect(await listed(image)).toBe(0);
  });

  it('into a registry that refuses the manifest: the failure of one does not hide the other', async () => {
    const [image, other] = [await pushImage(target), await pushImage({ ...target, repository: 'other' })];
    const release = emulator.registry.registry.intercept(({ method, url }) =>
      method === 'PUT' && url.pathname.startsWith('/v2/app/manifests/') ? { status: 403, headers: {} } : undefined,
    );
    const result = await run('sign', { artifacts: `${image.reference}\n${other.reference}` });
    release();
    expectFailure(result, 'REGISTRY_UNAUTHORIZED');
    expect(result.outputs.digests).toBe(other.reference);
    expect(await listed(image)).toBe(0);
  });

  it('with every input wrong at once, before any request', async () => {
    const before = emulator.registry.registry.requests.length;
    const result = await runAction({
      main: 'dist/sign/index.js',
      inputs: {
        artifacts: 'Not A Reference\nregistry.example/no-tag',
        'signature-format': 'pgp',
        'user-metadata': 'io.cncf.notary.x=1',
        'signing-acount-name': 'typo',
        endpoint: 'ftp://x',
        concurrency: 'many',
      },
      env: emulator.environment,
    });
    expect(result.exitCode).toBe(1);
    const told = result.annotations.map(({ message }) => message).join('\n');
    for (const name of [
      ...['artifacts', 'signature-format', 'user-metadata', 'signing-acount-name', 'endpoint', 'concurrency'],
      ...['signing-account-name', 'certificate-profile-name', 'azure-client-id', 'azure-tenant-id'],
    ]) {
      expect(told).toContain(name);
      expect(readSummary(result.summary)).toContain(name);
    }
    expect(emulator.registry.registry.requests.length).toBe(before);
  });
});

describe('verify', () => {
  it('an unsigned image', async () => {
    const image = await pushImage(target);
    expectFailure(await run('verify', { artifacts: image.reference }), 'SIGNATURE_NOT_FOUND');
  });

  it('a digest that is not there', async () => {
    const reference = `${target.host}/app@sha256:${'0'.repeat(64)}`;
    expectFailure(await run('verify', { artifacts: reference }), 'REGISTRY_NOT_FOUND');
  });

  it('a signer below another root', async () => {
    const result = await run('verify', { artifacts: signed.reference, 'trusted-roots': 'microsoft-supply-chain' });
    expectFailure(result, 'TRUST_ANCHOR_NOT_FOUND');
    expect(readSummary(result.summary)).toContain('Emulated');
  });

  it('a signer of another name, whose own line is shown ready to paste', async () => {
    const wanted = { 'trusted-identities': 'x509.subject: C=US, ST=Oregon, O=Somebody Else' };
    const result = await run('verify', { artifacts: signed.reference, ...wanted });
    expectFailure(result, 'TRUSTED_IDENTITY_MISMATCH');
    expect(readSummary(result.summary)).toContain('x509.subject: ');
    expect(readSummary(result.summary)).toContain('O=Emulated Publisher');
  });

  it('an envelope whose payload was changed', async () => {
    const image = await pushImage(target);
    await forgeSignature(target, { from: signed, to: image, change: swapDigest(signed, image) });
    expectFailure(await run('verify', { artifacts: image.reference }), 'SIGNATURE_MISMATCH');
  });

  it('a signature that was moved to another image', async () => {
    const image = await pushImage(target);
    await forgeSignature(target, { from: signed, to: image });
    expectFailure(await run('verify', { artifacts: image.reference }), 'PAYLOAD_MISMATCH');
  });

  it('an image that was swapped under its tag', async () => {
    const tag = { ...target, tag: 'moved' };
    const first = await pushImage(tag);
    expect(await run('sign', { artifacts: first.reference })).toMatchObject({ exitCode: 0 });
    const byTag = `${target.host}/app:moved`;
    expect(await run('verify', { artifacts: byTag })).toMatchObject({
      exitCode: 0,
      outputs: { digests: first.reference },
    });
    const second = await pushImage(tag);
    const result = await run('verify', { artifacts: byTag });
    expectFailure(result, 'SIGNATURE_NOT_FOUND');
    expect(readSummary(result.summary)).toContain(second.digest);
  });

  it('a registry that is down: could not ask, and one bad artifact hides no other', async () => {
    const result = await run('verify', { artifacts: `localhost:9/app@${signed.digest}\n${signed.reference}` });
    expectFailure(result, 'REGISTRY_UNAVAILABLE', errorCodes.NETWORK_UNREACHABLE.remedy);
    expect(readSummary(result.summary)).toMatch(/again may help/);
    expect(result.outputs.digests).toBe(signed.reference);
    const verdicts = JSON.parse(result.outputs.results ?? '') as { verdict: string }[];
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['error', 'verified']);
  });

  describe('with files', () => {
    const withFiles = async (policy: string, prepare: (store: string) => void): Promise<ActionResult> => {
      const place = mkdtempSync(join(directory, 'trust-'));
      writeFileSync(join(place, 'trustpolicy.json'), policy);
      prepare(join(place, 'truststore/x509/ca/acme'));
      const inputs = {
        artifacts: signed.reference,
        'trust-policy': join(place, 'trustpolicy.json'),
        'trust-store': join(place, 'truststore'),
      };
      return runAction({ main: 'dist/verify/index.js', inputs, env: emulator.environment });
    };
    const statement = {
      ...{ name: 'all', registryScopes: ['*'], signatureVerification: { level: 'strict' } },
      ...{ trustStores: ['ca:acme'], trustedIdentities: ['*'] },
    };
    const policy = (...statements: readonly object[]): string =>
      JSON.stringify({ version: '1.0', trustPolicies: statements });
    const empty = (store: string): void => void mkdirSync(store, { recursive: true });

    it('a policy that is not JSON', async () => {
      expectFailure(await withFiles('{ version', empty), 'POLICY_INVALID');
    });

    it('a policy with an unknown level', async () => {
      const wrong = { ...statement, signatureVerification: { level: 'lenient' } };
      expectFailure(await withFiles(policy(wrong), empty), 'POLICY_INVALID');
    });

    it('a policy without a statement for the repository', async () => {
      const elsewhere = { ...statement, registryScopes: ['registry.example/other'] };
      expectFailure(await withFiles(policy(elsewhere), empty), 'POLICY_NOT_FOUND');
    });

    it('an empty trust store', async () => {
      expectFailure(await withFiles(policy(statement), empty), 'TRUST_STORE_INVALID');
    });

    it('a policy file that is not there', async () => {
      const inputs = { artifacts: signed.reference, 'trust-policy': '/nowhere/policy.json', 'trust-store': directory };
      const result = await runAction({ main: 'dist/verify/index.js', inputs });
      expect(result.exitCode).toBe(1);
      expect(result.annotations.map(({ message }) => message).join()).toContain('/nowhere/policy.json');
    });
  });
});
