// shared/oci through the real HTTP client to the embedded registry on loopback, and the registry as other clients use it.

import { afterEach, describe, expect, it } from 'vitest';

import { createHttp } from '../../shared/host/http.ts';
import { digestOf, parseDigest } from '../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../shared/oci/descriptor.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import type { Repository } from '../../shared/oci/registry.ts';
import { fetchSignature, listSignatures, pushSignature } from '../../shared/oci/signatures.ts';
import type { Access } from '../../shared/oci/scope.ts';
import { pushImage, pushIndex } from '../support/images.ts';
import { startRegistry } from '../support/registry.ts';
import type { EmbeddedRegistry, ListenOptions, RegistryOptions } from '../support/registry.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

interface Fixture {
  readonly registry: EmbeddedRegistry;
  readonly host: string;
  readonly repository: (name: string, access: Access) => Repository;
}

const user = { kind: 'basic', username: 'user', password: 'password' } as const;

async function fixture(options: RegistryOptions & ListenOptions = {}): Promise<Fixture> {
  const { registry, host, close } = await startRegistry(options);
  const client = createHttp({ signal: new AbortController().signal, userAgent: 'test', environment: {} });
  cleanups.push(() => client.close(), close);
  const credentials = () => Promise.resolve(options.anonymousPull === true ? undefined : user);
  const registries = new Registry({ http: client.http, plainHttp: new Set(), credentials });
  const repository = (name: string, access: Access) =>
    registries.repository(parseReference(`${host}/${name}:latest`), access);
  return { registry, host, repository };
}

const newSignature = (text: string) => ({
  mediaType: 'application/cose',
  envelope: Buffer.from(text),
  thumbprints: ['aa'.repeat(32)],
  createdAt: new Date('2026-01-02T03:04:05Z'),
});

async function read(repository: Repository, subject: Descriptor): Promise<string[]> {
  const found: string[] = [];
  for await (const manifest of listSignatures(repository, subject.digest)) {
    found.push(Buffer.from((await fetchSignature(repository, manifest)).envelope).toString());
  }
  return found;
}

describe('signing and verifying over sockets', () => {
  it.each<[string, RegistryOptions & ListenOptions]>([
    ['anonymous, with the referrers API', {}],
    ['anonymous, with the referrers tag', { referrers: false }],
    ['with Basic', { auth: 'basic' }],
    ['with tokens', { auth: 'bearer' }],
    ['with tokens, the tag and ETags', { auth: 'bearer', referrers: false, etag: true, deleteScope: true }],
    ['with tokens, storage elsewhere and small pages', { auth: 'bearer', separateStorage: true, pageSize: 1 }],
  ])('works %s', async (_what, options) => {
    const at = await fixture(options);
    at.registry.content.pushImage('team/app', { tag: 'latest' });
    const signer = at.repository('team/app', 'pull,push');
    const subject = await signer.resolve({ tag: 'latest' });
    await pushSignature(signer, subject, newSignature('one'), 'auto');
    await pushSignature(signer, subject, newSignature('two'), 'auto');
    expect(await read(at.repository('team/app', 'pull'), subject)).toEqual(['one', 'two']);
    const elsewhere = at.registry.requests.filter(({ origin }) => origin !== `http://${at.host}`);
    expect(elsewhere.filter(({ authorization }) => authorization)).toEqual([]);
    expect(elsewhere.length).toBe(options.separateStorage === true ? 2 : 0);
  });

  it('verifies a digest in 4 requests, 3 of them in sequence', async () => {
    const at = await fixture();
    const image = at.registry.content.pushImage('app');
    const subject = { mediaType: image.mediaType, digest: parseDigest(image.digest), size: image.size };
    await pushSignature(at.repository('app', 'pull,push'), subject, newSignature('one'), 'auto');
    at.registry.requests.length = 0;
    const repository = at.repository('app', 'pull');
    const signatures = listSignatures(repository, subject.digest)[Symbol.asyncIterator]();
    const [resolved, first] = await Promise.all([repository.resolve({ digest: subject.digest }), signatures.next()]);
    expect(resolved).toEqual(subject);
    await fetchSignature(repository, first.value as Descriptor);
    expect(at.registry.log.map((line) => line.replace(/sha256:.*/, 'DIGEST')).sort()).toEqual([
      'GET /v2/app/blobs/DIGEST',
      'GET /v2/app/manifests/DIGEST',
      'GET /v2/app/referrers/DIGEST',
      'HEAD /v2/app/manifests/DIGEST',
    ]);
  });

  it('asks for one token per repository and step', async () => {
    const at = await fixture({ auth: 'bearer', anonymousPull: true });
    for (const name of ['a', 'a', 'a', 'b']) at.registry.content.pushImage(name, { tag: 'latest' });
    await at.repository('a', 'pull').resolve({ tag: 'latest' });
    await Promise.all(
      ['a', 'a', 'b', 'b'].map(async (name) => {
        const repository = at.repository(name, 'pull');
        return read(repository, await repository.resolve({ tag: 'latest' }));
      }),
    );
    expect(at.registry.log.filter((line) => line === 'GET /token')).toHaveLength(2);
    const refused = at.registry.requests.filter(({ authorization, path }) => !authorization && path.startsWith('/v2/'));
    expect(refused).toHaveLength(1);
  });

  it('says that nobody listens', async () => {
    const at = await fixture();
    await cleanups.pop()!();
    await expect(at.repository('app', 'pull').resolve({ tag: 'latest' })).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining(at.host) as string,
    });
  });
});

