// Failure modes of the submit of Artifact Signing. azure.md 1.3 to 1.5, 1.11, 8.3.

import { json } from '../../support/loopback-server.ts';
import { answering, answeringFirst, backoff, first, firstLook, plain } from './mode.ts';
import type { Answer, Mode } from './mode.ts';
import type { FailureWorld } from './world.ts';

const answered = (answer: Answer) => answering('submit', answer);
const answeredOnce = (answer: (world: FailureWorld) => Answer) => (world: FailureWorld) =>
  answeringFirst('submit', answer(world))(world);
const behaving =
  (behaviour: Parameters<FailureWorld['artifactSigning']['behave']>[0]) =>
  ({ artifactSigning }: FailureWorld) => {
    artifactSigning.behave(behaviour);
    return {};
  };

/** What support asks for. */
const trace = ['account emulated-account', 'profile emulated-profile', 'x-correlation-id '];

const modelError = {
  ...{ title: 'One or more validation errors occurred.', status: 400 },
  errors: { digest: ['The digest field is required.'] },
};
const wrapped = (code: string, message: string) => ({ errorDetail: { code, message, target: null } });

/** In seconds from now; the field has no fractions. */
const dated =
  (seconds: number) =>
  ({ clock }: FailureWorld): Answer => {
    const now = Math.floor(clock.now().getTime() / 1000);
    return plain(429, '', { 'retry-after': new Date((now + seconds) * 1000).toUTCString() });
  };

