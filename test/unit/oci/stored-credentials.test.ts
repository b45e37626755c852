import { describe, expect, it } from 'vitest';

import { encodeBase64, encodeUtf8 } from '../../../shared/bytes.ts';
import { NotaryError } from '../../../shared/errors.ts';
import type { Credentials } from '../../../shared/oci/credentials.ts';
import { storedCredentials } from '../../../shared/oci/stored-credentials.ts';
import type { Environment, Exec, Files } from '../../../shared/ports.ts';

const holding = (contents: Readonly<Record<string, string>>): Files => ({
  kind: () => Promise.resolve(undefined),
  list: () => Promise.resolve(undefined),
  read: (path) => Promise.resolve(contents[path] === undefined ? undefined : encodeUtf8(contents[path])),
});

const home: Environment = { HOME: '/home/me' };

/** A program that nobody has installed. */
const noProgram: Exec = (file) =>
  Promise.reject(new NotaryError('PROGRAM_FAILED', `${file}: it cannot be started (ENOENT)`));

const open = (contents: Readonly<Record<string, string>>, environment: Environment, exec = noProgram) =>
  storedCredentials({ files: holding(contents), environment, exec });

/** The credentials that a configuration gives for a registry. */
const ask = (config: unknown, registry: string, repository = 'app'): Promise<Credentials | undefined> =>
  open({ '/home/me/.docker/config.json': typeof config === 'string' ? config : JSON.stringify(config) }, home)(
    registry,
    repository,
  );

const basic = (text: string): string => encodeBase64(encodeUtf8(text));
const ada: Credentials = { kind: 'basic', username: 'ada', password: 'secret' };

describe('a login in the configuration of docker', () => {
  it.each([
    ['auth', { auth: basic('ada:secret') }, ada],
    [
      'auth with colons in the password',
      { auth: basic('ada:a:b') },
      { kind: 'basic', username: 'ada', password: 'a:b' },
    ],
    ['username and password', { username: 'ada', password: 'secret' }, ada],
    ['auth over username (AUTH-4)', { auth: basic('ada:secret'), username: 'bob', password: 'x' }, ada],
    [
      'identitytoken',
      { auth: basic('00000000-0000-0000-0000-000000000000:'), identitytoken: 'it' },
      { kind: 'refresh', token: 'it' },
    ],
    ['registrytoken', { registrytoken: 'rt', identitytoken: 'it' }, { kind: 'bearer', token: 'rt' }],
    ['an empty entry', {}, undefined],
    ['a user name alone', { username: 'ada' }, undefined],
  ])('reads %s', async (_what, entry, expected) => {
    expect(await ask({ auths: { 'r.io': entry } }, 'r.io')).toEqual(expected);
  });

  it.each([
    ['r.io', 'r.io'],
    ['https://r.io', 'r.io'],
    ['https://r.io/v1/', 'r.io'],
    ['http://r.io:5000/v2', 'r.io:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'registry-1.docker.io'],
  ])('takes the entry %s for %s (AUTH-3)', async (name, registry) => {
    expect(await ask({ auths: { [name]: { auth: basic('ada:secret') } } }, registry)).toEqual(ada);
  });

  it.each([
    ['r.io', 'r.io:5000'],
    ['r.io:5000', 'r.io'],
    ['https://index.docker.io/v1/', 'index.docker.io.example'],
    ['r.io/team', 'x.r.io'],
    ['r.io/team', 'r.io'],
    ['r.io/ap', 'r.io'],
    ['r.io/app/more', 'r.io'],
    ['sub.r.io', 'r.io'],
  ])('does not take the entry %s for %s', async (name, registry) => {
    expect(await ask({ auths: { [name]: { auth: basic('ada:secret') } } }, registry)).toBeUndefined();
  });

  it('prefers the exact name', async () => {
    const auths = { 'https://r.io/v1/': { auth: basic('bob:x') }, 'r.io': { auth: basic('ada:secret') } };
    expect(await ask({ auths }, 'r.io')).toEqual(ada);
  });

  it.each(['toString', '__proto__', 'constructor'])('finds nothing under %s', async (registry) => {
    expect(await ask({ auths: {}, credHelpers: {} }, registry)).toBeUndefined();
  });

  it.each([
    ['no JSON', '{'],
    ['an array', '[]'],
    ['auths that is a list', '{"auths":[]}'],
    ['an entry that is text', '{"auths":{"r.io":"x"}}'],
    ['auth that is a number', '{"auths":{"r.io":{"auth":1}}}'],
    ['auth that is no base64', '{"auths":{"r.io":{"auth":"a:b"}}}'],
    ['auth without a colon', `{"auths":{"r.io":{"auth":"${basic('ada')}"}}}`],
    ['auth without a user', `{"auths":{"r.io":{"auth":"${basic(':x')}"}}}`],
    ['auth that is no UTF-8', '{"auths":{"r.io":{"auth":"/zo="}}}'],
  ])('refuses a file with %s', async (_what, config) => {
    const error = await ask(config, 'r.io').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NotaryError);
    expect(error).toMatchObject({ code: 'INPUT_INVALID' });
    expect((error as NotaryError).message).toContain('/home/me/.docker/config.json');
  });

  it('keeps secrets out of its messages', async () => {
    await expect(ask({ auths: { 'r.io': { auth: 'c2VjcmV0cGFzcw' } } }, 'r.io')).rejects.toSatisfy(
      (error: NotaryError) => !error.message.includes('c2VjcmV0cGFzcw'),
    );
  });
});

