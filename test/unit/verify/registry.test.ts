import { describe, expect, it } from 'vitest';

import { registryCredentials } from '../../../verify/registry.ts';
import type { RegistryInputs } from '../../../verify/registry.ts';
import { memoryFiles } from '../trust/memory-files.ts';

const plainHttp = new Set<string>();
const login = { registry: 'registry.example', username: 'me', password: 'secret' };
const azure = { clientId: 'c', tenantId: 't', cloud: 'public' } as const;
const docker = {
  '/docker/config.json': {
    text: JSON.stringify({
      auths: {
        'registry.example': { auth: Buffer.from('docker:one').toString('base64') },
        'acme.azurecr.io': { auth: Buffer.from('docker:two').toString('base64') },
        'ghcr.io': { auth: Buffer.from('docker:three').toString('base64') },
      },
    }),
  },
};

function ask(registry: string, inputs: Partial<RegistryInputs>, files: Parameters<typeof memoryFiles>[0] = {}) {
  const source = registryCredentials(
    { plainHttp, ...inputs },
    {
      files: memoryFiles(files),
      environment: { DOCKER_CONFIG: '/docker', GITHUB_TOKEN: 'gh', GITHUB_ACTOR: 'octocat' },
      accessToken: inputs.azure && (() => Promise.resolve('entra-token')),
      http: ({ url }) => {
        expect(url.href).toBe('https://acme.azurecr.io/oauth2/exchange');
        const body = new TextEncoder().encode('{"refresh_token":"acr-token"}');
        return Promise.resolve({ status: 200, headers: new Map(), body });
      },
    },
  );
  return source(registry);
}

describe('registryCredentials', () => {
  it('takes the inputs first, and for their registry only', async () => {
    const basic = { kind: 'basic', username: 'me', password: 'secret' };
    expect(await ask('registry.example', { login }, docker)).toEqual(basic);
    expect(await ask('other.example', { login }, docker)).toBeUndefined();
  });

  it("then docker's, then Azure's, then the token of the job, then none", async () => {
    expect(await ask('registry.example', {}, docker)).toMatchObject({ username: 'docker', password: 'one' });
    expect(await ask('acme.azurecr.io', { azure }, docker)).toMatchObject({ username: 'docker', password: 'two' });
    expect(await ask('acme.azurecr.io', { azure })).toEqual({ kind: 'refresh', token: 'acr-token' });
    expect(await ask('acme.azurecr.io', {})).toBeUndefined();
    expect(await ask('ghcr.io', {}, docker)).toMatchObject({ password: 'three' });
    expect(await ask('ghcr.io', {})).toEqual({ kind: 'basic', username: 'octocat', password: 'gh' });
    expect(await ask('ghcr.io.evil.example', { azure })).toBeUndefined();
  });
});
