// Verification of artifacts and of single signatures. Signing and Verification Workflow; Trust Store and Trust Policy,
// "Signature Verification".

import { Buffer } from 'node:buffer';

import { beforeAll, describe, expect, it } from 'vitest';

import { parseDigest } from '../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../shared/oci/descriptor.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import { pushSignature } from '../../shared/oci/signatures.ts';
import type { StoredSignature } from '../../shared/oci/signatures.ts';
import type { TrustPolicyStatement } from '../../shared/trust/policy.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { verifyArtifacts } from '../../verify/verify.ts';
import type { ArtifactReport, Demands } from '../../verify/verify.ts';
import { registryInMemory } from '../support/registry.ts';
import type { EmbeddedRegistry } from '../support/registry.ts';
import { array, int, nil, text } from '../unit/envelope/cbor-bytes.ts';
import { createResponders, services, sign, statement, storesOf, subject } from '../unit/verify/world.ts';
import type { SignOptions, StatementOptions } from '../unit/verify/world.ts';
import { coseWith, judgeCose, judgeJws, jwsWith, name } from './envelopes.ts';
import { codes, createVerifying } from './verifying.ts';
import type { JudgeOptions, Verifying } from './verifying.ts';

let world: Verifying;

beforeAll(async () => {
  world = await createVerifying();
});

const now = new Date('2025-01-01T00:00:00Z');

/** An image in a registry, and whoever signs it. */
class Scene {
  readonly registry: EmbeddedRegistry;
  readonly subject: Descriptor;
  readonly #registries: Registry;

  constructor() {
    const { registry, http } = registryInMemory();
    this.registry = registry;
    this.#registries = new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) });
    const { mediaType, digest, size } = registry.content.pushImage('app', { tag: 'v1' });
    this.subject = { mediaType, digest: parseDigest(digest), size };
  }

  async push(stored: StoredSignature, thumbprints: readonly string[] = []): Promise<void> {
    const repository = this.#registries.repository(parseReference('registry.example/app:v1'), 'pull,push');
    await pushSignature(repository, this.subject, { ...stored, thumbprints, createdAt: now }, 'auto');
  }

  /** A signature of the image by the publisher, unless said otherwise. */
  async sign(options: SignOptions = {}, signer = world.publisher): Promise<void> {
    await this.push(sign(signer, world.authority, { target: this.subject, ...options }));
  }

  /** A referrer that is no proper signature manifest. */
  pushBroken(change: object = { layers: [] }): void {
    const { mediaType, digest, size } = this.subject;
    const config = { mediaType: 'application/vnd.cncf.notary.signature', digest: `sha256:${'4'.repeat(64)}`, size: 2 };
    const manifest = { schemaVersion: 2, config, subject: { mediaType, digest, size }, ...change };
    this.registry.content.putManifest('app', {
      ...{ mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: Buffer.from(JSON.stringify(manifest)) },
    });
  }

  async verify(demands: Partial<Demands> = {}, options: { reference?: string; policy?: StatementOptions } = {}) {
    const { http } = createResponders(world.publisher, world.stranger, world.authority);
    const stores = storesOf({ 'ca:acme': [world.publisher.root], 'tsa:acme': [world.authority.root] });
    const reference = options.reference ?? `registry.example/app@${this.subject.digest}`;
    const policy: TrustPolicyStatement = { ...statement(options.policy), registryScopes: ['registry.example/app'] };
    this.registry.requests.length = 0;
    const [report] = await verifyArtifacts(
      [{ text: reference, reference: parseReference(reference) }],
      { userMetadata: {}, maxSignatures: 100, concurrency: 1, at: now, ...demands },
      {
        ...services(http, stores),
        document: { statements: [policy] },
        repository: (each) => this.#registries.repository(each, 'pull'),
      },
    );
    return report!;
  }

  /** "HEAD manifests", "GET referrers", ... */
  get asked(): readonly string[] {
    return this.registry.log.map((line) => line.replace(/^(\w+) \/v2\/app\/(\w+)\/.*$/, '$1 $2'));
  }
}

