import { describe, expect, it } from 'vitest';

import {
  dialectOf,
  operationUrl,
  otherDialect,
  parseEndpoint,
  requireProfile,
  rootCertificateUrl,
  submitUrl,
} from '../../../shared/azure/artifact-signing-profile.ts';
import type { ArtifactSigningProfile } from '../../../shared/azure/artifact-signing-profile.ts';

const profile: ArtifactSigningProfile = {
  endpoint: new URL('https://weu.codesigning.azure.net/'),
  account: 'acme',
  profile: 'release',
};
const base = 'https://weu.codesigning.azure.net/codesigningaccounts/acme/certificateprofiles/release';

describe('the addresses of a profile', () => {
  it('are those of the stable dialect by default', () => {
    const dialect = dialectOf();
    expect(submitUrl(profile, dialect).href).toBe(`${base}:sign?api-version=2024-06-15`);
    expect(operationUrl(profile, dialect, 'id-1').href).toBe(`${base}/sign/id-1?api-version=2024-06-15`);
    expect(rootCertificateUrl(profile, dialect).href).toBe(`${base}/sign/rootcert?api-version=2024-06-15`);
  });

  it.each([
    ['2022-06-15-preview', `${base}/sign?api-version=2022-06-15-preview`],
    ['2023-06-15-preview', `${base}:sign?api-version=2023-06-15-preview`],
    ['2024-06-15', `${base}:sign?api-version=2024-06-15`],
    ['2027-01-01', `${base}:sign?api-version=2027-01-01`],
  ])('for api-version %s', (version, url) => {
    expect(submitUrl(profile, dialectOf(version)).href).toBe(url);
  });

  it('have each the other dialect to fall back on', () => {
    expect(otherDialect(dialectOf('2024-06-15')).apiVersion).toBe('2022-06-15-preview');
    expect(otherDialect(dialectOf('2027-01-01')).apiVersion).toBe('2022-06-15-preview');
    expect(otherDialect(dialectOf('2022-06-15-preview')).apiVersion).toBe('2024-06-15');
  });

  it.each(['', 'latest', '2024-06-15&x=1', '2024-06-15-PREVIEW'])('refuse api-version %j', (version) => {
    expect(() => dialectOf(version)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

describe('parseEndpoint', () => {
  it.each([
    'https://weu.codesigning.azure.net',
    'https://weu.codesigning.azure.net/',
    'https://weu.codesigning.azure.net///',
  ])('accepts %s', (text) => {
    expect(parseEndpoint(text)).toEqual({ url: new URL('https://weu.codesigning.azure.net') });
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080'])(
    'accepts %s, which is loopback',
    (text) => {
      expect(parseEndpoint(text).finding).toBeUndefined();
    },
  );

  it.each(['https://codesigning.azure.net.evil.example', 'https://gateway.example'])('finds %s odd', (text) => {
    expect(parseEndpoint(text).finding).toContain(new URL(text).host);
  });

  it.each([
    'http://weu.codesigning.azure.net',
    'http://127.0.0.1.evil.example',
    'http://1270.0.0.1',
    'weu.codesigning.azure.net',
    'ftp://localhost',
    'https://weu.codesigning.azure.net/codesigningaccounts',
    'https://user:password@weu.codesigning.azure.net',
    'https://weu.codesigning.azure.net?x',
    '',
    '///',
    // URL.canParse takes this for an address, and the URL constructor does not.
    `https://${'A'.repeat(20_000)}.net`,
  ])('refuses %.80j', (text) => {
    expect(() => parseEndpoint(text)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', remedy: expect.stringContaining('account URI') as string }),
    );
  });
});

describe('requireProfile', () => {
  it('accepts the names that the portal allows', () => {
    expect(() => {
      requireProfile({ ...profile, account: 'Acme-Corp1', profile: 'Release-2026' });
    }).not.toThrow();
  });

  it.each([
    [{ account: '..' }, 'signing-account-name'],
    [{ account: '' }, 'signing-account-name'],
    [{ account: 'a/b' }, 'signing-account-name'],
    [{ profile: '.' }, 'certificate-profile-name'],
    [{ profile: 'a:sign' }, 'certificate-profile-name'],
    [{ profile: 'a?b' }, 'certificate-profile-name'],
    [{ endpoint: new URL('http://weu.codesigning.azure.net') }, 'endpoint'],
    [{ endpoint: new URL('https://weu.codesigning.azure.net/path') }, 'endpoint'],
    [{ apiVersion: 'v2' }, 'api-version'],
  ])('refuses %j', (change, input) => {
    expect(() => {
      requireProfile({ ...profile, ...change });
    }).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining(input) as string }));
  });
});
