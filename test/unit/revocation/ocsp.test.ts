import { beforeAll, describe, expect, it } from 'vitest';

import { hasCode, NotaryError } from '../../../shared/errors.ts';
import { judgeOcspResponse } from '../../../shared/revocation/ocsp.ts';
import type { Judgement } from '../../../shared/revocation/status.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { createRoot, issue, purpose } from '../../support/ca.ts';
import type { CertificateOptions, Issued } from '../../support/ca.ts';
import { mutations } from '../../support/mutate.ts';
import { ocspError, ocspResponse } from '../../support/ocsp.ts';
import type { OcspOptions, OcspSingle } from '../../support/ocsp.ts';
import { generalizedTime, octetString, tlv } from '../../support/der-writer.ts';

const at = new Date('2026-03-01T12:00:00Z');
const thisUpdate = new Date('2026-03-01T00:00:00Z');
const nextUpdate = new Date('2026-03-02T00:00:00Z');
const revokedAt = new Date('2026-02-01T00:00:00Z');
const serial = 0x1234n;

let ca: Issued;
let sibling: Issued;
let certificate: Certificate;
let issuer: Certificate;

beforeAll(async () => {
  const root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  ca = await issue(root, { subject: 'C=US, O=Acme, CN=CA', ca: true });
  sibling = await issue(root, { subject: 'C=US, O=Acme, CN=CA two', ca: true });
  issuer = parseCertificate(ca.certificate);
  certificate = parseCertificate((await issue(ca, { subject: 'CN=leaf', serialNumber: serial })).certificate);
});

const single = (changes: Partial<OcspSingle> = {}): OcspSingle => ({
  ...{ serial, status: 'good', thisUpdate, nextUpdate },
  ...changes,
});

const respond = (changes: Partial<OcspSingle> = {}, options: Partial<OcspOptions> = {}): Uint8Array =>
  ocspResponse({ issuer: ca, singles: [single(changes)], ...options });

const judge = (response: Uint8Array, signedAt?: Date): Judgement =>
  judgeOcspResponse(response, { certificate, issuer, at, signedAt });

const refusal = (response: Uint8Array): string => outcomeOf(() => judge(response));

const outcomeOf = (ask: () => Judgement): string => {
  try {
    return `accepted as ${ask().status}`;
  } catch (error) {
    if (hasCode(error, 'REVOCATION_UNAVAILABLE')) return error.message;
    throw error;
  }
};

const responder = (options: Partial<CertificateOptions> = {}): Promise<Issued> =>
  issue(ca, { subject: 'CN=responder', extendedKeyUsage: { purposes: [purpose.ocspSigning] }, ...options });

describe('the algorithm of the signature', () => {
  it('is one that the reference verifies too: neither PSS nor Ed25519', async () => {
    const rsa = await createRoot({ subject: 'C=US, O=Acme, CN=RSA', keySpec: 'RSA-2048' });
    const ed25519 = await createRoot({ subject: 'C=US, O=Acme, CN=Ed25519', keySpec: 'Ed25519' });
    for (const [signer, padding, reason] of [
      [rsa, undefined, 'accepted as good'],
      [rsa, 'pss', 'its signature algorithm is rsa-pss'],
      [ed25519, undefined, 'its signature algorithm is ed25519'],
    ] as const) {
      const response = ocspResponse({ issuer: signer, singles: [single()], ...(padding && { padding }) });
      const about = parseCertificate((await issue(signer, { subject: 'CN=leaf', serialNumber: serial })).certificate);
      const question = { certificate: about, issuer: parseCertificate(signer.certificate), at };
      expect(outcomeOf(() => judgeOcspResponse(response, question))).toContain(reason);
    }
  });
});

