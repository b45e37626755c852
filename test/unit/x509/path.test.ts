import { describe, expect, it } from 'vitest';

import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import type { CertificateChain } from '../../../shared/x509/chain.ts';
import { pathsToAnchors, requireUsablePath } from '../../../shared/x509/path.ts';
import { createRoot, issue, purpose, timestampingChain } from '../../support/ca.ts';
import type { ChainOptions, Issued } from '../../support/ca.ts';
import { objectIdentifier, sequence, tlv } from '../../support/der-writer.ts';
import type { RawExtension } from '../../support/der-writer.ts';
import { testKey } from '../../support/keys.ts';

const certificate = ({ certificate: der }: Issued): Certificate => parseCertificate(der);
const paths = (leaf: Issued, bag: readonly Issued[], anchors: readonly Issued[]): string[][] =>
  [...pathsToAnchors(certificate(leaf), bag.map(certificate), anchors.map(certificate))].map((path) =>
    path.map(({ fingerprint }) => fingerprint),
  );
const fingerprints = (...issued: readonly Issued[]): string[] => issued.map((one) => certificate(one).fingerprint);

const root = await createRoot({ subject: 'CN=root' });
const middle = await issue(root, { subject: 'CN=middle', ca: true });
const leaf = await issue(middle, { subject: 'CN=leaf' });

describe('pathsToAnchors', () => {
  it('ends at an anchor that is not in the bag', () => {
    expect(paths(leaf, [middle], [root])).toEqual([fingerprints(leaf, middle, root)]);
  });

  it('is not led astray by what else is in the bag, in whatever order', async () => {
    const stranger = await createRoot({ subject: 'CN=stranger' });
    expect(paths(leaf, [stranger, root, leaf, middle, middle], [root])).toEqual([fingerprints(leaf, middle, root)]);
  });

  it('finds nothing where the root is in the bag only', () => {
    expect(paths(leaf, [middle, root], [])).toEqual([]);
  });

  it('finds nothing where an issuer is missing', () => {
    expect(paths(leaf, [], [root])).toEqual([]);
  });

  it('does not take an anchor for a namesake with another key', async () => {
    const namesake = await createRoot({ subject: 'CN=root' });
    expect(paths(leaf, [middle, root], [namesake])).toEqual([]);
  });

  it('tells issuers of one name by their keys', async () => {
    const namesakes = await Promise.all([1, 2, 3].map(() => issue(root, { subject: 'CN=middle', ca: true })));
    expect(paths(leaf, [...namesakes, middle], [root])).toEqual([fingerprints(leaf, middle, root)]);
  });

  it('gives every path of a cross-signed authority', async () => {
    const other = await createRoot({ subject: 'CN=other root' });
    const key = await testKey('EC-256');
    const [one, two] = await Promise.all(
      [root, other].map((top) => issue(top, { subject: 'CN=cross', ca: true, key })),
    );
    const signer = await issue(one!, { subject: 'CN=leaf' });
    expect(paths(signer, [one!, two!], [root, other])).toEqual([
      fingerprints(signer, one!, root),
      fingerprints(signer, two!, other),
    ]);
    expect(paths(signer, [one!, two!], [other])).toEqual([fingerprints(signer, two!, other)]);
  });

  it('takes the certificate itself where it is an anchor', () => {
    expect(paths(leaf, [middle], [leaf, root])).toEqual([fingerprints(leaf), fingerprints(leaf, middle, root)]);
  });

  it('does not go in circles between authorities that sign each other', async () => {
    const [a, b] = await Promise.all([testKey('EC-256'), testKey('EC-256')]);
    const topA = await createRoot({ subject: 'CN=a', key: a });
    const topB = await createRoot({ subject: 'CN=b', key: b });
    const aByB = await issue(topB, { subject: 'CN=a', key: a, ca: true });
    const bByA = await issue(topA, { subject: 'CN=b', key: b, ca: true });
    const signer = await issue(topA, { subject: 'CN=leaf' });
    expect(paths(signer, [aByB, bByA], [root])).toEqual([]);
    expect(paths(signer, [aByB, bByA], [topB])).toEqual([fingerprints(signer, aByB, topB)]);
  });

  it('gives up in a maze (CERTIFICATE_CHAIN_BROKEN)', async () => {
    const namesakes = await Promise.all(Array.from({ length: 101 }, () => createRoot({ subject: 'CN=middle' })));
    expect(() => paths(leaf, namesakes, [root])).toThrow(expect.objectContaining({ code: 'CERTIFICATE_CHAIN_BROKEN' }));
  });
});

