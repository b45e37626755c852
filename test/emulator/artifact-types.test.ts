// Whatever has a manifest is signed and verified, wherever it is: SBOMs, charts, models, configuration, Docker's own
// formats, indexes in indexes. What nobody can sign, or needs to, is named.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { allKinds, putArtifact, putIndex, shelfOfLayout, shelfOfRegistry } from '../support/artifacts.ts';
import type { Shelf } from '../support/artifacts.ts';
import { codeSigningChain, encodePem } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { layoutOnDisk } from '../support/layout.ts';
import type { LayoutDescriptor } from '../support/layout.ts';
import { startRegistry } from '../support/registry.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';

let directory: string;
let signer: Issued;
let trust: Readonly<Record<string, string>>;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'artifacts-'));
  signer = await codeSigningChain();
  writeFileSync(join(directory, 'root.pem'), encodePem(signer.chain.at(-1)!));
  trust = { 'trusted-roots': 'root.pem', 'trusted-identities': '*' };
});
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
  rmSync(directory, { recursive: true });
});

const run = (action: string, inputs: Readonly<Record<string, string>>): Promise<ActionResult> =>
  runAction({ main: join(import.meta.dirname, `../../${action}/main.ts`), cwd: directory, inputs });
const sign = (artifacts: readonly string[], more = {}): Promise<ActionResult> =>
  run('sign', {
    ...{ 'private-key': signer.keyPem, 'certificate-chain': signer.chainPem, 'allow-untimestamped': 'true' },
    ...{ artifacts: artifacts.join('\n'), ...more },
  });
const verify = (artifacts: readonly string[], more = {}): Promise<ActionResult> =>
  run('verify', { ...trust, artifacts: artifacts.join('\n'), ...more });
/** A line each, without the common name in front. */
const digests = ({ outputs }: ActionResult): readonly string[] =>
  (outputs.digests ?? '').split('\n').map((line) => line.slice(line.lastIndexOf('@') + 1));

interface Place {
  readonly shelf: Shelf;
  /** What comes before "@DIGEST". */
  readonly name: string;
  readonly takesAnything: boolean;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'a registry with the referrers API': () => registry(true),
  'a registry without it': () => registry(false),
  'an OCI layout': () => {
    const name = 'layout';
    const shelf = shelfOfLayout(layoutOnDisk(join(directory, name)));
    return Promise.resolve({ shelf, name: `oci-layout:${name}`, takesAnything: true });
  },
};

async function registry(referrers: boolean): Promise<Place> {
  const { host, close } = await startRegistry({ referrers });
  cleanups.push(close);
  return { shelf: shelfOfRegistry({ host, repository: 'team/any' }), name: `${host}/team/any`, takesAnything: false };
}

