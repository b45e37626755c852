import { describe, expect, it } from 'vitest';

import { untried } from '../../../sign/rehearsal.ts';
import { reportStep } from '../../../sign/report.ts';
import type { SignOutcome } from '../../../sign/sign.ts';
import { createWorld, failureOf, pemKey } from './world.ts';
import type { World } from './world.ts';

const provedBy = (outcome: SignOutcome | undefined): readonly string[] =>
  outcome !== undefined && 'rehearsed' in outcome.result ? outcome.result.rehearsed.proved : [];

/** What is in the registry. */
const contents = ({ registry }: World): readonly number[] => {
  const { blobs, manifests, tags } = registry.content.repository('app');
  return [blobs.size, manifests.size, tags.size];
};

describe('dry-run', () => {
  it('stores nothing, and says what it proved', async () => {
    const world = await createWorld();
    const images = [1, 2].map(() => world.registry.content.pushImage('app'));
    const before = contents(world);
    const outcomes = await world.run(
      images.map(({ reference }) => reference),
      { dryRun: true },
    );
    expect(contents(world)).toEqual(before);
    expect(world.registry.content.repository('app').uploads.size).toBe(0);
    const writes = world.registry.log.filter((line) => /^(POST|PUT|PATCH|DELETE) /.test(line));
    expect(writes.map((line) => line.split(' ')[0]).sort()).toEqual(['DELETE', 'DELETE', 'POST', 'POST']);
    // One throw-away signature serves them all.
    expect(world.asked).toEqual(['POST http://tsa.test/']);
    expect(provedBy(outcomes[0])).toEqual([
      `${images[0]!.reference} is there, ${images[0]!.mediaType}, ${images[0]!.size} bytes`,
      `an upload to ${world.registry.host}/app could be begun, and was given up`,
      expect.stringContaining('the key signed a throw-away digest as CN=acme signer, OU=Signing, O=Acme'),
      expect.stringContaining('http://tsa.test/ stamped it'),
    ]);
    const step = reportStep(outcomes, { summary: true });
    expect(step).toMatchObject({ success: true, outputs: { digests: '', signatures: '[]' } });
    expect(step.document).toMatchObject({ rehearsals: [{ digest: images[0]!.digest, untried }, {}] });
    expect(step.summary).toContain('2 of 2 artifacts passed');
    expect(step.summary?.match(/could be begun/g)).toHaveLength(1);
  });

  it('fails where the registry would not let a push begin', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    world.registry.intercept(({ method }) => (method === 'POST' ? { status: 403 } : undefined));
    expect(failureOf((await world.run([reference], { dryRun: true }))[0]).code).toBe('REGISTRY_UNAUTHORIZED');
  });

  it('passes where an upload cannot be given up', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    world.registry.intercept(({ method }) => (method === 'DELETE' ? { status: 405 } : undefined));
    expect(provedBy((await world.run([reference], { dryRun: true }))[0])).toHaveLength(4);
  });

  it('fails where the key, its chain or the timestamp would', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    const key = { ...pemKey(world.signer), describeKey: () => Promise.resolve('EC-384' as const) };
    expect(failureOf((await world.run([reference], { dryRun: true }, { key }))[0]).code).toBe('KEY_UNSUPPORTED');
    world.tsa.deviate('rejected');
    const failed = await world.run([reference], { dryRun: true });
    expect(failureOf(failed[0]).code).toBe('TIMESTAMP_REJECTED');
    expect(reportStep(failed, { summary: true }).success).toBe(false);
  });

  it('fails for an artifact that is not there', async () => {
    const world = await createWorld();
    const missing = `${world.registry.host}/app@sha256:${'0'.repeat(64)}`;
    expect(failureOf((await world.run([missing], { dryRun: true }))[0]).code).toBe('REGISTRY_NOT_FOUND');
  });

  it('says what if-signed would find', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    const dry = { dryRun: true, ifSigned: 'skip', timestamp: undefined } as const;
    expect(provedBy((await world.run([reference], dry))[0]).slice(3)).toEqual([
      'no timestamp is wanted',
      'if-signed is skip: it carries no such signature yet',
    ]);
    await world.run([reference], { timestamp: undefined });
    expect(provedBy((await world.run([reference], dry))[0]).at(-1)).toMatch(/^if-signed is skip: it carries sha256:/);
  });
});
