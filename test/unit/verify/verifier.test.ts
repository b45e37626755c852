import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { judgeSignature } from '../../../verify/verifier.ts';
import type { Finding } from '../../../verify/verifier.ts';
import type { StoredSignature } from '../../../shared/oci/signatures.ts';
import type { TrustStores } from '../../../shared/trust/store.ts';
import {
  at,
  createAuthority,
  createPublisher,
  createResponders,
  services,
  sign,
  signingTime,
  stamp,
  statement,
  storesOf,
  subject,
  yearLater,
} from './world.ts';
import type { Party, Responders, SignOptions, StatementOptions } from './world.ts';

let publisher: Party;
let stranger: Party;
let authority: Party;
/** Its certificate lives three days, around the signing time. */
let shortLived: Party;

beforeAll(async () => {
  publisher = await createPublisher();
  stranger = await createPublisher({}, 'stranger');
  authority = await createAuthority();
  shortLived = await createPublisher({
    subject: 'C=US, ST=WA, O=Acme, CN=publisher',
    notBefore: new Date('2024-12-30T12:00:00Z'),
    notAfter: new Date('2025-01-02T12:00:00Z'),
  });
});

interface Case extends SignOptions, StatementOptions {
  readonly signer?: Party;
  readonly at?: Date;
  readonly userMetadata?: Readonly<Record<string, string>>;
  readonly stored?: StoredSignature;
  readonly trust?: TrustStores;
  readonly responders?: Responders;
}

const everyStore = () =>
  storesOf({
    'ca:acme': [publisher.root, shortLived.root],
    'tsa:acme': [authority.root],
    'signingAuthority:acme': [publisher.root],
  });

const allResponders = (): Responders => createResponders(publisher, stranger, authority, shortLived);

async function judge(test: Case = {}): Promise<Finding> {
  const stored = test.stored ?? sign(test.signer ?? publisher, authority, test);
  const terms = {
    ...{ subject, at: test.at ?? at, userMetadata: test.userMetadata ?? {} },
    statement: statement(test),
  };
  return judgeSignature(stored, terms, services((test.responders ?? allResponders()).http, test.trust ?? everyStore()));
}

/** "type action code" for each result. */
const story = ({ results }: Finding): string[] =>
  results.map(({ type, action, failure }) => [type, action, ...(failure ? [failure.code] : [])].join(' '));

const revoked = { revokedAt: new Date('2024-12-01') };

describe('a good signature', () => {
  it.each(['cose', 'jws'] as const)('VER 9.2: passes five validations in their order (%s)', async (format) => {
    const finding = await judge({ format });
    expect(finding.failure).toBeUndefined();
    expect(story(finding)).toEqual([
      'integrity enforce',
      'authenticity enforce',
      'expiry enforce',
      'authenticTimestamp enforce',
      'revocation enforce',
    ]);
    expect(finding.timestamp?.genTime).toEqual(signingTime);
    expect(finding.content?.target.digest).toBe(subject.digest);
  });

  it('asks the responders of the signer and of the timestamp authority, once each', async () => {
    const responders = allResponders();
    await judge({ responders });
    expect(responders.asked.map((url) => new URL(url).hostname).sort()).toEqual([
      'ocsp.authority.test',
      'ocsp.publisher.test',
    ]);
  });

  it('VER-11: passes long after its certificate has ended, by its timestamp', async () => {
    const finding = await judge({ signer: shortLived, at: yearLater });
    expect(finding.failure).toBeUndefined();
  });
});

