import { describe, expect, it } from 'vitest';

import { digestOf, parseDigest } from '../../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { referrersTag } from '../../../shared/oci/referrers.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { fetchSignature, listSignatures, pushSignature } from '../../../shared/oci/signatures.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';
import { imageIndex, imageManifest } from '../../support/registry-content.ts';

const artifactManifest = 'application/vnd.oci.artifact.manifest.v1+json';

interface Fixture {
  readonly registry: EmbeddedRegistry;
  readonly repository: Repository;
  readonly subject: Descriptor;
}

function fixture(options: RegistryOptions = {}): Fixture {
  const { registry, http } = registryInMemory(options);
  const services = { http, plainHttp: new Set<string>(), credentials: () => Promise.resolve(undefined) };
  const repository = new Registry(services).repository(parseReference('registry.example/app:1'), 'pull,push');
  const { mediaType, digest, size } = registry.content.pushImage('app');
  return { registry, repository, subject: { mediaType, digest: parseDigest(digest), size } };
}

const envelope = Buffer.from('an envelope');
const signature = {
  mediaType: 'application/cose',
  envelope,
  thumbprints: ['aa'.repeat(32), 'bb'.repeat(32)],
  createdAt: new Date('2026-11-21T02:18:48.999Z'),
};

const steps = ({ registry }: Fixture): string[] =>
  registry.log.map((line) =>
    line
      .replace(/sha256[:-][0-9a-f]{64}/, (digest) => (digest[6] === '-' ? 'TAG' : 'DIGEST'))
      .replace(/uploads\/[0-9a-f-]{36}/, 'uploads/ID')
      .replace('/v2/app/', ''),
  );

async function listed({ repository, subject }: Fixture): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const entry of listSignatures(repository, subject.digest)) found.push(entry);
  return found;
}

