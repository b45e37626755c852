// The inputs about registries, and the credentials that follow from them: those of the inputs, else docker's, else an
// Azure token for ACR, else GITHUB_TOKEN for ghcr.io, else none.

import { requireAzureIdentity } from '../shared/azure/access-token.ts';
import type { AzureIdentity } from '../shared/azure/access-token.ts';
import { containerRegistryCredentials } from '../shared/azure/container-registry.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import { host, linesOf, oneOf, text } from '../shared/github/input-values.ts';
import { dockerConfigCredentials, firstCredentials } from '../shared/oci/credentials.ts';
import type { CredentialSource } from '../shared/oci/credentials.ts';
import type { AccessToken, Environment, Files, Http } from '../shared/ports.ts';
import type { ArtifactInput } from './inputs.ts';

export interface RegistryInputs {
  /** For the one registry that all artifacts are in. */
  readonly login?: { readonly registry: string; readonly username: string; readonly password: string };
  /** For tokens of ACR, and for Artifact Signing. */
  readonly azure?: AzureIdentity;
  readonly plainHttp: ReadonlySet<string>;
}

export function readRegistryInputs(reader: InputReader, artifacts: readonly ArtifactInput[]): RegistryInputs {
  const login = readLogin(reader, artifacts);
  const azure = readAzure(reader);
  const plainHttp = new Set(reader.withDefault('plain-http', linesOf(host), []));
  return { plainHttp, ...(login && { login }), ...(azure && { azure }) };
}

function readLogin(reader: InputReader, artifacts: readonly ArtifactInput[]): RegistryInputs['login'] {
  reader.together('registry-username', 'registry-password');
  const username = reader.optional('registry-username', text);
  const password = reader.optional('registry-password', text);
  const [registry, ...others] = new Set(artifacts.map(({ reference }) => reference.registry));
  if (username === undefined || password === undefined || registry === undefined) return undefined;
  // Sent to every registry named, a password would end up with whoever runs the second one.
  if (others.length > 0) {
    reader.refuse(
      'registry-username',
      `is for one registry, but artifacts names ${[registry, ...others].join(', ')}`,
      'Use docker/login-action before this step, once for each registry, or one step for each.',
    );
  }
  return { registry, username, password };
}

function readAzure(reader: InputReader): AzureIdentity | undefined {
  reader.together('azure-client-id', 'azure-tenant-id');
  const clientId = reader.optional('azure-client-id', text);
  const tenantId = reader.optional('azure-tenant-id', text);
  const cloud = reader.withDefault('azure-cloud', oneOf('public', 'us-government', 'china'), 'public');
  if (clientId === undefined || tenantId === undefined) return undefined;
  const identity = { clientId, tenantId, cloud };
  reader.attempt(() => {
    requireAzureIdentity(identity);
  });
  return identity;
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