describe('a login for a part of a registry', () => {
  const login = (username: string) => ({ auth: basic(`${username}:secret`) });

  it('is taken for that part, the most exact one first', async () => {
    const auths = { 'r.io/team': login('team'), 'r.io/team/app': login('app'), 'r.io': login('all') };
    expect(await ask({ auths }, 'r.io', 'team/app')).toMatchObject({ username: 'app' });
    expect(await ask({ auths }, 'r.io', 'team/other/app')).toMatchObject({ username: 'team' });
    expect(await ask({ auths }, 'r.io', 'teams/app')).toMatchObject({ username: 'all' });
  });

  it('may be with a helper too', async () => {
    const config = { credHelpers: { 'r.io/team': 'x' }, auths: { 'r.io': login('all') } };
    await expect(ask(config, 'r.io', 'team/app')).rejects.toMatchObject({ code: 'PROGRAM_FAILED' });
    expect(await ask(config, 'r.io', 'app')).toMatchObject({ username: 'all' });
  });
});

describe('the places', () => {
  const withUser = (username: string): string =>
    JSON.stringify({ auths: { 'r.io': { auth: basic(`${username}:x`) } } });
  const all = {
    '/named/auth.json': withUser('named'),
    '/etc/docker-login/config.json': withUser('docker'),
    '/home/me/.docker/config.json': withUser('home'),
    '/run/user/1/containers/auth.json': withUser('podman'),
    '/home/me/.config/containers/auth.json': withUser('podman-for-good'),
    '/xdg/containers/auth.json': withUser('xdg'),
  };
  const environment = {
    ...{ REGISTRY_AUTH_FILE: '/named/auth.json', DOCKER_CONFIG: '/etc/docker-login', HOME: '/home/me' },
    XDG_RUNTIME_DIR: '/run/user/1',
  };

  it('are looked at in order: what is named, docker, podman', async () => {
    const without = async (...names: readonly string[]) => {
      const left = Object.entries(environment).filter(([name]) => !names.includes(name));
      return open(all, Object.fromEntries(left))('r.io', 'app');
    };
    expect(await without()).toMatchObject({ username: 'named' });
    expect(await without('REGISTRY_AUTH_FILE')).toMatchObject({ username: 'docker' });
    expect(await without('REGISTRY_AUTH_FILE', 'DOCKER_CONFIG')).toMatchObject({ username: 'home' });
    expect(await without('REGISTRY_AUTH_FILE', 'DOCKER_CONFIG', 'HOME')).toMatchObject({ username: 'podman' });
    const inHome = open({ '/home/me/.config/containers/auth.json': withUser('good') }, { HOME: '/home/me' });
    expect(await inHome('r.io', 'app')).toMatchObject({ username: 'good' });
    expect(await open(all, { XDG_CONFIG_HOME: '/xdg' })('r.io', 'app')).toMatchObject({ username: 'xdg' });
    const onWindows = { 'C:\\Users\\me/.docker/config.json': withUser('bob') };
    expect(await open(onWindows, { USERPROFILE: 'C:\\Users\\me' })('r.io', 'app')).toMatchObject({ username: 'bob' });
    expect(await open(all, {})('r.io', 'app')).toBeUndefined();
    expect(await open(all, { DOCKER_CONFIG: '', REGISTRY_AUTH_FILE: '' })('r.io', 'app')).toBeUndefined();
  });

  it('are named with what was found there', async () => {
    const source = open(
      { '/home/me/.docker/config.json': '{"credsStore":"desktop"}' },
      { ...environment, DOCKER_CONFIG: '' },
    );
    expect(source.places?.('r.io', 'app')).toEqual([]);
    expect(await source('r.io', 'app')).toBeUndefined();
    expect(source.places?.('r.io', 'app')).toEqual([
      '/named/auth.json (not there)',
      '/home/me/.docker/config.json (docker-credential-desktop asked for r.io)',
      'docker-credential-desktop: it cannot be started (ENOENT)',
      '/run/user/1/containers/auth.json (not there)',
      '/home/me/.config/containers/auth.json (not there)',
    ]);
  });
});