describe('REV-16: the status', () => {
  it('is good', () => {
    expect(judge(respond())).toEqual({ status: 'good', thisUpdate, nextUpdate });
  });

  it('is revoked, with the time and the reason', () => {
    const answer = judge(respond({ status: { revokedAt, reason: 1 } }));
    expect(answer).toEqual({ status: 'revoked', revokedAt, reason: 1, thisUpdate, nextUpdate });
  });

  it('is revoked without a reason', () => {
    expect(judge(respond({ status: { revokedAt } }))).toEqual({ status: 'revoked', revokedAt, thisUpdate, nextUpdate });
  });

  it('is revoked for certificateHold and removeFromCRL too', () => {
    expect(judge(respond({ status: { revokedAt, reason: 6 } })).status).toBe('revoked');
    expect(judge(respond({ status: { revokedAt, reason: 8 } })).status).toBe('revoked');
  });

  it('is unknown where the responder says so', () => {
    expect(judge(respond({ status: 'unknown' })).status).toBe('unknown');
  });
});

describe('REV-6, REV-16: the invalidityDate', () => {
  const invalidityDate = new Date('2026-01-15T00:00:00Z');
  const revoked = (): Uint8Array => respond({ status: { revokedAt }, invalidityDate });

  it('saves what was signed before it', () => {
    expect(judge(revoked(), new Date('2026-01-14T23:59:59Z')).status).toBe('good');
  });

  it('saves nothing that was signed at it or after', () => {
    expect(judge(revoked(), invalidityDate).status).toBe('revoked');
    expect(judge(revoked(), new Date('2026-01-15T00:00:01Z')).status).toBe('revoked');
  });

  it('saves nothing without a signing time', () => {
    expect(judge(revoked()).status).toBe('revoked');
  });

  it('is needed: being signed before the revocation saves nothing', () => {
    expect(judge(respond({ status: { revokedAt } }), new Date('2020-01-01')).status).toBe('revoked');
  });

  it.each([
    ['not a time', octetString(Uint8Array.of(1))],
    ['not a GeneralizedTime', tlv(0x17, Buffer.from('260115000000Z'))],
    ['not DER', Uint8Array.of(0x18, 0xff)],
  ])('saves nothing where it is %s', (_what, value) => {
    const response = respond({ status: { revokedAt }, extensions: [{ oid: '2.5.29.24', value }] });
    expect(judge(response, new Date('2020-01-01')).status).toBe('revoked');
  });

  it('changes no other status', () => {
    expect(judge(respond({ status: 'unknown', invalidityDate }), new Date('2020-01-01')).status).toBe('unknown');
    expect(judge(respond({ invalidityDate })).status).toBe('good');
  });
});

describe('REV-15: freshness', () => {
  it('lasts until nextUpdate, inclusive', () => {
    expect(judge(respond({ nextUpdate: at })).status).toBe('good');
    expect(refusal(respond({ nextUpdate: new Date(at.getTime() - 1000) }))).toContain('stale');
  });

  it('is not there without a nextUpdate', () => {
    const endless: OcspSingle = { serial, status: 'good', thisUpdate };
    expect(refusal(ocspResponse({ issuer: ca, singles: [endless] }))).toContain('no nextUpdate');
  });

  it('holds for revoked and unknown too', () => {
    const past = new Date('2026-02-28');
    expect(refusal(respond({ status: { revokedAt }, nextUpdate: past }))).toContain('stale');
    expect(refusal(respond({ status: 'unknown', nextUpdate: past }))).toContain('stale');
  });

  it('does not ask for thisUpdate', () => {
    expect(judge(respond({ thisUpdate: new Date('2026-03-01T18:00:00Z') })).status).toBe('good');
  });

  it('fails for a moment that is none', () => {
    const question = { certificate, issuer, at: new Date(Number.NaN) };
    expect(() => judgeOcspResponse(respond(), question)).toThrow(NotaryError);
  });
});

