import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { createTsa } from '../../support/tsa.ts';
import { codeSigningChain, createRoot, issue, purpose, timestampingChain } from '../../support/ca.ts';
import { ocspResponse, serialOf } from '../../support/ocsp.ts';
import { countingRandom } from '../../support/ports.ts';
import { RevocationChecker } from '../../../shared/revocation/revocation.ts';
import type { Http } from '../../../shared/ports.ts';
import { requireChain } from '../../../shared/x509/chain.ts';
import { stampSignature } from '../../../sign/timestamp.ts';
import type { TimestampInputs } from '../../../sign/timestamp-inputs.ts';
import { authorityHttp, certificatesOf, createWorld, now, rootOf } from './world.ts';
import type { World } from './world.ts';

const signature = Uint8Array.from({ length: 64 }, (_, index) => index);
const chain = requireChain(certificatesOf(await codeSigningChain()));
const stampable = { signature, hash: 'sha256', at: now, chain } as const;

describe('stampSignature', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  const authorities = (...urls: readonly string[]): TimestampInputs => ({
    authorities: urls.map((url) => new URL(url)),
    roots: [world.tsaRoot],
  });

  it('takes the first authority that does it properly', async () => {
    const { authority, findings, evidence } = await stampSignature(
      stampable,
      authorities('http://tsa.test/a', 'http://tsa.test/b'),
      world.services,
    );
    expect([authority.href, findings, evidence.genTime]).toEqual(['http://tsa.test/a', [], now]);
  });

  it('passes over an authority that does not answer, and says so', async () => {
    const stamp = await stampSignature(stampable, authorities('http://down.test/', 'http://tsa.test/'), world.services);
    expect(stamp.authority.href).toBe('http://tsa.test/');
    expect(stamp.findings).toEqual([
      expect.stringMatching(
        /^The timestamp authority http:\/\/down\.test\/ was passed over \(TIMESTAMP_UNAVAILABLE\): /,
      ),
    ]);
  });

  it('passes over an authority below another root', async () => {
    const stranger = createTsa({
      chain: await timestampingChain({ root: { subject: 'C=US, O=X, CN=x' } }),
      clock: { now: () => now },
    });
    const toStranger = authorityHttp(stranger);
    const http: Http = (request) =>
      request.url.hostname === 'stranger.test' ? toStranger(request) : world.services.http(request);
    const stamp = await stampSignature(stampable, authorities('http://stranger.test/', 'http://tsa.test/'), {
      ...world.services,
      http,
    });
    expect(stamp.findings).toEqual([expect.stringContaining('(TRUST_ANCHOR_NOT_FOUND)')]);
    const alone = stampSignature(stampable, authorities('http://stranger.test/'), { ...world.services, http });
    await expect(alone).rejects.toMatchObject({
      code: 'TRUST_ANCHOR_NOT_FOUND',
      remedy: "Add the root certificate of the authority's chain to timestamp-roots.",
    });
  });

  it('names every authority and its own reason, where none is left', async () => {
    const http: Http = (request) =>
      request.url.hostname === 'gone.test'
        ? Promise.resolve({ status: 404, headers: new Map(), body: new Uint8Array() })
        : world.services.http(request);
    const urls = ['http://gone.test/?key=secret', 'http://user:secret@down.test/', 'http://gone.test/again'];
    const all = stampSignature(stampable, authorities(...urls), { ...world.services, http });
    await expect(all).rejects.toMatchObject({
      // Of the three, the one for whom running again may help.
      code: 'TIMESTAMP_UNAVAILABLE',
      message:
        'no timestamp, without which the signature would end with its certificate, so nothing was pushed: ' +
        'http://gone.test/ (TIMESTAMP_REJECTED): HTTP status 404; ' +
        'http://down.test/ (TIMESTAMP_UNAVAILABLE): HTTP status 503; ' +
        'http://gone.test/again (TIMESTAMP_REJECTED): HTTP status 404',
    });
  });

  it('does not take a time outside the validity of the signer, which no verifier would', async () => {
    world.tsa.deviate({ token: { at: new Date('2019-01-01T00:00:00Z'), signingTime: now } });
    const stamped = stampSignature(stampable, authorities('http://tsa.test/'), world.services);
    await expect(stamped).rejects.toMatchObject({
      code: 'TIMESTAMP_INVALID',
      message: expect.stringContaining(
        'its time 2019-01-01T00:00:00.000Z is outside the validity of the certificate that signed',
      ) as string,
    });
    world.tsa.deviate(undefined);
  });

  it('asks no further authority once the time of the step is over', async () => {
    const asked: string[] = [];
    const http: Http = ({ url }) => {
      asked.push(url.hostname);
      return Promise.reject(new NotaryError('STEP_TIMED_OUT', 'over'));
    };
    const all = stampSignature(stampable, authorities('http://a.test/', 'http://b.test/'), { ...world.services, http });
    await expect(all).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
    expect(asked).toEqual(['a.test']);
  });

  it('asks with a new nonce each time', async () => {
    const bodies: string[] = [];
    const http: Http = (request) => {
      if (request.body) bodies.push(Buffer.from(request.body).toString('hex'));
      return world.services.http(request);
    };
    const services = { ...world.services, http };
    for (let i = 0; i < 2; i++) await stampSignature(stampable, authorities('http://tsa.test/'), services);
    expect(new Set(bodies).size).toBe(2);
  });
});

describe('the revocation of an authority', () => {
  it.each([
    ['good', undefined],
    ['revoked', 'CERTIFICATE_REVOKED'],
    ['unreachable', 'REVOCATION_UNAVAILABLE'],
  ] as const)('%s', async (status, code) => {
    const root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
    const extendedKeyUsage = { purposes: [purpose.timeStamping], critical: true };
    const authority = await issue(root, {
      subject: 'C=US, O=Acme, CN=tsa',
      extendedKeyUsage,
      ocspUrl: 'http://ocsp.test/',
    });
    const toAuthority = authorityHttp(createTsa({ chain: authority, clock: { now: () => now } }));
    const http: Http = (request) => {
      if (request.url.hostname === 'tsa.test') return toAuthority(request);
      if (status === 'unreachable') return Promise.reject(new NotaryError('NETWORK_UNREACHABLE', 'ocsp.test is down'));
      const single = { serial: serialOf(authority.certificate), thisUpdate: now, nextUpdate: new Date('2030-01-01') };
      const revoked = { revokedAt: new Date('2026-01-01') };
      const body = ocspResponse({
        issuer: root,
        singles: [{ ...single, status: status === 'good' ? status : revoked }],
      });
      return Promise.resolve({ status: 200, headers: new Map(), body });
    };
    const services = { http, random: countingRandom(), revocation: new RevocationChecker(http) };
    const authorities = [new URL('http://tsa.test/')];
    const stamped = stampSignature(stampable, { authorities, roots: [rootOf(authority)] }, services);
    if (code === undefined) expect((await stamped).findings).toEqual([]);
    else await expect(stamped).rejects.toMatchObject({ code });
  });
});
