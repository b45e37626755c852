// The OIDC token that GitHub gives a job which may have one. A fresh one for every need: they live five minutes.

import { getIDToken } from '@actions/core';

import { NotaryError } from '../errors.ts';
import type { Environment } from '../ports.ts';

/**
 * @returns  asks for a token with the given audience; the runner masks it
 * @throws NotaryError PERMISSION_MISSING      the job has no `id-token: write`
 * @throws NotaryError CREDENTIAL_UNAVAILABLE  GitHub did not answer properly
 */
export function gitHubIdToken(environment: Environment): (audience: string) => Promise<string> {
  return async (audience) => {
    // The runner sets both only where the job has the permission.
    if (!environment.ACTIONS_ID_TOKEN_REQUEST_URL || !environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
      throw new NotaryError('PERMISSION_MISSING', 'this job may not ask GitHub for an OIDC token');
    }
    try {
      return await getIDToken(audience);
    } catch (error) {
      // The toolkit throws a plain Error for whatever went wrong; its message never holds the token.
      if (!(error instanceof Error)) throw error;
      throw new NotaryError('CREDENTIAL_UNAVAILABLE', `GitHub gave no OIDC token: ${error.message}`, { cause: error });
    }
  };
}
