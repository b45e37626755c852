// Which key provider serves which inputs: a row each.

import { artifactSigningKeyProvider } from '../shared/azure/artifact-signing.ts';
import { pemKeyProvider } from '../shared/keys/pem.ts';
import type { KeyProvider } from '../shared/keys/provider.ts';
import type { AccessToken, Clock, Http, Random } from '../shared/ports.ts';
import type { KeyInputs } from './key-inputs.ts';

export interface KeyServices {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  /** For the inputs' own Azure identity. */
  readonly accessToken: AccessToken | undefined;
}

export function createKeyProvider(inputs: KeyInputs, services: KeyServices): KeyProvider {
  switch (inputs.provider) {
    case 'pem':
      return pemKeyProvider(inputs.key);
    case 'artifact-signing': {
      const { accessToken } = services;
      if (accessToken === undefined) throw new Error('Artifact Signing without an Azure identity passed the inputs');
      return artifactSigningKeyProvider({ ...services, accessToken }, inputs.profile);
    }
  }
}
