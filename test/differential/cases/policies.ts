// Trust policy documents, valid and invalid, over one good signature; levels, overrides and scopes. POL-1 to POL-17,
// VER-11, VER-12.

import type { Draft, Trust } from '../case.ts';
import { day, moment } from '../content.ts';
import type { Content } from '../content.ts';
import { writeEnvelope } from '../writer.ts';
import { policyOf, statementOf, trustOf } from '../world.ts';
import type { Statement, World } from '../world.ts';

type Json = Record<string, unknown>;

const statement = statementOf({ trustStores: ['ca:acme'] }) as Json;
const documentOf = (...trustPolicies: readonly unknown[]): string => JSON.stringify({ version: '1.0', trustPolicies });
/** One statement with members changed; undefined takes one away. */
const changed = (changes: Json): string => documentOf({ ...statement, ...changes });
const verification = (value: Json): string => changed({ signatureVerification: value });
const override = (value: unknown, level = 'strict'): string => verification({ level, override: value });
const scopes = (...registryScopes: unknown[]): string => changed({ registryScopes });
const stores = (...trustStores: unknown[]): string => changed({ trustStores });
const other = (changes: Json): Json => ({
  ...statement,
  name: 'other',
  registryScopes: ['localhost:1/other'],
  ...changes,
});

