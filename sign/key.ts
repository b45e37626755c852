// Which key provider serves which inputs: a row each.

import { artifactSigningKeyProvider } from '../shared/azure/artifact-signing.ts';
import { keyVaultKeyProvider } from '../shared/azure/key-vault.ts';
import type { EnvelopeGenerator } from '../shared/keys/notation-plugin-envelope.ts';
import { pemKeyProvider } from '../shared/keys/pem.ts';
import type { KeyProvider } from '../shared/keys/provider.ts';
import type { AccessToken, Clock, Random } from '../shared/ports.ts';
import type { KeyInputs } from './key-inputs.ts';
import { openPluginKey } from './plugin-key.ts';
import type { PluginServices } from './plugin-key.ts';

export interface KeyServices extends PluginServices {
  readonly clock: Clock;
  readonly random: Random;
  /** For the inputs' own Azure identity. */
  readonly accessToken: AccessToken | undefined;
}

/** @throws NotaryError  as openPluginKey; the other providers ask for nothing yet */
export async function createKeyProvider(
  inputs: KeyInputs,
  services: KeyServices,
): Promise<KeyProvider | EnvelopeGenerator> {
  switch (inputs.provider) {
    case 'pem':
      return pemKeyProvider(inputs.key);
    case 'plugin':
      return await openPluginKey(inputs, services);
    case 'azure-key-vault':
      return keyVaultKeyProvider({ ...services, accessToken: ofAzure(services) }, inputs.key, inputs.certificates);
    case 'artifact-signing':
      return artifactSigningKeyProvider({ ...services, accessToken: ofAzure(services) }, inputs.profile);
  }
}

function ofAzure({ accessToken }: KeyServices): AccessToken {
  if (accessToken === undefined) throw new Error('a key of Azure without an Azure credential passed the inputs');
  return accessToken;
}