describe('REV-13: the answer about this certificate', () => {
  it.each(['sha1', 'sha256', 'sha384', 'sha512'] as const)('takes a CertID by %s', (hash) => {
    expect(judge(respond({ hash })).status).toBe('good');
  });

  it('refuses a CertID by another hash', () => {
    expect(refusal(respond({ hash: 'md5' }))).toContain('hash that is not known');
  });

  it('refuses an answer about another serial number', () => {
    expect(refusal(respond({ serial: 0x1235n }))).toContain('no answer about the serial number 1234');
  });

  it('passes over the same serial number under another CA', () => {
    const foreign = single({ status: 'good', about: sibling.certificate });
    expect(refusal(ocspResponse({ issuer: ca, singles: [foreign] }))).toContain('no answer about the serial number');
    const both = ocspResponse({ issuer: ca, singles: [foreign, single({ status: { revokedAt } })] });
    expect(judge(both).status).toBe('revoked');
  });

  it('takes the first of several', () => {
    const other = single({ serial: 0x99n, status: 'unknown' });
    const singles = [other, single({ status: { revokedAt } }), single()];
    expect(judge(ocspResponse({ issuer: ca, singles })).status).toBe('revoked');
  });

  it('refuses a response without answers', () => {
    expect(refusal(ocspResponse({ issuer: ca, singles: [] }))).toContain('no answer about');
  });

  it.each([true, false])('reads a single extension that is critical: %s', (critical) => {
    const response = respond({ extensions: [{ oid: '1.2.3.4', critical, value: octetString(new Uint8Array()) }] });
    expect(refusal(response)).toContain(critical ? 'critical extension 1.2.3.4' : 'accepted as good');
  });

  it('refuses even an invalidityDate where it is critical', () => {
    const extensions = [{ oid: '2.5.29.24', critical: true, value: generalizedTime(revokedAt) }];
    expect(refusal(respond({ status: { revokedAt }, extensions }))).toContain('critical extension 2.5.29.24');
  });

  it('refuses a critical extension of the whole response, and takes an unasked nonce', () => {
    const value = octetString(Uint8Array.of(1));
    const extended = (critical: boolean): Uint8Array =>
      respond({}, { responseExtensions: [{ oid: '1.3.6.1.5.5.7.48.1.2', critical, value }] });
    expect(refusal(extended(true))).toContain('critical extension 1.3.6.1.5.5.7.48.1.2');
    expect(judge(extended(false)).status).toBe('good');
  });
});

describe('REV-13: the response', () => {
  it.each(['malformedRequest', 'internalError', 'tryLater', 'sigRequired', 'unauthorized'] as const)(
    'is none where it says %s',
    (status) => {
      expect(refusal(ocspError(status))).toContain(`the responder answers ${status}`);
    },
  );

  it('is none with an unknown status', () => {
    expect(refusal(Uint8Array.of(0x30, 3, 0x0a, 1, 4))).toContain('the responder answers error 4');
  });

  it('takes the responder by name and by key hash, and nothing else', () => {
    expect(judge(respond({}, { responderId: 'name' })).status).toBe('good');
    expect(judge(respond({}, { responderId: 'key' })).status).toBe('good');
    expect(refusal(respond({}, { responderId: tlv(0xa3, octetString(new Uint8Array(20))) }))).toContain('responderID');
  });

  it('has no bytes after it', () => {
    expect(refusal(Buffer.concat([respond(), Uint8Array.of(0)]))).toContain('follow');
  });

  it('is a BasicOCSPResponse', () => {
    expect(refusal(respond({}, { responseType: '1.2.3' }))).toContain('1.2.3 is not BasicOCSPResponse');
  });

  it('survives mutation: a value or REVOCATION_UNAVAILABLE, and never good for a revoked certificate', async () => {
    const response = respond({ status: { revokedAt, reason: 1 } }, { responder: await responder() });
    for (const mutant of mutations(response, 5, 2000))
      expect(refusal(mutant)).not.toMatch(/accepted as (good|unknown)/);
  });
});