describe('a login with a helper', () => {
  const answering = (username: string, secret: string, runs: unknown[] = []): Exec => {
    return (file, args, stdin) => {
      runs.push([file, ...args, Buffer.from(stdin).toString()]);
      const stdout = encodeUtf8(JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret }));
      return Promise.resolve({ exitCode: 0, stdout, stderr: encodeUtf8('') });
    };
  };
  const config = (value: unknown) => ({ '/home/me/.docker/config.json': JSON.stringify(value) });

  it.each([
    ['for this registry', { credHelpers: { 'r.io': 'ecr-login' } }, 'r.io', 'docker-credential-ecr-login', 'r.io'],
    [
      'even beside an entry',
      { credHelpers: { 'r.io': 'gcr' }, auths: { 'r.io': { auth: basic('a:b') } } },
      ...['r.io', 'docker-credential-gcr', 'r.io'],
    ],
    ['for all', { credsStore: 'pass' }, 'r.io:5000', 'docker-credential-pass', 'r.io:5000'],
    [
      'for Docker Hub',
      { credsStore: 'desktop', auths: { 'https://index.docker.io/v1/': {} } },
      ...['docker.io', 'docker-credential-desktop', 'https://index.docker.io/v1/'],
    ],
  ] as const)('%s is asked for', async (...[, value, registry, program, address]) => {
    const runs: unknown[] = [];
    const source = open(config(value), home, answering('ada', 'secret', runs));
    expect(await source(registry, 'app')).toEqual(ada);
    expect(await source(registry, 'other')).toEqual(ada);
    expect(runs).toEqual([[program, 'get', address]]);
  });

  it('may be an identity token', async () => {
    const source = open(config({ credsStore: 'pass' }), home, answering('<token>', 'it'));
    expect(await source('r.io', 'app')).toEqual({ kind: 'refresh', token: 'it' });
  });

  it.each([
    ['for this registry', { credHelpers: { 'r.io': 'ecr-login' } }, 'ecr-login'],
    ['that left an empty entry', { credsStore: 'desktop', auths: { 'r.io': {} } }, 'desktop'],
    ['that left an empty entry under a URL', { credsStore: 'pass', auths: { 'https://r.io': {} } }, 'pass'],
  ])('%s has to be there', async (_what, value, helper) => {
    await expect(ask(value, 'r.io')).rejects.toMatchObject({
      code: 'PROGRAM_FAILED',
      message: expect.stringContaining(`docker-credential-${helper}`) as string,
      remedy: expect.stringContaining('registry-username') as string,
    });
  });

  it('is not needed for other registries, nor beside a login in the file', async () => {
    const value = { credsStore: 'desktop', credHelpers: { 'x.io': 'gcr' }, auths: { 'y.io': {} } };
    expect(await ask(value, 'r.io')).toBeUndefined();
    expect(await ask({ credsStore: 'desktop', auths: { 'r.io': { auth: basic('ada:secret') } } }, 'r.io')).toEqual(ada);
  });
});