const documents: Readonly<Record<string, string | Uint8Array | undefined>> = {
  'POL-3 no document': undefined,
  'POL-3 nothing': '',
  'POL-3 no JSON': 'version: 1.0',
  'POL-3 null': 'null',
  'POL-3 an array': '[]',
  'POL-3 an empty object': '{}',
  'POL-3 indented': JSON.stringify(JSON.parse(documentOf(statement)), null, 2),
  'POL-3 white space behind': `${documentOf(statement)}\n\n`,
  'POL-3 text behind': `${documentOf(statement)} x`,
  'POL-3 another document behind': `${documentOf(statement)}{}`,
  'POL-3 byte order mark': `\uFEFF${documentOf(statement)}`,
  'POL-3 not UTF-8': Buffer.from(documentOf({ ...statement, a: '\x80' }), 'latin1'),
  'POL-3 a comment': documentOf(statement).replace('{', '{/* */'),
  'POL-3 a comma at the end': documentOf(statement).replace(/\}$/, ',}'),
  'POL-3 unknown members': JSON.stringify({ version: '1.0', a: 1, trustPolicies: [{ ...statement, b: {} }] }),
  'POL-3 version in another case': documentOf(statement).replace('version', 'Version'),
  'POL-3 trustPolicies in another case': documentOf(statement).replace('trustPolicies', 'TrustPolicies'),
  'POL-3 level in another case': documentOf(statement).replace('"level"', '"Level"'),
  'POL-3 version twice, the last good': documentOf(statement).replace('{', '{"version":"2.0",'),
  'POL-3 statements twice, the last empty': documentOf(statement).replace(/\}$/, ',"trustPolicies":[]}'),
  'POL-4 no version': JSON.stringify({ trustPolicies: [statement] }),
  'POL-4 version empty': JSON.stringify({ version: '', trustPolicies: [statement] }),
  'POL-4 version null': JSON.stringify({ version: null, trustPolicies: [statement] }),
  'POL-4 version 1': JSON.stringify({ version: '1', trustPolicies: [statement] }),
  'POL-4 version 1.1': JSON.stringify({ version: '1.1', trustPolicies: [statement] }),
  'POL-4 version a number': '{"version":1.0,"trustPolicies":[]}',
  'POL-4 version with a space': JSON.stringify({ version: '1.0 ', trustPolicies: [statement] }),
  'POL-4 no statements': JSON.stringify({ version: '1.0' }),
  'POL-4 statements empty': documentOf(),
  'POL-4 statements null': '{"version":"1.0","trustPolicies":null}',
  'POL-4 statements an object': JSON.stringify({ version: '1.0', trustPolicies: statement }),
  'POL-4 statement null': documentOf(null),
  'POL-4 statement a text': documentOf('x'),
  'POL-4 statement empty': documentOf({}),
  'POL-4 two statements': documentOf(statement, other({})),
  'POL-4 two statements of one name': documentOf(statement, other({ name: 'acme' })),
  'POL-4 names that differ in case': documentOf(statement, other({ name: 'ACME' })),
  'POL-4 second statement invalid': documentOf(statement, other({ trustStores: [] })),
  'POL-5 no name': changed({ name: undefined }),
  'POL-5 name empty': changed({ name: '' }),
  'POL-5 name a space': changed({ name: ' ' }),
  'POL-5 name a number': changed({ name: 1 }),
  'POL-5 name with anything': changed({ name: '../ä\n"' }),
  'POL-6 no signatureVerification': changed({ signatureVerification: undefined }),
  'POL-6 signatureVerification null': changed({ signatureVerification: null }),
  'POL-6 signatureVerification a text': changed({ signatureVerification: 'strict' }),
  'POL-6 no level': verification({}),
  'POL-6 level empty': verification({ level: '' }),
  'POL-6 level unknown': verification({ level: 'custom' }),
  'POL-6 level in upper case': verification({ level: 'Strict' }),
  'POL-6 level a number': verification({ level: 1 }),
  'POL-7 override empty': override({}),
  'POL-7 override null': override(null),
  'POL-7 override an array': override([]),
  'POL-7 override of integrity': override({ integrity: 'enforce' }),
  'POL-7 override of integrity with log': override({ integrity: 'log' }),
  'POL-7 override of an unknown check': override({ signature: 'log' }),
  'POL-7 override of a check in another case': override({ Expiry: 'log' }),
  'POL-7 override with an unknown action': override({ expiry: 'warn' }),
  'POL-7 override with an action in another case': override({ expiry: 'Log' }),
  'POL-7 override with an empty action': override({ expiry: '' }),
  'POL-7 override with null': override({ expiry: null }),
  'POL-7 override with a number': override({ expiry: 1 }),
  'POL-7 authenticity skipped': override({ authenticity: 'skip' }),
  'POL-7 expiry skipped': override({ expiry: 'skip' }),
  'POL-7 timestamp skipped': override({ authenticTimestamp: 'skip' }),
  'POL-7 revocation skipped': override({ revocation: 'skip' }),
  'POL-7 everything logged': override({
    authenticity: 'log',
    authenticTimestamp: 'log',
    expiry: 'log',
    revocation: 'log',
  }),
  'POL-7 everything enforced at audit': override(
    { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' },
    'audit',
  ),
  'POL-7 override of skip': documentOf({
    name: 'a',
    registryScopes: ['*'],
    signatureVerification: { level: 'skip', override: { expiry: 'log' } },
  }),
  'POL-7 empty override of skip': documentOf({
    name: 'a',
    registryScopes: ['*'],
    signatureVerification: { level: 'skip', override: {} },
  }),
  'POL-8 verifyTimestamp empty': verification({ level: 'strict', verifyTimestamp: '' }),
  'POL-8 verifyTimestamp null': verification({ level: 'strict', verifyTimestamp: null }),
  'POL-8 verifyTimestamp always': verification({ level: 'strict', verifyTimestamp: 'always' }),
  'POL-8 verifyTimestamp afterCertExpiry': verification({ level: 'strict', verifyTimestamp: 'afterCertExpiry' }),
  'POL-8 verifyTimestamp unknown': verification({ level: 'strict', verifyTimestamp: 'never' }),
  'POL-8 verifyTimestamp in another case': verification({ level: 'strict', verifyTimestamp: 'Always' }),
  'POL-8 verifyTimestamp unknown at skip': documentOf({
    name: 'a',
    registryScopes: ['*'],
    signatureVerification: { level: 'skip', verifyTimestamp: 'never' },
  }),
  'POL-9 skip': policyOf({ level: 'skip' }),
  'POL-9 skip with empty lists': policyOf({ level: 'skip', trustStores: [], trustedIdentities: [] }),
  'POL-9 skip with stores': policyOf({ level: 'skip', trustStores: ['ca:acme'], trustedIdentities: [] }),
  'POL-9 skip with identities': policyOf({ level: 'skip', trustStores: [], trustedIdentities: ['*'] }),
  'POL-9 no stores': changed({ trustStores: undefined }),
  'POL-9 stores empty': stores(),
  'POL-9 no identities': changed({ trustedIdentities: undefined }),
  'POL-9 identities empty': changed({ trustedIdentities: [] }),
  'POL-10 stores a text': changed({ trustStores: 'ca:acme' }),
  'POL-10 store null': stores(null),
  'POL-10 store empty': stores(''),
  'POL-10 store without a kind': stores('acme'),
  'POL-10 store without a name': stores('ca:'),
  'POL-10 store of an unknown kind': stores('root:acme'),
  'POL-10 store of a kind in another case': stores('CA:acme'),
  'POL-10 store with two colons': stores('ca:acme:x'),
  'POL-10 store with a space': stores('ca: acme'),
  'POL-10 store with a slash': stores('ca:acme/x'),
  'POL-10 store one up': stores('ca:..'),
  'POL-10 store here': stores('ca:.'),
  'POL-10 store beyond ASCII': stores('ca:ä'),
  'POL-10 store with a line break': stores('ca:acme\n'),
  'POL-10 store twice': stores('ca:acme', 'ca:acme'),
  'POL-10 missing store': stores('ca:missing'),
  'POL-10 missing store beside': stores('ca:acme', 'ca:missing'),
  'POL-10 missing store of another kind beside': stores('ca:acme', 'signingAuthority:missing'),
  'POL-10 only a store of another kind': stores('signingAuthority:acme'),
  'POL-12 no scopes': changed({ registryScopes: undefined }),
  'POL-12 scopes empty': scopes(),
  'POL-12 any beside another': scopes('*', 'localhost:1/a'),
  'POL-12 any twice': scopes('*', '*'),
  'POL-14 any in two statements': documentOf(statement, other({ registryScopes: ['*'] })),
  'POL-14 a scope in two statements': documentOf(statement, other({}), other({ name: 'third' })),
  'POL-14 a scope twice in a statement': documentOf(statement, other({ registryScopes: ['a.b/c', 'a.b/c'] })),
  'POL-15 skip for any': policyOf({ level: 'skip', registryScopes: ['*'] }),
};