const found = ({ outcomes }: ArtifactReport) => outcomes.map(({ failure }) => failure?.code ?? 'passed');
const verdict = ({ verdict: word, failure }: ArtifactReport) => [word, failure?.code];

describe('VER, an artifact', () => {
  it('VER-1: policy, resolution, listing; level skip asks nothing', async () => {
    const scene = new Scene();
    await scene.sign();
    const byTag = { reference: 'registry.example/app:v1' };
    expect((await scene.verify({}, byTag)).verdict).toBe('verified');
    expect(scene.asked).toEqual(['HEAD manifests', 'GET referrers', 'GET manifests', 'GET blobs']);
    const skip = { policy: { level: 'skip', stores: [], identities: [] } } as const;
    expect(verdict(await scene.verify({}, { ...byTag, ...skip }))).toEqual(['skipped', undefined]);
    expect(scene.asked).toEqual([]);
    expect(verdict(await scene.verify({}, { reference: 'registry.example/other:v1' }))).toEqual([
      'untrusted',
      'POLICY_NOT_FOUND',
    ]);
    expect(scene.asked).toEqual([]);
  });

  it('VER-2: the signatures of what the reference resolves to', async () => {
    const scene = new Scene();
    await scene.sign();
    expect(await scene.verify({}, { reference: 'registry.example/app:v1' })).toMatchObject({ subject: scene.subject });
    const other = scene.registry.content.pushImage('app', { tag: 'v2' });
    expect((await scene.verify({}, { reference: 'registry.example/app:v2' })).verdict).toBe('unsigned');
    scene.registry.intercept(({ method }, next) => {
      const reply = next();
      return method === 'HEAD'
        ? { ...reply, headers: { ...reply.headers, 'docker-content-digest': other.digest } }
        : reply;
    });
    expect(verdict(await scene.verify())).toEqual(['invalid', 'REGISTRY_CONTENT_MISMATCH']);
  });

  it('VER-3: in the order of the registry, each one counted', async () => {
    const scene = new Scene();
    await scene.sign({}, world.stranger);
    scene.pushBroken();
    await scene.sign({ attributes: { expiry: now } });
    await scene.sign();
    expect(found(await scene.verify())).toEqual([
      ...['TRUST_ANCHOR_NOT_FOUND', 'REGISTRY_RESPONSE_INVALID', 'SIGNATURE_EXPIRED', 'passed'],
    ]);
    expect((await scene.verify({ maxSignatures: 4 })).verdict).toBe('verified');
    const limited = await scene.verify({ maxSignatures: 3 });
    expect([limited.failure?.code, limited.outcomes.length]).toEqual(['SIGNATURE_LIMIT_REACHED', 3]);
  });

  it('VER-4: the first that verifies ends it', async () => {
    const scene = new Scene();
    await scene.sign({}, world.stranger);
    await scene.sign();
    await scene.sign({ attributes: { expiry: now } });
    expect(found(await scene.verify())).toEqual(['TRUST_ANCHOR_NOT_FOUND', 'passed']);
    expect(scene.asked.filter((line) => line === 'GET blobs')).toHaveLength(2);
  });

  it('VER-5: none, none good, and entries that cannot be read', async () => {
    const scene = new Scene();
    expect(verdict(await scene.verify())).toEqual(['unsigned', 'SIGNATURE_NOT_FOUND']);
    await scene.sign({}, world.stranger);
    expect((await scene.verify()).failure?.code).toBe('VERIFICATION_FAILED');
    expect((await scene.verify({ maxSignatures: 1 })).failure?.code).toBe('SIGNATURE_LIMIT_REACHED');
    const layer = { mediaType: 'application/cose', digest: `sha256:${'5'.repeat(64)}`, size: 5 };
    const broken = [
      { layers: [] },
      { layers: [layer, layer] },
      { layers: [layer] },
      { layers: [{ ...layer, size: 2 ** 30 }] },
      { layers: 1 },
    ];
    for (const change of broken) scene.pushBroken(change);
    const before = await scene.verify();
    expect([
      before.failure?.code,
      found(before)
        .slice(1)
        .every((code) => code.startsWith('REGISTRY_')),
    ]).toEqual([...['VERIFICATION_FAILED', true]]);
    await scene.sign();
    const after = await scene.verify();
    expect([after.verdict, after.outcomes.length]).toEqual(['verified', broken.length + 2]);
  });

  it('VER-6: thumbprints choose nothing', async () => {
    const scene = new Scene();
    await scene.push(sign(world.publisher, world.authority, { target: scene.subject }), ['00'.repeat(32)]);
    expect((await scene.verify()).verdict).toBe('verified');
  });
});

