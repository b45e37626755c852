import { beforeAll, describe, expect, it } from 'vitest';

import { requireAnchor } from '../../../shared/trust/anchor.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { requireChain } from '../../../shared/x509/chain.ts';
import type { CertificateChain } from '../../../shared/x509/chain.ts';
import { codeSigningChain, createRoot } from '../../support/ca.ts';
import { thrownBy } from './thrown.ts';

let chain: CertificateChain;
let alone: CertificateChain;
let stranger: CertificateChain;

beforeAll(async () => {
  chain = requireChain((await codeSigningChain()).chain.map(parseCertificate));
  // The same names, other keys.
  stranger = requireChain(
    (await codeSigningChain({ keySpec: 'EC-384', root: { keySpec: 'EC-384' } })).chain.map(parseCertificate),
  );
  const subject = 'C=US, ST=WA, O=Acme, CN=alone';
  const selfSigned = await createRoot({ subject, ca: false, keyUsage: ['digitalSignature'] });
  alone = requireChain(selfSigned.chain.map(parseCertificate));
});

describe('requireAnchor', () => {
  it('STORE-7: finds any certificate of the chain, byte for byte', () => {
    for (const certificate of chain) {
      expect(requireAnchor(chain, { certificates: [certificate], pins: [] })).toBe(certificate);
    }
  });

  it('STORE-7: does not take an equal name for an equal certificate', () => {
    const error = thrownBy(() => requireAnchor(chain, { certificates: [...stranger], pins: [] }));
    expect(error.code).toBe('TRUST_ANCHOR_NOT_FOUND');
    expect(error.message).toContain('CN=code signing root');
    expect(error.message).toContain(`sha256:${chain.at(-1)?.fingerprint ?? ''}`);
    expect(error.message).toContain('3 certificates and 0 pins');
  });

  it('finds a pinned CA', () => {
    expect(requireAnchor(chain, { certificates: [], pins: [chain[2]?.fingerprint ?? ''] })).toBe(chain[2]);
    expect(requireAnchor(chain, { certificates: [], pins: ['0'.repeat(64), chain[1]?.fingerprint ?? ''] })).toBe(
      chain[1],
    );
  });

  it('STORE-5: a pin of the signing certificate counts only where it is self-signed', () => {
    const error = thrownBy(() => requireAnchor(chain, { certificates: [], pins: [chain[0].fingerprint] }));
    expect(error.code).toBe('TRUST_ANCHOR_NOT_FOUND');
    expect(error.message).toContain('a pin must name an issuer');
    expect(requireAnchor(alone, { certificates: [], pins: [alone[0].fingerprint] })).toBe(alone[0]);
  });

  it('SCHEME-3: says that no store of the kind is configured', () => {
    const error = thrownBy(() => requireAnchor(chain, { certificates: [], pins: [] }));
    expect(error.message).toContain('no trust anchor is configured');
  });
});
