// The instance metadata service of a virtual machine, as far as managed identities go. Microsoft Entra, "How to use
// managed identities to acquire an access token", "Error handling".

import { json, startLoopbackServer } from './loopback-server.ts';
import type { LoopbackOptions, LoopbackServer, Received, Reply } from './loopback-server.ts';

export interface ImdsOptions extends LoopbackOptions {
  readonly issueToken: (resource: string) => string;
  /** Default: none is assigned. */
  readonly userAssigned?: readonly string[];
  /** Default: true. */
  readonly systemAssigned?: boolean;
  readonly lifetimeSeconds?: number;
  readonly now?: () => Date;
}

export interface Imds extends LoopbackServer {
  readonly environment: Readonly<Record<string, string>>;
}

export async function startImds(options: ImdsOptions): Promise<Imds> {
  const server = await startLoopbackServer((request) => {
    if (request.url.pathname !== '/metadata/identity/oauth2/token') return { status: 404 };
    return answer(request, options);
  }, options);
  return { ...server, environment: { AZURE_POD_IDENTITY_AUTHORITY_HOST: server.origin } };
}

function answer({ method, url, headers }: Received, options: ImdsOptions): Reply {
  const { userAssigned = [], systemAssigned = true, lifetimeSeconds = 86_400, now = () => new Date() } = options;
  if (headers['x-forwarded-for'] !== undefined || headers.via !== undefined)
    return bad('Requests by proxy are refused');
  if (headers.metadata !== 'true') return bad('Required metadata header not specified');
  if (method !== 'GET' || url.searchParams.get('api-version') !== '2018-02-01') return bad('Bad api-version');
  const resource = url.searchParams.get('resource') ?? '';
  if (!resource.startsWith('https://') || resource.endsWith('/.default')) return bad('Bad resource');
  const client = url.searchParams.get('client_id');
  const known = client === null ? systemAssigned : userAssigned.includes(client);
  if (!known) return bad('Identity not found');
  // Every number is text here, unlike anywhere else.
  return json(200, {
    access_token: options.issueToken(resource),
    client_id: client ?? 'f0000000-0000-0000-0000-000000000000',
    expires_in: String(lifetimeSeconds),
    expires_on: String(Math.floor(now().getTime() / 1000) + lifetimeSeconds),
    ...{ resource, token_type: 'Bearer' },
  });
}

function bad(description: string): Reply {
  return json(400, { error: 'invalid_request', error_description: description });
}
