// What one configuration file of Docker's form says about a registry: docker's config.json, and the auth.json of podman,
// buildah and skopeo, whose entries may be for a part of a registry. AUTH-3, AUTH-4; containers-auth.json(5).

import { decodeBase64, decodeUtf8, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { member, optionalString, parseJson, requireObject, requireString } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { Credentials } from './credentials.ts';

export interface Login {
  readonly registry: string;
  /** Within the registry. */
  readonly repository: string;
}

export type ConfigAnswer =
  | { readonly kind: 'credentials'; readonly credentials: Credentials }
  /** `isStated`: the file says that the login is there, rather than that all logins are. */
  | { readonly kind: 'helper'; readonly name: string; readonly address: string; readonly isStated: boolean }
  | { readonly kind: 'nothing' };

/** @throws the code of the source  not a configuration of Docker's form */
export function readDockerConfig(bytes: Uint8Array, login: Login, source: Source): ConfigAnswer {
  const config = requireObject(parseJson(bytes, source), source, 'the file');
  const addresses = addressesOf(login.registry);
  const helpers = sectionOf(config, 'credHelpers', source);
  const helped = [...scopesOf(login), ...addresses].find((address) => member(helpers, address) !== undefined);
  if (helped !== undefined) {
    const name = requireString(member(helpers, helped), source, `credHelpers["${helped}"]`);
    return { kind: 'helper', name, address: helped, isStated: true };
  }
  const entry = findEntry(sectionOf(config, 'auths', source), login, source);
  const credentials = entry && readEntry(entry, login.registry, source);
  if (credentials !== undefined) return { kind: 'credentials', credentials };
  const store = optionalString(config, 'credsStore', source) ?? '';
  const [address = login.registry] = addresses;
  // Docker leaves an empty entry beside what a store holds.
  return store === '' ? { kind: 'nothing' } : { kind: 'helper', name: store, address, isStated: entry !== undefined };
}

// The most exact name first; then the registry itself, then any URL that names its host (AUTH-3).
function findEntry(auths: JsonObject, login: Login, source: Source): JsonObject | undefined {
  const addresses = addressesOf(login.registry);
  const urls = Object.keys(auths).filter((name) => addresses.includes(hostOf(name)));
  const names = [...scopesOf(login), ...addresses, ...urls];
  const name = names.find((candidate) => member(auths, candidate) !== undefined);
  return name === undefined ? undefined : requireObject(member(auths, name), source, `auths["${name}"]`);
}

/** "r.io/team/app", "r.io/team" */
function scopesOf({ registry, repository }: Login): readonly string[] {
  const parts = repository.split('/');
  return parts.map((_, index) => `${registry}/${parts.slice(0, parts.length - index).join('/')}`);
}

function addressesOf(registry: string): readonly string[] {
  const isDockerHub = registry === 'docker.io' || registry === 'registry-1.docker.io';
  return isDockerHub
    ? ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io']
    : [registry];
}

/** Of a URL, or of a name with the path of an API; a name with another path is for that part of the registry only. */
function hostOf(address: string): string {
  const isUrl = /^https?:\/\//.test(address);
  const [host = '', ...path] = address.replace(/^https?:\/\//, '').split('/');
  return isUrl || ['', 'v1', 'v2', 'v1/', 'v2/'].includes(path.join('/')) ? host : '';
}

// AUTH-4. Where an entry holds several, the one that needs no further exchange wins, as in the reference.
function readEntry(entry: JsonObject, registry: string, source: Source): Credentials | undefined {
  const registryToken = optionalString(entry, 'registrytoken', source) ?? '';
  if (registryToken !== '') return { kind: 'bearer', token: registryToken };
  const identityToken = optionalString(entry, 'identitytoken', source) ?? '';
  if (identityToken !== '') return { kind: 'refresh', token: identityToken };
  const auth = optionalString(entry, 'auth', source) ?? '';
  if (auth !== '') return splitAuth(auth, { code: source.code, what: `${source.what}: auth of ${registry}` });
  const username = optionalString(entry, 'username', source) ?? '';
  const password = optionalString(entry, 'password', source) ?? '';
  return username === '' || password === '' ? undefined : { kind: 'basic', username, password };
}

function splitAuth(auth: string, source: Source): Credentials {
  const text = decodeUtf8(decodeBase64(auth, source), source);
  const colon = text.indexOf(':');
  if (colon < 1) throw malformed(source, 'not the base64 form of user:password');
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function sectionOf(config: JsonObject, name: string, source: Source): JsonObject {
  const section = member(config, name);
  return section === undefined ? {} : requireObject(section, source, name);
}
