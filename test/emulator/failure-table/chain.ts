// Failure modes of the certificates that come with a signature. azure.md 1.6, 1.8, 1.9, 8.3.

import type { ArtifactSigningBehaviour } from '../../support/artifact-signing.ts';
import { issue, purpose } from '../../support/ca.ts';
import type { CertificateOptions } from '../../support/ca.ts';
import { bagEncodings } from '../../support/certificate-bag.ts';
import { emulatedSubject } from '../../support/emulated-pki.ts';
import { always, plain } from './mode.ts';
import type { Mode } from './mode.ts';
import type { FailureWorld } from './world.ts';

const behaving = (behaviour: Partial<ArtifactSigningBehaviour>) => (world: FailureWorld) => {
  world.artifactSigning.behave(behaviour);
  return {};
};
const certificates = (change: ArtifactSigningBehaviour['certificates']) => behaving({ certificates: change });
const encoded = (encode: ArtifactSigningBehaviour['encode']) => behaving({ encode });

const day = 86_400_000;
const code = { purposes: [purpose.codeSigning] };

/** The service signs with a certificate that differs from its usual ones. */
const signingWith = (change: (now: number) => Partial<CertificateOptions>) => async (world: FailureWorld) => {
  const options: CertificateOptions = {
    ...{ subject: emulatedSubject, keySpec: 'RSA-3072', extendedKeyUsage: code },
    ...change(world.clock.now().getTime()),
  };
  await world.rotate(await issue(world.pki.issuing, options));
  return {};
};

/** Another authority of the same name: another key under it. */
const namesake = (world: FailureWorld) =>
  issue(world.pki.policy, { subject: world.pki.issuing.subject, keySpec: 'RSA-2048', ca: true, pathLength: 0 });

const signed = { attempts: ['poll', 1], ends: 'signed' } as const;
const trace = ['account emulated-account', 'operation ', 'x-correlation-id '];

const wrongKey = (keySpec: 'RSA-2048' | 'RSA-4096'): Mode => ({
  name: 'RSA-2048/4096 leaf (wrong hash choice)',
  variant: keySpec,
  inject: signingWith(() => ({ keySpec })),
  attempts: ['poll', 1],
  ends: 'KEY_UNSUPPORTED',
  says: [`${keySpec} instead of RSA-3072`, ...trace],
});

export const chainModes: readonly Mode[] = [
  { name: 'shuffled', inject: certificates(({ chain }) => chain.toReversed()), ...signed },
  {
    name: 'root absent',
    inject: certificates(({ chain }) => chain.slice(0, -1)),
    attempts: ['root certificate', 1],
    ends: 'signed',
  },
  {
    name: 'root absent',
    variant: 'everywhere',
    inject: (world) => {
      world.artifactSigning.setFault(always('root certificate', plain(404)));
      return certificates(({ chain }) => chain.slice(0, -1))(world);
    },
    attempts: ['root certificate', 1],
    ends: 'CERTIFICATE_CHAIN_BROKEN',
    says: ['Emulated Identity Verification Root', 'Microsoft support', ...trace],
  },
  {
    name: 'intermediate absent',
    inject: certificates(({ chain }) => chain.filter((_certificate, index) => index !== 1)),
    attempts: ['root certificate', 1],
    ends: 'CERTIFICATE_CHAIN_BROKEN',
    says: ['Emulated ID Verified CS EOC CA 01', 'Microsoft support', ...trace],
  },
  {
    name: 'duplicate-DN intermediates',
    inject: async (world) => {
      const { certificate } = await namesake(world);
      return certificates(({ chain: [leaf, ...issuers] }) => [leaf!, certificate, ...issuers])(world);
    },
    ...signed,
  },
  {
    name: 'extra unrelated cert',
    inject: (world) => certificates(({ chain }) => [world.pki.timestamping.certificate, ...chain])(world),
    ...signed,
  },
  {
    name: 'single-base64 DER',
    variant: 'PKCS#7',
    inject: encoded(bagEncodings['base64 PKCS#7']),
    ...signed,
  },
  {
    name: 'single-base64 DER',
    variant: 'certificates',
    inject: encoded(bagEncodings['base64 DER certificates']),
    ...signed,
  },
  { name: 'PEM', inject: encoded(bagEncodings.PEM), ...signed },
  { name: 'PEM', variant: 'in base64', inject: encoded(bagEncodings['base64 PEM']), ...signed },
  {
    name: 'leaf expired',
    inject: signingWith((now) => ({ notBefore: new Date(now - 4 * day), notAfter: new Date(now - day) })),
    attempts: ['poll', 1],
    ends: 'CERTIFICATE_NOT_VALID',
    says: ['CN=Emulated Publisher', 'valid now'],
  },
  {
    name: 'leaf not yet valid',
    inject: signingWith((now) => ({ notBefore: new Date(now + day), notAfter: new Date(now + 4 * day) })),
    attempts: ['poll', 1],
    ends: 'CERTIFICATE_NOT_VALID',
    says: ['CN=Emulated Publisher', 'valid now'],
  },
  wrongKey('RSA-2048'),
  wrongKey('RSA-4096'),
  {
    name: 'no codeSigning EKU',
    // As profiles of the kind Private Trust CI Policy have it.
    inject: signingWith(() => ({ extendedKeyUsage: { purposes: ['1.3.6.1.4.1.311.97.1.4.1.1'] } })),
    // Notary Project allows it (CHAIN-8).
    ...signed,
    says: ['not meant for code signing', '1.3.6.1.4.1.311.97.1.4.1.1', 'Sign with another certificate profile'],
  },
  {
    name: 'missing C/ST/O',
    inject: signingWith(() => ({ subject: 'O=Emulated, OU=Information Technology, CN=emulated.onmicrosoft.com' })),
    attempts: ['poll', 1],
    ends: 'signed',
    says: ['No trust policy can name the subject', 'it needs C, ST and O', 'Sign with another certificate profile'],
  },
  {
    name: '5-deep chain',
    inject: async (world) => {
      const subject = 'C=US, O=Emulated Corporation, CN=Emulated one more CA';
      const between = await issue(world.pki.policy, { subject, keySpec: 'RSA-2048', ca: true });
      const ca = { subject: 'C=US, O=Emulated Corporation, CN=Emulated issuing CA', ca: true, pathLength: 0 };
      const issuing = await issue(between, { ...ca, keySpec: 'RSA-2048' });
      const leaf = { subject: emulatedSubject, keySpec: 'RSA-3072', extendedKeyUsage: code } as const;
      await world.rotate(await issue(issuing, leaf));
      return {};
    },
    ...signed,
  },
  {
    name: 'root mismatch with pinned preset',
    verifies: true,
    inject: () => ({
      'trusted-roots': 'microsoft-artifact-signing',
      'trusted-identities': `x509.subject: ${emulatedSubject}`,
    }),
    attempts: ['blob GET', 1],
    waits: [],
    ends: 'TRUST_ANCHOR_NOT_FOUND',
    says: ['Emulated Identity Verification Root Certificate Authority 2020', 'sha256:', 'trusted-roots'],
  },
];