describe('the embedded registry itself', () => {
  const url = (at: Fixture, path: string): string => `http://${at.host}${path}`;

  it('takes images of other clients and lists their tags', async () => {
    const at = await fixture();
    const image = await pushImage({ host: at.host, repository: 'app', tag: 'v1' });
    const index = await pushIndex({ host: at.host, repository: 'app', tag: 'v2' });
    expect(await at.repository('app', 'pull').resolve({ tag: 'v1' })).toMatchObject({ digest: image.digest });
    expect(await at.repository('app', 'pull').resolve({ tag: 'v2' })).toMatchObject({ digest: index.digest });
    expect(await (await fetch(url(at, '/v2/app/tags/list'))).json()).toEqual({ name: 'app', tags: ['v1', 'v2'] });
    expect((await fetch(url(at, '/v2/'))).status).toBe(200);
  });

  it('takes blobs in chunks, and mounts them', async () => {
    const at = await fixture();
    const started = await fetch(url(at, '/v2/app/blobs/uploads/'), { method: 'POST' });
    const location = url(at, started.headers.get('location')!);
    const patched = await fetch(location, { method: 'PATCH', body: 'first ' });
    expect([patched.status, patched.headers.get('range')]).toEqual([202, '0-5']);
    const digest = digestOf(Buffer.from('first second'));
    const finished = await fetch(`${location}&digest=${digest}`, { method: 'PUT', body: 'second' });
    expect([finished.status, finished.headers.get('docker-content-digest')]).toEqual([201, digest]);
    const mounted = await fetch(url(at, `/v2/other/blobs/uploads/?mount=${digest}&from=app`), { method: 'POST' });
    expect(mounted.status).toBe(201);
    expect(await (await fetch(url(at, `/v2/other/blobs/${digest}`))).text()).toBe('first second');
  });

  it('refuses what is not whole', async () => {
    const at = await fixture();
    const wrong = `sha256:${'0'.repeat(64)}`;
    const status = async (path: string, init: RequestInit): Promise<number> =>
      (await fetch(url(at, path), init)).status;
    expect(await status(`/v2/app/blobs/uploads/?digest=${wrong}`, { method: 'POST', body: 'x' })).toBe(400);
    expect(await status(`/v2/app/manifests/${wrong}`, { method: 'PUT', body: '{}' })).toBe(400);
    const dangling = JSON.stringify({ layers: [{ digest: wrong, size: 1 }] });
    expect(await status('/v2/app/manifests/v1', { method: 'PUT', body: dangling })).toBe(404);
    expect(await status('/v2/app/blobs/uploads/none', { method: 'PUT', body: 'x' })).toBe(404);
    expect(await status('/nowhere', {})).toBe(404);
  });

  it('keeps its doors, whatever name this machine is called by', async () => {
    const at = await fixture({ auth: 'bearer' });
    const port = at.host.split(':')[1]!;
    for (const host of ['localhost', '127.0.0.1']) {
      const response = await fetch(`http://${host}:${port}/v2/app/tags/list`);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('scope="repository:app:pull"');
      await response.arrayBuffer();
    }
    const forged = await fetch(url(at, '/v2/app/tags/list'), { headers: { authorization: 'Bearer token-1' } });
    expect(forged.status).toBe(401);
    const token = await fetch(url(at, `/token?service=${at.host}&scope=repository:app:pull`), {
      headers: { authorization: 'Basic eDp5' },
    });
    expect(token.status).toBe(401);
  });

  it('swaps a Microsoft Entra token for a refresh token, and that for access', async () => {
    const at = await fixture({ auth: 'bearer', acceptAccessToken: (token) => token === 'entra' });
    const exchange = (access_token: string) =>
      fetch(url(at, '/oauth2/exchange'), {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'access_token', service: at.host, access_token }),
      });
    expect((await exchange('forged')).status).toBe(401);
    const { refresh_token } = (await (await exchange('entra')).json()) as { refresh_token: string };
    at.registry.content.pushImage('app', { tag: 'latest' });
    const client = createHttp({ signal: new AbortController().signal, userAgent: 'test', environment: {} });
    cleanups.push(() => client.close());
    const registries = new Registry({
      http: client.http,
      plainHttp: new Set(),
      credentials: () => Promise.resolve({ kind: 'refresh', token: refresh_token }),
    });
    const repository = registries.repository(parseReference(`${at.host}/app:latest`), 'pull');
    await expect(repository.resolve({ tag: 'latest' })).resolves.toMatchObject({ size: expect.any(Number) as number });
  });
});
