// Registries that lie in the list of referrers, or never end it: what is found is verified all the same, what is not is
// a typed error, and the work is bounded by counts of requests. REG-13, REG-14, D10.

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { imageIndex, imageManifest } from '../support/registry-content.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import type { RegistryOptions } from '../support/registry.ts';
import type { Reply } from '../support/registry-routes.ts';
import { endless } from '../support/bad-bodies.ts';
import { startLoopbackServer } from '../support/loopback-server.ts';
import { attach, countRequests, signatureType, startRegistryWorld } from './registry-world.ts';
import type { RegistryWorld } from './registry-world.ts';

let world: RegistryWorld;
let image: PushedArtifact;
const begin = async (options: RegistryOptions = {}): Promise<void> => {
  await world.close();
  world = await startRegistryWorld(options);
  image = world.registry.content.pushImage('app');
};
beforeEach(async () => {
  world = await startRegistryWorld();
  image = world.registry.content.pushImage('app');
});
afterEach(() => world.close());

const sign = async (): Promise<void> => {
  expect(await world.sign(image.reference)).toHaveProperty('signed');
  countRequests(world);
};
/** "verdict CODE", and how often the registry was asked. */
const verify = async (inputs: Readonly<Record<string, string>> = {}) => {
  const { verdict, reason, failure, outcomes } = await world.verify(image.reference, { inputs });
  const outcome = [verdict, reason?.code ?? ''].join(' ').trim();
  return { outcome, asked: countRequests(world), message: failure?.message ?? '', outcomes };
};

const entry = (artifactType: string) => ({
  ...{ mediaType: imageManifest, digest: `sha256:${randomBytes(32).toString('hex')}`, size: 500, artifactType },
});
const page = (manifests: readonly unknown[], next?: string): Reply => ({
  status: 200,
  headers: { 'content-type': imageIndex, ...(next === undefined ? {} : { link: `<${next}>; rel="next"` }) },
  body: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests })),
});
/** Answers the listing; undefined leaves it to the registry. */
const list = (answer: (url: URL, original: () => Reply) => Reply | undefined): void => {
  world.registry.intercept(({ url }, next) => (url.pathname.includes('/referrers/') ? answer(url, next) : undefined));
};
const pageNumber = ({ searchParams }: URL): number => Number(searchParams.get('page') ?? 0);

describe('a list of referrers', () => {
  it.each([
    ['with nothing in it', () => []],
    ['of foreign referrers', () => Array.from({ length: 1000 }, () => entry('application/spdx+json'))],
  ])('that never ends, %s, is given up', async (_what, entries) => {
    await sign();
    list((url) => page(entries(), `${url.pathname}?page=${pageNumber(url) + 1}`));
    const { outcome, asked, message } = await verify();
    expect(outcome).toBe('error REGISTRY_RESPONSE_INVALID');
    expect(message).toContain('more than 64 pages');
    expect(asked).toEqual({ 'HEAD manifests': 1, 'GET referrers': 64 });
  });

  it('that never ends is read as far as the good signature', async () => {
    await sign();
    list((url, original) => {
      const own = JSON.parse(Buffer.from(original().body ?? []).toString()) as { manifests: unknown[] };
      return page(pageNumber(url) === 2 ? own.manifests : [], `${url.pathname}?page=${pageNumber(url) + 1}`);
    });
    const { outcome, asked } = await verify();
    expect(outcome).toBe('verified');
    expect(asked).toEqual({ 'HEAD manifests': 1, 'GET referrers': 3, 'GET manifests': 1, 'GET blobs': 1 });
  });

  it.each<[string, number, (url: URL) => string]>([
    ['to itself', 1, ({ pathname, search }) => pathname + search],
    ['in a circle of three', 4, (url) => `${url.pathname}?page=${(pageNumber(url) % 3) + 1}`],
  ])('whose pages lead %s ends where a page comes again', async (_what, requests, next) => {
    list((url) => page([], next(url)));
    const { outcome, asked, message } = await verify();
    expect(outcome).toBe('error REGISTRY_RESPONSE_INVALID');
    expect(message).toContain('its pages lead in a circle');
    expect(asked).toEqual({ 'HEAD manifests': 1, 'GET referrers': requests });
  });

  it.each(['link', 'redirect'])('is not followed to another origin by a %s', async (how) => {
    const elsewhere = await startLoopbackServer(() => ({ status: 200 }));
    try {
      await begin({ auth: 'basic' });
      const location = `${elsewhere.origin}/v2/app/referrers/${image.digest}`;
      list(() => (how === 'link' ? page([], location) : { status: 307, headers: { location } }));
      const { outcome } = await verify({ 'registry-username': 'user', 'registry-password': 'password' });
      // A redirect means that there is no such API (GHCR), and the tag is asked.
      expect(outcome).toBe(how === 'link' ? 'error REGISTRY_RESPONSE_INVALID' : 'unsigned SIGNATURE_NOT_FOUND');
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it.each<[string, RegistryOptions, object]>([
    ['unfiltered in pages', { filtersReferrers: false, pageSize: 500 }, { 'GET referrers': 5 }],
    ['unfiltered in one', { filtersReferrers: false }, { 'GET referrers': 1 }],
  ])('of 2000 foreign referrers does not hide the signature after them, %s', async (_what, options, pages) => {
    await begin(options);
    for (let count = 0; count < 2000; count++) {
      attach(world, image, { artifactType: 'application/spdx+json', annotations: { count: String(count) } });
    }
    await sign();
    const { outcome, asked } = await verify();
    expect(outcome).toBe('verified');
    expect(asked).toEqual({ 'HEAD manifests': 1, ...pages, 'GET manifests': 1, 'GET blobs': 1 });
  });

  it('under the tag may hold 2000 foreign referrers as well', async () => {
    await begin({ referrers: false });
    const manifests = Array.from({ length: 2000 }, (_, index) => {
      const { mediaType, digest, size } = attach(world, image, { annotations: { index: String(index) } });
      return { mediaType, digest, size, artifactType: 'application/spdx+json' };
    });
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests }));
    world.registry.content.putManifest('app', { mediaType: imageIndex, bytes, tag: image.digest.replace(':', '-') });
    await sign();
    const { outcome, asked } = await verify();
    expect(outcome).toBe('verified');
    expect(asked).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1, 'GET manifests': 2, 'GET blobs': 1 });
  });

  it.each([
    ['100', {}],
    ['5', { 'max-signatures': '5' }],
  ])('of thousands of bad signatures costs %s of them', async (count, inputs) => {
    for (let index = 0; index < 1500; index++) attach(world, image, { annotations: { index: String(index) } });
    await sign();
    const { outcome, asked, message } = await verify(inputs);
    expect(outcome).toBe('invalid ENVELOPE_MALFORMED');
    expect(message).toContain(`the first ${count} signatures`);
    const each = Number(count);
    expect(asked).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1, 'GET manifests': each, 'GET blobs': each });
  });
});

