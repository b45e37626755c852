// The one suite that every KeyProvider passes: whatever stands behind it, the envelope gets the same kind of signature.

import { constants, verify, X509Certificate } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { algorithmOf, signatureAlgorithms } from '../../shared/crypto/algorithm.ts';
import type { KeySpec } from '../../shared/crypto/algorithm.ts';
import { hashLength } from '../../shared/crypto/digest.ts';
import type { KeyProvider, KeySignature } from '../../shared/keys/provider.ts';
import { hasCode } from '../../shared/errors.ts';

/** @param makeProvider  a provider that can sign, a new one for each call */
export function describeKeyProvider(name: string, makeProvider: () => Promise<KeyProvider>): void {
  describe(`key provider ${name}`, () => {
    it('names itself as name/version', async () => {
      expect((await makeProvider()).agent).toMatch(/^[a-z0-9-]+\/[0-9A-Za-z.-]+$/);
    });

    it('describes its key as one of the six', async () => {
      const provider = await makeProvider();
      const keySpec = await provider.describeKey();
      expect(signatureAlgorithms.map((algorithm) => algorithm.keySpec)).toContain(keySpec);
      expect(await provider.describeKey()).toBe(keySpec);
    });

    it('signs: raw signature, right length, verifying under the first certificate', async () => {
      const provider = await makeProvider();
      const keySpec = await provider.describeKey();
      for (const message of [new Uint8Array(), new Uint8Array(100_000).fill(7)]) {
        const signed = await provider.generateSignature(message, keySpec);
        expect(signed.signature).toBeInstanceOf(Uint8Array);
        expect(signed.signature).toHaveLength(algorithmOf(keySpec).signatureLength);
        expect(verifies(signed, message, keySpec)).toBe(true);
        expect(verifies(signed, Uint8Array.of(1), keySpec)).toBe(false);
      }
    });

    it('returns the chain from that certificate to its root, each issued by the next', async () => {
      const provider = await makeProvider();
      const { chain } = await provider.generateSignature(Uint8Array.of(1), await provider.describeKey());
      const certificates = chain.map(({ der }) => new X509Certificate(der));
      expect(certificates.length).toBeGreaterThan(0);
      certificates.forEach((certificate, index) => {
        const issuer = certificates[index + 1] ?? certificate;
        expect(certificate.checkIssued(issuer)).toBe(true);
        expect(certificate.verify(issuer.publicKey)).toBe(true);
      });
    });

    it('refuses to sign for another key specification than its own', async () => {
      const provider = await makeProvider();
      const keySpec = await provider.describeKey();
      const other = signatureAlgorithms.find((algorithm) => algorithm.keySpec !== keySpec)!.keySpec;
      await expect(provider.generateSignature(Uint8Array.of(1), other)).rejects.toSatisfy((error) =>
        hasCode(error, 'KEY_UNSUPPORTED'),
      );
    });
  });
}

function verifies({ signature, chain }: KeySignature, message: Uint8Array, keySpec: KeySpec): boolean {
  const { family, hash } = algorithmOf(keySpec);
  const key = new X509Certificate(chain[0].der).publicKey;
  const options =
    family === 'ecdsa'
      ? ({ key, dsaEncoding: 'ieee-p1363' } as const)
      : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashLength[hash] };
  return verify(hash, message, options, signature);
}
