import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { encodeUtf8 } from '../../../shared/bytes.ts';
import { schemeOf } from '../../../shared/crypto/algorithm.ts';
import type { Envelope, ExtendedAttribute } from '../../../shared/envelope/envelope.ts';
import { envelopeFormats } from '../../../shared/envelope/formats.ts';
import { verifyIntegrity } from '../../../shared/envelope/integrity.ts';
import { parsePayload } from '../../../shared/envelope/payload.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { codeSigningChain, createRoot, purpose } from '../../support/ca.ts';
import { attributes, signedParts } from './signed.ts';

function codeOf(envelope: Envelope): string {
  try {
    verifyIntegrity(envelope);
  } catch (error) {
    if (error instanceof NotaryError) return error.code;
    throw error;
  }
  return 'none';
}

function extended(key: string, critical: boolean): { extended: readonly ExtendedAttribute[] } {
  return { extended: [{ key, critical, value: 'x' }] };
}

describe.each(Object.values(envelopeFormats))('integrity of $name', (format) => {
  type Changes = Parameters<typeof signedParts>[3];
  const sealed = async (changes: Changes = {}) =>
    format.decode(format.encode(signedParts(format, await codeSigningChain(), 'EC-256', changes)));

  it('is proved for a good envelope', async () => {
    expect(codeOf(await sealed())).toBe('none');
  });

  it('fails when the payload was changed', async () => {
    expect(codeOf(await sealed({ parts: { payload: encodeUtf8('{}') } }))).toBe('SIGNATURE_MISMATCH');
  });

  it('fails when a signed attribute was changed', async () => {
    const other = signedParts(format, await codeSigningChain(), 'EC-256', {
      attributes: { expiry: new Date('2035-01-01') },
    });
    expect(codeOf(await sealed({ parts: { protectedHeader: other.protectedHeader } }))).toBe('SIGNATURE_MISMATCH');
  });

  it('fails when the leaf is another certificate', async () => {
    const { chain } = await codeSigningChain();
    expect(codeOf(await sealed({ parts: { certificateChain: chain } }))).toBe('SIGNATURE_MISMATCH');
  });

  it.each([63, 65])('fails for a signature of %d bytes', async (length) => {
    expect(codeOf(await sealed({ parts: { signature: new Uint8Array(length).fill(1) } }))).toBe('SIGNATURE_MISMATCH');
  });

  it('fails when the header names another algorithm than the leaf has (COSE-18, JWS-14)', async () => {
    expect(codeOf(await sealed({ algorithm: 'EC-384' }))).toBe('ENVELOPE_MALFORMED');
    expect(codeOf(await sealed({ algorithm: 'RSA-2048' }))).toBe('ENVELOPE_MALFORMED');
  });

  it('fails for a leaf whose key signs nothing here (ALG-2)', async () => {
    const { chain } = await codeSigningChain({ keySpec: 'Ed25519' });
    expect(codeOf(await sealed({ parts: { certificateChain: chain } }))).toBe('KEY_UNSUPPORTED');
  });

  it('fails for bytes that are no certificate', async () => {
    const { chain } = await codeSigningChain();
    const certificateChain = [...chain.slice(0, 2), Uint8Array.of(0x30, 0)];
    expect(codeOf(await sealed({ parts: { certificateChain } }))).toBe('ASN1_MALFORMED');
    expect(codeOf(await sealed({ parts: { certificateChain: [Uint8Array.of(1)] } }))).toBe('ASN1_MALFORMED');
  });

  it('fails without the root, or in another order (CHAIN-1)', async () => {
    const signer = await codeSigningChain();
    const [leaf, intermediate, root] = signer.chain as [Uint8Array, Uint8Array, Uint8Array];
    for (const certificateChain of [
      [leaf, intermediate],
      [leaf],
      [leaf, root, intermediate],
      [leaf, intermediate, root, root],
    ]) {
      const parts = signedParts(format, signer, 'EC-256', { parts: { certificateChain } });
      expect(codeOf(format.decode(format.encode(parts)))).toBe('CERTIFICATE_CHAIN_BROKEN');
    }
  });

  it('fails for more certificates than any chain has, before reading one', async () => {
    const certificateChain = Array.from({ length: 21 }, () => Uint8Array.of(1));
    expect(codeOf(await sealed({ parts: { certificateChain } }))).toBe('ENVELOPE_MALFORMED');
  });

  it('fails for an envelope without certificates', async () => {
    const envelope = await sealed();
    expect(codeOf({ ...envelope, unsigned: { certificateChain: [] } })).toBe('ENVELOPE_MALFORMED');
  });

  it('fails for a certificate that is not for signing code (CHAIN-8)', async () => {
    const signer = await codeSigningChain({ extendedKeyUsage: { purposes: [purpose.serverAuth] } });
    const parts = signedParts(format, signer, 'EC-256');
    expect(codeOf(format.decode(format.encode(parts)))).toBe('CERTIFICATE_UNSUITABLE');
  });

  it('does not look at the time (CHAIN-11)', async () => {
    const signer = await codeSigningChain({ notBefore: new Date('2000-01-01'), notAfter: new Date('2000-01-02') });
    expect(codeOf(format.decode(format.encode(signedParts(format, signer, 'EC-256'))))).toBe('none');
  });

  it('holds for one self-signed certificate (CHAIN-2)', async () => {
    const keyUsage = ['digitalSignature'] as const;
    const signer = await createRoot({ subject: 'C=US, ST=WA, O=Acme', ca: false, keyUsage });
    expect(codeOf(format.decode(format.encode(signedParts(format, signer, 'EC-256'))))).toBe('none');
  });

  it('fails for another content type (COSE-19, JWS-20)', async () => {
    expect(codeOf(await sealed({ attributes: { contentType: 'application/json' } }))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it.each([0, -1000])('fails for an expiry %d ms from the signing time (COSE-26, JWS-20)', async (ms) => {
    const expiry = new Date(attributes.signingTime.getTime() + ms);
    expect(codeOf(await sealed({ attributes: { expiry } }))).toBe('ENVELOPE_MALFORMED');
  });

  it('fails for a critical attribute that is not known (D1)', async () => {
    expect(codeOf(await sealed({ attributes: extended('com.example.a', true) }))).toBe('ENVELOPE_UNSUPPORTED');
    expect(codeOf(await sealed({ attributes: extended('com.example.a', false) }))).toBe('none');
  });

  it.each([true, false])('fails for a verification plugin, critical: %s (PLUG-28, VER-13)', async (critical) => {
    const plugin = extended('io.cncf.notary.verificationPlugin', critical);
    expect(codeOf(await sealed({ attributes: plugin }))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it(`takes a PSS salt of ${format.saltLength === 'any' ? 'any length' : 'the length of the hash alone'}`, async () => {
    const signer = await codeSigningChain({ keySpec: 'RSA-2048' });
    const codes = [32, 20, 0, 222].map((saltLength) =>
      codeOf(format.decode(format.encode(signedParts(format, signer, 'RSA-2048', { saltLength })))),
    );
    const other = format.name === 'cose' ? 'SIGNATURE_MISMATCH' : 'none'; // COSE-25, JWS-19
    expect(codes).toStrictEqual(['none', other, other, other]);
    expect(schemeOf((await sealed()).algorithm, format.saltLength)).toMatchObject({ hash: 'sha256' });
  });
});

const genuine = join(import.meta.dirname, '../../../../shared/data/genuine');
// Envelopes of Notation itself. They are not copied into the project; CI has the folder and must not skip.
const hasGenuine = existsSync(genuine) || process.env.CI === 'true';

describe.skipIf(!hasGenuine)('genuine envelopes (skipped where ../shared/data/genuine is absent)', () => {
  it.each(Object.values(envelopeFormats))('$name is intact', (format) => {
    const bytes = new Uint8Array(readFileSync(join(genuine, `timestamped-blob.${format.name}`)));
    const envelope = verifyIntegrity(format.decode(bytes));
    expect(envelope.chain).toHaveLength(1);
    expect(envelope.signed.signingScheme).toBe('notary.x509');
    expect(envelope.unsigned.timestampSignature?.[0]).toBe(0x30);
    expect(parsePayload(envelope.payload)).toMatchObject({ mediaType: 'application/octet-stream', size: 11357 });
  });
});
