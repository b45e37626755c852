// Exchanges registry credentials for a token at the endpoint that the registry's challenge names. Distribution
// specification "Token Authentication" (GET) and "OAuth2 Token Authentication" (POST); AUTH-6.

import { encodeBase64, encodeUtf8 } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { member, parseJson, requireObject } from '../json.ts';
import type { Http, HttpRequest } from '../ports.ts';
import type { Credentials } from './credentials.ts';
import { failure } from './failure.ts';
import type { Scopes } from './scope.ts';

export interface TokenRequest {
  /** For messages. */
  readonly what: string;
  /** The registry's endpoint, already judged fit to receive its credentials. */
  readonly realm: URL;
  readonly service?: string;
  readonly scopes: Scopes;
}

/** What the endpoint gets: nothing (anonymous), Basic authentication, or a refresh token grant. */
export type Exchangeable = Exclude<Credentials, { kind: 'bearer' }> | undefined;

const tokenTimeoutMs = 30_000;
/** AUTH-6. */
const maxTokenResponse = 128 * 1024;
/** Sent as OAuth 2.0 client_id; registries only log it. */
const clientId = 'notary-actions';
/** What may stand in a header field without ending it. */
const visibleAscii = /^[\x21-\x7e]+$/;

/** @throws NotaryError REGISTRY_UNAUTHORIZED, REGISTRY_UNAVAILABLE, REGISTRY_RESPONSE_INVALID */
export async function requestToken(http: Http, request: TokenRequest, credentials: Exchangeable): Promise<string> {
  const { what } = request;
  const response = await http(
    credentials?.kind === 'refresh' ? refreshGrant(request, credentials.token) : simpleGet(request, credentials),
  ).catch((error: unknown) => {
    if (!hasCode(error, 'NETWORK_UNREACHABLE')) throw error;
    const { message, remedy } = error;
    throw new NotaryError('REGISTRY_UNAVAILABLE', `${what}: ${message}`, { cause: error, remedy });
  });
  // RFC 6749 §5.2: credentials may also be refused with 400.
  if (response.status === 400) throw failure(response, what, 'REGISTRY_UNAUTHORIZED');
  if (response.status !== 200) throw failure(response, what);
  const source = { code: 'REGISTRY_RESPONSE_INVALID', what } as const;
  const body = requireObject(parseJson(response.body, source), source, 'the reply');
  const token = member(body, 'access_token') ?? member(body, 'token');
  if (typeof token !== 'string' || !visibleAscii.test(token)) {
    throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${what}: the reply holds no token`);
  }
  return token;
}

/** @see RFC 7617 §2 */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`;
}

function simpleGet({ realm, service, scopes }: TokenRequest, credentials: Exchangeable): HttpRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.append('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return {
    method: 'GET',
    url,
    headers:
      credentials?.kind === 'basic'
        ? { authorization: basicAuthorization(credentials.username, credentials.password) }
        : {},
    timeoutMs: tokenTimeoutMs,
    maxBytes: maxTokenResponse,
  };
}

function refreshGrant({ realm, service, scopes }: TokenRequest, refreshToken: string): HttpRequest {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId });
  if (service !== undefined) form.set('service', service);
  form.set('scope', scopes.join(' '));
  return {
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: encodeUtf8(form.toString()),
    timeoutMs: tokenTimeoutMs,
    maxBytes: maxTokenResponse,
    repeatable: true,
  };
}
