// Azure access tokens from GitHub's OIDC token, without a secret: workload identity federation. The exchange is
// @azure/identity's, loaded on the first request. OAuth 2.0 client credentials with a JWT assertion, RFC 7523.

import { NotaryError } from '../errors.ts';
import type { AccessToken, Clock, Environment, Http } from '../ports.ts';
import { authorityOf, clouds } from './cloud.ts';
import type { AzureCloud } from './cloud.ts';
import { entraFailure } from './entra-failure.ts';
import { libraryTransport } from './entra-transport.ts';
import type { TransportRecord } from './entra-transport.ts';
import { showServerText } from './token-claims.ts';

export interface AzureIdentity {
  /** Of the app registration or the user-assigned managed identity. */
  readonly clientId: string;
  /** A GUID or a domain of the tenant. */
  readonly tenantId: string;
  readonly cloud: AzureCloud;
}

/** Asks the runner for a new GitHub OIDC token; throws NotaryError PERMISSION_MISSING where it may not. */
export type IdToken = (audience: string) => Promise<string>;

interface EntraServices {
  readonly http: Http;
  readonly environment: Environment;
  readonly clock: Clock;
}

// Longer than the longest wait for a signature, so that a token lives through what it is given out for.
const renewalMs = 6 * 60_000;

/**
 * Access tokens for any scope. A token is kept until six minutes before its end, calls at once for the same scope
 * share one exchange, and every exchange presents a new GitHub token, since those live five minutes only.
 *
 * The returned function throws
 * - CREDENTIAL_REJECTED: Entra refused; the message names the claims that were presented, the remedy what to change
 * - CREDENTIAL_UNAVAILABLE: throttled, or no usable answer
 * - whatever `idToken` and `http` throw
 *
 * @throws NotaryError INPUT_INVALID  a client or tenant id of another shape, a bad AZURE_AUTHORITY_HOST
 */
export function oidcAccessToken(identity: AzureIdentity, idToken: IdToken, services: EntraServices): AccessToken {
  requireAzureIdentity(identity);
  const authority = authorityOf(identity.cloud, services.environment);
  const askers = new Map<string, () => Promise<string>>();
  return (scope) => {
    let ask = askers.get(scope);
    if (ask === undefined) {
      ask = sharing(scopedToken({ ...services, identity, authority, idToken, scope }));
      askers.set(scope, ask);
    }
    return ask();
  };
}

interface TokenRequest extends EntraServices {
  readonly identity: AzureIdentity;
  readonly authority: URL;
  readonly idToken: IdToken;
  readonly scope: string;
}

interface Attempt extends TransportRecord {
  /** The library asks for it twice in one exchange. */
  assertion?: Promise<string> | undefined;
}

function scopedToken(request: TokenRequest): () => Promise<string> {
  const { clock, scope } = request;
  let kept = { token: '', expiresOnTimestamp: 0 };
  return async () => {
    if (clock.now().getTime() < kept.expiresOnTimestamp - renewalMs) return kept.token;
    const attempt: Attempt = {};
    try {
      // A new one each time: the cache of the library asks for a GitHub token before it looks whether it needs one.
      const credential = await makeCredential(request, attempt);
      kept = await credential.getToken(scope);
      return kept.token;
    } catch (error) {
      throw await explain(error, attempt, request);
    }
  };
}

async function makeCredential(request: TokenRequest, attempt: Attempt) {
  const { identity, authority, http, idToken } = request;
  const assert = async (): Promise<string> => {
    try {
      attempt.assertion ??= idToken(clouds[identity.cloud].assertionAudience);
      return await attempt.assertion;
    } catch (error) {
      if (error instanceof Error) attempt.thrown = error;
      throw error;
    }
  };
  const { ClientAssertionCredential } = await import('@azure/identity');
  return new ClientAssertionCredential(identity.tenantId, identity.clientId, assert, {
    authorityHost: authority.origin,
    disableInstanceDiscovery: true,
    httpClient: libraryTransport(http, authority.origin, attempt),
    // Both are the Http port's business; a redirected POST would carry the GitHub token along.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  });
}

/** The library keeps only the message of what we threw, and of an answer only what it understood; the attempt has all. */
async function explain(error: unknown, { thrown, refusal, assertion }: Attempt, request: TokenRequest) {
  if (thrown !== undefined) return thrown;
  if (refusal !== undefined) return entraFailure(refusal, { ...request, assertion: await assertion });
  if (!(error instanceof Error) || !libraryErrors.has(error.name)) return error;
  return new NotaryError(
    'CREDENTIAL_UNAVAILABLE',
    `no token for ${request.scope} from ${request.authority.origin}: ${showServerText(error.message)}`,
  );
}

// The library turns most of its failures, unreadable answers among them, into the first.
const libraryErrors: ReadonlySet<string> = new Set([
  'AuthenticationRequiredError',
  'AuthenticationError',
  'CredentialUnavailableError',
  'ClientConfigurationError',
]);

function sharing<T>(ask: () => Promise<T>): () => Promise<T> {
  let inFlight: Promise<T> | undefined;
  return () => {
    inFlight ??= ask().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  };
}

/** @throws NotaryError INPUT_INVALID  a client id that is not a GUID, a tenant id that is neither a GUID nor a domain */
export function requireAzureIdentity({ clientId, tenantId }: AzureIdentity): void {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(clientId)) {
    throw new NotaryError('INPUT_INVALID', `azure-client-id is not a GUID: ${JSON.stringify(clientId)}`);
  }
  if (!/^[0-9a-z][0-9a-z.-]{0,252}$/i.test(tenantId)) {
    throw new NotaryError(
      'INPUT_INVALID',
      `azure-tenant-id is neither a GUID nor a domain: ${JSON.stringify(tenantId)}`,
    );
  }
}
