// Failure modes on the way to a token: the runner's issuer, and Entra. azure.md 3, 8.3.

import { entraError } from '../../support/entra.ts';
import { json } from '../../support/loopback-server.ts';
import type { Reply } from '../../support/loopback-server.ts';
import { always, answering, answeringFirst, backoff, first, firstLook, html, plain } from './mode.ts';
import type { Mode } from './mode.ts';
import type { FailureWorld } from './world.ts';

/** What every message about an assertion shows of it. */
const presented = [
  'iss "https://token.actions.githubusercontent.com"',
  'sub "repo:',
  'aud "api://AzureADTokenExchange"',
];
const entraSays = (code: number, text: string) => (world: FailureWorld) => {
  world.entra.setFault(always('Entra', entraError(code, text)));
  return {};
};

/** A token that is good for less than Entra says, or for something else. */
function tokenReply(world: FailureWorld, resource: string, lifetimeSeconds?: number): Reply {
  const token = world.entra.issueToken(resource, lifetimeSeconds);
  return json(200, { token_type: 'Bearer', expires_in: lifetimeSeconds ?? 3599, access_token: token });
}

export const authModes: readonly Mode[] = [
  {
    name: 'id-token permission absent (no env)',
    inject: (world) => {
      world.setEnvironment({ ACTIONS_ID_TOKEN_REQUEST_URL: undefined, ACTIONS_ID_TOKEN_REQUEST_TOKEN: undefined });
      return {};
    },
    attempts: ['GitHub OIDC', 0],
    ends: 'PERMISSION_MISSING',
    says: ['id-token: write', 'Pull requests from forks never get this permission'],
  },
  {
    name: 'OIDC 500/503 then OK',
    inject: answeringFirst('GitHub OIDC', plain(500), plain(503)),
    // One for the registry, one for the service, two that failed.
    attempts: ['GitHub OIDC', 4],
    waits: [100, 200, ...firstLook],
    ends: 'signed',
  },
  {
    name: 'OIDC 500/503 then OK',
    variant: 'never OK',
    inject: answering('GitHub OIDC', plain(503)),
    attempts: ['GitHub OIDC', 12],
    waits: [...backoff, 2000, ...backoff, 6000, ...backoff],
    ends: 'CREDENTIAL_UNAVAILABLE',
    says: ['GitHub gave no OIDC token', 'HTTP 503', 'run the job again'],
  },
  {
    name: '403 from OIDC URL',
    inject: answering('GitHub OIDC', json(403, { message: 'Resource not accessible' })),
    attempts: ['GitHub OIDC', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: ['HTTP 403', 'Resource not accessible', 'id-token: write'],
  },
  {
    name: 'FIC missing (700213)',
    inject: (world) => {
      world.oidc.setClaims({ sub: 'repo:acme/app:pull_request' });
      return {};
    },
    attempts: ['Entra', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: [
      ...presented,
      'AADSTS700213',
      'az ad app federated-credential create',
      'az identity federated-credential create',
      'repo:acme/app:pull_request',
    ],
  },
  {
    name: 'issuer (700211)',
    inject: (world) => {
      world.oidc.setClaims({ iss: 'https://github.acme.example/_services/token' });
      return {};
    },
    attempts: ['Entra', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: [
      ...['AADSTS700211', 'iss "https://github.acme.example/_services/token"', ...presented.slice(1)],
      ...['without a trailing slash', 'GitHub Enterprise', "--issuer 'https://github.acme.example/_services/token'"],
    ],
  },
  {
    name: 'case (7002138)',
    inject: (world) => {
      world.oidc.setClaims({ sub: 'repo:Acme/App:ref:refs/heads/main' });
      return {};
    },
    attempts: ['Entra', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: [...presented, 'AADSTS7002138', 'case-sensitive', "--subject 'repo:Acme/App:ref:refs/heads/main'"],
  },
  {
    name: 'propagation (70021 twice then OK)',
    inject: (world) => {
      const notYet = entraError(70021, 'No matching federated identity record found for presented assertion.');
      world.entra.setFault(first('Entra', notYet, notYet));
      return {};
    },
    attempts: ['Entra', 4],
    waits: [2000, 4000, ...firstLook],
    ends: 'signed',
  },
  {
    name: 'propagation (70021 twice then OK)',
    variant: 'never OK',
    inject: entraSays(70021, 'No matching federated identity record found for presented assertion.'),
    attempts: ['Entra', 6],
    // One minute in all.
    waits: [2000, 4000, 8000, 16_000, 30_000],
    ends: 'CREDENTIAL_REJECTED',
    says: [...presented, 'A new federated credential takes a few minutes to work', 'federated-credential create'],
  },
  {
    name: 'expired assertion (700024)',
    inject: (world) => {
      const now = Math.floor(world.clock.now().getTime() / 1000);
      world.oidc.setClaims({ iat: now - 900, nbf: now - 1500, exp: now - 600 });
      return {};
    },
    attempts: ['Entra', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: [...presented, 'AADSTS700024', 'outside its validity', 'the clock of the runner'],
  },
  {
    name: 'wrong tenant (90002)',
    inject: () => ({ 'azure-tenant-id': '00000000-0000-0000-0000-00000000dead' }),
    attempts: ['Entra discovery', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: ['AADSTS90002', 'There is no tenant 00000000-0000-0000-0000-00000000dead', 'azure-tenant-id'],
  },
  {
    name: 'unknown app (700016)',
    inject: () => ({ 'azure-client-id': '00000000-0000-0000-0000-00000000beef' }),
    attempts: ['Entra', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: ['AADSTS700016', '00000000-0000-0000-0000-00000000beef', 'check azure-client-id and azure-tenant-id'],
  },
  {
    name: 'policy (700223)',
    inject: entraSays(700223, 'Federated credentials are forbidden by a policy of the tenant.'),
    attempts: ['Entra', 1],
    ends: 'CREDENTIAL_REJECTED',
    says: [...presented, 'AADSTS700223', 'ask the administrator of the tenant'],
  },
  {
    name: '429 with Retry-After',
    inject: answeringFirst('Entra', plain(429, '', { 'retry-after': '7' })),
    attempts: ['Entra', 3],
    waits: [7000, ...firstLook],
    ends: 'signed',
  },
  {
    name: '429 with Retry-After',
    variant: 'longer than anybody waits',
    inject: answering('Entra', plain(429, '', { 'retry-after': '3600' })),
    attempts: ['Entra', 1],
    waits: [],
    ends: 'CREDENTIAL_UNAVAILABLE',
    says: ['HTTP 429', 'run the job again'],
  },
  {
    name: 'HTML 502',
    inject: answering('Entra', html(502)),
    attempts: ['Entra', 4],
    waits: backoff,
    ends: 'CREDENTIAL_UNAVAILABLE',
    says: ['HTTP 502', 'authority https://localhost', 'run the job again'],
  },
  {
    name: 'token with wrong aud',
    inject: (world) => answeringFirst('Entra, signing', tokenReply(world, 'https://management.azure.com'))(world),
    attempts: ['submit', 1],
    ends: 'KEY_ACCESS_DENIED',
    says: ['answered 401', 'aud "https://management.azure.com"', 'tid "', 'exp 20', 'azure-tenant-id'],
  },
  {
    name: 'access token that expires mid-poll',
    // 599 s of life, six minutes of which are kept back: renewed after 239 s, in the fiftieth poll or so.
    inject: (world) => {
      world.entra.setFault(first('Entra, signing', tokenReply(world, 'https://codesigning.azure.net', 599)));
      world.artifactSigning.behave({ pendingPolls: 52, retryAfter: '5' });
      return {};
    },
    attempts: ['Entra, signing', 2],
    waits: [...firstLook, ...Array<number>(52).fill(5000)],
    ends: 'signed',
  },
  {
    name: 'access token that expires mid-poll',
    variant: 'and dies before the time Entra gave it',
    inject: (world) => {
      const reply = tokenReply(world, 'https://codesigning.azure.net', 4);
      world.entra.setFault(
        first('Entra, signing', { ...reply, body: String(reply.body).replace('"expires_in":4', '"expires_in":3599') }),
      );
      world.artifactSigning.behave({ pendingPolls: 2, retryAfter: '5' });
      return {};
    },
    attempts: ['poll', 2],
    waits: [...firstLook, 5000],
    ends: 'KEY_ACCESS_DENIED',
    says: ['answered 401', 'exp 20', 'operation '],
  },
];
