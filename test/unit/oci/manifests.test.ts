import { describe, expect, it } from 'vitest';

import { errorCodes } from '../../../shared/errors.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';
import type { PushedArtifact } from '../../support/registry-content.ts';
import type { Reply } from '../../support/registry-routes.ts';

interface Fixture {
  readonly registry: EmbeddedRegistry;
  readonly repository: Repository;
  readonly image: PushedArtifact;
  readonly descriptor: Descriptor;
}

function fixture(options: RegistryOptions = {}, origin?: string): Fixture {
  const { registry, http } = registryInMemory(options, origin);
  const registries = new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) });
  const repository = registries.repository(parseReference(`${registry.host}/app:latest`), 'pull');
  const image = registry.content.pushImage('app', { tag: 'latest' });
  const { mediaType, digest, size } = image;
  return { registry, repository, image, descriptor: { mediaType, digest: digest as Descriptor['digest'], size } };
}

/** The registry answers as it would, with some fields changed. */
function changeFields(registry: EmbeddedRegistry, fields: Readonly<Record<string, string | undefined>>): void {
  registry.intercept((_exchange, next) => {
    const { headers, ...reply } = next();
    const changed = Object.entries({ ...headers, ...fields }).filter(([, value]) => value !== undefined);
    return { ...reply, headers: Object.fromEntries(changed) as Record<string, string> };
  });
}

const other = `sha256:${'0'.repeat(64)}`;

describe('resolve (REG-1)', () => {
  it('asks by HEAD for every kind of manifest, in the order of the reference', async () => {
    const { registry, repository, descriptor } = fixture();
    expect(await repository.resolve({ tag: 'latest' })).toEqual(descriptor);
    expect(registry.log).toEqual(['HEAD /v2/app/manifests/latest']);
    expect(registry.requests[0]!.headers.accept).toBe(
      'application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, ' +
        'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.oci.artifact.manifest.v1+json',
    );
  });

  it('lets the digest win over the tag', async () => {
    const { registry, repository, descriptor } = fixture();
    await repository.resolve({ tag: 'latest', digest: descriptor.digest });
    expect(registry.log).toEqual([`HEAD /v2/app/manifests/${descriptor.digest}`]);
  });

  it('drops the parameters of the media type and its capitals', async () => {
    const { registry, repository, descriptor } = fixture();
    changeFields(registry, { 'content-type': 'Application/vnd.oci.image.manifest.v1+JSON; charset=utf-8' });
    expect((await repository.resolve({ tag: 'latest' })).mediaType).toBe(descriptor.mediaType);
  });

  it('does without a digest field where a digest was asked for, and not for a tag', async () => {
    const { registry, repository, descriptor } = fixture();
    changeFields(registry, { 'docker-content-digest': undefined });
    expect(await repository.resolve({ digest: descriptor.digest })).toEqual(descriptor);
    await expect(repository.resolve({ tag: 'latest' })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('no Docker-Content-Digest') as string,
    });
  });

  it.each([
    ['another digest', { 'docker-content-digest': other }, 'REGISTRY_CONTENT_MISMATCH'],
    ['a malformed digest', { 'docker-content-digest': 'sha256:x' }, 'REGISTRY_RESPONSE_INVALID'],
    ['no Content-Length', { 'content-length': undefined }, 'REGISTRY_RESPONSE_INVALID'],
    ['a Content-Length that is no number', { 'content-length': '12a' }, 'REGISTRY_RESPONSE_INVALID'],
    ['no Content-Type', { 'content-type': undefined }, 'REGISTRY_RESPONSE_INVALID'],
    ['a page of the web', { 'content-type': 'text/html' }, 'REGISTRY_RESPONSE_INVALID'],
  ])('refuses %s', async (_what, fields, code) => {
    const { registry, repository, descriptor } = fixture();
    changeFields(registry, fields);
    await expect(repository.resolve({ digest: descriptor.digest })).rejects.toMatchObject({ code });
  });

  it('needs a tag or a digest', async () => {
    await expect(fixture().repository.resolve({})).rejects.toMatchObject({ code: 'REFERENCE_INVALID' });
  });
});

