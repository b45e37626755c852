import { describe, expect, it } from 'vitest';

import { encodeBase64, encodeUtf8 } from '../../../shared/bytes.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { dockerConfigCredentials, firstCredentials } from '../../../shared/oci/credentials.ts';
import type { Credentials } from '../../../shared/oci/credentials.ts';
import type { Environment, Files } from '../../../shared/ports.ts';

const holding = (contents: Readonly<Record<string, string>>): Files => ({
  kind: () => Promise.resolve(undefined),
  list: () => Promise.resolve(undefined),
  read: (path) => Promise.resolve(contents[path] === undefined ? undefined : encodeUtf8(contents[path])),
});

const home: Environment = { HOME: '/home/me' };

/** The credentials that a configuration gives for a registry. */
const ask = (config: unknown, registry: string): Promise<Credentials | undefined> =>
  dockerConfigCredentials(
    holding({ '/home/me/.docker/config.json': typeof config === 'string' ? config : JSON.stringify(config) }),
    home,
  )(registry);

const basic = (text: string): string => encodeBase64(encodeUtf8(text));
const ada: Credentials = { kind: 'basic', username: 'ada', password: 'secret' };

describe('dockerConfigCredentials', () => {
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

  it('looks in DOCKER_CONFIG first, then in the home directory', async () => {
    const files = holding({
      '/etc/docker-login/config.json': JSON.stringify({ auths: { 'r.io': { auth: basic('ada:secret') } } }),
      'C:\\Users\\me/.docker/config.json': JSON.stringify({ auths: { 'r.io': { auth: basic('bob:x') } } }),
    });
    const profile = { USERPROFILE: 'C:\\Users\\me' };
    expect(await dockerConfigCredentials(files, { ...profile, DOCKER_CONFIG: '/etc/docker-login' })('r.io')).toEqual(
      ada,
    );
    expect(await dockerConfigCredentials(files, profile)('r.io')).toMatchObject({ username: 'bob' });
    expect(await dockerConfigCredentials(files, { HOME: '/nowhere' })('r.io')).toBeUndefined();
    expect(await dockerConfigCredentials(files, {})('r.io')).toBeUndefined();
  });

  it.each([
    ['a helper for this registry', { credHelpers: { 'r.io': 'ecr-login' } }, 'ecr-login'],
    [
      'a helper, even beside an entry',
      { credHelpers: { 'r.io': 'gcr' }, auths: { 'r.io': { auth: basic('a:b') } } },
      'gcr',
    ],
    ['a store that left an empty entry', { credsStore: 'desktop', auths: { 'r.io': {} } }, 'desktop'],
    ['a store that left an empty entry under a URL', { credsStore: 'pass', auths: { 'https://r.io': {} } }, 'pass'],
  ])('says that the login is with %s', async (_what, config, helper) => {
    await expect(ask(config, 'r.io')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(`"${helper}"`) as string,
      remedy: expect.stringContaining('registry-username') as string,
    });
  });

  it('needs no helper for other registries', async () => {
    const config = { credsStore: 'desktop', credHelpers: { 'x.io': 'gcr' }, auths: { 'y.io': {} } };
    expect(await ask(config, 'r.io')).toBeUndefined();
    expect(await ask({ credsStore: 'desktop', auths: { 'r.io': { auth: basic('ada:secret') } } }, 'r.io')).toEqual(ada);
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

describe('firstCredentials', () => {
  it('asks in order and stops at the first that knows', async () => {
    const asked: string[] = [];
    const source = (name: string, credentials?: Credentials) => (registry: string) => {
      asked.push(`${name} ${registry}`);
      return Promise.resolve(credentials);
    };
    expect(await firstCredentials(source('a'), source('b', ada), source('c'))('r.io')).toEqual(ada);
    expect(asked).toEqual(['a r.io', 'b r.io']);
    expect(await firstCredentials()('r.io')).toBeUndefined();
  });
});
