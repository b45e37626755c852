// Microsoft Entra as far as workload identity federation goes: it trusts GitHub's issuer for the subjects that its
// federated credentials name, and gives tokens for one resource at a time. Microsoft identity platform, "Client
// credentials flow" with a federated credential; error codes as the service words them.

import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { jsonWebKeySet, keyIdOf, signJwt, verifyJwt } from './jwt.ts';
import type { Claims } from './jwt.ts';
import { testKey } from './keys.ts';
import { json, startLoopbackServer } from './loopback-server.ts';
import type { LoopbackOptions, LoopbackServer, Received, Reply } from './loopback-server.ts';

export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

export interface EntraOptions extends LoopbackOptions {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly federatedCredentials: readonly FederatedCredential[];
  /** Where the keys of the issuers come from. */
  readonly issuerKeys: ReadonlyMap<string, KeyObject>;
  /** Default: the client has none. */
  readonly clientSecret?: string;
  readonly resources?: readonly string[];
  readonly lifetimeSeconds?: number;
  readonly now?: () => Date;
}

export interface Entra extends LoopbackServer {
  readonly tenantId: string;
  readonly clientId: string;
  /** Of the service principal; roles are given to it. */
  readonly objectId: string;
  /** What other endpoints of the platform hand out: a token as from here. */
  readonly issueToken: (resource: string, lifetimeSeconds?: number) => string;
  /** As a service sees a token: its claims, if it was issued here for that audience and lives. */
  readToken(token: string, audience: string): Claims | undefined;
}

const knownResources = [
  'https://codesigning.azure.net',
  'https://containerregistry.azure.net',
  'https://management.azure.com',
  'https://vault.azure.net',
];