describe('pushSignature', () => {
  it('says what a registry means that refuses the manifest', async () => {
    const at = fixture();
    at.registry.intercept(({ method, url }) =>
      method === 'PUT' && url.pathname.includes('/manifests/') ? { status: 405 } : undefined,
    );
    await expect(pushSignature(at.repository, at.subject, signature, 'auto')).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('HTTP 405') as string,
      remedy: expect.stringContaining('names its subject (OCI 1.1)') as string,
    });
    expect(await listed(at)).toEqual([]);
  });

  it('tries again where another writer is at the same tag', async () => {
    const at = fixture({ referrers: false });
    let puts = 0;
    at.registry.intercept(({ method, url }) =>
      method === 'PUT' && url.pathname.includes('/manifests/sha256-') && ++puts === 1 ? { status: 409 } : undefined,
    );
    await pushSignature(at.repository, at.subject, signature, 'auto');
    expect([puts, (await listed(at)).length]).toEqual([2, 1]);
  });

  it('writes the manifest of the reference, byte for byte (REG-3 to REG-6)', async () => {
    const at = fixture();
    const { manifest } = await pushSignature(at.repository, at.subject, signature, 'auto');
    const { mediaType, digest, size } = at.subject;
    expect(Buffer.from(at.registry.content.manifest('app', manifest.digest)!.bytes).toString()).toBe(
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
        `"config":{"mediaType":"application/vnd.cncf.notary.signature","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},` +
        `"layers":[{"mediaType":"application/cose","digest":"${digestOf(envelope)}","size":11}],` +
        `"subject":{"mediaType":"${mediaType}","digest":"${digest}","size":${size}},` +
        `"annotations":{"io.cncf.notary.x509chain.thumbprint#S256":"[\\"${'aa'.repeat(32)}\\",\\"${'bb'.repeat(32)}\\"]",` +
        `"org.opencontainers.image.created":"2026-11-21T02:18:48Z"}}`,
    );
    expect(manifest).toMatchObject({
      mediaType: imageManifest,
      artifactType: 'application/vnd.cncf.notary.signature',
      annotations: { 'org.opencontainers.image.created': '2026-11-21T02:18:48Z' },
    });
    expect(Buffer.from(at.registry.content.repository('app').blobs.get(digestOf(envelope))!)).toEqual(envelope);
  });

  it('leaves annotations of the subject out of the manifest', async () => {
    const at = fixture();
    const annotated = { ...at.subject, annotations: { user: 'metadata' }, artifactType: 'x' };
    const { manifest } = await pushSignature(at.repository, annotated, signature, 'auto');
    const bytes = at.registry.content.manifest('app', manifest.digest)!.bytes;
    expect((JSON.parse(Buffer.from(bytes).toString()) as { subject: unknown }).subject).toEqual(at.subject);
  });

  it('makes no request too many with the referrers API, and proves the result', async () => {
    const at = fixture();
    const pushed = await pushSignature(at.repository, at.subject, signature, 'auto');
    expect(pushed).toMatchObject({ listedBy: 'referrers API', warnings: [] });
    // The two uploads run side by side.
    expect(steps(at).slice(0, 5).sort()).toEqual([
      'HEAD blobs/DIGEST',
      'POST blobs/uploads/',
      'POST blobs/uploads/',
      'PUT blobs/uploads/ID',
      'PUT blobs/uploads/ID',
    ]);
    expect(steps(at).slice(5)).toEqual(['PUT manifests/DIGEST', 'GET referrers/DIGEST']);
    at.registry.requests.length = 0;
    // A second signature in the repository: the config blob is known.
    await pushSignature(at.repository, at.subject, { ...signature, envelope: Buffer.from('another') }, 'auto');
    expect(steps(at)).toEqual([
      'POST blobs/uploads/',
      'PUT blobs/uploads/ID',
      'PUT manifests/DIGEST',
      'GET referrers/DIGEST',
    ]);
  });

  it('keeps the referrers tag where the registry does not say that it keeps a list', async () => {
    const at = fixture({ referrers: false });
    const pushed = await pushSignature(at.repository, at.subject, signature, 'auto');
    expect(pushed).toMatchObject({ listedBy: 'referrers tag', warnings: [] });
    expect(steps(at).slice(5)).toEqual([
      'PUT manifests/DIGEST',
      'GET manifests/TAG',
      'PUT manifests/TAG',
      'GET manifests/TAG',
      // Once per repository: is there an API that would answer otherwise?
      'GET referrers/DIGEST',
      'GET manifests/TAG',
    ]);
    expect(await listed(at)).toEqual([pushed.manifest]);
    at.registry.requests.length = 0;
    const second = await pushSignature(
      at.repository,
      at.subject,
      { ...signature, envelope: Buffer.from('another') },
      'auto',
    );
    expect(steps(at).slice(3)).toEqual([
      'GET manifests/TAG',
      'PUT manifests/TAG',
      'GET manifests/TAG',
      'DELETE manifests/DIGEST',
      // Seen as a verifier sees it.
      'GET manifests/TAG',
    ]);
    expect(await listed(at)).toEqual([pushed.manifest, second.manifest]);
  });

  it('is not deceived by OCI-Subject without an API', async () => {
    const at = fixture({ referrers: false, ociSubjectHeader: true });
    const pushed = await pushSignature(at.repository, at.subject, signature, 'auto');
    expect(pushed.listedBy).toBe('referrers tag');
    expect(await listed(at)).toEqual([pushed.manifest]);
  });

  it('writes the tag as well when told to (REG-8)', async () => {
    const at = fixture();
    const pushed = await pushSignature(at.repository, at.subject, signature, 'tag');
    expect(pushed.listedBy).toBe('referrers API');
    const index = at.registry.content.manifest('app', referrersTag(at.subject.digest))!;
    expect(Buffer.from(index.bytes).toString()).toContain(pushed.manifest.digest);
  });

  it('fails when the registry takes the signature and does not list it', async () => {
    const at = fixture();
    at.registry.intercept(({ url }) =>
      url.pathname.includes('/referrers/')
        ? { status: 200, headers: { 'content-type': imageIndex }, body: Buffer.from('{"manifests":[]}') }
        : undefined,
    );
    await expect(pushSignature(at.repository, at.subject, signature, 'auto')).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('does not list it') as string,
    });
  });

  it('comes back when another job takes it out after it was seen', async () => {
    const at = fixture({ referrers: false });
    const tag = referrersTag(at.subject.digest);
    let seen = 0;
    at.registry.intercept(({ method, url }, next) => {
      const reply = next();
      const isRead = method === 'GET' && url.pathname.endsWith(tag) && reply.status === 200;
      // Between the read-back of the update and the listing.
      if (isRead && ++seen === 1) {
        const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests: [] }));
        at.registry.content.putManifest('app', { mediaType: imageIndex, bytes, tag });
      }
      return reply;
    });
    const { manifest } = await pushSignature(at.repository, at.subject, signature, 'auto');
    expect(await listed(at)).toEqual([manifest]);
    expect(steps(at).filter((step) => step === 'PUT manifests/TAG')).toHaveLength(2);
  });

  it('is found beyond the first page', async () => {
    const at = fixture({ pageSize: 1 });
    for (const text of ['1', '2', '3']) {
      const { listedBy } = await pushSignature(
        at.repository,
        at.subject,
        { ...signature, envelope: Buffer.from(text) },
        'auto',
      );
      expect(listedBy).toBe('referrers API');
    }
    expect(await listed(at)).toHaveLength(3);
  });

  it('leaves nothing that looks like a signature when a blob is refused', async () => {
    const at = fixture();
    at.registry.intercept(({ method, url }) =>
      method === 'PUT' && url.pathname.includes('/blobs/') ? { status: 403 } : undefined,
    );
    await expect(pushSignature(at.repository, at.subject, signature, 'auto')).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    expect(steps(at)).not.toContain('PUT manifests/DIGEST');
    expect(await listed(at)).toEqual([]);
  });

  it('passes on what could not be tidied up', async () => {
    const at = fixture({ referrers: false, deleteStatus: 405 });
    await pushSignature(at.repository, at.subject, signature, 'auto');
    const other = { ...signature, envelope: Buffer.from('another') };
    const { warnings } = await pushSignature(at.repository, at.subject, other, 'auto');
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('HTTP 405')]);
  });
});