describe('what an entry says of itself', () => {
  it('does not make a signature of another manifest, and does not hide the one after it', async () => {
    const layers = [{ mediaType: 'application/spdx+json', digest: image.digest, size: 2 }];
    const foreign = attach(world, image, { artifactType: 'application/spdx+json', layers });
    await sign();
    list((_url, original) => {
      const index = JSON.parse(Buffer.from(original().body ?? []).toString()) as { manifests: { digest: string }[] };
      const { digest, size, mediaType } = foreign;
      return page([{ mediaType, digest, size, artifactType: signatureType }, ...index.manifests]);
    });
    const { outcome, outcomes } = await verify();
    expect(outcome).toBe('verified');
    expect(outcomes.map(({ failure }) => failure?.code)).toEqual(['REGISTRY_NOT_FOUND', undefined]);
  });

  it.each([
    ['another type', { artifactType: 'application/spdx+json' }],
    ['no type', {}],
  ])('decides: a signature that is listed with %s is none, as for the reference (REG-13)', async (_what, type) => {
    await sign();
    list((_url, original) => {
      const index = JSON.parse(Buffer.from(original().body ?? []).toString()) as { manifests: { digest: string }[] };
      return page(index.manifests.map((one) => ({ ...one, artifactType: undefined, ...type })));
    });
    expect((await verify()).outcome).toBe('unsigned SIGNATURE_NOT_FOUND');
  });

  it.each([
    ['an artifactType of its own', { artifactType: 'application/spdx+json' }],
    [
      'another config',
      { config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: `sha256:${'0'.repeat(64)}`, size: 2 } },
    ],
    ['another subject', { subject: { mediaType: imageManifest, digest: `sha256:${'0'.repeat(64)}`, size: 7 } }],
  ])('decides: a signature whose manifest has %s verifies, as for the reference (REG-15)', async (_what, members) => {
    await sign();
    const { content } = world.registry;
    const [own] = [...content.repository('app').manifests.values()].slice(-1);
    const manifest = { ...(JSON.parse(Buffer.from(own!.bytes).toString()) as object), ...members };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const { mediaType, digest, size } = content.putManifest('app', { mediaType: imageManifest, bytes });
    content.deleteManifest('app', own!.digest);
    list(() => page([{ mediaType, digest, size, artifactType: signatureType }]));
    expect((await verify()).outcome).toBe('verified');
  });
});

describe('a page that is', () => {
  const html = Buffer.from('<!doctype html><title>Sign in</title>');
  const json = { 'content-type': imageIndex };
  const nested = Buffer.from(`{"manifests":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
  const twice = Buffer.from('{"manifests":[],"manifests":[]}');
  const invalid = 'error REGISTRY_RESPONSE_INVALID';
  it.each<[string, Reply, string, number]>([
    // No API then, and the tag is asked.
    ['HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: html }, 'unsigned SIGNATURE_NOT_FOUND', 1],
    ['HTML and says it is an index', { status: 200, headers: json, body: html }, invalid, 0],
    ['nested 100,000 deep', { status: 200, headers: json, body: nested }, invalid, 0],
    ['one with a member twice (D46)', { status: 200, headers: json, body: twice }, invalid, 0],
    ['of a million values', { status: 200, headers: json, body: Buffer.from(`[${'0,'.repeat(1e6)}0]`) }, invalid, 0],
    [
      'larger than 4 MiB',
      { status: 200, headers: json, body: Buffer.alloc(4 * 1024 * 1024 + 1) },
      'error RESPONSE_TOO_LARGE',
      0,
    ],
    [
      'a gzip bomb',
      { status: 200, headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(64 * 1024 * 1024)) },
      ...([invalid, 0] as const),
    ],
    [
      'without end',
      {
        status: 200,
        stream: (response) => {
          endless(response.writeHead(200, json));
        },
      },
      ...(['error RESPONSE_TOO_LARGE', 0] as const),
    ],
  ])('%s', async (_what, reply, expected, tags) => {
    list(() => reply);
    const { outcome, asked } = await verify();
    expect(outcome).toBe(expected);
    expect(asked).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1, ...(tags > 0 && { 'GET manifests': tags }) });
  });

  it('full of entries that nobody can read costs time and no more', async () => {
    const broken = `{"manifests":[${'{},'.repeat(100_000)}{}]}`;
    list(() => ({ status: 200, headers: json, body: Buffer.from(broken) }));
    expect((await verify()).outcome).toBe('unsigned SIGNATURE_NOT_FOUND');
  });
});