export async function startEntra(options: EntraOptions): Promise<Entra> {
  const {
    tenantId = '7b1a6d9e-5a3f-4c0e-9d55-0f6a2b7c1e11',
    clientId = '3f0c2a44-8f0d-4b6e-b1a7-6c5d4e3f2a10',
    lifetimeSeconds = 3599,
    now = () => new Date(),
  } = options;
  const key = await testKey('RSA-2048');
  const objectId = '9a8b7c6d-1122-4333-8444-a5b6c7d8e9f0';
  const issueToken = (resource: string, seconds = lifetimeSeconds): string => {
    const issued = Math.floor(now().getTime() / 1000);
    const claims = {
      ...{ aud: resource, iss: `https://sts.windows.net/${tenantId}/`, iat: issued, nbf: issued },
      ...{ exp: issued + seconds, appid: clientId, appidacr: '2', idtyp: 'app', oid: objectId, sub: objectId },
      ...{ tid: tenantId, uti: randomUUID(), ver: '1.0' },
    };
    return signJwt(claims, key.privateKey, keyIdOf(key.publicKey));
  };
  const expiry = { expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds };
  const grant = (resource: string): Reply =>
    json(200, { token_type: 'Bearer', ...expiry, access_token: issueToken(resource) });
  const context = { ...options, tenantId, clientId, now };
  const server = await startLoopbackServer((request) => {
    const { method, url } = request;
    const [, tenant = '', ...rest] = url.pathname.split('/');
    const path = rest.join('/');
    if (url.pathname === '/common/discovery/instance') return json(200, instanceDiscovery(url));
    if (tenant !== tenantId)
      return refuse(
        request,
        90002,
        `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
      );
    if (path === 'v2.0/.well-known/openid-configuration') return json(200, openIdConfiguration(url, tenant));
    if (path === 'discovery/v2.0/keys') return json(200, jsonWebKeySet(key.publicKey));
    if (path !== 'oauth2/v2.0/token' || method !== 'POST') return { status: 404 };
    const judged = judgeRequest(new URLSearchParams(request.body.toString()), context);
    return typeof judged === 'string' ? grant(judged) : refuse(request, judged.code, judged.text);
  }, options);
  return {
    ...server,
    ...{ tenantId, clientId, objectId, issueToken },
    readToken: (token, audience) => {
      const claims = verifyJwt(token, key.publicKey);
      return claims?.aud === audience && Number(claims.exp) * 1000 > now().getTime() ? claims : undefined;
    },
  };
}

interface Context extends EntraOptions {
  readonly clientId: string;
  readonly tenantId: string;
  readonly now: () => Date;
}

interface Refusal {
  readonly code: number;
  readonly text: string;
}

const refusal = (code: number, text: string): Refusal => ({ code, text });

/** The resource of the request, or why there is no token. */
function judgeRequest(form: URLSearchParams, context: Context): string | Refusal {
  if (form.get('client_id') !== context.clientId) {
    return refusal(
      700016,
      `Application with identifier '${form.get('client_id') ?? ''}' was not found in the directory 'Emulated'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
    );
  }
  if (form.get('grant_type') !== 'client_credentials') return refusal(70003, 'The grant type is not supported.');
  const secret = form.get('client_secret');
  if (secret !== null) {
    const { clientSecret, clientId } = context;
    if (secret === clientSecret) return judgeScope(form.get('scope') ?? '', context);
    return refusal(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    );
  }
  if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
    return refusal(
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  return judgeAssertion(form.get('client_assertion') ?? '', context) ?? judgeScope(form.get('scope') ?? '', context);
}

function judgeAssertion(assertion: string, context: Context): Refusal | undefined {
  const { federatedCredentials: credentials, issuerKeys, now } = context;
  if (credentials.length === 0) return refusal(70025, 'The client has no configured federated identity credentials.');
  const issuer = unverifiedIssuer(assertion);
  const key = issuerKeys.get(issuer);
  const help =
    'Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation';
  const none = (what: string, value: string): string =>
    `No matching federated identity record found for presented assertion ${what} '${value}'. ${help}`;
  const ofIssuer = credentials.filter((credential) => credential.issuer === issuer);
  if (key === undefined || ofIssuer.length === 0) return refusal(700211, none('issuer', issuer));
  const claims = verifyJwt(assertion, key);
  if (claims === undefined) return refusal(700027, 'Client assertion failed signature validation.');
  const subject = String(claims.sub);
  const ofSubject = ofIssuer.filter((credential) => credential.subject === subject);
  if (ofSubject.length === 0) {
    const near = ofIssuer.some((credential) => credential.subject.toLowerCase() === subject.toLowerCase());
    return refusal(near ? 7002138 : 700213, none('subject', subject));
  }
  const audience = String(claims.aud);
  if (!ofSubject.some((credential) => credential.audience === audience)) {
    return refusal(700212, none('audience', audience));
  }
  const seconds = now().getTime() / 1000;
  if (Number(claims.exp) > seconds && Number(claims.nbf) <= seconds) return undefined;
  return refusal(
    700024,
    `Client assertion is not within its valid time range. Current time: ${now().toISOString()}, assertion valid from ${String(claims.nbf)}, expiry time of assertion ${String(claims.exp)}.`,
  );
}

function unverifiedIssuer(assertion: string): string {
  try {
    const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString();
    return String((JSON.parse(payload) as Claims).iss);
  } catch {
    return '';
  }
}

function judgeScope(scope: string, { resources = knownResources }: Context): string | Refusal {
  const suffix = '/.default';
  if (!scope.endsWith(suffix) || scope.includes(' ')) {
    return refusal(
      70011,
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
    );
  }
  const resource = scope.slice(0, -suffix.length);
  if (resources.includes(resource)) return resource;
  return refusal(500011, `The resource principal named ${resource} was not found in the tenant named Emulated.`);
}

// By what the code says: the request, the resource, or (every other one) who asks.
const kinds: ReadonlyMap<number, readonly [status: number, error: string]> = new Map([
  [90002, [400, 'invalid_request']],
  [70003, [400, 'unsupported_grant_type']],
  [70011, [400, 'invalid_scope']],
  [500011, [400, 'invalid_resource']],
  [700016, [400, 'unauthorized_client']],
]);

function refuse({ url }: Received, code: number, text: string): Reply {
  return entraError(code, text, { host: url.origin });
}

/** The error body of the service; exported for faults. */
export function entraError(code: number, text: string, { host = 'https://localhost' } = {}): Reply {
  const [status, error] = kinds.get(code) ?? [401, 'invalid_client'];
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return json(status, {
    error,
    error_description: `AADSTS${code}: ${text} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [code],
    ...{ timestamp, trace_id: trace, correlation_id: correlation, error_uri: `${host}/error?code=${code}` },
  });
}

function openIdConfiguration({ origin }: URL, tenant: string): unknown {
  return {
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
    issuer: `${origin}/${tenant}/v2.0`,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${origin}/${tenant}/oauth2/v2.0/logout`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    tenant_region_scope: 'EU',
  };
}

function instanceDiscovery({ origin, host }: URL): unknown {
  return {
    tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
