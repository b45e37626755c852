// Timestamps. RFC 3161; Trust Store and Trust Policy, "Timestamping".

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

import { AsnConvert } from '@peculiar/asn1-schema';
import { TimeStampReq } from '@peculiar/asn1-tsp';
import { beforeAll, describe, expect, it } from 'vitest';

import { algorithmOf } from '../../shared/crypto/algorithm.ts';
import { cose } from '../../shared/envelope/cose.ts';
import { jws } from '../../shared/envelope/jws.ts';
import { NotaryError } from '../../shared/errors.ts';
import type { HttpRequest } from '../../shared/ports.ts';
import { requestTimestamp } from '../../shared/timestamp/authority.ts';
import { verifyTimestamp } from '../../shared/timestamp/evidence.ts';
import type { TimestampEvidence, TimestampTrust } from '../../shared/timestamp/evidence.ts';
import { readTimestampReply } from '../../shared/timestamp/reply.ts';
import { createTimestampRequest } from '../../shared/timestamp/request.ts';
import { parseTimestampToken } from '../../shared/timestamp/token.ts';
import { parseTrustPolicy } from '../../shared/trust/policy.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { readSignInputs } from '../../sign/inputs.ts';
import { codeSigningChain, createRoot, purpose, timestampingChain } from '../support/ca.ts';
import type { ChainOptions } from '../support/ca.ts';
import { integer, tlv } from '../support/der-writer.ts';
import { filesInMemory } from '../support/ports.ts';
import { createTsa, tsaDeviations } from '../support/tsa.ts';
import type { TsaDeviation } from '../support/tsa.ts';
import { messageImprint } from '../support/tsa-token.ts';
import type { TokenOptions } from '../support/tsa-token.ts';
import { at, chain, fingerprintsOf, rootOf, signature, stamp, stamped } from '../unit/timestamp/stamped.ts';
import { createResponders, stamp as stampAs } from '../unit/verify/world.ts';
import { outcome, outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { authority, now, signImage } from './signing.ts';
import { codes, createVerifying } from './verifying.ts';
import type { Verifying } from './verifying.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const revoked = { revokedAt: new Date('2024-12-01') };

function verify(options: Partial<TokenOptions> = {}, trust: Partial<TimestampTrust> = {}): TimestampEvidence {
  return verifyTimestamp(stamped(options), signature, { roots: rootOf(options.chain ?? chain), ...trust });
}
const judge = (options: Partial<TokenOptions> = {}, trust: Partial<TimestampTrust> = {}): Outcome =>
  outcome(() => verify(options, trust));
const under = async (options: ChainOptions, token: Partial<TokenOptions> = {}): Promise<Outcome> =>
  judge({ chain: await timestampingChain(options), ...token });

describe('TSA, signing', () => {
  it('TSA-1: on demand, with roots, and nothing is pushed where it fails', async () => {
    expect(cose.decode((await signImage()).envelope).unsigned.timestampSignature).toBeUndefined();
    const { envelope } = await signImage({ timestamp: 'good' });
    expect(cose.decode(envelope).unsigned.timestampSignature).toBeDefined();
    for (const timestamp of ['rejected', 'server error', 'wrong nonce'] as const) {
      const { failure, registry } = await signImage({ timestamp });
      expect(failure?.code).toMatch(/^TIMESTAMP_/);
      expect(registry.requests.filter(({ method }) => method !== 'HEAD')).toEqual([]);
    }
    const inputs = { INPUT_ARTIFACTS: 'r.example/a:1', 'INPUT_TIMESTAMP-URL': 'http://tsa.test/' };
    await expect(readSignInputs(inputs, filesInMemory({}))).rejects.toThrow(/timestamp-roots/);
  });

  it.each(['cose', 'jws'] as const)(
    'TSA-2: the raw signature bytes, with the hash of the algorithm (%s)',
    async (name) => {
      for (const keySpec of ['EC-256', 'EC-384', 'RSA-4096'] as const) {
        const { envelope } = await signImage({
          format: name,
          signer: await codeSigningChain({ keySpec }),
          timestamp: 'good',
        });
        const { unsigned, signature: signed } = (name === 'cose' ? cose : jws).decode(envelope);
        const { info } = parseTimestampToken(unsigned.timestampSignature ?? new Uint8Array());
        expect(info.hash).toBe(algorithmOf(keySpec).hash);
        expect(hex(info.imprint)).toBe(createHash(info.hash).update(signed).digest('hex'));
      }
    },
  );

  it('TSA-3: the request', () => {
    const { der } = createTimestampRequest(signature, 'sha256', new Uint8Array(20).fill(0xff));
    const imprint = createHash('sha256').update(signature).digest('hex');
    expect(hex(der)).toBe(
      `304f0201013031300d060960864801650304020105000420${imprint}` + `02147f${'ff'.repeat(19)}` + '0101ff',
    );
    const read = AsnConvert.parse(createTimestampRequest(signature, 'sha512', new Uint8Array(20)).der, TimeStampReq);
    expect(read).toMatchObject({ version: 1, certReq: true });
    expect([read.reqPolicy, read.extensions]).toEqual([undefined, undefined]);
    expect(read.messageImprint.hashAlgorithm.algorithm).toBe('2.16.840.1.101.3.4.2.3');
  });

  it('TSA-4: the exchange over HTTP', async () => {
    const seen: HttpRequest[] = [];
    const ask = (deviations?: TsaDeviation, url = 'https://tsa.test/path?x=y') => {
      const tsa = createTsa({ chain, clock: { now: () => at }, ...(deviations && { deviations }) });
      return outcomeOf(
        requestTimestamp(
          async (request) => {
            seen.push(request);
            const { method, headers = {}, body = new Uint8Array() } = request;
            const reply = await tsa.handle({ method, headers: { ...headers }, body: Buffer.from(body) });
            const bytes = new Uint8Array(Buffer.from(reply.body ?? ''));
            if (bytes.length > request.maxBytes) throw new NotaryError('RESPONSE_TOO_LARGE', 'too large');
            return { status: reply.status, headers: new Map(Object.entries(reply.headers ?? {})), body: bytes };
          },
          { authority: new URL(url), signature, hash: 'sha256', nonce: new Uint8Array(20).fill(1) },
        ),
      );
    };
    expect(await ask()).toBe('ok');
    expect(await ask(undefined, 'http://tsa.test/')).toBe('ok');
    expect(seen[0]).toMatchObject({
      ...{ method: 'POST', timeoutMs: 15_000, maxBytes: 2 ** 20 - 1 },
      headers: { 'content-type': 'application/timestamp-query' },
    });
    expect(seen[0]?.url.href).toBe('https://tsa.test/path?x=y');
    expect(await ask(undefined, 'ftp://tsa.test/')).toBe('INPUT_INVALID');
    expect(seen).toHaveLength(2);
    for (const name of ['oversize', 'wrong content type', 'content type with parameter', 'server error'] as const) {
      expect(await ask(tsaDeviations[name])).toBe('TIMESTAMP_UNAVAILABLE');
    }
    for (const name of ['not found', 'redirect', 'bad request'] as const) {
      expect(await ask(tsaDeviations[name])).toBe('TIMESTAMP_REJECTED');
    }
  });

  it('TSA-5: the reply answers this request', async () => {
    const request = createTimestampRequest(signature, 'sha256', new Uint8Array(20).fill(7));
    const reply = async (deviations?: TsaDeviation) => {
      const bytes = await createTsa({ chain, ...(deviations && { deviations }) }).respond(request.der);
      return outcome(() => readTimestampReply(bytes, request));
    };
    expect(await reply()).toBe('ok');
    expect(await reply(tsaDeviations['granted with mods'])).toBe('ok');
    for (const name of ['rejected', 'waiting'] as const)
      expect(await reply(tsaDeviations[name])).toBe('TIMESTAMP_REJECTED');
    for (const name of ['no token', 'truncated', 'trailing bytes', 'not DER'] as const) {
      expect(await reply(tsaDeviations[name])).toBe('TIMESTAMP_UNAVAILABLE');
    }
    for (const name of [
      'wrong nonce',
      'no nonce',
      'wrong imprint',
      'imprint without NULL',
      'certReq ignored',
    ] as const) {
      expect(await reply(tsaDeviations[name])).toBe('TIMESTAMP_INVALID');
    }
    expect(await reply(tsaDeviations['signingCertificate v1 only'])).toBe('TIMESTAMP_INVALID');
    expect(await reply({ token: { tstVersion: 2 } })).toBe('TIMESTAMP_INVALID');
    expect(await reply({ token: { genTime: { text: '20260115120000+0000' } } })).toBe('TIMESTAMP_INVALID');
  });

  it('TSA-6: verified to the given roots now, and the authority is known to be good', async () => {
    const failing = async (options: Parameters<typeof signImage>[0]) =>
      (await signImage({ timestamp: 'good', ...options })).failure?.code ?? 'ok';
    expect(await failing({})).toBe('ok');
    const { certificate } = await createRoot({ subject: 'CN=another root' });
    expect(await failing({ timestampRoot: certificate })).toBe('TRUST_ANCHOR_NOT_FOUND');
    const responders = createResponders(authority);
    responders.setStatus(authority, revoked);
    expect(await failing({ responders })).toBe('CERTIFICATE_REVOKED');
    responders.setStatus(authority, 'unreachable');
    expect(await failing({ responders })).toBe('REVOCATION_UNAVAILABLE');
    expect(judge({}, { at: new Date('2041-01-01') })).toBe('TIMESTAMP_INVALID');
  });

  it.each(['cose', 'jws'] as const)('TSA-7: the token is stored as received (%s)', async (name) => {
    let received = new Uint8Array();
    const timestamp: TsaDeviation = {
      bytes: (reply) => {
        // TimeStampResp { status { 0 }, token }: the token is what follows five octets of status.
        received = new Uint8Array(reply.subarray(4 + 5));
        return reply;
      },
    };
    const { envelope } = await signImage({ format: name, timestamp });
    const { timestampSignature } = (name === 'cose' ? cose : jws).decode(envelope).unsigned;
    expect(hex(timestampSignature ?? new Uint8Array())).toBe(hex(received));
    expect(received[0]).toBe(0x30);
  });
});

describe('TSA, tokens', () => {
  it('TSA-10: SignedData version 3 around a TSTInfo', () => {
    const parse = (der: Uint8Array) => outcome(() => parseTimestampToken(der));
    expect(parse(stamp())).toBe('ok');
    expect(parse(stamp({ certificates: [Uint8Array.of(0xa1, 3, 2, 1, 1), ...chain.chain] }))).toBe('ok');
    const indefinite = Buffer.concat([Uint8Array.of(0x30, 0x80), stamp().subarray(4), Uint8Array.of(0, 0)]);
    const longLength = Buffer.concat([Uint8Array.of(0x30, 0x83, 0), stamp().subarray(2)]);
    const refused = [
      ...[stamp({ signedDataVersion: 1 }), stamp({ eContentType: '1.2.840.113549.1.7.1' }), stamp({ detached: true })],
      ...[indefinite, longLength, Buffer.concat([stamp(), Uint8Array.of(0)]), stamp().subarray(0, -1)],
    ];
    expect(refused.map((der) => parse(new Uint8Array(der)))).toEqual(refused.map(() => 'TIMESTAMP_INVALID'));
  });

  it('TSA-11: signers by issuer and serial number, the first that verifies', async () => {
    const stranger = await timestampingChain();
    const certificates = [...stranger.chain.slice(0, 2), ...chain.chain.slice(0, 2)];
    const evidence = verify({ signersBefore: [{ chain: stranger }], certificates });
    expect(evidence.chain.map(({ fingerprint }) => fingerprint)).toEqual(fingerprintsOf(chain));
    expect(judge({ signersBefore: [{ chain, messageDigest: 'wrong' }] })).toBe('ok');
    const crowd = Array.from({ length: 4 }, () => ({ chain }));
    expect(outcome(() => stamped({ signersBefore: crowd }))).toBe('TIMESTAMP_INVALID');
    expect(judge({ version: 3 })).toBe('TIMESTAMP_INVALID');
    expect(judge({ version: 3, sid: 'key identifier' })).toBe('TIMESTAMP_INVALID');
  });

  it('TSA-12: the certificate that signingCertificateV2 names', () => {
    const accepted = ['without issuerSerial', 'sha384', 'sha512'] as const;
    expect(accepted.map((signingCertificate) => judge({ signingCertificate }))).toEqual(['ok', 'ok', 'ok']);
    const [, issuer] = chain.chain;
    const refused: Partial<TokenOptions>[] = [
      ...(['v1', 'absent', 'no certificates', 'sha1', 'two issuers'] as const).map((signingCertificate) => ({
        signingCertificate,
      })),
      ...[{ hashOf: issuer! }, { serialOf: issuer! }, { certificates: [issuer!] }, { certificates: [] }],
    ];
    expect(refused.map((options) => judge(options))).toEqual(refused.map(() => 'TIMESTAMP_INVALID'));
  });

  it('TSA-13: RSA and ECDSA with SHA-2', async () => {
    const accepted = [
      ['RSA-2048', { digest: 'sha512' }],
      ['RSA-2048', { digest: 'sha384', signatureAlgorithm: 'withHash' }],
      ['RSA-2048', { signatureAlgorithm: 'pss' }],
      ['EC-384', { digest: 'sha384' }],
    ] as const;
    for (const [keySpec, token] of accepted) expect(await under({ keySpec }, token)).toBe('ok');
    const refused = [
      ['RSA-2048', { digest: 'sha1' }],
      ['RSA-2048', { digest: 'sha1', signatureAlgorithm: 'withHash' }],
      ['RSA-2048', { signatureAlgorithm: 'pss, another salt' }],
      ['EC-256', { digest: 'sha1' }],
      ['Ed25519', {}],
    ] as const;
    for (const [keySpec, token] of refused) expect(await under({ keySpec }, token)).toBe('TIMESTAMP_INVALID');
  });

  it('TSA-14: signed attributes, their digest, their order, their time', async () => {
    expect([judge({ attributes: 'not sorted' }), judge({ signingTime: 'absent' })]).toEqual(['ok', 'ok']);
    const { privateKey } = await timestampingChain();
    const refused: Partial<TokenOptions>[] = [
      ...[{ attributes: 'absent' } as const, { signWith: privateKey }, { signingTime: new Date('2041-01-01') }],
      ...(['wrong', 'absent', 'two values', 'twice'] as const).map((messageDigest) => ({ messageDigest })),
      ...['1.2.840.113549.1.7.1', 'absent'].map((contentTypeAttribute) => ({ contentTypeAttribute })),
    ];
    const found = refused.map((options) =>
      outcome(() => verifyTimestamp(stamped(options), signature, { roots: rootOf(chain) })),
    );
    expect(found).toEqual(refused.map(() => 'TIMESTAMP_INVALID'));
  });

  it('TSA-15: a path to a given root, valid at genTime, for this purpose', async () => {
    expect(verify().chain.map(({ fingerprint }) => fingerprint)).toEqual(fingerprintsOf(chain));
    expect(judge({}, { roots: rootOf(await timestampingChain()) })).toBe('TRUST_ANCHOR_NOT_FOUND');
    expect(judge({ certificates: chain.chain }, { roots: [] })).toBe('TRUST_ANCHOR_NOT_FOUND');
    expect(judge({ certificates: [chain.certificate] })).toBe('TRUST_ANCHOR_NOT_FOUND');
    const ended = { notAfter: new Date('2025-12-31T00:00:00Z') };
    for (const options of [ended, { intermediate: ended }, { root: ended }]) {
      expect(await under(options, { signingTime: 'absent' })).toBe('TIMESTAMP_INVALID');
      expect(await under(options, { at: new Date('2025-12-31T00:00:00Z') })).toBe('ok');
    }
    const critical = (oid: string, value: Uint8Array) => ({
      intermediate: { extensions: [{ oid, critical: true, value }] },
    });
    const hosts = tlv(0x30, tlv(0xa0, tlv(0x30, tlv(0x82, Buffer.from('a.example')))));
    expect(await under(critical('1.2.3.4', tlv(0x30)))).toBe('TIMESTAMP_INVALID');
    expect(await under(critical('2.5.29.30', hosts))).toBe('TIMESTAMP_INVALID');
    expect(await under({ intermediate: { extendedKeyUsage: { purposes: [purpose.codeSigning] } } })).toBe(
      'TIMESTAMP_INVALID',
    );
    expect(await under({ intermediate: { extendedKeyUsage: { purposes: [purpose.any] } } })).toBe('ok');
    expect(await under({ root: { pathLength: 0 } })).toBe('TIMESTAMP_INVALID');
  });

  it('TSA-16: the authority has this one purpose, critical', async () => {
    const purposes = (critical: boolean, ...list: string[]) =>
      under({ extendedKeyUsage: { purposes: list, critical } });
    expect(await purposes(true, purpose.timeStamping)).toBe('ok');
    expect(await purposes(false, purpose.timeStamping)).toBe('TIMESTAMP_INVALID');
    expect(await purposes(true, purpose.timeStamping, purpose.codeSigning)).toBe('TIMESTAMP_INVALID');
    expect(await purposes(true, purpose.any)).toBe('TIMESTAMP_INVALID');
  });

  it('TSA-17: TSTInfo version 1, the imprint of these bytes with SHA-2', () => {
    const imprint = (hash: 'sha1' | 'sha256' | 'sha384' | 'sha512', bytes = signature) =>
      judge({ messageImprint: messageImprint(hash, bytes) });
    expect([imprint('sha256'), imprint('sha384'), imprint('sha512')]).toEqual(['ok', 'ok', 'ok']);
    expect([imprint('sha1'), imprint('sha256', Buffer.from('other')), judge({ tstVersion: 2 })]).toEqual(
      Array(3).fill('TIMESTAMP_INVALID'),
    );
  });

  it('TSA-18: accuracy', () => {
    const accuracy = (value: TokenOptions['accuracy'], policy = '1.2.3') => {
      const { info } = stamped({ policy, ...(value !== undefined && { accuracy: value }) });
      expect(info.to.getTime() - info.genTime.getTime()).toBe(Math.ceil(info.accuracyMs));
      expect(info.genTime.getTime() - info.from.getTime()).toBe(Math.ceil(info.accuracyMs));
      return info.accuracyMs;
    };
    const baseline = '0.4.0.2023.1.1';
    expect(accuracy({ seconds: 2, millis: 3, micros: 4 })).toBe(2003.004);
    expect([accuracy('absent'), accuracy({ seconds: 0 })]).toEqual([0, 0]);
    expect([accuracy('absent', baseline), accuracy({}, baseline), accuracy({ millis: 20 }, baseline)]).toEqual([
      1000, 1000, 20,
    ]);
    expect(outcome(() => stamped({ accuracy: { millis: 1000 } }))).toBe('TIMESTAMP_INVALID');
    expect(outcome(() => stamped({ accuracy: { der: tlv(0x30, integer(1n), integer(1n)) } }))).toBe(
      'TIMESTAMP_INVALID',
    );
  });

  it('TSA-19: the form of genTime', () => {
    const read = (text: string) => outcome(() => stamped({ genTime: { text } }));
    expect([read('20260115120000Z'), read('20260115120000.5Z'), read('20260115120000.123456Z')]).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    const refused = [
      ...['20260115120000.50Z', '20260115120000.0Z', '20260115120000.Z', '20260115120000,5Z', '20260115120000'],
      ...['20260115120000+0000', '202601151200Z', '20260231120000Z', '20260115246000Z'],
    ];
    expect(refused.map(read)).toEqual(refused.map(() => 'TIMESTAMP_INVALID'));
  });
});

describe('TSA, verifying', () => {
  let world: Verifying;

  beforeAll(async () => {
    world = await createVerifying();
  });

  it('TSA-8: genTime and the claimed signing time are not compared', async () => {
    const signingTime = new Date('2030-06-01T00:00:00Z');
    const finding = await world.judge({ attributes: { signingTime, expiry: new Date('2031-01-01') }, timestamp: now });
    expect(codes(finding)).toEqual([]);
    expect(finding.timestamp?.genTime).toEqual(now);
  });

  it('TSA-20: when a token is looked at', async () => {
    const garbage = Uint8Array.of(0);
    const seen = ['authenticTimestamp TIMESTAMP_INVALID'];
    const authenticTime = {
      attributes: { signingScheme: 'notary.x509.signingAuthority' },
      timestamp: garbage,
    } as const;
    expect(codes(await world.judge({ timestamp: garbage }))).toEqual(seen);
    expect(codes(await world.judge({ timestamp: garbage, stores: ['ca:acme'] }))).toEqual([]);
    expect(codes(await world.judge({ ...authenticTime, stores: ['signingAuthority:acme', 'tsa:acme'] }))).toEqual([]);
    const late = { signer: world.shortLived, timestamp: garbage, verifyTimestamp: 'afterCertExpiry' } as const;
    expect(codes(await world.judge(late))).toEqual([]);
    const { notAfter } = parseCertificate(world.shortLived.leaf.certificate);
    expect(codes(await world.judge({ ...late, at: notAfter }))).toEqual([]);
    expect(codes(await world.judge({ ...late, at: new Date(notAfter.getTime() + 1) }))).toEqual(seen);
    const ended = ['authenticTimestamp CERTIFICATE_NOT_VALID'];
    expect(codes(await world.judge({ ...late, at: world.yearLater, stores: ['ca:acme'] }))).toEqual(ended);
  });

  it('TSA-21: the token of this signature, from a trusted authority, within every validity, not revoked', async () => {
    const late = { signer: world.shortLived, at: world.yearLater };
    expect(codes(await world.judge(late))).toEqual([]);
    const failing = async (options: Parameters<Verifying['judge']>[0]) =>
      codes(await world.judge({ ...late, ...options }));
    const failure = (code: string) => [`authenticTimestamp ${code}`];
    expect(await failing({ timestamp: 'absent' })).toEqual(failure('TIMESTAMP_MISSING'));
    expect(await failing({ timestamp: stampAs(world.authority, signature, now) })).toEqual(
      failure('TIMESTAMP_INVALID'),
    );
    expect(await failing({ stores: ['ca:acme', 'tsa:absent'] })).toEqual(failure('TRUST_ANCHOR_NOT_FOUND'));
    // From 2024-12-30T12:00:00Z to 2025-01-02T12:00:00Z, with an accuracy of half a second.
    for (const time of ['2024-12-30T12:00:00.499Z', '2025-01-02T11:59:59.501Z', '2026-01-01T00:00:00Z']) {
      expect(await failing({ timestamp: new Date(time) })).toEqual(failure('CERTIFICATE_NOT_VALID'));
    }
    for (const time of ['2024-12-30T12:00:00.500Z', '2025-01-02T11:59:59.500Z']) {
      expect(await failing({ timestamp: new Date(time) })).toEqual([]);
    }
    const responders = world.responders();
    responders.setStatus(world.authority, revoked);
    expect(await failing({ responders })).toEqual(failure('CERTIFICATE_REVOKED'));
    responders.setStatus(world.authority, 'unreachable');
    expect(await failing({ responders })).toEqual(failure('REVOCATION_UNAVAILABLE'));
  });

  it('TSA-21: one failure, enforced or logged', async () => {
    const finding = await world.judge({ timestamp: 'absent', level: 'permissive' });
    expect(codes(finding)).toEqual(['authenticTimestamp TIMESTAMP_MISSING']);
    expect(finding.failure).toBeUndefined();
  });

  it('TSA-22: always wants a timestamp while the certificates are valid', async () => {
    const missing = ['authenticTimestamp TIMESTAMP_MISSING'];
    expect(codes(await world.judge({ timestamp: 'absent' }))).toEqual(missing);
    expect(codes(await world.judge({ timestamp: 'absent', verifyTimestamp: 'afterCertExpiry' }))).toEqual([]);
    expect(codes(await world.judge({ timestamp: 'absent', stores: ['ca:acme'] }))).toEqual([]);
  });

  it('TSA-23: no override skips it, the level skip does', () => {
    const policy = (signatureVerification: object, more: object) =>
      Buffer.from(
        JSON.stringify({
          version: '1.0',
          trustPolicies: [{ name: 'x', registryScopes: ['*'], signatureVerification, ...more }],
        }),
      );
    const trust = { trustStores: ['ca:x'], trustedIdentities: ['*'] };
    const read = (bytes: Buffer) => parseTrustPolicy(new Uint8Array(bytes), 'policy').statements[0]?.level.actions;
    const override = (action: string) => policy({ level: 'strict', override: { authenticTimestamp: action } }, trust);
    expect(outcome(() => read(override('skip')))).toBe('POLICY_INVALID');
    expect(read(override('log'))?.authenticTimestamp).toBe('log');
    expect(read(policy({ level: 'skip' }, {}))?.authenticTimestamp).toBe('skip');
  });
});
