import { describe, expect, it } from 'vitest';

import { readAzureInputs, requireAzureInputs } from '../../../shared/action/azure-inputs.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { InputReader } from '../../../shared/github/inputs.ts';
import { filesInMemory } from '../../support/ports.ts';

const clientId = '11111111-2222-3333-4444-555555555555';
const tenantId = '66666666-7777-8888-9999-000000000000';
const ids = { 'azure-client-id': clientId, 'azure-tenant-id': tenantId };
const identity = { clientId, tenantId, cloud: 'public' };

const gitHub = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' };
const ofMachine = { AZURE_CLIENT_ID: '99999999-2222-3333-4444-555555555555', AZURE_TENANT_ID: 'machine.example' };
const machine = { clientId: ofMachine.AZURE_CLIENT_ID, tenantId: ofMachine.AZURE_TENANT_ID, cloud: 'public' };
const file = { AZURE_FEDERATED_TOKEN_FILE: '/token' };
const secret = { AZURE_CLIENT_SECRET: 'hush' };
const container = { IDENTITY_ENDPOINT: 'http://127.0.0.1:1', IDENTITY_HEADER: 'x' };
const pipelines = {
  ...{ SYSTEM_OIDCREQUESTURI: 'https://devops.example/oidc', SYSTEM_ACCESSTOKEN: 'job' },
  AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: 'connection',
};
const session = { '/az/azureProfile.json': '{"subscriptions":[{}]}' };

interface Case {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

async function read({ inputs = {}, environment = {}, files = {} }: Case, isNeeded = false) {
  const all = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
  const reader = new InputReader(all);
  const surroundings = { environment: { AZURE_CONFIG_DIR: '/az', ...environment }, files: filesInMemory(files) };
  const credential = await readAzureInputs(reader, surroundings);
  if (isNeeded) requireAzureInputs(reader, credential);
  reader.complete({});
  return credential;
}

async function refusal(given: Case): Promise<string> {
  const error: unknown = await read(given, true).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return (error as NotaryError).message;
}

describe('azure-credential auto', () => {
  // The runner fills in the default.
  const auto = { 'azure-credential': 'auto' };

  it('is nobody where nothing is configured', async () => {
    expect(await read({ inputs: auto, environment: gitHub })).toBeUndefined();
    expect(await read({ inputs: auto, environment: ofMachine })).toBeUndefined();
  });

  it('takes the first that is configured, in the documented order', async () => {
    const environment = { ...gitHub, ...pipelines, ...file, ...secret, ...container, ...ofMachine };
    const all = { inputs: { ...auto, ...ids }, environment, files: session };
    expect(await read(all)).toEqual({ kind: 'oidc', identity });
    const off = (...names: readonly string[]) => ({
      ...all,
      environment: { ...environment, ...Object.fromEntries(names.map((name) => [name, ''])) },
    });
    const withoutGitHub = Object.keys(gitHub);
    expect(await read(off(...withoutGitHub))).toEqual({
      kind: 'pipelines',
      identity,
      connection: { id: 'connection', requestUri: 'https://devops.example/oidc', accessToken: 'job' },
    });
    const withoutPipelines = [...withoutGitHub, 'SYSTEM_ACCESSTOKEN'];
    expect(await read(off(...withoutPipelines))).toEqual({ kind: 'workload-identity', identity, tokenFile: '/token' });
    const withoutFile = [...withoutPipelines, 'AZURE_FEDERATED_TOKEN_FILE'];
    expect(await read(off(...withoutFile))).toEqual({ kind: 'client-secret', identity, secret: 'hush' });
    const withoutSecret = [...withoutFile, 'AZURE_CLIENT_SECRET'];
    // An identity was named, and the session has another.
    expect(await read(off(...withoutSecret))).toEqual({ kind: 'managed-identity', clientId, tenantId });
    expect(await read({ ...off(...withoutSecret), inputs: auto })).toEqual({ kind: 'azure-cli' });
    expect(await read({ ...off(...withoutSecret), inputs: auto, files: {} })).toEqual({
      kind: 'managed-identity',
      clientId: machine.clientId,
    });
  });

  it('knows an identity of the machine from the environment', async () => {
    expect(await read({ environment: { ...file, ...ofMachine } })).toEqual({
      kind: 'workload-identity',
      identity: machine,
      tokenFile: '/token',
    });
    const ofConnection = { AZURESUBSCRIPTION_CLIENT_ID: clientId, AZURESUBSCRIPTION_TENANT_ID: tenantId };
    expect(await read({ environment: { ...pipelines, ...ofConnection } })).toMatchObject({
      kind: 'pipelines',
      identity,
    });
  });

  it("never shows the job's own token to an identity of the machine", async () => {
    expect(await read({ environment: { ...gitHub, ...file, ...ofMachine } })).toMatchObject({
      kind: 'workload-identity',
    });
  });

  it('means the token of the job by a mere identity, even where the job may not have one', async () => {
    expect(await read({ inputs: { ...auto, ...ids } })).toEqual({ kind: 'oidc', identity });
  });

  it.each([
    ['half an identity', { 'azure-client-id': clientId }, 'azure-tenant-id: is required'],
    ['the other half', { 'azure-tenant-id': tenantId }, 'azure-client-id: is required'],
    ['nothing', {}, 'azure-client-id: is required'],
  ])('asks for what is missing from %s', async (_what, inputs, message) => {
    expect(await refusal({ inputs: { ...auto, ...inputs } })).toContain(message);
  });

  it('tells of an id of a wrong shape once', async () => {
    const message = await refusal({ inputs: { ...auto, ...ids, 'azure-client-id': 'me' } });
    expect(message).toContain('azure-client-id: the client id is not a GUID: "me"');
    expect(message).not.toContain('required');
  });
});

describe('a named azure-credential', () => {
  it.each([
    ['oidc', {}, ['azure-client-id', 'azure-tenant-id']],
    ['workload-identity', {}, ['azure-client-id', 'azure-tenant-id', 'AZURE_FEDERATED_TOKEN_FILE']],
    ['client-secret', ofMachine, ['AZURE_CLIENT_SECRET']],
    ['pipelines', ofMachine, ['azure-client-id', 'azure-tenant-id', ...Object.keys(pipelines)]],
  ])('%s says all that it needs', async (kind, environment, names) => {
    const message = await refusal({ inputs: { 'azure-credential': kind }, environment, files: session });
    for (const name of names) expect(message).toContain(`${name}: is required`);
    expect(message.match(/is required/g)).toHaveLength(names.length);
  });

  it('is taken whatever else is configured', async () => {
    const all = { environment: { ...gitHub, ...file, ...ofMachine }, files: session };
    const named = (kind: string, inputs = {}) => read({ ...all, inputs: { ...inputs, 'azure-credential': kind } });
    expect(await named('azure-cli', { 'azure-tenant-id': tenantId })).toEqual({ kind: 'azure-cli', tenantId });
    expect(await named('managed-identity')).toEqual({ kind: 'managed-identity', clientId: machine.clientId });
    expect(await named('oidc', { ...ids, 'azure-cloud': 'china' })).toEqual({
      kind: 'oidc',
      identity: { ...identity, cloud: 'china' },
    });
  });

  it('azure-cli has an identity of its own', async () => {
    const message = await refusal({ inputs: { 'azure-credential': 'azure-cli', ...ids }, files: session });
    expect(message).toContain('azure-client-id: has no effect with azure-credential azure-cli');
  });

  it('is one of those that there are', async () => {
    expect(await refusal({ inputs: { 'azure-credential': 'token' } })).toContain('azure-credential: "token"');
  });
});
