// Which credentials a registry gets: those of the inputs, else docker's, else an Azure token for ACR, else GITHUB_TOKEN
// for ghcr.io, else none.

import { tenantOf } from '../azure/credential.ts';
import { containerRegistryCredentials } from '../azure/container-registry.ts';
import { firstCredentials, namedSource } from '../oci/credentials.ts';
import type { CredentialSource } from '../oci/credentials.ts';
import { storedCredentials } from '../oci/stored-credentials.ts';
import type { StoreServices } from '../oci/stored-credentials.ts';
import type { AccessToken, Environment, Http } from '../ports.ts';
import type { RegistryInputs } from './registry-inputs.ts';

export interface CredentialServices extends StoreServices {
  readonly http: Http;
  /** For the identity of the inputs, where they have one. */
  readonly accessToken: AccessToken | undefined;
}

export function registryCredentials({ login, azure }: RegistryInputs, services: CredentialServices): CredentialSource {
  const { http, environment, accessToken } = services;
  const ofAzure = azure && accessToken && containerRegistryCredentials(http, accessToken, tenantOf(azure));
  return firstCredentials(
    namedSource(`registry-username (${login === undefined ? 'not given' : `for ${login.registry}`})`, (registry) =>
      Promise.resolve(
        registry === login?.registry
          ? { kind: 'basic', username: login.username, password: login.password }
          : undefined,
      ),
    ),
    storedCredentials(services),
    namedSource(
      `Azure (${azure === undefined ? 'no identity is configured' : `${azure.kind}, for Azure Container Registry only`})`,
      ofAzure ?? (() => Promise.resolve(undefined)),
    ),
    namedSource('GITHUB_TOKEN (for ghcr.io only)', gitHubPackagesCredentials(environment)),
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