describe('REV-14, D18: who may sign', () => {
  it('is the issuer, with RSA and with ECDSA', async () => {
    for (const keySpec of ['RSA-2048', 'EC-384', 'EC-521'] as const) {
      const root = await createRoot({ subject: 'CN=root', keySpec });
      const leaf = await issue(root, { subject: 'CN=leaf', serialNumber: serial });
      const question = {
        certificate: parseCertificate(leaf.certificate),
        issuer: parseCertificate(root.certificate),
        at,
      };
      for (const hash of ['sha256', 'sha384', 'sha512'] as const) {
        const response = ocspResponse({ issuer: root, singles: [single()], hash });
        expect(judgeOcspResponse(response, question).status).toBe('good');
      }
    }
  });

  it('is nobody by SHA-1', () => {
    expect(refusal(respond({}, { hash: 'sha1' }))).toContain('SHA-1');
  });

  it('is not another CA', () => {
    expect(refusal(respond({}, { signWith: sibling.privateKey }))).toContain('not signed by who may sign');
  });

  it('is a responder that the issuer has made for it', async () => {
    expect(judge(respond({}, { responder: await responder() })).status).toBe('good');
  });

  it('is the issuer with its own self-signed certificate in the response', async () => {
    const root = await createRoot({ subject: 'CN=root' });
    const leaf = await issue(root, { subject: 'CN=leaf', serialNumber: serial });
    const response = ocspResponse({ issuer: root, singles: [single()], certificates: [root.certificate] });
    const question = {
      certificate: parseCertificate(leaf.certificate),
      issuer: parseCertificate(root.certificate),
      at,
    };
    expect(judgeOcspResponse(response, question).status).toBe('good');
  });

  it('is not a certificate of the issuer for anything else', async () => {
    for (const purposes of [[purpose.codeSigning], [purpose.any], []]) {
      const other = await responder({ extendedKeyUsage: { purposes } });
      expect(refusal(respond({}, { responder: other }))).toContain('not for OCSP signing');
    }
    const bare = await issue(ca, { subject: 'CN=responder' });
    expect(refusal(respond({}, { responder: bare }))).toContain('not for OCSP signing');
  });

  it('is not a responder of another CA', async () => {
    const stranger = await issue(sibling, { subject: 'CN=r', extendedKeyUsage: { purposes: [purpose.ocspSigning] } });
    expect(refusal(respond({}, { responder: stranger }))).toContain('not acceptable');
    const forged = await responder({ signWith: sibling.privateKey });
    expect(refusal(respond({}, { responder: forged }))).toContain('not acceptable');
    const own = await createRoot({ subject: 'CN=r', extendedKeyUsage: { purposes: [purpose.ocspSigning] } });
    expect(refusal(respond({}, { responder: own }))).toContain('not acceptable');
  });

  it('is not the sibling CA below the same root', () => {
    expect(refusal(respond({}, { responder: sibling }))).toContain('not acceptable');
  });

  it('is a responder only while it is valid', async () => {
    const expired = await responder({ notAfter: new Date('2026-02-28') });
    expect(refusal(respond({}, { responder: expired }))).toMatch(/not acceptable: .*expired/u);
    const early = await responder({ notBefore: new Date('2026-03-02') });
    expect(refusal(respond({}, { responder: early }))).toMatch(/not acceptable: .*not yet valid/u);
  });

  it('is not a responder whose certificate is signed with SHA-1', async () => {
    expect(refusal(respond({}, { responder: await responder({ hash: 'sha1' }) }))).toContain('SHA-1');
  });

  it('is the first embedded certificate, not a later one', async () => {
    const good = await responder();
    const other = await issue(ca, { subject: 'CN=other', extendedKeyUsage: { purposes: [purpose.ocspSigning] } });
    const certificates = [other.certificate, good.certificate];
    expect(refusal(respond({}, { responder: good, certificates }))).toContain('not signed by who may sign');
    expect(judge(respond({}, { responder: good, certificates: [good.certificate, other.certificate] })).status).toBe(
      'good',
    );
  });

  it('is not the issuer where an embedded certificate has not signed', async () => {
    expect(refusal(respond({}, { certificates: [(await responder()).certificate] }))).toContain('not signed by');
  });

  it('is no certificate that does not parse', () => {
    expect(refusal(respond({}, { certificates: [tlv(0x30)] }))).toContain('not acceptable');
  });
});
