// Prints the test run's counts as CI reads them, "N passed, N failed" alone on a line, and fails on a skipped test: in
// CI every peer is there, so that a skip would hide something.
//
//   node .ci/counts.ts RESULTS          vitest's JSON report

import { readFileSync } from 'node:fs';

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly { fullName: string; status: string }[] }[];
}

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report;
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
for (const { fullName, status } of skipped) console.log(`${status}: ${fullName}`);

// A test file that does not even load counts as one failure, though it holds no test that failed.
const failed = report.numFailedTests + skipped.length || (report.success ? 0 : 1);
console.log(`${report.numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 && report.numPassedTests > 0 ? 0 : 1;
