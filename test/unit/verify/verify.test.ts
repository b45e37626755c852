import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { parseReference, repositoryName } from '../../../shared/oci/reference.ts';
import type { StoredSignature } from '../../../shared/oci/signatures.ts';
import type { TrustPolicyStatement } from '../../../shared/trust/policy.ts';
import { verifyArtifacts } from '../../../verify/verify.ts';
import type { ArtifactReport, Demands } from '../../../verify/verify.ts';
import { memoryRepository } from './repository.ts';
import type { Entry, MemoryRepository, RepositoryOptions } from './repository.ts';
import {
  at,
  createAuthority,
  createPublisher,
  createResponders,
  services,
  sign,
  statement,
  storesOf,
  subject,
} from './world.ts';
import type { Party } from './world.ts';

let publisher: Party;
let stranger: Party;
let authority: Party;
let good: StoredSignature;
let foreign: StoredSignature;
let expired: StoredSignature;

beforeAll(async () => {
  publisher = await createPublisher();
  stranger = await createPublisher({}, 'stranger');
  authority = await createAuthority();
  good = sign(publisher, authority);
  foreign = sign(stranger, authority);
  expired = sign(publisher, authority, { attributes: { expiry: at } });
});

const byDigest = `registry.example/app@${subject.digest}`;
const byTag = 'registry.example/app:v1';
const demands: Demands = { userMetadata: {}, maxSignatures: 100, concurrency: 4, at };

interface Case {
  readonly references?: readonly string[];
  readonly demands?: Partial<Demands>;
  readonly statements?: readonly TrustPolicyStatement[];
  readonly repository: (name: string) => MemoryRepository;
}

function run(test: Case): Promise<readonly ArtifactReport[]> {
  const artifacts = (test.references ?? [byDigest]).map((text) => ({ text, reference: parseReference(text) }));
  const stores = storesOf({ 'ca:acme': [publisher.root], 'tsa:acme': [authority.root] });
  return verifyArtifacts(
    artifacts,
    { ...demands, ...test.demands },
    {
      ...services(createResponders(publisher, stranger, authority).http, stores),
      document: { statements: test.statements ?? [statement()] },
      repository: (reference) => test.repository(repositoryName(reference)).repository,
    },
  );
}

async function verify(
  entries: readonly Entry[],
  options: RepositoryOptions & { readonly reference?: string; readonly demands?: Partial<Demands> } = {},
): Promise<ArtifactReport & { readonly asked: readonly string[] }> {
  const repository = memoryRepository(entries, options);
  const [report] = await run({
    references: [options.reference ?? byDigest],
    repository: () => repository,
    ...(options.demands && { demands: options.demands }),
  });
  if (report === undefined) throw new Error('no report');
  return { ...report, asked: repository.asked };
}

const codes = ({ outcomes }: ArtifactReport) => outcomes.map(({ failure }) => failure?.code ?? 'passed');
const unreadable = (code: 'REGISTRY_RESPONSE_INVALID' | 'REGISTRY_UNAVAILABLE') =>
  new NotaryError(code, 'broken entry');

