import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';

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

  it('starts over once when the upload breaks', async () => {
    const { registry, repository } = fixture();
    let puts = 0;
    registry.intercept(({ method }) => (method === 'PUT' && ++puts === 1 ? { status: 502 } : undefined));
    await repository.pushBlob(bytes);
    expect(registry.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'POST', 'PUT']);
    registry.intercept(({ method }) => (method === 'PUT' ? { status: 502 } : undefined));
    await expect(repository.pushBlob(bytes)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    expect(registry.requests).toHaveLength(8);
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
