// Signed envelopes for tests, made with Node's own cryptography and one of our formats.

import { constants, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { algorithmOf } from '../../../shared/crypto/algorithm.ts';
import type { KeySpec } from '../../../shared/crypto/algorithm.ts';
import { hashLength } from '../../../shared/crypto/digest.ts';
import type { EnvelopeFormat, EnvelopeParts, SignedAttributes } from '../../../shared/envelope/envelope.ts';
import { payloadContentType } from '../../../shared/envelope/payload.ts';
import type { TargetArtifact } from '../../../shared/envelope/payload.ts';

export const target: TargetArtifact = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'19db'.repeat(16)}`,
  size: 481,
  annotations: { '10': '<é>', b: 'x' },
};

export const attributes: SignedAttributes = {
  contentType: payloadContentType,
  signingScheme: 'notary.x509',
  signingTime: new Date('2024-05-06T07:08:09Z'),
  expiry: new Date('2034-05-06T07:08:09Z'),
  extended: [],
};

interface Signer {
  readonly privateKey: KeyObject;
  readonly chain: readonly Uint8Array[];
}

interface Changes {
  readonly attributes?: Partial<SignedAttributes>;
  /** In place of what the leaf's key wants. */
  readonly algorithm?: KeySpec;
  readonly saltLength?: number;
  readonly payload?: Uint8Array;
  readonly parts?: Partial<EnvelopeParts>;
}

/** @param keySpec  of the signer's key */
export function signedParts(
  format: EnvelopeFormat,
  signer: Signer,
  keySpec: KeySpec,
  changes: Changes = {},
): EnvelopeParts {
  const { family, hash } = algorithmOf(keySpec);
  const protectedHeader = format.protect(
    { ...attributes, ...changes.attributes },
    algorithmOf(changes.algorithm ?? keySpec),
  );
  const payload = changes.payload ?? format.payload(target);
  const key = signer.privateKey;
  const options =
    family === 'ecdsa'
      ? ({ key, dsaEncoding: 'ieee-p1363' } as const)
      : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: changes.saltLength ?? hashLength[hash] };
  const signature = new Uint8Array(sign(hash, format.toBeSigned(protectedHeader, payload), options));
  return { protectedHeader, payload, signature, certificateChain: signer.chain, ...changes.parts };
}
