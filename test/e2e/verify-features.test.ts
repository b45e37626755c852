// What verify does with files and whole images, on the bundle: base images in, pinned build contexts out, reports with
// file and line, platforms, and registries that do not sign yet.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findPeer } from '../peers/peers.ts';
import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { pushImage, pushIndex, pushManifest } from '../support/images.ts';
import type { PushedArtifact } from '../support/images.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';
import { sarifValidator } from '../support/sarif-schema.ts';

interface Result {
  readonly reference: string;
  readonly verdict: string;
  readonly platform?: string;
  readonly index?: string;
  readonly places?: readonly { readonly file: string; readonly line: number }[];
}

describe('verify, before a build', () => {
  let emulator: Emulator;
  let workspace: string;
  let base: PushedArtifact;
  let unsigned: PushedArtifact;
  let index: PushedArtifact & { readonly children: readonly PushedArtifact[] };
  let attested: PushedArtifact;

  beforeAll(async () => {
    emulator = await startEmulator();
    workspace = await mkdtemp(join(tmpdir(), 'workspace-'));
    const { host } = emulator.registry;
    base = await pushImage({ host, repository: 'base', tag: '1' });
    unsigned = await pushImage({ host, repository: 'team/unsigned', tag: '1' });
    index = await pushIndex({ host, repository: 'multi', tag: '1' });
    const [amd64, arm64] = index.children;
    const entry = ({ mediaType, digest, size }: PushedArtifact, platform: object, annotations?: object): object => ({
      ...{ mediaType, digest, size, platform },
      ...(annotations && { annotations }),
    });
    const attestation = await pushImage({ host, repository: 'multi' });
    const reference = { 'vnd.docker.reference.type': 'attestation-manifest' };
    attested = await pushManifest(
      { host, repository: 'multi', tag: 'attested' },
      {
        schemaVersion: 2,
        mediaType: index.mediaType,
        manifests: [
          entry(amd64!, { os: 'linux', architecture: 'amd64' }),
          entry(arm64!, { os: 'linux', architecture: 'arm64' }),
          entry(attestation, { os: 'unknown', architecture: 'unknown' }, reference),
        ],
      },
    );
    await sign(base, index, amd64!, attested);
  });
  afterAll(async () => {
    await emulator.close();
    await rm(workspace, { recursive: true });
  });

  const sign = async (...artifacts: readonly PushedArtifact[]): Promise<void> => {
    const inputs = { ...emulator.signInputs, artifacts: artifacts.map(({ reference }) => reference).join('\n') };
    const result = await runAction({ main: 'dist/sign/index.js', inputs, env: emulator.environment });
    expect(result).toMatchObject({ exitCode: 0 });
  };
  const verify = (inputs: Readonly<Record<string, string>>): Promise<ActionResult> =>
    runAction({
      main: 'dist/verify/index.js',
      inputs: { ...emulator.verifyInputs, ...inputs },
      env: { ...emulator.environment, RUNNER_TEMP: workspace },
      cwd: workspace,
    });
  const file = async (name: string, ...lines: readonly string[]): Promise<void> =>
    writeFile(join(workspace, name), `${lines.join('\n')}\n`);
  const results = ({ outputs }: ActionResult): readonly Result[] =>
    JSON.parse(outputs.results ?? '') as readonly Result[];
  const rows = (result: ActionResult): readonly string[] =>
    results(result).map(({ verdict, platform }) => (platform === undefined ? verdict : `${platform} ${verdict}`));

  it('hands over the very digests that it verified', async () => {
    const { host } = emulator.registry;
    await file('Dockerfile', `FROM ${host}/base:1 AS build`, `FROM ${host}/base:1`, 'COPY --from=build /a /a');
    const result = await verify({ dockerfiles: './Dockerfile' });
    expect(result).toMatchObject({ exitCode: 0, outputs: { digests: base.reference } });
    expect(result.outputs['build-contexts']).toBe(`${host}/base:1=docker-image://${base.reference}`);
    expect(results(result)).toMatchObject([
      {
        verdict: 'verified',
        places: [
          { file: 'Dockerfile', line: 1 },
          { file: 'Dockerfile', line: 2 },
        ],
      },
    ]);
  });

  it.skipIf(findPeer('ratify') === undefined)('points at the line of an image that is not signed', async () => {
    const { host } = emulator.registry;
    await file('Unsigned.Dockerfile', '# base', `FROM ${host}/team/unsigned:1`, `COPY --from=${host}/base:1 /a /a`);
    const result = await verify({ dockerfiles: 'Unsigned.Dockerfile' });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: 'failure' } });
    expect(result.stdout).toMatch(/::error [^\n]*file=Unsigned\.Dockerfile,line=2::/);
    expect(result.outputs['build-contexts']).toBe(`${host}/base:1=docker-image://${base.reference}`);

    const sarif = JSON.parse(await readFile(result.outputs.sarif ?? '', 'utf8')) as {
      runs: { results: { ruleId: string; level: string; locations: unknown }[] }[];
    };
    const validate = sarifValidator();
    validate(sarif);
    expect(validate.errors).toBeNull();
    expect(sarif.runs[0]?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([['unsigned', 'error']]);
    expect(sarif.runs[0]?.results[0]?.locations).toMatchObject([
      { physicalLocation: { artifactLocation: { uri: 'Unsigned.Dockerfile' }, region: { startLine: 2 } } },
    ]);
  });

  it('takes what is not signed where the user says so, and only there', async () => {
    const { host } = emulator.registry;
    const accepted = await verify({ artifacts: unsigned.reference, 'on-unsigned': `fail\n${host}/team=warn` });
    expect(accepted).toMatchObject({ exitCode: 0, outputs: { result: 'success', digests: '' } });
    expect(accepted.annotations).toMatchObject([{ level: 'warning' }]);
    expect(rows(accepted)).toEqual(['unsigned']);
    expect(await verify({ artifacts: unsigned.reference, 'on-unsigned': `${host}/tea=ignore` })).toMatchObject({
      exitCode: 1,
    });
    const stranger = { 'trusted-identities': 'x509.subject: C=US, ST=WA, O=Nobody' };
    const bad = await verify({ artifacts: base.reference, 'on-unsigned': 'ignore', ...stranger });
    expect(bad).toMatchObject({ exitCode: 1 });
    expect(rows(bad)).toEqual(['untrusted']);
  });

  it('verifies the platforms that are built beside the index', async () => {
    const good = await verify({ artifacts: index.reference, platforms: 'linux/amd64' });
    expect(good).toMatchObject({ exitCode: 0 });
    expect(rows(good)).toEqual(['verified', 'linux/amd64 verified']);
    const bad = await verify({ artifacts: index.reference, platforms: 'linux/amd64,linux/arm64' });
    expect(bad).toMatchObject({ exitCode: 1 });
    expect(rows(bad)).toEqual(['verified', 'linux/amd64 verified', 'linux/arm64 unsigned']);
    const absent = await verify({ artifacts: index.reference, platforms: 'windows/amd64' });
    expect(rows(absent)).toEqual(['error']);
    expect(absent.stdout).toContain('PLATFORM_NOT_FOUND');
  });

  it('verifies every manifest of an index, and names what it leaves out', async () => {
    const partial = await verify({ artifacts: `${index.reference}\n${attested.reference}`, recursive: 'true' });
    expect(partial).toMatchObject({ exitCode: 1 });
    expect(rows(partial)).toEqual([
      'verified',
      'linux/amd64 verified',
      'linux/arm64 unsigned',
      'verified',
      'unknown/unknown skipped',
    ]);
    await sign(index.children[1]!);
    const whole = await verify({ artifacts: attested.reference, recursive: 'true' });
    expect(whole).toMatchObject({ exitCode: 0 });
    expect(rows(whole)).toEqual([
      'verified',
      'linux/amd64 verified',
      'linux/arm64 verified',
      'unknown/unknown skipped',
    ]);
    expect(whole.stdout).toContain('an attestation of BuildKit');
  });

  it('trusts nobody without an identity, and shows who was found', async () => {
    const result = await verify({ artifacts: base.reference, 'trusted-identities': '', 'verification-level': 'audit' });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: 'failure' } });
    expect(result.outputs.digests).toBeUndefined();
    const [annotation] = result.annotations;
    expect(annotation?.title).toBe('INPUT_MISSING');
    expect(annotation?.message).toContain('trusted-identities: is required. Signed below the trusted roots by');
    expect(annotation?.message).toContain(`add to the with: block trusted-identities: "x509.subject: CN=`);
    expect(result.annotations).toHaveLength(1);
    const pasted = /trusted-identities: ("x509[^\n]+")/.exec(annotation?.message ?? '')?.[1] ?? '';
    const identity = JSON.parse(pasted) as string;
    expect(await verify({ artifacts: base.reference, 'trusted-identities': identity })).toMatchObject({ exitCode: 0 });
    const other = await verify({
      artifacts: base.reference,
      'trusted-identities': '',
      'trusted-roots': 'microsoft-artifact-signing',
    });
    expect(other.annotations.map(({ message }) => message).join()).not.toContain('Signed below');
  });

  it('refuses a file that it cannot read whole, before any request', async () => {
    await file('Variable.Dockerfile', 'ARG VERSION', `FROM ${emulator.registry.host}/base:\${VERSION}`);
    emulator.registry.registry.requests.length = 0;
    const result = await verify({ dockerfiles: 'Variable.Dockerfile' });
    expect(result).toMatchObject({ exitCode: 1 });
    expect(result.stdout).toContain('Variable.Dockerfile:2');
    expect(emulator.registry.registry.requests).toHaveLength(0);
  });
});
