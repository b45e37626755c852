import { beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../../shared/envelope/formats.ts';
import { requireGenerated } from '../../../shared/envelope/generated.ts';
import { verifyIntegrity } from '../../../shared/envelope/integrity.ts';
import { payloadContentType } from '../../../shared/envelope/payload.ts';
import type { TargetArtifact } from '../../../shared/envelope/payload.ts';
import { codeSigningChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { refusal } from '../../support/expect-code.ts';
import { mutations } from '../../support/mutate.ts';
import { envelopeSignerAnswers, envelopeSignerSettings } from '../../support/plugin/envelope-signer.ts';
import type { EnvelopeSignerSettings } from '../../support/plugin/envelope-signer.ts';

let issued: Issued;

beforeAll(async () => {
  issued = await codeSigningChain();
});

const target: TargetArtifact = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'1'.repeat(64)}`,
  size: 481,
  annotations: { build: '7' },
};

const formats = Object.values(envelopeFormats);

/** As the plugin makes it, without a process and without our codecs. */
function generate(
  format: (typeof formats)[number],
  change: Partial<EnvelopeSignerSettings> = {},
  expirySeconds?: number,
): Uint8Array {
  const { signatureEnvelope } = envelopeSignerAnswers(envelopeSignerSettings('acme', issued, change))(
    'generate-envelope',
    {
      ...{ contractVersion: '1.0', keyId: 'key-1', payloadType: payloadContentType },
      signatureEnvelopeType: format.mediaType,
      payload: Buffer.from(envelopeFormats.cose.payload(target)).toString('base64'),
      expiryDurationInSeconds: expirySeconds,
    },
  ) as { readonly signatureEnvelope: string };
  return new Uint8Array(Buffer.from(signatureEnvelope, 'base64'));
}

const attributes = { 'io.cncf.notary.verificationPlugin': 'acme', 'com.acme.job': '7' };

describe.each(formats)('requireGenerated, $name', (format) => {
  it('takes what was asked for', () => {
    const signingTime = 1_700_000_000;
    const envelope = requireGenerated(generate(format, { signingTime }, 60), format, target);
    expect(envelope.chain.map(({ der }) => der)).toEqual(issued.chain);
    expect(envelope.signed.signingTime).toEqual(new Date(signingTime * 1000));
    expect(envelope.signed.expiry).toEqual(new Date((signingTime + 60) * 1000));
    expect(envelope.unsigned.signingAgent).toBe('acme/1.2.3');
  });

  it('takes another scheme, and attributes for a verification plugin, which nobody else may take', () => {
    const bytes = generate(format, { scheme: 'notary.x509.signingAuthority', attributes });
    const { signed } = requireGenerated(bytes, format, target);
    expect(signed.signingScheme).toBe('notary.x509.signingAuthority');
    expect(signed.extended.map(({ key, critical }) => [key, critical])).toEqual([
      ['io.cncf.notary.verificationPlugin', true],
      ['com.acme.job', true],
    ]);
    refusal('ENVELOPE_UNSUPPORTED', () => verifyIntegrity(format.decode(bytes)));
  });

  it('takes further annotations', () => {
    const envelope = requireGenerated(generate(format, { fault: 'adds annotations' }), format, target);
    expect(Buffer.from(envelope.payload).toString()).toContain('"own":"1"');
  });

  it.each([
    ['signs another artifact', 'it was made for'],
    ['drops the annotations', 'it does not say "build" = "7"'],
    ['adds a member', 'the payload has the member "extra"'],
    ['adds a member to the target', 'targetArtifact has the member "extra"'],
    ['breaks the signature', 'does not match'],
  ] as const)('refuses a plugin that %s (PLUG-15)', (fault, words) => {
    const error = refusal('KEY_SIGNATURE_INVALID', () => requireGenerated(generate(format, { fault }), format, target));
    expect(error.message).toContain(words);
  });

  it('refuses another format', () => {
    const other = formats.find(({ name }) => name !== format.name)!;
    refusal('KEY_SIGNATURE_INVALID', () => requireGenerated(generate(other), format, target));
  });

  it('refuses a chain that is none', () => {
    const chain = issued.chain.slice(0, -1).map((certificate) => Buffer.from(certificate).toString('base64'));
    refusal('CERTIFICATE_CHAIN_BROKEN', () => requireGenerated(generate(format, { chain }), format, target));
  });

  it('ends in a value or a NotaryError, whatever comes', () => {
    for (const mutant of mutations(generate(format), 19, 150)) {
      try {
        requireGenerated(mutant, format, target);
      } catch (error) {
        expect(error).toMatchObject({ name: 'NotaryError' });
      }
    }
  });
});
