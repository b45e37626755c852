import { beforeAll, describe, expect, it } from 'vitest';

import { loadAnchors, loadTrustStore, trustStoreDirectory } from '../../../shared/trust/store.ts';
import type { TrustStoreType } from '../../../shared/trust/store.ts';
import { codeSigningChain, createRoot, issue } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { memoryFiles } from './memory-files.ts';
import { rejectionOf } from './thrown.ts';

let root: Issued;
let intermediate: Issued;
let leaf: Issued;
let selfSignedLeaf: Issued;

beforeAll(async () => {
  root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  intermediate = await issue(root, { subject: 'C=US, O=Acme, CN=CA', ca: true, pathLength: 0 });
  leaf = await issue(intermediate, { subject: 'C=US, ST=WA, O=Acme, CN=leaf' });
  selfSignedLeaf = await createRoot({
    subject: 'C=US, ST=WA, O=Acme, CN=alone',
    ca: false,
    keyUsage: ['digitalSignature'],
  });
});

type Entries = Parameters<typeof memoryFiles>[0];
const load = (entries: Entries, type: TrustStoreType = 'ca') =>
  loadTrustStore(memoryFiles(entries), 'trust', { type, name: 'acme' });
const fingerprints = async (entries: Entries, type?: TrustStoreType) =>
  (await load(entries, type)).map(({ der }) => Buffer.from(der));

describe('loadTrustStore', () => {
  it('STORE-4: reads DER, PEM and several in a file, in the order of the names', async () => {
    const entries = {
      'trust/x509/ca/acme/b.der': root.certificate,
      'trust/x509/ca/acme/a.pem': { text: `# comment\n${intermediate.pem}${selfSignedLeaf.pem}trailing text` },
      'trust/x509/ca/acme/c.whatever': Buffer.concat([root.certificate, intermediate.certificate]),
      'trust/x509/ca/other/d.pem': { text: leaf.pem },
    };
    expect(await fingerprints(entries)).toEqual(
      [intermediate, selfSignedLeaf, root, root, intermediate].map(({ certificate }) => Buffer.from(certificate)),
    );
  });

  it.each<[string, TrustStoreType, () => Entries, string]>([
    ['STORE-2: a missing store', 'ca', () => ({}), 'does not exist'],
    ['STORE-2: a link in place of the store', 'ca', () => ({ 'trust/x509/ca/acme': 'symlink' }), 'is not a directory'],
    ['STORE-2: a file in its place', 'ca', () => ({ 'trust/x509/ca/acme': root.certificate }), 'is not a directory'],
    [
      'STORE-3: a sub-directory',
      'ca',
      () => ({ 'trust/x509/ca/acme/a.pem': { text: root.pem }, 'trust/x509/ca/acme/sub/b.pem': { text: root.pem } }),
      'sub is a directory',
    ],
    [
      'STORE-3: a link',
      'ca',
      () => ({ 'trust/x509/ca/acme/a.pem': { text: root.pem }, 'trust/x509/ca/acme/b.pem': 'symlink' }),
      'b.pem is a symlink',
    ],
    [
      'STORE-3: a foreign file',
      'ca',
      () => ({ 'trust/x509/ca/acme/a.pem': { text: root.pem }, 'trust/x509/ca/acme/README': { text: 'read me' } }),
      'README: ',
    ],
    ['STORE-3: an empty file', 'ca', () => ({ 'trust/x509/ca/acme/a.pem': { text: '' } }), 'a.pem: '],
    [
      'STORE-4: another PEM block',
      'ca',
      () => ({ 'trust/x509/ca/acme/a.pem': { text: root.pem + root.keyPem } }),
      'a.pem: ',
    ],
    [
      'STORE-5: a leaf',
      'ca',
      () => ({ 'trust/x509/ca/acme/a.pem': { text: leaf.pem } }),
      'neither a CA nor self-signed',
    ],
    [
      'STORE-5: a leaf for signingAuthority',
      'signingAuthority',
      () => ({ 'trust/x509/signingAuthority/acme/a.pem': { text: leaf.pem } }),
      'neither a CA nor self-signed',
    ],
    [
      'STORE-5: an intermediate for tsa',
      'tsa',
      () => ({ 'trust/x509/tsa/acme/a.pem': { text: root.pem + intermediate.pem } }),
      'not a self-signed root CA',
    ],
    [
      'STORE-5: a self-signed leaf for tsa',
      'tsa',
      () => ({ 'trust/x509/tsa/acme/a.pem': { text: selfSignedLeaf.pem } }),
      'not a self-signed root CA',
    ],
  ])('refuses %s', async (_name, type, entries, message) => {
    const error = await rejectionOf(load(entries(), type));
    expect(error.code).toBe('TRUST_STORE_INVALID');
    expect(error.message).toContain(`trust store ${type}:acme: `);
    expect(error.message).toContain(message);
  });

  it('STORE-6: refuses a directory without entries', async () => {
    const files = { ...memoryFiles({ 'trust/x509/ca/acme': 'directory' }), list: () => Promise.resolve([]) };
    const error = await rejectionOf(loadTrustStore(files, 'trust', { type: 'ca', name: 'acme' }));
    expect(error).toMatchObject({ code: 'TRUST_STORE_INVALID' });
    expect(error.message).toContain('holds no certificate');
  });

  it.each([
    ['indented', (pem: string) => pem.replaceAll(/^/gm, '  ')],
    ['after a byte order mark', (pem: string) => `\ufeff${pem}`],
    ['with line ends of old Macs', (pem: string) => pem.replaceAll('\n', '\r')],
  ])('STORE-4: refuses PEM %s, which Notation does not find', async (_what, change) => {
    const error = await rejectionOf(load({ 'trust/x509/ca/acme/a.pem': { text: change(root.pem) } }));
    expect(error).toMatchObject({ code: 'TRUST_STORE_INVALID' });
    expect(error.message).toContain('Notation would not read it');
  });

  it.each([
    ['with line ends of Windows', (pem: string) => pem.replaceAll('\n', '\r\n')],
    ['with spaces at the ends of lines', (pem: string) => pem.replaceAll('\n', ' \n')],
    ['with indented base64', (pem: string) => pem.replaceAll(/^(?!-)/gm, '  ')],
  ])('STORE-4: takes PEM %s', async (_what, change) => {
    expect(await load({ 'trust/x509/ca/acme/a.pem': { text: change(root.pem) } })).toHaveLength(1);
  });

  it('STORE-5: takes a root for tsa', async () => {
    expect(await load({ 'trust/x509/tsa/acme/a.pem': { text: root.pem } }, 'tsa')).toHaveLength(1);
  });

  it('leaves a file that cannot be read to its own error', async () => {
    const oversize = new Uint8Array(2 * 1024 * 1024);
    expect((await rejectionOf(load({ 'trust/x509/ca/acme/a.pem': oversize }))).code).toBe('FILE_UNREADABLE');
  });
});

