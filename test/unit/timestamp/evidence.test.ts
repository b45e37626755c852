import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { verifyTimestamp } from '../../../shared/timestamp/evidence.ts';
import type { TimestampEvidence, TimestampTrust } from '../../../shared/timestamp/evidence.ts';
import { parseTimestampToken } from '../../../shared/timestamp/token.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { createRoot, issue, purpose, timestampingChain } from '../../support/ca.ts';
import type { ChainOptions, Issued } from '../../support/ca.ts';
import { sequence, tlv } from '../../support/der-writer.ts';
import { testKey } from '../../support/keys.ts';
import { mutations } from '../../support/mutate.ts';
import { messageImprint } from '../../support/tsa-token.ts';
import type { TokenOptions } from '../../support/tsa-token.ts';
import { at, chain, fingerprintsOf, rootOf, signature, stamp, stamped } from './stamped.ts';

const roots = rootOf(chain);

function verify(options: Partial<TokenOptions> = {}, trust: Partial<TimestampTrust> = {}): TimestampEvidence {
  const trusted = options.chain === undefined ? roots : rootOf(options.chain);
  return verifyTimestamp(stamped(options), signature, { roots: trusted, ...trust });
}

const failure = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });
const invalid = (message: RegExp): unknown => failure('TIMESTAMP_INVALID', message);

