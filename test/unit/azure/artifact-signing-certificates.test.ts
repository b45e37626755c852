import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { decodeSigningCertificate, findSigner } from '../../../shared/azure/artifact-signing-certificates.ts';
import { parseReply } from '../../../shared/azure/artifact-signing-reply.ts';
import { decodeBase64 } from '../../../shared/bytes.ts';
import { digest } from '../../../shared/crypto/digest.ts';
import { orderChain } from '../../../shared/x509/chain.ts';
import { displayName } from '../../../shared/x509/name.ts';
import { requireCodeSigningChain, signingKeySpec } from '../../../shared/x509/requirements.ts';
import { codeSigningChain, issue } from '../../support/ca.ts';
import { bagEncodings } from '../../support/certificate-bag.ts';
import { bitString, objectIdentifier, sequence } from '../../support/der-writer.ts';
import { signHashPkcs1, signHashPss } from '../../support/rsa-signature.ts';

const genuineReply = join(import.meta.dirname, '../../../../shared/data/genuine/artifact-signing-reply.json');
const isMissing = !existsSync(genuineReply) && process.env.CI !== 'true';

describe.skipIf(isMissing)('the genuine reply (skipped where the reference data is absent)', () => {
  const read = () => parseReply(new Uint8Array(readFileSync(genuineReply)));

  it('holds a signature of 384 bytes and four certificates, from the leaf to Microsoft’s root', () => {
    const reply = read();
    expect(reply).toMatchObject({ state: 'succeeded', operationId: '1f234bd9-16cf-4283-9ee6-a460d31207bb' });
    expect(decodeBase64(reply.signature ?? '', { code: 'KEY_SIGNATURE_INVALID', what: 'signature' })).toHaveLength(384);
    const certificates = decodeSigningCertificate(reply.signingCertificate ?? '');
    expect(certificates.map(({ fingerprint }) => fingerprint).slice(1)).toEqual([
      '2faa1c92228d5a05e07baecfaa365f90a9b2f2dd846b014ae95880bac3a976bb',
      '3d29798cc5d3f0644a7e0dc9cb1cade523ea5ec83b335109b605bfeaa7d5f5c1',
      '5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270',
    ]);
    expect(displayName(certificates[3]!.subject)).toContain('Microsoft Identity Verification Root');
  });

  it('gives a chain that satisfies Notary Project at the time of its leaf, whatever the order of the bag', () => {
    const certificates = decodeSigningCertificate(read().signingCertificate ?? '');
    const leaf = certificates[0]!;
    const chain = orderChain(leaf, [...certificates].reverse());
    expect(chain.map(({ fingerprint }) => fingerprint)).toEqual(certificates.map(({ fingerprint }) => fingerprint));
    requireCodeSigningChain(chain, leaf.notBefore);
    expect(signingKeySpec(leaf)).toBe('RSA-3072');
    expect(leaf.notAfter.getTime() - leaf.notBefore.getTime()).toBe(72 * 3_600_000);
    expect(leaf.extendedKeyUsage?.purposes).toContain('1.3.6.1.4.1.311.97.1.0');
  });
});

describe('decodeSigningCertificate', async () => {
  const { chain } = await codeSigningChain();
  const expected = chain.map((der) => Buffer.from(der).toString('hex'));

  it.each(Object.entries(bagEncodings))('reads %s', (_name, encode) => {
    const certificates = decodeSigningCertificate(encode(chain));
    expect(certificates.map(({ der }) => Buffer.from(der).toString('hex'))).toEqual(expected);
  });

  it('ignores white space between the outer characters', () => {
    const text = (bagEncodings.wire(chain).match(/.{1,76}/gu) ?? []).join('\r\n');
    expect(decodeSigningCertificate(`  ${text}\n`)).toHaveLength(3);
  });

  it.each([
    ['', 'ASN1_MALFORMED'],
    ['!', 'KEY_SIGNATURE_INVALID'],
    ['TUlJ=', 'KEY_SIGNATURE_INVALID'],
    [Buffer.from('not base64 at all').toString('base64'), 'KEY_SIGNATURE_INVALID'],
    [Buffer.of(0xff, 0xfe, 0x80).toString('base64'), 'KEY_SIGNATURE_INVALID'],
    [Buffer.of(0x30, 0x82, 0x00, 0x01).toString('base64'), 'ASN1_MALFORMED'],
    ['-----BEGIN CERTIFICATE-----', 'ASN1_MALFORMED'],
    [bagEncodings.wire([]), 'ASN1_MALFORMED'],
  ])('refuses %j', (text, code) => {
    expect(() => decodeSigningCertificate(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('findSigner', async () => {
  const issued = await codeSigningChain({ keySpec: 'RSA-3072' });
  const certificates = decodeSigningCertificate(bagEncodings.wire([...issued.chain].reverse()));
  const toBeSigned = Buffer.from('to be signed');
  const hash = digest('sha384', toBeSigned);
  const find = (signature: Uint8Array) => findSigner(certificates, { toBeSigned, signature, keySpec: 'RSA-3072' });

  it('finds the certificate by its key, wherever it stands', () => {
    expect(find(signHashPss('sha384', hash, issued.privateKey))?.der).toEqual(issued.certificate);
  });

  it('passes over certificates with keys of other kinds, even those that nobody can read', async () => {
    const unknownKey = sequence(sequence(objectIdentifier('1.2.3.4')), bitString(Buffer.of(1, 2, 3)));
    const strangers = await Promise.all([
      issue(issued, { subject: 'CN=unknown', subjectPublicKeyInfo: unknownKey }),
      issue(issued, { subject: 'CN=ed25519', keySpec: 'Ed25519' }),
      issue(issued, { subject: 'CN=ec', keySpec: 'EC-384' }),
    ]);
    const bag = bagEncodings.wire([...strangers.map(({ certificate }) => certificate), ...issued.chain]);
    const signature = signHashPss('sha384', hash, issued.privateKey);
    const signer = findSigner(decodeSigningCertificate(bag), { toBeSigned, signature, keySpec: 'RSA-3072' });
    expect(signer?.der).toEqual(issued.certificate);
  });

  it.each([
    ['a salt of 32 bytes', () => signHashPss('sha384', hash, issued.privateKey, 32)],
    ['PKCS#1 v1.5', () => signHashPkcs1('sha384', hash, issued.privateKey)],
    ['another hash', () => signHashPss('sha256', digest('sha256', toBeSigned), issued.privateKey)],
    ['other bytes', () => signHashPss('sha384', digest('sha384', Buffer.from('other')), issued.privateKey)],
    ['no bytes', () => new Uint8Array()],
  ])('finds none for %s', (_name, sign) => {
    expect(find(sign())).toBeUndefined();
  });
});
