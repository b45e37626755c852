// What the servers of well-known registries do differently from the specification and from each other: sign and verify
// work all the same, or end in the right words. azure.md §4.3; users.md, rows 5 and 21.

import { afterEach, describe, expect, it } from 'vitest';

import { startLoopbackServer } from '../support/loopback-server.ts';
import type { LoopbackServer } from '../support/loopback-server.ts';
import type { ListenOptions, RegistryOptions } from '../support/registry.ts';
import { imageIndex } from '../support/registry-content.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import type { Exchange, Reply } from '../support/registry-routes.ts';
import { problem } from '../support/registry-routes.ts';
import { countRequests, startRegistryWorld } from './registry-world.ts';
import type { RegistryWorld } from './registry-world.ts';

let world: RegistryWorld;
let image: PushedArtifact;
let login: Readonly<Record<string, string>>;
const others: LoopbackServer[] = [];
afterEach(async () => {
  await Promise.all([world.close(), ...others.splice(0).map((server) => server.close())]);
});

const begin = async (options: RegistryOptions & ListenOptions, repository = 'acme/app'): Promise<void> => {
  const { username, password } = options;
  world = await startRegistryWorld(options);
  image = world.registry.content.pushImage(repository);
  login = username === undefined ? {} : { 'registry-username': username, 'registry-password': password ?? '' };
};
const on = (
  matches: (exchange: Exchange) => boolean,
  answer: (next: () => Reply, exchange: Exchange) => Reply,
): void => {
  world.registry.intercept((exchange, next) => (matches(exchange) ? answer(next, exchange) : undefined));
};
const isReferrers = ({ url }: Exchange): boolean => url.pathname.includes('/referrers/');
const isManifest =
  (method: string, tag?: boolean) =>
  (exchange: Exchange): boolean =>
    exchange.method === method &&
    exchange.url.pathname.includes('/manifests/') &&
    (tag === undefined || exchange.url.pathname.includes('/manifests/sha256-') === tag);

const sign = () => world.sign(image.reference, { inputs: login });
const signed = async () => {
  const result = await sign();
  expect(result).toHaveProperty('signed');
  return 'signed' in result ? result.signed : undefined;
};
const failure = async () => {
  const result = await sign();
  expect(result).toHaveProperty('failure');
  return 'failure' in result ? result.failure : undefined;
};
const verdict = async (): Promise<string> => (await world.verify(image.reference, { inputs: login })).verdict;
/** How often the image is signed, as its referrers tag tells; undefined where there is no such tag. */
const underTag = (repository = 'acme/app'): number | undefined => {
  const index = world.registry.content.manifest(repository, image.digest.replace(':', '-'));
  return index && (JSON.parse(Buffer.from(index.bytes).toString()) as { manifests: unknown[] }).manifests.length;
};

const robot = { auth: 'bearer', username: 'robot', password: 'secret' } as const;

describe('Azure Container Registry', () => {
  it('keeps the list of referrers itself, and no tag is written', async () => {
    await begin({ ...robot, deleteScope: true });
    await signed();
    expect([await verdict(), underTag()]).toEqual(['verified', undefined]);
  });

  it('with a key of the customer has no such list: the tag is kept', async () => {
    await begin({ ...robot, deleteScope: true, referrers: false });
    await signed();
    await signed();
    expect([await verdict(), underTag()]).toEqual(['verified', 2]);
  });

  it('grants less than was asked for without a word: the refusal of the upload tells who asked', async () => {
    await begin(robot);
    on(
      ({ method }) => method === 'POST',
      () => problem(401, 'UNAUTHORIZED', 'authentication required'),
    );
    const { code, message } = (await failure())!;
    expect(code).toBe('REGISTRY_UNAUTHORIZED');
    expect(message).toContain('asked as user "robot"');
    expect(world.registry.content.repository('acme/app').manifests.size).toBe(1);
  });
});

describe('Docker Hub', () => {
  it('has its token endpoint on another host', async () => {
    await begin({});
    const tokens = await startLoopbackServer(({ url }) => {
      const body = JSON.stringify({ token: 'granted', access_token: 'granted', scope: url.search, expires_in: 300 });
      return { status: 200, headers: { 'content-type': 'application/json' }, body };
    });
    others.push(tokens);
    on(
      ({ url }) => url.pathname.startsWith('/v2/'),
      (next, { headers }) => {
        const challenge = `Bearer realm="${tokens.origin}/token",service="registry.docker.io",scope="repository:acme/app:pull,push"`;
        return headers.authorization === 'Bearer granted'
          ? next()
          : { status: 401, headers: { 'www-authenticate': challenge } };
      },
    );
    login = { 'registry-username': 'acme', 'registry-password': 'dckr_pat' };
    await signed();
    expect(await verdict()).toBe('verified');
    expect(tokens.requests.map(({ url }) => url.searchParams.get('service'))).toEqual([
      'registry.docker.io',
      'registry.docker.io',
    ]);
  });

  it('has refused manifests with a subject by 404: the message says what is missing', async () => {
    await begin({ referrers: false });
    on(isManifest('PUT', false), () => problem(404, 'NOT_FOUND', 'not found'));
    const { code, remedy } = (await failure())!;
    expect(code).toBe('REGISTRY_NOT_FOUND');
    expect(remedy).toContain('names its subject (OCI 1.1)');
  });

  it('limits pulls: a 429 is waited for as long as it says', async () => {
    await begin({});
    await signed();
    let left = 2;
    on(isManifest('GET'), (next) => (left-- > 0 ? { status: 429, headers: { 'retry-after': '0' } } : next()));
    countRequests(world);
    expect(await verdict()).toBe('verified');
    expect(countRequests(world)['GET manifests']).toBe(3);
  });
});

