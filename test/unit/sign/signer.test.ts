import { describe, expect, it } from 'vitest';

import { loadPreset } from '../../../shared/trust/presets.ts';
import type { CertificateChain } from '../../../shared/x509/chain.ts';
import { describeSigner, presetOf } from '../../../sign/signer.ts';
import { codeSigningChain, purpose } from '../../support/ca.ts';
import type { CertificateOptions } from '../../support/ca.ts';
import { certificatesOf } from './world.ts';

const signerOf = async (leaf: Partial<CertificateOptions>) =>
  describeSigner(certificatesOf(await codeSigningChain(leaf)) as CertificateChain);

const publicTrust = '1.3.6.1.4.1.311.97.1.0';
const durable = '1.3.6.1.4.1.311.97.295680844.741377503.774662937.184224619';

describe('describeSigner', () => {
  it('gives what a policy needs', async () => {
    const chain = certificatesOf(await codeSigningChain({ subject: 'C=US, ST=WA, L=Seattle, O=Acme, CN=signer' }));
    expect(describeSigner(chain as CertificateChain)).toEqual({
      subject: 'CN=signer, O=Acme, L=Seattle, ST=WA, C=US',
      root: 'CN=code signing root, O=Acme, ST=WA, C=US',
      rootFingerprint: chain[2]?.fingerprint,
      trustedRoot: `sha256:${chain[2]?.fingerprint ?? ''}`,
      trustedIdentity: 'x509.subject: CN=signer,O=Acme,L=Seattle,ST=WA,C=US',
      findings: [],
    });
  });

  it('finds the durable identity of a certificate profile', async () => {
    const purposes = [publicTrust, purpose.codeSigning, durable];
    expect((await signerOf({ extendedKeyUsage: { purposes } })).durableIdentity).toBe(durable);
    expect((await signerOf({ extendedKeyUsage: { purposes: [publicTrust] } })).durableIdentity).toBeUndefined();
    expect(
      (await signerOf({ extendedKeyUsage: { purposes: [durable.slice(0, 18)] } })).durableIdentity,
    ).toBeUndefined();
  });

  it.each([
    ['no state and no country', 'O=Acme, OU=Information Technology, CN=acme.onmicrosoft.com'],
    ['an attribute twice', 'C=US, ST=WA, O=Acme, OU=One, OU=Two, CN=x'],
  ])('says that no policy can name a subject with %s', async (_what, subject) => {
    const { trustedIdentity, findings } = await signerOf({ subject });
    expect(trustedIdentity).toBeUndefined();
    expect(findings).toEqual([expect.stringMatching(/^No trust policy can name the subject ".*Acme/)]);
  });

  it('says what a Public Trust Test profile is for', async () => {
    const purposes = [purpose.codeSigning, '1.3.6.1.4.1.311.10.3.13'];
    expect((await signerOf({ extendedKeyUsage: { purposes } })).findings).toEqual([
      expect.stringContaining('Do not use it in production.'),
    ]);
  });
});

describe('presetOf', () => {
  it('knows the roots of the presets, each for its purpose', () => {
    const [root] = loadPreset('microsoft-artifact-signing', 'signing')!;
    expect(presetOf(root!, 'signing')).toBe('microsoft-artifact-signing');
    expect(presetOf(root!, 'timestamping')).toBe('microsoft-timestamping');
    const [supplyChain] = loadPreset('microsoft-supply-chain', 'signing')!;
    expect(presetOf(supplyChain!, 'timestamping')).toBeUndefined();
  });
});
