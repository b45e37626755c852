import { describe, expect, it } from 'vitest';

import type { Credentials } from '../../../shared/oci/credentials.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import type { Access } from '../../../shared/oci/scope.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';
import type { Reply } from '../../support/registry-routes.ts';

const user: Credentials = { kind: 'basic', username: 'user', password: 'password' };

interface Step {
  readonly registry: EmbeddedRegistry;
  readonly repository: (name: string, access?: Access) => Repository;
  /** Repositories that credentials were looked up for. */
  readonly lookups: string[];
}

function step(options: RegistryOptions, credentials?: Credentials, origin?: string): Step {
  const { registry, http } = registryInMemory(options, origin);
  const lookups: string[] = [];
  const registries = new Registry({
    http,
    plainHttp: new Set(),
    credentials: (name, repository) => {
      lookups.push(`${name}/${repository}`);
      return Promise.resolve(credentials);
    },
  });
  const repository = (name: string, access: Access = 'pull'): Repository =>
    registries.repository(parseReference(`${registry.host}/${name}:latest`), access);
  return { registry, repository, lookups };
}

const tokenRequests = ({ registry }: Step) => registry.requests.filter(({ path }) => path.startsWith('/token'));
const unauthorized = (challenge: string): Reply => ({ status: 401, headers: { 'www-authenticate': challenge } });

