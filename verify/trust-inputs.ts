// The inputs that say whom to trust: a trust policy and its stores, or the same line by line. Never both, and never
// neither: a signer is not implied.

import { lines, linesOf, oneOf, text } from '../shared/github/input-values.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import { parseInputIdentities } from '../shared/trust/identity.ts';
import type { TrustedIdentities } from '../shared/trust/identity.ts';
import { levelNames, levelOf } from '../shared/trust/level.ts';
import type { VerificationLevel } from '../shared/trust/level.ts';
import { parseAnchorSource } from './anchor-source.ts';
import type { DocumentTrust, InlineTrust, TrustInputs } from './trust.ts';

/** Undefined where there is a problem, which the reader then knows. */
export function readTrustInputs(inputs: InputReader): TrustInputs | undefined {
  // Asked for one and all, so that each is known to the reader.
  const given = (names: readonly string[]): readonly string[] => names.filter((name) => inputs.has(name));
  const inline = given([
    ...['trusted-roots', 'trusted-timestamp-roots', 'trusted-identities'],
    ...['verification-level', 'verify-timestamp'],
  ]);
  const isDocument = given(['trust-policy', 'trust-store']).length > 0;
  return isDocument ? readDocument(inputs, inline) : readInline(inputs);
}

function readDocument(inputs: InputReader, inline: readonly string[]): DocumentTrust | undefined {
  for (const name of inline) {
    inputs.refuse(
      name,
      'cannot stand beside trust-policy',
      'Say it in the trust policy, or remove trust-policy and trust-store.',
    );
  }
  const policy = inputs.required('trust-policy', text, 'Give the path of a trustpolicy.json beside trust-store.');
  const store = inputs.required('trust-store', text, 'Give the directory that holds x509/ beside trust-policy.');
  return policy === undefined || store === undefined ? undefined : { kind: 'document', policy, store };
}

function readInline(inputs: InputReader): InlineTrust | undefined {
  const level = levelOf(inputs.withDefault('verification-level', oneOf(...levelNames), 'strict'));
  const verifyTimestamp = inputs.withDefault('verify-timestamp', oneOf('always', 'afterCertExpiry'), 'always');
  const timestampRoots = inputs.withDefault(
    'trusted-timestamp-roots',
    linesOf((line) => parseAnchorSource(line, 'timestamping')),
    [],
  );
  const signers = level.name === 'skip' ? readNobody(inputs, level) : readSigners(inputs);
  if (inputs.has('verify-timestamp') && !inputs.has('trusted-timestamp-roots')) {
    inputs.refuse(
      'verify-timestamp',
      'has no effect without trusted-timestamp-roots',
      'Add trusted-timestamp-roots, or remove verify-timestamp.',
    );
  }
  return signers && { kind: 'inline', level, verifyTimestamp, timestampRoots, ...signers };
}

type Signers = Pick<InlineTrust, 'roots' | 'trustedIdentities'>;

function readSigners(inputs: InputReader): Signers | undefined {
  const roots = inputs.required(
    'trusted-roots',
    linesOf((line) => parseAnchorSource(line, 'signing')),
    'Give a preset such as microsoft-artifact-signing, certificate files or sha256: pins, or trust-policy and trust-store.',
  );
  const trustedIdentities = inputs.required(
    'trusted-identities',
    (value): TrustedIdentities => parseInputIdentities(lines(value)),
    'Name the signer, such as `x509.subject: C=US, ST=Washington, O=Example`: a root alone says nothing about who signed.',
  );
  return roots && trustedIdentities && { roots, trustedIdentities };
}

/** POL-9: whoever skips the verification trusts nobody in particular. */
function readNobody(inputs: InputReader, { name }: VerificationLevel): Signers {
  for (const input of ['trusted-roots', 'trusted-timestamp-roots', 'trusted-identities']) {
    if (!inputs.has(input)) continue;
    inputs.refuse(input, `has no effect at verification-level ${name}`, 'Remove it, or choose another level.');
  }
  return { roots: [], trustedIdentities: { entries: [], any: false, subjects: [], extendedKeyUsages: [] } };
}
