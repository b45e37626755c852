// The example workflows and the reusable ones that they call, run by the real act: green where everything is signed, and
// red before the build where a base image is not.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findPeer, projectRoot } from '../peers/peers.ts';
import { runWorkflow } from '../support/act.ts';
import type { WorkflowResult } from '../support/act.ts';
import { startBuildah } from '../support/buildah.ts';
import type { Buildah } from '../support/buildah.ts';
import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { pushImage, pushIndex } from '../support/images.ts';
import { startOlareg } from '../support/real-registries.ts';
import type { RunningRegistry } from '../support/real-registries.ts';
import { runAction } from '../support/runner.ts';

const hasPeers = (['act', 'buildah', 'olareg', 'jq'] as const).every((name) => findPeer(name) !== undefined);

describe.skipIf(!hasPeers)('on act', () => {
  let registry: RunningRegistry;
  let emulator: Emulator;
  let buildah: Buildah;
  /** By tag: signed, unsigned. */
  const bases: Record<string, string> = {};
  beforeAll(async () => {
    [registry, emulator] = await Promise.all([startOlareg(), startEmulator()]);
    buildah = await startBuildah(registry.host);
    for (const tag of ['signed', 'unsigned']) {
      const name = `${registry.host}/base:${tag}`;
      await buildah.build({ name, files: { Dockerfile: 'FROM scratch\nCOPY version /\n', version: tag } });
      bases[tag] = `${registry.host}/base@${await buildah.push(name)}`;
    }
    const inputs = { ...emulator.signInputs, artifacts: bases.signed ?? '' };
    const signed = await runAction({ main: 'dist/sign/index.js', inputs, env: emulator.environment });
    expect(signed).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => Promise.all([registry.close(), emulator.close(), buildah.close()]));

  interface Example {
    readonly event?: string;
    readonly files: Readonly<Record<string, string | { readonly from: string }>>;
    readonly variables?: Readonly<Record<string, string>>;
    readonly from?: string;
  }
  const run = async (
    name: string,
    { event = 'push', files, variables = {}, from }: Example,
  ): Promise<WorkflowResult> => {
    const { HOME, ...building } = buildah.environment;
    const workflow = `.github/workflows/${name}.yml`;
    const result = await runWorkflow({
      ...{ workflow, event },
      files: { ...files, [workflow]: { from: from ?? `action-fixtures/workflows/${name}.yml` } },
      variables: { ...settings(), ...variables },
      environment: { ...emulator.environment, ...building, STAND_IN_HOME: HOME ?? '' },
    });
    console.log(`act ${event} ${name}.yml:`, result.jobs);
    return result;
  };
  /** What the repository of an example would have been set up with. */
  const settings = (): Readonly<Record<string, string>> => ({
    REGISTRY: registry.host,
    SIGNING_ENDPOINT: emulator.signInputs.endpoint ?? '',
    SIGNING_ACCOUNT: emulator.signInputs['signing-account-name'] ?? '',
    CERTIFICATE_PROFILE: emulator.signInputs['certificate-profile-name'] ?? '',
    AZURE_CLIENT_ID: emulator.signInputs['azure-client-id'] ?? '',
    AZURE_TENANT_ID: emulator.signInputs['azure-tenant-id'] ?? '',
    TIMESTAMP_URL: emulator.signInputs['timestamp-url'] ?? '',
    TIMESTAMP_ROOTS: emulator.rootFile,
    TRUSTED_ROOTS: emulator.rootFile,
    TRUSTED_TIMESTAMP_ROOTS: emulator.rootFile,
    TRUSTED_IDENTITIES: emulator.verifyInputs['trusted-identities'] ?? '',
  });
  const context = (tag: string): Readonly<Record<string, string>> => ({
    Dockerfile: `FROM ${registry.host}/base:${tag}\nCOPY app /app\n`,
    app: tag,
  });
  const steps = ({ steps: all }: WorkflowResult, action: RegExp): readonly string[] =>
    Object.entries(all).flatMap(([step, result]) => (action.test(step) ? [result] : []));

  it('builds, signs with the token of the job, and verifies', async () => {
    const result = await run('release', { files: context('signed') });
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.jobs).toEqual({
      'image/build, sign, verify/build': 'success',
      'image/build, sign, verify/sign': 'success',
      'image/build, sign, verify/verify': 'success',
    });
    const tag = `${registry.host}/app:main`;
    const inputs = { ...emulator.verifyInputs, artifacts: tag };
    const verified = await runAction({ main: 'dist/verify/index.js', inputs, env: emulator.environment });
    expect(verified).toMatchObject({ exitCode: 0 });
  });

  it.each(['build', 'build-in-one-job'])('%s.yml builds on a base that was verified', async (name) => {
    const result = await run(name, { files: context('signed') });
    expect(result).toMatchObject({ exitCode: 0 });
    expect(steps(result, /build-push-action/)).toEqual(['success']);
    expect(result.log).toContain(`STEP 1/2: FROM ${bases.signed}`);
  });

  it.each(['build', 'build-in-one-job'])('%s.yml ends before it builds on a base that is not signed', async (name) => {
    const result = await run(name, { files: context('unsigned') });
    expect(result).toMatchObject({ exitCode: 1 });
    expect(Object.values(result.jobs)).toEqual(['failure']);
    expect(steps(result, /(notary-actions|REPO)\/verify/)).toEqual(['failure']);
    expect(steps(result, /build-push-action/)).toEqual([]);
    expect(result.log).toContain('SIGNATURE_NOT_FOUND');
    expect(result.log).not.toContain('STEP 1/2');
  });

  describe('nightly.yml', () => {
    const list = (...references: readonly (string | undefined)[]): Example => ({
      event: 'schedule',
      files: { 'deployed.txt': `# deployed\r\n\n${references.join('\n')}` },
    });
    const tagged = (): string => `${registry.host}/base:signed`;
    const verdicts = ({ artifacts }: WorkflowResult): unknown => {
      const report = JSON.parse(artifacts['verify-report'] ?? '') as { results: { verdict: string }[] };
      const { results, ...rest } = report;
      return { ...rest, verdicts: results.map(({ verdict }) => verdict).sort() };
    };

    it('verifies in shards and gathers one report', async () => {
      const result = await run('nightly', list(bases.signed, tagged(), bases.signed));
      expect(result).toMatchObject({ exitCode: 0 });
      expect(result.jobs).toEqual({
        'deployed/verify many/list': 'success',
        'deployed/verify many/verify (1 of 2)': 'success',
        'deployed/verify many/verify (2 of 2)': 'success',
        'deployed/verify many/gather': 'success',
      });
      expect(verdicts(result)).toEqual({
        ...{ schemaVersion: 1, result: 'success', shards: 2, reports: 2, failures: [] },
        verdicts: ['verified', 'verified', 'verified'],
      });
    });

    it('ends red with the whole report where one shard does', async () => {
      const result = await run('nightly', list(bases.signed, tagged(), bases.unsigned));
      expect(result).toMatchObject({ exitCode: 1 });
      // act gives all jobs of a matrix the result of the worst.
      expect(result.steps).toMatchObject({
        'deployed/verify many/verify (1 of 2): ./.notary-actions/verify': 'success',
        'deployed/verify many/verify (2 of 2): ./.notary-actions/verify': 'failure',
      });
      expect(result.jobs).toMatchObject({ 'deployed/verify many/gather': 'failure' });
      expect(verdicts(result)).toEqual({
        ...{ schemaVersion: 1, result: 'failure', shards: 2, reports: 2, failures: [] },
        verdicts: ['unsigned', 'verified', 'verified'],
      });
    });

    it('ends red and says why where no shard could begin', async () => {
      const result = await run('nightly', { ...list(bases.signed), variables: { TRUSTED_IDENTITIES: '' } });
      expect(result).toMatchObject({ exitCode: 1, jobs: { 'deployed/verify many/gather': 'failure' } });
      const report = JSON.parse(result.artifacts['verify-report'] ?? '') as unknown;
      expect(report).toMatchObject({ result: 'failure', results: [], failures: [{ code: 'INPUT_MISSING' }] });
    });

    it('ends red where there is nothing to verify', async () => {
      const result = await run('nightly', list());
      expect(result).toMatchObject({ exitCode: 1, jobs: { 'deployed/verify many/list': 'failure' } });
      expect(result.log).toContain('There is nothing to verify');
    });
  });

  it('plays the composite examples', async () => {
    const target = { host: emulator.registry.host, repository: 'fixtures/app' };
    const [image, unsigned, index] = await Promise.all([pushImage(target), pushImage(target), pushIndex(target)]);
    const variables = {
      ...{ IMAGE: image.reference, UNSIGNED: unsigned.reference, INDEX: index.reference },
      SIGNING_KEY: await readFile(join(projectRoot, 'action-fixtures/pem/signing-key.pem'), 'utf8'),
    };
    const parts = ['sign/action.yml', 'verify/action.yml', 'dist', 'action-fixtures'];
    const files = Object.fromEntries(parts.map((from) => [from, { from }]));
    const result = await run('composites', { files, variables, from: 'test/support/act/composites.yml' });
    expect(result).toMatchObject({ exitCode: 0, jobs: { 'composites/play': 'success' } });
    expect(steps(result, /action-fixtures/)).toEqual(['success', 'success', 'success']);
  });
});
