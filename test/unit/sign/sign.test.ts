import { describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../../shared/envelope/formats.ts';
import { verifyIntegrity } from '../../../shared/envelope/integrity.ts';
import { parsePayload } from '../../../shared/envelope/payload.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { mediaTypes } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { fetchSignature, listSignatures } from '../../../shared/oci/signatures.ts';
import { parseTimestampToken } from '../../../shared/timestamp/token.ts';
import { verifyTimestamp } from '../../../shared/timestamp/evidence.ts';
import { productName } from '../../../shared/version.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { certificatesOf, createWorld, failureOf, now, pemKey, signedOf } from './world.ts';
import type { World } from './world.ts';

const day = 86_400_000;
const days = (count: number): { readonly notBefore: Date; readonly notAfter: Date } => ({
  notBefore: new Date(now.getTime() - day),
  notAfter: new Date(now.getTime() + (count - 1) * day),
});

/** Every signature that a verifier would find. */
async function stored(world: World, reference: string) {
  const parsed = parseReference(reference);
  const repository = world.services.repository(parsed);
  const subject = await repository.resolve(parsed);
  const found = [];
  for await (const manifest of listSignatures(repository, subject.digest)) {
    const { mediaType, envelope } = await fetchSignature(repository, manifest);
    const format = Object.values(envelopeFormats).find((one) => one.mediaType === mediaType)!;
    found.push({ manifest, envelope: verifyIntegrity(format.decode(envelope)) });
  }
  return { subject, found };
}

describe('signArtifacts', () => {
  it.each(['cose', 'jws'] as const)('stores one %s signature that a verifier finds', async (name) => {
    const world = await createWorld();
    const { reference, digest } = world.registry.content.pushImage('app');
    const change = { format: envelopeFormats[name], userMetadata: { build: '7' }, expirySeconds: 3600 };
    const signed = signedOf((await world.run([reference], change))[0]);

    const { subject, found } = await stored(world, reference);
    expect(found).toHaveLength(1);
    const { manifest, envelope } = found[0]!;
    expect(manifest.digest).toBe(signed.signature.digest);
    expect(parsePayload(envelope.payload)).toEqual({
      ...{ mediaType: subject.mediaType, digest, size: subject.size },
      annotations: { build: '7' },
    });
    const signingTime = new Date('2026-03-01T12:00:00Z');
    const expiry = new Date('2026-03-01T13:00:00Z');
    expect(envelope.signed).toMatchObject({ signingScheme: 'notary.x509', signingTime, expiry, extended: [] });
    expect(envelope.unsigned.signingAgent).toBe(`${productName} pem/1`);
    expect(envelope.chain.map(({ der }) => der)).toEqual(world.signer.chain);
    const token = parseTimestampToken(envelope.unsigned.timestampSignature!);
    expect(verifyTimestamp(token, envelope.signature, { roots: [world.tsaRoot] }).genTime).toEqual(now);

    const thumbprints = certificatesOf(world.signer).map(({ fingerprint }) => fingerprint);
    expect(manifest.annotations).toEqual({
      'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(thumbprints),
      'org.opencontainers.image.created': '2026-03-01T12:00:00Z',
    });
    expect(signed).toMatchObject({ name: reference, format: name, signingTime, expiry, findings: [] });
    expect(signed.stamp?.authority?.href).toBe('http://tsa.test/');
  });

  it('makes no request that its result does not need', async () => {
    const world = await createWorld();
    const { reference, digest } = world.registry.content.pushImage('app');
    await world.run([reference]);
    const log = world.registry.log.map((line) =>
      line.replace(/uploads\/.+/, 'uploads/ID').replace(/:[0-9a-f]{64}/, ':X'),
    );
    expect(log.sort()).toEqual(
      [
        'HEAD /v2/app/manifests/sha256:X',
        ...['POST /v2/app/blobs/uploads/', 'PUT /v2/app/blobs/uploads/ID'],
        ...['HEAD /v2/app/blobs/sha256:X', 'POST /v2/app/blobs/uploads/', 'PUT /v2/app/blobs/uploads/ID'],
        'PUT /v2/app/manifests/sha256:X',
        'GET /v2/app/referrers/sha256:X',
      ].sort(),
    );
    expect(world.registry.log.at(-1)).toBe(`GET /v2/app/referrers/${digest}`);
    expect(world.asked).toEqual(['POST http://tsa.test/']);
  });

  it('resolves a tag once and signs what it stood for', async () => {
    const world = await createWorld();
    const { digest } = world.registry.content.pushImage('app', { tag: 'v1' });
    const signed = signedOf((await world.run([`${world.registry.host}/app:v1`]))[0]);
    expect(signed.name).toBe(`${world.registry.host}/app@${digest}`);
    expect(world.registry.log.filter((line) => line.endsWith('/manifests/v1'))).toHaveLength(1);
  });

  it('signs what two lines stand for once', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app', { tag: 'v1' });
    const outcomes = await world.run([reference, `${world.registry.host}/app:v1`]);
    expect(outcomes.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
    expect(signedOf(outcomes[0]).signature.digest).toBe(signedOf(outcomes[1]).signature.digest);
    expect((await stored(world, reference)).found).toHaveLength(1);
  });

  it('signs the same digest in two repositories twice', async () => {
    const world = await createWorld();
    const { bytes, mediaType } = world.registry.content.manifest(
      'app',
      world.registry.content.pushImage('app').digest,
    )!;
    const { digest } = world.registry.content.putManifest('copy', { bytes, mediaType });
    const outcomes = await world.run(['app', 'copy'].map((name) => `${world.registry.host}/${name}@${digest}`));
    expect(outcomes.map(({ repeated }) => repeated)).toEqual([false, false]);
  });

  it('tells of every artifact, in their order, whatever happens to the others', async () => {
    const world = await createWorld();
    const good = [1, 2, 3].map(() => world.registry.content.pushImage('app').reference);
    const missing = `${world.registry.host}/app@sha256:${'0'.repeat(64)}`;
    const outcomes = await world.run([good[0]!, missing, good[1]!, 'elsewhere.example/app:v1', good[2]!]);
    expect(outcomes.map((outcome) => ('failure' in outcome.result ? outcome.result.failure.code : 'signed'))).toEqual([
      'signed',
      'REGISTRY_NOT_FOUND',
      'signed',
      'REGISTRY_UNAVAILABLE',
      'signed',
    ]);
  });

  it('fails the artifact, not the report of the others, on a defect', async () => {
    const world = await createWorld();
    const images = [1, 2].map(() => world.registry.content.pushImage('app').reference);
    let calls = 0;
    const key = pemKey(world.signer);
    const failing = {
      ...key,
      generateSignature: (...args: Parameters<typeof key.generateSignature>) => {
        if (calls++ === 0) throw new TypeError('defect');
        return key.generateSignature(...args);
      },
    };
    const outcomes = await world.run(images, { concurrency: 1 }, { key: failing });
    expect(failureOf(outcomes[0])).toMatchObject({ code: 'DEFECT' });
    expect(signedOf(outcomes[1]).name).toBe(images[1]);
  });
});

describe('recursive', () => {
  /** An index over two images, an index over one more, an attestation and something that is no manifest. */
  function pushNested(world: World) {
    const { content } = world.registry;
    const images = ['amd64', 'arm64', 's390x'].map((architecture) =>
      content.pushImage('app', { platform: { os: 'linux', architecture } }),
    );
    const on = (image: (typeof images)[number], os: string, architecture: string) => {
      const { mediaType, digest, size } = image;
      return { mediaType, digest, size, platform: { os, architecture } };
    };
    const index = (manifests: readonly unknown[]) => {
      const document = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests };
      const bytes = Buffer.from(JSON.stringify(document));
      return content.putManifest('app', { mediaType: mediaTypes.imageIndex, bytes });
    };
    const attestation = content.pushImage('app');
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const inner = index([on(images[2]!, 'linux', 's390x')]);
    const outer = index([
      on(images[0]!, 'linux', 'amd64'),
      on(images[1]!, 'linux', 'arm64'),
      { mediaType: inner.mediaType, digest: inner.digest, size: inner.size },
      { ...on(attestation, 'unknown', 'unknown'), annotations },
      { ...on(attestation, 'linux', 'riscv64'), mediaType: 'text/plain', digest: `sha256:${'1'.repeat(64)}` },
    ]);
    return { images, inner, outer, attestation };
  }

  it('signs everything below an index, and names what it leaves out', async () => {
    const world = await createWorld();
    const { images, inner, outer, attestation } = pushNested(world);
    const outcomes = await world.run([outer.reference], { recursive: true });
    expect(outcomes.map(({ artifact: { text }, platform, result }) => [text, platform, Object.keys(result)])).toEqual([
      [outer.reference, undefined, ['signed']],
      [images[0]!.reference, 'linux/amd64', ['signed']],
      [images[1]!.reference, 'linux/arm64', ['signed']],
      [inner.reference, undefined, ['signed']],
      [attestation.reference, undefined, ['omission']],
      [`${world.registry.host}/app@sha256:${'1'.repeat(64)}`, undefined, ['omission']],
      [images[2]!.reference, 'linux/s390x', ['signed']],
    ]);
    for (const { reference } of [...images, inner, outer])
      expect((await stored(world, reference)).found).toHaveLength(1);
    expect((await stored(world, attestation.reference)).found).toHaveLength(0);
  });

  it('is off unless asked for', async () => {
    const world = await createWorld();
    const { outer, images } = pushNested(world);
    expect(await world.run([outer.reference])).toHaveLength(1);
    expect((await stored(world, images[0]!.reference)).found).toHaveLength(0);
  });

  it('signs once what several lines and indexes lead to, and tells its platform on every row', async () => {
    const world = await createWorld();
    const { outer, inner, images } = pushNested(world);
    const lines = [images[0]!.reference, outer.reference, inner.reference];
    const outcomes = await world.run(lines, { recursive: true });
    const first = outcomes.filter(({ repeated }) => !repeated).map(({ artifact }) => artifact.text);
    expect(new Set(first).size).toBe(first.length);
    expect(outcomes[0]).toMatchObject({ artifact: { text: lines[0] }, platform: 'linux/amd64', repeated: false });
    for (const { reference } of [...images, inner, outer])
      expect((await stored(world, reference)).found).toHaveLength(1);
  });

  it('signs an attestation that a line names', async () => {
    const world = await createWorld();
    const { outer, attestation } = pushNested(world);
    await world.run([outer.reference, attestation.reference], { recursive: true });
    expect((await stored(world, attestation.reference)).found).toHaveLength(1);
  });

  it('fails a member that is not there, and signs the others', async () => {
    const world = await createWorld();
    const { outer, images } = pushNested(world);
    world.registry.content.deleteManifest('app', images[1]!.digest);
    const outcomes = await world.run([outer.reference], { recursive: true });
    const failed = outcomes.filter(({ result }) => 'failure' in result);
    expect(failed.map(({ platform }) => platform)).toEqual(['linux/arm64']);
    expect(failureOf(failed[0]).code).toBe('REGISTRY_NOT_FOUND');
    expect((await stored(world, outer.reference)).found).toHaveLength(1);
  });

  it('fails a member that the index describes otherwise than the registry', async () => {
    const world = await createWorld();
    const { mediaType, digest, size } = world.registry.content.pushImage('app');
    const manifests = [{ mediaType, digest, size: size + 1 }];
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests }));
    const index = world.registry.content.putManifest('app', { mediaType: mediaTypes.imageIndex, bytes });
    const outcomes = await world.run([index.reference], { recursive: true });
    expect(failureOf(outcomes[1])).toMatchObject({ code: 'REGISTRY_CONTENT_MISMATCH' });
  });

  it('fails an index that cannot be read, before anything of it is signed', async () => {
    const world = await createWorld();
    const bytes = Buffer.from('{"manifests":7}');
    const index = world.registry.content.putManifest('app', { mediaType: mediaTypes.imageIndex, bytes });
    const outcomes = await world.run([index.reference], { recursive: true });
    expect(failureOf(outcomes[0])).toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect((await stored(world, index.reference)).found).toHaveLength(0);
  });
});

