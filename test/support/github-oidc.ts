// GitHub's OIDC issuer as a job meets it: the address in ACTIONS_ID_TOKEN_REQUEST_URL gives signed claims about the
// job for whatever audience is asked. GitHub Docs, "OpenID Connect reference".

import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { jsonWebKeySet, keyIdOf, signJwt } from './jwt.ts';
import { testKey } from './keys.ts';
import { json, startLoopbackServer } from './loopback-server.ts';
import type { LoopbackOptions, LoopbackServer, Received, Reply } from './loopback-server.ts';

export interface GitHubOidcOptions extends LoopbackOptions {
  /** "owner/name" */
  readonly repository?: string;
  readonly ref?: string;
  /** Of the job; takes the place of the ref in the subject. */
  readonly environment?: string;
  /** Puts the numeric ids into the subject, as repositories made since July 2026 have it. */
  readonly immutableSubject?: boolean;
  readonly issuer?: string;
  readonly now?: () => Date;
}

export interface GitHubOidc extends LoopbackServer {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, as the runner sets them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Other claims than the job would have, from the next token on. */
  setClaims(claims: Readonly<Record<string, unknown>>): void;
}

const ownerId = '9919';
const repositoryId = '70107786';

export async function startGitHubOidc(options: GitHubOidcOptions = {}): Promise<GitHubOidc> {
  const { issuer = 'https://token.actions.githubusercontent.com', now = () => new Date() } = options;
  const key = await testKey('RSA-2048');
  const requestToken = `emulated-request-token-${randomUUID()}`;
  const job = jobClaims(options);
  let changed: Readonly<Record<string, unknown>> = {};
  const give = ({ headers, url }: Received): Reply => {
    if (headers.authorization !== `Bearer ${requestToken}`) return json(401, { message: 'Unauthorized' });
    const issued = Math.floor(now().getTime() / 1000);
    const claims = {
      ...{ jti: randomUUID(), aud: url.searchParams.get('audience') ?? `https://github.com/${ownerOf(options)}` },
      ...{ iss: issuer, nbf: issued - 600, exp: issued + 300, iat: issued },
      ...{ ...job, ...changed },
    };
    return json(200, { count: 1, value: signJwt(claims, key.privateKey, keyIdOf(key.publicKey)) });
  };
  const server = await startLoopbackServer((request) => {
    switch (request.url.pathname) {
      case '/oidc/token':
        return give(request);
      case '/.well-known/openid-configuration':
        return json(200, {
          issuer,
          jwks_uri: `${request.url.origin}/.well-known/jwks`,
          id_token_signing_alg_values_supported: ['RS256'],
          response_types_supported: ['id_token'],
          subject_types_supported: ['public', 'pairwise'],
        });
      case '/.well-known/jwks':
        return json(200, jsonWebKeySet(key.publicKey));
      default:
        return { status: 404 };
    }
  }, options);
  return {
    ...server,
    ...{ issuer, subject: job.sub, publicKey: key.publicKey },
    environment: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${server.origin}/oidc/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    setClaims: (claims) => (changed = claims),
  };
}

const ownerOf = ({ repository = 'acme/app' }: GitHubOidcOptions): string => repository.split('/')[0] ?? '';

function jobClaims(options: GitHubOidcOptions): Readonly<Record<string, string>> & { readonly sub: string } {
  const { repository = 'acme/app', ref = 'refs/heads/main', environment, immutableSubject = false } = options;
  const owner = ownerOf(options);
  const name = repository.slice(owner.length + 1);
  const prefix = immutableSubject ? `repo:${owner}@${ownerId}/${name}@${repositoryId}` : `repo:${repository}`;
  const escape = (value: string): string => value.replaceAll(':', '%3A');
  return {
    sub: environment === undefined ? `${prefix}:ref:${escape(ref)}` : `${prefix}:environment:${escape(environment)}`,
    ...{ repository, ref, repository_owner: owner, repository_owner_id: ownerId, repository_id: repositoryId },
    ...(environment !== undefined && { environment }),
    ...{ sha: '0123456789abcdef0123456789abcdef01234567', workflow: 'release', event_name: 'push', actor: owner },
    ...{ ref_type: 'branch', run_id: '1', run_number: '1', run_attempt: '1', runner_environment: 'github-hosted' },
    job_workflow_ref: `${repository}/.github/workflows/release.yml@${ref}`,
  };
}
