import { describe, expect, it } from 'vitest';

import {
  describeCredential,
  requireClientId,
  requireIdentity,
  requireTenantId,
  tenantOf,
} from '../../../shared/azure/credential.ts';

const clientId = '3f0c2a44-8f0d-4b6e-b1a7-6c5d4e3f2a10';
const identity = { clientId, tenantId: 'acme.example', cloud: 'public' } as const;

describe('describeCredential', () => {
  it('says which and whose, and no secret', () => {
    expect(describeCredential({ kind: 'client-secret', identity, secret: 'hunter2' })).toBe(
      `client-secret: client id ${clientId}, tenant acme.example`,
    );
    const connection = { id: 'x', requestUri: 'https://x.example', accessToken: 'hunter2' };
    expect(describeCredential({ kind: 'pipelines', identity, connection })).not.toContain('hunter2');
    expect(describeCredential({ kind: 'azure-cli' })).toBe('azure-cli: whoever is logged in');
    expect(describeCredential({ kind: 'azure-cli', tenantId: 't' })).toBe('azure-cli: whoever is logged in, tenant t');
    expect(describeCredential({ kind: 'managed-identity' })).toBe('managed-identity: system-assigned');
    expect(describeCredential({ kind: 'managed-identity', clientId })).toBe(`managed-identity: client id ${clientId}`);
  });
});

describe('tenantOf', () => {
  it('is the tenant that was named, if any', () => {
    expect(tenantOf({ kind: 'oidc', identity })).toBe('acme.example');
    expect(tenantOf({ kind: 'azure-cli', tenantId: 't' })).toBe('t');
    expect(tenantOf({ kind: 'managed-identity', clientId })).toBeUndefined();
  });
});

describe('the shape of ids', () => {
  it.each(['', 'acme', `${clientId}0`, clientId.replaceAll('-', ''), `${clientId}\n`])(
    'refuses the client id %j',
    (text) => {
      expect(() => requireClientId(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
      expect(() => {
        requireIdentity({ ...identity, clientId: text });
      }).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    },
  );

  it.each(['', '../common', 'a/b', 'a b', '.x', 'x'.repeat(254)])('refuses the tenant id %j', (text) => {
    expect(() => requireTenantId(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it('takes GUIDs in either case, and domains', () => {
    expect(requireClientId(clientId.toUpperCase())).toBe(clientId.toUpperCase());
    expect(requireTenantId('acme.onmicrosoft.com')).toBe('acme.onmicrosoft.com');
  });
});
