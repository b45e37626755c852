// Where registry credentials come from: a plain Docker configuration file. AUTH-2 to AUTH-4.

import { decodeBase64, decodeUtf8, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import { member, optionalString, parseJson, requireObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { Environment, Files } from '../ports.ts';

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An identity token: exchanged for access tokens at the registry's token endpoint. */
  | { readonly kind: 'refresh'; readonly token: string }
  /** A registry token: sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string };

/** Undefined means anonymous. The registry is named as references name it, "docker.io" for Docker Hub. */
export type CredentialSource = (registry: string) => Promise<Credentials | undefined>;

/** The configuration of a machine with a thousand registries is far below. */
const maxConfigBytes = 1024 * 1024;

/** The first source that knows the registry decides. */
export function firstCredentials(...sources: readonly CredentialSource[]): CredentialSource {
  return async (registry) => {
    for (const source of sources) {
      const credentials = await source(registry);
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  };
}

/**
 * Reads `auths` of $DOCKER_CONFIG/config.json or ~/.docker/config.json. Credential helpers are not run: where one holds
 * the login of the registry, that is an error rather than a silent anonymous request.
 *
 * @throws NotaryError INPUT_INVALID  (from the source) not a Docker configuration, or the login is with a helper
 * @throws NotaryError FILE_UNREADABLE
 */
export function dockerConfigCredentials(files: Files, environment: Environment): CredentialSource {
  const path = configPath(environment);
  return async (registry) => {
    const bytes = path === undefined ? undefined : await files.read(path, maxConfigBytes);
    if (path === undefined || bytes === undefined) return undefined;
    const source: Source = { code: 'INPUT_INVALID', what: `Docker configuration ${path}` };
    return findCredentials(requireObject(parseJson(bytes, source), source, 'the file'), registry, source);
  };
}

function configPath(environment: Environment): string | undefined {
  const home = environment.HOME ?? environment.USERPROFILE;
  const directory = environment.DOCKER_CONFIG ?? (home === undefined ? undefined : `${home}/.docker`);
  return directory === undefined || directory === '' ? undefined : `${directory}/config.json`;
}

function findCredentials(config: JsonObject, registry: string, source: Source): Credentials | undefined {
  const helpers = sectionOf(config, 'credHelpers', source);
  const helper = addressesOf(registry).find((address) => member(helpers, address) !== undefined);
  if (helper !== undefined) throw needsHelper(registry, optionalString(helpers, helper, source) ?? '', source);
  const entry = findEntry(sectionOf(config, 'auths', source), registry, source);
  if (entry === undefined) return undefined;
  const credentials = readEntry(entry, registry, source);
  // A credential store leaves an empty entry behind for every registry whose login it keeps.
  const store = optionalString(config, 'credsStore', source);
  if (credentials === undefined && store !== undefined && store !== '') throw needsHelper(registry, store, source);
  return credentials;
}

function needsHelper(registry: string, helper: string, source: Source): NotaryError {
  return new NotaryError(
    'INPUT_INVALID',
    `${source.what}: the login of ${registry} is with the credential helper "${helper}", and helpers are not supported yet`,
    { remedy: 'Set registry-username and registry-password, or log in where no credential helper is configured.' },
  );
}

// AUTH-3: the address itself first, then any entry that names the host within a URL.
function findEntry(auths: JsonObject, registry: string, source: Source): JsonObject | undefined {
  const addresses = addressesOf(registry);
  const names = [...addresses, ...Object.keys(auths).filter((name) => addresses.includes(hostOf(name)))];
  const name = names.find((candidate) => member(auths, candidate) !== undefined);
  return name === undefined ? undefined : requireObject(member(auths, name), source, `auths["${name}"]`);
}

function addressesOf(registry: string): readonly string[] {
  const isDockerHub = registry === 'docker.io' || registry === 'registry-1.docker.io';
  return isDockerHub
    ? ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io']
    : [registry];
}

function hostOf(address: string): string {
  const afterScheme = address.replace(/^https?:\/\//, '');
  const slash = afterScheme.indexOf('/');
  return slash === -1 ? afterScheme : afterScheme.slice(0, slash);
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
