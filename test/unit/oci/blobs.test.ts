import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { fixedClock } from '../../support/ports.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';
import type { Exchange } from '../../support/registry-routes.ts';

const user = { kind: 'basic', username: 'user', password: 'password' } as const;

function fixture(options: RegistryOptions = {}): { registry: EmbeddedRegistry; repository: Repository } {
  const { registry, http } = registryInMemory(options);
  const registries = new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(user) });
  return { registry, repository: registries.repository(parseReference('registry.example/app:1'), 'pull,push') };
}

const bytes = Buffer.from('the envelope');
const descriptor = { mediaType: 'application/cose', digest: digestOf(bytes), size: bytes.length };

describe('pushBlob (REG-33)', () => {
  it('starts an upload and puts the bytes where it says, with its query', async () => {
    const { registry, repository } = fixture();
    await repository.pushBlob(bytes);
    expect(registry.log.map((line) => line.replace(/uploads\/[0-9a-f-]+$/, 'uploads/ID'))).toEqual([
      'POST /v2/app/blobs/uploads/',
      'PUT /v2/app/blobs/uploads/ID',
    ]);
    expect(registry.requests[1]!.path).toContain(`?state=a%2Fb+c&digest=${encodeURIComponent(descriptor.digest)}`);
    expect(registry.requests[1]!.headers['content-type']).toBe('application/octet-stream');
    expect(Buffer.from(registry.content.repository('app').blobs.get(descriptor.digest)!)).toEqual(bytes);
  });

  it.each([
    ['absolute', (path: string) => `https://registry.example${path}`],
    ['absolute with the port of the scheme', (path: string) => `https://registry.example:443${path}`],
    ['without a query', (path: string) => path.split('?')[0]!],
  ])('takes a Location that is %s', async (_what, change) => {
    const { registry, repository } = fixture();
    registry.intercept(({ method }, next) => {
      const reply = next();
      return method === 'POST' ? { ...reply, headers: { location: change(reply.headers!.location!) } } : reply;
    });
    await repository.pushBlob(bytes);
    expect(registry.content.repository('app').blobs.has(descriptor.digest)).toBe(true);
  });

  it.each([
    ['on another origin', { status: 202, headers: { location: 'https://attacker.example/upload' } }],
    ['in clear text', { status: 202, headers: { location: 'http://registry.example/upload' } }],
    ['that is missing', { status: 202 }],
    ['that is no URL', { status: 202, headers: { location: 'https://[' } }],
    ['with another status', { status: 200, headers: { location: '/upload' } }],
  ])('refuses a Location %s', async (_what, reply) => {
    const { registry, repository } = fixture();
    registry.intercept(() => reply);
    await expect(repository.pushBlob(bytes)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect(registry.requests).toHaveLength(1);
  });

  it('is repeated when it breaks off before the first byte, at most three times', async () => {
    const { registry, repository } = fixture();
    let puts = 0;
    registry.intercept(({ method }) => (method === 'PUT' && ++puts === 1 ? { status: 502 } : undefined));
    await repository.pushBlob(bytes);
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'GET', 'PUT']);
    registry.requests.length = 0;
    registry.intercept(({ method }) => (method === 'PUT' ? { status: 502 } : undefined));
    await expect(repository.pushBlob(bytes)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(4);
  });

  it('leaves the registry time to recover before another try', async () => {
    const { registry, http } = registryInMemory();
    const clock = fixedClock('2026-03-01T12:00:00Z');
    const pace = { clock, random: () => Uint8Array.of(0x80) };
    const services = { http, pace, plainHttp: new Set<string>(), credentials: () => Promise.resolve(user) };
    const repository = new Registry(services).repository(parseReference('registry.example/app:1'), 'pull,push');
    registry.intercept(({ method }) => (method === 'PUT' ? { status: 502 } : undefined));
    await expect(repository.pushBlob(bytes)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    expect(clock.slept).toEqual([100, 200, 400]);
  });

  it('is resumed at the byte at which it broke off', async () => {
    const { registry, repository } = fixture();
    let puts = 0;
    registry.intercept((exchange) => {
      if (exchange.method !== 'PUT' || ++puts > 1) return undefined;
      // The registry got four bytes and the connection went.
      const id = exchange.url.pathname.split('/').at(-1) ?? '';
      registry.content.repository('app').uploads.set(id, exchange.body.subarray(0, 4));
      return { status: 503 };
    });
    await repository.pushBlob(bytes);
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'GET', 'PATCH', 'PUT']);
    expect(registry.requests[3]?.headers).toMatchObject({ 'content-range': `4-${bytes.length - 1}` });
    expect(registry.content.repository('app').blobs.get(descriptor.digest)).toEqual(bytes);
  });

  it.each([
    ['knows the upload no more', { status: 404 }],
    ['cannot tell how much it has', { status: 500 }],
    ['tells it in no way that we know', { status: 204, headers: { range: 'some' } }],
    ['claims more than there is', { status: 204, headers: { range: '0-999' } }],
  ])('begins anew where the registry %s', async (_what, reply) => {
    const { registry, repository } = fixture();
    let puts = 0;
    registry.intercept(({ method }) => (method === 'PUT' && ++puts === 1 ? { status: 502 } : undefined));
    registry.intercept(({ method }) => (method === 'GET' ? reply : undefined));
    await repository.pushBlob(bytes);
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'GET', 'POST', 'PUT']);
  });

  it('begins anew where the rest is not taken', async () => {
    const { registry, repository } = fixture();
    let puts = 0;
    registry.intercept(({ method }) => (method === 'PUT' && ++puts === 1 ? { status: 502 } : undefined));
    registry.intercept(({ method }, next) => {
      return method === 'GET' ? { ...next(), headers: { ...next().headers, range: '0-2' } } : undefined;
    });
    await repository.pushBlob(bytes);
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'GET', 'PATCH', 'POST', 'PUT']);
  });

  const large = Buffer.alloc(2.5 * 1024 * 1024, 'envelope');

  it.each([405, 411, 413, 501])('is sent in chunks where one piece is refused with %d', async (status) => {
    const { registry, repository } = fixture();
    const size = ({ body }: Exchange): number => body.length;
    registry.intercept((exchange) => (exchange.method === 'PUT' && size(exchange) > 0 ? { status } : undefined));
    await repository.pushBlob(large);
    const patches = ['PATCH', 'PATCH', 'PATCH'];
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'POST', ...patches, 'PUT']);
    const ranges = registry.requests.flatMap(({ headers }) => headers['content-range'] ?? []);
    expect(ranges).toEqual(['0-1048575', '1048576-2097151', '2097152-2621439']);
    expect(registry.content.repository('app').blobs.get(digestOf(large))).toEqual(large);
  });

  it('is sent in chunks of the size that the registry wants', async () => {
    const { registry, repository } = fixture();
    registry.intercept(({ method, body }) => (method === 'PUT' && body.length > 0 ? { status: 413 } : undefined));
    registry.intercept(({ method }, next) => {
      if (method !== 'POST') return undefined;
      const reply = next();
      return { ...reply, headers: { ...reply.headers, 'oci-chunk-min-length': '2000000' } };
    });
    await repository.pushBlob(large);
    const ranges = registry.requests.flatMap(({ headers }) => headers['content-range'] ?? []);
    expect(ranges).toEqual(['0-1999999', '2000000-2621439']);
  });

  it('fails where chunks are refused as well', async () => {
    const { registry, repository } = fixture();
    registry.intercept(({ method, body }) => (body.length > 0 && method !== 'POST' ? { status: 413 } : undefined));
    await expect(repository.pushBlob(large)).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('PATCH') as string,
    });
    expect(registry.requests).toHaveLength(4);
  });

  it('never goes to another origin, in no part of it', async () => {
    const { registry, repository } = fixture();
    registry.intercept(({ method, body }) => (method === 'PUT' && body.length > 0 ? { status: 413 } : undefined));
    registry.intercept(({ method }) =>
      method === 'PATCH' ? { status: 202, headers: { location: 'https://elsewhere.example/x' } } : undefined,
    );
    await expect(repository.pushBlob(large)).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('https://elsewhere.example') as string,
    });
  });

  it('does not start over when it is refused', async () => {
    const { registry, repository } = fixture();
    registry.intercept(({ method }) => (method === 'PUT' ? { status: 403 } : undefined));
    await expect(repository.pushBlob(bytes)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      // The query of an upload address carries its session.
      message: expect.not.stringContaining('state=') as string,
    });
    expect(registry.requests).toHaveLength(2);
  });

  it('logs in on the way', async () => {
    const { registry, repository } = fixture({ auth: 'bearer' });
    await repository.pushBlob(bytes);
    expect(registry.requests.map(({ method, authorization }) => `${method} ${authorization}`)).toEqual([
      'POST false',
      'GET true',
      'POST true',
      'PUT true',
    ]);
  });
});

