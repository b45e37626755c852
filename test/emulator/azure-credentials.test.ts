// Every kind of Azure credential against what gives it: the real programs, files and endpoints, on loopback.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { azureAccessToken } from '../../shared/azure/access-token.ts';
import type { AzureCredential } from '../../shared/azure/credential.ts';
import { NotaryError } from '../../shared/errors.ts';
import { createExec, programEnvironment } from '../../shared/github/exec.ts';
import { files } from '../../shared/host/files.ts';
import type { Environment } from '../../shared/ports.ts';
import { installAzureCli } from '../support/azure-cli.ts';
import type { FakeCli } from '../support/azure-cli.ts';
import { startAzureDevOps } from '../support/azure-devops.ts';
import type { AzureDevOps } from '../support/azure-devops.ts';
import { startEntra } from '../support/entra.ts';
import type { Entra } from '../support/entra.ts';
import { startGitHubOidc } from '../support/github-oidc.ts';
import type { GitHubOidc } from '../support/github-oidc.ts';
import { startImds } from '../support/imds.ts';
import type { Imds } from '../support/imds.ts';
import { faults } from '../support/loopback-server.ts';
import { createTlsIdentity } from '../support/tls.ts';
import type { TlsIdentity } from '../support/tls.ts';
import { createWorld, idTokenFrom, trustAuthority } from './azure-world.ts';

const world = createWorld();
const resource = 'https://codesigning.azure.net';
const scope = `${resource}/.default`;
const userAssigned = '5f0c2a44-8f0d-4b6e-b1a7-6c5d4e3f2a10';
const home = mkdtempSync(join(tmpdir(), 'credentials-'));
let tls: TlsIdentity;
let oidc: GitHubOidc;
let devOps: AzureDevOps;
let entra: Entra;
let imds: Imds;
let cli: FakeCli;

beforeAll(async () => {
  [tls, oidc, devOps] = await Promise.all([createTlsIdentity(), startGitHubOidc(), startAzureDevOps()]);
  trustAuthority(tls.caPem);
  const audience = 'api://AzureADTokenExchange';
  entra = await startEntra({
    tls,
    clientSecret: 'hunter2',
    federatedCredentials: [
      { issuer: oidc.issuer, subject: oidc.subject, audience },
      { issuer: devOps.issuer, subject: devOps.subject, audience },
    ],
    issuerKeys: new Map([
      [oidc.issuer, oidc.publicKey],
      [devOps.issuer, devOps.publicKey],
    ]),
  });
  const { issueToken } = entra;
  imds = await startImds({ issueToken, userAssigned: [userAssigned] });
  cli = installAzureCli({ tokens: { [resource]: issueToken(resource) }, tenantId: entra.tenantId });
});

afterAll(async () => {
  await Promise.all([entra.close(), oidc.close(), devOps.close(), imds.close(), world.close(), tls.remove()]);
  cli.remove();
  rmSync(home, { recursive: true });
});

const identity = () => ({ clientId: entra.clientId, tenantId: entra.tenantId, cloud: 'public' }) as const;

async function ask(credential: AzureCredential, environment: Environment = {}, asked = scope): Promise<string> {
  const all = { AZURE_AUTHORITY_HOST: entra.origin, ...environment };
  const limits = { timeoutMs: 20_000, maxStdoutBytes: 65_536, signal: new AbortController().signal };
  const exec = createExec({ environment: programEnvironment(all, ['AZURE_CONFIG_DIR']), ...limits });
  const idToken = (audience: string): Promise<string> => idTokenFrom(oidc, audience);
  return azureAccessToken(credential, { ...world, files, environment: all, exec, idToken })(asked);
}

async function refused(...given: Parameters<typeof ask>): Promise<NotaryError> {
  const error: unknown = await ask(...given).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  const { message, remedy } = error as NotaryError;
  expect(`${message}${remedy}`).not.toMatch(/eyJ[\w-]{10}|hunter|emulated-job-token/u);
  return error as NotaryError;
}

const isGood = (token: string): boolean => entra.readToken(token, resource) !== undefined;

describe('oidc', () => {
  it('presents the token of the job', async () => {
    expect(isGood(await ask({ kind: 'oidc', identity: identity() }))).toBe(true);
  });
});

describe('workload-identity', () => {
  const tokenFile = join(home, 'token');

  it('presents the token in the file, as it is at that moment', async () => {
    writeFileSync(tokenFile, `${await idTokenFrom(oidc, 'api://AzureADTokenExchange')}\n`);
    expect(isGood(await ask({ kind: 'workload-identity', identity: identity(), tokenFile }))).toBe(true);
  });

  it('names the file that is not there', async () => {
    const error = await refused({ kind: 'workload-identity', identity: identity(), tokenFile: join(home, 'none') });
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain(join(home, 'none'));
    expect(error.message).toContain('AZURE_FEDERATED_TOKEN_FILE');
  });

  it('is refused with what is no token', async () => {
    writeFileSync(tokenFile, 'not a token');
    const error = await refused({ kind: 'workload-identity', identity: identity(), tokenFile });
    expect(error.code).toBe('CREDENTIAL_REJECTED');
    expect(error.message).toContain('presented: a token whose claims cannot be read');
  });
});