describe('one artifact', () => {
  it('is verified by its first good signature', async () => {
    const report = await verify([good, foreign]);
    expect(report).toMatchObject({ verdict: 'verified', subject, artifact: { text: byDigest } });
    expect(codes(report)).toEqual(['passed']);
    expect(report.failure).toBeUndefined();
  });

  it('asks for no more than it needs: four requests, of which the first two go out together', async () => {
    expect((await verify([good, foreign])).asked).toEqual(['resolve', 'list', 'manifest 0', 'blob 0']);
  });

  it('lists while it resolves a digest, and after it for a tag', async () => {
    const seen = async (reference: string) => {
      const early: boolean[] = [];
      const repository: MemoryRepository = memoryRepository([good], {
        resolve: async () => {
          for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
          early.push(repository.asked.includes('list'));
          return subject;
        },
      });
      await run({ references: [reference], repository: () => repository });
      return early;
    };
    expect(await seen(byDigest)).toEqual([true]);
    expect(await seen(byTag)).toEqual([false]);
  });

  it('VER-1: resolves a tag before it lists', async () => {
    const report = await verify([good], { reference: byTag });
    expect(report).toMatchObject({ verdict: 'verified', subject });
    expect(report.asked).toEqual(['resolve', 'list', 'manifest 0', 'blob 0']);
  });

  it('VER-4: goes on after a signature that fails, and stops at the first that passes', async () => {
    const report = await verify([foreign, good, expired]);
    expect(report.verdict).toBe('verified');
    expect(codes(report)).toEqual(['TRUST_ANCHOR_NOT_FOUND', 'passed']);
  });

  it('D10: goes on after an entry that cannot be read', async () => {
    const report = await verify([unreadable('REGISTRY_RESPONSE_INVALID'), unreadable('REGISTRY_UNAVAILABLE'), good]);
    expect(report.verdict).toBe('verified');
    expect(codes(report)).toEqual(['REGISTRY_RESPONSE_INVALID', 'REGISTRY_UNAVAILABLE', 'passed']);
    expect(report.outcomes[0]?.finding).toBeUndefined();
  });

  it('is verified though the listing breaks off after a good signature', async () => {
    const report = await verify([good], { listingFails: new NotaryError('REGISTRY_UNAVAILABLE', 'gone') });
    expect(report.verdict).toBe('verified');
  });

  it('VER-5: without any signature is unsigned', async () => {
    const report = await verify([]);
    expect(report).toMatchObject({ verdict: 'unsigned', outcomes: [] });
    expect(report.failure?.code).toBe('SIGNATURE_NOT_FOUND');
    expect(report.failure?.message).toContain(byDigest);
  });

  it('VER-5: none passed', async () => {
    const report = await verify([foreign, expired]);
    expect(report.failure?.code).toBe('VERIFICATION_FAILED');
    expect(report.failure?.message).toMatch(/TRUST_ANCHOR_NOT_FOUND.*SIGNATURE_EXPIRED/);
    expect(report).toMatchObject({ verdict: 'expired', reason: { code: 'SIGNATURE_EXPIRED' } });
    expect(report.failure?.remedy).toBe(report.reason?.remedy);
  });

  it('VER-3, VER-5: the budget is for good and bad entries, and reaching it is a failure', async () => {
    const entries = [foreign, unreadable('REGISTRY_RESPONSE_INVALID'), good];
    const report = await verify(entries, { demands: { maxSignatures: 2 } });
    expect(report.failure?.code).toBe('SIGNATURE_LIMIT_REACHED');
    expect(report.verdict).toBe('untrusted');
    expect(report.asked.filter((request) => request.startsWith('manifest'))).toHaveLength(2);
    expect((await verify(entries, { demands: { maxSignatures: 3 } })).verdict).toBe('verified');
    expect((await verify([foreign], { demands: { maxSignatures: 1 } })).failure?.code).toBe('SIGNATURE_LIMIT_REACHED');
  });

  it('a message names three of many failures', async () => {
    const report = await verify([foreign, expired, foreign, expired, foreign]);
    expect(report.failure?.message).toContain('; and 2 more');
  });

  it('what could not be asked is an error, and what was found until then is kept', async () => {
    const report = await verify([foreign], { listingFails: new NotaryError('REGISTRY_UNAVAILABLE', 'gone') });
    expect(report).toMatchObject({ verdict: 'error', failure: { code: 'REGISTRY_UNAVAILABLE' } });
    expect(codes(report)).toEqual(['TRUST_ANCHOR_NOT_FOUND']);
  });

  it('that is not there says so, whatever became of the list', async () => {
    const report = await verify([], {
      resolve: () => Promise.reject(new NotaryError('REGISTRY_NOT_FOUND', 'no such artifact')),
      listingFails: new NotaryError('REGISTRY_UNAVAILABLE', 'gone'),
    });
    expect(report).toMatchObject({ verdict: 'error', failure: { code: 'REGISTRY_NOT_FOUND' } });
    expect(report.subject).toBeUndefined();
  });

  it('a list that fails at once is an error', async () => {
    const report = await verify([], { listingFails: new NotaryError('REGISTRY_UNAUTHORIZED', 'no') });
    expect(report).toMatchObject({ verdict: 'error', failure: { code: 'REGISTRY_UNAUTHORIZED' } });
    expect(report.subject).toBeUndefined();
  });

  it('PAY-12: a good signature of another artifact does not help', async () => {
    const other = { ...subject, size: subject.size + 1 };
    const report = await verify([good], { resolve: () => Promise.resolve(other) });
    expect(report).toMatchObject({ verdict: 'invalid', reason: { code: 'PAYLOAD_MISMATCH' } });
  });

  it('a defect fails the run', async () => {
    await expect(verify([], { resolve: () => Promise.reject(new TypeError('a defect')) })).rejects.toThrow(TypeError);
    await expect(verify([foreign], { listingFails: new TypeError('a defect') })).rejects.toThrow(TypeError);
  });

  it('the end of the step ends the artifact, not only the signature', async () => {
    const report = await verify([new NotaryError('STEP_TIMED_OUT', 'over'), good]);
    expect(report).toMatchObject({ verdict: 'error', failure: { code: 'STEP_TIMED_OUT' }, outcomes: [] });
  });
});