describe('errors of a registry', () => {
  const cases: [number, string][] = [
    [401, 'REGISTRY_UNAUTHORIZED'],
    [403, 'REGISTRY_UNAUTHORIZED'],
    [404, 'REGISTRY_NOT_FOUND'],
    [408, 'REGISTRY_UNAVAILABLE'],
    [429, 'REGISTRY_UNAVAILABLE'],
    [500, 'REGISTRY_UNAVAILABLE'],
    [503, 'REGISTRY_UNAVAILABLE'],
    [400, 'REGISTRY_RESPONSE_INVALID'],
    [304, 'REGISTRY_RESPONSE_INVALID'],
  ];
  it.each(cases)('HTTP %s is %s', async (status, code) => {
    const { registry, repository } = fixture();
    registry.intercept(() => ({ status }));
    await expect(repository.resolve({ tag: 'latest' })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`registry.example/app: HEAD manifests/latest`) as string,
    });
  });

  it.each([
    ['{"errors":[{"code":"DENIED","message":"no access"}]}', 'HTTP 400 (DENIED: no access)'],
    ['{"errors":[{"code":"A"},{"message":"b"},7,null]}', 'HTTP 400 (A; b)'],
    ['{"errors":[]}', 'HTTP 400'],
    ['{"errors":{"code":1}}', 'HTTP 400'],
    ['{"code":1}', 'HTTP 400'],
    ['try again', 'HTTP 400 (try again)'],
    ['<html>', 'HTTP 400'],
    ['', 'HTTP 400'],
  ])('quotes the words of the registry: %s', async (body, expected) => {
    const { registry, repository, descriptor } = fixture();
    registry.intercept(() => ({ status: 400, body: Buffer.from(body) }));
    const what = `registry.example/app: GET manifests/${descriptor.digest}: ${expected}`;
    await expect(repository.fetchManifest(descriptor)).rejects.toMatchObject({ message: what });
  });

  it('quotes no more than 300 characters', async () => {
    const { registry, repository, descriptor } = fixture();
    const body = Buffer.from(JSON.stringify({ errors: [{ code: 'X', message: 'y'.repeat(5000) }] }));
    registry.intercept(() => ({ status: 400, body }));
    const error = await repository.fetchManifest(descriptor).catch((caught: unknown) => caught as Error);
    expect((error as Error).message.match(/y/g)!.length).toBe(297 + 1);
  });

  it('names the host that cannot be reached', async () => {
    const { http } = registryInMemory();
    const registries = new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) });
    const repository = registries.repository(parseReference('elsewhere.example/app:1'), 'pull');
    await expect(repository.resolve({ tag: '1' })).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('elsewhere.example') as string,
      remedy: errorCodes.NETWORK_UNREACHABLE.remedy,
      cause: expect.objectContaining({ code: 'NETWORK_UNREACHABLE' }) as unknown,
    });
  });

  it('lets what is not about the registry pass', async () => {
    const failing = (error: Error) => () => Promise.reject(error);
    const broken = new Error('defect');
    const registries = new Registry({
      http: failing(broken),
      plainHttp: new Set(),
      credentials: () => Promise.resolve(undefined),
    });
    const repository = registries.repository(parseReference('r.example/app:1'), 'pull');
    await expect(repository.resolve({ tag: '1' })).rejects.toBe(broken);
  });
});

describe('fetchManifest (REG-15)', () => {
  it('returns the bytes', async () => {
    const { registry, repository, descriptor } = fixture();
    const bytes = await repository.fetchManifest(descriptor);
    expect(Buffer.from(bytes)).toEqual(Buffer.from(registry.content.manifest('app', 'latest')!.bytes));
    expect(registry.requests[0]!.headers.accept).toBe(descriptor.mediaType);
  });

  it.each([
    ['another media type', { 'content-type': 'application/vnd.oci.image.index.v1+json' }, 'REGISTRY_RESPONSE_INVALID'],
    ['another digest in its field', { 'docker-content-digest': other }, 'REGISTRY_CONTENT_MISMATCH'],
  ])('refuses %s', async (_what, fields, code) => {
    const { registry, repository, descriptor } = fixture();
    changeFields(registry, fields);
    await expect(repository.fetchManifest(descriptor)).rejects.toMatchObject({ code });
  });

  const bodies: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['a changed byte', (bytes) => bytes.map((byte, index) => (index === 5 ? byte ^ 1 : byte))],
    ['a byte less', (bytes) => bytes.subarray(1)],
    ['a byte more', (bytes) => Buffer.concat([bytes, Buffer.from(' ')])],
    ['nothing', () => new Uint8Array()],
    ['far too much', () => new Uint8Array(2 * 1024 * 1024)],
  ];
  it.each(bodies)('refuses %s', async (_what, change) => {
    const { registry, repository, descriptor } = fixture();
    registry.intercept((_exchange, next) => ({ ...next(), body: change(next().body!) }));
    await expect(repository.fetchManifest(descriptor)).rejects.toMatchObject({ code: 'REGISTRY_CONTENT_MISMATCH' });
  });

  it('does not even ask for more than 4 MiB', async () => {
    const { registry, repository, descriptor } = fixture();
    await expect(repository.fetchManifest({ ...descriptor, size: 4 * 1024 * 1024 + 1 })).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
    });
    expect(registry.requests).toEqual([]);
  });
});

