// Certificates of exactly the shape that Artifact Signing and Microsoft's timestamp authority have in production, under
// a root that says what it is. Key sizes and hashes are the real ones too; the keys come from the test pool.

import { createRoot, issue, purpose } from './ca.ts';
import type { CertificateOptions, Issued } from './ca.ts';
import { integer, tlv } from './der-writer.ts';
import type { RawExtension } from './der-writer.ts';
import type { KeyPair } from './keys.ts';
import { testKey } from './keys.ts';
import type { AuthorityUrls } from './revocation-server.ts';

export type AuthorityName = 'root' | 'policy' | 'issuing' | 'timestampingCa';

/** Where the status and the certificate of an issuer are to be found. */
export type PkiUrls = (issuer: AuthorityName) => AuthorityUrls;

export interface EmulatedPki extends Readonly<Record<AuthorityName, Issued>> {
  readonly timestamping: Issued;
  /** A signing certificate that begins now; each call makes another, as the service does every day. */
  signer(subject?: string): Promise<Issued>;
  /** Of the certificate profile; the same in every signing certificate. */
  readonly durableIdentityEku: string;
}

export const emulatedSubject = 'C=US, ST=Washington, L=Seattle, O=Emulated Publisher, CN=Emulated Publisher';

const names: Readonly<Record<AuthorityName, string>> = {
  root: 'Emulated Identity Verification Root Certificate Authority 2020',
  policy: 'Emulated ID Verified Code Signing PCA 2021',
  issuing: 'Emulated ID Verified CS EOC CA 01',
  timestampingCa: 'Emulated Public RSA Timestamping CA 2020',
};

const markers = { publicTrust: '1.3.6.1.4.1.311.97.1.0', durable: '1.3.6.1.4.1.311.97.990309390.766961637.194916062' };
const policies = {
  any: '2.5.29.32.0',
  microsoft: '1.3.6.1.4.1.311.76.509.1.1',
  codeSigning: '2.23.140.1.4.1',
  timestamping: '2.23.140.1.4.2',
};

const hour = 3_600_000;
const day = 24 * hour;

export async function createEmulatedPki(urls: PkiUrls, now = new Date()): Promise<EmulatedPki> {
  // All at once: on a fresh machine the pool has none yet, and each takes a second to make.
  const roles = ['root', 'policy', 'issuing', 'timestampingCa', 'timestamping'] as const;
  const pairs = await Promise.all(roles.map(async (role) => [role, await testKey('RSA-4096')] as const));
  const keys = Object.fromEntries(pairs) as Record<(typeof roles)[number], KeyPair>;
  const caOptions = (name: AuthorityName): CertificateOptions => ({
    ...{ subject: `C=US, O=Emulated Corporation, CN=${names[name]}`, key: keys[name] },
    ...{ hash: 'sha384', ca: true },
  });
  const years = (from: number, to: number): { notBefore: Date; notAfter: Date } => ({
    notBefore: new Date(now.getTime() - from * 365 * day),
    notAfter: new Date(now.getTime() + to * 365 * day),
  });
  const root = await createRoot({
    ...caOptions('root'),
    ...years(6, 19),
    keyUsage: ['digitalSignature', 'keyCertSign', 'cRLSign'],
    extensions: [caVersion],
  });
  // The timestamp branch has CRLs only.
  const crlOnly = (issuer: AuthorityName): Partial<CertificateOptions> => {
    const { crlUrl, caIssuersUrl } = urls(issuer);
    return { crlUrl, caIssuersUrl };
  };
  const sub = { extensions: [caVersion, subCa] };
  const anyPolicy = { policies: [policies.any] };
  const policy = await issue(root, {
    ...caOptions('policy'),
    ...years(5, 10),
    ...urls('root'),
    ...sub,
    ...anyPolicy,
  });
  const issuing = await issue(policy, {
    ...{ ...caOptions('issuing'), ...years(4, 3), ...urls('policy'), ...sub, ...anyPolicy },
    pathLength: 0,
  });
  const timestampingCa = await issue(root, {
    ...{ ...caOptions('timestampingCa'), ...years(5, 9), ...crlOnly('root'), ...sub, ...anyPolicy },
    ...{ pathLength: 0, extendedKeyUsage: { purposes: [purpose.timeStamping] } },
  });
  const timestamping = await issue(timestampingCa, {
    subject:
      'C=US, ST=Washington, L=Redmond, O=Emulated Corporation, OU=Emulated Operations, OU=Emulated TSS ESN:0000-0000-0000, CN=Emulated Public RSA Time Stamping Authority',
    ...{ key: keys.timestamping, hash: 'sha384', ca: 'explicitly not', ...crlOnly('timestampingCa') },
    ...{ notBefore: new Date(now.getTime() - 30 * day), notAfter: new Date(now.getTime() + 335 * day) },
    ...{ policies: [policies.microsoft, policies.timestamping] },
    extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
  });
  const signer = (subject = emulatedSubject): Promise<Issued> => {
    // Back-dated a little, as the service does, so that no clock is ahead of it.
    const notBefore = new Date(Math.floor((now.getTime() - 5 * 60_000) / 1000) * 1000);
    return issue(issuing, {
      ...{ subject, keySpec: 'RSA-3072', hash: 'sha384', ca: 'explicitly not', ...urls('issuing') },
      ...{ notBefore, notAfter: new Date(notBefore.getTime() + 72 * hour) },
      policies: [policies.microsoft, policies.codeSigning],
      extendedKeyUsage: { purposes: [markers.publicTrust, purpose.codeSigning, markers.durable] },
    });
  };
  return { root, policy, issuing, timestampingCa, timestamping, signer, durableIdentityEku: markers.durable };
}

/** Microsoft's "CA Version" and "certificate template" extensions, which every CA of theirs carries. */
const caVersion: RawExtension = { oid: '1.3.6.1.4.1.311.21.1', value: integer(0n) };
const subCa: RawExtension = {
  oid: '1.3.6.1.4.1.311.20.2',
  value: tlv(0x1e, Buffer.from('SubCA', 'utf16le').swap16()),
};
