// Certificate chains. Signature Specification, "Certificate Requirements"; RFC 3161 §2.3.

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import type { CertificateChain } from '../../shared/x509/chain.ts';
import { requireCodeSigningChain, requireTimestampingChain } from '../../shared/x509/requirements.ts';
import {
  badChains,
  brokenChains,
  twinIssuers,
  unsuitableChains,
  unsuitableTimestampingChains,
  unsupportedKeys,
} from '../support/bad-chains.ts';
import { codeSigningChain, createRoot, issue, purpose, timestampingChain } from '../support/ca.ts';
import type { CertificateOptions, ChainOptions } from '../support/ca.ts';
import { sequence, tlv } from '../support/der-writer.ts';
import { signedParts } from '../unit/envelope/signed.ts';
import { open } from './envelopes.ts';
import { outcome } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { signImage } from './signing.ts';

const parse = (chain: readonly Uint8Array[]): CertificateChain =>
  chain.map((der) => parseCertificate(der)) as unknown as CertificateChain;
const codeSigning = (chain: readonly Uint8Array[], at?: Date): Outcome =>
  outcome(() => {
    requireCodeSigningChain(parse(chain), at);
  });
const timestamping = (chain: readonly Uint8Array[]): Outcome =>
  outcome(() => {
    requireTimestampingChain(parse(chain));
  });
const signing = async (options: ChainOptions): Promise<Outcome> => codeSigning((await codeSigningChain(options)).chain);
const stamping = async (options: ChainOptions): Promise<Outcome> =>
  timestamping((await timestampingChain(options)).chain);

type Chains = Readonly<Record<string, () => Promise<readonly Uint8Array[]>>>;

/** What becomes of every chain whose name begins so. */
async function outcomesOf(
  prefix: string,
  chains: Chains,
  judge: (chain: readonly Uint8Array[]) => Outcome,
): Promise<readonly Outcome[]> {
  const chosen = Object.entries(chains).filter(([name]) => name.startsWith(prefix));
  expect(chosen.length).toBeGreaterThan(0);
  const found = await Promise.all(chosen.map(async ([, make]) => judge(await make())));
  return [...new Set(found)];
}

const single = (options: Partial<CertificateOptions> = {}) =>
  createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=alone', ca: false, keyUsage: ['digitalSignature'], ...options });