describe('an enforced failure ends the signature', () => {
  const tampered = (): StoredSignature => {
    const stored = sign(publisher, authority);
    const envelope = stored.envelope.slice();
    const position = Buffer.from(envelope).indexOf(subject.digest) + 10;
    envelope[position] = (envelope[position] ?? 0) ^ 1;
    return { ...stored, envelope };
  };

  it.each<[string, () => Case, string[], string]>([
    ['changed bytes', () => ({ stored: tampered() }), ['integrity enforce SIGNATURE_MISMATCH'], 'SIGNATURE_MISMATCH'],
    [
      'bytes that are no envelope',
      () => ({ stored: { mediaType: 'application/cose', envelope: Uint8Array.of(1, 2, 3) } }),
      ['integrity enforce ENVELOPE_MALFORMED'],
      'ENVELOPE_MALFORMED',
    ],
    [
      'an unknown envelope type',
      () => ({ stored: { ...sign(publisher, authority), mediaType: 'application/cose; x=1' } }),
      ['integrity enforce ENVELOPE_UNSUPPORTED'],
      'ENVELOPE_UNSUPPORTED',
    ],
    [
      'PLUG-28: a verification plugin',
      () => ({
        attributes: { extended: [{ key: 'io.cncf.notary.verificationPlugin', critical: true, value: 'acme' }] },
      }),
      ['integrity enforce ENVELOPE_UNSUPPORTED'],
      'ENVELOPE_UNSUPPORTED',
    ],
    [
      'D1: an unknown critical attribute',
      () => ({ attributes: { extended: [{ key: 'acme', critical: true, value: 'x' }] } }),
      ['integrity enforce ENVELOPE_UNSUPPORTED'],
      'ENVELOPE_UNSUPPORTED',
    ],
    [
      'PAY-12: the signature of another artifact',
      () => ({ target: { ...subject, digest: `sha256:${'0'.repeat(64)}` } }),
      ['integrity enforce PAYLOAD_MISMATCH'],
      'PAYLOAD_MISMATCH',
    ],
    [
      'PAY-12: another size',
      () => ({ target: { ...subject, size: 9 } }),
      ['integrity enforce PAYLOAD_MISMATCH'],
      'PAYLOAD_MISMATCH',
    ],
    [
      'PAY-12: another media type',
      () => ({ target: { ...subject, mediaType: 'application/x' } }),
      ['integrity enforce PAYLOAD_MISMATCH'],
      'PAYLOAD_MISMATCH',
    ],
    [
      'STORE-7: a chain under no anchor',
      () => ({ signer: stranger }),
      ['integrity enforce', 'authenticity enforce TRUST_ANCHOR_NOT_FOUND'],
      'TRUST_ANCHOR_NOT_FOUND',
    ],
    [
      'SCHEME-3: an anchor of the other type',
      () => ({ stores: ['signingAuthority:acme', 'tsa:acme'] }),
      ['integrity enforce', 'authenticity enforce TRUST_ANCHOR_NOT_FOUND'],
      'TRUST_ANCHOR_NOT_FOUND',
    ],
    [
      'DN-9: another signer',
      () => ({ identities: ['x509.subject:C=US,ST=WA,O=Other'] }),
      ['integrity enforce', 'authenticity enforce TRUSTED_IDENTITY_MISMATCH'],
      'TRUSTED_IDENTITY_MISMATCH',
    ],
    [
      'D27: the moment of expiry',
      () => ({ attributes: { expiry: at } }),
      ['integrity enforce', 'authenticity enforce', 'expiry enforce SIGNATURE_EXPIRED'],
      'SIGNATURE_EXPIRED',
    ],
    [
      'TSA-22: no timestamp',
      () => ({ timestamp: 'absent' }),
      ['integrity enforce', 'authenticity enforce', 'expiry enforce', 'authenticTimestamp enforce TIMESTAMP_MISSING'],
      'TIMESTAMP_MISSING',
    ],
  ])('%s', async (_name, test, results, code) => {
    const finding = await judge(test());
    expect(story(finding)).toEqual(results);
    expect(finding.failure?.code).toBe(code);
  });

  it('REV-5: a revoked signer, and one whose status is unknown', async () => {
    const responders = allResponders();
    responders.setStatus(publisher, revoked);
    expect((await judge({ responders })).failure?.code).toBe('CERTIFICATE_REVOKED');
    const deaf = allResponders();
    deaf.setStatus(publisher, 'unreachable');
    const finding = await judge({ responders: deaf });
    expect(finding.failure?.code).toBe('REVOCATION_UNAVAILABLE');
    expect(finding.failure?.transient).toBe(true);
    expect(story(finding)).toHaveLength(5);
  });

  it('shows nothing of an envelope whose integrity failed', async () => {
    expect((await judge({ stored: tampered() })).content).toBeUndefined();
    expect((await judge({ signer: stranger })).content?.envelope.chain).toHaveLength(3);
  });
});

