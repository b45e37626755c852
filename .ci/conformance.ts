// Compares the requirements of the format with the tests that ran: a number is covered where a test whose title begins
// with it passed, and none failed. Prints "N covered, N excused, N missing", and fails for every number that is missing,
// failed, or tested without being a requirement.
//
//   node .ci/conformance.ts                 runs the suite, prints the counts
//   node .ci/conformance.ts RESULTS         judges vitest's JSON report of a run that was made already

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');

export interface Requirements {
  /** Number -> reason, where no test is due. */
  readonly excused: ReadonlyMap<string, string>;
  /** Numbers that a test must show. */
  readonly tested: ReadonlySet<string>;
  /** Every number that a table explains, intended differences and numbers of other chapters included. */
  readonly known: ReadonlySet<string>;
  /** Intended difference -> the number whose test shows it. */
  readonly differences: ReadonlyMap<string, string>;
}

const number = String.raw`(?:[A-Z]+-\d+|VER 9\.2)`;

/** Reads the tables of REQUIREMENTS.md. */
export function readRequirements(markdown: string): Requirements {
  const excused = new Map<string, string>();
  const tested = new Set<string>();
  const known = new Set<string>();
  const differences = new Map<string, string>();
  for (const line of markdown.split('\n').filter((row) => /^\| (?:[A-Z]+-\d|VER 9|D\d)/.test(row))) {
    const [name = '', ...cells] = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim());
    const last = cells.at(-1) ?? '';
    if (known.has(name)) throw new Error(`${name} has two rows`);
    if (cells.includes('')) throw new Error(`${name} has an empty cell`);
    known.add(name);
    if (/^D\d+$/.test(name)) differences.set(name, last);
    else if (last === 'test') tested.add(name);
    else if (last.startsWith('excused: ')) excused.set(name, last.slice('excused: '.length));
    else if (cells.length !== 2) throw new Error(`${name} is neither tested nor excused: "${last}"`);
  }
  return { excused, tested, known, differences };
}

/** "COSE-12, COSE-13: what" -> COSE-12 and COSE-13. */
export function numbersOf(title: string): readonly string[] {
  const numbers = new RegExp(`^${number}(?:, ${number})*(?=: )`).exec(title)?.[0];
  return numbers?.split(', ') ?? [];
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { title: string; status: string }[] }[];
}

interface Verdict {
  readonly line: string;
  readonly faults: readonly string[];
}

export function judge({ excused, tested, known }: Requirements, report: Report): Verdict {
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = new Set<string>();
  const broken = new Set<string>();
  for (const { title, status } of results) {
    for (const name of numbersOf(title)) (status === 'passed' ? passed : broken).add(name);
  }
  const covered = [...tested].filter((name) => passed.has(name) && !broken.has(name));
  const missing = [...tested].filter((name) => !passed.has(name) && !broken.has(name));
  const line = `${covered.length} covered, ${excused.size} excused, ${tested.size - covered.length} missing`;
  const faults = [
    ...missing.map((name) => `missing: ${name}`),
    ...[...broken].map((name) => `failed: ${name}`),
    ...[...new Set([...passed, ...broken])].filter((name) => !known.has(name)).map((name) => `unknown: ${name}`),
  ];
  return { line, faults };
}

function runSuite(): Report {
  const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const results = join(directory, 'results.json');
    const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
    const options = ['run', '--project', 'conformance', '--reporter=json', `--outputFile=${results}`];
    const { error } = spawnSync(process.execPath, [vitest, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
    if (error) throw error;
    return JSON.parse(readFileSync(results, 'utf8')) as Report;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const requirements = readRequirements(readFileSync(join(root, 'test/conformance/REQUIREMENTS.md'), 'utf8'));
  const [, , results] = process.argv;
  const report = results === undefined ? runSuite() : (JSON.parse(readFileSync(results, 'utf8')) as Report);
  const { line, faults } = judge(requirements, report);
  for (const fault of faults) console.log(fault);
  console.log(line);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