describe('login at a registry (AUTH-6)', () => {
  it('sends nothing to a registry that asks for nothing', async () => {
    const at = step({}, user);
    at.registry.content.pushImage('app', { tag: 'latest' });
    await at.repository('app').resolve({ tag: 'latest' });
    expect(at.registry.requests.map(({ authorization }) => authorization)).toEqual([false]);
    expect(at.lookups).toEqual([]);
  });

  it('answers a Basic challenge, and starts the next requests with it', async () => {
    const at = step({ auth: 'basic' }, user);
    at.registry.content.pushImage('app', { tag: 'latest' });
    at.registry.content.pushImage('other', { tag: 'latest' });
    await at.repository('app').resolve({ tag: 'latest' });
    await at.repository('app').resolve({ tag: 'latest' });
    await at.repository('other').resolve({ tag: 'latest' });
    expect(at.registry.requests.map(({ authorization }) => authorization)).toEqual([false, true, true, true]);
    expect(at.lookups).toEqual([`${at.registry.host}/app`, `${at.registry.host}/other`]);
  });

  it.each<[string, Credentials | undefined, string | undefined]>([
    ['anonymously', undefined, undefined],
    ['with Basic', user, `Basic ${btoa('user:password')}`],
  ])('gets a token by GET, %s', async (_what, credentials, authorization) => {
    const at = step({ auth: 'bearer', anonymousPull: true }, credentials);
    at.registry.content.pushImage('team/app', { tag: 'latest' });
    await at.repository('team/app').resolve({ tag: 'latest' });
    expect(at.registry.log).toEqual([
      'HEAD /v2/team/app/manifests/latest',
      'GET /token',
      'HEAD /v2/team/app/manifests/latest',
    ]);
    const [, token, retried] = at.registry.requests;
    expect(new URL(token!.path, 'https://x').searchParams.toString()).toBe(
      new URLSearchParams({ service: 'registry.example', scope: 'repository:team/app:pull' }).toString(),
    );
    expect(token!.headers.authorization).toBe(authorization);
    expect(retried!.headers.authorization).toMatch(/^Bearer token-/);
  });

  it('exchanges an identity token by POST', async () => {
    const at = step({ auth: 'bearer', refreshToken: 'r+/= &' }, { kind: 'refresh', token: 'r+/= &' });
    at.registry.content.pushImage('app', { tag: 'latest' });
    const bodies: string[] = [];
    at.registry.intercept(({ url, body }, next) => {
      if (url.pathname === '/token') bodies.push(Buffer.from(body).toString());
      return next();
    });
    await at.repository('app', 'pull,push').resolve({ tag: 'latest' });
    expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r+/= &',
      service: 'registry.example',
      client_id: 'notary-actions',
      scope: 'repository:app:pull,push',
    });
    expect(bodies).toHaveLength(1);
    expect(tokenRequests(at)[0]!.authorization).toBe(false);
  });

  it('sends a registry token as it is', async () => {
    const at = step({ auth: 'bearer' }, { kind: 'bearer', token: 'ready-made' });
    at.registry.intercept(({ headers }) =>
      headers.authorization === 'Bearer ready-made' ? { status: 404 } : undefined,
    );
    await expect(at.repository('app').resolve({ tag: 'latest' })).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
    expect(tokenRequests(at)).toEqual([]);
  });

  it('asks once for a token that several requests wait for, and never again for the repository', async () => {
    const at = step({ auth: 'bearer' }, user);
    const { digest } = at.registry.content.pushImage('app', { tag: 'latest' });
    const repository = at.repository('app');
    const requests = Array.from({ length: 5 }, () => repository.resolve({ tag: 'latest' }));
    await Promise.all(requests);
    await repository.fetchManifest(await repository.resolve({ digest: digest as `sha256:${string}` }));
    await at.repository('app').resolve({ tag: 'latest' });
    expect(tokenRequests(at)).toHaveLength(1);
    expect(at.lookups).toHaveLength(1);
  });

  it('starts with a token in a second repository, and asks for one per repository', async () => {
    const at = step({ auth: 'bearer' }, user);
    for (const name of ['a', 'b']) at.registry.content.pushImage(name, { tag: 'latest' });
    await at.repository('a').resolve({ tag: 'latest' });
    await at.repository('b').resolve({ tag: 'latest' });
    expect(at.registry.log).toEqual([
      'HEAD /v2/a/manifests/latest',
      'GET /token',
      'HEAD /v2/a/manifests/latest',
      'GET /token',
      'HEAD /v2/b/manifests/latest',
    ]);
  });

  it('renews an expired token once, for all who were refused with it', async () => {
    const at = step({ auth: 'bearer' }, user);
    at.registry.content.pushImage('app', { tag: 'latest' });
    const repository = at.repository('app');
    await repository.resolve({ tag: 'latest' });
    at.registry.login.expireTokens();
    await Promise.all([repository.resolve({ tag: 'latest' }), repository.resolve({ tag: 'latest' })]);
    expect(tokenRequests(at)).toHaveLength(2);
  });

  it('gives up when a new token is refused as well', async () => {
    const at = step({ auth: 'bearer' }, user);
    at.registry.intercept(({ url }, next) => {
      const reply = next();
      if (url.pathname === '/token') at.registry.login.expireTokens();
      return reply;
    });
    await expect(at.repository('app').resolve({ tag: 'latest' })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringContaining('asked as user "user"') as string,
    });
    expect(at.registry.requests).toHaveLength(3);
  });

  it('adds what a challenge asks for on top', async () => {
    const at = step({ auth: 'bearer', deleteScope: true, referrers: false }, user);
    const image = at.registry.content.pushImage('app');
    const repository = at.repository('app', 'pull,push');
    const entry = { mediaType: image.mediaType, digest: image.digest as `sha256:${string}`, size: image.size };
    const other = at.registry.content.pushImage('app');
    await repository.addToReferrersTag(entry.digest, entry);
    const second = { ...entry, digest: other.digest as `sha256:${string}`, size: other.size };
    expect(await repository.addToReferrersTag(entry.digest, second)).toEqual([]);
    const scopes = tokenRequests(at).map(({ path }) => new URL(path, 'https://x').searchParams.get('scope'));
    expect(scopes).toEqual(['repository:app:pull,push', 'repository:app:delete,pull,push']);
    expect(at.registry.log.filter((line) => line.startsWith('DELETE'))).toHaveLength(2);
  });

  it.each<[string, Credentials | undefined]>([
    ['without credentials', undefined],
    ['with an identity token', { kind: 'refresh', token: 't' }],
    ['with a registry token', { kind: 'bearer', token: 't' }],
  ])('cannot answer a Basic challenge %s', async (how, credentials) => {
    const at = step({ auth: 'basic' }, credentials);
    await expect(at.repository('app').resolve({ tag: 'latest' })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringContaining(`asked ${how}`) as string,
    });
    expect(at.registry.requests).toHaveLength(1);
  });

  it('hands on what to do where an identity token does not suffice, from whoever gave it', async () => {
    const remedy = 'Ask for the role.';
    const at = step(
      { auth: 'bearer', refreshToken: 't', refreshActions: ['pull'] },
      { kind: 'refresh', token: 't', remedy },
    );
    const pushed = at.repository('app', 'pull,push').pushBlob(new Uint8Array(1));
    await expect(pushed).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', remedy });
  });

  it('does not repeat refused Basic credentials', async () => {
    const at = step({ auth: 'basic' }, { ...user, password: 'wrong' });
    const repository = at.repository('app');
    await expect(repository.resolve({ tag: 'latest' })).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    await expect(repository.resolve({ tag: 'latest' })).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expect(at.registry.requests.map(({ authorization }) => authorization)).toEqual([false, true, true]);
  });

  it('prefers Bearer where a registry offers both', async () => {
    const at = step({ auth: 'bearer' }, user);
    at.registry.content.pushImage('app', { tag: 'latest' });
    at.registry.intercept((_exchange, next) => {
      const reply = next();
      const challenge = reply.headers?.['www-authenticate'];
      if (challenge === undefined) return reply;
      return { ...reply, headers: { ...reply.headers, 'www-authenticate': `Basic realm="x", ${challenge}` } };
    });
    await at.repository('app').resolve({ tag: 'latest' });
    expect(at.registry.requests.at(-1)!.headers.authorization).toMatch(/^Bearer /);
  });

  it('asks again for credentials that could not be found out', async () => {
    const { registry, http } = registryInMemory({ auth: 'basic' });
    registry.content.pushImage('app', { tag: 'latest' });
    let calls = 0;
    const credentials = () => (++calls === 1 ? Promise.reject(new Error('first time')) : Promise.resolve(user));
    const repository = new Registry({ http, plainHttp: new Set(), credentials }).repository(
      parseReference('registry.example/app:latest'),
      'pull',
    );
    await expect(repository.resolve({ tag: 'latest' })).rejects.toThrow('first time');
    await expect(repository.resolve({ tag: 'latest' })).resolves.toMatchObject({ size: expect.any(Number) as number });
  });
});