describe('a logged failure is kept, and the signature goes on', () => {
  it('POL-17: at level permissive', async () => {
    const responders = allResponders();
    responders.setStatus(publisher, 'unreachable');
    const finding = await judge({
      level: 'permissive',
      attributes: { expiry: at },
      timestamp: 'absent',
      responders,
    });
    expect(finding.failure).toBeUndefined();
    expect(story(finding)).toEqual([
      'integrity enforce',
      'authenticity enforce',
      'expiry log SIGNATURE_EXPIRED',
      'authenticTimestamp log TIMESTAMP_MISSING',
      'revocation log REVOCATION_UNAVAILABLE',
    ]);
  });

  it('POL-17: at level permissive authenticity is still enforced', async () => {
    expect((await judge({ level: 'permissive', signer: stranger })).failure?.code).toBe('TRUST_ANCHOR_NOT_FOUND');
  });

  it('at level audit no address of an unanchored chain is asked', async () => {
    const responders = allResponders();
    const finding = await judge({ level: 'audit', signer: stranger, responders });
    expect(finding.failure).toBeUndefined();
    expect(story(finding)).toEqual([
      'integrity enforce',
      'authenticity log TRUST_ANCHOR_NOT_FOUND',
      'expiry log',
      'authenticTimestamp log',
      'revocation log TRUST_ANCHOR_NOT_FOUND',
    ]);
    expect(finding.results[4]?.failure?.message).toContain('was not asked');
    expect(responders.asked.map((url) => new URL(url).hostname)).toEqual(['ocsp.authority.test']);
  });

  it('nor is it where the revocation is enforced by an override, and then the signature fails', async () => {
    const responders = allResponders();
    const finding = await judge({ level: 'audit', override: { revocation: 'enforce' }, signer: stranger, responders });
    expect(finding.failure?.code).toBe('TRUST_ANCHOR_NOT_FOUND');
    expect(responders.asked.map((url) => new URL(url).hostname)).toEqual(['ocsp.authority.test']);
  });

  it('at level audit an anchored chain of somebody else is asked about', async () => {
    const responders = allResponders();
    responders.setStatus(publisher, revoked);
    const finding = await judge({ level: 'audit', identities: ['x509.subject:C=US,ST=WA,O=Other'], responders });
    expect(story(finding)).toContain('authenticity log TRUSTED_IDENTITY_MISMATCH');
    expect(story(finding)).toContain('revocation log CERTIFICATE_REVOKED');
  });

  it('at level audit a trust store that cannot be read is logged, and nothing is asked', async () => {
    const responders = allResponders();
    const trust: TrustStores = ({ type }) =>
      type === 'tsa'
        ? everyStore()({ type, name: 'acme' })
        : Promise.reject(new NotaryError('TRUST_STORE_INVALID', 'gone'));
    const finding = await judge({ level: 'audit', trust, responders });
    expect(story(finding)).toContain('authenticity log TRUST_STORE_INVALID');
    expect(responders.asked.map((url) => new URL(url).hostname)).toEqual(['ocsp.authority.test']);
  });

  it.each<[string, Case, string]>([
    ['a payload for another artifact', { target: { ...subject, size: 9 } }, 'PAYLOAD_MISMATCH'],
    ['absent user metadata', { userMetadata: { build: '1' } }, 'METADATA_MISMATCH'],
  ])('VER 9.2: at level audit %s still fails', async (_name, test, code) => {
    expect((await judge({ level: 'audit', ...test })).failure?.code).toBe(code);
  });
});