describe('hasBlob and ensureBlob', () => {
  it('ask by HEAD', async () => {
    const { registry, repository } = fixture();
    expect(await repository.hasBlob(descriptor.digest)).toBe(false);
    registry.content.putBlob('app', bytes);
    expect(await repository.hasBlob(descriptor.digest)).toBe(true);
    expect(registry.log).toEqual(Array(2).fill(`HEAD /v2/app/blobs/${descriptor.digest}`));
  });

  it('fail on other answers', async () => {
    const { registry, repository } = fixture();
    registry.intercept(() => ({ status: 500 }));
    await expect(repository.hasBlob(descriptor.digest)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });

  it('upload only what is not there, once for all who ask', async () => {
    const { registry, repository } = fixture();
    await Promise.all([repository.ensureBlob(bytes), repository.ensureBlob(bytes)]);
    await repository.ensureBlob(bytes);
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  it('forget a failure', async () => {
    const { registry, repository } = fixture();
    const heal = registry.intercept(() => ({ status: 500 }));
    await expect(repository.ensureBlob(bytes)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    heal();
    await repository.ensureBlob(bytes);
    expect(registry.content.repository('app').blobs.has(descriptor.digest)).toBe(true);
  });
});

describe('fetchBlob (REG-15)', () => {
  it('follows a redirect to storage without the authorization', async () => {
    const { registry, repository } = fixture({ auth: 'bearer', blobRedirect: new URL('https://storage.example') });
    registry.content.putBlob('app', bytes);
    expect(Buffer.from(await repository.fetchBlob(descriptor))).toEqual(bytes);
    expect(registry.requests.at(-1)).toMatchObject({ origin: 'https://storage.example', authorization: false });
    expect(registry.requests.at(-2)).toMatchObject({ origin: 'https://registry.example', authorization: true });
  });

  it.each([
    ['a changed byte', Buffer.from('The envelope')],
    ['a byte less', bytes.subarray(1)],
    ['a byte more', Buffer.concat([bytes, bytes.subarray(0, 1)])],
  ])('refuses %s', async (_what, content) => {
    const { registry, repository } = fixture();
    registry.content.repository('app').blobs.set(descriptor.digest, content);
    await expect(repository.fetchBlob(descriptor)).rejects.toMatchObject({ code: 'REGISTRY_CONTENT_MISMATCH' });
  });

  it('does not even ask for more than 32 MiB', async () => {
    const { registry, repository } = fixture();
    const size = 32 * 1024 * 1024 + 1;
    await expect(repository.fetchBlob({ ...descriptor, size })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
    });
    expect(registry.requests).toEqual([]);
  });

  it('says what is not there', async () => {
    await expect(fixture().repository.fetchBlob(descriptor)).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
  });
});
