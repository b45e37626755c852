// Writing where it is not simple: tags that cannot move, uploads that break off, and registries that take them in pieces
// only. OCI distribution specification, "Pushing blobs"; users.md, rows 22 and 23.

import { afterEach, describe, expect, it } from 'vitest';

import type { RegistryOptions } from '../support/registry.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import type { Exchange, Reply } from '../support/registry-routes.ts';
import { problem } from '../support/registry-routes.ts';
import { countRequests, startRegistryWorld } from './registry-world.ts';
import type { RegistryWorld } from './registry-world.ts';

let world: RegistryWorld;
let image: PushedArtifact;
afterEach(() => world.close());

const begin = async (options: RegistryOptions = {}): Promise<void> => {
  world = await startRegistryWorld(options);
  image = world.registry.content.pushImage('acme/app');
};
/** Answers what matches; undefined leaves it to the registry. */
const on = (
  matches: (exchange: Exchange) => boolean,
  answer: (exchange: Exchange, next: () => Reply) => Reply | undefined,
): void => {
  world.registry.intercept((exchange, next) => (matches(exchange) ? answer(exchange, next) : undefined));
};
const isTagWrite = ({ method, url }: Exchange): boolean =>
  method === 'PUT' && url.pathname.includes('/manifests/sha256-');

const sign = (inputs: Readonly<Record<string, string>> = {}) => world.sign(image.reference, { inputs });
const signed = async (inputs?: Readonly<Record<string, string>>): Promise<void> => {
  expect(await sign(inputs)).toHaveProperty('signed');
};
const failure = async () => {
  const result = await sign();
  expect(result).toHaveProperty('failure');
  return 'failure' in result ? result.failure : undefined;
};
const verdict = async (): Promise<string> => (await world.verify(image.reference)).verdict;
/** How often the image is signed, as its referrers tag tells; undefined where there is no such tag. */
const underTag = (): number | undefined => {
  const index = world.registry.content.manifest('acme/app', image.digest.replace(':', '-'));
  return index && (JSON.parse(Buffer.from(index.bytes).toString()) as { manifests: unknown[] }).manifests.length;
};

describe('tags that cannot move', () => {
  it.each<[string, RegistryOptions, Reply]>([
    [
      'ECR',
      {},
      problem(
        400,
        'TAG_INVALID',
        'The image tag already exists and cannot be overwritten because the tag is immutable.',
      ),
    ],
    ['another', {}, problem(409, 'TAG_IMMUTABLE', 'tag is immutable')],
    ['one that forbids', {}, problem(403, 'DENIED', 'tag may not be overwritten')],
    [
      'Harbor',
      { etag: true },
      problem(412, 'PRECONDITION', "Failed to process request due to 'app:sha256-x' configured as immutable."),
    ],
  ])('keep a second signature out, at once and with the way out: %s', async (_what, options, refusal) => {
    await begin({ referrers: false, ...options });
    await signed();
    on(isTagWrite, () => refusal);
    countRequests(world);
    const { errors } = JSON.parse(Buffer.from(refusal.body ?? []).toString()) as { errors: { message: string }[] };
    const words = errors[0]!.message;
    const { message, remedy } = (await failure())!;
    expect(message).toContain(words);
    expect(remedy).toContain('exempt the pattern sha256-*');
    expect(countRequests(world)['PUT manifests']).toBe(2);
    expect([await verdict(), underTag()]).toEqual(['verified', 1]);
  });
});

describe('an upload', () => {
  const isUpload =
    (method: string) =>
    (exchange: Exchange): boolean =>
      exchange.method === method && exchange.url.pathname.includes('/blobs/uploads/');
  const isEnvelope = ({ body }: Exchange): boolean => body.length > 2;
  const lostConnection: Reply = { status: 500, stream: (response) => response.destroy() };
  /** What the registry has of the upload when the connection is lost. */
  const breakOffOnce = (kept: number): void => {
    let isBroken = false;
    on(isUpload('PUT'), (exchange) => {
      if (isBroken || !isEnvelope(exchange)) return undefined;
      isBroken = true;
      const id = exchange.url.pathname.split('/').at(-1) ?? '';
      world.registry.content.repository('acme/app').uploads.set(id, exchange.body.subarray(0, kept));
      return lostConnection;
    });
  };
  const rangesOf = (): readonly (string | undefined)[] =>
    world.registry.requests.filter(({ method }) => method === 'PATCH').map(({ headers }) => headers['content-range']);
  /** An envelope of some 1.5 MiB. */
  const large = { 'user-metadata': `filling=${'x'.repeat(1_500_000)}` };

  it('goes on where the connection was lost', async () => {
    await begin();
    breakOffOnce(1000);
    await signed();
    expect(rangesOf()).toEqual([expect.stringMatching(/^1000-\d+$/)]);
    expect(await verdict()).toBe('verified');
  });

  it('begins anew where the registry has lost it as well', async () => {
    await begin();
    breakOffOnce(1000);
    on(isUpload('PATCH'), () => problem(416, 'BLOB_UPLOAD_INVALID', 'out of order'));
    await signed();
    expect(rangesOf()).toHaveLength(1);
    expect(await verdict()).toBe('verified');
  });

  it('is given up where it breaks off each time', async () => {
    await begin();
    on(isUpload('PUT'), () => lostConnection);
    expect((await failure())?.code).toBe('REGISTRY_UNAVAILABLE');
    // Two blobs, four rounds each at most.
    expect(countRequests(world)[`PUT `] ?? 0).toBeLessThanOrEqual(8);
    expect(await verdict()).toBe('unsigned');
  });

  it('goes in pieces of 1 MiB where one piece is too large', async () => {
    await begin();
    on(isUpload('PUT'), ({ body }) => (body.length > 1024 * 1024 ? { status: 413 } : undefined));
    await signed(large);
    expect(rangesOf()[0]).toBe('0-1048575');
    expect(rangesOf()).toHaveLength(2);
    expect(await verdict()).toBe('verified');
  });

  it('goes in the pieces that the registry wants', async () => {
    await begin();
    on(isUpload('PUT'), ({ body }) => (body.length > 0 ? { status: 413 } : undefined));
    on(isUpload('POST'), (_exchange, next) => {
      const { headers, ...reply } = next();
      return { ...reply, headers: { ...headers, 'oci-chunk-min-length': '1200000' } };
    });
    await signed(large);
    expect(rangesOf()).toContain('0-1199999');
    expect(await verdict()).toBe('verified');
  });

  it('in pieces goes on where the connection was lost', async () => {
    await begin();
    on(isUpload('PUT'), ({ body }) => (body.length > 1024 * 1024 ? { status: 413 } : undefined));
    let count = 0;
    on(isUpload('PATCH'), () => (++count === 2 ? lostConnection : undefined));
    await signed(large);
    expect(rangesOf().filter((range) => range?.startsWith('1048576-'))).toHaveLength(2);
    expect(await verdict()).toBe('verified');
  });
});
