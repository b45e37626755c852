import { describe, expect, it } from 'vitest';

import { azureAccessToken } from '../../../shared/azure/access-token.ts';
import type { CredentialServices } from '../../../shared/azure/access-token.ts';
import type { AzureIdentity } from '../../../shared/azure/credential.ts';
import { NotaryError } from '../../../shared/errors.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { filesInMemory } from '../../support/ports.ts';
import { answer, fakeToken, manualClock, scriptedHttp, thrownBy } from './scripted-http.ts';
import type { Script } from './scripted-http.ts';

const identity: AzureIdentity = {
  clientId: '3f0c2a44-8f0d-4b6e-b1a7-6c5d4e3f2a10',
  tenantId: '7b1a6d9e-5a3f-4c0e-9d55-0f6a2b7c1e11',
  cloud: 'public',
};
const scope = 'https://codesigning.azure.net/.default';
const subject = 'repo:acme/app:ref:refs/heads/main';
const assertion = fakeToken({
  iss: 'https://token.actions.githubusercontent.com',
  sub: subject,
  aud: 'api://AzureADTokenExchange',
});
const granted = answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: 'the token' });

function setUp(script: Script, changes: { identity?: Partial<AzureIdentity>; idToken?: () => Promise<string> } = {}) {
  const { http, requests } = scriptedHttp(script);
  const audiences: string[] = [];
  // The library dates the end of a token by the machine's clock.
  const clock = manualClock(new Date());
  const idToken = (audience: string): Promise<string> => {
    audiences.push(audience);
    return changes.idToken === undefined ? Promise.resolve(assertion) : changes.idToken();
  };
  const accessToken = azureAccessToken(
    { kind: 'oidc', identity: { ...identity, ...changes.identity } },
    services({ http, clock, idToken }),
  );
  return { accessToken, requests, audiences, clock };
}

function services(given: Partial<CredentialServices>): CredentialServices {
  const unused = (): never => {
    throw new Error('not asked for');
  };
  const ports = { http: unused, clock: manualClock(new Date()), files: filesInMemory({}), exec: unused };
  return { ...ports, environment: {}, idToken: () => Promise.resolve(assertion), ...given };
}

const form = (request: HttpRequest | undefined): URLSearchParams =>
  new URLSearchParams(Buffer.from(request?.body ?? []).toString());

function entraError(code: number, text: string, error = 'invalid_client') {
  const description = `AADSTS${code}: ${text}\r\nTrace ID: 1\r\nCorrelation ID: 2`;
  return { error, error_description: description, error_codes: [code], correlation_id: 'a-correlation-id' };
}

