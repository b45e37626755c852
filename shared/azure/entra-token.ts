// Tokens of Microsoft Entra for an identity that shows a token of somebody else (workload identity federation) or a
// secret. The exchange is @azure/identity's, loaded on the first request. OAuth 2.0 client credentials, RFC 6749 §4.4,
// with a JWT assertion, RFC 7523.

import { NotaryError } from '../errors.ts';
import type { Clock, Environment, Http } from '../ports.ts';
import { authorityOf } from './cloud.ts';
import { requireIdentity } from './credential.ts';
import type { AzureIdentity } from './credential.ts';
import { entraFailure, mayPropagate } from './entra-failure.ts';
import { libraryTransport } from './entra-transport.ts';
import type { TransportRecord } from './entra-transport.ts';
import type { Assert } from './federated-assertion.ts';
import type { IssuedToken, TokenSource } from './issued-token.ts';
import { showServerText } from './token-claims.ts';

export type Proof = { readonly assert: Assert } | { readonly secret: string };

interface EntraServices {
  readonly http: Http;
  readonly environment: Environment;
  readonly clock: Clock;
}

interface TokenRequest extends EntraServices {
  readonly identity: AzureIdentity;
  readonly proof: Proof;
  readonly authority: URL;
  readonly scope: string;
}

// A federated credential is known everywhere some time after it was made; together one minute.
const propagationWaitsMs = [2_000, 4_000, 8_000, 16_000, 30_000];

/** @throws NotaryError INPUT_INVALID  a client or tenant id of another shape, a bad AZURE_AUTHORITY_HOST */
export function entraToken(identity: AzureIdentity, proof: Proof, services: EntraServices): TokenSource {
  requireIdentity(identity);
  const authority = authorityOf(identity.cloud, services.environment);
  return async (scope) => {
    const request = { ...services, identity, proof, authority, scope };
    for (let round = 0; ; round += 1) {
      const attempt: Attempt = {};
      try {
        return await exchange(request, attempt);
      } catch (error) {
        const waitMs = propagationWaitsMs[round];
        const { refusal } = attempt;
        if (waitMs === undefined || refusal === undefined || !mayPropagate(refusal)) {
          throw await explain(error, attempt, request);
        }
        await services.clock.sleep(waitMs);
      }
    }
  };
}

interface Attempt extends TransportRecord {
  /** The library asks for it twice in one exchange. */
  assertion?: Promise<string> | undefined;
}

async function exchange(request: TokenRequest, attempt: Attempt): Promise<IssuedToken> {
  // A new one each time: the cache of the library asks for an assertion before it looks whether it needs one.
  const credential = await makeCredential(request, attempt);
  return credential.getToken(request.scope);
}

async function makeCredential({ identity, authority, http, proof }: TokenRequest, attempt: Attempt) {
  const { ClientAssertionCredential, ClientSecretCredential } = await import('@azure/identity');
  const options = {
    authorityHost: authority.origin,
    disableInstanceDiscovery: true,
    httpClient: libraryTransport(http, authority.origin, attempt),
    // Both are the Http port's business; a redirected POST would carry the assertion along.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  };
  const { tenantId, clientId } = identity;
  if ('secret' in proof) return new ClientSecretCredential(tenantId, clientId, proof.secret, options);
  const assert = async (): Promise<string> => {
    try {
      attempt.assertion ??= proof.assert();
      return await attempt.assertion;
    } catch (error) {
      if (error instanceof Error) attempt.thrown = error;
      throw error;
    }
  };
  return new ClientAssertionCredential(tenantId, clientId, assert, options);
}

/** The library keeps only the message of what we threw, and of an answer only what it understood; the attempt has all. */
async function explain(error: unknown, { thrown, refusal, assertion }: Attempt, request: TokenRequest) {
  if (thrown !== undefined) return thrown;
  if (refusal !== undefined) {
    return entraFailure(refusal, { ...request, assertion: await assertion, withSecret: 'secret' in request.proof });
  }
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