describe('the trust policy', () => {
  it('VER-1: level skip asks for nothing', async () => {
    const repository = memoryRepository([]);
    const skipping: TrustPolicyStatement = { ...statement({ level: 'skip', stores: [] }) };
    const [report] = await run({ repository: () => repository, statements: [skipping] });
    expect(report).toMatchObject({ verdict: 'skipped', outcomes: [] });
    expect(report?.failure).toBeUndefined();
    expect(repository.asked).toEqual([]);
  });

  it('POL-16: no statement for the repository, no request', async () => {
    const repository = memoryRepository([good]);
    const elsewhere = { ...statement(), registryScopes: ['registry.example/other'] };
    const [report] = await run({ repository: () => repository, statements: [elsewhere] });
    expect(report).toMatchObject({ verdict: 'untrusted', failure: { code: 'POLICY_NOT_FOUND' } });
    expect(repository.asked).toEqual([]);
  });
});

describe('several artifacts', () => {
  const repositories: Readonly<Record<string, () => MemoryRepository>> = {
    'registry.example/good': () => memoryRepository([good]),
    'registry.example/unsigned': () => memoryRepository([]),
    'registry.example/foreign': () => memoryRepository([foreign]),
    'registry.example/absent': () =>
      memoryRepository([], { resolve: () => Promise.reject(new NotaryError('REGISTRY_NOT_FOUND', 'absent')) }),
  };

  it('each end in a report of their own, in the order given', async () => {
    const references = ['absent', 'good', 'unsigned', 'good', 'foreign'].map((name) => `registry.example/${name}:v1`);
    const reports = await run({
      references,
      repository: (name) => repositories[name]?.() ?? memoryRepository([]),
      demands: { concurrency: 2 },
    });
    expect(reports.map(({ artifact }) => artifact.text)).toEqual(references);
    expect(reports.map(({ verdict }) => verdict)).toEqual(['error', 'verified', 'unsigned', 'verified', 'untrusted']);
  });

  it('run as many at a time as asked for', async () => {
    let running = 0;
    let most = 0;
    const resolve = async () => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      running -= 1;
      return subject;
    };
    const references = Array.from({ length: 9 }, () => byTag);
    await run({ references, repository: () => memoryRepository([good], { resolve }), demands: { concurrency: 3 } });
    expect(most).toBe(3);
  });
});