export const submitModes: readonly Mode[] = [
  {
    name: '400 problem+json',
    inject: answered(json(400, modelError, { 'content-type': 'application/problem+json' })),
    attempts: ['submit', 1],
    ends: 'KEY_REJECTED',
    says: ['answered 400', 'digest The digest field is required.', 'refused the request itself', ...trace],
  },
  {
    name: '400 unsupported api-version (both dialects)',
    variant: 'the newer one',
    inject: behaving({ dialects: ['preview'] }),
    attempts: ['submit', 2],
    ends: 'signed',
  },
  {
    name: '400 unsupported api-version (both dialects)',
    variant: 'the older one',
    inject: ({ artifactSigning }) => {
      artifactSigning.behave({ dialects: ['stable'] });
      return { 'api-version': '2022-06-15-preview' };
    },
    attempts: ['submit', 2],
    ends: 'signed',
  },
  {
    name: '400 unsupported api-version (both dialects)',
    variant: 'each',
    inject: behaving({ dialects: [] }),
    attempts: ['submit', 2],
    ends: 'KEY_REJECTED',
    says: ['UnsupportedApiVersion', 'check api-version', ...trace],
  },
  {
    name: '401',
    inject: answered(plain(401, '', { 'www-authenticate': 'Bearer' })),
    attempts: ['submit', 1],
    ends: 'KEY_ACCESS_DENIED',
    says: ['answered 401', 'aud "https://codesigning.azure.net"', 'tid "', 'exp 20', 'azure-tenant-id', ...trace],
  },
  {
    name: '403 empty',
    inject: answered(plain(403)),
    attempts: ['submit', 1],
    ends: 'KEY_ACCESS_DENIED',
    // azure.md 9: in this order.
    says: [
      ...['answered 403 (empty body)', 'the endpoint of the region of account emulated-account'],
      ...['--role "Artifact Signing Certificate Profile Signer" --assignee ', '15 minutes have passed'],
      ...['the profile is Active', 'identity validation is Completed', 'subscription is enabled'],
      ...['save the certificate profile again', 'oid "', ...trace],
    ],
  },
  {
    name: '403 non-empty',
    inject: answered(json(403, { error: { code: 'Forbidden', message: 'The account is suspended.' } })),
    attempts: ['submit', 1],
    ends: 'KEY_ACCESS_DENIED',
    says: ['answered 403 (Forbidden: The account is suspended.)', 'Artifact Signing Certificate Profile Signer'],
  },
  {
    name: '404 errorDetail',
    inject: () => ({ 'certificate-profile-name': 'misspelt-profile' }),
    attempts: ['submit', 1],
    ends: 'KEY_NOT_FOUND',
    says: ['answered 404', '403 (Forbidden)', 'profile misspelt-profile', 'Check the spelling of the account, profile'],
  },
  {
    name: '404 double slash',
    // The endpoint as the portal shows it; the service knows no path with two slashes.
    inject: ({ artifactSigning }) => ({ endpoint: `${artifactSigning.origin}//` }),
    attempts: ['submit', 1],
    ends: 'signed',
  },
  {
    name: '404 double slash',
    variant: 'whoever makes it',
    inject: answered(plain(404)),
    attempts: ['submit', 1],
    ends: 'KEY_NOT_FOUND',
    says: ['answered 404 (empty body)', 'that the endpoint has no path', ...trace],
  },
  {
    name: '409',
    inject: answered(json(409, { error: { code: 'Conflict', message: 'The profile is being changed.' } })),
    attempts: ['submit', 1],
    ends: 'KEY_REJECTED',
    says: ['answered 409', 'The profile is being changed.', ...trace],
  },
  {
    name: '429 (seconds and HTTP-date Retry-After)',
    variant: 'seconds',
    inject: answeredOnce(() => plain(429, '', { 'retry-after': '9' })),
    attempts: ['submit', 2],
    waits: [9000, ...firstLook],
    ends: 'signed',
  },
  {
    name: '429 (seconds and HTTP-date Retry-After)',
    variant: 'a date that has come',
    inject: answeredOnce(dated(-5)),
    attempts: ['submit', 2],
    waits: [0, ...firstLook],
    ends: 'signed',
  },
  {
    name: '429 (seconds and HTTP-date Retry-After)',
    variant: 'a date to come',
    inject: answeredOnce(dated(20)),
    attempts: ['submit', 2],
    // To the second, and no longer than until then.
    waits: [[10_000, 20_000], ...firstLook],
    ends: 'signed',
  },
  {
    name: '429 (seconds and HTTP-date Retry-After)',
    variant: 'every time',
    inject: answered(plain(429, '', { 'retry-after': '2' })),
    attempts: ['submit', 4],
    waits: [2000, 2000, 2000],
    ends: 'KEY_UNAVAILABLE',
    says: ['answered 429', 'run the job again', ...trace],
  },
  {
    name: '500 errorDetail',
    inject: answered(json(500, wrapped('InternalError', 'An internal error has occurred.'))),
    attempts: ['submit', 4],
    waits: backoff,
    ends: 'KEY_UNAVAILABLE',
    says: ['answered 500 (InternalError: An internal error has occurred.)', 'run the job again', ...trace],
  },
  {
    name: '500 errorDetail',
    variant: 'about the tenant of the token',
    inject: answered(json(500, wrapped('InternalError', 'ClaimsPrincipal TenantId is null.'))),
    attempts: ['submit', 4],
    waits: backoff,
    ends: 'KEY_ACCESS_DENIED',
    says: ['ClaimsPrincipal TenantId is null', 'aud "', 'azure-tenant-id'],
  },
  {
    name: '503',
    inject: answeredOnce(() => plain(503)),
    attempts: ['submit', 2],
    waits: [100, ...firstLook],
    ends: 'signed',
  },
  {
    name: 'connection reset',
    inject: answeredOnce(() => 'reset'),
    attempts: ['submit', 2],
    waits: [100, ...firstLook],
    ends: 'signed',
  },
  {
    name: 'connection reset',
    variant: 'every time',
    inject: answered('reset'),
    attempts: ['submit', 4],
    waits: backoff,
    ends: 'KEY_UNAVAILABLE',
    says: ['did not answer', ...trace, 'Check that the runner can reach', 'run the job again'],
  },
  {
    name: 'hang',
    inject: (world) => {
      world.hurry(({ url }) => url.pathname.endsWith(':sign'));
      world.artifactSigning.setFault(first('submit', 'hang'));
      return {};
    },
    attempts: ['submit', 2],
    waits: [100, ...firstLook],
    ends: 'signed',
  },
  {
    name: '202 without body/without Operation-Location',
    variant: 'without body',
    inject: behaving({ submitBody: 'empty' }),
    attempts: ['poll', 1],
    ends: 'signed',
  },
  {
    name: '202 without body/without Operation-Location',
    variant: 'without Operation-Location',
    inject: behaving({ operationLocation: () => undefined }),
    attempts: ['poll', 1],
    ends: 'signed',
  },
  {
    name: '202 without body/without Operation-Location',
    variant: 'without either',
    inject: behaving({ submitBody: 'empty', operationLocation: () => undefined }),
    attempts: ['submit', 1],
    waits: [],
    ends: 'KEY_UNAVAILABLE',
    says: ['was accepted without naming an operation', 'run the job again', ...trace],
  },
  {
    name: 'Operation-Location to a foreign origin',
    inject: behaving({ operationLocation: (own) => own.replace('127.0.0.1', 'localhost') }),
    attempts: ['poll', 1],
    ends: 'signed',
  },
  {
    name: '200 with final result at once',
    inject: behaving({ completion: 'at once' }),
    attempts: ['poll', 0],
    waits: [],
    ends: 'signed',
  },
];