describe.each(Object.keys(places))('in %s', (where) => {
  let place: Place;
  beforeAll(async () => {
    place = await places[where]!();
  });
  const named = ({ digest }: LayoutDescriptor): string => `${place.name}@${digest}`;

  it('artifacts of every type are signed and verified', async () => {
    const { shelf } = place;
    const artifacts = await Promise.all(allKinds.map((kind) => putArtifact(shelf, kind, 'one')));
    // One that refers to another is an artifact as well, and no signature of it.
    artifacts.push(await putArtifact(shelf, 'SPDX SBOM', 'of the chart', artifacts[1]));
    const lines = artifacts.map(named);
    expect((await verify(lines)).outputs.digests).toBe('');
    const signed = await sign(lines);
    expect([signed.exitCode, signed.outputs.digests]).toEqual([0, lines.join('\n')]);
    const types = (JSON.parse(signed.outputs.signatures!) as { mediaType: string }[]).map(({ mediaType }) => mediaType);
    expect(types).toEqual(artifacts.map(({ mediaType }) => mediaType));
    const verified = await verify(lines);
    expect([verified.exitCode, verified.outputs.digests]).toEqual([0, lines.join('\n')]);
    const results = JSON.parse(verified.outputs.results!) as { mediaType: string; signatures: unknown[] }[];
    expect(results.map(({ mediaType, signatures }) => [mediaType, signatures.length])).toEqual(
      types.map((type) => [type, 1]),
    );
  });

  it('indexes of indexes are signed and verified down to the last, and what is left out is named', async () => {
    const { shelf } = place;
    const put = (content: string) => putArtifact(shelf, 'Docker image', content);
    const [amd64, arm64, s390x, shared, attestation] = (await Promise.all(
      ['amd64', 'arm64', 's390x', 'shared', 'attestation'].map(put),
    )) as [LayoutDescriptor, LayoutDescriptor, LayoutDescriptor, LayoutDescriptor, LayoutDescriptor];
    const chart = await putArtifact(shelf, 'Helm chart', 'of the index');
    // Registries take no index with something else in it than manifests.
    const others = place.takesAnything ? [await shelf.blob(Buffer.from('read me'), 'text/markdown')] : [];
    const innermost = await putIndex(
      shelf,
      [{ descriptor: s390x, platform: 'linux/s390x' }, { descriptor: shared }],
      'docker',
    );
    const inner = await putIndex(shelf, [{ descriptor: innermost }, { descriptor: shared }, { descriptor: chart }]);
    const outer = await putIndex(shelf, [
      { descriptor: amd64, platform: 'linux/amd64' },
      { descriptor: arm64, platform: 'linux/arm64' },
      { descriptor: attestation, platform: 'unknown/unknown', isAttestation: true },
      { descriptor: inner },
      ...others.map((descriptor) => ({ descriptor })),
    ]);
    const expected = [outer, amd64, arm64, inner, innermost, shared, chart, s390x].map(({ digest }) => digest);

    const signed = await sign([named(outer)], { recursive: 'true' });
    expect(signed.exitCode).toBe(0);
    expect([...digests(signed)].sort()).toEqual([...expected].sort());
    expect(signed.stdout).toContain(`Skipped ${named(attestation)}: an attestation of BuildKit`);
    for (const other of others) expect(signed.stdout).toContain(`Skipped ${named(other)}: not a manifest`);
    expect(signed.report).toMatchObject({ skipped: [attestation, ...others].map((one) => ({ name: named(one) })) });

    const verified = await verify([named(outer)], { recursive: 'true' });
    expect(verified.exitCode).toBe(0);
    expect([...digests(verified)].sort()).toEqual([...expected].sort());
    const results = JSON.parse(verified.outputs.results!) as { digest: string; skippedAs?: string }[];
    const skipped = results.flatMap(({ digest, skippedAs }) => (skippedAs === undefined ? [] : [[digest, skippedAs]]));
    expect(skipped).toEqual([[attestation.digest, 'attestation'], ...others.map(({ digest }) => [digest, 'other'])]);
    expect(verified.stdout).toContain(named(attestation));
  });

  it('what is named twice is signed once, and told at every line', async () => {
    const { shelf } = place;
    const image = await putArtifact(shelf, 'Docker image', 'named twice');
    const one = await putIndex(shelf, [{ descriptor: image, platform: 'linux/amd64' }]);
    const two = await putIndex(shelf, [{ descriptor: image, platform: 'linux/amd64' }, { descriptor: one }]);
    const lines = [image, one, two, image].map(named);
    const signed = await sign(lines, { recursive: 'true' });
    expect(signed.exitCode).toBe(0);
    expect([...digests(signed)].sort()).toEqual([image, one, two].map(({ digest }) => digest).sort());
    expect(signed.stdout).toContain(`${named(image)}: the same artifact as one above`);
    const verified = await verify(lines, { recursive: 'true' });
    expect([...digests(verified)].sort()).toEqual([image, one, two].map(({ digest }) => digest).sort());
    const results = JSON.parse(verified.outputs.results!) as { signatures: unknown[] }[];
    expect(results.map(({ signatures }) => signatures.length)).toEqual([1, 1, 1]);
    const again = await sign(lines, { recursive: 'true', 'if-signed': 'fail' });
    expect(again.exitCode).toBe(1);
    expect(again.stdout.match(/SIGNATURE_EXISTS/g)?.length).toBeGreaterThanOrEqual(3);
  });

  it('an index fails for one manifest that is not signed', async () => {
    const { shelf } = place;
    const [good, bad] = await Promise.all(['signed', 'not signed'].map((text) => putArtifact(shelf, 'AI model', text)));
    const index = await putIndex(shelf, [{ descriptor: good! }, { descriptor: bad! }]);
    await sign([named(index), named(good!)]);
    expect((await verify([named(index)])).exitCode).toBe(0);
    const verified = await verify([named(index)], { recursive: 'true' });
    expect([verified.exitCode, digests(verified)]).toEqual([1, [index.digest, good!.digest]]);
    expect(verified.stdout).toContain(`unsigned: ${named(bad!)}`);
  });
});
