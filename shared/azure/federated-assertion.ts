// The token that a federated credential trusts, a new one for every exchange: from GitHub, from the file that a
// Kubernetes workload identity has, or from Azure Pipelines.

import { decodeUtf8, encodeUtf8, showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import { member, parseJson, requireObject, requireString } from '../json.ts';
import { isLoopback } from '../oci/origin.ts';
import type { Files, Http } from '../ports.ts';
import { clouds } from './cloud.ts';
import type { FederatedCredential, ServiceConnection } from './credential.ts';
import { showServerText } from './token-claims.ts';

/** Asks the runner for a new GitHub OIDC token; throws NotaryError PERMISSION_MISSING where it may not. */
export type IdToken = (audience: string) => Promise<string>;

/** Gives the token to present. */
export type Assert = () => Promise<string>;

interface AssertionServices {
  readonly http: Http;
  readonly files: Files;
  readonly idToken: IdToken;
}

const timeoutMs = 30_000;
/** A JSON Web Token with its wrapping. */
const maxBytes = 64 * 1024;

export function federatedAssertion(credential: FederatedCredential, services: AssertionServices): Assert {
  switch (credential.kind) {
    case 'oidc':
      return () => services.idToken(clouds[credential.identity.cloud].assertionAudience);
    case 'workload-identity':
      return () => readTokenFile(services.files, credential.tokenFile);
    case 'pipelines':
      return () => askPipelines(services.http, credential.connection);
  }
}

// Kubernetes replaces the file long before its token ends.
async function readTokenFile(files: Files, path: string): Promise<string> {
  const bytes = await files.read(path, maxBytes);
  if (bytes === undefined) {
    throw new NotaryError('FILE_UNREADABLE', `${path}, which AZURE_FEDERATED_TOKEN_FILE names, is not there`, {
      remedy:
        'Check the workload identity of the pod (its service account and label), or choose another azure-credential.',
    });
  }
  return decodeUtf8(bytes, { code: 'FILE_UNREADABLE', what: path }).trim();
}

async function askPipelines(http: Http, connection: ServiceConnection): Promise<string> {
  const url = pipelinesAddress(connection);
  const response = await http({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${connection.accessToken}`,
      // Otherwise a refusal is a redirect to a sign-in page.
      'x-tfs-fedauthredirect': 'Suppress',
    },
    body: encodeUtf8(''),
    ...{ timeoutMs, maxBytes, repeatable: true },
  });
  const what = `the OIDC token of Azure Pipelines from ${url.origin}${url.pathname}`;
  if (response.status !== 200) {
    const transient = response.status === 408 || response.status === 429 || response.status >= 500;
    const words = showServerText(showUtf8(response.body.subarray(0, 400)));
    throw new NotaryError(
      transient ? 'CREDENTIAL_UNAVAILABLE' : 'CREDENTIAL_REJECTED',
      `${what}: HTTP ${response.status}${words === '' ? '' : ` (${words})`}; service connection ${connection.id}`,
      transient ? {} : { remedy: pipelinesRemedy },
    );
  }
  const source: Source = { code: 'CREDENTIAL_UNAVAILABLE', what };
  const reply = requireObject(parseJson(response.body, source), source, 'the reply');
  return requireString(member(reply, 'oidcToken'), source, 'oidcToken');
}

const pipelinesRemedy =
  'Map SYSTEM_ACCESSTOKEN to $(System.AccessToken) in the env of the step, check the id of the service connection, and authorize the pipeline to use it.';

function pipelinesAddress({ requestUri, id }: ServiceConnection): URL {
  const url = URL.parse(requestUri);
  if (url === null || (url.protocol !== 'https:' && !isLoopback(url))) {
    throw new NotaryError('INPUT_INVALID', `SYSTEM_OIDCREQUESTURI is not an https address: ${requestUri}`, {
      remedy: 'Leave SYSTEM_OIDCREQUESTURI as the agent sets it: the job token goes there.',
    });
  }
  url.searchParams.set('api-version', '7.1');
  url.searchParams.set('serviceConnectionId', id);
  return url;
}
