// Azure access tokens: one for each scope, shared by whoever asks at the same time, and renewed in time.

import type { AccessToken, Clock, Environment, Exec, Files, Http } from '../ports.ts';
import { cliToken } from './azure-cli.ts';
import type { AzureCredential } from './credential.ts';
import { entraToken } from './entra-token.ts';
import { federatedAssertion } from './federated-assertion.ts';
import type { IdToken } from './federated-assertion.ts';
import type { IssuedToken, TokenSource } from './issued-token.ts';
import { managedIdentityToken } from './managed-identity.ts';

export interface CredentialServices {
  readonly http: Http;
  readonly clock: Clock;
  readonly files: Files;
  readonly environment: Environment;
  /** Runs the Azure CLI. */
  readonly exec: Exec;
  /** Asks the runner for a new GitHub OIDC token. */
  readonly idToken: IdToken;
}

// Longer than the longest wait for a signature, so that a token lives through what it is given out for.
const renewalMs = 6 * 60_000;

/**
 * Access tokens for any scope. A token is kept until six minutes before its end, and calls at once for the same scope
 * share one request.
 *
 * The returned function throws
 * - CREDENTIAL_REJECTED: the credential was refused; the message says what was presented, the remedy what to change
 * - CREDENTIAL_UNAVAILABLE: throttled, or no usable answer
 * - whatever the ports throw
 *
 * @throws NotaryError INPUT_INVALID  a client or tenant id of another shape, a bad AZURE_AUTHORITY_HOST
 */
export function azureAccessToken(credential: AzureCredential, services: CredentialServices): AccessToken {
  const source = tokenSource(credential, services);
  const askers = new Map<string, () => Promise<string>>();
  return (scope) => {
    let ask = askers.get(scope);
    if (ask === undefined) {
      ask = sharing(renewing(() => source(scope), services.clock));
      askers.set(scope, ask);
    }
    return ask();
  };
}

function tokenSource(credential: AzureCredential, services: CredentialServices): TokenSource {
  switch (credential.kind) {
    case 'oidc':
    case 'workload-identity':
    case 'pipelines':
      return entraToken(credential.identity, { assert: federatedAssertion(credential, services) }, services);
    case 'client-secret':
      return entraToken(credential.identity, { secret: credential.secret }, services);
    case 'azure-cli':
      return cliToken(credential, services);
    case 'managed-identity':
      return managedIdentityToken(credential, services);
  }
}

function renewing(ask: () => Promise<IssuedToken>, clock: Clock): () => Promise<string> {
  let kept: IssuedToken = { token: '', expiresOnTimestamp: 0 };
  return async () => {
    if (clock.now().getTime() >= kept.expiresOnTimestamp - renewalMs) kept = await ask();
    return kept.token;
  };
}

function sharing<T>(ask: () => Promise<T>): () => Promise<T> {
  let inFlight: Promise<T> | undefined;
  return () => {
    inFlight ??= ask().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  };
}
