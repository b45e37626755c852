// One suite over every EnvelopeFormat; what only one of them does stands in cose.test.ts and jws.test.ts.

import { describe, expect, it } from 'vitest';

import { encodeBase64, equalBytes } from '../../../shared/bytes.ts';
import { algorithmOf, signatureAlgorithms } from '../../../shared/crypto/algorithm.ts';
import { envelopeFormats, formatOf } from '../../../shared/envelope/formats.ts';
import { verifyIntegrity } from '../../../shared/envelope/integrity.ts';
import { parsePayload } from '../../../shared/envelope/payload.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { refusal } from '../../support/expect-code.ts';
import { mutations } from '../../support/mutate.ts';
import { attributes, signedParts, target } from './signed.ts';

describe('formatOf', () => {
  it('knows the two media types', () => {
    expect(formatOf('application/cose')).toBe(envelopeFormats.cose);
    expect(formatOf('application/jose+json')).toBe(envelopeFormats.jws);
  });

  it.each(['', 'application/jose', 'Application/cose', 'application/cose; cose-type="cose-sign1"', 'toString'])(
    'refuses %j',
    (mediaType) => {
      refusal('ENVELOPE_UNSUPPORTED', () => formatOf(mediaType));
    },
  );
});

const keySpecs = signatureAlgorithms.map(({ keySpec }) => keySpec);

describe.each(Object.values(envelopeFormats))('$name', (format) => {
  it('carries the name and media type it is found by', () => {
    expect(envelopeFormats[format.name]).toBe(format);
    expect(formatOf(format.mediaType)).toBe(format);
  });

  it.each(keySpecs)('brings back what was signed with %s, intact', async (keySpec) => {
    const signer = await codeSigningChain({ keySpec });
    const parts = signedParts(format, signer, keySpec);
    const envelope = format.decode(
      format.encode({ ...parts, signingAgent: 'notary-actions/1 pem/1', timestampSignature: Uint8Array.of(0x30, 0) }),
    );
    expect(envelope.mediaType).toBe(format.mediaType);
    expect(envelope.signed).toStrictEqual(attributes);
    expect(envelope.algorithm).toBe(algorithmOf(keySpec));
    expect(envelope.signature).toHaveLength(algorithmOf(keySpec).signatureLength);
    expect(equalBytes(envelope.toBeSigned, format.toBeSigned(parts.protectedHeader, parts.payload))).toBe(true);
    expect(envelope.unsigned.signingAgent).toBe('notary-actions/1 pem/1');
    expect(envelope.unsigned.timestampSignature).toStrictEqual(Uint8Array.of(0x30, 0));
    expect(envelope.unsigned.certificateChain.map(encodeBase64)).toStrictEqual(signer.chain.map(encodeBase64));

    const intact = verifyIntegrity(envelope);
    expect(intact.chain.map(({ der }) => encodeBase64(der))).toStrictEqual(signer.chain.map(encodeBase64));
    const { annotations, ...descriptor } = parsePayload(intact.payload);
    expect({ ...descriptor, annotations: { ...annotations } }).toStrictEqual(target);
  });

  it('leaves out what was not given', async () => {
    const signer = await codeSigningChain();
    const { contentType, signingScheme, signingTime, extended } = attributes;
    const withoutExpiry = { contentType, signingScheme, signingTime, extended };
    const protectedHeader = format.protect(withoutExpiry, algorithmOf('EC-256'));
    const parts = signedParts(format, signer, 'EC-256', { parts: { protectedHeader } });
    const envelope = format.decode(format.encode(parts));
    expect(Object.keys(envelope.unsigned)).toStrictEqual(['certificateChain']);
    expect(envelope.signed).toStrictEqual(withoutExpiry);
  });

  it('keeps authenticSigningTime under signingAuthority', async () => {
    const signer = await codeSigningChain();
    const signingScheme = 'notary.x509.signingAuthority';
    const parts = signedParts(format, signer, 'EC-256', { attributes: { signingScheme } });
    const { signed } = verifyIntegrity(format.decode(format.encode(parts)));
    expect(signed).toStrictEqual({ ...attributes, signingScheme });
  });

  it('encodes the same parts to the same bytes', async () => {
    const parts = signedParts(format, await codeSigningChain(), 'EC-256');
    expect(equalBytes(format.encode(parts), format.encode({ ...parts }))).toBe(true);
  });

  /** How many of the inputs were refused; anything but a value or a NotaryError fails the test. */
  function refusals(inputs: Iterable<Uint8Array>): number {
    let refused = 0;
    for (const input of inputs) {
      try {
        format.decode(input);
      } catch (error) {
        if (!(error instanceof NotaryError)) throw error;
        refused++;
      }
    }
    return refused;
  }

  it('answers 2000 damaged envelopes with a value or a NotaryError', async () => {
    const good = format.encode(signedParts(format, await codeSigningChain(), 'EC-256'));
    expect(refusals(mutations(good, 1, 2000))).toBeGreaterThan(500);
  });

  it('answers 2000 damaged protected headers with a value or a NotaryError', async () => {
    const parts = signedParts(format, await codeSigningChain(), 'EC-256');
    const damaged = [...mutations(parts.protectedHeader, 2, 2000)].map((protectedHeader) =>
      format.encode({ ...parts, protectedHeader }),
    );
    expect(refusals(damaged)).toBeGreaterThan(1000);
  });

  it('finds no signature over any damaged envelope', async () => {
    const signer = await codeSigningChain();
    const parts = signedParts(format, signer, 'EC-256');
    const good = format.encode(parts);
    let read = 0;
    for (const mutant of mutations(good, 3, 500)) {
      try {
        const envelope = verifyIntegrity(format.decode(mutant));
        // Only what is not signed may have changed.
        expect(equalBytes(envelope.toBeSigned, format.toBeSigned(parts.protectedHeader, parts.payload))).toBe(true);
        read++;
      } catch (error) {
        if (!(error instanceof NotaryError)) throw error;
      }
    }
    expect(read).toBeLessThan(100);
  });
});

describe('mutations', () => {
  it('are the same for the same seed, and others for another', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    const mutants = (seed: number) => [...mutations(bytes, seed, 50)].map(encodeBase64);
    expect(mutants(1)).toStrictEqual(mutants(1));
    expect(mutants(1)).not.toStrictEqual(mutants(2));
    expect(new Set(mutants(1)).size).toBeGreaterThan(45);
    expect([...mutations(new Uint8Array(), 1, 3)]).toHaveLength(3);
  });
});
