import { beforeAll, describe, expect, it } from 'vitest';

import { parseReference } from '../../../shared/oci/reference.ts';
import { parseInputIdentities } from '../../../shared/trust/identity.ts';
import { levelOf } from '../../../shared/trust/level.ts';
import { selectStatement } from '../../../shared/trust/policy.ts';
import { loadAnchors } from '../../../shared/trust/store.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { parseAnchorSource } from '../../../verify/anchor-source.ts';
import { loadTrust } from '../../../verify/trust.ts';
import type { InlineTrust } from '../../../verify/trust.ts';
import { memoryFiles } from '../trust/memory-files.ts';
import { rejectionOf } from '../trust/thrown.ts';
import { createPublisher } from './world.ts';
import type { Party } from './world.ts';

let publisher: Party;
beforeAll(async () => {
  publisher = await createPublisher();
});

const reference = parseReference('registry.example/app:v1');
const identity = 'x509.subject:C=US,ST=WA,O=Acme';

function inline(
  roots: readonly string[],
  timestampRoots: readonly string[] = [],
  identities = [identity],
): InlineTrust {
  return {
    kind: 'inline',
    level: levelOf('strict'),
    verifyTimestamp: 'afterCertExpiry',
    trustedIdentities: parseInputIdentities(identities),
    roots: roots.map((line) => parseAnchorSource(line, 'signing')),
    timestampRoots: timestampRoots.map((line) => parseAnchorSource(line, 'timestamping')),
  };
}

describe('trust by inputs', () => {
  it('becomes one statement for every repository', async () => {
    const files = memoryFiles({ 'root.pem': { text: publisher.root.pem } });
    const pin = 'ab'.repeat(32);
    const trust = await loadTrust(files, inline(['root.pem', `sha256:${pin}`], ['microsoft-timestamping']));
    const statement = selectStatement(trust.document, reference);
    expect(statement).toMatchObject({ level: { name: 'strict' }, verifyTimestamp: 'afterCertExpiry' });
    const { root } = publisher;
    expect(await loadAnchors(trust.stores, statement.trustStores, 'ca')).toEqual({
      certificates: [expect.objectContaining({ der: parseCertificate(root.certificate).der })],
      pins: [pin],
    });
    expect((await loadAnchors(trust.stores, statement.trustStores, 'tsa')).certificates).toHaveLength(2);
  });

  it('trusts no root as a signing authority', async () => {
    const { document, stores } = await loadTrust(memoryFiles({}), inline(['microsoft-artifact-signing']));
    const anchors = await loadAnchors(stores, selectStatement(document, reference).trustStores, 'signingAuthority');
    expect(anchors).toEqual({ certificates: [], pins: [] });
  });

  it('TSA-20: without timestamp roots lists no tsa store', async () => {
    const { document } = await loadTrust(memoryFiles({}), inline(['microsoft-artifact-signing']));
    expect(selectStatement(document, reference).trustStores).toEqual([{ type: 'ca', name: 'trusted-roots' }]);
  });

  it.each<[string, () => Promise<unknown>, string, string]>([
    [
      'a missing file',
      () => loadTrust(memoryFiles({}), inline(['gone.pem'])),
      'FILE_UNREADABLE',
      'trusted-roots: gone.pem does not exist',
    ],
    [
      'a file that is no certificate',
      () => loadTrust(memoryFiles({ 'a.pem': { text: 'hello' } }), inline(['a.pem'])),
      'INPUT_INVALID',
      'trusted-roots: a.pem: ',
    ],
    [
      'STORE-5: a leaf',
      () => loadTrust(memoryFiles({ 'a.pem': { text: publisher.leaf.pem } }), inline(['a.pem'])),
      'INPUT_INVALID',
      'neither a CA nor self-signed',
    ],
    [
      'STORE-5: an intermediate for timestamps',
      () =>
        loadTrust(memoryFiles({ 'a.pem': { text: publisher.ca.pem } }), inline(['microsoft-supply-chain'], ['a.pem'])),
      'INPUT_INVALID',
      'trusted-timestamp-roots: a.pem: ',
    ],
  ])('refuses %s', async (_name, call, code, message) => {
    const error = await rejectionOf(call());
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it('reports every file at once', async () => {
    const files = memoryFiles({ 'a.pem': { text: 'hello' } });
    const error = await rejectionOf(loadTrust(files, inline(['gone.pem', 'a.pem'], ['lost.pem'])));
    expect(error.code).toBe('INPUT_INVALID');
    for (const name of ['gone.pem', 'a.pem', 'lost.pem']) expect(error.message).toContain(name);
    expect((error.cause as AggregateError).errors).toHaveLength(3);
  });

  it.each([
    ['by preset', 'microsoft-artifact-signing'],
    ['by pin', 'sha256:5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270'],
  ])('refuses every customer of Artifact Signing at once, %s', async (_name, root) => {
    const error = await rejectionOf(loadTrust(memoryFiles({}), inline([root], [], ['*'])));
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toContain('every customer');
  });

  it('takes * under a root of one publisher', async () => {
    const { document } = await loadTrust(memoryFiles({}), inline(['microsoft-supply-chain'], [], ['*']));
    expect(document.statements[0]?.trustedIdentities.any).toBe(true);
  });
});

describe('trust by document', () => {
  const policy = JSON.stringify({
    version: '1.0',
    trustPolicies: [
      {
        name: 'acme',
        registryScopes: ['registry.example/app'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:acme'],
        trustedIdentities: [identity],
      },
    ],
  });
  const load = (entries: Parameters<typeof memoryFiles>[0]) =>
    loadTrust(memoryFiles(entries), { kind: 'document', policy: 'policy.json', store: 'store' });

  it('reads the document now, and a store when it is needed', async () => {
    const files = memoryFiles({
      'policy.json': { text: policy },
      'store/x509/ca/acme/root.pem': { text: publisher.root.pem },
    });
    const { document, stores } = await loadTrust(files, { kind: 'document', policy: 'policy.json', store: 'store' });
    expect(files.touched).toEqual(['policy.json']);
    const { trustStores } = selectStatement(document, reference);
    expect((await loadAnchors(stores, trustStores, 'ca')).certificates).toHaveLength(1);
    expect(files.touched).toContain('store/x509/ca/acme/root.pem');
  });

  it.each<[string, Parameters<typeof memoryFiles>[0], string, string]>([
    ['a missing policy', { 'store/x': { text: '' } }, 'FILE_UNREADABLE', 'trust-policy: policy.json does not exist'],
    [
      'DIR-7: a linked policy',
      { 'policy.json': 'symlink', 'store/x': { text: '' } },
      'FILE_UNREADABLE',
      'is a symlink',
    ],
    ['a directory', { 'policy.json': 'directory', 'store/x': { text: '' } }, 'FILE_UNREADABLE', 'is a directory'],
    ['a missing store', { 'policy.json': { text: policy } }, 'FILE_UNREADABLE', 'trust-store: store does not exist'],
    [
      'a policy that breaks a rule',
      { 'policy.json': { text: '{}' }, 'store/x': { text: '' } },
      'POLICY_INVALID',
      'trust policy policy.json: version',
    ],
  ])('refuses %s', async (_name, entries, code, message) => {
    const error = await rejectionOf(load(entries));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });
});
