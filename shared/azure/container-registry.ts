// Registry credentials for Azure Container Registry without a password: an Entra token is exchanged for a refresh
// token of the registry, which oci/auth.ts then trades for tokens per repository. Azure/acr, "AAD-OAuth".

import { encodeUtf8, showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { member, parseJson, requireObject, requireString } from '../json.ts';
import type { CredentialSource, Credentials } from '../oci/credentials.ts';
import type { AccessToken, Http, HttpResponse } from '../ports.ts';
import { showClaims, showServerText } from './token-claims.ts';

// The audience of the registry service: that of Azure Resource Manager is refused where a policy says so.
const scope = 'https://containerregistry.azure.net/.default';

const timeoutMs = 30_000;
// Tokens with many permissions reach some 20 KiB.
const maxBytes = 128 * 1024;

/**
 * Credentials for hosts of Azure Container Registry; undefined for every other host, which no Azure token ever reaches.
 * One exchange for each registry.
 *
 * The returned source throws REGISTRY_UNAUTHORIZED, REGISTRY_NOT_FOUND, REGISTRY_UNAVAILABLE,
 * REGISTRY_RESPONSE_INVALID, and what the ports throw.
 */
export function containerRegistryCredentials(
  http: Http,
  accessToken: AccessToken,
  tenantId: string | undefined,
): CredentialSource {
  const exchanged = new Map<string, Promise<Credentials>>();
  return (registry) => {
    if (!isContainerRegistry(registry)) return Promise.resolve(undefined);
    let credentials = exchanged.get(registry);
    if (credentials === undefined) {
      credentials = exchange({ http, accessToken, tenantId }, registry);
      exchanged.set(registry, credentials);
    }
    return credentials;
  };
}

function isContainerRegistry(registry: string): boolean {
  return /^[0-9a-z-]+(?:\.[0-9a-z-]+)*\.azurecr\.(?:io|us|cn)$/i.test(registry) && registry.length <= 253;
}

// Either kind of registry ignores the roles of the other.
const roles =
  'the identity AcrPull (verify) or AcrPush (sign); on a registry with repository permissions (ABAC) "Container Registry Repository Reader" or "Writer". A new assignment takes some minutes.';

interface ExchangeServices {
  readonly http: Http;
  readonly accessToken: AccessToken;
  readonly tenantId: string | undefined;
}

async function exchange(services: ExchangeServices, registry: string): Promise<Credentials> {
  const token = await services.accessToken(scope);
  const form = new URLSearchParams({
    grant_type: 'access_token',
    service: registry,
    ...(services.tenantId !== undefined && { tenant: services.tenantId }),
    access_token: token,
  });
  const response = await services.http({
    method: 'POST',
    url: new URL(`https://${registry}/oauth2/exchange`),
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: encodeUtf8(form.toString()),
    ...{ timeoutMs, maxBytes, repeatable: true },
  });
  if (response.status !== 200) throw refusal(response, registry, token);
  const source: Source = { code: 'REGISTRY_RESPONSE_INVALID', what: `the token exchange of ${registry}` };
  const reply = requireObject(parseJson(response.body, source), source, 'the reply');
  const refreshToken = requireString(member(reply, 'refresh_token'), source, 'refresh_token');
  return { kind: 'refresh', token: refreshToken, remedy: `Give ${roles}` };
}

function refusal(response: HttpResponse, registry: string, token: string): NotaryError {
  const { code, remedy } = judge(response.status);
  const body = response.body.length === 0 ? 'empty body' : showServerText(showUtf8(response.body.subarray(0, 1000)));
  const message = `${registry} answered ${response.status} to the token exchange (${body}); the Azure token sent has ${showClaims(token, ['aud', 'tid', 'appid', 'oid'])}`;
  return new NotaryError(code, message, remedy === undefined ? {} : { remedy });
}

function judge(status: number): { readonly code: ErrorCode; readonly remedy?: string } {
  if (status === 403) {
    const remedy =
      'The network rules of the registry refuse this runner: allow its address, or use a runner inside the network.';
    return { code: 'REGISTRY_UNAUTHORIZED', remedy };
  }
  if (status === 404) return { code: 'REGISTRY_NOT_FOUND' };
  if (status === 408 || status === 429 || status >= 500) return { code: 'REGISTRY_UNAVAILABLE' };
  const remedy = `Check that azure-tenant-id is the tenant of the registry, and give ${roles}`;
  return { code: 'REGISTRY_UNAUTHORIZED', remedy };
}
