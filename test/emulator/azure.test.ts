// The emulator as a whole: its parts trust each other as the real ones do, its certificates have the production shape,
// and OpenSSL, which shares no code with it, agrees.

import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { artifactSigningKeyProvider } from '../../shared/azure/artifact-signing.ts';
import type { KeySignature } from '../../shared/keys/provider.ts';
import { RevocationChecker, requireUnrevoked } from '../../shared/revocation/revocation.ts';
import { requestTimestamp } from '../../shared/timestamp/authority.ts';
import { verifyTimestamp } from '../../shared/timestamp/evidence.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { displayName } from '../../shared/x509/name.ts';
import { requireCodeSigningChain } from '../../shared/x509/requirements.ts';
import { encodeBag } from '../support/certificate-bag.ts';
import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { accessTokenFor, createWorld, trustAuthority } from './azure-world.ts';

const world = createWorld();
const toBeSigned = Buffer.from('to be signed');
let emulator: Emulator;
let signed: KeySignature;

async function sign(): Promise<KeySignature> {
  const { artifactSigning } = emulator;
  const { account, profile, origin } = artifactSigning;
  const accessToken = accessTokenFor(world, emulator);
  const provider = artifactSigningKeyProvider(
    { ...world, accessToken },
    { endpoint: new URL(origin), account, profile },
  );
  return provider.generateSignature(toBeSigned, await provider.describeKey());
}

beforeAll(async () => {
  emulator = await startEmulator({ artifactSigning: { retryAfter: '0' } });
  trustAuthority(readFileSync(emulator.environment.NODE_EXTRA_CA_CERTS ?? '', 'utf8'));
  signed = await sign();
});

afterAll(async () => {
  await Promise.all([emulator.close(), world.close()]);
});

