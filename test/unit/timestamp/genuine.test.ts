// Tokens of Microsoft's public authority, as Notation stored them, against the root that is built into this project.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { formatOf } from '../../../shared/envelope/formats.ts';
import { verifyTimestamp } from '../../../shared/timestamp/evidence.ts';
import { parseTimestampToken } from '../../../shared/timestamp/token.ts';
import { signingCertificateOf } from '../../../shared/timestamp/signing-certificate.ts';
import { verifySigner } from '../../../shared/x509/cms.ts';
import { pathsToAnchors, requireUsablePath } from '../../../shared/x509/path.ts';
import { requireTimestampingChain } from '../../../shared/x509/requirements.ts';
import { readCertificates } from '../../../shared/x509/read-certificates.ts';
import { mutations } from '../../support/mutate.ts';

const data = join(import.meta.dirname, '../../../../shared/data');
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(data, file)));
const isMissing = !existsSync(data) && process.env.CI !== 'true';

describe.skipIf(isMissing)('genuine tokens (skipped where ../shared/data is absent)', () => {
  const roots = isMissing ? [] : readCertificates(read('roots/microsoft-identity-verification-root-ca-2020.pem'));
  const chain = [
    '36e731cfa9bfd69dafb643809f6dec500902f7197daeaad86ea0159a2268a2b8',
    '5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270',
  ];

  it.each([
    ['genuine/timestamped-blob.cose', 'application/cose'],
    ['genuine/timestamped-blob.jws', 'application/jose+json'],
  ])('%s: its token stamps its signature and verifies to the root', (file, mediaType) => {
    const { signature, unsigned } = formatOf(mediaType).decode(read(file));
    const token = parseTimestampToken(unsigned.timestampSignature ?? new Uint8Array());
    const { genTime, from, to, ...evidence } = verifyTimestamp(token, signature, { roots });
    expect(evidence.chain.slice(1).map(({ fingerprint }) => fingerprint)).toEqual(chain);
    expect(token.info).toMatchObject({ policy: '1.3.6.1.4.1.601.10.3.1', accuracyMs: 500, hash: 'sha256' });
    expect(genTime.getTime() - from.getTime()).toBe(500);
    expect(to.getTime() - genTime.getTime()).toBe(500);
    expect(() => verifyTimestamp(token, signature.slice(1), { roots })).toThrow(/another signature/);
  });

  it('microsoft-timestamp-token.p7s: reads as measured, and its authority, below the root, signed it', () => {
    const token = parseTimestampToken(read('genuine/microsoft-timestamp-token.p7s'));
    const { signedData } = token;
    const [signer] = signedData.signers;
    expect(token.info.genTime.toISOString()).toBe('2024-06-21T07:12:05.884Z');
    expect(token.info.serialNumber).toBe(0x667043c04aecn);
    expect(signedData.certificates).toHaveLength(2);
    expect(signedData.certificates[0]?.fingerprint).toBe(chain[0]);
    const certificate = signingCertificateOf(signedData, signer!);
    expect(certificate).toBe(signedData.certificates[1]);
    expect(() => {
      verifySigner(signedData, signer!, certificate);
    }).not.toThrow();
    // The bytes that it stamps are not published, so verifyTimestamp has nothing to compare its imprint with.
    const [path, ...more] = pathsToAnchors(certificate, signedData.certificates, roots);
    expect(path?.slice(1).map(({ fingerprint }) => fingerprint)).toEqual(chain);
    expect(more).toEqual([]);
    expect(() => {
      requireUsablePath(path!, token.info.genTime, '1.3.6.1.5.5.7.3.8');
      requireTimestampingChain(path!);
    }).not.toThrow();
  });

  it('no damaged token is believed to state something else', () => {
    const { signature, unsigned } = formatOf('application/cose').decode(read('genuine/timestamped-blob.cose'));
    const der = unsigned.timestampSignature ?? new Uint8Array();
    const { info } = parseTimestampToken(der);
    let refused = 0;
    for (const mutant of mutations(der, 13, 300)) {
      try {
        const token = parseTimestampToken(mutant);
        verifyTimestamp(token, signature, { roots });
        expect(token.info).toEqual(info);
      } catch (error) {
        expect(error).toHaveProperty('code');
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(250);
  });
});
