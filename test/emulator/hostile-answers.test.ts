// Registries that answer late, for ever, not at all, or another thing than before: the step ends with its time, and a tag
// is what it was resolved to. REG-1.

import { afterEach, describe, expect, it } from 'vitest';

import { endless, slowly } from '../support/bad-bodies.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import type { Reply } from '../support/registry-routes.ts';
import { countRequests, startRegistryWorld } from './registry-world.ts';
import type { RegistryWorld } from './registry-world.ts';

let world: RegistryWorld;
let image: PushedArtifact;
const begin = async (): Promise<void> => {
  world = await startRegistryWorld();
  image = world.registry.content.pushImage('app');
};
afterEach(() => world.close());

const verify = async (inputs: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { verdict, reason } = await world.verify(image.reference, { inputs });
  return [verdict, reason?.code ?? ''].join(' ').trim();
};

describe('the time of the step ends', () => {
  it.each<[string, Reply]>([
    ['a registry that accepts and never answers', { status: 200, stream: () => undefined }],
    [
      'a body that comes byte by byte',
      {
        status: 200,
        stream: (response) => {
          slowly(response.writeHead(200));
        },
      },
    ],
    [
      'an endless header of keep-alives',
      {
        status: 200,
        stream: (response) => {
          const timer = setInterval(() => {
            response.writeProcessing();
          }, 20);
          response.on('close', () => {
            clearInterval(timer);
          });
        },
      },
    ],
    ['retries that the registry puts off', { status: 429, headers: { 'retry-after': '20' } }],
  ])('%s', async (_what, reply) => {
    await begin();
    world.registry.intercept(({ method }) => (method === 'GET' ? reply : undefined));
    expect(await verify({ timeout: '1s' })).toBe('error STEP_TIMED_OUT');
    expect(countRequests(world)).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1 });
  });

  it('not before: a storm of 429 without a time is tried four times, with one of a day once', async () => {
    await begin();
    world.registry.intercept(({ method }) => ({
      status: 429,
      headers: { 'retry-after': method === 'HEAD' ? '86400' : '0' },
    }));
    expect(await verify()).toBe('error REGISTRY_UNAVAILABLE');
    expect(countRequests(world)).toEqual({ 'HEAD manifests': 1, 'GET referrers': 4 });
  });
});

describe('what a tag stands for', () => {
  it('is what HEAD says, and nothing else: a GET that answers otherwise changes nothing', async () => {
    await begin();
    const { content } = world.registry;
    expect(await world.sign(image.reference)).toHaveProperty('signed');
    const other = content.pushImage('app', { tag: 'moving' });
    content.repository('app').tags.set('moving', image.digest);
    world.registry.intercept(({ method }, next) => {
      const reply = next();
      // Once resolved, the tag moves.
      if (method === 'HEAD' && reply.status === 200) content.repository('app').tags.set('moving', other.digest);
      return reply;
    });
    const report = await world.verify(`${world.host}/app:moving`);
    expect(report).toMatchObject({ verdict: 'verified', subject: { digest: image.digest } });
    const asked = world.registry.log.filter((line) => line.includes('moving'));
    expect(asked.every((line) => line.startsWith('HEAD '))).toBe(true);
  });

  it.each([
    [
      'another digest than it was asked for',
      { 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
      'invalid REGISTRY_CONTENT_MISMATCH',
    ],
    ['another size', { 'content-length': '7' }, 'invalid PAYLOAD_MISMATCH'],
    ['another type', { 'content-type': 'application/vnd.oci.image.index.v1+json' }, 'invalid PAYLOAD_MISMATCH'],
    ['no type of a manifest', { 'content-type': 'text/html' }, 'error REGISTRY_RESPONSE_INVALID'],
    ['a digest that is none', { 'docker-content-digest': 'sha256:0' }, 'error REGISTRY_RESPONSE_INVALID'],
  ])('is not what a HEAD says that has %s', async (_what, headers, expected) => {
    await begin();
    expect(await world.sign(image.reference)).toHaveProperty('signed');
    world.registry.intercept(({ method }, next) => {
      const reply = next();
      return method === 'HEAD' ? { ...reply, headers: { ...reply.headers, ...headers } } : undefined;
    });
    expect(await verify()).toBe(expected);
  });
});

describe('an answer that floods', () => {
  it('is cut where it is the words of an error', async () => {
    await begin();
    world.registry.intercept(({ method }) =>
      method === 'HEAD'
        ? undefined
        : {
            status: 500,
            stream: (response) => {
              endless(response.writeHead(500));
            },
          },
    );
    expect(await verify()).toBe('error RESPONSE_TOO_LARGE');
  });
});
