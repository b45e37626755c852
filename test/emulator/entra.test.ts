// The real @azure/identity over the real Http against the emulated GitHub issuer and Entra, the latter over TLS.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { AzureIdentity } from '../../shared/azure/credential.ts';
import { NotaryError } from '../../shared/errors.ts';
import { entraError, startEntra } from '../support/entra.ts';
import type { Entra, EntraOptions } from '../support/entra.ts';
import { startGitHubOidc } from '../support/github-oidc.ts';
import type { GitHubOidc } from '../support/github-oidc.ts';
import { faults } from '../support/loopback-server.ts';
import { createTlsIdentity } from '../support/tls.ts';
import type { TlsIdentity } from '../support/tls.ts';
import { accessTokenFor, createWorld, idTokenFrom, trustAuthority } from './azure-world.ts';

const scope = 'https://codesigning.azure.net/.default';
const audience = 'api://AzureADTokenExchange';
const world = createWorld();
let tls: TlsIdentity;
let oidc: GitHubOidc;
let entra: Entra;

const start = (options: Partial<EntraOptions> = {}): Promise<Entra> =>
  startEntra({
    tls,
    federatedCredentials: [{ issuer: oidc.issuer, subject: oidc.subject, audience }],
    issuerKeys: new Map([[oidc.issuer, oidc.publicKey]]),
    ...options,
  });

beforeAll(async () => {
  [tls, oidc] = await Promise.all([createTlsIdentity(), startGitHubOidc({ environment: 'release' })]);
  trustAuthority(tls.caPem);
  entra = await start();
});

afterEach(() => {
  entra.setFault(undefined);
  oidc.setClaims({});
});

afterAll(async () => {
  await Promise.all([entra.close(), oidc.close(), world.close(), tls.remove()]);
});