describe('fetchSignature (REG-15)', () => {
  it('returns the envelope and its media type', async () => {
    const at = fixture();
    const { manifest } = await pushSignature(at.repository, at.subject, signature, 'auto');
    at.registry.requests.length = 0;
    const stored = await fetchSignature(at.repository, manifest);
    expect(stored.mediaType).toBe('application/cose');
    expect(Buffer.from(stored.envelope)).toEqual(envelope);
    expect(steps(at)).toEqual(['GET manifests/DIGEST', 'GET blobs/DIGEST']);
  });

  /** A manifest of any shape, as the registry would list it. */
  function stored({ registry }: Fixture, mediaType: string, manifest: unknown): Descriptor {
    const bytes = Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    const { digest, size } = registry.content.putManifest('app', { mediaType, bytes });
    return { mediaType, digest: parseDigest(digest), size };
  }

  const layer = { mediaType: 'application/jose+json', digest: digestOf(envelope), size: envelope.length };

  it.each([
    ['the current shape with artifactType (REG-7)', imageManifest, { artifactType: 'x', config: {}, layers: [layer] }],
    ['an artifact manifest', artifactManifest, { blobs: [layer] }],
    ['a manifest about another subject', imageManifest, { layers: [layer], subject: { digest: 'sha256:00' } }],
  ])('reads %s', async (_what, mediaType, manifest) => {
    const at = fixture();
    at.registry.content.putBlob('app', envelope);
    const { mediaType: found } = await fetchSignature(at.repository, stored(at, mediaType, manifest));
    expect(found).toBe('application/jose+json');
  });

  it.each([
    ['no layer', imageManifest, { layers: [] }],
    ['layers missing', imageManifest, { blobs: [layer] }],
    ['blobs missing', artifactManifest, { layers: [layer] }],
    ['two layers', imageManifest, { layers: [layer, layer] }],
    ['layers that are no list', imageManifest, { layers: layer }],
    ['a layer with a bad digest', imageManifest, { layers: [{ ...layer, digest: 'sha256:x' }] }],
    ['a layer beyond 32 MiB', imageManifest, { layers: [{ ...layer, size: 32 * 1024 * 1024 + 1 }] }],
    ['a schemaVersion of text', imageManifest, { schemaVersion: '2', layers: [layer] }],
    ['a config that is no object', imageManifest, { config: 'x', layers: [layer] }],
    ['a subject whose size is text', imageManifest, { subject: { size: '1' }, layers: [layer] }],
    ['annotations that are no strings', imageManifest, { annotations: { a: 1 }, layers: [layer] }],
    ['an artifactType that is no text', artifactManifest, { artifactType: 1, blobs: [layer] }],
    ['no JSON', imageManifest, '{'],
    ['an index', imageIndex, { manifests: [layer] }],
    ['a Docker manifest', 'application/vnd.docker.distribution.manifest.v2+json', { layers: [layer] }],
  ])('refuses %s', async (_what, mediaType, manifest) => {
    const at = fixture();
    at.registry.content.putBlob('app', envelope);
    await expect(fetchSignature(at.repository, stored(at, mediaType, manifest))).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
    });
  });

  it.each([
    ['another size of the blob', { layers: [{ ...layer, size: 10 }] }, 'REGISTRY_CONTENT_MISMATCH'],
    ['a blob that is not there', { layers: [{ ...layer, digest: digestOf(Buffer.from('x')) }] }, 'REGISTRY_NOT_FOUND'],
  ])('refuses %s', async (_what, manifest, code) => {
    const at = fixture();
    at.registry.content.putBlob('app', envelope);
    await expect(fetchSignature(at.repository, stored(at, imageManifest, manifest))).rejects.toMatchObject({ code });
  });
});
