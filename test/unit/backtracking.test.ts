// No regular expression of ours lets a text of another's making cost more than its length: each is judged by its
// construction, and then timed on the texts that would cost most.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';

import { growthOf } from '../support/backtracking.ts';

const root = join(import.meta.dirname, '../..');

interface Found {
  /** "shared/oci/link.ts /[ \t,]*\/y" */
  readonly name: string;
  readonly expression: RegExp;
}

/** Expressions that are put together while the program runs, by file; each has its reason. */
const composed: Readonly<Record<string, string>> = {};

/** What the judgement takes for polynomial, and why it is not; each is timed all the same. */
const tolerated: Readonly<Record<string, string>> = {
  'verify/sources/dockerfile-lines.ts /[^\\n]*\\n|[^\\n]+$/g':
    'where the first alternative finds no line feed, the second reads the whole rest at once',
};

const files = ['shared', 'sign', 'verify'].flatMap((directory) =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(directory, file).replaceAll('\\', '/')),
);

const found: Found[] = [];
const constructed = new Set<string>();
for (const file of files)
  collect(file, ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest));

function collect(file: string, node: ts.Node): void {
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    const expression = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
    found.push({ name: `${file} ${node.text}`, expression });
  }
  const callee = ts.isNewExpression(node) || ts.isCallExpression(node) ? node.expression : undefined;
  if (callee !== undefined && ts.isIdentifier(callee) && callee.text === 'RegExp') constructed.add(file);
  ts.forEachChild(node, (child) => {
    collect(file, child);
  });
}

describe('the judgement itself', () => {
  it.each([
    ...[/(a+)+$/, /^(a|a)*b/, /(a|aa)+$/, /^(a*)*b/, /^(\w+\s?)*$/, /(x+x+)+y/, /^(?:[a-z]+-?)+$/, /(?:.*a)*b/],
    ...[/^(([a-z])+.)+[A-Z]([a-z])+$/, /^(?=(a+)+$)x/],
  ])('%s is exponential', (expression) => {
    expect(growthOf(expression)).toBe('exponential');
  });

  it.each([/\s+$/, /^\s*x?\s*$/, /a*a*b/, /^[a-z]*[a-z0-9]*!/, /.*x.*y/s, /<[^>]*>x/, /x[a-z]*y/, /^(?:ab)*[ab]*!/])(
    '%s is polynomial',
    (expression) => {
      expect(growthOf(expression)).toBe('polynomial');
    },
  );

  it.each([
    ...[
      /^[a-z]+(?:-[a-z]+)*$/,
      /"(?:[^"\\]|\\.)*"/y,
      /"[^"]*"/,
      /\s+/g,
      /[^a]/,
      /^\d{4}-\d{2}$/,
      / $/,
      /^a*$/,
      /^.*$/s,
    ],
    ...[/^(?:(\d{1,9})d)?(?:(\d{1,9})h)?$/, /^https?:\/\//i, /[ \t]*=/y, /^(?!x)[a-z]+$/, /\p{Cc}/gu, /^[^\]]+\]$/],
  ])('%s is bounded', (expression) => {
    expect(growthOf(expression)).toBe('bounded');
  });

  it('does not judge what it does not know', () => {
    expect(() => growthOf(/(a)\1/)).toThrow(/back reference/);
  });
});

describe('every regular expression', () => {
  it('is there to be judged', () => {
    expect(found.length).toBeGreaterThan(50);
  });

  it('is a literal', () => {
    expect([...constructed].filter((file) => !(file in composed))).toEqual([]);
    expect(Object.keys(composed).filter((file) => !constructed.has(file))).toEqual([]);
  });

  it('reads every text in one way, or stops', () => {
    const wrong = found.map(({ name, expression }) => [name, growthOf(expression)] as const);
    expect(wrong.filter(([name, growth]) => growth !== 'bounded' && !(name in tolerated))).toEqual([]);
  });

  it('is tolerated only where it exists and needs it', () => {
    const needy = new Set(
      found.filter(({ expression }) => growthOf(expression) === 'polynomial').map(({ name }) => name),
    );
    expect(Object.keys(tolerated).filter((name) => !needy.has(name))).toEqual([]);
  });

  it.each(found)('takes no time: $name', ({ expression }) => {
    for (const text of costlyTexts(expression.source)) {
      const start = process.threadCpuUsage();
      expression.lastIndex = 0;
      expression.test(text);
      const { user, system } = process.threadCpuUsage(start);
      expect({ text: text.slice(0, 20), fast: user + system < 500_000 }).toEqual({
        text: text.slice(0, 20),
        fast: true,
      });
    }
  });
});

const length = 50_000;

/** Characters and pieces of the expression, repeated, and then something that does not fit. */
function* costlyTexts(source: string): Iterable<string> {
  const letters = source.replaceAll(/\\[dwsbDWSB]|[^\w\s.,:;@/"'#+-]/g, '');
  const pieces = new Set([
    'a',
    'A',
    '0',
    ' ',
    '\t',
    '\n',
    '-',
    '_',
    '.',
    '/',
    '"',
    '\\',
    'a ',
    'a.',
    'a-',
    'é',
    '\ud800',
  ]);
  for (const piece of [...pieces, ...Array.from(letters.slice(0, 40)), letters.slice(0, 8)]) {
    if (piece === '') continue;
    const run = piece.repeat(Math.ceil(length / piece.length));
    yield run;
    yield `${run}\u0000`;
    yield `${letters}${run}!`;
  }
}
