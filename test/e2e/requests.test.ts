// Work per artifact, counted in requests that the registry saw. Nothing is asked twice, and nothing whose answer the
// result does not need.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { pushImage } from '../support/images.ts';
import type { PushedArtifact } from '../support/images.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';

const emulators = new Set<Emulator>();
const start = async (...options: Parameters<typeof startEmulator>): Promise<Emulator> => {
  const emulator = await startEmulator(...options);
  emulators.add(emulator);
  return emulator;
};
afterAll(async () => {
  await Promise.all([...emulators].map((emulator) => emulator.close()));
});

const run = async (
  emulator: Emulator,
  action: 'sign' | 'verify',
  { artifacts, ...inputs }: { artifacts: readonly PushedArtifact[]; [input: string]: unknown },
): Promise<{ result: ActionResult; log: readonly string[] }> => {
  emulator.registry.registry.requests.length = 0;
  const result = await runAction({
    main: `dist/${action}/index.js`,
    inputs: {
      ...(action === 'sign' ? emulator.signInputs : emulator.verifyInputs),
      artifacts: artifacts.map(({ reference }) => reference).join('\n'),
      ...(inputs as Record<string, string>),
    },
    env: emulator.environment,
  });
  expect(result).toMatchObject({ exitCode: 0 });
  return { result, log: emulator.registry.registry.log.map((line) => line.replace(/sha256[:-]\w{64}/g, 'DIGEST')) };
};

describe('an anonymous registry with the referrers API', () => {
  let emulator: Emulator;
  let image: PushedArtifact;
  beforeAll(async () => {
    emulator = await start();
  });
  beforeEach(async () => {
    image = await pushImage({ host: emulator.registry.host, repository: 'app' });
  });

  it('verify of a digest takes 4 requests, of which the first two go out together', async () => {
    await run(emulator, 'sign', { artifacts: [image] });
    const arrivals: string[] = [];
    const release = emulator.registry.registry.intercept(({ method, url }, next) => {
      arrivals.push(`${method} ${url.pathname.split('/').at(-2) ?? ''}`);
      return next();
    });
    const { log } = await run(emulator, 'verify', { artifacts: [image] });
    release();
    expect([...log].sort()).toEqual([
      'GET /v2/app/blobs/DIGEST',
      'GET /v2/app/manifests/DIGEST',
      'GET /v2/app/referrers/DIGEST',
      'HEAD /v2/app/manifests/DIGEST',
    ]);
    // In sequence: (resolve, list), then the signature manifest, then its envelope.
    expect(arrivals.slice(0, 2).sort()).toEqual(['GET referrers', 'HEAD manifests']);
    expect(arrivals.slice(2)).toEqual(['GET manifests', 'GET blobs']);
  });

  it('sign resolves, pushes blob and manifest, and reads back, with nothing more', async () => {
    const { log } = await run(emulator, 'sign', { artifacts: [image] });
    const config = log.includes('HEAD /v2/app/blobs/DIGEST') ? ['HEAD /v2/app/blobs/DIGEST'] : [];
    expect(log.filter((line) => !line.startsWith('POST') && !line.startsWith('PUT /v2/app/blobs'))).toEqual([
      'HEAD /v2/app/manifests/DIGEST',
      ...config,
      'PUT /v2/app/manifests/DIGEST',
      'GET /v2/app/referrers/DIGEST',
    ]);
  });

  it('a second artifact in the repository costs 5 requests: the empty config is known to be there', async () => {
    const push = (repository: string): Promise<PushedArtifact> =>
      pushImage({ host: emulator.registry.host, repository });
    const one = await run(emulator, 'sign', { artifacts: [await push('one')], concurrency: '1' });
    const two = await run(emulator, 'sign', { artifacts: [await push('two'), await push('two')], concurrency: '1' });
    const kinds = (log: readonly string[]): readonly string[] =>
      log.map((line) => line.replace(/ \/v2\/\w+/, '').replace(/uploads\/.+/, 'uploads/ID'));
    const surplus = [...kinds(two.log)];
    for (const kind of kinds(one.log)) surplus.splice(surplus.indexOf(kind), 1);
    expect(surplus.sort()).toEqual([
      'GET/referrers/DIGEST',
      'HEAD/manifests/DIGEST',
      'POST/blobs/uploads/',
      'PUT/blobs/uploads/ID',
      'PUT/manifests/DIGEST',
    ]);
  });

  it('asks each OCSP address once, however many artifacts one certificate signed', async () => {
    const images = await Promise.all(
      Array.from({ length: 5 }, () => pushImage({ host: emulator.registry.host, repository: 'many' })),
    );
    await run(emulator, 'sign', { artifacts: images });
    const before = emulator.revocation.requests.length;
    await run(emulator, 'verify', { artifacts: images });
    const asked = emulator.revocation.requests.slice(before).map(({ url }) => String(url));
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked).size).toBe(asked.length);
  });
});

describe('a registry with token login', () => {
  const credentials = { username: 'robot', password: 'secret' };
  const login = { 'registry-username': 'robot', 'registry-password': 'secret' };
  let emulator: Emulator;
  let artifacts: readonly PushedArtifact[];
  beforeAll(async () => {
    emulator = await start({ registry: { auth: 'bearer', ...credentials } });
    const { content } = emulator.registry.registry;
    artifacts = [content.pushImage('app'), content.pushImage('app'), content.pushImage('app')];
  });

  const logins = (log: readonly string[]): readonly string[] => log.filter((line) => line.endsWith(' /token'));

  it('signs several artifacts of one repository with one challenge and one token', async () => {
    const { log } = await run(emulator, 'sign', { artifacts, ...login });
    expect(logins(log)).toHaveLength(1);
  });

  it('verifies several artifacts of one repository with one token, and sends it nowhere else', async () => {
    const { log, result } = await run(emulator, 'verify', { artifacts, ...login });
    expect(logins(log)).toHaveLength(1);
    const printed = result.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    expect(printed.filter((line) => line.includes('secret') || line.includes('token-'))).toEqual([]);
    expect(emulator.revocation.requests.length).toBeGreaterThan(0);
    expect(emulator.revocation.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});
