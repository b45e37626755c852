// The trust policy document. Trust Store and Trust Policy, "Trust Policy".

import { describe, expect, it } from 'vitest';

import { encodeUtf8 } from '../../shared/bytes.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { requireTrustedIdentity } from '../../shared/trust/identity.ts';
import { parseTrustPolicy, selectStatement } from '../../shared/trust/policy.ts';
import type { TrustPolicyStatement } from '../../shared/trust/policy.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { loadTrust } from '../../verify/trust.ts';
import { codeSigningChain, createRoot } from '../support/ca.ts';
import { memoryFiles } from '../unit/trust/memory-files.ts';
import { outcome, outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { codes, createVerifying } from './verifying.ts';

const statement = {
  name: 'acme',
  registryScopes: ['registry.example/app'],
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['*'],
};
const skipped = { name: 'skipped', registryScopes: ['*'], signatureVerification: { level: 'skip' } };

const parseText = (text: string) => parseTrustPolicy(encodeUtf8(text), 'policy');
const parse = (...trustPolicies: unknown[]) => parseText(JSON.stringify({ version: '1.0', trustPolicies }));
const only = (change: object): TrustPolicyStatement => parse({ ...statement, ...change }).statements[0]!;
const judge = (...trustPolicies: unknown[]): Outcome => outcome(() => parse(...trustPolicies));
const changed = (change: object): Outcome => judge({ ...statement, ...change });
/** The outcome for each value of one member. */
const each = (name: string, values: readonly unknown[]) => values.map((value) => changed({ [name]: value }));
const invalid = (values: readonly unknown[]) => values.map(() => 'POLICY_INVALID');
const fine = (values: readonly unknown[]) => values.map(() => 'ok');
const verification = (values: Record<string, unknown>) =>
  changed({ signatureVerification: { level: 'strict', ...values } });

describe('POL, the document', () => {
  it('POL-1: one regular file, wherever the input names it', async () => {
    const policy = { text: JSON.stringify({ version: '1.0', trustPolicies: [statement] }) };
    const { pem } = await createRoot({ subject: 'CN=root' });
    const load = (content: Parameters<typeof memoryFiles>[0]) =>
      outcomeOf(
        loadTrust(memoryFiles({ 'my/x509/ca/acme/a.pem': { text: pem }, ...content }), {
          ...{ kind: 'document', policy: 'any/name.json', store: 'my' },
        }),
      );
    expect(await load({ 'any/name.json': policy })).toBe('ok');
    expect([
      await load({}),
      await load({ 'any/name.json': 'symlink' }),
      await load({ 'any/name.json/x': policy }),
    ]).toEqual(Array(3).fill('FILE_UNREADABLE'));
  });

  it('POL-2: the members of the document and of a statement', () => {
    expect(
      only({
        registryScopes: ['r.example/a', 'r.example/b'],
        signatureVerification: { level: 'audit', override: { expiry: 'enforce' }, verifyTimestamp: 'afterCertExpiry' },
        trustStores: ['ca:a', 'tsa:b'],
      }),
    ).toMatchObject({
      ...{ name: 'acme', registryScopes: ['r.example/a', 'r.example/b'], verifyTimestamp: 'afterCertExpiry' },
      level: { actions: { expiry: 'enforce', authenticity: 'log' } },
      trustStores: [
        { type: 'ca', name: 'a' },
        { type: 'tsa', name: 'b' },
      ],
      trustedIdentities: { any: true },
    });
  });

  it('POL-3: JSON, unknown members ignored, nothing after it', () => {
    const text = JSON.stringify({ version: '1.0', trustPolicies: [{ ...statement, x: 1 }], y: [] });
    expect(outcome(() => parseText(`${text}\n`))).toBe('ok');
    const refused = ['', '{', '[]', 'null', `${text}{}`, `\ufeff${text}`, text.replace('"name"', 'name')];
    expect(refused.map((each) => outcome(() => parseText(each)))).toEqual(invalid(refused));
    expect(outcome(() => parseTrustPolicy(Uint8Array.of(0x22, 0xff, 0x22), 'policy'))).toBe('POLICY_INVALID');
  });

  it('POL-4: version, statements, distinct names, all before anything is used', () => {
    const version = (value: unknown) =>
      outcome(() => parseText(JSON.stringify({ version: value, trustPolicies: [statement] })));
    const versions = ['', '1', '1.1', '2.0', 1, null, undefined];
    expect([version('1.0'), ...versions.map(version)]).toEqual(['ok', ...invalid(versions)]);
    expect(judge()).toBe('POLICY_INVALID');
    expect(outcome(() => parseText('{"version":"1.0"}'))).toBe('POLICY_INVALID');
    const second = { ...statement, registryScopes: ['registry.example/other'] };
    expect([judge(statement, { ...second, name: 'Acme' }), judge(statement, second)]).toEqual(['ok', 'POLICY_INVALID']);
    expect(judge(statement, { ...second, name: 'b', signatureVerification: { level: 'x' } })).toBe('POLICY_INVALID');
  });
});

describe('POL, a statement', () => {
  it('POL-5: a name, whatever it is', () => {
    expect(each('name', ['a b', '*', 'é/:', '0'])).toEqual(fine([1, 2, 3, 4]));
    expect(each('name', ['', undefined, 1])).toEqual(invalid([1, 2, 3]));
  });

  it('POL-6: four levels in their case', () => {
    const levels = ['strict', 'permissive', 'audit'];
    expect(levels.map((level) => verification({ level }))).toEqual(fine(levels));
    expect(judge(skipped)).toBe('ok');
    const unknown = ['Strict', 'none', '', 'custom', undefined, 1];
    expect(unknown.map((level) => verification({ level }))).toEqual(invalid(unknown));
    expect(changed({ signatureVerification: undefined })).toBe('POLICY_INVALID');
  });

  it('POL-7: what may be overridden', () => {
    const types = ['authenticity', 'authenticTimestamp', 'expiry', 'revocation'];
    for (const action of ['enforce', 'log']) {
      expect(types.map((type) => verification({ override: { [type]: action } }))).toEqual(fine(types));
    }
    const override = (value: unknown) => verification({ override: value });
    expect([override({}), override({ revocation: 'skip' })]).toEqual(['ok', 'ok']);
    const refused = [
      ...types.slice(0, 3).map((type) => ({ [type]: 'skip' })),
      ...[
        { integrity: 'log' },
        { integrity: 'enforce' },
        { Expiry: 'log' },
        { x: 'log' },
        { expiry: 'Log' },
        { expiry: '' },
      ],
      ...[{ expiry: 1 }, 'x'],
    ];
    expect(refused.map(override)).toEqual(invalid(refused));
    const skipping = (value: object) =>
      judge({ ...skipped, signatureVerification: { level: 'skip', override: value } });
    expect([skipping({}), skipping({ expiry: 'log' })]).toEqual(['ok', 'POLICY_INVALID']);
    expect(only({ signatureVerification: { level: 'strict', override: { expiry: 'log' } } }).level).toMatchObject({
      ...{ name: 'custom', actions: { expiry: 'log', revocation: 'enforce' } },
    });
  });

  it('POL-8: verifyTimestamp', () => {
    const read = (verifyTimestamp: unknown) => only({ signatureVerification: { level: 'strict', verifyTimestamp } });
    expect(['', undefined, 'always', 'afterCertExpiry'].map((value) => read(value).verifyTimestamp)).toEqual([
      ...['always', 'always', 'always', 'afterCertExpiry'],
    ]);
    const refused = ['never', 'Always', 1];
    expect(refused.map((verifyTimestamp) => verification({ verifyTimestamp }))).toEqual(invalid(refused));
  });

  it('POL-9: stores and identities, both, or with skip neither', () => {
    expect(each('trustStores', [[], undefined, null])).toEqual(invalid([1, 2, 3]));
    expect(each('trustedIdentities', [[], undefined])).toEqual(invalid([1, 2]));
    expect(judge({ ...skipped, trustStores: [], trustedIdentities: [] })).toBe('ok');
    expect(judge({ ...skipped, trustStores: ['ca:a'] })).toBe('POLICY_INVALID');
    expect(judge({ ...skipped, trustedIdentities: ['*'] })).toBe('POLICY_INVALID');
  });

  it('POL-10: stores by type and name, there or not', async () => {
    const accepted = [['ca:a', 'tsa:a', 'signingAuthority:a'], ['tsa:a'], ['ca:a', 'ca:a']];
    expect(each('trustStores', accepted)).toEqual(fine(accepted));
    const refused = [['acme'], ['x:a'], ['ca:'], ['ca:a/b'], [''], [1], 'ca:a'];
    expect(each('trustStores', refused)).toEqual(invalid(refused));
    const policy = { text: JSON.stringify({ version: '1.0', trustPolicies: [statement] }) };
    const files = memoryFiles({ policy, 'trust/x509': 'directory' });
    const { stores } = await loadTrust(files, { kind: 'document', policy: 'policy', store: 'trust' });
    expect(await outcomeOf(stores({ type: 'ca', name: 'acme' }))).toBe('TRUST_STORE_INVALID');
  });

  it('POL-11: the kinds of identities', async () => {
    const subject = 'x509.subject:C=US,ST=WA,O=Acme';
    expect(each('trustedIdentities', [['*'], [subject], ['acme.plugin:x', subject], ['acme:']])).toEqual(
      fine([1, 2, 3, 4]),
    );
    const refused = [['*', subject], ['*', '*'], [''], ['Acme'], [subject, ''], [1], '*'];
    expect(each('trustedIdentities', refused)).toEqual(invalid(refused));
    const leaf = parseCertificate((await codeSigningChain()).certificate);
    const match = (...entries: string[]) =>
      outcome(() => {
        requireTrustedIdentity(only({ trustedIdentities: entries }).trustedIdentities, leaf);
      });
    expect([match('*'), match(subject), match('acme.plugin:x', subject)]).toEqual(['ok', 'ok', 'ok']);
    expect([match('acme.plugin:x'), match('X509.subject:C=US,ST=WA,O=Acme')]).toEqual(
      Array(2).fill('TRUSTED_IDENTITY_MISMATCH'),
    );
  });

  it('POL-12: a scope, and "*" alone', () => {
    expect(each('registryScopes', [['*'], ['r.example/a', 'r.example/b']])).toEqual(fine([1, 2]));
    const refused = [[], undefined, ['*', 'r.example/a'], ['r.example/a', '*'], [''], [1], '*'];
    expect(each('registryScopes', refused)).toEqual(invalid(refused));
  });

  it('POL-13: registry and repository in full', () => {
    const accepted = ['r.example/a', 'localhost:5000/a/b', 'R.Example/a', 'r/a', '10.0.0.1:80/a', 'r/a.b_c__d-e--f/g0'];
    expect(accepted.map((scope) => changed({ registryScopes: [scope] }))).toEqual(fine(accepted));
    const refused = [
      ...[
        'r.example',
        'https://r.example/a',
        'r.example/a:v1',
        `r.example/a@sha256:${'0'.repeat(64)}`,
        'r.example/*',
        '*/a',
      ],
      ...[
        'r.example/A',
        'local/myLayout',
        'r.example/',
        '/a',
        'r.example//a',
        'r.example/a/',
        '[::1]:5000/a',
        'r.example:/a',
      ],
      ...['-r.example/a', 'r..example/a', 'r.example/a..b', 'r.example/a___b', ' r.example/a', 'r.example:x/a'],
    ];
    expect(refused.map((scope) => changed({ registryScopes: [scope] }))).toEqual(invalid(refused));
  });

  it('POL-14: each scope once in the document', () => {
    const other = (...registryScopes: string[]) => ({ ...statement, name: 'other', registryScopes });
    expect(judge(statement, other('registry.example/other'))).toBe('ok');
    expect(judge(statement, other('registry.example/other', 'registry.example/app'))).toBe('POLICY_INVALID');
    expect(judge(other('registry.example/a', 'registry.example/a'))).toBe('POLICY_INVALID');
    expect(judge(skipped, other('*'))).toBe('POLICY_INVALID');
  });

  it('POL-15: skip for every repository', () => {
    expect(parse(skipped).statements[0]?.level.name).toBe('skip');
  });
});

describe('POL, use', () => {
  it('POL-16: the exact repository, else "*", else none', () => {
    const document = parse(statement, { ...skipped, registryScopes: ['*'] });
    const chosen = (text: string) => selectStatement(document, parseReference(text)).name;
    const digest = `sha256:${'0'.repeat(64)}`;
    expect([chosen('registry.example/app:v1'), chosen(`registry.example/app@${digest}`)]).toEqual(['acme', 'acme']);
    const elsewhere = [
      'registry.example/app/sub:v1',
      'registry.example/ap:v1',
      'Registry.example/app:v1',
      'registry.example:443/app:v1',
    ];
    expect(elsewhere.map(chosen)).toEqual(elsewhere.map(() => 'skipped'));
    const strict = parse(statement, { ...statement, name: 'hub', registryScopes: ['docker.io/nginx'] });
    expect(outcome(() => selectStatement(strict, parseReference('docker.io/library/nginx:1')))).toBe(
      'POLICY_NOT_FOUND',
    );
    expect(outcome(() => selectStatement(strict, parseReference('registry.example/other:v1')))).toBe(
      'POLICY_NOT_FOUND',
    );
  });

  it('POL-17: the actions of each level', async () => {
    const actions = (level: string) => {
      const change = level === 'skip' ? skipped : { ...statement, signatureVerification: { level } };
      const { integrity, authenticity, authenticTimestamp, expiry, revocation } =
        parse(change).statements[0]!.level.actions;
      return [integrity, authenticity, authenticTimestamp, expiry, revocation].join(' ');
    };
    expect(actions('strict')).toBe('enforce enforce enforce enforce enforce');
    expect(actions('permissive')).toBe('enforce enforce log log log');
    expect(actions('audit')).toBe('enforce log log log log');
    expect(actions('skip')).toBe('skip skip skip skip skip');
    const world = await createVerifying();
    const passes = async (level: 'strict' | 'permissive' | 'audit', options: Parameters<typeof world.judge>[0]) => {
      const finding = await world.judge({ ...options, level });
      expect(codes(finding).length).toBeGreaterThan(0);
      return finding.failure === undefined;
    };
    const levels = ['strict', 'permissive', 'audit'] as const;
    const row = (options: Parameters<typeof world.judge>[0]) =>
      Promise.all(levels.map((level) => passes(level, options)));
    expect(await row({ stored: { mediaType: 'application/cose', envelope: Uint8Array.of(0) } })).toEqual([
      false,
      false,
      false,
    ]);
    expect(await row({ signer: world.stranger })).toEqual([false, false, true]);
    expect(await row({ timestamp: 'absent' })).toEqual([false, true, true]);
    expect(await row({ attributes: { expiry: new Date('2025-01-01') } })).toEqual([false, true, true]);
    const responders = world.responders();
    responders.setStatus(world.publisher, { revokedAt: new Date('2024-12-31') });
    expect(await row({ responders })).toEqual([false, true, true]);
  });
});