describe('CHAIN, code signing', () => {
  it('CHAIN-1: from the leaf to the root, in this order', async () => {
    expect(await signing({})).toBe('ok');
    expect(await outcomesOf('CHAIN-1 ', brokenChains, codeSigning)).toEqual(['CERTIFICATE_CHAIN_BROKEN']);
    const { chain } = await codeSigningChain();
    const long = Array.from({ length: 21 }, () => chain[0]!);
    const { cose } = envelopeFormats;
    const parts = signedParts(cose, await codeSigningChain(), 'EC-256', { parts: { certificateChain: long } });
    expect(outcome(() => open(cose, cose.encode(parts)))).toBe('ENVELOPE_MALFORMED');
  });

  it('CHAIN-2: one self-signed certificate that is a leaf', async () => {
    expect(codeSigning((await single()).chain)).toBe('ok');
    expect(await outcomesOf('CHAIN-2 ', brokenChains, codeSigning)).toEqual(['CERTIFICATE_CHAIN_BROKEN']);
    expect(await outcomesOf('CHAIN-2 ', unsuitableChains, codeSigning)).toEqual(['CERTIFICATE_UNSUITABLE']);
  });

  it('CHAIN-3: a self-signed root at the end, and nowhere else', async () => {
    expect(await outcomesOf('CHAIN-3 ', brokenChains, codeSigning)).toEqual(['CERTIFICATE_CHAIN_BROKEN']);
    const { certificate, chain } = await codeSigningChain();
    expect(codeSigning([certificate, ...chain])).toBe('CERTIFICATE_CHAIN_BROKEN');
  });

  it('CHAIN-4: signed by the next, which bears the issuer name and may issue', async () => {
    expect(await outcomesOf('CHAIN-4 ', brokenChains, codeSigning)).toEqual(['CERTIFICATE_CHAIN_BROKEN']);
    const { leaf, issuer, twin, root } = await twinIssuers();
    expect(codeSigning([leaf.certificate, issuer.certificate, root.certificate])).toBe('ok');
    expect(codeSigning([leaf.certificate, twin.certificate, root.certificate])).toBe('CERTIFICATE_CHAIN_BROKEN');
    expect(await signing({ keyIdentifiers: 'absent', intermediate: { keyIdentifiers: 'absent' } })).toBe('ok');
    const strange = [{ oid: '2.5.29.35', value: sequence(tlv(0x80, Buffer.from('another key'))) }];
    expect(await signing({ keyIdentifiers: 'absent', extensions: strange })).toBe('ok');
  });

  it('CHAIN-5: issuers are CAs with room below them and a critical keyUsage', async () => {
    expect(await signing({ root: { pathLength: 1 }, intermediate: { pathLength: 0 } })).toBe('ok');
    expect(await signing({ root: { basicConstraintsCritical: false } })).toBe('ok');
    expect(await outcomesOf('CHAIN-5 ', unsuitableChains, codeSigning)).toEqual(['CERTIFICATE_UNSUITABLE']);
    expect(await signing({ root: { keyUsageCritical: false } })).toBe('CERTIFICATE_UNSUITABLE');
  });

  it('CHAIN-6: the leaf is no CA', async () => {
    expect(await signing({ ca: 'explicitly not' })).toBe('ok');
    expect(await outcomesOf('CHAIN-6 ', unsuitableChains, codeSigning)).toEqual(['CERTIFICATE_UNSUITABLE']);
  });

  it('CHAIN-7: the leaf has digitalSignature, critical, and nothing that serves other ends', async () => {
    expect(await signing({ keyUsage: ['digitalSignature', 'contentCommitment'] })).toBe('ok');
    expect(await outcomesOf('CHAIN-7 ', unsuitableChains, codeSigning)).toEqual(['CERTIFICATE_UNSUITABLE']);
  });

  it('CHAIN-8: purposes of the leaf', async () => {
    const unnamed = { purposes: ['1.3.6.1.4.1.311.97.1.0', '1.2.3.4'], critical: true };
    expect(await signing({ extendedKeyUsage: unnamed })).toBe('ok');
    const { certificate } = await single();
    expect(parseCertificate(certificate).extendedKeyUsage).toBeUndefined();
    expect(codeSigning([certificate])).toBe('ok');
    for (const rule of ['CHAIN-8 ', 'D2 ', 'D3 ']) {
      expect(await outcomesOf(rule, unsuitableChains, codeSigning)).toEqual(['CERTIFICATE_UNSUITABLE']);
    }
  });

  it.each([...unsupportedKeys, 'RSA-2048', 'EC-521'] as const)('CHAIN-9: a leaf key %s', async (keySpec) => {
    expect(await signing({ keySpec })).toBe(unsupportedKeys.includes(keySpec) ? 'KEY_UNSUPPORTED' : 'ok');
  });

  it('CHAIN-10: other extensions and the purposes of issuers are not judged', async () => {
    const unknown = [{ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }];
    const hosts = sequence(tlv(0xa0, sequence(tlv(0x82, Buffer.from('a.example')))));
    const constraints = [{ oid: '2.5.29.30', critical: true, value: hosts }];
    expect(await signing({ extensions: unknown, intermediate: { extensions: constraints } })).toBe('ok');
    expect(await signing({ intermediate: { extendedKeyUsage: { purposes: [purpose.serverAuth] } } })).toBe('ok');
  });

  it('CHAIN-11: all valid at the signing time, both ends included', async () => {
    const [notBefore, notAfter] = [new Date('2024-01-01T00:00:00Z'), new Date('2024-01-04T00:00:00Z')];
    for (const options of [
      { notBefore, notAfter },
      { intermediate: { notBefore, notAfter } },
      { root: { notBefore, notAfter } },
    ]) {
      const { chain } = await codeSigningChain(options);
      const at = (time: number) => codeSigning(chain, new Date(time));
      expect([at(notBefore.getTime()), at(notAfter.getTime()), codeSigning(chain)]).toEqual(['ok', 'ok', 'ok']);
      expect([at(notBefore.getTime() - 1), at(notAfter.getTime() + 1)]).toEqual(Array(2).fill('CERTIFICATE_NOT_VALID'));
    }
  });

  it('CHAIN-11: signing with a certificate that has ended pushes nothing', async () => {
    const ended = await codeSigningChain({ notAfter: new Date('2024-12-31T00:00:00Z') });
    const { failure, registry } = await signImage({ signer: ended });
    expect(failure?.code).toBe('CERTIFICATE_NOT_VALID');
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
    expect((await signImage()).failure).toBeUndefined();
  });

  it('CHAIN-12: certificates that Go would not parse', async () => {
    const { certificate } = await codeSigningChain();
    const read = (der: Uint8Array) => outcome(() => parseCertificate(der));
    const content = certificate.slice(4);
    const root = await createRoot({ subject: 'CN=root' });
    const made = async (options: Partial<CertificateOptions>) =>
      (await issue(root, { subject: 'CN=x', ...options })).certificate;
    const extension = { oid: '1.2.3.4', value: Uint8Array.of(5, 0) };
    const keyUsage = { oid: '2.5.29.15', critical: true, value: Uint8Array.of(3, 2, 7, 0x80, 5, 0) };
    const cA = { oid: '2.5.29.19', critical: true, value: sequence(tlv(1, Uint8Array.of(1))) };
    expect(read(certificate)).toBe('ok');
    const refused = {
      'bytes after it': Buffer.concat([certificate, Uint8Array.of(0)]),
      'indefinite length': Buffer.concat([Uint8Array.of(0x30, 0x80), content, Uint8Array.of(0, 0)]),
      'length in too many octets': Buffer.concat([Uint8Array.of(0x30, 0x83, 0), certificate.slice(2)]),
      'negative serial number': await made({ serialNumber: -1n }),
      'an extension twice': await made({ extensions: [extension, extension] }),
      'a BOOLEAN of 1': await made({ extensions: [cA] }),
      'bytes after an extension': await made({ keyUsage: 'absent', extensions: [keyUsage] }),
      'an unknown curve': await made({ keySpec: 'EC-secp256k1' }),
      cut: certificate.slice(0, -1),
    };
    for (const [what, der] of Object.entries(refused))
      expect([what, read(new Uint8Array(der))]).toEqual([what, 'ASN1_MALFORMED']);
  });
});

