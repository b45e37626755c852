// The Azure clouds: who issues tokens in each, and the audience a federated credential expects there by default.
// Microsoft Entra, "Workload identity federation".

import { NotaryError } from '../errors.ts';
import type { Environment } from '../ports.ts';

export type AzureCloud = 'public' | 'us-government' | 'china';

interface CloudFacts {
  readonly authority: string;
  /** What the GitHub OIDC token must carry as `aud`; a credential for one cloud is refused in another. */
  readonly assertionAudience: string;
}

export const clouds: Readonly<Record<AzureCloud, CloudFacts>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    assertionAudience: 'api://AzureADTokenExchange',
  },
  'us-government': {
    authority: 'https://login.microsoftonline.us',
    assertionAudience: 'api://AzureADTokenExchangeUSGov',
  },
  china: {
    authority: 'https://login.partner.microsoftonline.cn',
    assertionAudience: 'api://AzureADTokenExchangeChina',
  },
};

/**
 * Where tokens are asked for: AZURE_AUTHORITY_HOST when it is set, else the authority of the cloud.
 *
 * @throws NotaryError INPUT_INVALID  AZURE_AUTHORITY_HOST is not a bare https address: a token would travel in the clear
 */
export function authorityOf(cloud: AzureCloud, environment: Environment): URL {
  const host = environment.AZURE_AUTHORITY_HOST;
  if (host === undefined || host === '') return new URL(clouds[cloud].authority);
  const url = URL.parse(host);
  if (url?.protocol !== 'https:' || url.href !== `${url.origin}/`) {
    throw new NotaryError('INPUT_INVALID', `AZURE_AUTHORITY_HOST is not an https address without a path: ${host}`, {
      remedy: 'Set AZURE_AUTHORITY_HOST to an address such as https://login.microsoftonline.com, or unset it.',
    });
  }
  return url;
}