describe('client-secret', () => {
  it('shows the secret', async () => {
    expect(isGood(await ask({ kind: 'client-secret', identity: identity(), secret: 'hunter2' }))).toBe(true);
  });

  it('AADSTS7000215: is refused with another', async () => {
    const error = await refused({ kind: 'client-secret', identity: identity(), secret: 'hunter3' });
    expect(error.code).toBe('CREDENTIAL_REJECTED');
    expect(error.message).toContain('AADSTS7000215');
    expect(error.message).toContain('presented: a client secret');
    expect(error.remedy).toContain('need no secret');
  });
});

describe('pipelines', () => {
  const credential = (changes: Readonly<Record<string, string>> = {}): AzureCredential => {
    const environment: Environment = { ...devOps.environment, ...changes };
    const {
      SYSTEM_OIDCREQUESTURI: requestUri = '',
      SYSTEM_ACCESSTOKEN: accessToken = '',
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: id = '',
    } = environment;
    return { kind: 'pipelines', identity: identity(), connection: { id, requestUri, accessToken } };
  };

  it('presents the token of the service connection', async () => {
    expect(isGood(await ask(credential()))).toBe(true);
    expect(devOps.requests.at(-1)?.headers).toMatchObject({ 'x-tfs-fedauthredirect': 'Suppress' });
  });

  it('says how to give the job its token', async () => {
    const error = await refused(credential({ SYSTEM_ACCESSTOKEN: 'emulated-job-token-of-yesterday' }));
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(error.message).toContain('HTTP 401');
    expect(error.remedy).toContain('$(System.AccessToken)');
  });

  it('says which service connection the pipeline may not use', async () => {
    const error = await refused(credential({ AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: 'other' }));
    expect(error.code).toBe('CREDENTIAL_REJECTED');
    expect(error.message).toContain('not authorized to use the service connection other');
  });

  it('may be unavailable', async () => {
    devOps.setFault(() => ({ status: 503, headers: { 'retry-after': '0' } }));
    expect(await refused(credential())).toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
    devOps.setFault(undefined);
  });

  it.each(['http://devops.example/oidc', 'nonsense'])('sends the token of the job to no %s', async (requestUri) => {
    const error = await refused(credential({ SYSTEM_OIDCREQUESTURI: requestUri }));
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toContain('SYSTEM_OIDCREQUESTURI');
  });
});

describe('azure-cli', () => {
  it('asks the session', async () => {
    expect(isGood(await ask({ kind: 'azure-cli' }, cli.environment))).toBe(true);
    const run = cli.runs().at(-1);
    expect(run?.args).toEqual(['account', 'get-access-token', '--output', 'json', '--resource', resource]);
    expect(Object.keys(run?.environment ?? {})).toEqual(expect.arrayContaining(['AZURE_CONFIG_DIR', 'PATH']));
    expect(run?.environment).not.toHaveProperty('AZURE_AUTHORITY_HOST');
  });

  it('for the tenant that is named', async () => {
    expect(isGood(await ask({ kind: 'azure-cli', tenantId: entra.tenantId }, cli.environment))).toBe(true);
    expect(cli.runs().at(-1)?.args.slice(-2)).toEqual(['--tenant', entra.tenantId]);
    const error = await refused({ kind: 'azure-cli', tenantId: 'other.example' }, cli.environment);
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(error.message).toContain('AADSTS90002');
  });

  it('AADSTS700024: says why a session of azure/login does not last', async () => {
    const error = await refused({ kind: 'azure-cli' }, cli.environment, 'https://vault.azure.net/.default');
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(error.remedy).toContain('older than the GitHub token');
  });

  it('says that nobody is logged in', async () => {
    const empty = installAzureCli({ tokens: {}, tenantId: entra.tenantId, loggedIn: false });
    const error = await refused({ kind: 'azure-cli' }, empty.environment);
    empty.remove();
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(error.message).toContain("Please run 'az login'");
    expect(error.remedy).toContain('azure/login');
  });

  it('says that there is no Azure CLI', async () => {
    const error = await refused({ kind: 'azure-cli' }, { PATH: home });
    expect(error).toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
    expect(error.remedy).toContain('azure-client-id');
  });
});

describe('managed-identity', () => {
  it('is the system-assigned one where none is named', async () => {
    expect(isGood(await ask({ kind: 'managed-identity' }, imds.environment))).toBe(true);
    const { url, headers } = imds.requests.at(-1) ?? {};
    expect(headers?.metadata).toBe('true');
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({ 'api-version': '2018-02-01', resource });
  });

  it('is the user-assigned one that is named', async () => {
    expect(isGood(await ask({ kind: 'managed-identity', clientId: userAssigned }, imds.environment))).toBe(true);
    expect(imds.requests.at(-1)?.url.searchParams.get('client_id')).toBe(userAssigned);
  });

  it('is refused when it is not assigned', async () => {
    const error = await refused({ kind: 'managed-identity', clientId: entra.clientId }, imds.environment);
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(error.message).toContain(`the identity ${entra.clientId}`);
    expect(error.message).toContain('Identity not found');
    expect(error.remedy).toContain('Assign');
  });

  it('survives an update of the service', async () => {
    imds.setFault(faults({ status: 410 }));
    expect(isGood(await ask({ kind: 'managed-identity' }, imds.environment))).toBe(true);
  });

  it('is nowhere but in Azure', async () => {
    const nobody = await startImds({ issueToken: () => '' });
    await nobody.close();
    const error = await refused({ kind: 'managed-identity' }, nobody.environment);
    expect(error).toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
    expect(error.remedy).toContain('on machines in Azure only');
  });
});
