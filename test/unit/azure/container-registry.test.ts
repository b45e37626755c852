import { describe, expect, it } from 'vitest';

import { containerRegistryCredentials } from '../../../shared/azure/container-registry.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { digestOf } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import { registryInMemory } from '../../support/registry.ts';
import { answer, fakeToken, scriptedHttp } from './scripted-http.ts';
import type { Script } from './scripted-http.ts';

const token = fakeToken({ aud: 'https://containerregistry.azure.net', tid: 'tenant-1', oid: 'object-1' });

function setUp(script: Script = () => answer(200, { refresh_token: 'refresh' })) {
  const scopes: string[] = [];
  const { http, requests } = scriptedHttp(script);
  const accessToken = (scope: string): Promise<string> => {
    scopes.push(scope);
    return Promise.resolve(token);
  };
  const source = containerRegistryCredentials(http, accessToken, 'tenant-1');
  return { credentials: (registry: string) => source(registry, 'app'), requests, scopes };
}

describe('containerRegistryCredentials', () => {
  it.each(['acme.azurecr.io', 'acme.azurecr.us', 'acme.azurecr.cn', 'acme-abc123.azurecr.io'])(
    'exchanges an Azure token for a refresh token of %s',
    async (registry) => {
      const { credentials, requests, scopes } = setUp();
      const remedy = expect.stringMatching(/AcrPush \(sign\).*ABAC/) as string;
      expect(await credentials(registry)).toEqual({ kind: 'refresh', token: 'refresh', remedy });
      expect(scopes).toEqual(['https://containerregistry.azure.net/.default']);
      const [request] = requests;
      expect(request).toMatchObject({ method: 'POST', repeatable: true });
      expect(request?.url.href).toBe(`https://${registry}/oauth2/exchange`);
      expect(Object.fromEntries(new URLSearchParams(Buffer.from(request?.body ?? []).toString()))).toEqual({
        ...{ grant_type: 'access_token', service: registry, tenant: 'tenant-1', access_token: token },
      });
    },
  );

  it.each([
    'ghcr.io',
    'azurecr.io',
    'acme.azurecr.io.evil.example',
    'evilazurecr.io',
    'acme.azurecr.io:8443',
    'acme.azurecr.io@evil.example',
    'evil.example/acme.azurecr.io',
    'localhost:5000',
    '',
  ])('keeps Azure tokens from %j', async (registry) => {
    const { credentials, requests, scopes } = setUp();
    expect(await credentials(registry)).toBeUndefined();
    expect([requests, scopes]).toEqual([[], []]);
  });

  it('exchanges once for each registry', async () => {
    const { credentials, requests } = setUp();
    await Promise.all([credentials('a.azurecr.io'), credentials('a.azurecr.io'), credentials('b.azurecr.io')]);
    await credentials('a.azurecr.io');
    expect(requests).toHaveLength(2);
  });

  it.each([
    [401, 'REGISTRY_UNAUTHORIZED', 'azure-tenant-id'],
    [403, 'REGISTRY_UNAUTHORIZED', 'network rules'],
    [404, 'REGISTRY_NOT_FOUND', 'registry'],
    [429, 'REGISTRY_UNAVAILABLE', 'again'],
    [503, 'REGISTRY_UNAVAILABLE', 'again'],
    [307, 'REGISTRY_UNAUTHORIZED', 'azure-tenant-id'],
  ])('maps %d to %s', async (status, code, remedy) => {
    const { credentials } = setUp(() => answer(status, { errors: [{ code: 'UNAUTHORIZED', message: `no ${token}` }] }));
    const error = await credentials('acme.azurecr.io').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotaryError);
    expect(error).toMatchObject({ code });
    expect((error as NotaryError).remedy).toContain(remedy);
    expect((error as NotaryError).message).toContain('aud "https://containerregistry.azure.net"');
    expect((error as NotaryError).message).not.toContain(token);
  });

  it.each(['<html>', '{}', '{"refresh_token":7}', '[]', ''])('refuses the reply %j', async (body) => {
    const { credentials } = setUp(() => answer(200, body));
    await expect(credentials('acme.azurecr.io')).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
  });
});

describe('a registry that wants Azure tokens', () => {
  const origin = 'https://acme.azurecr.io';
  const blob = Buffer.from('a blob');
  const setUpRegistry = () => {
    const { registry, http } = registryInMemory(
      { auth: 'bearer', realm: new URL('/oauth2/token', origin), acceptAccessToken: (text) => text === token },
      origin,
    );
    const credentials = containerRegistryCredentials(http, () => Promise.resolve(token), 'tenant-1');
    const client = new Registry({ http, credentials, plainHttp: new Set() });
    return {
      registry,
      repository: client.repository(parseReference(`acme.azurecr.io/app@${digestOf(blob)}`), 'pull,push'),
    };
  };

  it('is pushed to after one exchange', async () => {
    const { registry, repository } = setUpRegistry();
    await repository.pushBlob(blob);
    expect(await repository.hasBlob(digestOf(blob))).toBe(true);
    expect(registry.log.filter((line) => line === 'POST /oauth2/exchange')).toHaveLength(1);
    expect(registry.log).toContain('POST /oauth2/token');
  });
});
