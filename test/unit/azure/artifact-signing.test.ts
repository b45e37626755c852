import { describe, expect, it } from 'vitest';

import { artifactSigningKeyProvider } from '../../../shared/azure/artifact-signing.ts';
import { retryAfterMs } from '../../../shared/azure/artifact-signing-operation.ts';
import type { ArtifactSigningProfile } from '../../../shared/azure/artifact-signing-profile.ts';
import { NotaryError } from '../../../shared/errors.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/ports.ts';
import { codeSigningChain, createRoot, issue, purpose } from '../../support/ca.ts';
import { bagEncodings } from '../../support/certificate-bag.ts';
import { signHashPkcs1, signHashPss } from '../../support/rsa-signature.ts';
import { answer, fakeToken, manualClock, scriptedHttp, thrownBy } from './scripted-http.ts';

const profile: ArtifactSigningProfile = {
  endpoint: new URL('https://weu.codesigning.azure.net/'),
  account: 'acme',
  profile: 'release',
};
const id = '1f234bd9-16cf-4283-9ee6-a460d31207bb';
const token = fakeToken({ aud: 'https://codesigning.azure.net' });
const toBeSigned = Buffer.from('to be signed');
const issued = await codeSigningChain({ keySpec: 'RSA-3072' });
const base = 'https://weu.codesigning.azure.net/codesigningaccounts/acme/certificateprofiles/release';

const pending = (status = 'InProgress') => ({ id, status, result: { operationId: id, status, signature: null } });
const accepted = (headers: Readonly<Record<string, string>> = {}) =>
  answer(202, pending(), { 'operation-location': `${base}/sign/${id}?api-version=2024-06-15`, ...headers });

let digest = Buffer.of();
function sign(key = issued.privateKey): string {
  return signHashPss('sha384', digest, key).toString('base64');
}
function succeeded(changes: Readonly<Record<string, unknown>> = {}): HttpResponse {
  const result = { signature: sign(), signingCertificate: bagEncodings.wire(issued.chain), ...changes };
  return answer(200, { id, status: 'Succeeded', result });
}

type Answers = readonly (HttpResponse | Error | ((request: HttpRequest) => HttpResponse))[];

/** The answers in order; the last one stays. */
function setUp(answers: Answers, change: Partial<ArtifactSigningProfile> = {}) {
  const clock = manualClock();
  const scopes: string[] = [];
  const { http, requests } = scriptedHttp((request, index) => {
    if (request.body !== undefined) {
      const { digest: text } = JSON.parse(Buffer.from(request.body).toString()) as { digest: string };
      digest = Buffer.from(text, 'base64');
    }
    const next = answers[Math.min(index, answers.length - 1)] ?? answer(500);
    return typeof next === 'function' ? next(request) : next;
  });
  const accessToken = (scope: string): Promise<string> => {
    scopes.push(scope);
    return Promise.resolve(token);
  };
  const random = (length: number) => new Uint8Array(length).fill(0xab);
  const provider = artifactSigningKeyProvider({ http, clock, accessToken, random }, { ...profile, ...change });
  const run = () => provider.generateSignature(toBeSigned, 'RSA-3072');
  const fail = async () => (await thrownBy(run)) as NotaryError;
  const addresses = () => requests.map(({ method, url }) => `${method} ${url.href}`);
  return { provider, run, fail, requests, clock, scopes, addresses };
}

