// What the tests against the emulated Azure share: the real Http, clock and randomness, and trust in the emulated TLS
// authority within this process.

import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { azureAccessToken } from '../../shared/azure/access-token.ts';
import type { AzureIdentity } from '../../shared/azure/credential.ts';
import { createClock } from '../../shared/host/clock.ts';
import { files } from '../../shared/host/files.ts';
import { createHttp } from '../../shared/host/http.ts';
import { random } from '../../shared/host/random.ts';
import { retrying } from '../../shared/host/retry.ts';
import type { AccessToken, Clock, Http, Random } from '../../shared/ports.ts';
import type { Entra } from '../support/entra.ts';
import type { GitHubOidc } from '../support/github-oidc.ts';

export interface World {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  close(): Promise<void>;
}

/** The machine as main.ts builds it. */
export function createWorld(): World {
  const { signal } = new AbortController();
  const clock = createClock(signal);
  const client = createHttp({ signal, userAgent: 'tests', environment: {} });
  return { http: retrying(client.http, clock, random), clock, random, close: () => client.close() };
}

export function trustAuthority(pem: string): void {
  setDefaultCACertificates([...getCACertificates('bundled'), pem]);
}

/** Asks the emulated issuer as the toolkit does. */
export async function idTokenFrom(oidc: GitHubOidc, audience: string): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: token = '' } = oidc.environment;
  const response = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`the emulated issuer answered ${response.status}`);
  return ((await response.json()) as { value: string }).value;
}

export function accessTokenFor(
  world: World,
  { oidc, entra }: { readonly oidc: GitHubOidc; readonly entra: Entra },
  identity: Partial<AzureIdentity> = {},
): AccessToken {
  return azureAccessToken(
    { kind: 'oidc', identity: { clientId: entra.clientId, tenantId: entra.tenantId, cloud: 'public', ...identity } },
    {
      ...{ ...world, files, environment: { AZURE_AUTHORITY_HOST: entra.origin } },
      idToken: (audience) => idTokenFrom(oidc, audience),
      exec: () => Promise.reject(new Error('no program is run here')),
    },
  );
}
