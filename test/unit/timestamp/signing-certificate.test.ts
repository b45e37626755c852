import { describe, expect, it } from 'vitest';

import { signingCertificateOf } from '../../../shared/timestamp/signing-certificate.ts';
import { timestampingChain } from '../../support/ca.ts';
import type { TokenOptions } from '../../support/tsa-token.ts';
import { chain, fingerprintsOf, stamped } from './stamped.ts';

const find = (options: Partial<TokenOptions> = {}): string => {
  const { signedData } = stamped(options);
  return signingCertificateOf(signedData, signedData.signers[0]!).fingerprint;
};
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'TIMESTAMP_INVALID', message: expect.stringMatching(message) as string });

describe('signingCertificateOf (TSA-11, TSA-12)', () => {
  it('finds the certificate by issuer, serial number and hash', () => {
    expect(find()).toBe(fingerprintsOf(chain)[0]);
  });

  it('needs no issuerSerial', () => {
    expect(find({ signingCertificate: 'without issuerSerial' })).toBe(fingerprintsOf(chain)[0]);
  });

  it.each(['sha384', 'sha512'] as const)('takes a hash made with %s', (signingCertificate) => {
    expect(find({ signingCertificate })).toBe(fingerprintsOf(chain)[0]);
  });

  const other = chain.chain[1]!;

  it.each([
    ['signingCertificate with SHA-1 alone', { signingCertificate: 'v1' }, /no signed attribute signingCertificateV2/],
    ['neither attribute', { signingCertificate: 'absent' }, /no signed attribute/],
    ['no certificate named', { signingCertificate: 'no certificates' }, /is empty/],
    ['SHA-1 in signingCertificateV2', { signingCertificate: 'sha1' }, /not SHA-256/],
    ['the hash of another certificate', { hashOf: other }, /hash in signingCertificateV2/],
    ['the issuer and serial number of another certificate', { serialOf: other }, /name different certificates/],
    ['an issuerSerial with two names', { signingCertificate: 'two issuers' }, /not one directory name/],
    ['a certificate that is not inside', { certificates: [other] }, /is not inside/],
    ['no certificates inside', { certificates: [] }, /is not inside/],
    ['a signer named by key identifier', { sid: 'key identifier', version: 3 }, /version 1/],
    ['a signer of version 3', { version: 3 }, /version 1/],
  ] as const)('refuses %s', (_name, options, message) => {
    expect(() => find(options)).toThrow(invalid(message));
  });

  it('tells certificates with one issuer and serial number apart by their hash', async () => {
    const twins = await Promise.all([1, 2].map(() => timestampingChain({ serialNumber: 77n })));
    const [one, two] = twins as [typeof chain, typeof chain];
    const certificates = [two.certificate, one.certificate];
    expect(find({ chain: one, certificates })).toBe(fingerprintsOf(one)[0]);
  });
});
