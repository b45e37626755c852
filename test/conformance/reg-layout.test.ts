// Signatures in OCI image layouts. OCI image specification 1.1, "Image Layout"; what notation does with them is shown in
// test/interop/layout.test.ts.

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { digestOf, parseDigest } from '../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../shared/oci/descriptor.ts';
import { Layouts } from '../../shared/oci/layout.ts';
import { parseArtifactReference } from '../../shared/oci/layout-reference.ts';
import type { Repository } from '../../shared/oci/registry.ts';
import { fetchSignature, listSignatures, pushSignature } from '../../shared/oci/signatures.ts';
import { parseTrustPolicy, selectStatement } from '../../shared/trust/policy.ts';
import { blobName, layoutInMemory } from '../support/layout.ts';
import type { LayoutDescriptor, TestLayout } from '../support/layout.ts';
import { countingRandom, fixedClock, writableFilesInMemory } from '../support/ports.ts';
import type { MemoryFiles } from '../support/ports.ts';
import { outcome, outcomeOf } from './outcome.ts';

const digest = `sha256:${'01'.repeat(32)}` as const;
const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
const signatureType = 'application/vnd.cncf.notary.signature';

interface Place {
  readonly files: MemoryFiles;
  readonly layout: TestLayout;
  readonly repository: Repository;
  readonly subject: Descriptor;
}

function openLayout(files: MemoryFiles): Repository {
  return new Layouts({ files, pace: { clock: fixedClock('2026-01-01'), random: countingRandom() } }).repository('dir');
}

function place(): Place {
  const files = writableFilesInMemory();
  const layout = layoutInMemory(files.contents, 'dir');
  return { files, layout, repository: openLayout(files), subject: typed(layout.addImage('v1')) };
}

function typed({ mediaType, digest: text, size }: LayoutDescriptor): Descriptor {
  return { mediaType, digest: parseDigest(text), size };
}

const signature = (text: string) => ({
  ...{ mediaType: 'application/cose', envelope: new Uint8Array(Buffer.from(text)) },
  ...{ thumbprints: ['aa'.repeat(32)], createdAt: new Date('2026-11-21T02:18:48.999Z') },
});

async function list({ repository, subject }: Place): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const manifest of listSignatures(repository, subject.digest)) {
    found.push(Buffer.from((await fetchSignature(repository, manifest)).envelope).toString());
  }
  return found;
}

/** As a later Notation stores it, or today's; where another type is given, no signature. */
function addReferrer({ layout, subject }: Place, text: string, types: { artifactType?: string; config: string }): void {
  const manifest = layout.putManifest({
    ...(types.artifactType !== undefined && { artifactType: types.artifactType }),
    config: layout.putBlob(Buffer.from('{}'), types.config),
    layers: [layout.putBlob(Buffer.from(text), 'application/cose')],
    subject,
  });
  layout.enter(manifest);
}