describe('nothing is pushed', () => {
  const pushes = (world: World): readonly string[] =>
    world.registry.log.filter((line) => /^(POST|PUT|PATCH|DELETE) /.test(line));

  async function refusing(world: World, change?: Parameters<World['run']>[1], services?: Parameters<World['run']>[2]) {
    const { reference } = world.registry.content.pushImage('app');
    const [outcome] = await world.run([reference], change, services);
    expect(pushes(world)).toEqual([]);
    return failureOf(outcome);
  }

  it('for a certificate that was not valid at the signing time', async () => {
    const signer = await codeSigningChain({ notAfter: new Date('2026-02-28T00:00:00Z') });
    const world = await createWorld({ signer });
    expect((await refusing(world)).code).toBe('CERTIFICATE_NOT_VALID');
    expect(world.asked).toEqual([]);
  });

  it('for a chain that is not one for code signing', async () => {
    const signer = await codeSigningChain({ keyUsage: ['digitalSignature', 'keyCertSign'] });
    expect((await refusing(await createWorld({ signer }))).code).toBe('CERTIFICATE_UNSUITABLE');
  });

  it('for a signature that does not verify', async () => {
    const world = await createWorld();
    const key = pemKey(world.signer);
    const broken = {
      ...key,
      async generateSignature(...args: Parameters<typeof key.generateSignature>) {
        const { signature, chain } = await key.generateSignature(...args);
        return { signature: signature.map((byte, index) => (index === 5 ? byte ^ 1 : byte)), chain };
      },
    };
    expect((await refusing(world, {}, { key: broken })).code).toBe('SIGNATURE_MISMATCH');
  });

  it('for a signature that is called by another key specification', async () => {
    const world = await createWorld();
    const key = pemKey(world.signer);
    const lying = { ...key, describeKey: () => Promise.resolve('EC-384' as const) };
    expect((await refusing(world, {}, { key: lying })).code).toBe('KEY_UNSUPPORTED');
  });

  it.each([
    ['rejected', 'TIMESTAMP_REJECTED'],
    ['server error', 'TIMESTAMP_UNAVAILABLE'],
    ['wrong imprint', 'TIMESTAMP_INVALID'],
  ] as const)('where the timestamp is %s', async (deviation, code) => {
    const world = await createWorld();
    world.tsa.deviate(deviation);
    const failure = await refusing(world);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain('so nothing was pushed: ');
  });

  it('where a certificate of a few days gets no timestamp', async () => {
    const world = await createWorld({ signer: await codeSigningChain(days(29)) });
    const { reference } = world.registry.content.pushImage('app');
    const [outcome] = await world.run([reference], { timestamp: undefined });
    expect(failureOf(outcome)).toMatchObject({ code: 'TIMESTAMP_MISSING' });
    expect(failureOf(outcome).message).toContain('the certificate lives 29.0 days');
    expect(failureOf(outcome).remedy).toContain('allow-untimestamped: true');
    expect(pushes(world)).toEqual([]);
  });

  it.each([
    ['that is allowed', 3, true],
    ['it lives 30 days', 30, false],
  ] as const)('unless %s', async (_what, life, allowUntimestamped) => {
    const world = await createWorld({ signer: await codeSigningChain(days(life)) });
    const { reference } = world.registry.content.pushImage('app');
    const [outcome] = await world.run([reference], { timestamp: undefined, allowUntimestamped });
    expect(signedOf(outcome).stamp).toBeUndefined();
    const { found } = await stored(world, reference);
    expect(found[0]?.envelope.unsigned.timestampSignature).toBeUndefined();
  });

  it('where user metadata is reserved', async () => {
    const failure = await refusing(await createWorld(), { userMetadata: { 'io.cncf.notary.x': 'y' } });
    expect(failure.code).toBe('INPUT_INVALID');
  });

  it('once the time of the step is over', async () => {
    const world = await createWorld();
    const key = pemKey(world.signer);
    const late = {
      ...key,
      generateSignature: () => Promise.reject(new NotaryError('STEP_TIMED_OUT', 'the 600 s of this step are over')),
    };
    expect((await refusing(world, {}, { key: late })).code).toBe('STEP_TIMED_OUT');
  });
});

describe('the referrers', () => {
  it('go under the tag as well where that is asked for', async () => {
    const world = await createWorld();
    const { reference, digest } = world.registry.content.pushImage('app');
    await world.run([reference], { referrers: 'tag' });
    expect(world.registry.content.repository('app').tags.has(digest.replace(':', '-'))).toBe(true);
  });

  it('are told of where something is left to tidy up', async () => {
    const world = await createWorld();
    const { reference } = world.registry.content.pushImage('app');
    world.registry.intercept(({ method }) => (method === 'DELETE' ? { status: 405 } : undefined));
    await world.run([reference], { referrers: 'tag' });
    const signed = signedOf((await world.run([reference], { referrers: 'tag' }))[0]);
    expect(signed.findings).toHaveLength(1);
  });
});
