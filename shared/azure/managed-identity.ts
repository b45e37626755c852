// Tokens of the machine's own identity: from the instance metadata service of virtual machines, scale sets and cluster
// nodes, or from the endpoint that App Service, Functions, Container Apps and Container Instances give a container.
// Microsoft Entra, "How managed identities for Azure resources work with Azure virtual machines"; App Service,
// "REST endpoint reference".

import { showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import type { Clock, Environment, Http, HttpRequest, HttpResponse } from '../ports.ts';
import type { ManagedIdentityCredential } from './credential.ts';
import { readIssuedToken } from './issued-token.ts';
import type { TokenSource } from './issued-token.ts';
import { showServerText } from './token-claims.ts';

interface MachineServices {
  readonly http: Http;
  readonly clock: Clock;
  readonly environment: Environment;
}

const metadataService = 'http://169.254.169.254';
// It answers from the same machine; elsewhere nobody listens at its address.
const timeoutMs = 5_000;
const maxBytes = 64 * 1024;
// While the service updates itself it answers 404 or 410, for at most 70 s by its documentation.
const updateWaitsMs = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
const updating: ReadonlySet<number> = new Set([404, 410]);

export function managedIdentityToken(credential: ManagedIdentityCredential, services: MachineServices): TokenSource {
  return async (scope) => {
    const request = tokenRequest(credential, scope.replace(/\/\.default$/, ''), services.environment);
    const response = await ask(request, services);
    if (response.status !== 200) throw refusal(response, credential, scope);
    return readIssuedToken(response.body, 'access_token', source);
  };
}

async function ask(request: HttpRequest, { http, clock }: MachineServices): Promise<HttpResponse> {
  for (const waitMs of [...updateWaitsMs, undefined]) {
    const response = await http(request).catch((error: unknown) => {
      if (!hasCode(error, 'NETWORK_UNREACHABLE')) throw error;
      throw new NotaryError('CREDENTIAL_UNAVAILABLE', `no managed identity here: ${error.message}`, {
        cause: error,
        remedy: 'Managed identities exist on machines in Azure only; choose another azure-credential elsewhere.',
      });
    });
    if (waitMs === undefined || !updating.has(response.status)) return response;
    await clock.sleep(waitMs);
  }
  throw new Error('the last round returns');
}

function tokenRequest(
  { clientId }: ManagedIdentityCredential,
  resource: string,
  environment: Environment,
): HttpRequest {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = environment;
  const ofContainer = endpoint !== undefined && header !== undefined;
  const url = ofContainer
    ? localAddress(endpoint, 'IDENTITY_ENDPOINT')
    : new URL('/metadata/identity/oauth2/token', metadataAddress(environment));
  url.searchParams.set('api-version', ofContainer ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', resource);
  if (clientId !== undefined) url.searchParams.set('client_id', clientId);
  const headers = ofContainer ? { 'x-identity-header': header } : { metadata: 'true' };
  return { method: 'GET', url, headers, timeoutMs, maxBytes };
}

function metadataAddress({ AZURE_POD_IDENTITY_AUTHORITY_HOST: host }: Environment): URL {
  return host === undefined || host === ''
    ? new URL(metadataService)
    : localAddress(host, 'AZURE_POD_IDENTITY_AUTHORITY_HOST');
}

function localAddress(address: string, variable: string): URL {
  const url = URL.parse(address);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new NotaryError('INPUT_INVALID', `${variable} is not an address: ${address}`, {
    remedy: `Leave ${variable} as the platform sets it, or unset it.`,
  });
}

function refusal(response: HttpResponse, { clientId }: ManagedIdentityCredential, scope: string): NotaryError {
  const who = clientId === undefined ? 'the system-assigned identity' : `the identity ${clientId}`;
  const words = showServerText(showUtf8(response.body.subarray(0, 800)));
  const message = `the machine gave no token of ${who} for ${scope} (HTTP ${response.status}): ${words === '' ? 'no message' : words}`;
  if (response.status === 429 || response.status >= 500) return new NotaryError('CREDENTIAL_UNAVAILABLE', message);
  const remedy =
    clientId === undefined
      ? 'Turn on the system-assigned identity of this machine, or name a user-assigned one of it in azure-client-id.'
      : 'Assign the user-assigned identity of azure-client-id to this machine.';
  return new NotaryError('CREDENTIAL_REJECTED', message, { remedy });
}

const source: Source = { code: 'CREDENTIAL_UNAVAILABLE', what: 'the answer of the managed identity endpoint' };