async function refusal(
  change: { entra?: Entra; identity?: Partial<AzureIdentity>; scope?: string } = {},
): Promise<NotaryError> {
  // Nobody waits here for a federated credential to become known.
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  const accessToken = accessTokenFor({ ...world, clock }, { oidc, entra: change.entra ?? entra }, change.identity);
  const error: unknown = await accessToken(change.scope ?? scope).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

/** Against an Entra of its own. */
async function refusalBy(options: Partial<EntraOptions>): Promise<NotaryError> {
  const own = await start(options);
  try {
    return await refusal({ entra: own });
  } finally {
    await own.close();
  }
}

describe('the exchange', () => {
  it('gives a token for each scope, from a new GitHub token each time, without asking for discovery', async () => {
    const asked = oidc.requests.length;
    const exchanged = entra.requests.length;
    const accessToken = accessTokenFor(world, { oidc, entra });
    const [signing, registry, again] = await Promise.all([
      accessToken(scope),
      accessToken('https://containerregistry.azure.net/.default'),
      accessToken(scope),
    ]);
    expect(again).toBe(signing);
    expect(entra.readToken(signing, 'https://codesigning.azure.net')).toMatchObject({
      tid: entra.tenantId,
      appid: entra.clientId,
    });
    expect(entra.readToken(registry, 'https://containerregistry.azure.net')).toBeDefined();
    expect(entra.readToken(registry, 'https://codesigning.azure.net')).toBeUndefined();
    expect(oidc.requests.length - asked).toBe(2);
    const posts = entra.requests.slice(exchanged).filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(2);
    const assertions = posts.map(({ body }) => new URLSearchParams(body.toString()).get('client_assertion'));
    expect(new Set(assertions).size).toBe(2);
    expect(entra.requests.some(({ url }) => url.pathname.includes('instance'))).toBe(false);
  });

  it('asks for the audience that Entra expects', () => {
    expect(oidc.requests.at(-1)?.url.searchParams.get('audience')).toBe(audience);
  });

  it.each([
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0' } }],
    ['HTML 502', { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' }],
    ['a broken connection', 'reset' as const],
  ])('survives %s', async (_name, fault) => {
    entra.setFault(faults(fault));
    expect(await accessTokenFor(world, { oidc, entra })(scope)).toContain('.');
  });

  it('says unavailable when it stays so', async () => {
    entra.setFault(({ method }) => (method === 'POST' ? { status: 503, headers: { 'retry-after': '0' } } : undefined));
    expect(await refusal()).toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE', transient: true });
  });
});

describe('a federated credential that was just made', () => {
  it('is waited for', async () => {
    const waits: number[] = [];
    const clock = { now: () => new Date(), sleep: (ms: number) => Promise.resolve(void waits.push(ms)) };
    let posts = 0;
    entra.setFault(({ method }) => (method === 'POST' && ++posts <= 2 ? entraError(70021, 'not yet') : undefined));
    const asked = oidc.requests.length;
    expect(await accessTokenFor({ ...world, clock }, { oidc, entra })(scope)).toContain('.');
    expect(waits).toEqual([2000, 4000]);
    // With a new GitHub token each time.
    expect(oidc.requests.length - asked).toBe(3);
  });

  it('is given up after a minute', async () => {
    const waits: number[] = [];
    const clock = { now: () => new Date(), sleep: (ms: number) => Promise.resolve(void waits.push(ms)) };
    entra.setFault(({ method }) => (method === 'POST' ? entraError(70021, 'not yet') : undefined));
    await expect(accessTokenFor({ ...world, clock }, { oidc, entra })(scope)).rejects.toMatchObject({
      code: 'CREDENTIAL_REJECTED',
    });
    expect(waits.reduce((sum, ms) => sum + ms)).toBe(60_000);
  });
});

describe('refusals', () => {
  it('AADSTS700213: the subject of the job is not the trusted one', async () => {
    oidc.setClaims({ sub: 'repo:acme/app:pull_request' });
    const error = await refusal();
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(error.message).toContain('AADSTS700213');
    expect(error.message).toContain('sub "repo:acme/app:pull_request"');
    expect(error.remedy).toContain("--subject 'repo:acme/app:pull_request'");
  });

  it('AADSTS7002138: it differs in letter case', async () => {
    oidc.setClaims({ sub: oidc.subject.toUpperCase() });
    const error = await refusal();
    expect(error.message).toContain('AADSTS7002138');
    expect(error.remedy).toContain('letter case');
  });

  it('AADSTS700211: the issuer is not trusted', async () => {
    oidc.setClaims({ iss: 'https://ghes.example/_services/token' });
    const error = await refusal();
    expect(error.message).toContain('AADSTS700211');
    expect(error.message).toContain('iss "https://ghes.example/_services/token"');
    expect(error.remedy).toContain("--issuer 'https://ghes.example/_services/token'");
  });

  it('AADSTS700212: the audience is that of another cloud', async () => {
    const error = await refusal({ identity: { cloud: 'us-government' } });
    expect(error.message).toContain('AADSTS700212');
    expect(error.message).toContain('aud "api://AzureADTokenExchangeUSGov"');
    expect(error.remedy).toContain('api://AzureADTokenExchangeUSGov');
  });

  it('AADSTS700024: the GitHub token is too old', async () => {
    oidc.setClaims({ exp: Math.floor(Date.now() / 1000) - 1 });
    const error = await refusal();
    expect(error.message).toContain('AADSTS700024');
    expect(error.remedy).toContain('clock');
  });

  it('AADSTS700016: no such client', async () => {
    const error = await refusal({ identity: { clientId: '00000000-0000-0000-0000-000000000001' } });
    expect(error.message).toContain('AADSTS700016');
    expect(error.remedy).toContain('00000000-0000-0000-0000-000000000001');
  });

  it('AADSTS90002: no such tenant', async () => {
    const error = await refusal({ identity: { tenantId: 'nowhere.example' } });
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(error.message).toContain('AADSTS90002');
    expect(error.remedy).toContain('nowhere.example');
  });

  it('AADSTS500011: the service is not registered', async () => {
    const error = await refusal({ scope: 'https://elsewhere.example/.default' });
    expect(error.message).toContain('AADSTS500011');
    expect(error.remedy).toContain('az provider register');
  });

  it('AADSTS70025: no federated credential at all', async () => {
    const error = await refusalBy({ federatedCredentials: [] });
    expect(error.message).toContain('AADSTS70025)');
    expect(error.remedy).toContain('az identity federated-credential create');
  });

  it('a GitHub token that somebody else signed', async () => {
    const error = await refusalBy({ issuerKeys: new Map([[oidc.issuer, (await startedTwice()).publicKey]]) });
    expect(error).toMatchObject({ code: 'CREDENTIAL_REJECTED' });
  });

  it.each([70021, 7002137, 7002131, 7000215, 700223, 700238, 900382])('AADSTS%d by fault', async (code) => {
    entra.setFault(({ method }) => (method === 'POST' ? entraError(code, 'because') : undefined));
    const error = await refusal();
    expect(error.code).toBe('CREDENTIAL_REJECTED');
    expect(error.message).toContain(`AADSTS${code}): because; presented`);
  });

  it('never shows a token', async () => {
    entra.setFault(({ method, body }) =>
      method === 'POST'
        ? entraError(700213, new URLSearchParams(body.toString()).get('client_assertion') ?? '')
        : undefined,
    );
    const error = await refusal();
    expect(`${error.message}${error.remedy}${error.stack ?? ''}`).not.toMatch(/eyJ[\w-]{10}/u);
  });
});

async function startedTwice(): Promise<GitHubOidc> {
  const other = await startGitHubOidc();
  await other.close();
  return other;
}

describe('TLS', () => {
  // A process of its own, as the runner starts one: it trusts what NODE_EXTRA_CA_CERTS names, and nothing else.
  const run = async (environment: Readonly<Record<string, string>>): Promise<string> => {
    const program = `
      const { createWorld } = await import(${JSON.stringify(new URL('azure-world.ts', import.meta.url))});
      const { azureAccessToken } = await import(${JSON.stringify(new URL('../../shared/azure/access-token.ts', import.meta.url))});
      const world = createWorld();
      const idToken = () => Promise.resolve(process.env.ASSERTION);
      const services = { ...world, idToken, environment: ${JSON.stringify({ AZURE_AUTHORITY_HOST: entra.origin })} };
      const identity = ${JSON.stringify({ clientId: entra.clientId, tenantId: entra.tenantId, cloud: 'public' })};
      const accessToken = azureAccessToken({ kind: 'oidc', identity }, services);
      await accessToken(${JSON.stringify(scope)}).then(
        (token) => console.log('token', token),
        (error) => console.log(error.code, error.remedy),
      );
      await world.close();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...environment, ASSERTION: await idTokenFrom(oidc, audience), PATH: process.env.PATH },
    });
    return stdout;
  };

  it('is good for a process that is told of the authority', async () => {
    const [, token = ''] = (await run({ NODE_EXTRA_CA_CERTS: tls.caFile })).trim().split(' ');
    expect(entra.readToken(token, 'https://codesigning.azure.net')).toBeDefined();
  });

  it('is refused by a process that does not know the authority, and the remedy says how to name it', async () => {
    expect(await run({})).toMatch(/^NETWORK_UNREACHABLE .*NODE_EXTRA_CA_CERTS/u);
  });
});
