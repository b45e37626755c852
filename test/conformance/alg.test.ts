// Algorithms and keys. Signature Specification, "Algorithm Selection" and "Certificate Requirements".

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { algorithmOf, signatureAlgorithms } from '../../shared/crypto/algorithm.ts';
import { cose } from '../../shared/envelope/cose.ts';
import { jws } from '../../shared/envelope/jws.ts';
import { pemKeyProvider } from '../../shared/keys/pem.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { readPemCertificates } from '../../shared/x509/read-certificates.ts';
import { requireCodeSigningChain, signingKeySpec } from '../../shared/x509/requirements.ts';
import type { CertificateChain } from '../../shared/x509/chain.ts';
import { badChains, unsupportedKeys } from '../support/bad-chains.ts';
import { codeSigningChain, createRoot } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { signedParts } from '../unit/envelope/signed.ts';
import { open } from './envelopes.ts';
import { outcome } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const parse = (chain: readonly Uint8Array[]): CertificateChain =>
  chain.map((der) => parseCertificate(der)) as unknown as CertificateChain;
const judge = (chain: readonly Uint8Array[]): Outcome =>
  outcome(() => {
    requireCodeSigningChain(parse(chain));
  });

describe('ALG', () => {
  it('ALG-1: one algorithm for each of six keys', () => {
    const rows = signatureAlgorithms.map(({ keySpec, cose, jws, hash, plugin }) => [keySpec, cose, jws, hash, plugin]);
    expect(rows).toEqual([
      ['RSA-2048', -37, 'PS256', 'sha256', 'RSASSA-PSS-SHA-256'],
      ['RSA-3072', -38, 'PS384', 'sha384', 'RSASSA-PSS-SHA-384'],
      ['RSA-4096', -39, 'PS512', 'sha512', 'RSASSA-PSS-SHA-512'],
      ['EC-256', -7, 'ES256', 'sha256', 'ECDSA-SHA-256'],
      ['EC-384', -35, 'ES384', 'sha384', 'ECDSA-SHA-384'],
      ['EC-521', -36, 'ES512', 'sha512', 'ECDSA-SHA-512'],
    ]);
  });

  it.each(signatureAlgorithms)('ALG-1: $keySpec signs with its own algorithm alone', async ({ keySpec, plugin }) => {
    const signer = await codeSigningChain({ keySpec });
    expect(signingKeySpec(parseCertificate(signer.certificate))).toBe(keySpec);
    const otherSpec = keySpec === 'EC-384' ? 'EC-256' : 'EC-384';
    for (const format of [cose, jws]) {
      expect(open(format, format.encode(signedParts(format, signer, keySpec))).algorithm.plugin).toBe(plugin);
      const lying = signedParts(format, signer, keySpec, { algorithm: otherSpec });
      expect(outcome(() => open(format, format.encode(lying)))).toBe('ENVELOPE_MALFORMED');
    }
    expect(algorithmOf(keySpec).plugin).toBe(plugin);
  });

  it.each([...unsupportedKeys, 'RSA-2047', 'RSA-2304'] as const)(
    'ALG-2: a leaf with %s signs nothing',
    async (keySpec) => {
      expect(judge((await codeSigningChain({ keySpec })).chain)).toBe('KEY_UNSUPPORTED');
    },
  );

  it('ALG-2: a curve that Go does not know makes no certificate', async () => {
    const { certificate } = await codeSigningChain({ keySpec: 'EC-secp256k1' });
    expect(outcome(() => parseCertificate(certificate))).toBe('ASN1_MALFORMED');
  });

  it.each(['RSA-1024', 'RSA-2056', 'EC-P224', 'Ed25519'] as const)('ALG-3: %s may issue', async (keySpec) => {
    expect(judge((await codeSigningChain({ root: { keySpec }, intermediate: { keySpec } })).chain)).toBe('ok');
  });

  it('ALG-3: RSASSA-PSS may sign certificates', async () => {
    const pss = { keySpec: 'RSA-2048', padding: 'pss' } as const;
    const { chain } = await codeSigningChain({ root: pss, intermediate: { padding: 'pss', hash: 'sha512' } });
    expect(judge(chain)).toBe('ok');
  });

  it('ALG-4: no certificate is signed with MD5 or SHA-1', async () => {
    const weak = Object.entries(badChains).filter(([name]) => name.startsWith('ALG-4') || name.startsWith('D5'));
    expect(weak).toHaveLength(5);
    for (const [, make] of weak) expect(judge(await make())).toBe('CERTIFICATE_UNSUITABLE');
    expect(judge((await codeSigningChain({ hash: 'sha384', root: { hash: 'sha512' } })).chain)).toBe('ok');
  });
});

describe('ALG-5, key and certificate text', () => {
  const provide = (key: string, { chainPem }: Issued) =>
    pemKeyProvider({ privateKey: key, certificateChain: readPemCertificates(chainPem) });
  const exported = ({ privateKey }: Issued, type: 'pkcs1' | 'pkcs8' | 'sec1', secret = {}): string =>
    privateKey.export({ format: 'pem', type, ...secret } as { format: 'pem'; type: 'pkcs8' }).toString();

  it('ALG-5: PKCS#8, PKCS#1 and SEC1, the first key of the text', async () => {
    const [rsa, ec, other] = [
      await codeSigningChain({ keySpec: 'RSA-2048' }),
      await codeSigningChain(),
      await codeSigningChain(),
    ];
    for (const type of ['pkcs8', 'pkcs1'] as const) {
      expect(await provide(exported(rsa, type), rsa).describeKey()).toBe('RSA-2048');
    }
    for (const type of ['pkcs8', 'sec1'] as const) {
      const text = `${ec.chainPem}${exported(ec, type)}${other.keyPem}`;
      expect(await provide(text, ec).describeKey()).toBe('EC-256');
      expect(outcome(() => provide(text, other))).toBe('INPUT_INVALID');
    }
  });

  it('ALG-5: no encrypted key, and none that belongs to no certificate', async () => {
    const signer = await codeSigningChain();
    const secret = { cipher: 'aes-256-cbc', passphrase: 'x' };
    expect(outcome(() => provide(exported(signer, 'pkcs8', secret), signer))).toBe('KEY_UNSUPPORTED');
    expect(outcome(() => provide(exported(signer, 'sec1', secret), signer))).toBe('KEY_UNSUPPORTED');
    expect(outcome(() => provide('', signer))).toBe('INPUT_INVALID');
    const { keyPem } = await createRoot({ subject: 'CN=stranger' });
    expect(outcome(() => provide(keyPem, signer))).toBe('INPUT_INVALID');
  });

  it('ALG-5: every certificate of the text, and a whole chain of them', async () => {
    const signer = await codeSigningChain();
    const text = `comment\n${signer.keyPem}${signer.chainPem}`;
    expect(readPemCertificates(text).map(({ der }) => Buffer.from(der))).toEqual(
      signer.chain.map((der) => Buffer.from(der)),
    );
    const half = { ...signer, chainPem: signer.pem };
    expect(outcome(() => provide(signer.keyPem, half))).toBe('CERTIFICATE_CHAIN_BROKEN');
  });
});
