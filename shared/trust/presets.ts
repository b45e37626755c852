// Presets: names for the built-in roots, for workflows that would otherwise carry certificate files. A preset says only
// who issues the certificates; whose they must be is always said by the identities beside it.

import { decodeBase64 } from '../bytes.ts';
import { parseCertificate } from '../x509/certificate.ts';
import type { Certificate } from '../x509/certificate.ts';
import { identityVerification2020, root2010, supplyChain2022 } from './roots.ts';

/** What a trust anchor vouches for: those who sign artifacts, or those who state the time. */
export type AnchorPurpose = 'signing' | 'timestamping';

interface Root {
  /** Lower-case hexadecimal SHA-256 of the DER. */
  readonly fingerprint: string;
  readonly der: string;
}

const identityVerification: Root = {
  fingerprint: '5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270',
  der: identityVerification2020,
};
const microsoft2010: Root = {
  fingerprint: 'df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e',
  der: root2010,
};
const supplyChain: Root = {
  fingerprint: '23ffe2b8bdb9a1711515d4cffda04bc7f793d513c76c243f1020507d8669b7db',
  der: supplyChain2022,
};

interface Preset {
  readonly name: string;
  readonly purpose: AnchorPurpose;
  readonly roots: readonly Root[];
}

export const presets: readonly Preset[] = [
  { name: 'microsoft-artifact-signing', purpose: 'signing', roots: [identityVerification] },
  { name: 'microsoft-supply-chain', purpose: 'signing', roots: [supplyChain] },
  { name: 'microsoft-timestamping', purpose: 'timestamping', roots: [identityVerification, microsoft2010] },
];

/** Roots that certify any paying customer: trusting one without naming a signer trusts all of them. */
export const publicSigningRoots: ReadonlySet<string> = new Set([identityVerification.fingerprint]);

/** The certificates of a preset, or undefined for a name that is none of this purpose. */
export function loadPreset(name: string, purpose: AnchorPurpose): readonly Certificate[] | undefined {
  const preset = presets.find((candidate) => candidate.name === name && candidate.purpose === purpose);
  return preset?.roots.map(decodeRoot);
}

/** The built-in root with this fingerprint: what a pin names, we need not look for in the chain. */
export function builtInRoot(fingerprint: string): Certificate | undefined {
  const root = presets.flatMap(({ roots }) => roots).find((candidate) => candidate.fingerprint === fingerprint);
  return root && decodeRoot(root);
}

/** Private Trust: its bytes have no second public source yet, so the user brings the file or pins the fingerprint. */
const privateTrust = {
  fingerprint: 'd549dc2314f7a16e496a515491b273bc9c098e40a070d61ef1602870f0c402d8',
  address:
    'https://www.microsoft.com/pkiops/certs/Microsoft%20Enterprise%20Identity%20Verification%20Root%20Certificate%20Authority%202020.crt',
};

/** What a user of Private Trust writes in place of a preset. */
export const privateTrustAdvice = `Artifact Signing Private Trust has no built-in root: download ${privateTrust.address}, whose SHA-256 fingerprint must be ${privateTrust.fingerprint}, and name the file, or write sha256:${privateTrust.fingerprint}.`;

/** What a message adds about a root that is not trusted, where it is one we know. */
export function knownRoot(fingerprint: string, purpose: AnchorPurpose): string | undefined {
  if (fingerprint === privateTrust.fingerprint) {
    return `this is the fingerprint known for the root of Artifact Signing Private Trust, published at ${privateTrust.address}`;
  }
  const preset = presets.find(
    (candidate) => candidate.purpose === purpose && candidate.roots.some((root) => root.fingerprint === fingerprint),
  );
  return preset && `the preset "${preset.name}" holds this root`;
}

function decodeRoot({ der }: Root): Certificate {
  return parseCertificate(decodeBase64(der, { code: 'ASN1_MALFORMED', what: 'a built-in root' }));
}
