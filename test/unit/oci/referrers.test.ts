import { describe, expect, it } from 'vitest';

import { parseDigest } from '../../../shared/oci/descriptor.ts';
import type { Descriptor, Digest } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { referrersTag } from '../../../shared/oci/referrers.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';
import { imageIndex, imageManifest } from '../../support/registry-content.ts';
import type { Reply } from '../../support/registry-routes.ts';

const signature = 'application/vnd.cncf.notary.signature';

interface Fixture {
  readonly registry: EmbeddedRegistry;
  readonly repository: Repository;
  readonly subject: Digest;
  readonly list: () => Promise<Descriptor[]>;
}

function fixture(options: RegistryOptions = {}): Fixture {
  const { registry, http } = registryInMemory(options);
  const credentials = () => Promise.resolve({ kind: 'basic', username: 'user', password: 'password' } as const);
  const registries = new Registry({ http, plainHttp: new Set(), credentials });
  const repository = registries.repository(parseReference('registry.example/app:1'), 'pull');
  const subject = parseDigest(registry.content.pushImage('app').digest);
  return { registry, repository, subject, list: () => collect(repository.listReferrers(subject, signature)) };
}

async function collect(entries: AsyncIterable<Descriptor>): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

/** Manifests that refer to the subject, straight into the registry. @returns their digests */
function attach({ registry, subject }: Fixture, count: number, artifactType = signature): string[] {
  return Array.from({ length: count }, (_, index) => {
    const manifest = {
      schemaVersion: 2,
      artifactType,
      subject: { digest: subject },
      annotations: { index: String(index) },
    };
    return registry.content.putManifest('app', {
      mediaType: imageManifest,
      bytes: Buffer.from(JSON.stringify(manifest)),
    }).digest;
  });
}

/** An index under the referrers tag. */
function tagIndex({ registry, subject }: Fixture, manifests: unknown, mediaType = imageIndex): void {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  registry.content.putManifest('app', { mediaType, bytes, tag: referrersTag(subject) });
}

const entry = (character: string, artifactType: string | undefined = signature) => ({
  mediaType: imageManifest,
  digest: `sha256:${character.repeat(64)}`,
  size: 7,
  artifactType,
});

const answers = (at: Fixture, reply: Reply): void => {
  at.registry.intercept(({ url }) => (url.pathname.includes('/referrers/') ? reply : undefined));
};
const kinds = ({ registry }: Fixture): string[] => registry.log.map((line) => line.split('/')[3]!);

describe('referrersTag (REG-9)', () => {
  it.each([
    [`sha256:${'ab'.repeat(32)}`, `sha256-${'ab'.repeat(32)}`],
    // A tag has 128 characters at most, so the specification cuts the longer ones.
    [`sha512:${'ab'.repeat(64)}`, `sha512-${'ab'.repeat(32)}`],
  ] as const)('of %s', (digest, tag) => {
    expect(referrersTag(digest)).toBe(tag);
  });
});

