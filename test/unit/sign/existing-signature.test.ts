import { describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../../shared/envelope/formats.ts';
import { codeSigningChain, createRoot, issue } from '../../support/ca.ts';
import { fixedClock } from '../../support/ports.ts';
import { createWorld, failureOf, now, pemKey, signedOf } from './world.ts';
import type { Change, World } from './world.ts';

const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);

/** Signs an image as a first run would, then again under other circumstances. */
async function runTwice(first: Change, second: Change, world?: World, other: Parameters<World['run']>[2] = {}) {
  const place = world ?? (await createWorld());
  const { reference } = place.registry.content.pushImage('app');
  const before = signedOf((await place.run([reference], first))[0]);
  const [outcome] = await place.run([reference], { ifSigned: 'skip', ...second }, other);
  return { before, after: signedOf(outcome) };
}

describe('if-signed: skip', () => {
  it.each(['cose', 'jws'] as const)('keeps a %s signature that is as good as a new one', async (name) => {
    const terms = { format: envelopeFormats[name], userMetadata: { b: '1', a: '2' }, expirySeconds: 3600 };
    const { before, after } = await runTwice(terms, { ...terms, userMetadata: { a: '2', b: '1' } });
    expect(after).toMatchObject({ action: 'skipped', name: before.name, format: name, expiry: before.expiry });
    expect(after.signature.digest).toBe(before.signature.digest);
    expect(after.stamp?.evidence.genTime).toEqual(now);
  });

  it('keeps one without a timestamp where none is wanted', async () => {
    const untimestamped = { timestamp: undefined };
    expect((await runTwice(untimestamped, untimestamped)).after.action).toBe('skipped');
  });

  it('keeps one by an earlier certificate of the same identity', async () => {
    const root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=root' });
    const subject = 'C=US, ST=WA, O=Acme, CN=signer';
    const [old, fresh] = await Promise.all([1, 2].map(() => issue(root, { subject })));
    const world = await createWorld({ signer: old! });
    expect((await runTwice({}, {}, world, { key: pemKey(fresh!) })).after.action).toBe('skipped');
  });

  it('asks for one throw-away signature, however many artifacts are signed already', async () => {
    const world = await createWorld();
    const references = [1, 2, 3].map(() => world.registry.content.pushImage('app').reference);
    await world.run(references);
    let calls = 0;
    const key = pemKey(world.signer);
    const counting = {
      ...key,
      generateSignature: (...args: Parameters<typeof key.generateSignature>) => {
        calls += 1;
        return key.generateSignature(...args);
      },
    };
    const outcomes = await world.run(references, { ifSigned: 'skip' }, { key: counting });
    expect(outcomes.map((outcome) => signedOf(outcome).action)).toEqual(['skipped', 'skipped', 'skipped']);
    expect(calls).toBe(1);
  });

  it.each<[string, Change, Change]>([
    ['other user metadata', { userMetadata: { build: '6' } }, { userMetadata: { build: '7' } }],
    ['metadata that is no longer wanted', { userMetadata: { build: '6' } }, {}],
    ['another format', { format: envelopeFormats.jws }, {}],
    ['no timestamp', { timestamp: undefined }, {}],
    ['an end that is no longer wanted', { expirySeconds: 3600 }, {}],
    ['no end, where one is wanted', {}, { expirySeconds: 3600 }],
    ['an end that is near', { expirySeconds: 3600 }, { expirySeconds: 9000 }],
  ])('signs again for %s', async (_what, first, second) => {
    const { before, after } = await runTwice(first, second);
    expect(after.action).toBe('signed');
    expect(after.signature.digest).not.toBe(before.signature.digest);
  });

  it.each<[string, () => Promise<Awaited<ReturnType<typeof codeSigningChain>>>]>([
    ['another root of the same name', () => codeSigningChain()],
    ['another subject', () => codeSigningChain({ subject: 'C=US, ST=WA, O=Other, CN=signer' })],
    ['another kind of key', () => codeSigningChain({ keySpec: 'EC-384' })],
  ])('signs again for a signature by %s', async (_what, other) => {
    const world = await createWorld();
    expect((await runTwice({}, {}, world, { key: pemKey(await other()) })).after.action).toBe('signed');
  });

  it('signs again for another durable identity below the same root', async () => {
    const root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=root' });
    const purposes = (profile: string) => ({ purposes: ['1.3.6.1.5.5.7.3.3', `1.3.6.1.4.1.311.97.${profile}`] });
    const [one, two] = await Promise.all(
      ['7.1', '7.2'].map((profile) =>
        issue(root, { subject: 'C=US, ST=WA, O=Acme, CN=signer', extendedKeyUsage: purposes(profile) }),
      ),
    );
    const world = await createWorld({ signer: one! });
    expect((await runTwice({}, {}, world, { key: pemKey(two!) })).after.action).toBe('signed');
  });

  it('signs again where the timestamp is of an authority that is not trusted', async () => {
    const [world, elsewhere] = await Promise.all([createWorld(), createWorld()]);
    const { reference } = world.registry.content.pushImage('app');
    await world.run([reference]);
    const roots = [elsewhere.tsaRoot, world.tsaRoot];
    const authorities = world.terms.timestamp?.authorities ?? [];
    const [kept] = await world.run([reference], { ifSigned: 'skip', timestamp: { authorities, roots } });
    expect(signedOf(kept).action).toBe('skipped');
    const [outcome] = await world.run([reference], {
      ifSigned: 'skip',
      timestamp: { authorities, roots: [elsewhere.tsaRoot] },
    });
    // Its own timestamp is not trusted either: the point is that it did try to sign.
    expect(failureOf(outcome).code).toBe('TRUST_ANCHOR_NOT_FOUND');
  });

  it('signs again where the signature is one of tomorrow', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    await world.run([reference]);
    const [outcome] = await world.run([reference], { ifSigned: 'skip' }, { clock: fixedClock(hours(-1)) });
    expect(signedOf(outcome).action).toBe('signed');
  });

  it('signs again for an untimestamped signature whose certificate ends before its own', async () => {
    const root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=root' });
    const subject = 'C=US, ST=WA, O=Acme, CN=signer';
    const signers = await Promise.all([4, 5].map((days) => issue(root, { subject, notAfter: hours(days * 24) })));
    const world = await createWorld({ signer: signers[0]! });
    const terms = { timestamp: undefined, allowUntimestamped: true };
    expect((await runTwice(terms, terms, world, { key: pemKey(signers[1]!) })).after.action).toBe('signed');
  });

  it('is not taken in by a signature whose bytes were changed', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    await world.run([reference]);
    world.registry.intercept(({ method, url }, next) => {
      const reply = next();
      const isEnvelope = method === 'GET' && url.pathname.includes('/blobs/');
      return isEnvelope ? { ...reply, body: Buffer.alloc(Buffer.from(reply.body ?? '').length) } : reply;
    });
    const [outcome] = await world.run([reference], { ifSigned: 'skip' });
    expect(signedOf(outcome).action).toBe('signed');
  });

  it('passes over signatures that do not count', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    for (let count = 0; count < 2; count++) await world.run([reference], { userMetadata: { count: String(count) } });
    expect(signedOf((await world.run([reference], { ifSigned: 'skip' }))[0]).action).toBe('signed');
    expect(signedOf((await world.run([reference], { ifSigned: 'skip' }))[0]).action).toBe('skipped');
  });
});

describe('if-signed: fail', () => {
  it('fails where a signature as good as a new one is there, and only there', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    const first = signedOf((await world.run([reference], { ifSigned: 'fail' }))[0]);
    const failure = failureOf((await world.run([reference], { ifSigned: 'fail' }))[0]);
    expect(failure.code).toBe('SIGNATURE_EXISTS');
    expect(failure.message).toContain(first.signature.digest);
    const again = { ifSigned: 'fail', userMetadata: { other: 'yes' } } as const;
    expect(signedOf((await world.run([reference], again))[0]).action).toBe('signed');
  });
});
