// OCI image layouts on disk, in both directions with the real notation v1.3.2: what it signs into a layout verifies here,
// what is signed into one here verifies there. Rules REG-20 to REG-23.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { findPeer } from '../peers/peers.ts';
import { codeSigningChain, encodePem } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { blobName, layoutOnDisk } from '../support/layout.ts';
import type { LayoutDescriptor, TestLayout } from '../support/layout.ts';
import { pushBlob, pushManifest } from '../support/images.ts';
import { createNotation } from '../support/notation.ts';
import type { Notation, NotationResult } from '../support/notation.ts';
import { startRegistry } from '../support/registry.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';

const main = (action: string): string => join(import.meta.dirname, `../../${action}/main.ts`);
const scope = 'registry.example/app';
const signatureType = 'application/vnd.cncf.notary.signature';

describe.skipIf(findPeer('notation') === undefined)('layouts with notation v1.3.2', () => {
  let signer: Issued;
  let notation: Notation;
  let directory: string;
  let layout: TestLayout;
  let image: LayoutDescriptor;
  let count = 0;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'layout-'));
    signer = await codeSigningChain();
    notation = createNotation({ roots: [encodePem(signer.chain.at(-1)!)], identities: ['*'] });
  });

  beforeEach(() => {
    layout = layoutOnDisk(join(directory, `layout-${++count}`));
    image = layout.addImage('v1');
  });

  afterAll(() => {
    notation.remove();
    rmSync(directory, { recursive: true });
  });

  const signHere = async (inputs: Readonly<Record<string, string>>): Promise<ActionResult> => {
    const key = { 'private-key': signer.keyPem, 'certificate-chain': signer.chainPem, 'allow-untimestamped': 'true' };
    const result = await runAction({ main: main('sign'), cwd: directory, inputs: { ...key, ...inputs } });
    expect([result.annotations.filter(({ level }) => level === 'error'), result.exitCode]).toEqual([[], 0]);
    return result;
  };
  const verifyHere = (inputs: Readonly<Record<string, string>>): Promise<ActionResult> => {
    const trust = { 'trust-policy': notation.trustPolicy, 'trust-store': notation.trustStore };
    return runAction({ main: main('verify'), cwd: directory, inputs: { ...trust, ...inputs } });
  };
  const named = ({ digest }: LayoutDescriptor): string => `${layout.directory}@${digest}`;
  const signThere = async (artifact: LayoutDescriptor, format: 'cose' | 'jws'): Promise<void> => {
    const signed = await notation.sign(named(artifact), { key: signer, format }, '--oci-layout');
    expect(signed).toMatchObject({ exitCode: 0, output: expect.stringContaining('Successfully signed') as string });
  };
  const verifyThere = (artifact: LayoutDescriptor): Promise<NotationResult> =>
    notation.verify(named(artifact), '--oci-layout', '--scope', scope);
  /** One manifest with what it is made of, byte for byte. */
  const copyTo = async (host: string, digest: string): Promise<void> => {
    const target = { host, repository: 'copy' };
    const manifest = JSON.parse(layout.read(blobName(digest))) as {
      readonly mediaType: string;
      readonly config: LayoutDescriptor;
      readonly layers: readonly LayoutDescriptor[];
    };
    for (const blob of [manifest.config, ...manifest.layers]) {
      await pushBlob(target, readFileSync(join(layout.directory, blobName(blob.digest))));
    }
    expect((await pushManifest(target, { ...manifest })).digest).toBe(digest);
  };
  const accepted = (artifact: LayoutDescriptor): object => ({
    exitCode: 0,
    output: expect.stringContaining(`Successfully verified signature for ${named(artifact)}`) as string,
  });

  it.each(['cose', 'jws'] as const)('accepts what sign stores: %s', async (format) => {
    const index = layout.addIndex();
    const { outputs } = await signHere({
      artifacts: `oci-layout:${layout.directory}:v1\n${layout.reference(index)}`,
      'signature-format': format,
    });
    expect(outputs.digests).toBe(`${layout.reference(image)}\n${layout.reference(index)}`);
    for (const artifact of [image, index]) expect(await verifyThere(artifact)).toMatchObject(accepted(artifact));
  });

  it.each(['cose', 'jws'] as const)('stores what verify accepts: %s', async (format) => {
    const index = layout.addIndex();
    for (const artifact of [image, index]) await signThere(artifact, format);
    const { exitCode, outputs } = await verifyHere({
      artifacts: `oci-layout:${layout.directory}:v1\n${layout.reference(index)}`,
    });
    expect(exitCode).toBe(0);
    expect(outputs.digests).toBe(`${layout.reference(image)}\n${layout.reference(index)}`);
  });

  it('keeps what is there, and has kept what it finds', async () => {
    for (const format of ['jws', 'cose'] as const) {
      await signThere(image, format);
      await signHere({ artifacts: layout.reference(image), 'signature-format': format });
    }
    const { output } = await notation.list(named(image), '--oci-layout');
    const listed = (output.match(/── sha256:[0-9a-f]{64}$/gm) ?? []).map((line) => line.slice(3)).sort();
    expect(listed).toHaveLength(4);
    const stored = layout
      .readIndex()
      .manifests.filter(({ annotations = {} }) =>
        Object.keys(annotations).some((key) => key.startsWith('io.cncf.notary')),
      );
    expect(stored.map(({ digest }) => digest).sort()).toEqual(listed);
  });

  it('refuses what verify refuses: a manifest that was changed', async () => {
    await signThere(image, 'jws');
    const text = layout.read(blobName(image.digest));
    layout.write(blobName(image.digest), text.replace('"schemaVersion":2', '"schemaVersion":3'));
    const ours = await verifyHere({ artifacts: layout.reference(image) });
    expect(JSON.parse(ours.outputs.results!)).toMatchObject([
      { verdict: 'invalid', reason: { code: 'REGISTRY_CONTENT_MISMATCH' } },
    ]);
    expect((await verifyThere(image)).exitCode).toBe(1);
  });

  it('asks for a scope always, verify only where the policy has several (REG-23)', async () => {
    await signThere(image, 'jws');
    expect((await notation.verify(named(image), '--oci-layout')).exitCode).toBe(1);
    const artifacts = layout.reference(image);
    expect((await verifyHere({ artifacts })).exitCode).toBe(0);
    const policy = join(directory, 'scoped.json');
    const skip = { signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] };
    const trusting = { signatureVerification: { level: 'strict' }, trustStores: ['ca:e2e'], trustedIdentities: ['*'] };
    const statements = [
      { name: 'elsewhere', registryScopes: ['registry.example/other'], ...skip },
      { name: 'here', registryScopes: [scope], ...trusting },
    ];
    writeFileSync(policy, JSON.stringify({ version: '1.0', trustPolicies: statements }));
    const without = await verifyHere({ artifacts, 'trust-policy': policy });
    expect(without.annotations.map(({ title }) => title)).toEqual(['INPUT_MISSING']);
    expect(without.stdout).toContain('layout-scope: is required');
    const results = async (layoutScope: string): Promise<unknown> =>
      JSON.parse(
        (await verifyHere({ artifacts, 'trust-policy': policy, 'layout-scope': layoutScope })).outputs.results!,
      ) as unknown;
    expect(await results(scope)).toMatchObject([{ verdict: 'verified', policy: 'here' }]);
    expect(await results('registry.example/other')).toMatchObject([{ verdict: 'skipped', policy: 'elsewhere' }]);
    expect(await results('registry.example/third')).toMatchObject([{ verdict: 'untrusted' }]);
  });

  it('takes what only an index of the layout names for no manifest (D60)', async () => {
    const { children } = layout.addIndex('multi');
    const [child, other] = children as [LayoutDescriptor, LayoutDescriptor];
    await signHere({ artifacts: `oci-layout:${layout.directory}:multi`, recursive: 'true' });
    expect(await verifyThere(child)).toMatchObject({ exitCode: 1 });
    const registry = await startRegistry();
    const signatures = layout.readIndex().manifests.filter(({ annotations }) => annotations !== undefined);
    for (const { digest } of [child, ...signatures.slice(-3)]) await copyTo(registry.host, digest);
    const copied = await notation.verify(`${registry.host}/copy@${child.digest}`);
    await registry.close();
    expect(copied).toMatchObject({ exitCode: 0 });
    layout.enter(child);
    expect(await verifyThere(child)).toMatchObject(accepted(child));
    await signThere(other, 'jws');
    layout.writeIndex({
      ...layout.readIndex(),
      manifests: layout.readIndex().manifests.filter(({ digest }) => !layout.read(blobName(digest)).includes('cose')),
    });
    const { outputs } = await verifyHere({ artifacts: layout.reference(other) });
    expect(JSON.parse(outputs.results!)).toMatchObject([{ verdict: 'invalid' }]);
    expect(outputs.results).toContain('application/octet-stream');
  });

  it('does not see signatures of the newer shape, which verify reads (D61)', async () => {
    await signThere(image, 'jws');
    const [first, signature] = layout.readIndex().manifests as [LayoutDescriptor, LayoutDescriptor];
    const manifest = JSON.parse(layout.read(blobName(signature.digest))) as object;
    const config = layout.putBlob(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
    layout.writeIndex({ ...layout.readIndex(), manifests: [first] });
    layout.enter(layout.putManifest({ ...manifest, artifactType: signatureType, config }));
    expect((await verifyHere({ artifacts: layout.reference(image) })).exitCode).toBe(0);
    expect((await verifyThere(image)).output).toContain('no signature is associated');
  });

  it('is ended by a damaged manifest beside a good signature, which verify is not (D62)', async () => {
    const broken = layout.enter(layout.putImage());
    layout.write(blobName(broken.digest), 'x'.repeat(broken.size));
    await signHere({ artifacts: layout.reference(image) });
    expect((await verifyHere({ artifacts: layout.reference(image) })).exitCode).toBe(0);
    expect((await verifyThere(image)).exitCode).toBe(1);
  });

  it('makes a layout of any directory, which verify does not (D63)', async () => {
    const empty = join(directory, 'empty');
    mkdirSync(empty);
    const artifacts = `oci-layout:${empty}@${image.digest}`;
    const { outputs } = await verifyHere({ artifacts });
    expect(JSON.parse(outputs.results!)).toMatchObject([{ verdict: 'error', failure: { code: 'REGISTRY_NOT_FOUND' } }]);
    expect(existsSync(join(empty, 'oci-layout'))).toBe(false);
    await notation.verify(`${empty}@${image.digest}`, '--oci-layout', '--scope', scope);
    expect(existsSync(join(empty, 'oci-layout'))).toBe(true);
  });
});
