import { describe, expect, it } from 'vitest';

import { registryCredentials } from '../../../shared/action/registry-credentials.ts';
import type { RegistryInputs } from '../../../shared/action/registry-inputs.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/ports.ts';
import { filesInMemory, response } from '../../support/ports.ts';

const login = { registry: 'registry.example', username: 'me', password: 'secret' };
const azure = { kind: 'oidc', identity: { clientId: 'c', tenantId: 't', cloud: 'public' } } as const;
const basic = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });
const docker = JSON.stringify({
  auths: {
    'registry.example': basic('docker:one'),
    'acme.azurecr.io': basic('docker:two'),
    'ghcr.io': basic('docker:three'),
  },
});

function ask(registry: string, inputs: Partial<RegistryInputs>, config?: string) {
  const exchange = ({ url }: HttpRequest): Promise<HttpResponse> => {
    expect(url.href).toBe('https://acme.azurecr.io/oauth2/exchange');
    return Promise.resolve(response(200, {}, '{"refresh_token":"acr"}'));
  };
  const credentials = registryCredentials(
    { plainHttp: new Set(), ...inputs },
    {
      http: exchange,
      files: filesInMemory(config === undefined ? {} : { '/docker/config.json': config }),
      exec: () => Promise.reject(new Error('no program is run here')),
      environment: { DOCKER_CONFIG: '/docker', GITHUB_TOKEN: 'gh', GITHUB_ACTOR: 'octocat' },
      accessToken: inputs.azure && (() => Promise.resolve('entra')),
    },
  );
  return credentials(registry, 'app');
}

describe('registryCredentials', () => {
  it('takes the inputs first, and for their registry only', async () => {
    expect(await ask('registry.example', { login }, docker)).toEqual({
      kind: 'basic',
      username: 'me',
      password: 'secret',
    });
    expect(await ask('other.example', { login }, docker)).toBeUndefined();
  });

  it("then docker's, then Azure's, then the token of the job, then none", async () => {
    expect(await ask('registry.example', {}, docker)).toMatchObject({ password: 'one' });
    expect(await ask('acme.azurecr.io', { azure }, docker)).toMatchObject({ password: 'two' });
    expect(await ask('acme.azurecr.io', { azure })).toMatchObject({ kind: 'refresh', token: 'acr' });
    expect(await ask('acme.azurecr.io', {})).toBeUndefined();
    expect(await ask('ghcr.io', {}, docker)).toMatchObject({ password: 'three' });
    expect(await ask('ghcr.io', {})).toEqual({ kind: 'basic', username: 'octocat', password: 'gh' });
    expect(await ask('ghcr.io.evil.example', { azure })).toBeUndefined();
  });
});