describe('azureAccessToken with a GitHub token', () => {
  it('exchanges the GitHub token in one request', async () => {
    const { accessToken, requests, audiences } = setUp(() => granted);
    expect(await accessToken(scope)).toBe('the token');
    expect(audiences).toEqual(['api://AzureADTokenExchange']);
    expect(requests).toHaveLength(1);
    const [request] = requests;
    expect(request?.url.href).toContain(`https://login.microsoftonline.com/${identity.tenantId}/oauth2/v2.0/token`);
    expect(request).toMatchObject({ method: 'POST', repeatable: true });
    expect(request?.headers).not.toHaveProperty('accept-encoding');
    expect(Object.fromEntries(form(request))).toMatchObject({
      client_id: identity.clientId,
      scope,
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
  });

  it('keeps a token for its scope, shares the exchange of calls at once, and asks anew for another scope', async () => {
    const { accessToken, requests, audiences } = setUp(() => granted);
    await Promise.all([accessToken(scope), accessToken(scope), accessToken(scope)]);
    await accessToken(scope);
    expect(requests).toHaveLength(1);
    await accessToken('https://containerregistry.azure.net/.default');
    expect(requests).toHaveLength(2);
    expect(audiences).toHaveLength(2);
  });

  it('renews a token that has less than six minutes left, with a new GitHub token', async () => {
    const { accessToken, audiences, requests, clock } = setUp((_, index) =>
      answer(200, { token_type: 'Bearer', expires_in: 420, access_token: `token ${index}` }),
    );
    expect(await accessToken(scope)).toBe('token 0');
    expect(await accessToken(scope)).toBe('token 0');
    await clock.sleep(61_000);
    expect(await accessToken(scope)).toBe('token 1');
    expect(requests).toHaveLength(2);
    expect(audiences).toHaveLength(2);
  });

  it('asks again after a failure', async () => {
    const { accessToken } = setUp((_, index) => (index === 0 ? answer(401, entraError(700213, 'none')) : granted));
    await expect(accessToken(scope)).rejects.toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(await accessToken(scope)).toBe('the token');
  });

  it.each([
    ['us-government', 'https://login.microsoftonline.us', 'api://AzureADTokenExchangeUSGov'],
    ['china', 'https://login.partner.microsoftonline.cn', 'api://AzureADTokenExchangeChina'],
  ] as const)('uses the authority and audience of %s', async (cloud, origin, audience) => {
    const { accessToken, requests, audiences } = setUp(() => granted, { identity: { cloud } });
    expect(await accessToken(scope)).toBe('the token');
    expect(requests.map(({ url }) => url.origin)).toEqual([origin]);
    expect(audiences).toEqual([audience]);
  });

  it('never sends the GitHub token to another origin than the authority', async () => {
    const elsewhere = {
      token_endpoint: 'https://elsewhere.example/token',
      issuer: `https://login.example/${identity.tenantId}/v2.0`,
      authorization_endpoint: 'https://login.example/authorize',
      jwks_uri: 'https://login.example/keys',
    };
    const { http, requests } = scriptedHttp(() => answer(200, elsewhere));
    const environment = { AZURE_AUTHORITY_HOST: 'https://login.example' };
    const accessToken = azureAccessToken({ kind: 'oidc', identity }, services({ http, environment }));
    await expect(accessToken(scope)).rejects.toMatchObject({
      code: 'CREDENTIAL_REJECTED',
      message: expect.stringContaining('https://elsewhere.example instead of https://login.example') as string,
    });
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('does not follow a redirect', async () => {
    const { accessToken, requests } = setUp(() =>
      answer(307, '', { location: 'https://elsewhere.example/oauth2/v2.0/token' }),
    );
    await expect(accessToken(scope)).rejects.toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
    expect(requests).toHaveLength(1);
  });

  it('passes on why there is no GitHub token', async () => {
    const missing = new NotaryError('PERMISSION_MISSING', 'no id-token: write');
    const { accessToken, requests } = setUp(() => granted, { idToken: () => Promise.reject(missing) });
    expect(await thrownBy(() => accessToken(scope))).toBe(missing);
    expect(requests).toHaveLength(0);
  });

  it('passes on that the network failed', async () => {
    const unreachable = new NotaryError('NETWORK_UNREACHABLE', 'no route');
    const { accessToken } = setUp(() => unreachable);
    expect(await thrownBy(() => accessToken(scope))).toBe(unreachable);
  });

  it.each([
    ['an answer that is not JSON', answer(200, '<html>')],
    ['an answer without a token', answer(200, { token_type: 'Bearer', expires_in: 3599 })],
    ['an empty answer', answer(200)],
  ])('reports %s', async (_name, response) => {
    const { accessToken } = setUp(() => response);
    await expect(accessToken(scope)).rejects.toMatchObject({
      code: 'CREDENTIAL_UNAVAILABLE',
      message: expect.stringContaining('https://login.microsoftonline.com') as string,
    });
  });

  it.each([
    ['clientId', 'client id', 'my-app'],
    ['clientId', 'client id', ''],
    ['tenantId', 'tenant id', '../common'],
    ['tenantId', 'tenant id', ''],
  ] as const)('refuses a bad %s before anything else', (field, name, value) => {
    expect(() => setUp(() => granted, { identity: { [field]: value } })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(name) as string }),
    );
  });
});

describe('a refusal by Entra', () => {
  const refusedWith = async (response: ReturnType<typeof answer>): Promise<NotaryError> => {
    const { accessToken } = setUp(() => response);
    return (await thrownBy(() => accessToken(scope))) as NotaryError;
  };

  it('shows what was presented, and never the token', async () => {
    const error = await refusedWith(answer(401, entraError(700213, `No match for ${subject}; sent ${assertion}`)));
    expect(error.code).toBe('CREDENTIAL_REJECTED');
    expect(error.message).toContain('AADSTS700213');
    expect(error.message).toContain('iss "https://token.actions.githubusercontent.com"');
    expect(error.message).toContain(`sub "${subject}"`);
    expect(error.message).toContain('aud "api://AzureADTokenExchange"');
    expect(error.message).toContain(identity.clientId);
    expect(error.message).toContain('a-correlation-id');
    expect(JSON.stringify([error.message, error.remedy, error.stack])).not.toContain(assertion);
    expect(error.message).not.toContain('eyJ');
  });

  it('gives the command that would fix a missing credential, safe to paste', async () => {
    const sub = "repo:acme/app:ref:refs/heads/x'; rm -rf $HOME; '";
    const { accessToken } = setUp(() => answer(401, entraError(700213, 'No match')), {
      idToken: () => Promise.resolve(fakeToken({ iss: 'https://ghes.example/_services/token', sub, aud: 'x' })),
    });
    const { remedy } = (await thrownBy(() => accessToken(scope))) as NotaryError;
    expect(remedy).toContain('az identity federated-credential create');
    expect(remedy).toContain("--issuer 'https://ghes.example/_services/token'");
    expect(remedy).toContain(String.raw`--subject 'repo:acme/app:ref:refs/heads/x'\''; rm -rf $HOME; '\'''`);
    expect(remedy).toContain("--audiences 'api://AzureADTokenExchange'");
    expect(remedy).toContain(`az ad app federated-credential create --id ${identity.clientId}`);
  });

  it.each([
    [700213, 401, 'No federated credential names this subject'],
    [700211, 401, 'No federated credential names this issuer'],
    [700212, 401, 'api://AzureADTokenExchange'],
    [70021, 401, 'takes a few minutes'],
    [7002138, 401, 'letter case'],
    [7002137, 401, 'another form'],
    [7002131, 401, 'flexible federated credential'],
    [70025, 401, 'has no federated credential'],
    [700016, 400, 'check azure-client-id and azure-tenant-id'],
    [700024, 401, 'clock of the runner'],
    [7000215, 401, 'need no secret'],
    [7000222, 401, 'has expired'],
    [700223, 400, 'administrator'],
    [700238, 400, 'administrator'],
    [900382, 400, 'azure-cloud'],
    [90002, 400, 'check azure-tenant-id'],
    [500011, 400, 'az provider register --namespace Microsoft.CodeSigning'],
    [70011, 400, 'defect of this action'],
  ])('knows AADSTS%d', async (code, status, remedy) => {
    const error = await refusedWith(answer(status, entraError(code, 'why')));
    expect(error.code).toBe('CREDENTIAL_REJECTED');
    expect(error.message).toContain(`HTTP ${status}, AADSTS${code}`);
    expect(error.message).toMatch(/presented: iss "https:[^"]+", sub "repo:[^"]+", aud "api:[^"]+"; client id /);
    expect(error.remedy).toContain(remedy);
  });

  it('reads the number from the text where error_codes is missing', async () => {
    const body = { error: 'invalid_client', error_description: 'AADSTS700016: not found' };
    expect((await refusedWith(answer(400, body))).remedy).toContain(identity.clientId);
  });

  it('falls back on the remedy of the code for a number it does not know', async () => {
    const error = await refusedWith(answer(401, entraError(999999, 'new')));
    expect(error.message).toContain('(HTTP 401, AADSTS999999): new; presented');
    expect(error.remedy).toContain('federated credential');
  });

  it.each([
    ['429', answer(429, { error: 'temporarily_unavailable', error_description: 'slow down' })],
    ['502 in HTML', answer(502, '<html>Bad Gateway</html>')],
    ['503, empty', answer(503)],
    ['temporarily_unavailable', answer(400, { error: 'temporarily_unavailable', error_description: 'later' })],
  ])('takes %s for transient', async (_name, response) => {
    const error = await refusedWith(response);
    expect(error.code).toBe('CREDENTIAL_UNAVAILABLE');
    expect(error.transient).toBe(true);
  });

  it('shows an HTML refusal as text', async () => {
    expect((await refusedWith(answer(403, '<html>blocked by proxy</html>'))).message).toContain('blocked by proxy');
  });
});