describe('revocation that is skipped', () => {
  it('POL-7: asks nobody about the signer, and about the timestamp authority all the same', async () => {
    const responders = allResponders();
    const finding = await judge({ override: { revocation: 'skip' }, responders });
    expect(finding.failure).toBeUndefined();
    expect(story(finding).at(-1)).toBe('revocation skip');
    expect(responders.asked.map((url) => new URL(url).hostname)).toEqual(['ocsp.authority.test']);
  });
});

describe('authentic timestamp', () => {
  const garbage = Uint8Array.of(0);

  it('TSA-20: without a tsa store no token is looked at, and the certificates must be valid now', async () => {
    const stores = ['ca:acme'];
    expect((await judge({ stores, timestamp: garbage })).failure).toBeUndefined();
    const finding = await judge({ stores, signer: shortLived, at: yearLater });
    expect(finding.failure?.code).toBe('CERTIFICATE_NOT_VALID');
    expect(story(finding)).toHaveLength(4);
  });

  it('TSA-20: afterCertExpiry looks at no token while all certificates are valid', async () => {
    const finding = await judge({ verifyTimestamp: 'afterCertExpiry', signer: shortLived, timestamp: garbage });
    expect(finding.failure).toBeUndefined();
    expect(finding.timestamp).toBeUndefined();
  });

  it('TSA-20: afterCertExpiry asks for one once a certificate has ended', async () => {
    const test = { verifyTimestamp: 'afterCertExpiry', signer: shortLived, at: yearLater } as const;
    expect((await judge(test)).timestamp?.genTime).toEqual(signingTime);
    expect((await judge({ ...test, timestamp: 'absent' })).failure?.code).toBe('TIMESTAMP_MISSING');
  });

  it('TSA-20: a certificate that ends at this very moment has not ended', async () => {
    const { notAfter } = parseCertificate(shortLived.leaf.certificate);
    const test = { verifyTimestamp: 'afterCertExpiry', signer: shortLived, timestamp: 'absent' } as const;
    expect((await judge({ ...test, at: notAfter })).failure).toBeUndefined();
    const next = new Date(notAfter.getTime() + 1);
    expect((await judge({ ...test, at: next })).failure?.code).toBe('TIMESTAMP_MISSING');
  });

  it.each<[string, () => Case, string]>([
    ['TSA-21: a token that is none', () => ({ timestamp: garbage }), 'TIMESTAMP_INVALID'],
    [
      'TSA-17: a token for another signature',
      () => ({ timestamp: stamp(authority, garbage, signingTime) }),
      'TIMESTAMP_INVALID',
    ],
    [
      'TSA-21: a time after the certificate',
      () => ({ signer: shortLived, timestamp: yearLater }),
      'CERTIFICATE_NOT_VALID',
    ],
    [
      'TSA-21: a time whose accuracy reaches beyond the certificate',
      () => ({ signer: shortLived, timestamp: new Date('2025-01-02T11:59:59.800Z') }),
      'CERTIFICATE_NOT_VALID',
    ],
    [
      'TSA-15: an authority below no trusted root',
      () => ({ trust: storesOf({ 'ca:acme': [publisher.root] }) }),
      'TRUST_ANCHOR_NOT_FOUND',
    ],
  ])('%s fails', async (_name, test, code) => {
    const finding = await judge(test());
    expect(story(finding)[3]).toBe(`authenticTimestamp enforce ${code}`);
  });

  it('TSA-21: an authority that is revoked or unknown now fails', async () => {
    const responders = allResponders();
    responders.setStatus(authority, revoked);
    const finding = await judge({ responders });
    expect(story(finding)[3]).toBe('authenticTimestamp enforce CERTIFICATE_REVOKED');
    expect(finding.failure?.message).toContain('timestamping certificate');
    const deaf = allResponders();
    deaf.setStatus(authority, 'unreachable');
    expect(story(await judge({ responders: deaf }))[3]).toBe('authenticTimestamp enforce REVOCATION_UNAVAILABLE');
  });

  it('takes a pinned root that is inside the token', async () => {
    const { fingerprint } = parseCertificate(authority.root.certificate);
    const trust = storesOf({ 'ca:acme': [publisher.root], 'tsa:acme': [fingerprint] });
    expect((await judge({ trust, tokenCertificates: authority.leaf.chain })).timestamp?.genTime).toEqual(signingTime);
    const { failure } = await judge({ trust });
    expect(failure?.code).toBe('TRUST_ANCHOR_NOT_FOUND');
    expect(failure?.message).toContain(`sha256:${fingerprint} is not inside the token`);
    expect(failure?.remedy).toContain('trusted-timestamp-roots');
  });

  it('STORE-5: does not take a pinned CA that is no root', async () => {
    const { fingerprint } = parseCertificate(authority.ca.certificate);
    const trust = storesOf({ 'ca:acme': [publisher.root], 'tsa:acme': [fingerprint] });
    const finding = await judge({ trust, tokenCertificates: authority.leaf.chain });
    expect(story(finding)[3]).toBe('authenticTimestamp enforce CERTIFICATE_UNSUITABLE');
  });
});