describe('VER, a signature', () => {
  const revoked = () => {
    const responders = world.responders();
    responders.setStatus(world.publisher, { revokedAt: new Date('2024-12-01') });
    return responders;
  };

  it('VER 9.2: five validations in their order, a strict failure ends them', async () => {
    const { results } = await world.judge();
    expect(results.map(({ type, action }) => `${type} ${action}`)).toEqual([
      ...[
        'integrity enforce',
        'authenticity enforce',
        'expiry enforce',
        'authenticTimestamp enforce',
        'revocation enforce',
      ],
    ]);
    const worst: JudgeOptions = {
      ...{ attributes: { expiry: now }, timestamp: 'absent', identities: ['x509.subject:C=US,ST=WA,O=Other'] },
      responders: revoked(),
    };
    expect(codes(await world.judge(worst))).toEqual(['authenticity TRUSTED_IDENTITY_MISMATCH']);
    // The trust store comes before the identity.
    expect(codes(await world.judge({ ...worst, signer: world.stranger }))).toEqual([
      'authenticity TRUST_ANCHOR_NOT_FOUND',
    ]);
    expect(codes(await world.judge({ ...worst, identities: ['*'] }))).toEqual(['expiry SIGNATURE_EXPIRED']);
    expect(codes(await world.judge({ ...worst, level: 'audit' }))).toEqual([
      ...['authenticity TRUSTED_IDENTITY_MISMATCH', 'expiry SIGNATURE_EXPIRED', 'authenticTimestamp TIMESTAMP_MISSING'],
      'revocation CERTIFICATE_REVOKED',
    ]);
  });

  it('VER 9.2: integrity and artifact are enforced at every level, whatever the media type says', async () => {
    const good = sign(world.publisher, world.authority);
    for (const mediaType of ['application/jose+json', 'application/COSE', 'application/cose; x=y', 'text/plain', '']) {
      const { failure, results } = await world.judge({ stored: { ...good, mediaType }, level: 'audit' });
      expect([failure?.code.startsWith('ENVELOPE_'), results.length]).toEqual([true, 1]);
    }
    for (const change of [{ digest: `sha256:${'1'.repeat(64)}` } as const, { size: 9 }, { mediaType: 'x/y' }]) {
      const { failure } = await world.judge({ target: { ...subject, ...change }, level: 'audit' });
      expect(failure?.code).toBe('PAYLOAD_MISMATCH');
    }
  });

  it('VER 9.2: user metadata is demanded at every level', async () => {
    const target = { ...subject, annotations: { build: '1', more: 'x' } };
    const demand = async (userMetadata: Record<string, string>) =>
      (await world.judge({ target, userMetadata, level: 'audit' })).failure?.code ?? 'ok';
    expect([await demand({}), await demand({ build: '1' })]).toEqual(['ok', 'ok']);
    expect([await demand({ build: '2' }), await demand({ Build: '1' }), await demand({ absent: '' })]).toEqual(
      Array(3).fill('METADATA_MISMATCH'),
    );
  });

  it('VER 9.2: the moment of expiry is after its end', async () => {
    const expiring = async (expiry: number) => codes(await world.judge({ attributes: { expiry: new Date(expiry) } }));
    expect(await expiring(now.getTime())).toEqual(['expiry SIGNATURE_EXPIRED']);
    expect(await expiring(now.getTime() + 1000)).toEqual([]);
    expect(await world.judge({ attributes: { expiry: new Date(now) }, level: 'permissive' })).not.toHaveProperty(
      'failure',
    );
  });

  it('VER-10: a critical attribute that nobody knows', () => {
    const crit = array(text(name.scheme), text('com.example.a'));
    expect(judgeCose(coseWith(['com.example.a', text('x')]))).toBe('ok');
    expect(judgeCose(coseWith([2, crit], ['com.example.a', text('x')]))).toBe('ENVELOPE_UNSUPPORTED');
    expect(judgeCose(coseWith([2, array(text(name.scheme), int(77))], [77, nil]))).toBe('ENVELOPE_UNSUPPORTED');
    expect(judgeJws(jwsWith({ 'com.example.a': 'x' }))).toBe('ok');
    expect(judgeJws(jwsWith({ crit: [name.scheme, 'com.example.a'], 'com.example.a': 'x' }))).toBe(
      'ENVELOPE_UNSUPPORTED',
    );
  });

  it('VER-11: which time the signing chain is judged at', async () => {
    const late = { signer: world.shortLived, at: world.yearLater } as const;
    const ended = ['authenticTimestamp CERTIFICATE_NOT_VALID'];
    // By its timestamp; without a tsa store by the present time.
    expect(codes(await world.judge(late))).toEqual([]);
    expect(codes(await world.judge({ ...late, stores: ['ca:acme'] }))).toEqual(ended);
    // The claimed signing time neither saves nor harms.
    const before = { attributes: { signingTime: new Date('2020-01-01'), expiry: new Date('2030-01-01') } };
    expect(codes(await world.judge({ ...before, signer: world.shortLived, stores: ['ca:acme'] }))).toEqual([]);
    const authentic = (signingTime: string) =>
      world.judge({
        ...{ ...late, timestamp: 'absent', stores: ['signingAuthority:acme'] },
        attributes: { signingScheme: 'notary.x509.signingAuthority', signingTime: new Date(signingTime) },
      });
    expect(codes(await authentic('2024-12-30T12:00:00Z'))).toEqual([]);
    expect(codes(await authentic('2025-01-02T12:00:00Z'))).toEqual([]);
    expect(codes(await authentic('2024-12-30T11:59:59Z'))).toEqual(ended);
    expect(codes(await authentic('2025-01-02T12:00:01Z'))).toEqual(ended);
  });

  it('VER-12: no allowance for clocks', async () => {
    const { notBefore, notAfter } = parseCertificate(world.shortLived.leaf.certificate);
    const judge = async (time: number) =>
      codes(await world.judge({ signer: world.shortLived, stores: ['ca:acme'], at: new Date(time) }));
    expect([await judge(notBefore.getTime()), await judge(notAfter.getTime())]).toEqual([[], []]);
    const failure = ['authenticTimestamp CERTIFICATE_NOT_VALID'];
    expect([await judge(notBefore.getTime() - 1), await judge(notAfter.getTime() + 1)]).toEqual([failure, failure]);
  });

  it('VER-13: a verification plugin is never passed over', () => {
    const crit = (...more: string[]) => array(text(name.scheme), ...more.map(text));
    const cases = [
      coseWith([2, crit(name.plugin)], [name.plugin, text('com.example.p')]),
      ...[text('com.example.p'), text(' '), text(''), int(1), nil].map((value) => coseWith([name.plugin, value])),
      coseWith([2, crit(name.plugin)], [name.plugin, int(1)]),
      coseWith([2, crit(name.pluginMinVersion)], [name.pluginMinVersion, text('1.0.0')]),
    ];
    expect(cases.map(judgeCose)).toEqual(cases.map(() => 'ENVELOPE_UNSUPPORTED'));
    const header = [
      { crit: [name.scheme, name.plugin], [name.plugin]: 'com.example.p' },
      ...['com.example.p', '', 1, false, null].map((value) => ({ [name.plugin]: value })),
    ];
    expect(header.map((change) => judgeJws(jwsWith(change)))).toEqual(header.map(() => 'ENVELOPE_UNSUPPORTED'));
    expect(judgeCose(coseWith([name.pluginMinVersion, text('1.0.0')]))).toBe('ok');
    expect(judgeJws(jwsWith({ [name.pluginMinVersion]: '1.0.0' }))).toBe('ok');
  });
});