/** Beside a statement for everything, so that only their syntax counts. */
const scopeTexts: readonly string[] = [
  ...[
    'registry.example/a',
    'registry.example/a/b',
    'registry.example:443/a',
    'localhost/a',
    'a/b',
    '127.0.0.1/a',
    'A.B/c',
  ],
  ...[
    'registry.example',
    'registry.example/',
    '/a',
    'registry.example//a',
    'registry.example/a/',
    'registry.example/A',
  ],
  ...[
    'registry.example/a:tag',
    'registry.example/a@sha256:00',
    'https://registry.example/a',
    'registry.example/a*',
    '*/a',
  ],
  ...[
    'registry.example/a_b',
    'registry.example/a__b',
    'registry.example/a___b',
    'registry.example/a--b',
    'registry.example/a.b',
  ],
  ...[
    'registry.example/a..b',
    'registry.example/-a',
    'registry.example/a-',
    'registry.example/_a',
    'registry.example/a._b',
  ],
  ...[
    '-registry.example/a',
    'registry-.example/a',
    'registry..example/a',
    'registry.example./a',
    'registry.example:/a',
  ],
  ...[
    'registry.example:99999999/a',
    'registry.example:x/a',
    '[::1]/a',
    '[::1]:5000/a',
    'registry_example/a',
    'ä.example/a',
  ],
  ...[
    'registry.example/ä',
    ' registry.example/a',
    'registry.example/a ',
    'registry.example/a\n',
    '',
    ' ',
    '**',
    'local/myLayout',
  ],
];

