// Certificate chains that each break one rule, by name; leaf first, as DER. The rules are those of the Signature
// Specification, "Certificate Requirements".

import { codeSigningChain, createRoot, issue, purpose, timestampingChain } from './ca.ts';
import type { CertificateOptions, ChainOptions, Issued, TestKeySpec, TestKeyUsage } from './ca.ts';
import { testKey } from './keys.ts';

type Make = () => Promise<readonly Uint8Array[]>;

const codeSigning =
  (options: ChainOptions): Make =>
  async () =>
    (await codeSigningChain(options)).chain;
const timestamping =
  (options: ChainOptions): Make =>
  async () =>
    (await timestampingChain(options)).chain;

const rootSubject = 'C=US, ST=WA, O=Acme, CN=code signing root';
const authoritySubject = 'C=US, O=Acme, CN=code signing CA';
const subject = 'C=US, ST=WA, O=Acme, CN=alone';

/** One certificate, signed with its own key. */
const alone =
  (options: Partial<CertificateOptions>): Make =>
  async () => {
    const { chain } = await createRoot({ subject, ca: false, keyUsage: ['digitalSignature'], ...options });
    return chain;
  };

const rearranged =
  (arrange: (leaf: Uint8Array, authority: Uint8Array, root: Uint8Array) => readonly Uint8Array[]): Make =>
  async () => {
    const [leaf, authority, root] = (await codeSigningChain()).chain;
    return arrange(leaf!, authority!, root!);
  };

const flipLast = (bytes: Uint8Array): Uint8Array => {
  const flipped = Uint8Array.from(bytes);
  flipped[flipped.length - 1]! ^= 1;
  return flipped;
};

/** CERTIFICATE_CHAIN_BROKEN, in every use. */
export const brokenChains = {
  'CHAIN-1 no certificate': () => Promise.resolve([]),
  'CHAIN-1 root missing': rearranged((leaf, authority) => [leaf, authority]),
  'CHAIN-1 root first': rearranged((leaf, authority, root) => [root, authority, leaf]),
  'CHAIN-1 issuers exchanged': rearranged((leaf, authority, root) => [leaf, root, authority]),
  'CHAIN-1 intermediate missing': rearranged((leaf, _authority, root) => [leaf, root]),
  'CHAIN-2 single certificate of another issuer': rearranged((leaf) => [leaf]),
  'CHAIN-2 single certificate signed with another key': async () =>
    alone({ signWith: (await testKey('EC-256')).privateKey })(),
  'CHAIN-3 root doubled': rearranged((leaf, authority, root) => [leaf, authority, root, root]),
  'CHAIN-3 ends in a certificate with another issuer': async () => {
    const other = await createRoot({ subject: 'CN=other root' });
    return (await codeSigningChain({ root: { issuerName: other.subject, signWith: other.privateKey } })).chain;
  },
  'CHAIN-3 root signed with another key': async () =>
    (await codeSigningChain({ root: { signWith: (await testKey('EC-256')).privateKey } })).chain,
  'CHAIN-4 issuer name differs': codeSigning({ issuerName: 'C=US, O=Acme, CN=code signing ca' }),
  'CHAIN-4 issuer key differs under one name': async () => {
    const chain = await codeSigningChain();
    const twin = await codeSigningChain();
    return [chain.chain[0]!, ...twin.chain.slice(1)];
  },
  'CHAIN-4 signature altered': rearranged((leaf, authority, root) => [flipLast(leaf), authority, root]),
  'CHAIN-4 issuer without basicConstraints': codeSigning({ intermediate: { ca: false } }),
  'CHAIN-4 issuer with cA false': codeSigning({ intermediate: { ca: 'explicitly not' } }),
  'CHAIN-4 issuer without keyCertSign': codeSigning({ intermediate: { keyUsage: ['digitalSignature', 'cRLSign'] } }),
  'CHAIN-4 root without keyCertSign': codeSigning({ root: { keyUsage: ['cRLSign'] } }),
} satisfies Record<string, Make>;

/** CERTIFICATE_UNSUITABLE, in every use. */
export const weakChains = {
  'ALG-4 leaf signed with SHA-1': codeSigning({ hash: 'sha1' }),
  'ALG-4 intermediate signed with SHA-1': codeSigning({ intermediate: { hash: 'sha1' } }),
  'ALG-4 root signed with SHA-1': codeSigning({ root: { hash: 'sha1' } }),
  'ALG-4 leaf signed with MD5': codeSigning({ intermediate: { keySpec: 'RSA-2048' }, hash: 'md5' }),
  'D5 single self-signed certificate signed with SHA-1': alone({ hash: 'sha1' }),
} satisfies Record<string, Make>;

const leafUsage = (...keyUsage: TestKeyUsage[]): Make => codeSigning({ keyUsage });
const leafPurpose = (oid: string): Make => codeSigning({ extendedKeyUsage: { purposes: [purpose.codeSigning, oid] } });