describe('the emulated world', () => {
  it('signs through GitHub, Entra and Artifact Signing with a chain that Notary Project accepts', () => {
    requireCodeSigningChain(signed.chain, new Date());
    expect(signed.chain.map(({ subject }) => displayName(subject).includes('Emulated'))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(signed.chain[3]?.der).toEqual(emulator.pki.root.certificate);
  });

  it('timestamps under the same root', async () => {
    const authority = new URL(emulator.signInputs['timestamp-url'] ?? '');
    const nonce = world.random(20);
    const request = { authority, signature: signed.signature, hash: 'sha384', nonce } as const;
    const token = await requestTimestamp(world.http, request);
    const roots = [parseCertificate(emulator.pki.root.certificate)];
    const evidence = verifyTimestamp(token, signed.signature, { roots, at: new Date() });
    expect(evidence.chain).toHaveLength(3);
    const statuses = await new RevocationChecker(world.http).check(evidence.chain, new Date());
    requireUnrevoked(statuses);
  });

  it('says that nothing is revoked, until something is', async () => {
    const now = new Date();
    requireUnrevoked(await new RevocationChecker(world.http).check(signed.chain, now));
    emulator.revocation.setStatus(signed.chain[0].serialNumber, { revokedAt: new Date(now.getTime() - 1000) });
    const statuses = await new RevocationChecker(world.http).check(signed.chain, now);
    emulator.revocation.setStatus(signed.chain[0].serialNumber, 'good');
    expect(() => {
      requireUnrevoked(statuses);
    }).toThrow(expect.objectContaining({ code: 'CERTIFICATE_REVOKED' }));
  });

  it('has a new signing certificate when asked, with the same durable identity', async () => {
    await emulator.rotate();
    const [leaf] = (await sign()).chain;
    expect(leaf.fingerprint).not.toBe(signed.chain[0].fingerprint);
    expect(leaf.extendedKeyUsage?.purposes).toContain(emulator.pki.durableIdentityEku);
  });

  it('gives no token to a job that is not the trusted one', async () => {
    emulator.oidc.setClaims({ sub: 'repo:mallory/app:ref:refs/heads/main' });
    await expect(sign()).rejects.toMatchObject({ code: 'CREDENTIAL_REJECTED' });
    emulator.oidc.setClaims({});
  });

  it('names every input that its environment needs', () => {
    expect(Object.keys(emulator.environment).sort()).toEqual([
      'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
      'ACTIONS_ID_TOKEN_REQUEST_URL',
      'AZURE_AUTHORITY_HOST',
      'NODE_EXTRA_CA_CERTS',
    ]);
  });
});

describe('the production shape', () => {
  it('of a signing certificate', () => {
    const [leaf, issuing, policy, root] = signed.chain;
    expect(leaf.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
    expect(leaf.signatureScheme).toEqual({ family: 'rsa-pkcs1', hash: 'sha384' });
    expect(leaf.notAfter.getTime() - leaf.notBefore.getTime()).toBe(72 * 3_600_000);
    expect(leaf.keyUsage).toEqual({ usages: new Set(['digitalSignature']), critical: true });
    expect(leaf.basicConstraints).toMatchObject({ ca: false, critical: true });
    expect(leaf.extendedKeyUsage).toEqual({
      purposes: ['1.3.6.1.4.1.311.97.1.0', '1.3.6.1.5.5.7.3.3', emulator.pki.durableIdentityEku],
      critical: false,
    });
    expect([leaf.ocspUrls, leaf.crlUrls, leaf.caIssuersUrls].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(issuing?.basicConstraints).toEqual({ ca: true, pathLength: 0, critical: true });
    for (const ca of [issuing, policy, root]) {
      expect(ca?.publicKey.asymmetricKeyDetails?.modulusLength).toBe(4096);
      expect(ca?.keyUsage?.usages).toEqual(new Set(['digitalSignature', 'keyCertSign', 'cRLSign']));
      expect(ca?.extensions.has('1.3.6.1.4.1.311.21.1')).toBe(true);
    }
    expect([root?.ocspUrls, root?.crlUrls]).toEqual([[], []]);
  });

  it('of the timestamp authority: CRL only, one critical purpose', () => {
    const leaf = parseCertificate(emulator.pki.timestamping.certificate);
    expect(leaf.ocspUrls).toEqual([]);
    expect(leaf.crlUrls).toHaveLength(1);
    expect(leaf.extendedKeyUsage).toEqual({ purposes: ['1.3.6.1.5.5.7.3.8'], critical: true });
    const ca = parseCertificate(emulator.pki.timestampingCa.certificate);
    expect(ca.extendedKeyUsage).toEqual({ purposes: ['1.3.6.1.5.5.7.3.8'], critical: false });
  });
});

describe('what OpenSSL says', () => {
  it('in Node: each certificate is issued by the next', () => {
    for (const { chain } of [emulator.signer(), emulator.pki.timestamping]) {
      const certificates = chain.map((der) => new X509Certificate(der));
      certificates.forEach((certificate, index) => {
        const issuer = certificates[index + 1] ?? certificate;
        expect(certificate.checkIssued(issuer)).toBe(true);
        expect(certificate.verify(issuer.publicKey)).toBe(true);
      });
    }
  });

  const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

  it.skipIf(!hasOpenssl)('on the command line (skipped where it is not installed): the bag, the chains', () => {
    const directory = mkdtempSync(join(tmpdir(), 'openssl-'));
    try {
      const path = (name: string, bytes: string | Uint8Array): string => {
        const file = join(directory, name);
        writeFileSync(file, bytes);
        return file;
      };
      const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
      const bag = path('bag.p7b', encodeBag(emulator.signer().chain));
      expect(openssl('pkcs7', '-inform', 'DER', '-in', bag, '-print_certs').match(/BEGIN CERTIFICATE/gu)).toHaveLength(
        4,
      );
      for (const [name, issued] of Object.entries({ signer: emulator.signer(), tsa: emulator.pki.timestamping })) {
        const leaf = path(`${name}.pem`, issued.pem);
        const chain = path(`${name}-chain.pem`, issued.chainPem);
        const purpose = name === 'tsa' ? 'timestampsign' : 'any';
        const verified = openssl(
          'verify',
          '-x509_strict',
          '-purpose',
          purpose,
          '-CAfile',
          emulator.rootFile,
          '-untrusted',
          chain,
          leaf,
        );
        expect(verified).toContain('OK');
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