/** Level and what is wrong with the signature. */
const faults: Readonly<Record<string, Partial<Content>>> = {
  'nothing wrong': {},
  expired: { signedAt: moment(-2 * day), expiry: moment(-day) },
  'expiry before the signing time': { signedAt: moment(-day), expiry: moment(-2 * day) },
  'expiry at the signing time': { signedAt: moment(-day), expiry: moment(-day) },
  'signature altered': { signature: (made) => Uint8Array.from(made, (byte, i) => (i === 5 ? byte ^ 1 : byte)) },
  'another artifact': { payload: '{"targetArtifact":{"mediaType":"a/b","digest":"sha256:00","size":1}}' },
  'unknown critical attribute': { critical: { 'com.example.a': 'x' } },
  'verification plugin': { critical: { 'io.cncf.notary.verificationPlugin': 'com.example.p' } },
  'verification plugin not critical': { extended: { 'io.cncf.notary.verificationPlugin': 'com.example.p' } },
  'verification plugin without a name': { critical: { 'io.cncf.notary.verificationPlugin': ' ' } },
  'minimum version of a plugin alone': { extended: { 'io.cncf.notary.verificationPluginMinVersion': '1.0.0' } },
};

const overrides: Readonly<Record<string, Partial<Statement>>> = {
  strict: {},
  permissive: { level: 'permissive' },
  audit: { level: 'audit' },
  skip: { level: 'skip' },
  'strict, expiry logged': { override: { expiry: 'log' } },
  'audit, expiry enforced': { level: 'audit', override: { expiry: 'enforce' } },
  'audit, authenticity enforced': { level: 'audit', override: { authenticity: 'enforce' } },
};

export function policies(world: World): readonly Draft[] {
  const anchors = { ca: [world.root], signingAuthority: [world.root] };
  const { stores: files } = trustOf(anchors);
  const signer = world.signers['EC-256'];
  const good = (name: string, policy: Trust['policy']): Draft => ({
    name,
    trust: { policy, stores: files },
    sign: (target) => writeEnvelope('cose', { target, signer }),
  });
  return [
    ...Object.entries(documents).map(([name, policy]) => good(name, policy)),
    ...scopeTexts.map((scope) =>
      good(`POL-13 scope ${JSON.stringify(scope)}`, documentOf(statement, other({ registryScopes: [scope] }))),
    ),
    ...Object.entries(overrides).flatMap(([level, changes]) => [
      ...Object.entries(faults).map(([fault, content]): Draft => {
        const trust = trustOf({ ca: [world.root] }, changes.level === 'skip' ? { level: 'skip' } : changes);
        const policy = changes.level === 'skip' ? policyOf({ level: 'skip' }) : trust.policy;
        return {
          name: `POL-17 ${fault}, at ${level}`,
          trust: { ...trust, policy },
          sign: (target) => writeEnvelope('jws', { target, signer, ...content }),
        };
      }),
    ]),
    ...strangers(world),
  ];
}

/** Trusted root or not, right name or not, at each level. */
function strangers(world: World): readonly Draft[] {
  const signer = world.signers['EC-384'];
  return Object.entries(overrides).flatMap(([level, changes]) =>
    (
      [
        ['stranger', 'tsaRoot', '*'],
        ['another name', 'root', 'x509.subject: C=US, ST=WA, O=Other'],
        ['stranger of another name', 'tsaRoot', 'x509.subject: C=US, ST=WA, O=Other'],
      ] as const
    ).map(([what, anchor, wanted]): Draft => {
      const { stores: files } = trustOf({ ca: [world[anchor]] });
      const policy = policyOf(
        changes.level === 'skip' ? { level: 'skip' } : { ...changes, trustedIdentities: [wanted] },
      );
      return {
        name: `POL-17 ${what}, at ${level}`,
        trust: { policy, stores: files },
        sign: (target) => writeEnvelope('cose', { target, signer }),
      };
    }),
  );
}
