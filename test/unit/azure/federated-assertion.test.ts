import { describe, expect, it } from 'vitest';

import { federatedAssertion } from '../../../shared/azure/federated-assertion.ts';
import type { FederatedCredential } from '../../../shared/azure/credential.ts';
import { filesInMemory } from '../../support/ports.ts';
import { answer, scriptedHttp } from './scripted-http.ts';
import type { Script } from './scripted-http.ts';

const identity = { clientId: 'c', tenantId: 't', cloud: 'china' } as const;

function ask(credential: FederatedCredential, script: Script = () => answer(500), files = {}) {
  const { http, requests } = scriptedHttp(script);
  const idToken = (audience: string): Promise<string> => Promise.resolve(`for ${audience}`);
  return { requests, token: federatedAssertion(credential, { http, files: filesInMemory(files), idToken })() };
}

describe('federatedAssertion', () => {
  it('asks GitHub for the audience of the cloud', async () => {
    expect(await ask({ kind: 'oidc', identity }).token).toBe('for api://AzureADTokenExchangeChina');
  });

  it('reads the file without the line end', async () => {
    const { token } = ask({ kind: 'workload-identity', identity, tokenFile: '/t' }, undefined, { '/t': 'a.b.c\n' });
    expect(await token).toBe('a.b.c');
  });

  it('reads no file of any length', async () => {
    const files = { '/t': 'x'.repeat(64 * 1024 + 1) };
    const { token } = ask({ kind: 'workload-identity', identity, tokenFile: '/t' }, undefined, files);
    await expect(token).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('asks Azure Pipelines, keeping what the address says', async () => {
    const connection = { id: 'a&b', requestUri: 'https://devops.example/x?y=1', accessToken: 'job' };
    const { token, requests } = ask({ kind: 'pipelines', identity, connection }, () =>
      answer(200, { oidcToken: 'a.b.c' }),
    );
    expect(await token).toBe('a.b.c');
    expect(requests[0]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer job' } });
    expect(requests[0]?.url.search).toBe('?y=1&api-version=7.1&serviceConnectionId=a%26b');
  });

  it.each([
    [203, 'CREDENTIAL_REJECTED'],
    [302, 'CREDENTIAL_REJECTED'],
    [401, 'CREDENTIAL_REJECTED'],
    [404, 'CREDENTIAL_REJECTED'],
    [429, 'CREDENTIAL_UNAVAILABLE'],
    [500, 'CREDENTIAL_UNAVAILABLE'],
  ])('takes the status %d of Azure Pipelines for %s', async (status, code) => {
    const connection = { id: 'x', requestUri: 'https://devops.example/x', accessToken: 'job' };
    const { token } = ask({ kind: 'pipelines', identity, connection }, () => answer(status, '<html>sign in</html>'));
    await expect(token).rejects.toMatchObject({ code });
  });

  it.each(['', '{}', '{"oidcToken":null}'])('refuses the answer %j of Azure Pipelines', async (body) => {
    const connection = { id: 'x', requestUri: 'https://devops.example/x', accessToken: 'job' };
    const { token } = ask({ kind: 'pipelines', identity, connection }, () => answer(200, body));
    await expect(token).rejects.toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
  });
});
