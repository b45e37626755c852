import { describe, expect, it } from 'vitest';

import { describeTrace, operationFailure, responseFailure } from '../../../shared/azure/artifact-signing-failure.ts';
import type { Trace } from '../../../shared/azure/artifact-signing-failure.ts';
import { dialectOf } from '../../../shared/azure/artifact-signing-profile.ts';
import { answer, fakeToken } from './scripted-http.ts';

const trace: Trace = {
  profile: { endpoint: new URL('https://weu.codesigning.azure.net'), account: 'acme', profile: 'release' },
  dialect: dialectOf(),
  correlationId: 'our-id',
  operationId: 'operation-1',
  headers: new Map([
    ['mise-correlation-id', 'mise-1'],
    ['x-azure-ref', 'ref-1'],
  ]),
};
const token = fakeToken({
  ...{ aud: 'https://codesigning.azure.net', tid: 'tenant-1', appid: 'app-1' },
  ...{ oid: '9a8b7c6d-1122-4333-8444-a5b6c7d8e9f0', exp: 1769860800 },
});
const failure = (status: number, body: unknown = '') => responseFailure(answer(status, body), trace, token);

it('names account, profile, endpoint, version, operation and every correlation id', () => {
  expect(describeTrace(trace)).toBe(
    'account acme, profile release, endpoint https://weu.codesigning.azure.net, api-version 2024-06-15, operation operation-1, x-correlation-id our-id, mise-correlation-id mise-1, x-azure-ref ref-1',
  );
});

describe('responseFailure', () => {
  it.each([
    [400, 'KEY_REJECTED'],
    [401, 'KEY_ACCESS_DENIED'],
    [403, 'KEY_ACCESS_DENIED'],
    [404, 'KEY_NOT_FOUND'],
    [408, 'KEY_UNAVAILABLE'],
    [409, 'KEY_REJECTED'],
    [429, 'KEY_UNAVAILABLE'],
    [500, 'KEY_UNAVAILABLE'],
    [503, 'KEY_UNAVAILABLE'],
    [302, 'KEY_REJECTED'],
  ])('maps %d to %s', (status, code) => {
    const error = failure(status);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`answered ${status} (empty body)`);
    expect(error.message).toContain(describeTrace(trace));
    expect(error.message).not.toContain(token);
  });

  it('shows at a 401 whose token it was, never the token', () => {
    expect(failure(401).message).toContain(
      'aud "https://codesigning.azure.net", tid "tenant-1", appid "app-1", oid "9a8b7c6d-1122-4333-8444-a5b6c7d8e9f0", exp 2026-01-31T12:00:00.000Z',
    );
    expect(failure(401).remedy).toContain('azure-tenant-id');
  });

  it('lists at a 403 the causes, with the command that gives the role', () => {
    const { remedy } = failure(403);
    expect(remedy).toContain('weu.codesigning.azure.net is the endpoint of the region of account acme');
    expect(remedy).toContain(
      'az role assignment create --role "Artifact Signing Certificate Profile Signer" --assignee 9a8b7c6d-1122-4333-8444-a5b6c7d8e9f0 --scope /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.CodeSigning/codeSigningAccounts/acme/certificateProfiles/release',
    );
    expect(remedy).toContain('save the certificate profile again');
  });

  it('never puts a strange object id into the command', () => {
    const strange = responseFailure(answer(403), trace, fakeToken({ oid: '$(reboot)' }));
    expect(strange.remedy).toContain('--assignee OBJECT-ID');
  });

  it('knows the 500 that is a token of the wrong kind', () => {
    const body = { errorDetail: { code: 'InternalError', message: 'ClaimsPrincipal TenantId is null.', target: null } };
    expect(failure(500, body).code).toBe('KEY_ACCESS_DENIED');
  });

  it.each([
    [
      { errorDetail: { code: 'InternalError', message: 'An internal error has occurred.', target: null } },
      'InternalError: An internal error has occurred.',
    ],
    [{ error: { code: 'NotFound', message: 'no such profile' } }, 'NotFound: no such profile'],
    [{ errorResponse: { code: 'X', message: 'y' } }, 'X: y'],
    [{ title: 'Validation', errors: { digest: ['bad'] } }, 'Validation: digest bad'],
    ['<html><title>Bad gateway</title></html>', '<html><title>Bad gateway</title></html>'],
    [{ unknown: true }, '{"unknown":true}'],
    [`token ${token}`, 'token [token removed]'],
  ])('shows the body %j', (body, text) => {
    expect(failure(500, body).message).toContain(`(${text})`);
  });
});

describe('operationFailure', () => {
  it('says status, reason and whom to ask', () => {
    const error = operationFailure({ state: 'failed', status: 'Failed', failure: 'Subscription: disabled' }, trace);
    expect(error.code).toBe('KEY_UNAVAILABLE');
    expect(error.message).toContain('status Failed (Subscription: disabled)');
    expect(error.message).toContain('operation operation-1');
    expect(error.remedy).toContain('subscription');
  });

  it('says when there is no reason', () => {
    expect(operationFailure({ state: 'failed', status: 'TimedOut' }, trace).message).toContain(
      'TimedOut (no reason given)',
    );
  });
});
