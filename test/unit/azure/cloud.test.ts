import { describe, expect, it } from 'vitest';

import { authorityOf, clouds } from '../../../shared/azure/cloud.ts';

describe('authorityOf', () => {
  it.each([
    ['public', 'https://login.microsoftonline.com', 'api://AzureADTokenExchange'],
    ['us-government', 'https://login.microsoftonline.us', 'api://AzureADTokenExchangeUSGov'],
    ['china', 'https://login.partner.microsoftonline.cn', 'api://AzureADTokenExchangeChina'],
  ] as const)('knows the authority and the audience of %s', (cloud, authority, audience) => {
    expect(authorityOf(cloud, {}).origin).toBe(authority);
    expect(clouds[cloud].assertionAudience).toBe(audience);
  });

  it('prefers AZURE_AUTHORITY_HOST, and takes an empty one for none', () => {
    expect(authorityOf('public', { AZURE_AUTHORITY_HOST: 'https://localhost:8443' }).origin).toBe(
      'https://localhost:8443',
    );
    expect(authorityOf('public', { AZURE_AUTHORITY_HOST: 'https://localhost:8443/' }).origin).toBe(
      'https://localhost:8443',
    );
    expect(authorityOf('public', { AZURE_AUTHORITY_HOST: '' }).origin).toBe('https://login.microsoftonline.com');
  });

  it.each([
    'http://localhost:8080',
    'login.microsoftonline.com',
    'https://host/tenant',
    'https://user@host',
    'https://host?x',
  ])('refuses %s, where the token would not be safe', (host) => {
    expect(() => authorityOf('public', { AZURE_AUTHORITY_HOST: host })).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(host) as string }),
    );
  });
});
