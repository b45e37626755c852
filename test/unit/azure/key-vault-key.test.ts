import { describe, expect, it } from 'vitest';

import { parseKeyVaultKey, vaultServiceOf } from '../../../shared/azure/key-vault-key.ts';
import { refusal } from '../../support/expect-code.ts';

const version = '0123456789abcdef0123456789ABCDEF';

describe('parseKeyVaultKey', () => {
  it.each([
    ['https://acme.vault.azure.net/keys/release', { kind: 'keys', name: 'release' }],
    ['https://acme.vault.azure.net/certificates/release/', { kind: 'certificates', name: 'release' }],
    [
      `https://ACME.vault.azure.net:443/keys/Release-1/${version}`,
      { kind: 'keys', name: 'Release-1', version: version.toLowerCase() },
    ],
    [`https://acme.vault.azure.net/keys/a/${version}/`, { kind: 'keys', name: 'a', version: version.toLowerCase() }],
  ])('reads %s', (text, expected) => {
    expect(parseKeyVaultKey(text)).toEqual({ vault: new URL('https://acme.vault.azure.net/'), ...expected });
  });

  it.each([
    ['https://acme.vault.azure.net/keys/a', 'vault.azure.net', 'public'],
    ['https://acme.vault.usgovcloudapi.net/keys/a', 'vault.usgovcloudapi.net', 'us-government'],
    ['https://acme.vault.azure.cn/keys/a', 'vault.azure.cn', 'china'],
    ['https://acme.managedhsm.azure.net/keys/a', 'managedhsm.azure.net', 'public'],
    ['https://eu.acme.managedhsm.azure.net/keys/a', 'managedhsm.azure.net', 'public'],
    ['https://acme.managedhsm.usgovcloudapi.net/keys/a', 'managedhsm.usgovcloudapi.net', 'us-government'],
    ['https://acme.managedhsm.azure.cn/keys/a', 'managedhsm.azure.cn', 'china'],
    ['http://127.0.0.1:8080/keys/a', 'vault.azure.net', 'public'],
    ['https://localhost:8443/keys/a', 'vault.azure.net', 'public'],
  ])('knows the service of %s', (text, suffix, cloud) => {
    const service = vaultServiceOf(parseKeyVaultKey(text));
    expect(service).toMatchObject({ suffix, cloud });
    expect(service.holds).toBe(suffix.startsWith('managedhsm') ? 'keys' : 'keys and certificates');
  });

  it.each([
    ['no address', 'release'],
    ['http', 'http://acme.vault.azure.net/keys/a'],
    ['another host', 'https://vault.example/keys/a'],
    ['a host that only looks like one', 'https://acme.vault.azure.net.example/keys/a'],
    ['a name that ends like one', 'https://evilvault.azure.net/keys/a'],
    ['the service itself', 'https://vault.azure.net/keys/a'],
    ['another port', 'https://acme.vault.azure.net:8443/keys/a'],
    ['a user', 'https://user@acme.vault.azure.net/keys/a'],
    ['a query', 'https://acme.vault.azure.net/keys/a?x=1'],
    ['a fragment', 'https://acme.vault.azure.net/keys/a#x'],
    ['a secret', 'https://acme.vault.azure.net/secrets/a'],
    ['no name', 'https://acme.vault.azure.net/keys/'],
    ['only a vault', 'https://acme.vault.azure.net'],
    ['odd characters', 'https://acme.vault.azure.net/keys/a%2fb'],
    ['a name of 128 characters', `https://acme.vault.azure.net/keys/${'a'.repeat(128)}`],
    ['a version of another length', 'https://acme.vault.azure.net/keys/a/123'],
    ['more than a version', `https://acme.vault.azure.net/keys/a/${version}/sign`],
    ['a certificate in a Managed HSM', 'https://acme.managedhsm.azure.net/certificates/a'],
    ['another scheme on loopback', 'ftp://127.0.0.1/keys/a'],
  ])('refuses %s', (_name, text) => {
    const error = refusal('INPUT_INVALID', () => parseKeyVaultKey(text));
    expect(error.message).toContain(text);
    expect(error.remedy).toContain('/certificates/NAME/VERSION');
  });
});

describe('vaultServiceOf', () => {
  it('refuses a host of no known service', () => {
    refusal('INPUT_INVALID', () => vaultServiceOf({ vault: new URL('https://vault.example') }));
  });
});
