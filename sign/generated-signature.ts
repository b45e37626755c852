// A signature whose envelope a plugin makes as a whole: key, time, attributes and timestamp are its own business. What
// comes back is held against what was asked for, and stored only if every bit of it agrees. Plugin Extensibility,
// "generate-envelope" (PLUG-15).

import { hasCode, NotaryError } from '../shared/errors.ts';
import { envelopeFormats } from '../shared/envelope/formats.ts';
import { requireGenerated } from '../shared/envelope/generated.ts';
import type { IntactEnvelope } from '../shared/envelope/integrity.ts';
import { payloadContentType, targetArtifact } from '../shared/envelope/payload.ts';
import type { EnvelopeGenerator } from '../shared/keys/notation-plugin-envelope.ts';
import type { KeyProvider } from '../shared/keys/provider.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import { verifyTimestamp } from '../shared/timestamp/evidence.ts';
import type { TimestampEvidence } from '../shared/timestamp/evidence.ts';
import { parseTimestampToken } from '../shared/timestamp/token.ts';
import { loadPreset, presets } from '../shared/trust/presets.ts';
import { equalBytes } from '../shared/bytes.ts';
import { requireCodeSigningChain } from '../shared/x509/requirements.ts';
import type { MadeSignature, SignatureTerms } from './new-signature.ts';

export function isGenerator(key: KeyProvider | EnvelopeGenerator): key is EnvelopeGenerator {
  return 'generateEnvelope' in key;
}

/**
 * Notation ignores a timestamp authority here; a setting that has no effect is an error of the step (D57).
 *
 * @throws NotaryError INPUT_INVALID  a timestamp is wanted from an authority of ours
 */
export function requireOwnTimestamps(
  key: KeyProvider | EnvelopeGenerator,
  { timestamp }: Pick<SignatureTerms, 'timestamp'>,
): void {
  if (!isGenerator(key) || timestamp === undefined) return;
  throw new NotaryError(
    'INPUT_INVALID',
    `timestamp-url: the plugin ${key.agent} makes whole envelopes, and adds their timestamps itself`,
    { remedy: 'Remove timestamp-url and timestamp-roots; how the plugin stamps is a matter of plugin-config.' },
  );
}

/**
 * @throws NotaryError KEY_SIGNATURE_INVALID  not what was asked for
 * @throws NotaryError  the codes of EnvelopeGenerator and of certificates
 */
export async function generateSignature(
  subject: Descriptor,
  terms: SignatureTerms,
  generator: EnvelopeGenerator,
): Promise<MadeSignature> {
  requireOwnTimestamps(generator, terms);
  const { format, userMetadata, expirySeconds } = terms;
  const target = targetArtifact(subject, userMetadata);
  const generated = await generator.generateEnvelope({
    // PLUG-15: in this order whatever the format.
    payload: envelopeFormats.cose.payload(target),
    payloadType: payloadContentType,
    envelopeType: format.mediaType,
    ...(expirySeconds !== undefined && { expirySeconds }),
  });
  const intact = requireGenerated(generated.envelope, format, target);
  const { signingTime, expiry } = intact.signed;
  requireCodeSigningChain(intact.chain, signingTime);
  requireExpiry(intact, expirySeconds);
  const timestamp = judgeTimestamp(intact);
  return {
    ...{ envelope: generated.envelope, chain: intact.chain, signingTime, annotations: generated.annotations },
    isTimeVouchedFor: timestamp !== undefined || intact.signed.signingScheme === 'notary.x509.signingAuthority',
    findings: timestamp?.finding === undefined ? [] : [timestamp.finding],
    ...(expiry && { expiry }),
    ...(timestamp?.evidence && { stamp: { evidence: timestamp.evidence } }),
  };
}

/** D58: a signature must not outlive what the user allowed it. One that ends, unasked or sooner, is the plugin's choice. */
function requireExpiry({ signed: { signingTime, expiry } }: IntactEnvelope, wantedSeconds: number | undefined): void {
  if (wantedSeconds === undefined) return;
  const latest = new Date(signingTime.getTime() + wantedSeconds * 1000);
  if (expiry !== undefined && expiry <= latest) return;
  const found = expiry === undefined ? 'never expires' : `expires at ${expiry.toISOString()}`;
  throw new NotaryError(
    'KEY_SIGNATURE_INVALID',
    `the envelope that was made ${found}, but the expiry input allows no more than ${latest.toISOString()}`,
    { remedy: 'Remove the expiry input, or set the life of signatures where the plugin has its settings.' },
  );
}

interface JudgedTimestamp {
  readonly evidence?: TimestampEvidence;
  readonly finding?: string;
}

/**
 * A timestamp that the plugin added must belong to the signature. Whom it is by is for verifiers to trust: judged here is
 * only what stands below a root that comes with it, or that is built in.
 *
 * @throws NotaryError KEY_SIGNATURE_INVALID  it is of another signature, or not signed properly
 */
function judgeTimestamp({ signature, unsigned }: IntactEnvelope): JudgedTimestamp | undefined {
  if (unsigned.timestampSignature === undefined) return undefined;
  try {
    const token = parseTimestampToken(unsigned.timestampSignature);
    const own = token.signedData.certificates.filter(({ issuer, subject }) => equalBytes(issuer, subject));
    const builtIn = presets.flatMap(({ name }) => loadPreset(name, 'timestamping') ?? []);
    return { evidence: verifyTimestamp(token, signature, { roots: [...own, ...builtIn] }) };
  } catch (error) {
    if (hasCode(error, 'TRUST_ANCHOR_NOT_FOUND')) {
      return { finding: `The timestamp that the plugin added was not judged: ${error.message}` };
    }
    if (!hasCode(error, 'TIMESTAMP_INVALID', 'ASN1_MALFORMED')) throw error;
    const message = `the envelope that was made is unusable: ${error.message}`;
    throw new NotaryError('KEY_SIGNATURE_INVALID', message, { cause: error });
  }
}
