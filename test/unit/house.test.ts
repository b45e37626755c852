// The house rules of the architecture that a machine can hold: who may import whom, which package stands where, what
// the core never touches, and how long a file may be.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Room -> the rooms it may import. Everyone may import itself and the ground floor (files directly in shared/). */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'shared/crypto': [],
  'shared/host': [],
  'shared/github': [],
  'shared/x509': ['shared/crypto'],
  'shared/oci': ['shared/crypto'],
  'shared/envelope': ['shared/crypto', 'shared/x509', 'shared/oci'],
  'shared/timestamp': ['shared/crypto', 'shared/x509'],
  'shared/revocation': ['shared/crypto', 'shared/x509'],
  'shared/trust': ['shared/crypto', 'shared/x509', 'shared/oci'],
  'shared/keys': ['shared/crypto', 'shared/x509'],
  'shared/azure': ['shared/crypto', 'shared/x509', 'shared/oci', 'shared/keys'],
  // What both edges build alike: above every other room, and below them alone.
  'shared/action': ['shared/*'],
  sign: ['shared/*'],
  verify: ['shared/*'],
};

const core = ['crypto', 'x509', 'oci', 'envelope', 'timestamp', 'revocation', 'trust', 'keys'].map(
  (room) => `shared/${room}`,
);

/** Package -> the only places that may import it. A place is a room or a file. */
const mayUse: readonly (readonly [name: RegExp, places: readonly string[]])[] = [
  [/^@azure\//, ['shared/azure/entra-token.ts']],
  [/^cbor-x/, ['shared/envelope/cbor.ts']],
  [/^(@peculiar\/x509|reflect-metadata)$/, ['shared/x509/certificate.ts']],
  [/^(@peculiar\/asn1-schema|asn1js)$/, ['shared/x509', 'shared/timestamp', 'shared/revocation']],
  [/^@peculiar\/asn1-(x509|cms|rsa|ecc)$/, ['shared/x509', 'shared/timestamp', 'shared/revocation']],
  [/^@peculiar\/asn1-tsp$/, ['shared/timestamp']],
  [/^@peculiar\/asn1-ocsp$/, ['shared/revocation']],
  [/^undici$/, ['shared/host']],
  [/^yaml$/, ['verify/sources/yaml-documents.ts']],
  [/^@actions\//, ['shared/github']],
  [/^node:crypto$/, ['shared/crypto', 'shared/x509', 'shared/keys', 'shared/host/random.ts', 'shared/envelope']],
  [/^node:(fs|fs\/promises|http|https|net|tls|child_process|timers\/promises)$/, ['shared/host', 'shared/github']],
  [/^node:(buffer|path|url|util)$/, ['shared', 'sign', 'verify']],
];

interface SourceFile {
  /** Relative to the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

const sources: readonly SourceFile[] = ['shared', 'sign', 'verify'].flatMap((directory) =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(directory, file).replaceAll('\\', '/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
);

const roomOf = (path: string): string => {
  const [first = '', second = ''] = path.split('/');
  return first === 'shared' && path.split('/').length > 2 ? `shared/${second}` : first;
};

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const parsed = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

/** Static imports, re-exports, and `import(…)` anywhere. */
function specifiersIn(node: ts.Node): string[] {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : undefined;
  const own = specifier !== undefined && ts.isStringLiteral(specifier) ? [specifier.text] : [];
  return [...own, ...node.getChildren().flatMap(specifiersIn)];
}

const imports: readonly Import[] = sources.flatMap(({ path, text }) =>
  specifiersIn(parsed(path, text)).map((specifier) => ({ from: path, specifier })),
);

const target = ({ from, specifier }: Import): string =>
  relative(root, resolve(root, dirname(from), specifier)).replaceAll('\\', '/');

describe('the house', () => {
  it('has sources to look at', () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(sources.length);
  });

  it('knows every room', () => {
    const rooms = new Set(sources.map(({ path }) => roomOf(path)));
    expect([...rooms].filter((room) => room !== 'shared' && !(room in mayImport))).toEqual([]);
  });

  it('lets a room import lower floors only, by file name', () => {
    const breaches = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .filter((edge) => {
        const [here, there] = [roomOf(edge.from), roomOf(target(edge))];
        const allowed = mayImport[here] ?? [];
        const open = there === here || there === 'shared';
        const below = allowed.includes(there) || (allowed.includes('shared/*') && there.startsWith('shared/'));
        return !edge.specifier.endsWith('.ts') || !(open || below);
      });
    expect(breaches).toEqual([]);
  });

  it('keeps each package in its place', () => {
    const breaches = imports
      .filter(({ specifier }) => !specifier.startsWith('.'))
      .filter(({ from, specifier }) => {
        const places = mayUse.find(([name]) => name.test(specifier))?.[1] ?? [];
        return !places.some((place) => from === place || from.startsWith(`${place}/`));
      });
    expect(breaches).toEqual([]);
  });

  const coreSources = sources.filter(({ path }) => core.includes(roomOf(path)));

  it.each([
    ['fetch', /(?<![.\w])fetch\(/],
    ['process', /\bprocess\./],
    ['the current time', /new Date\(\)|Date\.now|performance\.now/],
    ['a log line', /\bconsole\./],
    ['timers', /\bset(Timeout|Interval|Immediate)\(/],
    ['randomness', /Math\.random|randomBytes|randomUUID|getRandomValues/],
  ])('keeps %s out of the core', (_what, pattern) => {
    const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(coreSources.filter(({ text }) => pattern.test(code(text))).map(({ path }) => path)).toEqual([]);
  });

  it('has top-level statements in main.ts alone', () => {
    const acting = sources.filter(({ path, text }) => {
      return parsed(path, text).statements.some(
        (statement) => ts.isExpressionStatement(statement) || ts.isIfStatement(statement),
      );
    });
    expect(acting.map(({ path }) => path).sort()).toEqual(['sign/main.ts', 'verify/main.ts']);
  });

  it('opens every file with its purpose and ends it before 250 lines', () => {
    const wrong = sources.filter(({ text }) => !text.startsWith('// ') || text.trimEnd().split('\n').length > 250);
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('keeps half of the files under 100 lines', () => {
    const lengths = sources.map(({ text }) => text.split('\n').length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(115);
  });

  it('has no house for what has no name', () => {
    const homeless = /(^|\/)(utils?|helpers?|common|types|misc|index)\.ts$/;
    expect(sources.filter(({ path }) => homeless.test(path))).toEqual([]);
  });
});
