// Azure DevOps as a job of Azure Pipelines meets it: the address in SYSTEM_OIDCREQUESTURI gives a token for a service
// connection that the pipeline may use. Azure DevOps REST, "Oidctoken - Create".

import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { keyIdOf, signJwt } from './jwt.ts';
import { testKey } from './keys.ts';
import { json, startLoopbackServer } from './loopback-server.ts';
import type { LoopbackOptions, LoopbackServer } from './loopback-server.ts';

export interface AzureDevOps extends LoopbackServer {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** What the agent sets, and what a user maps into the step. */
  readonly environment: Readonly<Record<string, string>>;
}

const organizationId = '0a1b2c3d-1111-4222-8333-444455556666';
const path = `/acme/app/_apis/distributedtask/hubs/build/plans/${organizationId}/jobs/${organizationId}/oidctoken`;

export async function startAzureDevOps(options: LoopbackOptions = {}): Promise<AzureDevOps> {
  const key = await testKey('RSA-2048');
  const jobToken = `emulated-job-token-${randomUUID()}`;
  const connection = randomUUID();
  const issuer = `https://login.microsoftonline.com/${organizationId}/v2.0`;
  const subject = 'sc://acme/app/signing';
  const server = await startLoopbackServer(({ method, url, headers }) => {
    if (url.pathname !== path) return json(404, { message: 'no such resource' });
    if (method !== 'POST' || url.searchParams.get('api-version') !== '7.1')
      return json(400, { message: 'bad request' });
    if (headers.authorization !== `Bearer ${jobToken}`) {
      return headers['x-tfs-fedauthredirect'] === 'Suppress'
        ? { status: 401 }
        : { status: 302, headers: { location: 'https://spsprodweu1.vssps.visualstudio.com/_signin' } };
    }
    const asked = url.searchParams.get('serviceConnectionId');
    if (asked !== connection) {
      return json(403, { message: `The pipeline is not authorized to use the service connection ${asked ?? ''}.` });
    }
    const issued = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ jti: randomUUID(), iss: issuer, sub: subject, aud: 'api://AzureADTokenExchange' },
      ...{ iat: issued, nbf: issued, exp: issued + 600 },
    };
    return json(200, { oidcToken: signJwt(claims, key.privateKey, keyIdOf(key.publicKey)) });
  }, options);
  return {
    ...server,
    ...{ issuer, subject, publicKey: key.publicKey },
    environment: {
      SYSTEM_OIDCREQUESTURI: server.origin + path,
      SYSTEM_ACCESSTOKEN: jobToken,
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: connection,
    },
  };
}