describe('artifactSigningKeyProvider', () => {
  it('describes its key without a request', async () => {
    const { provider, requests } = setUp([]);
    expect(await provider.describeKey()).toBe('RSA-3072');
    expect(provider.agent).toMatch(/^[a-z-]+\/\d/);
    expect(requests).toHaveLength(0);
  });

  it('refuses another key specification, and a profile that cannot be right', async () => {
    const { provider } = setUp([]);
    await expect(provider.generateSignature(toBeSigned, 'RSA-2048')).rejects.toMatchObject({ code: 'KEY_UNSUPPORTED' });
    expect(() => setUp([], { account: '../x' })).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it('submits, waits, polls and returns signature and chain', async () => {
    const { run, requests, clock, scopes, addresses } = setUp([
      accepted({ 'retry-after': '1' }),
      answer(200, pending()),
      () => succeeded(),
    ]);
    const { signature, chain } = await run();
    expect(signature).toHaveLength(384);
    expect(chain.map(({ der }) => der)).toEqual(issued.chain);
    expect(addresses()).toEqual([
      `POST ${base}:sign?api-version=2024-06-15`,
      `GET ${base}/sign/${id}?api-version=2024-06-15`,
      `GET ${base}/sign/${id}?api-version=2024-06-15`,
    ]);
    expect(clock.sleeps).toEqual([200, 1000]);
    expect(new Set(scopes)).toEqual(new Set(['https://codesigning.azure.net/.default']));
    const [submit] = requests;
    expect(Buffer.from(submit?.body ?? []).toString()).toBe(
      `{"signatureAlgorithm":"PS384","digest":"${digest.toString('base64')}"}`,
    );
    expect(digest).toHaveLength(48);
    expect(submit).toMatchObject({
      repeatable: true,
      timeoutMs: 30_000,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json',
        'x-correlation-id': 'abababab-abab-4bab-abab-abababababab',
      },
    });
  });

  it('needs no poll where the submit has the result', async () => {
    const { run, requests } = setUp([() => succeeded()]);
    expect((await run()).signature).toHaveLength(384);
    expect(requests).toHaveLength(1);
  });

  it('reads the flat replies of the older dialect', async () => {
    const flat = () =>
      answer(200, {
        operationId: id,
        status: 'Succeeded',
        signature: sign(),
        signingCertificate: bagEncodings.wire(issued.chain),
      });
    const { run, addresses } = setUp([answer(202, { operationId: id, status: 'InProgress' }), flat], {
      apiVersion: '2022-06-15-preview',
    });
    await run();
    expect(addresses()).toEqual([
      `POST ${base}/sign?api-version=2022-06-15-preview`,
      `GET ${base}/sign/${id}?api-version=2022-06-15-preview`,
    ]);
  });
});

describe('the dialect', () => {
  const unknown = (status: number) =>
    answer(status, { error: { code: 'UnsupportedApiVersion', message: 'does not support the API version' } });

  it.each([400, 404, 405])('changes once where a %d says that the version is unknown, and stays', async (status) => {
    const { run, provider, addresses } = setUp([unknown(status), () => succeeded(), () => succeeded()]);
    await run();
    expect(provider.apiVersion()).toBe('2022-06-15-preview');
    await run();
    expect(addresses()).toEqual([
      `POST ${base}:sign?api-version=2024-06-15`,
      `POST ${base}/sign?api-version=2022-06-15-preview`,
      `POST ${base}/sign?api-version=2022-06-15-preview`,
    ]);
  });

  it('is not changed twice', async () => {
    const { fail, requests, provider } = setUp([unknown(400), unknown(400)]);
    expect((await fail()).code).toBe('KEY_REJECTED');
    expect(requests).toHaveLength(2);
    expect(provider.apiVersion()).toBe('2024-06-15');
  });

  it.each([401, 403])('is never changed for a %d', async (status) => {
    const { fail, requests } = setUp([unknown(status)]);
    expect((await fail()).code).toBe('KEY_ACCESS_DENIED');
    expect(requests).toHaveLength(1);
  });

  it('is not changed for a 404 about something else', async () => {
    const { fail, requests } = setUp([answer(404, { errorDetail: { code: 'X', message: 'no such account' } })]);
    expect((await fail()).code).toBe('KEY_NOT_FOUND');
    expect(requests).toHaveLength(1);
  });
});

describe('polling', () => {
  it.each([
    ['a foreign origin', { 'operation-location': `https://evil.example/sign/${id}` }],
    ['a foreign port', { 'operation-location': `https://weu.codesigning.azure.net:8443/sign/${id}` }],
    ['plain http', { 'operation-location': `http://weu.codesigning.azure.net/sign/${id}` }],
    ['user information', { 'operation-location': `https://a:b@weu.codesigning.azure.net/sign/${id}` }],
    ['no address at all', { 'operation-location': 'https://[' }],
    ['an empty header', { 'operation-location': '' }],
  ])('makes the address itself where the header has %s', async (_name, headers) => {
    const { run, addresses } = setUp([accepted(headers), () => succeeded()]);
    await run();
    expect(addresses()[1]).toBe(`GET ${base}/sign/${id}?api-version=2024-06-15`);
  });

  it('goes by the header alone where the 202 has no body', async () => {
    const empty = answer(202, '', { 'operation-location': `${base}/sign/other?api-version=2024-06-15` });
    const { run, addresses } = setUp([empty, () => succeeded()]);
    await run();
    expect(addresses()[1]).toBe(`GET ${base}/sign/other?api-version=2024-06-15`);
  });

  it('takes the older header and a relative address too', async () => {
    const { run, addresses } = setUp([
      answer(202, '', { 'azure-asyncoperation': '/relative/sign/x' }),
      () => succeeded(),
    ]);
    await run();
    expect(addresses()[1]).toBe('GET https://weu.codesigning.azure.net/relative/sign/x');
  });

  it('gives up where nothing names the operation', async () => {
    const { fail, requests } = setUp([answer(202)]);
    const error = await fail();
    expect(error.code).toBe('KEY_UNAVAILABLE');
    expect(error.message).toContain('without naming an operation');
    expect(requests).toHaveLength(1);
  });

  it('gives up after 300 seconds', async () => {
    const { fail, clock } = setUp([accepted(), answer(200, pending('Working'), { 'retry-after': '60' })]);
    const error = await fail();
    expect(error.code).toBe('KEY_UNAVAILABLE');
    expect(error.message).toContain('did not end within 300 s (last status Working)');
    expect(error.message).toContain(`operation ${id}`);
    const waited = clock.sleeps.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(290_000);
    expect(waited).toBeLessThanOrEqual(300_000);
    expect(Math.max(...clock.sleeps)).toBe(5000);
  });

  it.each(['Failed', 'TimedOut', 'Timed Out', 'NotFound', 'Canceled', 'cancelled'])(
    'fails on the status %s',
    async (status) => {
      const { fail, requests } = setUp([
        accepted(),
        answer(200, { id, status, error: { code: 'Why', message: 'because' } }),
      ]);
      const error = await fail();
      expect(error.code).toBe('KEY_UNAVAILABLE');
      expect(error.message).toContain(`status ${status} (Why: because)`);
      expect(requests).toHaveLength(2);
    },
  );

  it('bears with an operation that is not found at first', async () => {
    const { run, requests } = setUp([accepted(), answer(404), answer(404), () => succeeded()]);
    await run();
    expect(requests).toHaveLength(4);
  });

  it('does not bear with it for ever', async () => {
    const { fail, requests } = setUp([accepted(), answer(404)]);
    // Not KEY_NOT_FOUND: the submit was accepted, so that the names are right.
    const { code, message } = await fail();
    expect([code, message]).toEqual(['KEY_UNAVAILABLE', expect.stringContaining('not found 4 times')]);
    expect(requests).toHaveLength(5);
  });

  it.each([
    [401, 'KEY_ACCESS_DENIED'],
    [403, 'KEY_ACCESS_DENIED'],
    [500, 'KEY_UNAVAILABLE'],
  ])('ends with a %d', async (status, code) => {
    const { fail } = setUp([accepted(), answer(status)]);
    expect((await fail()).code).toBe(code);
  });

  it('says what the network threw, with the ids of the operation and the remedy of the network', async () => {
    const unreachable = new NotaryError('NETWORK_UNREACHABLE', 'no route', { remedy: 'Mend the route.' });
    const { fail } = setUp([accepted(), unreachable]);
    const failure = await fail();
    expect(failure).toMatchObject({ code: 'KEY_UNAVAILABLE', remedy: 'Mend the route.', cause: unreachable });
    expect(failure.message).toMatch(/no route.*operation .*x-correlation-id/);
  });

  it('passes on that the time is over', async () => {
    const over = new NotaryError('STEP_TIMED_OUT', 'over');
    const { fail } = setUp([accepted(), over]);
    expect(await fail()).toBe(over);
  });
});

describe('retryAfterMs', () => {
  const now = new Date('2026-01-31T12:00:00Z');
  it.each([
    ['1', 1000],
    ['0', 100],
    ['3600', 5000],
    ['Sat, 31 Jan 2026 12:00:03 GMT', 3000],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 100],
    ['Sat, 31 Jan 2027 12:00:00 GMT', 5000],
    ['soon', 1000],
    ['-5', 1000],
    ['1.5', 1000],
    ['99999999999999999999', 1000],
    ['Foo, 99 Bar 2026 99:99:99 GMT', 1000],
  ])('%s means %d ms', (value, ms) => {
    expect(retryAfterMs(new Map([['retry-after', value]]), now)).toBe(ms);
  });

  it('is a second without the header', () => {
    expect(retryAfterMs(new Map(), now)).toBe(1000);
    expect(retryAfterMs(undefined, now)).toBe(1000);
  });
});

