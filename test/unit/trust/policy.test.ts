import { describe, expect, it } from 'vitest';

import { encodeUtf8 } from '../../../shared/bytes.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { parseTrustPolicy, selectStatement } from '../../../shared/trust/policy.ts';
import { thrownBy } from './thrown.ts';

const statement = {
  name: 'acme',
  registryScopes: ['registry.example/app'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme', 'tsa:stamps'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme'],
};
const skip = {
  name: 'skipped',
  registryScopes: ['registry.example/dev'],
  signatureVerification: { level: 'skip' },
};

const parse = (document: unknown) => parseTrustPolicy(encodeUtf8(JSON.stringify(document)), 'trust policy');
const withStatements = (...trustPolicies: unknown[]) => parse({ version: '1.0', trustPolicies });
const withChange = (change: object) => withStatements({ ...statement, ...change });

describe('parseTrustPolicy', () => {
  it('POL-2: reads a whole document', () => {
    const { statements } = withStatements(
      {
        ...statement,
        comment: 'ignored',
        signatureVerification: { level: 'audit', override: { expiry: 'enforce' }, verifyTimestamp: 'afterCertExpiry' },
      },
      skip,
    );
    expect(statements).toMatchObject([
      {
        name: 'acme',
        registryScopes: ['registry.example/app'],
        level: { name: 'custom', actions: { expiry: 'enforce', authenticity: 'log' } },
        verifyTimestamp: 'afterCertExpiry',
        trustStores: [
          { type: 'ca', name: 'acme' },
          { type: 'tsa', name: 'stamps' },
        ],
      },
      { name: 'skipped', level: { name: 'skip' }, verifyTimestamp: 'always', trustStores: [] },
    ]);
  });

  it('POL-8: an empty verifyTimestamp is always', () => {
    const { statements } = withChange({ signatureVerification: { level: 'strict', verifyTimestamp: '' } });
    expect(statements[0]?.verifyTimestamp).toBe('always');
  });

  it('POL-15: takes skip for every repository', () => {
    expect(withStatements({ ...skip, registryScopes: ['*'] }).statements).toHaveLength(1);
  });

  it('POL-10: takes a policy with tsa stores only', () => {
    expect(withChange({ trustStores: ['tsa:a'] }).statements[0]?.trustStores).toEqual([{ type: 'tsa', name: 'a' }]);
  });

  it.each<[string, () => unknown, string]>([
    ['POL-3: no JSON', () => parseTrustPolicy(encodeUtf8('{'), 'trust policy'), 'not valid JSON'],
    ['POL-3: no UTF-8', () => parseTrustPolicy(Uint8Array.of(0x22, 0xff, 0x22), 'trust policy'), 'UTF-8'],
    ['no object', () => parse([]), 'the document is not an object'],
    ['POL-4: no version', () => parse({ trustPolicies: [statement] }), 'version is missing'],
    ['POL-4: another version', () => parse({ version: '1.1', trustPolicies: [statement] }), 'version is "1.1"'],
    ['POL-4: a number as version', () => parse({ version: 1, trustPolicies: [statement] }), 'version is not a string'],
    ['D20: a member in other case', () => parse({ Version: '1.0', trustPolicies: [statement] }), 'version is missing'],
    ['POL-4: no statement', () => withStatements(), 'at least one statement'],
    ['POL-4: no statements member', () => parse({ version: '1.0' }), 'at least one statement'],
    [
      'statements that are no array',
      () => parse({ version: '1.0', trustPolicies: {} }),
      'trustPolicies is not an array',
    ],
    ['a statement that is no object', () => withStatements('acme'), 'trustPolicies[0] is not an object'],
    ['POL-4: a name used twice', () => withStatements(statement, { ...skip, name: 'acme' }), 'trustPolicies[1].name'],
    ['POL-5: an empty name', () => withChange({ name: '' }), 'trustPolicies[0].name is missing'],
    ['POL-6: no level', () => withChange({ signatureVerification: {} }), 'signatureVerification.level is missing'],
    ['POL-6: an unknown level', () => withChange({ signatureVerification: { level: 'Strict' } }), 'level is "Strict"'],
    ['POL-6: no signatureVerification', () => withChange({ signatureVerification: undefined }), 'level is missing'],
    [
      'POL-7: integrity overridden',
      () => withChange({ signatureVerification: { level: 'strict', override: { integrity: 'log' } } }),
      'trustPolicies[0].signatureVerification.override["integrity"]',
    ],
    [
      'POL-7: an override that is no text',
      () => withChange({ signatureVerification: { level: 'strict', override: { expiry: true } } }),
      'override["expiry"] is not a string',
    ],
    [
      'POL-8: an unknown verifyTimestamp',
      () => withChange({ signatureVerification: { level: 'strict', verifyTimestamp: 'never' } }),
      'verifyTimestamp is "never"',
    ],
    ['POL-9: no trust store', () => withChange({ trustStores: [] }), 'trustPolicies[0].trustStores must not be empty'],
    ['POL-9: no identity', () => withChange({ trustedIdentities: undefined }), 'trustedIdentities must not be empty'],
    ['POL-9: skip with a store', () => withStatements({ ...skip, trustStores: ['ca:a'] }), 'trustStores must be empty'],
    ['POL-9: skip with an identity', () => withStatements({ ...skip, trustedIdentities: ['*'] }), 'must be empty'],
    ['POL-10: a store without type', () => withChange({ trustStores: ['acme'] }), 'trustStores[0] is "acme"'],
    ['POL-10: an unknown store type', () => withChange({ trustStores: ['CA:acme'] }), 'trustStores[0] is "CA:acme"'],
    ['STORE-1: a store name with a slash', () => withChange({ trustStores: ['ca:../x'] }), 'the store name "../x"'],
    [
      'STORE-1: a store name that leaves its directory',
      () => withChange({ trustStores: ['ca:..'] }),
      'store name ".."',
    ],
    ['STORE-1: no store name', () => withChange({ trustStores: ['ca:'] }), 'the store name ""'],
    [
      'POL-11: * beside others',
      () => withChange({ trustedIdentities: ['*', 'x509.subject:C=a,ST=b,O=c'] }),
      'must be the only',
    ],
    [
      'DN-5: an identity without ST',
      () => withChange({ trustedIdentities: ['x509.subject:C=US,O=a'] }),
      'trustedIdentities[0]',
    ],
    ['POL-12: no scope', () => withChange({ registryScopes: [] }), 'trustPolicies[0].registryScopes must name'],
    ['POL-13: a malformed scope', () => withChange({ registryScopes: ['a/b', 'b'] }), 'registryScopes[1] is "b"'],
    ['a scope that is no text', () => withChange({ registryScopes: [null] }), 'registryScopes[0] is not a string'],
    [
      'POL-14: a scope of two statements',
      () => withStatements(statement, { ...skip, registryScopes: ['a/b', 'registry.example/app'] }),
      'trustPolicies[1].registryScopes[1] "registry.example/app" repeats trustPolicies[0].registryScopes[0]',
    ],
    ['POL-14: a scope twice in a statement', () => withChange({ registryScopes: ['a/b', 'a/b'] }), 'repeats'],
    [
      'POL-14: two statements for *',
      () => withStatements({ ...statement, registryScopes: ['*'] }, { ...skip, registryScopes: ['*'] }),
      'repeats',
    ],
  ])('refuses %s', (_name, call, message) => {
    const error = thrownBy(call);
    expect(error.code).toBe('POLICY_INVALID');
    expect(error.message).toContain(message);
  });
});

describe('selectStatement', () => {
  const document = withStatements(statement, { ...skip, registryScopes: ['*'] });
  const select = (reference: string) => selectStatement(document, parseReference(reference)).name;

  it('POL-16: takes the statement for exactly this repository, else the one for *', () => {
    expect(select('registry.example/app:v1')).toBe('acme');
    expect(select('registry.example/app/sub:v1')).toBe('skipped');
    expect(select('Registry.example/app:v1')).toBe('skipped');
  });

  it('POL-16: fails where none applies', () => {
    const error = thrownBy(() =>
      selectStatement(withStatements(statement), parseReference('registry.example/other:v1')),
    );
    expect(error.code).toBe('POLICY_NOT_FOUND');
    expect(error.message).toContain('registry.example/other');
  });
});