const at = new Date('2026-01-15T12:00:00Z');

async function use(options: ChainOptions, moment = at): Promise<void> {
  const { chain } = await timestampingChain(options);
  const path = chain.map((der) => parseCertificate(der)) as unknown as CertificateChain;
  requireUsablePath(path, moment, purpose.timeStamping);
}

const critical = (oid: string): RawExtension[] => [{ oid, critical: true, value: tlv(0x05) }];

describe('requireUsablePath', () => {
  it('accepts a chain in which authorities name no purpose, the right one, or any', async () => {
    await use({});
    await use({ intermediate: { extendedKeyUsage: { purposes: [purpose.timeStamping] } } });
    await use({ intermediate: { extendedKeyUsage: { purposes: [purpose.any] } }, root: { policies: ['2.5.29.32.0'] } });
  });

  it.each(['root', 'intermediate'] as const)('refuses a %s with other purposes (nested)', async (place) => {
    const refused = expect(use({ [place]: { extendedKeyUsage: { purposes: [purpose.codeSigning] } } })).rejects;
    await refused.toMatchObject({
      code: 'CERTIFICATE_UNSUITABLE',
      message: expect.stringContaining('1.3.6.1.5.5.7.3.8') as string,
    });
  });

  it('refuses a certificate that is for something else', async () => {
    const refused = expect(use({ extendedKeyUsage: { purposes: [purpose.codeSigning] } })).rejects;
    await refused.toMatchObject({ code: 'CERTIFICATE_UNSUITABLE' });
  });

  it.each(['root', 'intermediate'] as const)('refuses an unknown critical extension of a %s', async (place) => {
    const refused = expect(use({ [place]: { extensions: critical('1.2.3.4') } })).rejects;
    await refused.toMatchObject({
      code: 'CERTIFICATE_UNSUITABLE',
      message: expect.stringContaining('1.2.3.4') as string,
    });
  });

  it('refuses an unknown critical extension of the certificate', async () => {
    await expect(use({ extensions: critical('1.2.3.4') })).rejects.toMatchObject({ code: 'CERTIFICATE_UNSUITABLE' });
  });

  it('accepts an unknown extension that is not critical', async () => {
    await use({ intermediate: { extensions: [{ oid: '1.2.3.4', critical: false, value: tlv(0x05) }] } });
  });

  it.each([true, false])('refuses name constraints, critical: %s', async (isCritical) => {
    const permitted = tlv(0xa0, sequence(tlv(0x82, new TextEncoder().encode('example.com'))));
    const extensions = [{ oid: '2.5.29.30', critical: isCritical, value: sequence(permitted) }];
    const refused = expect(use({ intermediate: { extensions } })).rejects;
    await refused.toMatchObject({
      code: 'CERTIFICATE_UNSUITABLE',
      message: expect.stringContaining('name constraints') as string,
    });
  });

  it.each([
    ['leaf', {}],
    ['intermediate', { intermediate: { notAfter: new Date('2026-01-01T00:00:00Z') } }],
    ['root', { root: { notAfter: new Date('2026-01-01T00:00:00Z') } }],
  ] as const)('refuses a %s that is not valid at the moment', async (place, options) => {
    const moment = place === 'leaf' ? new Date('2041-01-01T00:00:00Z') : at;
    await expect(use(options, moment)).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_VALID' });
  });

  it('knows each extension that it lets pass as critical', async () => {
    const policies = sequence(sequence(objectIdentifier('2.5.29.32.0')));
    await use({ intermediate: { extensions: [{ oid: '2.5.29.32', critical: true, value: policies }] } });
  });
});