describe('GitHub Container Registry', () => {
  it('sends the question for referrers to a page of the web, which is never asked', async () => {
    const web = await startLoopbackServer(() => ({ status: 429 }));
    others.push(web);
    await begin({ ...robot, referrers: false, deleteStatus: 405 });
    on(isReferrers, () => ({ status: 303, headers: { location: `${web.origin}/-/v2/packages` } }));
    await signed();
    const { findings } = (await signed())!;
    expect(findings.join()).toContain('HTTP 405');
    expect([await verdict(), underTag()]).toEqual(['verified', 2]);
    expect(web.requests).toEqual([]);
  });
});

describe('Elastic Container Registry', () => {
  const ecr = { auth: 'basic', username: 'AWS', password: 'x'.repeat(2000) } as const;

  it('wants Basic, and a password of some kilobytes', async () => {
    await begin(ecr);
    await signed();
    expect(await verdict()).toBe('verified');
  });

  it('has answered with OCI-Subject where it kept no list: the tag is written all the same', async () => {
    await begin({ ...ecr, referrers: false, ociSubjectHeader: true });
    await signed();
    expect([await verdict(), underTag()]).toEqual(['verified', 1]);
  });

  it('has refused manifests with a subject by 405: the message says what is missing', async () => {
    await begin(ecr);
    on(isManifest('PUT'), () => problem(405, 'UNSUPPORTED', "Invalid parameter at 'ImageManifest'"));
    const { code, message, remedy } = (await failure())!;
    expect(code).toBe('REGISTRY_RESPONSE_INVALID');
    expect(message).toContain("Invalid parameter at 'ImageManifest'");
    expect(remedy).toContain('names its subject (OCI 1.1)');
  });
});

describe('Harbor', () => {
  it('has robots with a dollar in their names', async () => {
    await begin({ ...robot, username: 'robot$acme+signer' }, 'library/app');
    await signed();
    expect(await verdict()).toBe('verified');
  });

  it('has kept lists that lack an entry for a while, and does then not count as signed', async () => {
    await begin(robot);
    on(isReferrers, () => ({
      ...{ status: 200, headers: { 'content-type': imageIndex } },
      body: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests: [] })),
    }));
    const { code, message } = (await failure())!;
    expect(code).toBe('REGISTRY_RESPONSE_INVALID');
    expect(message).toContain('does not list it');
  });
});

describe('Artifact Registry', () => {
  it('answers the question for referrers with a login page, and takes uploads under another path', async () => {
    await begin({ ...robot, username: 'oauth2accesstoken', referrers: false }, 'project/repo/app');
    on(isReferrers, () => ({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: Buffer.from('<html>'),
    }));
    const moved = '/artifacts-uploads/namespaces/project/uploads/';
    on(
      ({ method }) => method === 'POST',
      (next) => {
        const { headers = {}, ...reply } = next();
        return {
          ...reply,
          headers: { ...headers, location: (headers.location ?? '').replace(/^.*\/uploads\//, moved) },
        };
      },
    );
    const puts: string[] = [];
    on(
      ({ url }) => url.pathname.startsWith(moved),
      (_next, exchange) => {
        puts.push(exchange.method);
        const digest = world.registry.content.putBlob('project/repo/app', exchange.body);
        return { status: exchange.url.searchParams.get('digest') === digest ? 201 : 400 };
      },
    );
    await signed();
    expect(puts).toEqual(['PUT', 'PUT']);
    expect([await verdict(), underTag('project/repo/app')]).toEqual(['verified', 1]);
  });
});

describe('Quay', () => {
  it('has robots with a plus in their names, and has not known referrers', async () => {
    await begin({ ...robot, username: 'acme+signer', referrers: false });
    on(isReferrers, () => problem(404, 'NOT_FOUND', 'not found'));
    await signed();
    expect([await verdict(), underTag()]).toEqual(['verified', 1]);
  });

  it('has refused manifests with a subject by 400: the message says what is missing', async () => {
    await begin(robot);
    on(isManifest('PUT'), () => problem(400, 'MANIFEST_INVALID', 'manifest invalid'));
    expect(await failure()).toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      remedy: expect.stringContaining('OCI 1.1') as string,
    });
  });
});
