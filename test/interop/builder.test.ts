// The output build-contexts in the hands of a real builder, Debian's buildah: the build takes what was verified, although
// the tags have been moved in between.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findPeer } from '../peers/peers.ts';
import { startBuildah } from '../support/buildah.ts';
import type { Buildah, BuiltImage } from '../support/buildah.ts';
import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { startOlareg } from '../support/real-registries.ts';
import type { RunningRegistry } from '../support/real-registries.ts';
import { runAction } from '../support/runner.ts';

const hasPeers = (['buildah', 'olareg'] as const).every((name) => findPeer(name) !== undefined);

describe.skipIf(!hasPeers)('a build with buildah', () => {
  let workspace: string;
  let registry: RunningRegistry;
  let emulator: Emulator;
  let buildah: Buildah;
  beforeAll(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'builder-'));
    [registry, emulator] = await Promise.all([startOlareg(), startEmulator()]);
    buildah = await startBuildah(registry.host);
  });
  afterAll(async () => {
    await Promise.all([registry.close(), emulator.close(), buildah.close()]);
    await rm(workspace, { recursive: true });
  });

  /** Pushes HOST/NAME:1, which says in a label and in a file which version it is. */
  const publish = async (name: string, version: string): Promise<string> => {
    const tag = `${registry.host}/${name}:1`;
    const dockerfile = `FROM scratch\nCOPY version /${name}\nLABEL ${name}="${version}"\n`;
    await buildah.build({ name: tag, files: { Dockerfile: dockerfile, version } });
    return `${registry.host}/${name}@${await buildah.push(tag)}`;
  };
  const contents = async ({ root, labels }: BuiltImage): Promise<Readonly<Record<string, string | undefined>>> => ({
    label: labels.base,
    base: await readFile(join(root, 'base'), 'utf8'),
    tool: await readFile(join(root, 'tool'), 'utf8'),
  });
  const act = (action: 'sign' | 'verify', inputs: Readonly<Record<string, string>>): ReturnType<typeof runAction> =>
    runAction({ main: `dist/${action}/index.js`, inputs, env: emulator.environment, cwd: workspace });

  it('takes the verified bytes of FROM and COPY --from', async () => {
    const [base, tool] = [await publish('base', 'verified'), await publish('tool', 'verified')];
    const artifacts = `${base}\n${tool}`;
    expect(await act('sign', { ...emulator.signInputs, artifacts })).toMatchObject({ exitCode: 0 });

    const dockerfile = `FROM ${registry.host}/base:1\nCOPY --from=${registry.host}/tool:1 /tool /tool\n`;
    await writeFile(join(workspace, 'Dockerfile'), dockerfile);
    const result = await act('verify', { ...emulator.verifyInputs, dockerfiles: 'Dockerfile' });
    expect(result).toMatchObject({ exitCode: 0 });
    const contexts = (result.outputs['build-contexts'] ?? '').split('\n');
    expect(contexts).toEqual([
      `${registry.host}/base:1=docker-image://${base}`,
      `${registry.host}/tool:1=docker-image://${tool}`,
    ]);

    expect(await publish('base', 'moved')).not.toBe(base);
    expect(await publish('tool', 'moved')).not.toBe(tool);
    const build = async (withContexts: readonly string[]): ReturnType<typeof contents> =>
      contents(await buildah.build({ name: 'app', files: { Dockerfile: dockerfile }, contexts: withContexts }));
    const [pinned, unpinned] = [await build(contexts), await build([])];
    console.log('Tags moved. With build-contexts:', pinned, 'without:', unpinned);
    expect(pinned).toEqual({ label: 'verified', base: 'verified', tool: 'verified' });
    expect(unpinned).toEqual({ label: 'moved', base: 'moved', tool: 'moved' });
  });
});
