// Debian's buildah, a builder that needs no engine: its storage, registries and policy lie in a directory of its own, so
// that it neither reads nor leaves anything on the machine.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { peer } from '../peers/peers.ts';

export interface Buildah {
  /** For a process that runs buildah itself. */
  readonly environment: Readonly<Record<string, string>>;
  /** Builds afresh, asking the registries for every image. */
  build(build: Build): Promise<BuiltImage>;
  /** Gives the digest. */
  push(name: string): Promise<string>;
  close(): Promise<void>;
}

export interface Build {
  /** Of the result: "host/repository:tag" */
  readonly name: string;
  /** Of the directory that is built. */
  readonly files: Readonly<Record<string, string>>;
  /** NAME=docker-image://… as builders take them. */
  readonly contexts?: readonly string[];
}

export interface BuiltImage {
  readonly labels: Readonly<Record<string, string>>;
  /** Holds the files of the image. */
  readonly root: string;
}

/** @param registries  "localhost:5000", spoken to over plain HTTP */
export async function startBuildah(...registries: readonly string[]): Promise<Buildah> {
  const directory = await mkdtemp(join(tmpdir(), 'buildah-'));
  const environment = await configure(directory, registries);
  const run = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(peer('buildah'), args, { env: { ...process.env, ...environment } });
    return stdout;
  };
  const labelsOf = async (name: string): Promise<BuiltImage['labels']> => {
    const { OCIv1 } = JSON.parse(await run('inspect', '--type', 'image', name)) as Inspection;
    return OCIv1.config.Labels ?? {};
  };
  const unpack = async (name: string): Promise<string> => {
    const image = await mkdtemp(join(directory, 'image-'));
    await run('push', name, `dir:${image}`);
    const { layers } = JSON.parse(await readFile(join(image, 'manifest.json'), 'utf8')) as Manifest;
    const root = join(image, 'root');
    await mkdir(root);
    for (const { digest } of layers) {
      await promisify(execFile)('tar', ['-xf', join(image, digest.slice('sha256:'.length)), '-C', root]);
    }
    return root;
  };
  return {
    environment,
    async build({ name, files, contexts = [] }) {
      const context = await mkdtemp(join(directory, 'context-'));
      for (const [path, text] of Object.entries(files)) await writeFile(join(context, path), text);
      const additional = contexts.flatMap((line) => ['--build-context', line]);
      await run('build', '--pull-always', '--no-cache', ...additional, '--tag', name, context);
      return { labels: await labelsOf(name), root: await unpack(name) };
    },
    async push(name) {
      const digestFile = join(directory, 'digest');
      await run('push', '--digestfile', digestFile, name, `docker://${name}`);
      return readFile(digestFile, 'utf8');
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

interface Inspection {
  readonly OCIv1: { readonly config: { readonly Labels?: Readonly<Record<string, string>> } };
}

interface Manifest {
  readonly layers: readonly { readonly digest: string }[];
}

async function configure(directory: string, registries: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const home = join(directory, 'home');
  const policy = join(home, '.config/containers/policy.json');
  await mkdir(join(home, '.config/containers'), { recursive: true });
  await mkdir(join(directory, 'run'));
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const storage = join(directory, 'storage.conf');
  const roots = [`graphroot = "${directory}/graph"`, `runroot = "${directory}/run"`];
  // vfs works inside containers as well, where overlays seldom do.
  await writeFile(storage, ['[storage]', 'driver = "vfs"', ...roots, ''].join('\n'));
  const registriesFile = join(directory, 'registries.conf');
  const sections = registries.map((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  await writeFile(registriesFile, sections.join('\n'));
  return {
    HOME: home,
    XDG_RUNTIME_DIR: join(directory, 'run'),
    CONTAINERS_CONF: '/dev/null',
    CONTAINERS_STORAGE_CONF: storage,
    CONTAINERS_REGISTRIES_CONF: registriesFile,
    BUILDAH_ISOLATION: 'chroot',
  };
}
