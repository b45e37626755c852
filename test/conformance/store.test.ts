// Trust stores. Trust Store and Trust Policy, "Trust Store".

import { Buffer } from 'node:buffer';

import { beforeAll, describe, expect, it } from 'vitest';

import { requireAnchor } from '../../shared/trust/anchor.ts';
import { loadAnchors, loadTrustStore, parseStoreName, trustStoreDirectory } from '../../shared/trust/store.ts';
import type { TrustStoreType } from '../../shared/trust/store.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import type { CertificateChain } from '../../shared/x509/chain.ts';
import { codeSigningChain, createRoot, issue } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { encodeBag } from '../support/certificate-bag.ts';
import { memoryFiles } from '../unit/trust/memory-files.ts';
import { outcome, outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';

type Entries = Parameters<typeof memoryFiles>[0];

let root: Issued;
let intermediate: Issued;
let leaf: Issued;
let alone: Issued;

beforeAll(async () => {
  root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  intermediate = await issue(root, { subject: 'C=US, O=Acme, CN=CA', ca: true });
  leaf = await issue(intermediate, { subject: 'C=US, ST=WA, O=Acme, CN=leaf' });
  alone = await createRoot({ subject: 'C=US, O=Acme, CN=alone', ca: false, keyUsage: ['digitalSignature'] });
});

/** Entries of the store acme by their names. */
const load = (entries: Entries, type: TrustStoreType = 'ca') => {
  const paths = Object.entries(entries).map(([name, content]) => [`trust/x509/${type}/acme/${name}`, content] as const);
  return loadTrustStore(memoryFiles(Object.fromEntries(paths)), 'trust', { type, name: 'acme' });
};
const outcomeOfStore = (entries: Entries, type?: TrustStoreType): Promise<Outcome> => outcomeOf(load(entries, type));
const text = (...certificates: readonly Issued[]) => ({ text: certificates.map(({ pem }) => pem).join('') });

describe('STORE', () => {
  it('STORE-1: three types, and plain names', () => {
    const source = { code: 'POLICY_INVALID', what: 'policy' } as const;
    const parse = (store: string) => outcome(() => parseStoreName(store, source, 'store'));
    const accepted = ['ca:acme', 'signingAuthority:a', 'tsa:A_b.c-9', 'ca:...'];
    expect(accepted.map(parse)).toEqual(accepted.map(() => 'ok'));
    const refused = [
      'CA:a',
      'root:a',
      'ca:',
      'ca',
      ':a',
      'ca:a/b',
      'ca:a b',
      'ca:é',
      'ca:a:b',
      'ca:..',
      'ca:.',
      'ca:a\\b',
    ];
    expect(refused.map(parse)).toEqual(refused.map(() => 'POLICY_INVALID'));
  });

  it('STORE-2: a directory that is there, and no link', async () => {
    const at = (content: Entries[string] | undefined) =>
      outcomeOf(
        loadTrustStore(memoryFiles(content === undefined ? {} : { 'trust/x509/ca/acme': content }), 'trust', {
          ...{ type: 'ca', name: 'acme' },
        }),
      );
    expect([await at(undefined), await at('symlink'), await at(root.certificate)]).toEqual(
      Array(3).fill('TRUST_STORE_INVALID'),
    );
    expect(await outcomeOfStore({ 'a.pem': text(root) })).toBe('ok');
  });

  it('STORE-3: every entry is a file of certificates', async () => {
    const good = { 'a.pem': text(root) };
    expect(await outcomeOfStore({ ...good, 'b.whatever': text(root), c: root.certificate })).toBe('ok');
    const foreign: Entries[] = [
      ...[{ 'sub/b.pem': text(root) }, { 'b.pem': 'symlink' as const }, { README: { text: 'read me' } }],
      ...[{ 'b.pem': { text: '' } }, { '.hidden': { text: 'x' } }, { socket: 'other' as const }],
    ];
    const found = await Promise.all(foreign.map((entry) => outcomeOfStore({ ...good, ...entry })));
    expect(found).toEqual(foreign.map(() => 'TRUST_STORE_INVALID'));
  });

  it('STORE-4: PEM with certificates alone, or DER one after another', async () => {
    const count = async (entries: Entries) => (await load(entries)).length;
    expect(await count({ a: { text: `# comment\n${root.pem}between\n${intermediate.pem}after` } })).toBe(2);
    expect(await count({ a: new Uint8Array(Buffer.concat([root.certificate, intermediate.certificate])) })).toBe(2);
    const refused: Entries[] = [
      ...[{ a: encodeBag([root.certificate]) }, { a: { text: root.pem.replaceAll(/^/gm, ' ') } }],
      ...[
        { a: { text: root.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE') } },
        { a: { text: `${root.pem}${root.pem.slice(0, 90)}` } },
      ],
      ...[{ a: { text: root.pem + root.keyPem } }, { a: { text: root.pem.replace(/M/, '!') } }],
      ...[
        { a: new Uint8Array(Buffer.concat([root.certificate, Uint8Array.of(0)])) },
        { a: root.certificate.slice(0, -1) },
      ],
    ];
    const found = await Promise.all(refused.map((entry) => outcomeOfStore(entry)));
    expect(found).toEqual(refused.map(() => 'TRUST_STORE_INVALID'));
  });

  it('STORE-5: a CA or self-signed; for tsa a root', async () => {
    const row = (type: TrustStoreType) =>
      Promise.all([root, intermediate, alone, leaf].map((issued) => outcomeOfStore({ a: text(issued) }, type)));
    const no = 'TRUST_STORE_INVALID';
    expect(await row('ca')).toEqual(['ok', 'ok', 'ok', no]);
    expect(await row('signingAuthority')).toEqual(['ok', 'ok', 'ok', no]);
    expect(await row('tsa')).toEqual(['ok', no, no, no]);
  });

  it('STORE-6: not empty, in the order of names', async () => {
    const files = { ...memoryFiles({ 'trust/x509/ca/acme': 'directory' }), list: () => Promise.resolve([]) };
    expect(await outcomeOf(loadTrustStore(files, 'trust', { type: 'ca', name: 'acme' }))).toBe('TRUST_STORE_INVALID');
    const names = await load({ c: root.certificate, b: intermediate.certificate, a: root.certificate });
    expect(names.map(({ der }) => Buffer.from(der))).toEqual(
      [root, intermediate, root].map(({ certificate }) => Buffer.from(certificate)),
    );
  });

  it('STORE-7: byte equality with any certificate of the chain', async () => {
    const signer = await codeSigningChain();
    const chain = signer.chain.map(parseCertificate) as unknown as CertificateChain;
    const trusted = (...certificates: readonly Uint8Array[]) =>
      outcome(() => requireAnchor(chain, { certificates: certificates.map(parseCertificate), pins: [] }));
    for (const certificate of signer.chain) expect(trusted(root.certificate, certificate)).toBe('ok');
    const top = signer.chain.at(-1) ?? new Uint8Array();
    // The same names in other certificates.
    const twin = await codeSigningChain();
    expect([trusted(), trusted(root.certificate), trusted(...twin.chain)]).toEqual(
      Array(3).fill('TRUST_ANCHOR_NOT_FOUND'),
    );
    expect(requireAnchor(chain, { certificates: [parseCertificate(top)], pins: [] }).fingerprint).toBe(
      chain.at(-1)?.fingerprint,
    );
  });

  it('STORE-8: a store is loaded once', async () => {
    const files = memoryFiles({ 'trust/x509/ca/acme/a.pem': text(root) });
    const stores = trustStoreDirectory(files, 'trust');
    const twice = [1, 2].map(() => ({ type: 'ca', name: 'acme' }) as const);
    await Promise.all([loadAnchors(stores, twice, 'ca'), loadAnchors(stores, twice, 'ca')]);
    expect(files.touched.filter((path) => path.endsWith('a.pem'))).toHaveLength(1);
  });
});
