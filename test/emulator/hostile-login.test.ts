// Registries and token endpoints that want credentials where they must not go, or answer for ever: what is sent where is
// recorded on both ends, and the work is counted. AUTH-6; RFC 9110 §11.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { json, startLoopbackServer } from '../support/loopback-server.ts';
import type { LoopbackServer, Reply as LoopbackReply } from '../support/loopback-server.ts';
import type { RegistryOptions } from '../support/registry.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import type { Exchange, Reply } from '../support/registry-routes.ts';
import { countRequests, startRegistryWorld } from './registry-world.ts';
import type { RegistryWorld } from './registry-world.ts';

let world: RegistryWorld;
let image: PushedArtifact;
let elsewhere: LoopbackServer;
let answerElsewhere: (path: string) => LoopbackReply;
const begin = async (options: RegistryOptions): Promise<void> => {
  world = await startRegistryWorld({ username: 'ada', password: 'hunter2', ...options });
  image = world.registry.content.pushImage('app');
};
beforeEach(async () => {
  answerElsewhere = () => ({ status: 404 });
  elsewhere = await startLoopbackServer(({ url }) => answerElsewhere(url.pathname));
});
afterEach(() => Promise.all([world.close(), elsewhere.close()]));

const login = { 'registry-username': 'ada', 'registry-password': 'hunter2' };
const verify = async (inputs: Readonly<Record<string, string>> = {}) => {
  const { verdict, reason, failure } = await world.verify(image.reference, { inputs: { ...login, ...inputs } });
  const message = failure?.message ?? '';
  expect(message).not.toContain('hunter2');
  return { outcome: [verdict, reason?.code ?? ''].join(' ').trim(), message };
};
/** Whatever came to the other origin, none of it carried credentials. */
const carried = (): readonly unknown[] =>
  elsewhere.requests
    .flatMap(({ headers, body }) => [headers.authorization, headers.cookie, ...(body.length > 0 ? [body] : [])])
    .filter((value) => value !== undefined);

describe('a redirect to another origin takes no credentials along', () => {
  const kinds = ['HEAD manifests', 'GET manifests', 'GET blobs'] as const;
  it.each(kinds)('of %s', async (kind) => {
    await begin({ auth: 'basic' });
    expect(await world.sign(image.reference, { inputs: login })).toHaveProperty('signed');
    const [method, what = ''] = kind.split(' ');
    const replies = new Map<string, Reply>();
    answerElsewhere = (path) => replies.get(path) ?? { status: 404 };
    world.registry.intercept((exchange, next) => {
      const { pathname } = exchange.url;
      if (exchange.method !== method || !pathname.includes(`/${what}/`) || exchange.headers.authorization === undefined)
        return undefined;
      replies.set(pathname, next());
      return { status: 307, headers: { location: elsewhere.origin + pathname } };
    });
    expect((await verify()).outcome).toBe('verified');
    expect(elsewhere.requests).toHaveLength(1);
    expect(carried()).toEqual([]);
  });

  it('not even where the other origin asks for them', async () => {
    await begin({ auth: 'basic' });
    answerElsewhere = () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="give me"' } });
    world.registry.intercept(({ method, url }) => {
      return method === 'HEAD' ? { status: 302, headers: { location: elsewhere.origin + url.pathname } } : undefined;
    });
    expect((await verify()).outcome).toBe('error REGISTRY_UNAUTHORIZED');
    expect(elsewhere.requests).toHaveLength(1);
    expect(carried()).toEqual([]);
  });

  it('of an upload, which is not followed', async () => {
    await begin({ auth: 'basic' });
    world.registry.intercept(({ method, url }) => {
      const location = `${elsewhere.origin}${url.pathname}`;
      return method === 'POST' ? { status: 202, headers: { location } } : undefined;
    });
    const result = await world.sign(image.reference, { inputs: login });
    expect(result).toMatchObject({ failure: { code: 'REGISTRY_RESPONSE_INVALID' } });
    expect(elsewhere.requests).toEqual([]);
  });
});