describe('CHAIN, timestamping', () => {
  it('CHAIN-20: order, issuance, root and path length, without time', async () => {
    expect(await stamping({})).toBe('ok');
    expect(await stamping({ notBefore: new Date('2000-01-01'), notAfter: new Date('2000-01-02') })).toBe('ok');
    const broken = Object.fromEntries(
      Object.entries(brokenChains).filter(([name]) => !name.includes('no certificate')),
    );
    expect(await outcomesOf('CHAIN-', broken, timestamping)).toEqual(['CERTIFICATE_CHAIN_BROKEN']);
    for (const rule of ['CHAIN-5 ', 'CHAIN-6 ']) {
      expect(await outcomesOf(rule, unsuitableTimestampingChains, timestamping)).toEqual(['CERTIFICATE_UNSUITABLE']);
    }
    expect(Object.keys(badChains).length).toBeGreaterThan(Object.keys(broken).length);
  });

  it('CHAIN-21: a keyUsage everywhere, critical or not', async () => {
    const lax = { keyUsageCritical: false };
    expect(await stamping({ ...lax, intermediate: lax, root: lax })).toBe('ok');
    expect(await outcomesOf('CHAIN-21 ', unsuitableTimestampingChains, timestamping)).toEqual([
      'CERTIFICATE_UNSUITABLE',
    ]);
  });

  it('CHAIN-22: the one purpose timeStamping, critical', async () => {
    expect(await outcomesOf('CHAIN-22 ', unsuitableTimestampingChains, timestamping)).toEqual([
      'CERTIFICATE_UNSUITABLE',
    ]);
    expect(timestamping((await codeSigningChain()).chain)).toBe('CERTIFICATE_UNSUITABLE');
  });

  it.each([...unsupportedKeys, 'RSA-4096', 'EC-384'] as const)('CHAIN-23: a leaf key %s', async (keySpec) => {
    expect(await stamping({ keySpec })).toBe(unsupportedKeys.includes(keySpec) ? 'KEY_UNSUPPORTED' : 'ok');
  });
});
