// Signature Specification, "Certificate Requirements": every rule broken by name, and what must pass.

import { describe, expect, it } from 'vitest';

import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { CertificateChain } from '../../../shared/x509/chain.ts';
import {
  requireCodeSigningChain,
  requireTimestampingChain,
  signingKeySpec,
} from '../../../shared/x509/requirements.ts';
import {
  brokenChains,
  unsuitableChains,
  unsuitableTimestampingChains,
  unsupportedKeys,
  weakChains,
} from '../../support/bad-chains.ts';
import { codeSigningChain, createRoot, issue, purpose, timestampingChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { refusal } from '../../support/expect-code.ts';

type Make = () => Promise<readonly Uint8Array[]>;

const parse = (chain: readonly Uint8Array[]): CertificateChain =>
  chain.map((der) => parseCertificate(der)) as unknown as CertificateChain;
const rows = (chains: Record<string, Make>): [string, Make][] => Object.entries(chains);

describe.each([
  ['code signing', requireCodeSigningChain],
  ['timestamping', requireTimestampingChain],
] as const)('a %s chain', (_use, require) => {
  it.each(rows(brokenChains))('must hold together: %s', async (_rule, make) => {
    const chain = parse(await make());
    refusal('CERTIFICATE_CHAIN_BROKEN', () => {
      require(chain);
    });
  });

  it.each(rows(weakChains))('must not rest on weak hashes: %s', async (_rule, make) => {
    const chain = parse(await make());
    const { message, remedy } = refusal('CERTIFICATE_UNSUITABLE', () => {
      require(chain);
    });
    expect(message).toMatch(/^the certificate "CN=[^"]+" is signed with (SHA-1|.*MD5)$/);
    expect(remedy).toContain('SHA-256');
  });
});

describe('requireCodeSigningChain', () => {
  it.each(rows(unsuitableChains))('refuses: %s', async (name, make) => {
    const chain = parse(await make());
    const { message } = refusal('CERTIFICATE_UNSUITABLE', () => {
      requireCodeSigningChain(chain);
    });
    expect(message).toMatch(/^the certificate "[^"]*CN=[^"]+" .+ \(CHAIN-[\d, CHAIN-]+\)$/);
    const rule = /^CHAIN-\d+/.exec(name)?.[0];
    if (rule !== undefined && rule !== 'CHAIN-2') expect(message).toContain(rule);
  });

  it('names the certificate, the rule and what was found', async () => {
    const missing = parse((await codeSigningChain({ keyUsage: ['contentCommitment'] })).chain);
    expect(
      refusal('CERTIFICATE_UNSUITABLE', () => {
        requireCodeSigningChain(missing);
      }).message,
    ).toBe(
      'the certificate "CN=acme signer, OU=Signing, O=Acme, L=Seattle, ST=WA, C=US" ' +
        'must have the key usage digitalSignature, but has only "contentCommitment" (CHAIN-7)',
    );
    const tooLong = parse((await codeSigningChain({ root: { pathLength: 0 } })).chain);
    expect(
      refusal('CERTIFICATE_UNSUITABLE', () => {
        requireCodeSigningChain(tooLong);
      }).message,
    ).toBe(
      'the certificate "CN=code signing root, O=Acme, ST=WA, C=US" ' +
        'has a path length that allows 0 CA certificates below it, but 1 stand there (CHAIN-5)',
    );
  });

  it.each(['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const)(
    'takes a leaf with a key %s (CHAIN-9)',
    async (keySpec) => {
      const chain = parse((await codeSigningChain({ keySpec })).chain);
      requireCodeSigningChain(chain);
      expect(signingKeySpec(chain[0])).toBe(keySpec);
    },
  );

  it.each(unsupportedKeys)('refuses a leaf with a key %s (ALG-2)', async (keySpec) => {
    const chain = parse((await codeSigningChain({ keySpec })).chain);
    refusal('KEY_UNSUPPORTED', () => {
      requireCodeSigningChain(chain);
    });
  });

  const accepted: Record<string, () => Promise<Issued>> = {
    'a single self-signed certificate (CHAIN-2)': () =>
      createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=alone', ca: false, keyUsage: ['digitalSignature'] }),
    'a leaf directly under the root': async () =>
      issue(await createRoot({ subject: 'CN=root', pathLength: 0 }), { subject: 'CN=leaf' }),
    'a leaf that says cA false (CHAIN-6)': () => codeSigningChain({ ca: 'explicitly not' }),
    'a leaf with contentCommitment too (CHAIN-7)': () =>
      codeSigningChain({ keyUsage: ['digitalSignature', 'contentCommitment'] }),
    'a leaf without extendedKeyUsage (CHAIN-8)': () => codeSigningChain({ extendedKeyUsage: { purposes: [] } }),
    'a leaf with purposes nobody knows (CHAIN-8)': () =>
      codeSigningChain({ extendedKeyUsage: { purposes: ['1.3.6.1.4.1.311.97.1.0', '1.2.3.4'], critical: true } }),
    'basicConstraints that are not critical (D4)': () =>
      codeSigningChain({
        root: { basicConstraintsCritical: false },
        intermediate: { basicConstraintsCritical: false },
      }),
    'issuers with keys that could not sign artifacts (ALG-3)': () =>
      codeSigningChain({ root: { keySpec: 'RSA-1024' }, intermediate: { keySpec: 'Ed25519' } }),
    'certificates signed with RSASSA-PSS (ALG-3)': () =>
      codeSigningChain({
        root: { keySpec: 'RSA-2048', padding: 'pss', hash: 'sha384' },
        intermediate: { padding: 'pss' },
      }),
    'unknown critical extensions (CHAIN-10)': () =>
      codeSigningChain({ extensions: [{ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }] }),
    'purposes of issuers, which do not count (CHAIN-10)': () =>
      codeSigningChain({ intermediate: { extendedKeyUsage: { purposes: [purpose.serverAuth] } } }),
    'validity that is not nested (CHAIN-11)': () =>
      codeSigningChain({ intermediate: { notBefore: new Date('2030-01-01'), notAfter: new Date('2031-01-01') } }),
    'a path length as long as needed': () => codeSigningChain({ root: { pathLength: 1 } }),
  };

  it.each(Object.entries(accepted))('accepts %s', async (_what, make) => {
    requireCodeSigningChain(parse((await make()).chain));
  });

  it('asks every certificate for validity at the time of signing, both ends included (CHAIN-11)', async () => {
    const [notBefore, notAfter] = [new Date('2024-01-01T00:00:00Z'), new Date('2024-01-04T00:00:00Z')];
    const chain = parse((await codeSigningChain({ notBefore, notAfter })).chain);
    requireCodeSigningChain(chain, notBefore);
    requireCodeSigningChain(chain, notAfter);
    const early = refusal('CERTIFICATE_NOT_VALID', () => {
      requireCodeSigningChain(chain, new Date('2023-12-31T23:59:59.999Z'));
    });
    expect(early.message).toContain(
      'CN=acme signer, OU=Signing, O=Acme, L=Seattle, ST=WA, C=US" is not yet valid at 2023-12-31T23:59:59.999Z: ' +
        'it is valid from 2024-01-01T00:00:00.000Z to 2024-01-04T00:00:00.000Z',
    );
    const late = refusal('CERTIFICATE_NOT_VALID', () => {
      requireCodeSigningChain(chain, new Date('2024-01-04T00:00:00.001Z'));
    });
    expect(late.message).toContain('expired');
    const root = parse((await codeSigningChain({ root: { notAfter } })).chain);
    const rootLate = refusal('CERTIFICATE_NOT_VALID', () => {
      requireCodeSigningChain(root, new Date('2025-01-01'));
    });
    expect(rootLate.message).toContain('code signing root');
  });
});

describe('requireTimestampingChain', () => {
  it.each(rows(unsuitableTimestampingChains))('refuses: %s', async (_rule, make) => {
    const chain = parse(await make());
    const { message } = refusal('CERTIFICATE_UNSUITABLE', () => {
      requireTimestampingChain(chain);
    });
    expect(message).toMatch(/^the certificate "[^"]*CN=[^"]+" .+ \(CHAIN-\d+\)$/);
  });

  it('refuses a code signing chain (CHAIN-22)', async () => {
    const chain = parse((await codeSigningChain()).chain);
    const { message } = refusal('CERTIFICATE_UNSUITABLE', () => {
      requireTimestampingChain(chain);
    });
    expect(message).toContain('must have the one extended key usage timeStamping, but has 1.3.6.1.5.5.7.3.3');
  });

  it.each(unsupportedKeys)('refuses a leaf with a key %s (CHAIN-23)', async (keySpec) => {
    const chain = parse((await timestampingChain({ keySpec })).chain);
    refusal('KEY_UNSUPPORTED', () => {
      requireTimestampingChain(chain);
    });
  });

  it('accepts a good chain, and key usages that are not critical (CHAIN-21)', async () => {
    requireTimestampingChain(parse((await timestampingChain()).chain));
    const lax = { keyUsageCritical: false };
    requireTimestampingChain(parse((await timestampingChain({ ...lax, root: lax, intermediate: lax })).chain));
  });
});
