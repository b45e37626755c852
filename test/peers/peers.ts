// The real programs that the interop and end-to-end tests run: where each comes from, and where it lies once installed.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const projectRoot = join(import.meta.dirname, '../..');
const cache = join(projectRoot, 'node_modules/.cache/peers');

export type PeerName =
  'notation' | 'olareg' | 'buildkit' | 'ratify' | 'act' | 'docker-registry' | 'openssl' | 'buildah' | 'jq';

export interface Peer {
  /** How it is brought: a Go module pinned beside this file, or a Debian package unpacked without installing it. */
  readonly from: 'go' | 'debian';
  /** Where the set-up leaves it; a program on the PATH of a Debian machine serves as well. */
  readonly path: string;
}

export const peers: Readonly<Record<PeerName, Peer>> = {
  notation: { from: 'go', path: join(cache, 'bin/notation') },
  olareg: { from: 'go', path: join(cache, 'bin/olareg') },
  ratify: { from: 'go', path: join(cache, 'bin/ratify') },
  act: { from: 'go', path: join(cache, 'bin/act') },
  /** BuildKit's Dockerfile frontend behind a program of ours, which lists the images that it asks for. */
  buildkit: { from: 'go', path: join(cache, 'bin/buildkit-images') },
  'docker-registry': { from: 'debian', path: join(cache, 'bin/docker-registry') },
  openssl: { from: 'debian', path: join(cache, 'bin/openssl') },
  buildah: { from: 'debian', path: join(cache, 'bin/buildah') },
  /** GitHub's runners have it, and a reusable workflow uses it. */
  jq: { from: 'debian', path: join(cache, 'bin/jq') },
};

export const peerCache = cache;

/** The executable, or undefined where this machine has none; in CI the set-up has already failed in that case. */
export function findPeer(name: PeerName): string | undefined {
  const { from, path } = peers[name];
  const places = [path];
  if (from === 'debian') places.push(...(process.env.PATH ?? '').split(':').map((directory) => join(directory, name)));
  return places.find((place) => existsSync(place));
}

/** The executable, in a test that runs only where the peer is. */
export function peer(name: PeerName): string {
  const path = findPeer(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}