describe('verifyTimestamp', () => {
  it('gives the span of time, and the chain up to a root that is not in the token (TSA-15)', () => {
    const evidence = verify();
    expect(evidence.chain.map(({ fingerprint }) => fingerprint)).toEqual(fingerprintsOf(chain));
    expect(evidence).toMatchObject({
      ...{ genTime: at, from: new Date('2026-01-15T11:59:59.623Z'), to: new Date('2026-01-15T12:00:00.623Z') },
    });
  });

  it.each(['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const)(
    'takes an authority with an %s key (CHAIN-23)',
    async (keySpec) => {
      expect(verify({ chain: await timestampingChain({ keySpec }) }).chain).toHaveLength(3);
    },
  );

  it('takes an imprint with another hash than the envelope (TSA-17)', () => {
    expect(verify({ messageImprint: messageImprint('sha512', signature) }).genTime).toEqual(at);
  });

  it.each([
    [
      'a token over other bytes',
      { messageImprint: messageImprint('sha256', Buffer.from('other')) },
      /another signature/,
    ],
    ['signingCertificate v1 alone (TSA-12)', { signingCertificate: 'v1' }, /no signed attribute/],
    ['certificates left out', { certificates: [] }, /not inside/],
    ['signed attributes left out (TSA-14)', { attributes: 'absent' }, /no signed attribute/],
    ['a digest of another content (TSA-14)', { messageDigest: 'wrong' }, /not that of the content/],
    [
      'another content type under the signature (TSA-14)',
      { contentTypeAttribute: '1.2.840.113549.1.7.1' },
      /signed content type/,
    ],
    ['a digest with SHA-1 (TSA-13)', { digest: 'sha1' }, /digest algorithm/],
  ] as const)('refuses %s', (_name, options, message) => {
    expect(() => verify(options)).toThrow(invalid(message));
  });

  it('refuses a signature by another key', async () => {
    const { privateKey } = await testKey('EC-256');
    expect(() => verify({ signWith: privateKey })).toThrow(invalid(/does not match/));
  });

  it('takes the first signer that verifies (TSA-11)', async () => {
    const stranger = await timestampingChain();
    const certificates = [...stranger.chain.slice(0, 2), ...chain.chain.slice(0, 2)];
    const evidence = verify({ signersBefore: [{ chain: stranger }], certificates });
    expect(evidence.chain.map(({ fingerprint }) => fingerprint)).toEqual(fingerprintsOf(chain));
  });

  it('tells why the first signer failed where none verifies', () => {
    const signersBefore = [{ chain, messageDigest: 'wrong' as const }];
    expect(() => verify({ signersBefore, signingCertificate: 'v1' })).toThrow(invalid(/not that of the content/));
  });

  it('throws nothing but a NotaryError for damaged tokens, and accepts none that is signed otherwise', () => {
    const der = stamp();
    const good = parseTimestampToken(der);
    for (const mutant of mutations(der, 3, 1000)) {
      try {
        const token = parseTimestampToken(mutant);
        verifyTimestamp(token, signature, { roots });
        expect(token.info.genTime).toEqual(good.info.genTime);
      } catch (error) {
        if (!(error instanceof NotaryError)) throw error;
      }
    }
  });
});

describe('trust (TSA-15)', () => {
  it('refuses an authority below no given root, and names whom it saw', async () => {
    const other = await timestampingChain();
    expect(() => verify({}, { roots: rootOf(other) })).toThrow(
      failure('TRUST_ANCHOR_NOT_FOUND', /CN=acme tsa.*CN=timestamping root.*1 trusted/s),
    );
    expect(() => verify({}, { roots: [] })).toThrow(failure('TRUST_ANCHOR_NOT_FOUND', /0 trusted/));
  });

  it('does not trust a root because the token brings it', () => {
    expect(() => verify({ certificates: chain.chain }, { roots: [] })).toThrow(failure('TRUST_ANCHOR_NOT_FOUND', /./));
  });

  it('refuses a chain that ends at an anchor which is not self-signed (CHAIN-20)', () => {
    const intermediate = parseCertificate(chain.chain[1]!);
    expect(() => verify({}, { roots: [intermediate] })).toThrow(invalid(/is not issued by/));
  });

  it('refuses a token whose intermediate is missing', () => {
    expect(() => verify({ certificates: [chain.certificate] })).toThrow(
      failure('TRUST_ANCHOR_NOT_FOUND', /CN=timestamping CA/),
    );
  });

  it('finds the issuer among namesakes, and the path that works among several', async () => {
    const decoy = await timestampingChain();
    const key = await testKey('EC-256');
    const [expired, good] = await Promise.all([
      createRoot({ subject: 'CN=old root', notAfter: new Date('2025-01-01T00:00:00Z') }),
      createRoot({ subject: 'CN=new root' }),
    ]);
    const [byExpired, byGood] = await Promise.all(
      [expired, good].map((root) => issue(root, { subject: 'CN=cross', ca: true, key })),
    );
    const tsa = await issueTsa(byExpired!);
    const bag = [byExpired!, byGood!, tsa].map(({ certificate }) => certificate);
    const options = { chain: tsa, certificates: [...decoy.chain, ...bag] };
    const trusted = [expired, good].flatMap(rootOf);
    expect(verify(options, { roots: trusted }).chain[2]?.fingerprint).toBe(rootOf(good)[0]?.fingerprint);
    expect(() => verify(options, { roots: trusted.slice(0, 1) })).toThrow(invalid(/expired/));
  });

  it('refuses a maze', async () => {
    const maze = await Promise.all(
      Array.from({ length: 101 }, () => createRoot({ subject: 'C=US, O=Acme, CN=timestamping CA' })),
    );
    const certificates = [chain.certificate, ...maze.map(({ certificate }) => certificate)];
    expect(() => verify({ certificates })).toThrow(invalid(/within 100 signature checks/));
  });
});

const issueTsa = (parent: Issued): Promise<Issued> =>
  issue(parent, {
    subject: 'CN=cross-signed tsa',
    extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
  });

describe('time (TSA-14, TSA-15)', () => {
  const until2025 = { notAfter: new Date('2025-12-31T23:59:59Z') };

  it('asks for validity at genTime, or at the moment given', () => {
    expect(verify({ at: new Date('2039-12-31T23:59:58Z') }).genTime.getUTCFullYear()).toBe(2039);
    expect(() => verify({}, { at: new Date('2040-06-01T00:00:00Z') })).toThrow(invalid(/expired at 2040-06-01/));
    expect(() => verify({}, { at: new Date('2019-06-01T00:00:00Z') })).toThrow(invalid(/not yet valid/));
  });

  it.each([
    ['leaf', until2025],
    ['intermediate', { intermediate: until2025 }],
    ['root', { root: until2025 }],
  ] as const)('refuses a %s that had expired at genTime', async (_place, options) => {
    const expired = await timestampingChain(options);
    expect(() => verify({ chain: expired, signingTime: 'absent' })).toThrow(invalid(/expired at 2026-01-15/));
    expect(verify({ chain: expired, at: new Date('2025-12-31T23:59:59Z') }).chain).toHaveLength(3);
  });

  it('needs no CMS signingTime, but wants one to lie within the validity of the chain', async () => {
    expect(verify({ signingTime: 'absent' }).genTime).toEqual(at);
    expect(() => verify({ signingTime: new Date('2040-06-01T00:00:00Z') })).toThrow(invalid(/expired at 2040-06-01/));
    const young = await timestampingChain({ root: { notBefore: new Date('2025-06-01T00:00:00Z') } });
    const signingTime = new Date('2025-05-31T00:00:00Z');
    expect(() => verify({ chain: young, signingTime })).toThrow(invalid(/not yet valid at 2025-05-31/));
  });
});

/** Permits names under example.com. */
const hostConstraint = sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('example.com')))));

