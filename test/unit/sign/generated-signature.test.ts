import { beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../../shared/envelope/formats.ts';
import { openPlugin } from '../../../shared/keys/notation-plugin.ts';
import type { EnvelopeGenerator } from '../../../shared/keys/notation-plugin-envelope.ts';
import { pluginSigner } from '../../../shared/keys/notation-plugin-signing.ts';
import { requireOwnTimestamps } from '../../../sign/generated-signature.ts';
import { codeSigningChain, timestampingChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { envelopeSignerAnswers, envelopeSignerSettings } from '../../support/plugin/envelope-signer.ts';
import type { EnvelopeSignerSettings } from '../../support/plugin/envelope-signer.ts';
import { pluginInProcess } from '../../support/plugin/protocol.ts';
import { makeToken, messageImprint } from '../../support/tsa-token.ts';
import { signedParts } from '../envelope/signed.ts';
import { createWorld, failureOf, now, pemKey, rootOf, signedOf } from './world.ts';
import type { Change, World } from './world.ts';

const day = 86_400_000;
let issued: Issued;
let world: World;

beforeAll(async () => {
  issued = await codeSigningChain({ keySpec: 'EC-256' });
});

const untimestamped = { timestamp: undefined } as const;

async function generator(change: Partial<EnvelopeSignerSettings> = {}): Promise<EnvelopeGenerator> {
  const signingTime = Math.floor(now.getTime() / 1000);
  const settings = envelopeSignerSettings('acme', issued, { signingTime, ...change });
  const { exec } = pluginInProcess(envelopeSignerAnswers(settings));
  const signer = pluginSigner(await openPlugin(exec, { name: 'acme', file: '/notation-acme' }, {}), 'key-1');
  if (signer.kind !== 'envelope') throw new Error('the plugin makes no envelopes');
  return signer.generator;
}

async function run(key: EnvelopeGenerator, change: Change = untimestamped) {
  world = await createWorld();
  const image = world.registry.content.pushImage('app');
  const [outcome] = await world.run([image.reference], { ...untimestamped, ...change }, { key });
  return { image, outcome };
}

describe('an envelope that a plugin makes', () => {
  it.each(['cose', 'jws'] as const)('is stored as it came (%s)', async (name) => {
    const annotations = { 'com.acme.job': '7', 'org.opencontainers.image.created': 'never' };
    const made: Uint8Array[] = [];
    const own = await generator({ annotations });
    const key: EnvelopeGenerator = {
      agent: own.agent,
      async generateEnvelope(request) {
        const generated = await own.generateEnvelope(request);
        made.push(generated.envelope);
        return generated;
      },
    };
    const change = { format: envelopeFormats[name], userMetadata: { build: '7' }, expirySeconds: 3600 };
    const { outcome } = await run(key, change);
    const signed = signedOf(outcome);
    expect(signed).toMatchObject({ action: 'signed', format: name, findings: [] });
    expect(signed.signingTime).toEqual(new Date('2026-03-01T12:00:00Z'));
    expect(signed.expiry).toEqual(new Date('2026-03-01T13:00:00Z'));
    expect(made).toHaveLength(1);
    const { blobs } = world.registry.content.repository('app');
    expect([...blobs.values()].some((bytes) => Buffer.from(bytes).equals(made[0]!))).toBe(true);
    // REG-6: the two that verifiers know are ours.
    expect(signed.signature.annotations).toMatchObject({
      'com.acme.job': '7',
      'org.opencontainers.image.created': '2026-03-01T12:00:00Z',
      'io.cncf.notary.x509chain.thumbprint#S256': expect.stringContaining('["') as string,
    });
    expect(world.asked).toEqual([]);
  });

  it.each([
    ['signs another artifact', {}],
    ['drops the annotations', {}],
    ['adds a member', {}],
    ['adds a member to the target', {}],
    ['breaks the signature', {}],
    ['never expires', { expirySeconds: 60 }],
    ['lives longer', { expirySeconds: 60 }],
  ] as const)('is not stored where it %s', async (fault, change) => {
    const { image, outcome } = await run(await generator({ fault }), { userMetadata: { a: 'b' }, ...change });
    expect(failureOf(outcome).code).toBe('KEY_SIGNATURE_INVALID');
    const { manifests } = world.registry.content.repository('app');
    expect([...manifests.keys()]).toEqual([image.digest]);
  });

  it('may say more than was asked for, and end sooner', async () => {
    const key = await generator({ fault: 'adds annotations' });
    expect(signedOf((await run(key, { userMetadata: { a: 'b' } })).outcome).action).toBe('signed');
    const shorter = await generator({ fault: 'lives shorter' });
    const { expiry, signingTime } = signedOf((await run(shorter, { expirySeconds: 60 })).outcome);
    expect(expiry!.getTime() - signingTime.getTime()).toBe(59_000);
  });

  it('is refused where the certificate did not hold at the signing time', async () => {
    const signingTime = Date.UTC(2019, 0, 1) / 1000;
    expect(failureOf((await run(await generator({ signingTime }))).outcome).code).toBe('CERTIFICATE_NOT_VALID');
  });
});

describe('the time of such an envelope', () => {
  it('is not stamped by us, and an authority that is named for it is an error', async () => {
    const key = await generator();
    const { outcome } = await run(key, { timestamp: world.terms.timestamp });
    expect(failureOf(outcome)).toMatchObject({
      code: 'INPUT_INVALID',
      remedy: expect.stringContaining('timestamp-url') as string,
    });
    expect(() => {
      requireOwnTimestamps(key, world.terms);
    }).toThrow('adds their timestamps itself');
    requireOwnTimestamps(pemKey(issued), world.terms);
    requireOwnTimestamps(key, {});
  });

  const short = { notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + day) };

  it('must be vouched for where the certificate ends soon', async () => {
    const shortLived = await codeSigningChain({ keySpec: 'EC-256', ...short });
    const chain = shortLived.chain.map((certificate) => Buffer.from(certificate).toString('base64'));
    const change = { privateKey: shortLived.keyPem, chain };
    expect(failureOf((await run(await generator(change))).outcome).code).toBe('TIMESTAMP_MISSING');
    expect(signedOf((await run(await generator(change), { allowUntimestamped: true })).outcome).action).toBe('signed');
    const authority = await generator({ ...change, scheme: 'notary.x509.signingAuthority' });
    expect(signedOf((await run(authority)).outcome).action).toBe('signed');
  });

  /** What a plugin with a timestamp authority of its own makes. */
  async function stamped(change: {
    readonly withRoot: boolean;
    readonly ofOther?: boolean;
  }): Promise<EnvelopeGenerator> {
    const authority = await timestampingChain();
    return {
      agent: 'acme/1',
      generateEnvelope: ({ payload }) => {
        const format = envelopeFormats.cose;
        const attributes = { signingTime: new Date('2026-03-01T12:00:00Z') };
        const parts = signedParts(format, issued, 'EC-256', { attributes, payload });
        const stampedBytes = change.ofOther ? Buffer.from('other') : parts.signature;
        const timestampSignature = makeToken({
          ...{ chain: authority, at: now, messageImprint: messageImprint('sha256', stampedBytes) },
          certificates: change.withRoot ? authority.chain : authority.chain.slice(0, -1),
        });
        const envelope = format.encode({ ...parts, timestampSignature });
        return Promise.resolve({ envelope, annotations: {} });
      },
    };
  }

  it('is told where the root of the authority comes with it', async () => {
    const { outcome } = await run(await stamped({ withRoot: true }));
    const { stamp, findings } = signedOf(outcome);
    expect(stamp?.evidence.genTime).toEqual(now);
    expect(stamp?.authority).toBeUndefined();
    expect(findings).toEqual([]);
  });

  it('is said to be unjudged where it does not', async () => {
    const { stamp, findings } = signedOf((await run(await stamped({ withRoot: false }))).outcome);
    expect(stamp).toBeUndefined();
    expect(findings).toEqual([expect.stringContaining('was not judged')]);
  });

  it('is refused where it is of another signature', async () => {
    const key = await stamped({ withRoot: true, ofOther: true });
    expect(failureOf((await run(key)).outcome).code).toBe('KEY_SIGNATURE_INVALID');
  });
});

it('is rehearsed like any other, and found again', async () => {
  const key = await generator();
  const { outcome } = await run(key, { dryRun: true });
  expect(outcome?.result).toMatchObject({
    rehearsed: { proved: expect.arrayContaining(['no timestamp is wanted']) as string[] },
  });
  const signed = await run(key);
  const [again] = await world.run([signed.image.reference], { ...untimestamped, ifSigned: 'skip' }, { key });
  expect(signedOf(again)).toMatchObject({ action: 'skipped', signature: signedOf(signed.outcome).signature });
  expect(rootOf(issued).fingerprint).toBe(signedOf(again).signer.rootFingerprint);
});