const challenge = (value: string): Reply => ({ status: 401, headers: { 'www-authenticate': value } });
const wantsLogin = ({ url }: Exchange): boolean => url.pathname.startsWith('/v2/');

describe('a token endpoint', () => {
  it.each([
    ['at a metadata service', 'http://169.254.169.254/token'],
    ['at a metadata service, over https', 'https://169.254.169.254/token'],
    ['on another host, from a challenge in clear text', 'https://attacker.example/token'],
    ['in clear text on another host', 'http://attacker.example/token'],
    ['that is a file', 'file:///etc/passwd'],
    ['that is no URL', '/token'],
    ['with a user name', 'http://ada@localhost/token'],
  ])('%s gets nothing', async (_what, realm) => {
    await begin({});
    world.registry.intercept((exchange) =>
      wantsLogin(exchange) ? challenge(`Bearer realm="${realm}",service="x"`) : undefined,
    );
    const { outcome, message } = await verify();
    expect(outcome).toBe('error REGISTRY_RESPONSE_INVALID');
    expect(message).toContain('names as token endpoint');
    expect(countRequests(world)).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1 });
  });

  it.each<[string, LoopbackReply, string]>([
    ['redirects', { status: 307, headers: { location: '/more' } }, 'error REGISTRY_RESPONSE_INVALID'],
    [
      'answers with a page of the web',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Sign in' },
      'error REGISTRY_RESPONSE_INVALID',
    ],
    ['answers without a token', json(200, { expires_in: 300 }), 'error REGISTRY_RESPONSE_INVALID'],
    [
      'gives a token that would end its header field',
      json(200, { token: 'x\r\nx: y' }),
      'error REGISTRY_RESPONSE_INVALID',
    ],
    ['gives a token of 200 KiB', json(200, { token: 'x'.repeat(200 * 1024) }), 'error RESPONSE_TOO_LARGE'],
    ['refuses', json(401, { details: 'incorrect username or password' }), 'error REGISTRY_UNAUTHORIZED'],
    ['gives tokens that are no good', json(200, { token: 'no-good' }), 'error REGISTRY_UNAUTHORIZED'],
  ])('that %s is asked once for each of the two requests at most', async (_what, reply, expected) => {
    await begin({});
    answerElsewhere = () => reply;
    world.registry.intercept((exchange) =>
      wantsLogin(exchange) ? challenge(`Bearer realm="${elsewhere.origin}/token",service="x"`) : undefined,
    );
    const { outcome } = await verify();
    expect(outcome).toBe(expected);
    expect(elsewhere.requests.length).toBeLessThanOrEqual(2);
    expect(elsewhere.requests.every(({ url }) => url.pathname === '/token')).toBe(true);
    const asked = countRequests(world);
    expect(asked['HEAD manifests']).toBeLessThanOrEqual(2);
    expect(asked['GET referrers']).toBeLessThanOrEqual(2);
  });

  it('that is another one each time ends after two', async () => {
    await begin({});
    answerElsewhere = (path) => json(200, { token: path.slice(1) });
    let count = 0;
    world.registry.intercept((exchange) =>
      wantsLogin(exchange) ? challenge(`Bearer realm="${elsewhere.origin}/${++count}",service="x"`) : undefined,
    );
    expect((await verify()).outcome).toBe('error REGISTRY_UNAUTHORIZED');
    expect(elsewhere.requests.length).toBeLessThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(4);
  });

  it.each([
    ['without end', `Bearer ${'realm="x",'.repeat(600)}x="y"`],
    ['with a parameter twice', 'Bearer realm="http://localhost/a",realm="http://localhost/b"'],
    ['that is no challenge', '"'],
  ])('in a challenge %s is not looked for', async (_what, value) => {
    await begin({});
    world.registry.intercept((exchange) => (wantsLogin(exchange) ? challenge(value) : undefined));
    expect((await verify()).outcome).toBe('error REGISTRY_RESPONSE_INVALID');
    expect(countRequests(world)).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1 });
  });
});
