// Logins where docker, podman and credential helpers keep them: real files and real programs against a registry that
// wants them.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { registryCredentials } from '../../shared/action/registry-credentials.ts';
import { NotaryError } from '../../shared/errors.ts';
import { createExec } from '../../shared/github/exec.ts';
import { files } from '../../shared/host/files.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import type { Environment } from '../../shared/ports.ts';
import { programDirectory } from '../support/executable.ts';
import type { ProgramDirectory } from '../support/executable.ts';
import { startRegistry } from '../support/registry.ts';
import type { RunningRegistry } from '../support/registry.ts';
import { createWorld } from './azure-world.ts';

const world = createWorld();
let registry: RunningRegistry;
let programs: ProgramDirectory;
let home: string;

beforeAll(async () => {
  registry = await startRegistry({ auth: 'basic', username: 'ada', password: 'hunter2' });
  registry.registry.content.pushImage('team/app', { tag: 'v1' });
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
  programs = programDirectory();
});
afterEach(() => {
  rmSync(home, { recursive: true });
  programs.remove();
});
afterAll(async () => {
  await Promise.all([registry.close(), world.close()]);
});

function write(path: string, config: unknown): void {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(config));
}

async function resolve(more: Environment = {}): Promise<string> {
  const environment: Environment = { HOME: home, PATH: programs.path, ...more };
  const exec = createExec({
    ...{ environment, signal: new AbortController().signal },
    ...{ timeoutMs: 10_000, maxStdoutBytes: 65_536 },
  });
  const services = { http: world.http, files, environment, exec, accessToken: undefined };
  const credentials = registryCredentials({ plainHttp: new Set() }, services);
  const registries = new Registry({ http: world.http, credentials, plainHttp: new Set() });
  const { mediaType } = await registries
    .repository(parseReference(`${registry.host}/team/app:v1`), 'pull')
    .resolve({ tag: 'v1' });
  return mediaType;
}

async function refused(more: Environment = {}): Promise<NotaryError> {
  const error: unknown = await resolve(more).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  expect((error as NotaryError).message).not.toContain('hunter2');
  return error as NotaryError;
}

const manifest = 'application/vnd.oci.image.manifest.v1+json';
const auth = Buffer.from('ada:hunter2').toString('base64');
/** As every helper answers. */
const answering = (user: string): string => `
  if (args[0] !== 'get' || stdin !== ${JSON.stringify(registry.host)}) {
    return { stdout: 'credentials not found in native keychain\\n', exitCode: 1 };
  }
  return { stdout: JSON.stringify({ ServerURL: stdin, Username: ${JSON.stringify(user)}, Secret: 'hunter2' }) };`;

describe('a file', () => {
  it('of docker', async () => {
    write('.docker/config.json', { auths: { [registry.host]: { auth } } });
    expect(await resolve()).toBe(manifest);
  });

  it('of podman, with a login for a part of the registry', async () => {
    write('run/containers/auth.json', { auths: { [`${registry.host}/team`]: { auth } } });
    expect(await resolve({ XDG_RUNTIME_DIR: join(home, 'run') })).toBe(manifest);
    write('run/containers/auth.json', { auths: { [`${registry.host}/others`]: { auth } } });
    expect(await refused({ XDG_RUNTIME_DIR: join(home, 'run') })).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  });

  it('that is named', async () => {
    write('somewhere/else.json', { auths: { [registry.host]: { auth } } });
    expect(await resolve({ REGISTRY_AUTH_FILE: join(home, 'somewhere/else.json') })).toBe(manifest);
  });
});

describe('a credential helper', () => {
  it('of this registry is run, without a shell', async () => {
    programs.add('docker-credential-acme', answering('ada'));
    write('.docker/config.json', { credHelpers: { [registry.host]: 'acme' } });
    expect(await resolve()).toBe(manifest);
    expect(programs.runs()).toMatchObject([{ args: ['get'], stdin: registry.host }]);
  });

  it('of all registries is run', async () => {
    programs.add('docker-credential-store', answering('ada'));
    write('.docker/config.json', { credsStore: 'store' });
    expect(await resolve()).toBe(manifest);
  });

  it('that knows nothing sends us on', async () => {
    programs.add(
      'docker-credential-empty',
      "return { stdout: 'credentials not found in native keychain', exitCode: 1 };",
    );
    write('.docker/config.json', { credsStore: 'empty' });
    write('.config/containers/auth.json', { auths: { [registry.host]: { auth } } });
    expect(await resolve()).toBe(manifest);
    expect(programs.runs()).toHaveLength(1);
  });

  const places = (): readonly string[] => [
    'registry-username (not given)',
    `${home}/named.json (not there)`,
    `${home}/.docker/config.json (docker-credential-acme asked for ${registry.host})`,
  ];

  it('that is not installed is named, with every place looked at', async () => {
    write('.docker/config.json', { credHelpers: { [registry.host]: 'acme' } });
    const error = await refused({ REGISTRY_AUTH_FILE: `${home}/named.json` });
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toContain('docker-credential-acme: it cannot be started (ENOENT)');
    expect(error.message).toContain(`looked at ${places().join(', ')}`);
    expect(error.remedy).toContain('Install the credential helper');
  });

  it('that fails is quoted, with every place looked at', async () => {
    programs.add('docker-credential-acme', "return { stdout: 'no session', stderr: 'run acme login', exitCode: 1 };");
    write('.docker/config.json', { credHelpers: { [registry.host]: 'acme' } });
    const error = await refused({ REGISTRY_AUTH_FILE: `${home}/named.json` });
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toContain('no session; run acme login');
    expect(error.message).toContain(`looked at ${places().join(', ')}`);
  });

  it('that answers without end is ended', async () => {
    programs.add('docker-credential-acme', "return { stdout: 'x'.repeat(100_000) };");
    write('.docker/config.json', { credHelpers: { [registry.host]: 'acme' } });
    expect(await refused()).toMatchObject({ code: 'PROGRAM_FAILED' });
  });

  it('is never run by a name that leads elsewhere', async () => {
    write('.docker/config.json', { credHelpers: { [registry.host]: '../../bin/sh' } });
    const error = await refused();
    expect(error.message).toContain('"../../bin/sh" is no name of a credential helper');
    expect(programs.runs()).toEqual([]);
  });
});

describe('nowhere', () => {
  it('names every place, once the registry has refused', async () => {
    write('.docker/config.json', { auths: { 'other.example': { auth } } });
    const error = await refused({ XDG_RUNTIME_DIR: `${home}/run` });
    expect(error.code).toBe('REGISTRY_UNAUTHORIZED');
    expect(error.message).toContain(
      [
        'none are known for this registry, after a look at registry-username (not given)',
        `${home}/.docker/config.json (no login for it)`,
        `${home}/run/containers/auth.json (not there)`,
        `${home}/.config/containers/auth.json (not there)`,
        'Azure (no identity is configured)',
        'GITHUB_TOKEN (for ghcr.io only)',
      ].join(', '),
    );
  });
});