describe('the chain of the authority (CHAIN-20 to CHAIN-23)', () => {
  const refused: readonly (readonly [name: string, options: ChainOptions, message: RegExp])[] = [
    ['a leaf whose purpose is not critical', { extendedKeyUsage: { purposes: [purpose.timeStamping] } }, /critical/],
    [
      'a leaf with a second purpose',
      { extendedKeyUsage: { purposes: [purpose.timeStamping, purpose.codeSigning], critical: true } },
      /extended key usage/,
    ],
    ['a leaf for any purpose', { extendedKeyUsage: { purposes: [purpose.any], critical: true } }, /extended key usage/],
    [
      'a leaf for another purpose',
      { extendedKeyUsage: { purposes: [purpose.codeSigning], critical: true } },
      /1\.3\.6\.1\.5\.5\.7\.3\.8/,
    ],
    ['a leaf without key usage', { keyUsage: 'absent' }, /key usage/],
    ['a leaf without digitalSignature', { keyUsage: ['contentCommitment'] }, /digitalSignature/],
    ['a leaf that may also encipher keys', { keyUsage: ['digitalSignature', 'keyEncipherment'] }, /keyEncipherment/],
    ['a leaf that is a CA', { ca: true }, /must therefore not be a CA/],
    [
      'an authority that must not have this purpose',
      { intermediate: { extendedKeyUsage: { purposes: [purpose.codeSigning] } } },
      /does not permit/,
    ],
    ['an authority without key usage', { intermediate: { keyUsage: 'absent' } }, /key usage/],
    [
      'an authority under name constraints',
      { intermediate: { extensions: [{ oid: '2.5.29.30', critical: true, value: hostConstraint }] } },
      /it has name constraints/,
    ],
    [
      'an authority with an unknown critical extension',
      { intermediate: { extensions: [{ oid: '1.2.3', critical: true, value: tlv(5) }] } },
      /1\.2\.3/,
    ],
    ['a root whose path length is too short', { root: { pathLength: 0 } }, /path length/],
    ['an RSA-1024 key', { keySpec: 'RSA-1024' }, /of the kind "rsa 1024"/],
  ];

  it.each(refused)('refuses %s', async (_name, options, message) => {
    const bad = await timestampingChain(options);
    expect(() => verify({ chain: bad })).toThrow(invalid(message));
  });

  it('refuses an intermediate that is no CA: it issues nothing', async () => {
    const bad = await timestampingChain({ intermediate: { ca: 'explicitly not' } });
    expect(() => verify({ chain: bad })).toThrow(failure('TRUST_ANCHOR_NOT_FOUND', /./));
  });

  it('accepts key usages that are not critical (CHAIN-21)', async () => {
    const lax = { keyUsageCritical: false };
    const accepted = await timestampingChain({ ...lax, intermediate: lax, root: lax });
    expect(verify({ chain: accepted }).chain).toHaveLength(3);
  });
});