describe('the result', () => {
  const invalidBecause = async (
    changes: Readonly<Record<string, unknown>> | (() => Readonly<Record<string, unknown>>),
    text: string,
  ) => {
    const { fail } = setUp([() => succeeded(typeof changes === 'function' ? changes() : changes)]);
    const error = await fail();
    expect(error.code).toBe('KEY_SIGNATURE_INVALID');
    expect(error.message).toContain(text);
    expect(error.message).toContain(`operation ${id}`);
    expect(error.message).toContain('account acme, profile release');
  };

  it('may come with its certificates in any order, and with others between them', async () => {
    const stranger = await createRoot({ subject: 'C=US, O=Acme, CN=stranger' });
    const { run } = setUp([
      () =>
        succeeded({ signingCertificate: bagEncodings.wire([stranger.certificate, ...[...issued.chain].reverse()]) }),
    ]);
    expect((await run()).chain.map(({ der }) => der)).toEqual(issued.chain);
  });

  it('is refused without a signature', () => invalidBecause({ signature: null }, 'no signature'));
  it('is refused without certificates', () => invalidBecause({ signingCertificate: null }, 'no certificates'));
  it('is refused where the signature is not base64', () =>
    invalidBecause({ signature: 'c2ln!' }, 'signature: not canonical base64'));
  it('is refused where the certificates are not readable', () =>
    invalidBecause({ signingCertificate: 'MIIB' }, 'certificates'));
  it('is refused where the signature is short', () => invalidBecause({ signature: 'c2ln' }, 'signature of 3 bytes'));
  it('is refused where the salt is not as long as the hash', () =>
    invalidBecause(
      () => ({ signature: signHashPss('sha384', digest, issued.privateKey, 32).toString('base64') }),
      'none of its 3 certificates',
    ));
  it('is refused where it is PKCS#1 v1.5', () =>
    invalidBecause(
      () => ({ signature: signHashPkcs1('sha384', digest, issued.privateKey).toString('base64') }),
      'none of its 3 certificates',
    ));
  it('is refused where another key made it, as in a chain of yesterday', async () => {
    const yesterday = await codeSigningChain({ keySpec: 'RSA-3072' });
    await invalidBecause(() => ({ signature: sign(yesterday.privateKey) }), 'none of its 3 certificates');
  });

  it.each(['RSA-2048', 'RSA-4096'] as const)('is refused where the key turns out to be %s', async (keySpec) => {
    const other = await codeSigningChain({ keySpec });
    const { fail } = setUp([
      () => succeeded({ signature: sign(other.privateKey), signingCertificate: bagEncodings.wire(other.chain) }),
    ]);
    expect(await fail()).toMatchObject({
      code: 'KEY_UNSUPPORTED',
      message: expect.stringContaining(keySpec) as string,
    });
  });

  it('gets its root from the service where the reply has none', async () => {
    const root = () => answer(200, issued.chain.at(-1));
    const { run, addresses, requests } = setUp([
      () => succeeded({ signingCertificate: bagEncodings.wire(issued.chain.slice(0, -1)) }),
      root,
    ]);
    expect((await run()).chain.map(({ der }) => der)).toEqual(issued.chain);
    expect(addresses()[1]).toBe(`GET ${base}/sign/rootcert?api-version=2024-06-15`);
    expect(requests[1]?.headers?.accept).toBe('application/x-x509-ca-cert');
  });

  it('does not take a root that is not the issuer', async () => {
    const stranger = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=code signing root' });
    const { fail } = setUp([
      () => succeeded({ signingCertificate: bagEncodings.wire(issued.chain.slice(0, -1)) }),
      answer(200, stranger.certificate),
    ]);
    expect((await fail()).code).toBe('CERTIFICATE_CHAIN_BROKEN');
  });

  it('is refused where an intermediate is missing', async () => {
    const bag = bagEncodings.wire([issued.chain[0]!, issued.chain[2]!]);
    const { fail } = setUp([() => succeeded({ signingCertificate: bag }), answer(200, issued.chain[2])]);
    expect((await fail()).code).toBe('CERTIFICATE_CHAIN_BROKEN');
  });

  it('may hold intermediates of one name and different keys', async () => {
    const root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    const options = { subject: 'C=US, O=Acme, CN=CA', ca: true, pathLength: 0 };
    const [first, second, third] = [await issue(root, options), await issue(root, options), await issue(root, options)];
    const leaf = await issue(second, {
      subject: 'C=US, ST=WA, O=Acme, CN=leaf',
      keySpec: 'RSA-3072',
      extendedKeyUsage: { purposes: [purpose.codeSigning] },
    });
    const bag = [first, third, root, second, leaf].map(({ certificate }) => certificate);
    const { run } = setUp([
      () => succeeded({ signature: sign(leaf.privateKey), signingCertificate: bagEncodings.wire(bag) }),
    ]);
    expect((await run()).chain.map(({ der }) => der)).toEqual(leaf.chain);
  });
});
