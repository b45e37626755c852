// The inputs about registries, and the credentials that follow from them: those of the inputs, else docker's, else an
// Azure token for ACR, else GITHUB_TOKEN for ghcr.io, else none.

import type { AzureIdentity } from '../shared/azure/access-token.ts';
import { containerRegistryCredentials } from '../shared/azure/container-registry.ts';
import { host, linesOf, oneOf, text } from '../shared/github/input-values.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import { dockerConfigCredentials, firstCredentials } from '../shared/oci/credentials.ts';
import type { CredentialSource } from '../shared/oci/credentials.ts';
import type { AccessToken, Environment, Files, Http } from '../shared/ports.ts';
import type { Artifact } from './verify.ts';

export interface RegistryInputs {
  /** For the one registry that all artifacts are in. */
  readonly login?: { readonly registry: string; readonly username: string; readonly password: string };
  readonly azure?: AzureIdentity;
  readonly plainHttp: ReadonlySet<string>;
}

export function readRegistryInputs(inputs: InputReader, artifacts: readonly Artifact[]): RegistryInputs {
  const login = readLogin(inputs, artifacts);
  const azure = readAzure(inputs);
  const plainHttp = new Set(inputs.withDefault('plain-http', linesOf(host), []));
  return { plainHttp, ...(login && { login }), ...(azure && { azure }) };
}

function readLogin(inputs: InputReader, artifacts: readonly Artifact[]): RegistryInputs['login'] {
  const pair = readPair(inputs, 'registry-username', 'registry-password');
  const [registry, ...others] = new Set(artifacts.map(({ reference }) => reference.registry));
  if (pair === undefined || registry === undefined) return undefined;
  // Sent to every registry named, a password would end up with whoever runs the second one.
  if (others.length > 0) {
    inputs.refuse(
      'registry-username',
      `is for one registry, but artifacts names ${[registry, ...others].join(', ')}`,
      'Use docker/login-action before this step, once for each registry, or one step for each.',
    );
  }
  const [username, password] = pair;
  return { registry, username, password };
}

function readAzure(inputs: InputReader): AzureIdentity | undefined {
  const pair = readPair(inputs, 'azure-client-id', 'azure-tenant-id');
  const cloud = inputs.withDefault('azure-cloud', oneOf('public', 'us-government', 'china'), 'public');
  return pair && { clientId: pair[0], tenantId: pair[1], cloud };
}

/** Two inputs of which neither is of use alone. */
function readPair(inputs: InputReader, first: string, second: string): readonly [string, string] | undefined {
  inputs.together(first, second);
  const [one, two] = [inputs.optional(first, text), inputs.optional(second, text)];
  return one === undefined || two === undefined ? undefined : [one, two];
}

export interface CredentialServices {
  readonly http: Http;
  readonly files: Files;
  readonly environment: Environment;
  /** For the identity of the inputs, where they have one. */
  readonly accessToken: AccessToken | undefined;
}

export function registryCredentials({ login, azure }: RegistryInputs, services: CredentialServices): CredentialSource {
  const { http, files, environment, accessToken } = services;
  return firstCredentials(
    (registry) =>
      Promise.resolve(
        registry === login?.registry
          ? { kind: 'basic', username: login.username, password: login.password }
          : undefined,
      ),
    dockerConfigCredentials(files, environment),
    ...(azure && accessToken ? [containerRegistryCredentials(http, accessToken, azure.tenantId)] : []),
    gitHubPackagesCredentials(environment),
  );
}

function gitHubPackagesCredentials({ GITHUB_TOKEN: token, GITHUB_ACTOR: actor }: Environment): CredentialSource {
  return (registry) =>
    Promise.resolve(
      registry === 'ghcr.io' && token !== undefined && token !== ''
        ? { kind: 'basic', username: actor ?? 'github-actions', password: token }
        : undefined,
    );
}
