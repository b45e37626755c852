// What a user writes: the trust policy, identities, and the inputs of both actions; and the writers of log and summary, which
// take any text whatever.

import { inert } from '../../../shared/github/inert.ts';
import {
  boolean,
  duration,
  host,
  integer,
  keyValues,
  lines,
  linesOf,
  url,
} from '../../../shared/github/input-values.ts';
import { code, markup, preformatted, renderSummary, table } from '../../../shared/github/markdown.ts';
import { printable } from '../../../shared/github/printable.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { parseInputIdentities } from '../../../shared/trust/identity.ts';
import { parseTrustPolicy, selectStatement } from '../../../shared/trust/policy.ts';
import { isSubset, parseDistinguishedName } from '../../../shared/x509/name.ts';
import { readSignInputs } from '../../../sign/inputs.ts';
import { parseAnchorSource } from '../../../verify/anchor-source.ts';
import { readInputs } from '../../../verify/inputs.ts';
import { filesInMemory } from '../../support/ports.ts';
import { asText, json, text } from '../target.ts';
import type { Target } from '../target.ts';

const statement = {
  name: 'acme',
  registryScopes: ['r.example/app', 'r.example:5000/team/app_x'],
  signatureVerification: { level: 'strict', override: { revocation: 'log' }, verifyTimestamp: 'afterCertExpiry' },
  trustStores: ['ca:acme', 'tsa:acme', 'signingAuthority:acme-2'],
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=Acme\\, Inc., CN=x', 'x509.subject:C=DE,S=BY,O=\\23\\41'],
};
const skip = { name: 'rest', registryScopes: ['*'], signatureVerification: { level: 'skip' } };
const policy = { version: '1.0', trustPolicies: [statement, skip] };

const names = ['C=US, ST=WA, O=Acme', 'O=a\\,b\\20;C=x ; S=\\C3\\A9,CN=\\#\\#,1.2.3=x', 'C = US,ST=W\\\\A,O= a \\ '];
const identity = parseDistinguishedName('C=US, ST=WA, O=Acme');

/** "name=value" paragraphs, separated by blank lines, as INPUT_NAME. */
function environmentOf(bytes: Uint8Array): Record<string, string> {
  const pairs = asText(bytes)
    .split('\n\n')
    .map(
      (part) => [`INPUT_${part.slice(0, part.indexOf('=')).toUpperCase()}`, part.slice(part.indexOf('=') + 1)] as const,
    );
  return Object.fromEntries(pairs);
}

const shared = 'artifacts=r.example/app:v1\n# a comment\nr.example/b@sha256:' + '0a'.repeat(32);
const verifyInputs = [
  shared,
  `trusted-roots=microsoft-artifact-signing\nsha256:${'0a'.repeat(32)}\nroots/x.pem`,
  'trusted-identities=x509.subject: C=US, ST=WA, O=Acme\nx509.eku: 1.3.6.1.4.1.311.97.1.2.3',
  ...['verification-level=audit', 'user-metadata=a=b\nc=d', 'max-signatures=7', 'timeout=1h30m', 'summary=true'],
  ...['concurrency=3', 'plain-http=localhost:5000'],
].join('\n\n');
const verifyPolicyInputs = [shared, 'trust-policy=trustpolicy.json', 'trust-store=truststore'].join('\n\n');
const signInputs = [
  shared,
  ...['endpoint=https://weu.codesigning.azure.net', 'signing-account-name=acme', 'certificate-profile-name=release'],
  ...['azure-client-id=11111111-1111-1111-1111-111111111111', 'azure-tenant-id=22222222-2222-2222-2222-222222222222'],
  ...['expiry=90d', 'user-metadata=a=b', 'signature-format=cose', 'timestamp-url=none', 'allow-untimestamped=true'],
].join('\n\n');

const inputValues: Readonly<Record<string, (value: string) => unknown>> = {
  ...{ duration: duration(1, 1e9), integer: integer(1, 100), boolean, host, lines, keyValues },
  ...{ url: url('https', 'http'), references: linesOf(parseReference) },
};
const valueSeeds: Readonly<Record<string, readonly string[]>> = {
  duration: ['90d', '1d2h3m4s', '30s'],
  integer: ['7', '100'],
  boolean: ['true', 'FALSE'],
  host: ['localhost:5000', 'R.example', '[::1]:80'],
  lines: ['a\r\n# b\n\n c ', 'x'],
  keyValues: ['a=b\nc=d=e\n__proto__=x'],
  url: ['https://a.example/x?y', 'http://[::1]/'],
  references: ['r.example/a:1\nr.example/b:2'],
};

/** Whatever is written, it stays on its line and obeys nobody. */
function written(bytes: Uint8Array): unknown {
  const value = asText(bytes);
  const lines = [printable(value), inert(value)];
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  if (lines.some((line) => /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(line)))
    throw new Error('more than one line');
  if (/^\s*::|##(?:vso)?\[/i.test(inert(value))) throw new Error('a workflow command');
  const rows = [
    [value, code(value)],
    [markup`**${value}**`, 1],
  ];
  return renderSummary([{ opening: preformatted([value]), items: [] }, table(['a', 'b'], rows)]);
}

export const trustTargets: readonly Target[] = [
  {
    name: 'trust policy',
    seeds: [json(policy), json({ ...policy, trustPolicies: [{ ...statement, trustedIdentities: ['*'] }, skip] })],
    codes: ['POLICY_INVALID', 'POLICY_NOT_FOUND'],
    decode: (bytes) => selectStatement(parseTrustPolicy(bytes, 'p'), parseReference('r.example/app:1')),
  },
  {
    name: 'distinguished name',
    seeds: names.map(text),
    codes: ['NAME_INVALID'],
    decode: (bytes) => isSubset(identity, parseDistinguishedName(asText(bytes))),
  },
  {
    name: 'identities of the inputs',
    seeds: [text(`x509.subject: ${names[0] ?? ''}\nx509.eku: 1.3.6.1.4.1.311.97.1.2.3`), text('*')],
    codes: ['INPUT_INVALID'],
    decode: (bytes) => parseInputIdentities(asText(bytes).split('\n')),
  },
  {
    name: 'trust anchor of the inputs',
    seeds: [`sha256:${'0A'.repeat(32)}`, 'microsoft-artifact-signing', 'roots/acme.pem'].map(text),
    codes: ['INPUT_INVALID'],
    decode: (bytes) => parseAnchorSource(asText(bytes), 'signing'),
  },
  ...Object.entries(inputValues).map(([name, parse]): Target => ({
    name: `input value: ${name}`,
    seeds: (valueSeeds[name] ?? []).map(text),
    codes: ['INPUT_INVALID'],
    decode: (bytes) => parse(asText(bytes)),
  })),
  {
    name: 'inputs of verify',
    seeds: [text(verifyInputs), text(verifyPolicyInputs)],
    codes: ['INPUT_INVALID', 'INPUT_MISSING'],
    decode: (bytes) => readInputs(environmentOf(bytes), filesInMemory({})),
  },
  {
    name: 'inputs of sign',
    seeds: [text(signInputs)],
    codes: ['INPUT_INVALID', 'INPUT_MISSING'],
    decode: (bytes) => readSignInputs(environmentOf(bytes), filesInMemory({})),
  },
  {
    name: 'log and summary',
    seeds: [text('::error::x\n##[x]'), text('| a | <b> [c](d) @e')],
    codes: [],
    decode: written,
  },
];
