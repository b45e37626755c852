// The logins that are kept on the machine: of docker, then of podman and its relatives, in files or behind credential
// helpers. AUTH-2, but for one thing: a place without a login for the registry sends us to the next one.

import type { Source } from '../bytes.ts';
import { hasCode } from '../errors.ts';
import type { Environment, Exec, Files } from '../ports.ts';
import { askHelper } from './credential-helper.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { readDockerConfig } from './docker-config.ts';
import type { ConfigAnswer } from './docker-config.ts';

/** The configuration of a machine with a thousand registries is far below. */
const maxConfigBytes = 1024 * 1024;

export interface StoreServices {
  readonly files: Files;
  readonly environment: Environment;
  /** Runs credential helpers. */
  readonly exec: Exec;
}

/**
 * The returned source throws
 * - INPUT_INVALID: a file is not a configuration of Docker's form
 * - PROGRAM_FAILED: the login is with a credential helper, and that fails
 * - FILE_UNREADABLE, and what the ports throw
 */
export function storedCredentials(services: StoreServices): CredentialSource {
  const paths = configPaths(services.environment);
  const places = new Map<string, readonly string[]>();
  // A helper may ask a service, or a person.
  const helpers = new Map<string, Promise<Credentials | undefined>>();
  const ask = async (registry: string, repository: string): Promise<Credentials | undefined> => {
    const looked: string[] = [];
    places.set(keyOf(registry, repository), looked);
    for (const path of paths) {
      const answer = await readConfig(services.files, path, { registry, repository });
      looked.push(`${path} (${describe(answer)})`);
      if (answer?.kind === 'credentials') return answer.credentials;
      if (answer?.kind !== 'helper') continue;
      const key = JSON.stringify([answer.name, answer.address]);
      const asked = helpers.get(key) ?? askHelper(services.exec, answer.name, answer.address);
      helpers.set(key, asked);
      const credentials = await asked.catch((error: unknown) => {
        // A store for everything that is not installed, and no word of a login in it.
        if (answer.isStated || !hasCode(error, 'PROGRAM_FAILED')) throw error;
        looked.push(error.message);
        return undefined;
      });
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  };
  return Object.assign(ask, {
    places: (registry: string, repository: string) => places.get(keyOf(registry, repository)) ?? [],
  });
}

function keyOf(registry: string, repository: string): string {
  return `${registry}/${repository}`;
}

/** @see containers-auth.json(5), "docker login" */
function configPaths(environment: Environment): readonly string[] {
  const value = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const home = value('HOME') ?? value('USERPROFILE');
  const optional = (path: string | undefined): readonly string[] => (path === undefined ? [] : [path]);
  const below = (directory: string | undefined, path: string): readonly string[] =>
    optional(directory).map((parent) => `${parent}/${path}`);
  return [
    ...optional(value('REGISTRY_AUTH_FILE')),
    ...below(value('DOCKER_CONFIG') ?? below(home, '.docker')[0], 'config.json'),
    ...below(value('XDG_RUNTIME_DIR'), 'containers/auth.json'),
    ...below(value('XDG_CONFIG_HOME') ?? below(home, '.config')[0], 'containers/auth.json'),
  ];
}

async function readConfig(
  files: Files,
  path: string,
  login: { readonly registry: string; readonly repository: string },
): Promise<ConfigAnswer | undefined> {
  const bytes = await files.read(path, maxConfigBytes);
  if (bytes === undefined) return undefined;
  const source: Source = { code: 'INPUT_INVALID', what: `registry logins in ${path}` };
  return readDockerConfig(bytes, login, source);
}

function describe(answer: ConfigAnswer | undefined): string {
  switch (answer?.kind) {
    case undefined:
      return 'not there';
    case 'nothing':
      return 'no login for it';
    case 'helper':
      return `docker-credential-${answer.name} asked for ${answer.address}`;
    case 'credentials':
      return 'a login';
  }
}
