import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { signatureAlgorithms } from '../../../shared/crypto/algorithm.ts';
import { pemKeyProvider } from '../../../shared/keys/pem.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { codeSigningChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { refusal } from '../../support/expect-code.ts';
import { describeKeyProvider } from '../../support/key-provider-suite.ts';

const certificatesOf = ({ chain }: Issued) => chain.map(parseCertificate);
const provider = (privateKey: string, signer: Issued) =>
  pemKeyProvider({ privateKey, certificateChain: certificatesOf(signer) });

for (const { keySpec } of signatureAlgorithms) {
  describeKeyProvider(`pem with ${keySpec}`, async () => {
    const signer = await codeSigningChain({ keySpec });
    return provider(signer.keyPem, signer);
  });
}

describe('the text of a private key', () => {
  it.each(['pkcs8', 'sec1'] as const)('may be %s for EC (ALG-5)', async (type) => {
    const signer = await codeSigningChain();
    const text = signer.privateKey.export({ format: 'pem', type });
    expect(await provider(text.toString(), signer).describeKey()).toBe('EC-256');
  });

  it.each(['pkcs8', 'pkcs1'] as const)('may be %s for RSA (ALG-5)', async (type) => {
    const signer = await codeSigningChain({ keySpec: 'RSA-2048' });
    const text = signer.privateKey.export({ format: 'pem', type });
    expect(await provider(text.toString(), signer).describeKey()).toBe('RSA-2048');
  });

  it('may stand among other blocks, with any line ends; the first key is taken', async () => {
    const [signer, other] = [await codeSigningChain(), await codeSigningChain()];
    const text = `Bag Attributes\n${signer.chainPem}\n${signer.keyPem}\n${other.keyPem}`.replaceAll('\n', '\r\n');
    expect(await provider(text, signer).describeKey()).toBe('EC-256');
  });

  it('may not be encrypted, in PKCS#8', async () => {
    const signer = await codeSigningChain();
    const text = signer.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' });
    const failure = refusal('KEY_UNSUPPORTED', () => provider(text.toString(), signer));
    expect(failure.remedy).toContain('Decrypt');
  });

  it('may not be encrypted, in the older form', async () => {
    const signer = await codeSigningChain();
    const text = signer.privateKey.export({ format: 'pem', type: 'sec1', cipher: 'aes-256-cbc', passphrase: 'x' });
    expect(text).toContain('Proc-Type: 4,ENCRYPTED');
    refusal('KEY_UNSUPPORTED', () => provider(text.toString(), signer));
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
    ['a block without an end', '-----BEGIN PRIVATE KEY-----\nAAAA\n'],
    ['a block with another end', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n'],
    ['no base64', '-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n'],
    ['no key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
  ])('is refused when it is %s', async (_what, text) => {
    const signer = await codeSigningChain();
    refusal('INPUT_INVALID', () => provider(text, signer));
  });

  it('never reaches an error message', async () => {
    const signer = await codeSigningChain();
    const body = signer.keyPem.split('\n')[1]!;
    const broken = signer.keyPem.replace(body, `${body.slice(0, -1)}*`);
    const failure = refusal('INPUT_INVALID', () => provider(broken, signer));
    expect(`${failure.message}${failure.remedy}`).not.toContain(body.slice(8, 40));
  });

  it.each([
    ['ed25519', () => generateKeyPairSync('ed25519')],
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
    ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['RSASSA-PSS', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 })],
  ])('is refused for %s (ALG-2)', async (_what, generate) => {
    const signer = await codeSigningChain();
    const text = generate().privateKey.export({ format: 'pem', type: 'pkcs8' });
    refusal('KEY_UNSUPPORTED', () => provider(text.toString(), signer));
  });
});

describe('the certificates of a private key', () => {
  it('are put in order, and strangers left out', async () => {
    const [signer, other] = [await codeSigningChain(), await codeSigningChain()];
    const shuffled = [...certificatesOf(other), ...certificatesOf(signer).reverse()];
    const pem = pemKeyProvider({ privateKey: signer.keyPem, certificateChain: shuffled });
    const { chain } = await pem.generateSignature(Uint8Array.of(1), 'EC-256');
    expect(chain.map(({ fingerprint }) => fingerprint)).toStrictEqual(
      certificatesOf(signer).map(({ fingerprint }) => fingerprint),
    );
  });

  it('must hold one for the key', async () => {
    const [signer, other] = [await codeSigningChain(), await codeSigningChain()];
    const failure = refusal('INPUT_INVALID', () => provider(signer.keyPem, other));
    expect(failure.remedy).toContain('issued for this private key');
    refusal('INPUT_INVALID', () => pemKeyProvider({ privateKey: signer.keyPem, certificateChain: [] }));
  });

  it('must lead to a root', async () => {
    const signer = await codeSigningChain();
    const certificateChain = certificatesOf(signer).slice(0, 2);
    refusal('CERTIFICATE_CHAIN_BROKEN', () => pemKeyProvider({ privateKey: signer.keyPem, certificateChain }));
  });
});
