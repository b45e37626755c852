// The JSON reports of all kinds of runs keep to their schemas.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { pushImage, pushIndex } from '../support/images.ts';
import type { PushedArtifact } from '../support/images.ts';
import { reportValidator } from '../support/report-schema.ts';
import { runAction } from '../support/runner.ts';
import { forgeSignature, swapDigest } from '../support/tampering.ts';

type Inputs = Readonly<Record<string, string>>;

describe('the report', () => {
  let workspace: string;
  let emulator: Emulator;
  let index: PushedArtifact;
  let forged: PushedArtifact;
  let unsigned: PushedArtifact;
  const validators = { sign: reportValidator('sign'), verify: reportValidator('verify') };
  beforeAll(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'report-'));
    emulator = await startEmulator();
    const target = { host: emulator.registry.host, repository: 'app' };
    [index, forged, unsigned] = await Promise.all([pushIndex(target), pushImage(target), pushImage(target)]);
    const stolen = await pushImage(target);
    await run('sign', { artifacts: `${index.reference}\n${stolen.reference}` });
    await forgeSignature(target, { from: stolen, to: forged, change: swapDigest(stolen, forged) });
  });
  afterAll(async () => {
    await emulator.close();
    await rm(workspace, { recursive: true });
  });

  const run = async (action: 'sign' | 'verify', inputs: Inputs): Promise<Readonly<Record<string, unknown>>> => {
    const given = { ...(action === 'sign' ? emulator.signInputs : emulator.verifyInputs), ...inputs };
    const { report } = await runAction({
      main: `dist/${action}/index.js`,
      inputs: given,
      env: emulator.environment,
      cwd: workspace,
    });
    const validate = validators[action];
    validate(report);
    expect(validate.errors).toBeNull();
    return report as Record<string, unknown>;
  };
  const gone = (): string => `${emulator.registry.host}/gone:1`;

  it('of sign: signed, signed before, failed', async () => {
    const artifacts = `${index.reference}\n${gone()}`;
    expect(await run('sign', { artifacts, recursive: 'true', 'if-signed': 'skip' })).toMatchObject({
      schemaVersion: 1,
      result: 'failure',
      signatures: [{ action: 'skipped' }, { action: 'signed' }, { action: 'signed' }],
      failures: [{ code: 'REGISTRY_NOT_FOUND' }],
    });
  });

  it('of sign: a dry run', async () => {
    const report = await run('sign', { artifacts: unsigned.reference, 'dry-run': 'true' });
    expect(report).toMatchObject({ result: 'success', signatures: [], rehearsals: [{ digest: unsigned.digest }] });
  });

  it('of verify: every part that files bring', async () => {
    const { host } = emulator.registry;
    const lines = [
      `FROM ${index.reference}`,
      `FROM ${forged.reference}`,
      `FROM ${unsigned.reference}`,
      `FROM ${gone()}`,
    ];
    const copies = ['COPY --from=0 /a /a', 'COPY --from=1 /a /a', 'COPY --from=2 /a /a'];
    await writeFile(join(workspace, 'Dockerfile'), `# syntax=${host}/gone:2\n${[...lines, ...copies].join('\n')}\n`);
    const report = await run('verify', {
      ...{ dockerfiles: 'Dockerfile', platforms: 'linux/amd64', 'on-unsigned': 'warn' },
      'trusted-identities': `${emulator.verifyInputs['trusted-identities'] ?? ''}\nx509.eku: 1.2.3`,
    });
    const results = report.results as { verdict: string; onUnsigned?: string }[];
    expect(new Set(results.map(({ verdict }) => verdict))).toEqual(
      new Set(['verified', 'invalid', 'unsigned', 'error']),
    );
    expect(report.findings).not.toEqual([]);
  });

  it.each(['sign', 'verify'] as const)('of %s: nothing could begin', async (action) => {
    expect(await run(action, { artifacts: 'not a reference' })).toMatchObject({ schemaVersion: 1, result: 'failure' });
  });

  it('would show a member that the schema does not describe', () => {
    const validate = validators.verify;
    expect(validate({ schemaVersion: 1, result: 'success', results: [] })).toBe(true);
    expect(validate({ schemaVersion: 1, result: 'success', results: [], more: 1 })).toBe(false);
    expect(validate({ schemaVersion: 2, result: 'success', results: [] })).toBe(false);
  });
});