describe('redirects', () => {
  const toStorage = { status: 307, headers: { location: 'https://storage.example/v2/app/manifests/latest' } };
  const storage = { realm: new URL('https://storage.example/none') };

  it('are followed to another origin without the authorization', async () => {
    const { registry, http } = registryInMemory({ auth: 'basic', ...storage });
    const credentials = () => Promise.resolve({ kind: 'basic', username: 'user', password: 'password' } as const);
    const { digest } = registry.content.pushImage('app', { tag: 'latest' });
    registry.intercept(({ url, headers }) =>
      url.origin === 'https://registry.example' && headers.authorization !== undefined ? toStorage : undefined,
    );
    const repository = new Registry({ http, plainHttp: new Set(), credentials }).repository(
      parseReference('registry.example/app:latest'),
      'pull',
    );
    expect((await repository.resolve({ tag: 'latest' })).digest).toBe(digest);
    expect(registry.requests.map(({ origin, authorization }) => [origin, authorization])).toEqual([
      ['https://registry.example', false],
      ['https://registry.example', true],
      ['https://storage.example', false],
    ]);
  });

  it('back to the registry stay without it', async () => {
    const { registry, http } = registryInMemory({ auth: 'basic', ...storage });
    const credentials = () => Promise.resolve({ kind: 'basic', username: 'user', password: 'password' } as const);
    registry.intercept(({ url, headers }) => {
      if (url.origin === 'https://storage.example') {
        return { status: 302, headers: { location: 'https://registry.example/v2/other/manifests/x' } };
      }
      return headers.authorization === undefined ? undefined : toStorage;
    });
    const repository = new Registry({ http, plainHttp: new Set(), credentials }).repository(
      parseReference('registry.example/app:latest'),
      'pull',
    );
    await expect(repository.resolve({ tag: 'latest' })).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expect(registry.requests.at(-1)).toMatchObject({ origin: 'https://registry.example', authorization: false });
  });

  const bad: [string, Reply][] = [
    ['to clear text', { status: 302, headers: { location: 'http://storage.example/x' } }],
    ['to a metadata service', { status: 302, headers: { location: 'https://169.254.169.254/latest/meta-data' } }],
    ['to a file', { status: 302, headers: { location: 'file:///etc/passwd' } }],
    ['to nowhere', { status: 302, headers: { location: 'https://[/' } }],
    ['for ever', { status: 302, headers: { location: '/v2/app/manifests/latest' } }],
    ['without Location', { status: 302 }],
  ];
  it.each(bad)('are refused %s', async (_what, reply) => {
    const { registry, repository } = fixture();
    registry.intercept(() => reply);
    await expect(repository.resolve({ tag: 'latest' })).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect(registry.requests.length).toBeLessThanOrEqual(5);
  });
});

describe('pushManifest (REG-33)', () => {
  const bytes = Buffer.from('{"schemaVersion":2}');
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';

  it('puts it under its digest, or under a tag', async () => {
    const { registry, repository } = fixture();
    await repository.pushManifest({ mediaType, bytes });
    await repository.pushManifest({ mediaType, bytes, tag: 'v1' });
    const [first, second] = registry.log;
    expect(first).toMatch(/^PUT \/v2\/app\/manifests\/sha256:/);
    expect(second).toBe('PUT /v2/app/manifests/v1');
    expect(registry.requests[0]!.headers['content-type']).toBe(mediaType);
    expect(Buffer.from(registry.content.manifest('app', 'v1')!.bytes)).toEqual(bytes);
  });

  it.each([
    [{ status: 201, headers: { 'oci-subject': other } }, true],
    [{ status: 201 }, false],
  ])('says whether the registry noticed the subject: %j', async (reply, expected) => {
    const { registry, repository } = fixture();
    registry.intercept(() => reply);
    expect(await repository.pushManifest({ mediaType, bytes })).toEqual({ subjectAccepted: expected });
  });

  it.each([
    ['another status', { status: 200 }, 'REGISTRY_RESPONSE_INVALID'],
    ['another digest', { status: 201, headers: { 'docker-content-digest': other } }, 'REGISTRY_CONTENT_MISMATCH'],
    ['a redirect', { status: 307, headers: { location: 'https://storage.example/' } }, 'REGISTRY_RESPONSE_INVALID'],
    ['412', { status: 412 }, 'REGISTRY_RESPONSE_INVALID'],
  ])('refuses %s', async (_what, reply, code) => {
    const { registry, repository } = fixture();
    registry.intercept(() => reply);
    await expect(repository.pushManifest({ mediaType, bytes })).rejects.toMatchObject({ code });
    expect(registry.requests).toHaveLength(1);
  });
});
