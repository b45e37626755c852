import { describe, expect, it } from 'vitest';

import { managedIdentityToken } from '../../../shared/azure/managed-identity.ts';
import { NotaryError } from '../../../shared/errors.ts';
import type { Environment } from '../../../shared/ports.ts';
import { answer, manualClock, scriptedHttp } from './scripted-http.ts';
import type { Script } from './scripted-http.ts';

const scope = 'https://vault.azure.net/.default';
const granted = answer(200, { access_token: 't', expires_on: '1893456000', expires_in: '3600' });

function setUp(script: Script, environment: Environment = {}) {
  const { http, requests } = scriptedHttp(script);
  const clock = manualClock();
  const ask = (clientId?: string) =>
    managedIdentityToken(
      { kind: 'managed-identity', ...(clientId !== undefined && { clientId }) },
      { http, clock, environment },
    )(scope);
  return { ask, requests, clock };
}

describe('managedIdentityToken', () => {
  it('asks the instance metadata service', async () => {
    const { ask, requests } = setUp(() => granted);
    expect(await ask()).toEqual({ token: 't', expiresOnTimestamp: 1_893_456_000_000 });
    expect(requests[0]?.url.href).toBe(
      'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net',
    );
    expect(requests[0]?.headers).toEqual({ metadata: 'true' });
  });

  it('asks the endpoint of a container that has one, with its header', async () => {
    const environment = { IDENTITY_ENDPOINT: 'http://127.0.0.1:41741/msi/token/', IDENTITY_HEADER: 'secret' };
    const { ask, requests } = setUp(() => granted, environment);
    await ask('the-client');
    expect(requests[0]?.url.href).toBe(
      'http://127.0.0.1:41741/msi/token/?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net&client_id=the-client',
    );
    expect(requests[0]?.headers).toEqual({ 'x-identity-header': 'secret' });
  });

  it('waits while the service updates itself, at most a minute', async () => {
    const { ask, clock, requests } = setUp(() => answer(404));
    await expect(ask()).rejects.toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    expect(clock.sleeps.reduce((sum, ms) => sum + ms)).toBe(63_000);
    expect(requests).toHaveLength(7);
  });

  it.each([
    [429, 'CREDENTIAL_UNAVAILABLE'],
    [503, 'CREDENTIAL_UNAVAILABLE'],
    [400, 'CREDENTIAL_REJECTED'],
    [403, 'CREDENTIAL_REJECTED'],
  ])('takes %d for %s', async (status, code) => {
    await expect(setUp(() => answer(status, 'because')).ask()).rejects.toMatchObject({ code });
  });

  it('says that there is no such service outside Azure', async () => {
    const { ask } = setUp(() => new NotaryError('NETWORK_UNREACHABLE', 'no route'));
    await expect(ask()).rejects.toMatchObject({
      code: 'CREDENTIAL_UNAVAILABLE',
      remedy: expect.stringContaining('choose another azure-credential') as string,
    });
  });

  it('does not hide that the time of the step is over', async () => {
    const over = new NotaryError('STEP_TIMED_OUT', 'over');
    await expect(setUp(() => over).ask()).rejects.toBe(over);
  });

  it.each([
    ['IDENTITY_ENDPOINT', { IDENTITY_ENDPOINT: 'file:///etc/passwd', IDENTITY_HEADER: 'x' }],
    ['AZURE_POD_IDENTITY_AUTHORITY_HOST', { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'nonsense' }],
  ])('refuses %s that is no address', async (variable, environment) => {
    await expect(setUp(() => granted, environment).ask()).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(variable) as string,
    });
  });

  it.each(['', '<html>', '{}', '{"access_token":7}'])('refuses the answer %j', async (body) => {
    await expect(setUp(() => answer(200, body)).ask()).rejects.toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
  });

  it.each(['soon', '', '1e999', null])('does not keep a token with the end %j', async (expires_on) => {
    const { ask } = setUp(() => answer(200, { access_token: 't', expires_on }));
    expect((await ask()).expiresOnTimestamp).toBe(0);
  });
});
