// The list of requirements, the tests beside it and the source cite the same numbers.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { judge, numbersOf, readRequirements } from '../../.ci/conformance.ts';

const root = join(import.meta.dirname, '../..');
const { excused, tested, known, differences } = readRequirements(
  readFileSync(join(import.meta.dirname, 'REQUIREMENTS.md'), 'utf8'),
);

const textsBelow = (directory: string): string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|go|yml)$/.test(file))
    .map((file) => readFileSync(join(root, directory, file), 'utf8'));

describe('the list of requirements', () => {
  it('has a test, or a reason why not, for each number', () => {
    const titles = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith('.test.ts') && file !== 'requirements.test.ts')
      .flatMap((file) => [
        ...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/['"`]([A-Z]+[- ][^'"`\n]*)/g),
      ])
      .flatMap(([, title = '']) => numbersOf(title));
    expect([...tested].filter((name) => !titles.includes(name))).toEqual([]);
    expect(titles.filter((name) => !tested.has(name))).toEqual([]);
    expect([...excused.values()].filter((reason) => reason.length < 20)).toEqual([]);
  });

  it('names for every intended difference the rule whose test shows it', () => {
    expect([...differences].filter(([, rule]) => !tested.has(rule))).toEqual([]);
    const numbers = [...differences.keys()].map((number) => Number(number.slice(1)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  it('explains every number that source and tests cite', () => {
    const cited = ['shared', 'sign', 'verify', 'test']
      .flatMap(textsBelow)
      .flatMap(
        (text) =>
          text.match(
            /\b(?:(?:PAY|COSE|JWS|ALG|CHAIN|SCHEME|TSA|REV|STORE|POL|DN|VER|REG|PLUG|DIR|CLI|AUTH|BLOB|VEC)-\d+|D[1-9]\d?)\b/g,
          ) ?? [],
      );
    expect(cited.length).toBeGreaterThan(500);
    expect([...new Set(cited)].filter((name) => !known.has(name)).sort()).toEqual([]);
  });
});

describe('the count', () => {
  const requirements = readRequirements(
    '| PAY-1 | a | b | test |\n| PAY-2 | a | b | test |\n| PAY-3 | a | b | test |\n| PAY-4 | a | b | excused: because |',
  );
  const report = (...tests: readonly (readonly [title: string, status: string])[]) => ({
    testResults: [{ assertionResults: tests.map(([title, status]) => ({ title, status })) }],
  });

  it('is of numbers with a test that passed, and none that did not', () => {
    const tests = report(
      ['PAY-1: x', 'passed'],
      ['PAY-2, PAY-3: x', 'passed'],
      ['PAY-2: y', 'failed'],
      ['x', 'failed'],
    );
    expect(judge(requirements, tests)).toEqual({ line: '2 covered, 1 excused, 1 missing', faults: ['failed: PAY-2'] });
  });

  it('tells of numbers without a test, with a skipped one, and of unknown ones', () => {
    const tests = report(['PAY-1: x', 'passed'], ['PAY-2: x', 'skipped'], ['PAY-9: x', 'passed']);
    expect(judge(requirements, tests)).toEqual({
      line: '1 covered, 1 excused, 2 missing',
      faults: ['missing: PAY-3', 'failed: PAY-2', 'unknown: PAY-9'],
    });
  });

  it.each([
    ['PAY-1: a', ['PAY-1']],
    ['PAY-1, PAY-2: a', ['PAY-1', 'PAY-2']],
    ['VER 9.2: a', ['VER 9.2']],
    ['PAY-1 a', []],
    ['a PAY-1: a', []],
  ])('reads the title "%s"', (title, numbers) => {
    expect(numbersOf(title)).toEqual(numbers);
  });
});
