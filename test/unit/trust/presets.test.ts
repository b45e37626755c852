import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { sha256Hex } from '../../../shared/crypto/digest.ts';
import { requireTrustAnchor } from '../../../shared/trust/anchor.ts';
import { builtInRoot, knownRoot, loadPreset, presets, publicSigningRoots } from '../../../shared/trust/presets.ts';
import { displayName } from '../../../shared/x509/name.ts';
import { readPemCertificates } from '../../../shared/x509/read-certificates.ts';

const identityVerification = '5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270';
const root2010 = 'df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e';
const supplyChain = '23ffe2b8bdb9a1711515d4cffda04bc7f793d513c76c243f1020507d8669b7db';
const enterprise = 'd549dc2314f7a16e496a515491b273bc9c098e40a070d61ef1602870f0c402d8';

describe('presets', () => {
  it.each([
    [
      'microsoft-artifact-signing',
      'signing',
      [[identityVerification, 'CN=Microsoft Identity Verification Root Certificate Authority 2020']],
    ],
    ['microsoft-supply-chain', 'signing', [[supplyChain, 'CN=Microsoft Supply Chain RSA Root CA 2022']]],
    [
      'microsoft-timestamping',
      'timestamping',
      [
        [identityVerification, 'CN=Microsoft Identity Verification Root Certificate Authority 2020'],
        [root2010, 'CN=Microsoft Root Certificate Authority 2010'],
      ],
    ],
  ] as const)('%s holds exactly the roots it should', (name, purpose, expected) => {
    const roots = loadPreset(name, purpose) ?? [];
    expect(roots.map(({ der }) => sha256Hex(der))).toEqual(expected.map(([fingerprint]) => fingerprint));
    for (const [index, root] of roots.entries()) {
      expect(displayName(root.subject)).toContain(expected[index]?.[1]);
      requireTrustAnchor(root, 'timestamping');
    }
  });

  it('states each fingerprint as its bytes have it', () => {
    const roots = presets.flatMap((preset) => preset.roots);
    for (const { fingerprint } of roots) expect(builtInRoot(fingerprint)?.fingerprint).toBe(fingerprint);
  });

  it('is known for one purpose only', () => {
    expect(loadPreset('microsoft-timestamping', 'signing')).toBeUndefined();
    expect(loadPreset('microsoft-artifact-signing', 'timestamping')).toBeUndefined();
    expect(loadPreset('constructor', 'signing')).toBeUndefined();
  });

  it('does not embed the root of Private Trust, but knows what to say about it', () => {
    expect(builtInRoot(enterprise)).toBeUndefined();
    expect(knownRoot(enterprise, 'signing')).toContain('https://www.microsoft.com/pkiops/certs/');
  });

  it('names the preset that would match, for the purpose only', () => {
    expect(knownRoot(supplyChain, 'signing')).toContain('"microsoft-supply-chain"');
    expect(knownRoot(supplyChain, 'timestamping')).toBeUndefined();
  });

  it('knows which root certifies the public', () => {
    expect([...publicSigningRoots]).toEqual([identityVerification]);
  });

  const directory = join(import.meta.dirname, '../../../../shared/data/roots');
  const here = existsSync(directory);
  it.skipIf(!here && process.env.CI !== 'true')('has the bytes of the reference roots', () => {
    const files = readdirSync(directory).filter((file) => file.endsWith('.pem'));
    const reference = files.flatMap((file) => readPemCertificates(readFileSync(join(directory, file), 'utf8')));
    expect(reference).toHaveLength(4);
    const embedded = reference.filter(({ fingerprint }) => builtInRoot(fingerprint) !== undefined);
    expect(embedded.map(({ fingerprint }) => fingerprint).sort()).toEqual(
      [supplyChain, identityVerification, root2010].sort(),
    );
    for (const { der, fingerprint } of embedded) expect(builtInRoot(fingerprint)?.der).toEqual(der);
  });
});