describe('the token endpoint', () => {
  it('may be another host over https, as at Docker Hub', async () => {
    const at = step({ auth: 'bearer', realm: new URL('https://auth.example/token') }, user);
    at.registry.content.pushImage('app', { tag: 'latest' });
    await at.repository('app').resolve({ tag: 'latest' });
    const elsewhere = at.registry.requests.filter(({ origin }) => origin === 'https://auth.example');
    expect(elsewhere).toHaveLength(1);
    expect(elsewhere[0]!.headers.authorization).toMatch(/^Basic /);
  });

  it.each([
    ['in clear text', 'http://registry.example/token'],
    ['on the loopback of the runner', 'http://localhost:8080/token'],
    ['with a user name', 'https://user@registry.example/token'],
    ['of another scheme', 'ftp://registry.example/token'],
    ['without a host', '/token'],
    ['without anything', ''],
  ])('is refused %s', async (_what, realm) => {
    const at = step({}, user);
    at.registry.intercept(() => unauthorized(`Bearer realm="${realm}"`));
    await expect(at.repository('app').resolve({ tag: 'latest' })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('token endpoint') as string,
    });
    expect(at.registry.requests).toHaveLength(1);
  });

  it('is refused anywhere else when the challenge came in clear text', async () => {
    const at = step({}, user, 'http://localhost:5000');
    at.registry.intercept(() => unauthorized('Bearer realm="https://attacker.example/token"'));
    await expect(at.repository('app').resolve({ tag: 'latest' })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('attacker.example') as string,
    });
  });

  const replies: [string, Reply, string, string][] = [
    [
      '401',
      { status: 401, body: Buffer.from('{"details":"incorrect username or password"}') },
      'REGISTRY_UNAUTHORIZED',
      'incorrect username',
    ],
    [
      '400 of OAuth 2.0',
      { status: 400, body: Buffer.from('{"error":"invalid_grant","error_description":"too old"}') },
      'REGISTRY_UNAUTHORIZED',
      'invalid_grant: too old',
    ],
    ['403', { status: 403 }, 'REGISTRY_UNAUTHORIZED', 'HTTP 403'],
    ['429', { status: 429 }, 'REGISTRY_UNAVAILABLE', 'HTTP 429'],
    ['500', { status: 500 }, 'REGISTRY_UNAVAILABLE', 'HTTP 500'],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://x.example/' } },
      'REGISTRY_RESPONSE_INVALID',
      'HTTP 302',
    ],
    ['no JSON', { status: 200, body: Buffer.from('<html>') }, 'REGISTRY_RESPONSE_INVALID', 'not valid JSON'],
    ['no token', { status: 200, body: Buffer.from('{}') }, 'REGISTRY_RESPONSE_INVALID', 'no token'],
    ['an empty token', { status: 200, body: Buffer.from('{"token":""}') }, 'REGISTRY_RESPONSE_INVALID', 'no token'],
    [
      'a token that is a number',
      { status: 200, body: Buffer.from('{"token":7}') },
      'REGISTRY_RESPONSE_INVALID',
      'no token',
    ],
    [
      'a token with a line end',
      { status: 200, body: Buffer.from('{"token":"a\\r\\nx: y"}') },
      'REGISTRY_RESPONSE_INVALID',
      'no token',
    ],
    ['128 KiB and one byte', { status: 200, body: Buffer.alloc(128 * 1024 + 1, 32) }, 'RESPONSE_TOO_LARGE', '131072'],
  ];
  it.each(replies)('fails with %s', async (_what, reply, code, message) => {
    const at = step({ auth: 'bearer' }, user);
    at.registry.intercept(({ url }) => (url.pathname === '/token' ? reply : undefined));
    await expect(at.repository('app').resolve({ tag: 'latest' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('is tried again after a failure', async () => {
    const at = step({ auth: 'bearer' }, user);
    at.registry.content.pushImage('app', { tag: 'latest' });
    const heal = at.registry.intercept(({ url }) => (url.pathname === '/token' ? { status: 503 } : undefined));
    const repository = at.repository('app');
    await expect(repository.resolve({ tag: 'latest' })).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    heal();
    await repository.resolve({ tag: 'latest' });
  });

  it('prefers access_token over token (AUTH-6)', async () => {
    const at = step({ auth: 'bearer' }, user);
    at.registry.intercept(({ url }) =>
      url.pathname === '/token'
        ? { status: 200, body: Buffer.from('{"token":"second","access_token":"first"}') }
        : undefined,
    );
    await expect(at.repository('app').resolve({ tag: 'latest' })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    const sent = at.registry.requests.flatMap(({ headers }) => headers.authorization ?? []);
    expect(sent.filter((value) => value.startsWith('Bearer'))).toEqual(['Bearer first']);
  });

  it('never shows a secret in an error', async () => {
    const at = step({ auth: 'bearer' }, { kind: 'basic', username: 'user', password: 'hunter2' });
    const error = await at.repository('app').resolve({ tag: 'latest' }).catch(String);
    expect(error).toContain('registry.example: token endpoint https://registry.example/token, asked as user "user"');
    expect(error).not.toContain('hunter2');
    expect(error).not.toContain(btoa('user:hunter2'));
  });
});