describe('notary.x509.signingAuthority', () => {
  const attributes = { signingScheme: 'notary.x509.signingAuthority', signingTime } as const;
  const stores = ['signingAuthority:acme', 'tsa:acme'];
  const trust = () => storesOf({ 'signingAuthority:acme': [publisher.root, shortLived.root] });

  it('SCHEME: takes the stores of its type, and ignores a timestamp', async () => {
    const finding = await judge({ attributes, stores, trust: trust(), timestamp: Uint8Array.of(0) });
    expect(finding.failure).toBeUndefined();
    expect((await judge({ attributes, stores: ['ca:acme'] })).failure?.code).toBe('TRUST_ANCHOR_NOT_FOUND');
  });

  it('VER-11: the certificates must have been valid at its own time', async () => {
    const test = { stores, trust: trust(), signer: shortLived, timestamp: 'absent', at: yearLater } as const;
    expect((await judge({ ...test, attributes })).failure).toBeUndefined();
    const early = { ...attributes, signingTime: new Date('2024-12-01T00:00:00Z') };
    expect(story(await judge({ ...test, attributes: early }))[3]).toBe(
      'authenticTimestamp enforce CERTIFICATE_NOT_VALID',
    );
  });

  it('REV-6: only its time can lie before the moment from which a certificate is not to be trusted', async () => {
    const responders = allResponders();
    responders.setStatus(publisher, { revokedAt: signingTime }, new Date(signingTime.getTime() + 1000));
    expect((await judge({ attributes, stores, trust: trust(), responders })).failure).toBeUndefined();
    expect((await judge({ responders })).failure?.code).toBe('CERTIFICATE_REVOKED');
    responders.setStatus(publisher, { revokedAt: signingTime }, new Date(signingTime.getTime() - 1000));
    expect((await judge({ attributes, stores, trust: trust(), responders })).failure?.code).toBe('CERTIFICATE_REVOKED');
  });
});

describe('user metadata', () => {
  const target = { ...subject, annotations: { build: '1', more: 'x' } };

  it('VER 9.2: each demanded pair must be there, others may', async () => {
    expect((await judge({ target, userMetadata: { build: '1' } })).failure).toBeUndefined();
    const different = await judge({ target, userMetadata: { build: '2' } });
    expect(different.failure?.code).toBe('METADATA_MISMATCH');
    expect(different.failure?.message).toContain('"build" = "2", where the signature says "1"');
    expect(story(different)).toHaveLength(5);
    expect((await judge({ target, userMetadata: { constructor: 'x' } })).failure?.code).toBe('METADATA_MISMATCH');
  });
});

describe('what is no finding', () => {
  it('a defect passes through, also at level audit', async () => {
    const trust: TrustStores = () => Promise.reject(new TypeError('a defect'));
    await expect(judge({ level: 'audit', trust })).rejects.toThrow(TypeError);
  });

  it('the end of the step passes through, also at level audit', async () => {
    const trust: TrustStores = () => Promise.reject(new NotaryError('STEP_TIMED_OUT', 'over'));
    await expect(judge({ level: 'audit', trust })).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
    await expect(judge({ trust })).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' });
  });
});