describe('REG, layouts', () => {
  it('REG-20: a directory with a tag or a digest, which must be a layout', async () => {
    expect(parseArtifactReference(`oci-layout:a@b:c@${digest}`)).toEqual({ layout: 'a@b:c', digest });
    expect(parseArtifactReference('oci-layout:C:\\dir:v1')).toEqual({ layout: 'C:\\dir', tag: 'v1' });
    for (const text of ['oci-layout:dir', 'oci-layout:C:\\dir', `oci-layout:@${digest}`, 'oci-layout:dir@sha256:..']) {
      expect(outcome(() => parseArtifactReference(text))).toBe('REFERENCE_INVALID');
    }
    const at = place();
    expect(await at.repository.resolve({ tag: 'v1' })).toEqual(at.subject);
    expect(await outcomeOf(at.repository.resolve({ tag: 'v2' }))).toBe('REGISTRY_NOT_FOUND');
    // D60
    const [child] = at.layout.addIndex().children;
    expect(await at.repository.resolve({ digest: parseDigest(child!.digest) })).toEqual(typed(child!));
    // D63
    const links = { ...at.files, kind: () => Promise.resolve('symlink' as const) };
    expect(await outcomeOf(openLayout(links).resolve({ tag: 'v1' }))).toBe('REGISTRY_RESPONSE_INVALID');
    at.layout.write('oci-layout', '{"imageLayoutVersion":"1.1.0"}');
    expect(await outcomeOf(openLayout(at.files).resolve({ tag: 'v1' }))).toBe('REGISTRY_RESPONSE_INVALID');
    at.files.contents.delete('dir/oci-layout');
    expect(await outcomeOf(openLayout(at.files).resolve({ tag: 'v1' }))).toBe('REGISTRY_NOT_FOUND');
    expect(at.files.changes).toEqual([]);
  });

  it('REG-21: three blobs, then an entry of index.json without a tag', async () => {
    const at = place();
    const index = { ...at.layout.readIndex(), annotations: { by: 'others' } };
    at.layout.writeIndex(index);
    const { manifest } = await pushSignature(at.repository, at.subject, signature('an envelope'), 'auto');
    for (const text of ['an envelope', '{}']) expect(at.layout.read(blobName(digestOf(Buffer.from(text))))).toBe(text);
    const { annotations } = JSON.parse(at.layout.read(blobName(manifest.digest))) as { annotations: object };
    const entry = { mediaType: imageManifest, digest: manifest.digest, size: manifest.size, annotations };
    expect(at.layout.readIndex()).toEqual({ ...index, manifests: [...index.manifests, entry] });
    expect(at.files.changes.filter((change) => !change.includes('.lock')).at(-1)).toBe('replace dir/index.json');
    // D64
    const others = Array.from({ length: 8 }, (_, number) => `number ${number}`);
    await Promise.all(others.map((text) => pushSignature(openLayout(at.files), at.subject, signature(text), 'auto')));
    expect([...(await list(at))].sort()).toEqual(['an envelope', ...others]);
    // Whoever cannot have the lock writes nothing.
    at.layout.write('index.json.lock', '');
    const refused = pushSignature(openLayout(at.files), at.subject, signature('one more'), 'auto');
    expect(await outcomeOf(refused)).toBe('FILE_UNWRITABLE');
    expect(await list(at)).toHaveLength(9);
  });

  it('REG-22: what index.json leads to, in both shapes, by subject and type', async () => {
    const at = place();
    addReferrer(at, 'legacy', { config: signatureType });
    addReferrer(at, 'newer shape', { artifactType: signatureType, config: 'application/vnd.oci.empty.v1+json' });
    addReferrer(at, 'an SBOM', { artifactType: 'application/spdx+json', config: signatureType });
    addReferrer(at, 'another config', { config: 'application/vnd.oci.image.config.v1+json' });
    addReferrer({ ...at, subject: typed(at.layout.addImage()) }, 'of another', { config: signatureType });
    expect(await list(at)).toEqual(['legacy', 'newer shape']);
    // D62
    const [, first] = at.layout.readIndex().manifests;
    at.files.contents.delete(`dir/${blobName(first!.digest)}`);
    expect(await list({ ...at, repository: openLayout(at.files) })).toEqual(['newer shape']);
    at.layout.write(blobName(first!.digest), 'x'.repeat(first!.size));
    const listing = listSignatures(openLayout(at.files), at.subject.digest)[Symbol.asyncIterator]();
    expect((await listing.next()).done).toBe(false);
    expect(await outcomeOf(listing.next())).toBe('REGISTRY_CONTENT_MISMATCH');
  });

  it('REG-23: the scope of a layout is said by the user', () => {
    const statement = (name: string, scope: string) => ({
      ...{ name, registryScopes: [scope], signatureVerification: { level: 'skip' } },
      ...{ trustStores: [], trustedIdentities: [] },
    });
    const document = (...trustPolicies: readonly object[]) =>
      parseTrustPolicy(Buffer.from(JSON.stringify({ version: '1.0', trustPolicies })), 'policy');
    const both = document(statement('all', '*'), statement('app', 'r.example/app'));
    const select = (policy: ReturnType<typeof document>, scope?: string) =>
      selectStatement(policy, { layout: 'dir', digest, ...(scope !== undefined && { scope }) }).name;
    expect(select(both, 'r.example/app')).toBe('app');
    expect(select(both, 'r.example/other')).toBe('all');
    // D65
    expect(outcome(() => select(both))).toBe('POLICY_NOT_FOUND');
    expect(outcome(() => select(document(statement('app', 'r.example/app'))))).toBe('POLICY_NOT_FOUND');
    expect(select(document(statement('all', '*')))).toBe('all');
  });
});
