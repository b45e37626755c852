// Which credentials a registry gets: those of the inputs, else docker's, else an Azure token for ACR, else GITHUB_TOKEN
// for ghcr.io, else none.

import { tenantOf } from '../azure/credential.ts';
import { containerRegistryCredentials } from '../azure/container-registry.ts';
import { dockerConfigCredentials, firstCredentials } from '../oci/credentials.ts';
import type { CredentialSource } from '../oci/credentials.ts';
import type { AccessToken, Environment, Files, Http } from '../ports.ts';
import type { RegistryInputs } from './registry-inputs.ts';

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
    ...(azure && accessToken ? [containerRegistryCredentials(http, accessToken, tenantOf(azure))] : []),
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