describe('listReferrers by the API (REG-13)', () => {
  it('asks with the artifact type and reads one page', async () => {
    const at = fixture();
    const digests = attach(at, 2);
    attach(at, 1, 'application/other');
    expect((await at.list()).map(({ digest }) => digest)).toEqual(digests);
    expect(at.registry.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /v2/app/referrers/${at.subject}?artifactType=application%2Fvnd.cncf.notary.signature`,
    ]);
  });

  it('follows its pages, one by one as they are wanted', async () => {
    const at = fixture({ pageSize: 2, auth: 'bearer' });
    const digests = attach(at, 5);
    const found: string[] = [];
    for await (const { digest } of at.repository.listReferrers(at.subject, signature)) {
      found.push(digest);
      if (found.length === 3) break;
    }
    expect(found).toEqual(digests.slice(0, 3));
    expect(at.registry.log.filter((line) => line.includes('referrers'))).toHaveLength(3);
    expect((await at.list()).map(({ digest }) => digest)).toEqual(digests);
  });

  it('filters by itself where the registry did not', async () => {
    const at = fixture({ filtersReferrers: false });
    const [digest] = attach(at, 1);
    attach(at, 3, 'application/other');
    expect((await at.list()).map((found) => found.digest)).toEqual([digest]);
  });

  it.each([
    ['the field', { 'oci-filters-applied': 'x, artifactType' }, {}],
    ['the annotation', {}, { annotations: { 'org.opencontainers.referrers.filtersApplied': 'artifactType' } }],
  ])('leaves filtering to a registry that says so by %s', async (_what, fields, members) => {
    const at = fixture();
    const body = Buffer.from(JSON.stringify({ manifests: [{ ...entry('a'), artifactType: undefined }], ...members }));
    answers(at, { status: 200, headers: { 'content-type': imageIndex, ...fields }, body });
    expect(await at.list()).toHaveLength(1);
  });

  it('skips entries it cannot read and keeps the others (D10)', async () => {
    const at = fixture();
    const manifests = [
      entry('a'),
      null,
      'x',
      {},
      { ...entry('b'), size: 1.5 },
      { ...entry('c'), digest: 'x' },
      entry('d'),
    ];
    answers(at, {
      status: 200,
      headers: { 'content-type': imageIndex },
      body: Buffer.from(JSON.stringify({ manifests })),
    });
    expect((await at.list()).map(({ digest }) => digest[7])).toEqual(['a', 'd']);
  });

  it.each([
    ['no JSON', '{'],
    ['an array', '[]'],
    ['manifests that are no list', '{"manifests":{}}'],
  ])('refuses an index that is %s', async (_what, body) => {
    const at = fixture();
    answers(at, { status: 200, headers: { 'content-type': imageIndex }, body: Buffer.from(body) });
    await expect(at.list()).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
  });

  it.each([
    [
      '404 NAME_UNKNOWN',
      { status: 404, body: Buffer.from('{"errors":[{"code":"NAME_UNKNOWN"}]}') },
      'REGISTRY_NOT_FOUND',
    ],
    ['401', { status: 401 }, 'REGISTRY_UNAUTHORIZED'],
    ['403', { status: 403 }, 'REGISTRY_UNAUTHORIZED'],
    ['400', { status: 400 }, 'REGISTRY_RESPONSE_INVALID'],
    ['429', { status: 429 }, 'REGISTRY_UNAVAILABLE'],
    ['500', { status: 500 }, 'REGISTRY_UNAVAILABLE'],
    [
      'a page beyond 4 MiB',
      { status: 200, headers: { 'content-type': imageIndex }, body: new Uint8Array(4 * 1024 * 1024 + 1) },
      'RESPONSE_TOO_LARGE',
    ],
  ])('fails with %s, and does not look elsewhere', async (_what, reply, code) => {
    const at = fixture();
    tagIndex(at, [entry('a')]);
    answers(at, reply);
    await expect(at.list()).rejects.toMatchObject({ code });
    expect(kinds(at)).toEqual(['referrers']);
  });

  it.each([
    ['on another origin', '<https://attacker.example/next>; rel="next"'],
    ['in clear text', '<http://registry.example/next>; rel="next"'],
  ])('refuses a next page %s', async (_what, link) => {
    const at = fixture();
    answers(at, { status: 200, headers: { 'content-type': imageIndex, link }, body: Buffer.from('{"manifests":[]}') });
    await expect(at.list()).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect(at.registry.requests).toHaveLength(1);
  });

  it('refuses a listing without end', async () => {
    const at = fixture();
    at.registry.intercept(({ url }) => {
      const link = `<?page=${Number(url.searchParams.get('page') ?? 0) + 1}>; rel="next"`;
      return { status: 200, headers: { 'content-type': imageIndex, link }, body: Buffer.from('{"manifests":[]}') };
    });
    await expect(at.list()).rejects.toMatchObject({ message: expect.stringContaining('more than 64 pages') as string });
    expect(at.registry.requests).toHaveLength(64);
  });

  it('refuses a listing that leads back to a page it had', async () => {
    const at = fixture();
    const link = `</v2/app/referrers/${at.subject}>; rel="next"`;
    answers(at, { status: 200, headers: { 'content-type': imageIndex, link }, body: Buffer.from('{"manifests":[]}') });
    await expect(at.list()).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect(at.registry.requests).toHaveLength(2);
  });

  it.each([
    ['404', { status: 404 }, 'REGISTRY_NOT_FOUND'],
    ['a page of the web', { status: 200, headers: { 'content-type': 'text/html' } }, 'REGISTRY_RESPONSE_INVALID'],
  ])('fails when a later page is %s', async (_what, reply, code) => {
    const at = fixture({ pageSize: 1 });
    attach(at, 2);
    at.registry.intercept(({ url }) => (url.searchParams.has('start') ? reply : undefined));
    await expect(at.list()).rejects.toMatchObject({ code });
    expect(kinds(at)).toEqual(['referrers', 'referrers']);
  });
});

describe('listReferrers by the tag (REG-13, REG-14)', () => {
  const unsupported: [string, Reply][] = [
    ['404', { status: 404 }],
    ['404 with another code', { status: 404, body: Buffer.from('{"errors":[{"code":"NOT_FOUND"}]}') }],
    ['405', { status: 405 }],
    ['200 with a page of the web', { status: 200, headers: { 'content-type': 'text/html' } }],
    ['200 without Content-Type', { status: 200 }],
    [
      'an index with parameters in its type',
      { status: 200, headers: { 'content-type': `${imageIndex}; charset=utf-8` } },
    ],
    ['a redirect to another origin', { status: 303, headers: { location: 'https://github.com/' } }],
    ['a redirect to clear text', { status: 302, headers: { location: 'http://registry.example/login' } }],
    ['a redirect for ever', { status: 302, headers: { location: '/v2/app/referrers/x' } }],
  ];
  it.each(unsupported)('follows %s, once per repository', async (_what, reply) => {
    const at = fixture({ auth: 'bearer' });
    tagIndex(at, [entry('a'), entry('b', 'application/other'), entry('c')]);
    answers(at, reply);
    expect(at.repository.referrersApiIsAbsent).toBe(false);
    expect((await at.list()).map(({ digest }) => digest[7])).toEqual(['a', 'c']);
    expect(at.repository.referrersApiIsAbsent).toBe(true);
    const before = at.registry.requests.length;
    await at.list();
    expect(kinds(at).slice(before)).toEqual(['manifests']);
    expect(new Set(at.registry.requests.map(({ origin }) => origin))).toEqual(new Set(['https://registry.example']));
  });

  it('follows a redirect within the registry', async () => {
    const at = fixture();
    attach(at, 1);
    at.registry.intercept(({ url }) =>
      url.searchParams.has('moved') || !url.pathname.includes('/referrers/')
        ? undefined
        : { status: 307, headers: { location: `${url.pathname}${url.search}&moved=1` } },
    );
    expect(await at.list()).toHaveLength(1);
  });

  it('reads links from where a redirect led', async () => {
    const at = fixture();
    at.registry.intercept(({ url }) => {
      if (url.pathname.startsWith('/v2/')) return { status: 307, headers: { location: '/lists/1' } };
      const link = { link: '<2>; rel="next"' };
      const headers = { 'content-type': imageIndex, ...(url.pathname === '/lists/1' && link) };
      return { status: 200, headers, body: Buffer.from('{"manifests":[]}') };
    });
    await at.list();
    expect(at.registry.log.slice(1)).toEqual(['GET /lists/1', 'GET /lists/2']);
  });

  it('finds nothing where there is no tag', async () => {
    const at = fixture({ referrers: false });
    expect(await at.list()).toEqual([]);
    expect(at.registry.log.at(-1)).toBe(`GET /v2/app/manifests/${referrersTag(at.subject)}`);
  });

  it('refuses a tag that is no index', async () => {
    const at = fixture({ referrers: false });
    tagIndex(at, [entry('a')], imageManifest);
    await expect(at.list()).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
  });

  it('refuses an index with another digest than stated', async () => {
    const at = fixture({ referrers: false });
    tagIndex(at, [entry('a')]);
    at.registry.intercept(({ url }, next) =>
      url.pathname.includes('/manifests/') ? { ...next(), body: Buffer.from('{"manifests":[]}') } : undefined,
    );
    await expect(at.list()).rejects.toMatchObject({ code: 'REGISTRY_CONTENT_MISMATCH' });
  });
});
