// The provider for Artifact Signing over the real Http against the emulated service, with each fault by name.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { artifactSigningKeyProvider } from '../../shared/azure/artifact-signing.ts';
import type { ArtifactSigningProfile } from '../../shared/azure/artifact-signing-profile.ts';
import { NotaryError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/ports.ts';
import { startArtifactSigning } from '../support/artifact-signing.ts';
import type { ArtifactSigning, DialectName } from '../support/artifact-signing.ts';
import { codeSigningChain } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { bagEncodings } from '../support/certificate-bag.ts';
import { describeKeyProvider } from '../support/key-provider-suite.ts';
import { faults } from '../support/loopback-server.ts';
import { signHashPkcs1, signHashPss } from '../support/rsa-signature.ts';
import { createWorld } from './azure-world.ts';

const world = createWorld();
const audience = 'https://codesigning.azure.net';
const toBeSigned = Buffer.from('to be signed');
const sent = { token: audience };
let issued: Issued;
let service: ArtifactSigning;

// Waits of the service's own choosing, a hundred times as fast.
const clock: Clock = { now: () => world.clock.now(), sleep: (ms) => world.clock.sleep(ms / 100) };

beforeAll(async () => {
  issued = await codeSigningChain({ keySpec: 'RSA-3072' });
  service = await startArtifactSigning({
    signer: () => issued,
    // Whether the provider asks for the right scope is what matters here; the emulated Entra has tests of its own.
    readToken: (token, wanted) => (token.startsWith(wanted) ? { oid: token } : undefined),
    mayUse: ({ oid }) => !String(oid).endsWith('without-role'),
  });
});

afterEach(() => {
  service.setFault(undefined);
  service.behave({});
  sent.token = audience;
});

afterAll(async () => {
  await Promise.all([service.close(), world.close()]);
});

function provider(change: Partial<ArtifactSigningProfile> = {}) {
  const profile = { endpoint: new URL(service.origin), account: service.account, profile: service.profile, ...change };
  const accessToken = (scope: string): Promise<string> => {
    expect(scope).toBe('https://codesigning.azure.net/.default');
    return Promise.resolve(sent.token);
  };
  return artifactSigningKeyProvider({ ...world, clock, accessToken }, profile);
}

const sign = (change: Partial<ArtifactSigningProfile> = {}) =>
  provider(change).generateSignature(toBeSigned, 'RSA-3072');

async function refusal(change: Partial<ArtifactSigningProfile> = {}): Promise<NotaryError> {
  const error: unknown = await sign(change).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

const requestsOf = async (run: () => Promise<unknown>): Promise<readonly string[]> => {
  const before = service.requests.length;
  await run();
  return service.requests
    .slice(before)
    .map(({ method, url }) => `${method} ${url.pathname.split('/').slice(5).join('/')}`);
};

describeKeyProvider('artifact-signing', () => Promise.resolve(provider()));

describe.each(['2024-06-15', '2023-06-15-preview', '2022-06-15-preview'])('api-version %s', (apiVersion) => {
  it('submits once and polls until the end', async () => {
    const requests = await requestsOf(() => sign({ apiVersion }));
    expect(requests).toHaveLength(4);
    expect(requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });

  it('takes a result that comes at once', async () => {
    service.behave({ completion: 'at once' });
    expect(await requestsOf(() => sign({ apiVersion }))).toHaveLength(1);
  });

  it.each([
    ['without body', { submitBody: 'empty' as const }],
    ['without Operation-Location', { operationLocation: () => undefined }],
    ['with an Operation-Location elsewhere', { operationLocation: () => 'https://elsewhere.example/sign/x' }],
  ])('goes on after a 202 %s', async (_name, behaviour) => {
    service.behave(behaviour);
    expect((await sign({ apiVersion })).signature).toHaveLength(384);
  });

  it.each(['Failed', 'TimedOut', 'NotFound', 'Canceled'])('fails on %s', async (status) => {
    service.behave({ end: () => ({ status, signature: null, signingCertificate: null }) });
    const error = await refusal({ apiVersion });
    expect(error.code).toBe('KEY_UNAVAILABLE');
    expect(error.message).toContain(`status ${status}`);
    expect(error.message).toMatch(/operation [0-9a-f-]{36}/u);
    expect(error.message).toMatch(/mise-correlation-id [0-9a-f-]{36}/u);
  });
});

describe('the other dialect', () => {
  it.each([
    ['2024-06-15', 'preview', '2022-06-15-preview'],
    ['2022-06-15-preview', 'stable', '2024-06-15'],
  ] as const)('is tried where %s is not known', async (apiVersion, dialect: DialectName, won) => {
    service.behave({ dialects: [dialect] });
    const own = provider({ apiVersion });
    await own.generateSignature(toBeSigned, 'RSA-3072');
    expect(own.apiVersion()).toBe(won);
    const again = await requestsOf(() => own.generateSignature(toBeSigned, 'RSA-3072'));
    expect(again.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });

  it('is no way out where neither is known', async () => {
    service.behave({ dialects: [] });
    expect((await refusal()).code).toBe('KEY_REJECTED');
  });
});

describe('the submit', () => {
  it.each([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '0' } }],
    ['429 with a date', { status: 429, headers: { 'retry-after': new Date(0).toUTCString() } }],
    ['500', { status: 500, body: '{"errorDetail":{"code":"InternalError"}}' }],
    ['503', { status: 503 }],
    ['a broken connection', 'reset' as const],
  ])('is repeated after %s', async (_name, fault) => {
    service.setFault(faults(fault));
    expect((await sign()).signature).toHaveLength(384);
  });

  it('is not repeated for ever', async () => {
    service.setFault(() => ({ status: 503, headers: { 'retry-after': '0' } }));
    expect(await refusal()).toMatchObject({ code: 'KEY_UNAVAILABLE', transient: true });
  });

  it('needs a token for the service: 401', async () => {
    sent.token = 'https://management.azure.com';
    expect((await refusal()).code).toBe('KEY_ACCESS_DENIED');
  });

  it('needs the role: 403 with an empty body', async () => {
    sent.token = `${audience}#without-role`;
    const error = await refusal();
    expect(error.code).toBe('KEY_ACCESS_DENIED');
    expect(error.message).toContain('403 (empty body)');
    expect(error.remedy).toContain('Artifact Signing Certificate Profile Signer');
  });

  it.each([{ account: 'other-account' }, { profile: 'other-profile' }])('needs the right names: %j', async (change) => {
    const error = await refusal(change);
    expect(error.code).toBe('KEY_NOT_FOUND');
    expect(error.message).toContain(Object.values(change)[0]);
    expect(error.message).toContain('403 (Forbidden)');
  });

  it('does not mind the case of the names, nor a trailing slash of the endpoint', async () => {
    const change = { account: service.account.toUpperCase(), endpoint: new URL(`${service.origin}/`) };
    expect((await sign(change)).signature).toHaveLength(384);
  });
});

describe('the poll', () => {
  it.each(['In Progress', 'inprogress', 'Running', 'NotStarted', 'SomethingNew'])(
    'waits on %j',
    async (pendingStatus) => {
      service.behave({ pendingStatus, pendingPolls: 1 });
      expect((await sign()).signature).toHaveLength(384);
    },
  );

  it('bears with a 404 at first', async () => {
    service.setFault(faults(undefined, { status: 404 }));
    expect((await sign()).signature).toHaveLength(384);
  });

  it('is refused with an access token that has ended meanwhile', async () => {
    service.setFault(({ method }) => (method === 'GET' ? { status: 401 } : undefined));
    expect((await refusal()).code).toBe('KEY_ACCESS_DENIED');
  });
});

describe('the result', () => {
  it.each(Object.entries(bagEncodings))('may be encoded as %s', async (_name, encode) => {
    service.behave({ encode });
    expect((await sign()).chain.map(({ der }) => der)).toEqual(issued.chain);
  });

  it.each([
    ['backwards', [2, 1, 0]],
    ['shuffled', [1, 0, 2]],
    ['with a double', [2, 0, 1, 0]],
    ['without its root', [1, 0]],
  ])('may come %s', async (_name, order) => {
    service.behave({ certificates: ({ chain }) => order.map((index) => chain[index]!) });
    expect((await sign()).chain.map(({ der }) => der)).toEqual(issued.chain);
  });

  it('must not lack an intermediate', async () => {
    service.behave({ certificates: ({ chain }) => [chain[0]!, chain[2]!] });
    expect((await refusal()).code).toBe('CERTIFICATE_CHAIN_BROKEN');
  });

  it.each([
    ['a salt of 32 bytes', (digest: Uint8Array) => signHashPss('sha384', digest, issued.privateKey, 32)],
    ['PKCS#1 v1.5', (digest: Uint8Array) => signHashPkcs1('sha384', digest, issued.privateKey)],
    ['another digest', () => signHashPss('sha384', Buffer.alloc(48), issued.privateKey)],
    ['half of the bytes', (digest: Uint8Array) => signHashPss('sha384', digest, issued.privateKey).subarray(192)],
  ])('must not be signed with %s', async (_name, wrong) => {
    service.behave({ sign: (_algorithm, digest) => wrong(digest) });
    expect((await refusal()).code).toBe('KEY_SIGNATURE_INVALID');
  });

  it('must not be signed by the key of yesterday', async () => {
    const yesterday = await codeSigningChain({ keySpec: 'RSA-3072' });
    service.behave({ certificates: () => yesterday.chain });
    expect((await refusal()).code).toBe('KEY_SIGNATURE_INVALID');
  });
});
