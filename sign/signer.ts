// What a verifier will need to know about the signer, read off the chain that signed: for the report, and to be pasted
// into a trust policy.

import { hasCode } from '../shared/errors.ts';
import { presets } from '../shared/trust/presets.ts';
import type { Certificate } from '../shared/x509/certificate.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
import { displayName, parseDistinguishedName, renderName } from '../shared/x509/name.ts';

export interface Signer {
  /** For people. */
  readonly subject: string;
  readonly root: string;
  /** Lower-case hexadecimal SHA-256 of the DER. */
  readonly rootFingerprint: string;
  /** What names the root in trusted-roots of verify: a preset, or its fingerprint. */
  readonly trustedRoot: string;
  /** A line for trusted-identities; undefined where no policy can name this subject. */
  readonly trustedIdentity?: string;
  /** The purpose that Artifact Signing gives to one certificate profile for good. */
  readonly durableIdentity?: string;
  /** What the user should know before relying on these signatures. */
  readonly findings: readonly string[];
}

// Artifact Signing: below this arc, but for the mark of all Public Trust customers, an EKU names one profile.
const durableArc = '1.3.6.1.4.1.311.97.';
const publicTrustMark = '1.3.6.1.4.1.311.97.1.0';
const codeSigning = '1.3.6.1.5.5.7.3.3';
const lifetimeSigning = '1.3.6.1.4.1.311.10.3.13';

export function describeSigner(chain: CertificateChain): Signer {
  const [leaf] = chain;
  const root = chain.at(-1) ?? leaf;
  const purposes = leaf.extendedKeyUsage?.purposes ?? [];
  const durableIdentity = purposes.find((oid) => oid.startsWith(durableArc) && oid !== publicTrustMark);
  const trustedIdentity = identityOf(leaf);
  const subject = displayName(leaf.subject);
  const findings = [
    ...(trustedIdentity === undefined
      ? [
          `No trust policy can name the subject "${subject}": it needs C, ST and O, each attribute once. Sign with another certificate profile.`,
        ]
      : []),
    ...(purposes.length > 0 && !purposes.includes(codeSigning)
      ? [
          `The certificate is not meant for code signing (its purposes are ${purposes.join(', ')}), and other verifiers may refuse it. Sign with another certificate profile.`,
        ]
      : []),
    ...(purposes.includes(lifetimeSigning)
      ? [
          'The certificate is marked for lifetime signing, as Public Trust Test profiles are. Do not use it in production.',
        ]
      : []),
  ];
  return {
    subject,
    root: displayName(root.subject),
    rootFingerprint: root.fingerprint,
    trustedRoot: presetOf(root, 'signing') ?? `sha256:${root.fingerprint}`,
    ...(trustedIdentity !== undefined && { trustedIdentity }),
    ...(durableIdentity !== undefined && { durableIdentity }),
    findings,
  };
}

/** The whole subject as a policy writes it, where a policy can (DN-2 to DN-8). */
function identityOf({ subject }: Certificate): string | undefined {
  try {
    const name = renderName(subject);
    parseDistinguishedName(name);
    return `x509.subject: ${name}`;
  } catch (error) {
    if (hasCode(error, 'NAME_INVALID')) return undefined;
    throw error;
  }
}

/** The preset that holds a root. */
export function presetOf(root: Certificate, purpose: (typeof presets)[number]['purpose']): string | undefined {
  const holds = presets.find(
    (preset) => preset.purpose === purpose && preset.roots.some(({ fingerprint }) => fingerprint === root.fingerprint),
  );
  return holds?.name;
}
