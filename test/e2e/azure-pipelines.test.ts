// The bundles in a job of Azure Pipelines: the documented pipeline, played step by step against an emulated Azure DevOps,
// Entra, Artifact Signing, timestamp authority and registry; and what the agent is told when something goes wrong.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startAzureDevOps } from '../support/azure-devops.ts';
import type { AzureDevOps } from '../support/azure-devops.ts';
import { emulatedSubject } from '../support/emulated-pki.ts';
import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { pushImage } from '../support/images.ts';
import { readPipeline, runPipelinesStep } from '../support/pipelines-agent.ts';
import type { PipelinesResult } from '../support/pipelines-agent.ts';
import { startRegistry } from '../support/registry.ts';

const root = join(import.meta.dirname, '../..');

describe('a job of Azure Pipelines', () => {
  let devOps: AzureDevOps;
  let emulator: Emulator;

  beforeAll(async () => {
    devOps = await startAzureDevOps();
    emulator = await startEmulator({ devOps });
  });
  afterAll(() => Promise.all([emulator.close(), devOps.close()]));

  const image = async () => (await pushImage({ host: emulator.registry.host, repository: 'app' })).reference;
  const named = ({ commands }: PipelinesResult, name: string) => commands.filter((command) => command.name === name);

  /** Plays the pipeline; what it takes from the agent and from AzureCLI@2 comes from the emulators. */
  async function play(reference: string): Promise<readonly PipelinesResult[]> {
    const { SYSTEM_ACCESSTOKEN = '', SYSTEM_OIDCREQUESTURI = '', ...connection } = devOps.environment;
    const values = {
      ...{ 'parameters.image': reference, 'System.AccessToken': SYSTEM_ACCESSTOKEN },
      ...{ endpoint: emulator.artifactSigning.origin, account: emulator.artifactSigning.account },
      ...{ profile: emulator.artifactSigning.profile, 'Pipeline.Workspace/notary': root },
    };
    const text = await readFile(join(root, 'action-fixtures/azure-pipelines/azure-pipelines.yml'), 'utf8');
    const { clientId, tenantId } = emulator.entra;
    const azureCli = { ...connection, AZURESUBSCRIPTION_CLIENT_ID: clientId, AZURESUBSCRIPTION_TENANT_ID: tenantId };
    const { 'timestamp-url': stamps = '', 'timestamp-roots': roots = '' } = emulator.signInputs;
    // In the place of Microsoft's own.
    const emulated: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      sign: { NOTARY_TIMESTAMP_URL: stamps, NOTARY_TIMESTAMP_ROOTS: roots },
      verify: {
        ...{ NOTARY_TRUSTED_ROOTS: roots, NOTARY_TRUSTED_TIMESTAMP_ROOTS: roots },
        NOTARY_TRUSTED_IDENTITIES: `x509.subject: ${emulatedSubject}`,
      },
    };
    const { AZURE_AUTHORITY_HOST = '', NODE_EXTRA_CA_CERTS = '' } = emulator.environment;
    const results: PipelinesResult[] = [];
    const outputs: Record<string, string> = {};
    for (const makeStep of readPipeline(text, values)) {
      const { name = '', task, script, env } = makeStep(outputs);
      const result = await runPipelinesStep({
        main: join(root, /notary\/(dist\/\w+\/index\.js)'$/.exec(script)?.[1] ?? ''),
        env: {
          ...{ AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS, SYSTEM_OIDCREQUESTURI },
          ...(task === 'AzureCLI@2' && azureCli),
          ...env,
          ...emulated[name],
        },
      });
      for (const [output, value] of Object.entries(result.outputs)) outputs[`${name}.${output}`] = value;
      results.push(result);
    }
    return results;
  }

  it('signs with its service connection and verifies, as the documented pipeline says', async () => {
    const reference = await image();
    const [signed, verified] = await play(reference);
    expect(signed).toMatchObject({ exitCode: 0, outputs: { digests: reference, result: 'success' } });
    expect(verified).toMatchObject({ exitCode: 0, outputs: { digests: reference, result: 'success' } });
    expect([signed!.summary, verified!.summary]).toEqual([
      expect.stringContaining('✅'),
      expect.stringContaining('✅'),
    ]);
    expect([signed!.report, verified!.report]).toMatchObject([{ result: 'success' }, { result: 'success' }]);
    expect(signed!.stdout).toContain('Azure credential pipelines: client id');
    expect(devOps.requests).toHaveLength(1);
    const secrets = named(signed!, 'task.setsecret').map(({ data }) => data);
    expect(secrets).toContain(devOps.environment.SYSTEM_ACCESSTOKEN);
    for (const { headers } of emulator.artifactSigning.requests) {
      expect(secrets).toContain(headers.authorization?.replace('Bearer ', ''));
    }
    for (const result of [signed!, verified!]) {
      expect(named(result, 'task.logissue')).toEqual([]);
      expect(named(result, 'task.complete')).toEqual([]);
      // Not one line of the other dialect.
      expect(result.stdout).not.toMatch(/^::/m);
    }
  });

  it('is told by one command of every failure, whatever a server says', async () => {
    const attack =
      'x\n##vso[task.setvariable variable=digests;isOutput=true]forged\r\n##[error]y ##vso[task.complete result=Succeeded;]';
    const hostile = await startRegistry();
    const { reference } = await pushImage({ host: hostile.host, repository: 'app' });
    const refusal = {
      status: 403,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ errors: [{ code: 'DENIED', message: attack, detail: attack }] })),
    };
    hostile.registry.intercept(({ method }) => (method === 'GET' ? refusal : undefined));
    const result = await runPipelinesStep({
      main: 'dist/verify/index.js',
      env: {
        NOTARY_ARTIFACTS: `${reference}\n${await image()}`,
        NOTARY_VERIFICATION_LEVEL: 'audit',
        NOTARY_TRUSTED_ROOTS: emulator.rootFile,
        NOTARY_TRUSTED_IDENTITIES: '*',
      },
    });
    await hostile.close();
    expect(result).toMatchObject({ exitCode: 1, outputs: { digests: '', result: 'failure' } });
    const issues = named(result, 'task.logissue');
    expect(issues.map(({ properties, data }) => [properties, data.split(' ')[0]])).toEqual([
      [{ type: 'error' }, 'error:'],
      [{ type: 'error' }, 'unsigned:'],
    ]);
    // What the server said is there, as text.
    expect(issues[0]?.data).toContain(
      'x\\n#\\#vso[task.setvariable variable=digests;isOutput=true]forged\\r\\n#\\#[error]y',
    );
    expect(named(result, 'task.complete')).toEqual([
      { name: 'task.complete', properties: { result: 'Failed' }, data: 'Nothing was verified' },
    ]);
    const names = new Set(result.commands.map(({ name }) => name));
    expect([...names].sort()).toEqual(['task.complete', 'task.logissue', 'task.setvariable', 'task.uploadsummary']);
    expect(result.stdout).not.toContain('##[error]');
    expect(result.stdout.match(/##vso\[/g)).toHaveLength(result.commands.length);
  });

  it('tells of wrong inputs by the names of its environment, and does not see those that tasks hide', async () => {
    const result = await runPipelinesStep({
      main: 'dist/sign/index.js',
      env: { NOTARY_ARTEFACTS: 'x', INPUT_ARTIFACTS: 'y', NOTARY_RECURSIVE: 'perhaps' },
    });
    expect(result.exitCode).toBe(1);
    const told = named(result, 'task.logissue').map(({ data }) => data);
    expect(
      told.some((text) => text.includes('artefacts: is not an input of this action') && text.includes('`artifacts`')),
    ).toBe(true);
    expect(told.some((text) => text.includes('artifacts: is required'))).toBe(true);
    expect(result.summary).toContain('Nothing was signed');
  });

  it('says what its service connection lacks', async () => {
    const { clientId, tenantId } = emulator.entra;
    const sign = Object.entries(emulator.signInputs).map(([name, value]) => {
      return [`NOTARY_${name.replaceAll('-', '_').toUpperCase()}`, value] as const;
    });
    const result = await runPipelinesStep({
      main: 'dist/sign/index.js',
      env: {
        ...emulator.environment,
        ...Object.fromEntries(sign),
        ...{ NOTARY_ARTIFACTS: await image(), NOTARY_AZURE_CLIENT_ID: clientId, NOTARY_AZURE_TENANT_ID: tenantId },
        AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: 'another',
      },
    });
    const [issue] = named(result, 'task.logissue');
    expect(issue?.data).toContain('CREDENTIAL_REJECTED');
    expect(issue?.data).toContain('The pipeline is not authorized to use the service connection another.');
    expect(result.exitCode).toBe(1);
  });
});
