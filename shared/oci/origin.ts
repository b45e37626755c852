// Which scheme and host a registry is spoken to on. Clear text only where nothing can listen in, or where the user says so.

import { isMachineLocal } from '../machine-local.ts';

/** Docker Hub answers on another host than the one in its references. REG-30. */
const dockerHubHost = 'registry-1.docker.io';

/**
 * @param registry   "host" or "host:port" of a reference
 * @param plainHttp  registries that the user allows clear text for; loopback hosts need no entry
 */
export function registryOrigin(registry: string, plainHttp: ReadonlySet<string>): URL {
  const host = registry === 'docker.io' ? dockerHubHost : registry;
  const secure = new URL(`https://${host}/`);
  return isNamed(registry, plainHttp) || isLoopback(secure) ? new URL(`http://${host}/`) : secure;
}

export function isLoopback({ hostname }: URL): boolean {
  // The URL parser writes every spelling of an IPv4 address as four decimal numbers.
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}

/**
 * Whether credentials for a registry may go to the token endpoint that its challenge names.
 *
 * Over https the challenge comes from the registry itself, and Docker Hub's (auth.docker.io) shows that the endpoint may
 * have another host; it must be https too. A challenge in clear text can be forged, so there the endpoint must be on the
 * same host, on loopback like the registry, or a host that the user named.
 */
export function mayExchangeTokens(realm: URL, origin: URL, plainHttp: ReadonlySet<string>): boolean {
  if (realm.username !== '' || realm.password !== '' || isMachineLocal(realm)) return false;
  if (origin.protocol === 'https:') return realm.protocol === 'https:';
  if (realm.protocol !== 'https:' && realm.protocol !== 'http:') return false;
  return (
    realm.hostname === origin.hostname || (isLoopback(realm) && isLoopback(origin)) || isNamed(realm.host, plainHttp)
  );
}

function isNamed(host: string, plainHttp: ReadonlySet<string>): boolean {
  const wanted = host.toLowerCase();
  return [...plainHttp].some((named) => named.toLowerCase() === wanted);
}