/** CERTIFICATE_UNSUITABLE for code signing. */
export const unsuitableChains = {
  'CHAIN-2 single certificate is a CA': alone({ ca: true }),
  'CHAIN-2 single certificate without keyUsage': alone({ keyUsage: 'absent' }),
  'CHAIN-5 issuer of version 1': codeSigning({ intermediate: { version: 1 } }),
  'CHAIN-5 path length 0 above an intermediate': codeSigning({ root: { pathLength: 0 } }),
  'CHAIN-5 path length 1 above two intermediates': async () => {
    const root = await createRoot({ subject: rootSubject, pathLength: 1 });
    const upper = await issue(root, { subject: 'C=US, O=Acme, CN=upper', ca: true });
    const lower = await issue(upper, { subject: authoritySubject, ca: true });
    return (await issue(lower, { subject })).chain;
  },
  'CHAIN-5 intermediate without keyUsage': codeSigning({ intermediate: { keyUsage: 'absent' } }),
  'CHAIN-5 root without keyUsage': codeSigning({ root: { keyUsage: 'absent' } }),
  'CHAIN-5 intermediate with keyUsage not critical': codeSigning({ intermediate: { keyUsageCritical: false } }),
  'CHAIN-6 leaf is a CA': codeSigning({ ca: true, intermediate: { pathLength: 1 } }),
  'CHAIN-7 leaf without keyUsage': codeSigning({ keyUsage: 'absent' }),
  'CHAIN-7 leaf with keyUsage not critical': codeSigning({ keyUsageCritical: false }),
  'CHAIN-7 leaf without digitalSignature': leafUsage('contentCommitment'),
  'CHAIN-7 leaf with keyUsage of no bit': leafUsage(),
  'CHAIN-7 leaf with keyEncipherment': leafUsage('digitalSignature', 'keyEncipherment'),
  'CHAIN-7 leaf with dataEncipherment': leafUsage('digitalSignature', 'dataEncipherment'),
  'CHAIN-7 leaf with keyAgreement': leafUsage('digitalSignature', 'keyAgreement'),
  'CHAIN-7 leaf with keyCertSign': leafUsage('digitalSignature', 'keyCertSign'),
  'CHAIN-7 leaf with cRLSign': leafUsage('digitalSignature', 'cRLSign'),
  'CHAIN-7 leaf with encipherOnly': leafUsage('digitalSignature', 'encipherOnly'),
  'CHAIN-7 leaf with decipherOnly': leafUsage('digitalSignature', 'decipherOnly'),
  'CHAIN-8 leaf with serverAuth': leafPurpose(purpose.serverAuth),
  'CHAIN-8 leaf with clientAuth': leafPurpose(purpose.clientAuth),
  'CHAIN-8 leaf with emailProtection': leafPurpose(purpose.emailProtection),
  'CHAIN-8 leaf with timeStamping': leafPurpose(purpose.timeStamping),
  'D3 leaf with OCSPSigning': leafPurpose(purpose.ocspSigning),
  'D2 leaf with anyExtendedKeyUsage': leafPurpose(purpose.any),
} satisfies Record<string, Make>;

/** KEY_UNSUPPORTED for code signing: the leaf's key is none of the six (ALG-1, ALG-2). */
export const unsupportedKeys: readonly TestKeySpec[] = [
  'RSA-1024',
  'RSA-2056',
  'RSASSA-PSS-2048',
  'EC-P224',
  'Ed25519',
];

/** CERTIFICATE_UNSUITABLE for timestamping. */
export const unsuitableTimestampingChains = {
  'CHAIN-5 path length 0 above an intermediate': timestamping({ root: { pathLength: 0 } }),
  'CHAIN-6 leaf is a CA': timestamping({ ca: true, intermediate: { pathLength: 1 } }),
  'CHAIN-21 root without keyUsage': timestamping({ root: { keyUsage: 'absent' } }),
  'CHAIN-21 intermediate without keyUsage': timestamping({ intermediate: { keyUsage: 'absent' } }),
  'CHAIN-21 leaf without keyUsage': timestamping({ keyUsage: 'absent' }),
  'CHAIN-21 leaf without digitalSignature': timestamping({ keyUsage: ['contentCommitment'] }),
  'CHAIN-21 leaf with keyEncipherment': timestamping({ keyUsage: ['digitalSignature', 'keyEncipherment'] }),
  'CHAIN-22 leaf with extendedKeyUsage not critical': timestamping({
    extendedKeyUsage: { purposes: [purpose.timeStamping], critical: false },
  }),
  'CHAIN-22 leaf with a second purpose': timestamping({
    extendedKeyUsage: { purposes: [purpose.timeStamping, purpose.codeSigning], critical: true },
  }),
  'CHAIN-22 leaf with an unknown second purpose': timestamping({
    extendedKeyUsage: { purposes: [purpose.timeStamping, '1.2.3.4'], critical: true },
  }),
  'CHAIN-22 leaf with another purpose': timestamping({
    extendedKeyUsage: { purposes: [purpose.codeSigning], critical: true },
  }),
  'CHAIN-22 leaf with no purpose': timestamping({ extendedKeyUsage: { purposes: [], critical: true } }),
} satisfies Record<string, Make>;

/** All of the above that are no code signing chains, as the contract of the suites over envelopes wants them. */
export const badChains: Readonly<Record<string, Make>> = { ...brokenChains, ...weakChains, ...unsuitableChains };

/** Two intermediates of one name with different keys, one of which issued the leaf. */
export async function twinIssuers(): Promise<{ leaf: Issued; issuer: Issued; twin: Issued; root: Issued }> {
  const root = await createRoot({ subject: rootSubject });
  const twin = await issue(root, { subject: authoritySubject, ca: true, pathLength: 0 });
  const issuer = await issue(root, { subject: authoritySubject, ca: true, pathLength: 0 });
  return { leaf: await issue(issuer, { subject }), issuer, twin, root };
}
