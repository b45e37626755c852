// Builds dist/sign and dist/verify: one ncc bundle each, not minified so that a review can read it, with a notices file
// over every bundled package.
//
//   node .ci/build.ts [--bundles-only]   leaves the start-up time unmeasured

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { bundledPackages, renderNotices } from './notices.ts';
import { timeToFirstRequest } from './start-up.ts';

const root = resolve(import.meta.dirname, '..');

/** Assets that ncc copies although nothing here can reach them, each with its reason. */
const unreachable = new Map([
  ['xdg-open', 'opens a browser for an interactive Azure login; no credential here does that'],
]);

function build(action: 'sign' | 'verify', output: string): void {
  const directory = join(output, action);
  rmSync(directory, { recursive: true, force: true });
  const scratch = mkdtempSync(join(tmpdir(), 'bundle-'));
  const stats = join(scratch, 'stats.json');
  const ncc = join(root, 'node_modules/@vercel/ncc/dist/ncc/cli.js');
  const options = ['--no-cache', '--no-source-map-register', '--transpile-only', '--quiet', '--target', 'es2024'];
  const args = [ncc, 'build', `${action}/main.ts`, '--out', directory, '--stats-out', stats, ...options];
  execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const file of unreachable.keys()) rmSync(join(directory, file), { force: true });
  const packages = bundledPackages(root, readFileSync(stats, 'utf8'));
  writeFileSync(join(directory, 'licenses.txt'), renderNotices(packages));
  rmSync(scratch, { recursive: true });
}

function sizes(directory: string): string {
  const files = readdirSync(directory).sort();
  return files.map((file) => `${file} ${Math.ceil(statSync(join(directory, file)).size / 1024)} KiB`).join(', ');
}

const output = join(root, 'dist');
const measured = !process.argv.includes('--bundles-only');
for (const action of ['sign', 'verify'] as const) {
  build(action, output);
  console.log(`${action}: ${sizes(join(output, action))}`);
  if (!measured) continue;
  const milliseconds = await timeToFirstRequest(action, join(output, action, 'index.js'));
  console.log(`${action}: first request ${milliseconds} ms after start`);
}
