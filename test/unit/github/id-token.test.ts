import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { gitHubIdToken } from '../../../shared/github/id-token.ts';
import type { Environment } from '../../../shared/ports.ts';
import { fixedClock, response, scriptedHttp } from '../../support/ports.ts';
import type { ScriptedAnswer } from '../../support/ports.ts';

const job = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/oidc?api-version=2.0',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
};
const good = response(200, {}, '{"count":1,"value":"id-token"}');

function world(answers: readonly ScriptedAnswer[], environment: Environment = job) {
  const clock = fixedClock('2026-03-01T12:00:00Z');
  const masked: string[] = [];
  const { http, requests } = scriptedHttp(...answers);
  const log = { mask: (secret: string) => void masked.push(secret) };
  return { ask: gitHubIdToken({ http, clock, environment, log }), clock, masked, requests };
}

describe('gitHubIdToken', () => {
  it('asks for the audience with the token of the job, and masks what it gets', async () => {
    const { ask, requests, masked } = world([good]);
    expect(await ask('api://AzureADTokenExchange')).toBe('id-token');
    expect(masked).toEqual(['id-token']);
    expect(requests).toMatchObject([
      {
        method: 'GET',
        url: new URL('https://token.example/oidc?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange'),
        headers: { authorization: 'Bearer request-token' },
      },
    ]);
  });

  it.each([
    [{}],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example' }],
    [{ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }],
  ])('names the missing permission: %j', async (environment) => {
    await expect(world([], environment).ask('audience')).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
      remedy: expect.stringContaining('permissions: { contents: read, id-token: write }') as string,
    });
  });

  it('refuses an address that is none', async () => {
    const { ask } = world([], { ...job, ACTIONS_ID_TOKEN_REQUEST_URL: 'nowhere' });
    await expect(ask('audience')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it.each<readonly [string, ScriptedAnswer]>([
    ['a status', response(500)],
    ['a broken connection', new NotaryError('NETWORK_UNREACHABLE', 'reset')],
    ['an answer that is none', response(200, {}, '<html>')],
  ])('sits out hiccups of some seconds: %s', async (_what, hiccup) => {
    const { ask, clock } = world([hiccup, hiccup, good]);
    expect(await ask('audience')).toBe('id-token');
    expect(clock.slept).toEqual([2000, 6000]);
    const never = world([hiccup, hiccup, hiccup]);
    await expect(never.ask('audience')).rejects.toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
    expect(never.requests).toHaveLength(3);
  });

  it('takes a refusal for one, in the words of the issuer', async () => {
    const { ask, clock } = world([response(403, {}, '{"message":"the job is over"}')]);
    await expect(ask('audience')).rejects.toMatchObject({
      code: 'CREDENTIAL_REJECTED',
      message: 'GitHub gave no OIDC token: HTTP 403 (the job is over)',
      remedy: expect.stringContaining('id-token: write') as string,
    });
    expect(clock.slept).toEqual([]);
  });

  it('does not outlive the step', async () => {
    const { ask, requests } = world([new NotaryError('STEP_TIMED_OUT', 'over')]);
    await expect(ask('audience')).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
    expect(requests).toHaveLength(1);
  });
});