describe('trustStoreDirectory', () => {
  it('STORE-8: reads a store when it is first asked for, and once', async () => {
    const chain = await codeSigningChain();
    const files = memoryFiles({
      'trust/x509/ca/acme/a.pem': { text: root.pem },
      'trust/x509/ca/more/a.der': chain.chain.at(-1) ?? new Uint8Array(),
      'trust/x509/tsa/stamps/a.pem': { text: root.pem },
    });
    const stores = trustStoreDirectory(files, 'trust');
    expect(files.touched).toEqual([]);
    const names = [
      { type: 'ca', name: 'acme' },
      { type: 'ca', name: 'more' },
      { type: 'ca', name: 'acme' },
      { type: 'tsa', name: 'stamps' },
    ] as const;
    const [first] = await Promise.all([loadAnchors(stores, names, 'ca'), loadAnchors(stores, names, 'ca')]);
    expect(first.certificates).toHaveLength(3);
    expect([...files.touched].sort()).toEqual(
      ['x509/ca/acme', 'x509/ca/acme/a.pem', 'x509/ca/more', 'x509/ca/more/a.der'].map((path) => `trust/${path}`),
    );
  });

  it('SCHEME-3: other types are not touched, and no store of a type means no anchor', async () => {
    const stores = trustStoreDirectory(memoryFiles({}), 'trust');
    expect(await loadAnchors(stores, [{ type: 'ca', name: 'absent' }], 'signingAuthority')).toEqual({
      certificates: [],
      pins: [],
    });
  });
});
