// Brings the real peers before the interop and end-to-end suites: Go modules at pinned versions, Debian packages
// unpacked into the cache (the machine itself is left as it is). Where Go or apt is missing the tests that need the
// peer are skipped, with a line that says so; in CI that is a failure.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

import { findPeer, peerCache, peers } from './peers.ts';
import type { PeerName } from './peers.ts';

export function setup(): void {
  const missing: string[] = [];
  for (const name of Object.keys(peers) as PeerName[]) {
    if (findPeer(name) !== undefined) continue;
    try {
      install[peers[name].from](name);
    } catch (error) {
      missing.push(`${name} (${reason(error)})`);
    }
  }
  if (missing.length === 0) return;
  if (process.env.CI !== undefined) throw new Error(`CI needs every peer; missing: ${missing.join(', ')}`);
  console.warn(`Skipping the tests that need: ${missing.join(', ')}`);
}

const install: Readonly<Record<'go' | 'debian', (name: PeerName) => void>> = {
  go(name) {
    console.log(`Building ${name} from its Go module (once; a minute at most) ...`);
    const cwd = join(import.meta.dirname, name);
    run('go', ['install', 'tool'], { cwd, env: { ...process.env, GOBIN: join(peerCache, 'bin') } });
  },
  debian(name) {
    console.log(`Unpacking Debian's ${name} ...`);
    const cwd = join(peerCache, 'debian', name);
    mkdirSync(cwd, { recursive: true });
    try {
      download(name, cwd);
    } catch {
      // A machine that nobody has touched has no package lists yet; reading them needs root.
      run('apt-get', ['update'], { cwd });
      download(name, cwd);
    }
    for (const archive of readdirSync(cwd).filter((file) => file.endsWith('.deb'))) {
      run('dpkg-deb', ['-x', archive, '.'], { cwd });
    }
    writeLauncher(name, cwd);
  },
};

/** The package, and whatever else apt would install for it here. */
function download(name: string, cwd: string): void {
  const plan = run('apt-get', ['install', '--simulate', '--no-install-recommends', name], { cwd });
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, unpacked = '']) => unpacked);
  run('apt-get', ['download', ...new Set([name, ...missing])], { cwd });
}

/** The unpacked program finds the libraries that were unpacked with it, wherever the cache is moved to. */
function writeLauncher(name: PeerName, directory: string): void {
  const { path } = peers[name];
  const fromHere = (file: string): string => `$here/${relative(dirname(path), join(directory, file))}`;
  const libraries = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('-linux-gnu') && basename(dirname(file)) === 'lib')
    .map(fromHere);
  const script = [
    '#!/bin/sh',
    'here="$(cd "$(dirname "$0")" && pwd)"',
    `export LD_LIBRARY_PATH="${libraries.join(':')}"`,
    `exec "${fromHere(`usr/bin/${name}`)}" "$@"`,
  ];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${script.join('\n')}\n`, { mode: 0o755 });
}

function run(file: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): string {
  return execFileSync(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
}

function reason(error: unknown): string {
  const { code, stderr } = error as { code?: string; stderr?: string };
  if (code === 'ENOENT') return 'neither installed nor installable here';
  return (stderr ?? String(error)).trim().split('\n').at(-1) ?? '';
}
