// Signatures in a registry. Signature Specification, "Storage"; OCI distribution specification 1.1.

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { digestOf, parseDigest } from '../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../shared/oci/descriptor.ts';
import { registryOrigin } from '../../shared/oci/origin.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { referrersTag } from '../../shared/oci/referrers.ts';
import { Registry } from '../../shared/oci/registry.ts';
import type { Repository } from '../../shared/oci/registry.ts';
import { fetchSignature, listSignatures, pushSignature } from '../../shared/oci/signatures.ts';
import { registryInMemory } from '../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../support/registry.ts';
import { imageIndex, imageManifest } from '../support/registry-content.ts';
import type { Reply } from '../support/registry-routes.ts';
import { outcome, outcomeOf } from './outcome.ts';
import { signImage } from './signing.ts';

const artifactManifest = 'application/vnd.oci.artifact.manifest.v1+json';
const signatureType = 'application/vnd.cncf.notary.signature';
const envelope = new Uint8Array(Buffer.from('an envelope'));
const signature = {
  ...{ mediaType: 'application/cose', envelope, thumbprints: ['aa'.repeat(32), 'bb'.repeat(32)] },
  createdAt: new Date('2026-11-21T02:18:48.999Z'),
};

interface Place {
  readonly registry: EmbeddedRegistry;
  readonly repository: Repository;
  readonly subject: Descriptor;
}

function place(options: RegistryOptions = {}): Place {
  const { registry, http } = registryInMemory(options);
  const services = { http, plainHttp: new Set<string>(), credentials: () => Promise.resolve(undefined) };
  const repository = new Registry(services).repository(parseReference('registry.example/app:1'), 'pull,push');
  const { mediaType, digest, size } = registry.content.pushImage('app', { tag: '1' });
  return { registry, repository, subject: { mediaType, digest: parseDigest(digest), size } };
}

const push = ({ repository, subject }: Place, referrers: 'auto' | 'tag' = 'auto', text = 'an envelope') =>
  pushSignature(repository, subject, { ...signature, envelope: new Uint8Array(Buffer.from(text)) }, referrers);

async function list({ repository, subject }: Place): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const entry of listSignatures(repository, subject.digest)) found.push(entry);
  return found;
}

/** "PUT manifests/DIGEST" for each request so far, which are then forgotten. */
function takeRequests({ registry }: Place): readonly string[] {
  const lines = registry.log.map((line) =>
    line
      .replace('/v2/app/', '')
      .replace(/sha256:[0-9a-f]{64}/, 'DIGEST')
      .replace(/sha256-[0-9a-f]{64}/, 'TAG')
      .replace(/uploads\/[0-9a-f-]{36}/, 'uploads/ID'),
  );
  registry.requests.length = 0;
  return lines;
}

const textOf = ({ registry }: Place, reference: string): string =>
  Buffer.from(registry.content.manifest('app', reference)?.bytes ?? '').toString();

/** Answers to requests whose path holds this part. */
const answer = ({ registry }: Place, part: string, reply: (next: () => Reply) => Reply): (() => void) =>
  registry.intercept(({ url }, next) => (url.pathname.includes(part) ? reply(next) : undefined));

const withFields =
  (fields: Readonly<Record<string, string | undefined>>) =>
  (next: () => Reply): Reply => {
    const { headers, ...reply } = next();
    const all = Object.entries({ ...headers, ...fields }).filter(([, value]) => value !== undefined);
    return { ...reply, headers: Object.fromEntries(all) as Record<string, string> };
  };

/** A manifest of any shape, as the registry would list it. */
function stored({ registry }: Place, manifest: unknown, mediaType = imageManifest): Descriptor {
  const bytes = Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  const { digest, size } = registry.content.putManifest('app', { mediaType, bytes });
  return { mediaType, digest: parseDigest(digest), size };
}

const entry = (character: string, artifactType = signatureType) => ({
  ...{ mediaType: imageManifest, digest: `sha256:${character.repeat(64)}`, size: 7, artifactType },
});

describe('REG, writing', () => {
  it('REG-1: what HEAD says about any manifest', async () => {
    const at = place();
    const resolve = (target: Parameters<Repository['resolve']>[0]) => outcomeOf(at.repository.resolve(target));
    expect(await at.repository.resolve({ tag: '1' })).toEqual(at.subject);
    expect(at.registry.requests[0]?.headers.accept).toBe(
      'application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, ' +
        'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.oci.artifact.manifest.v1+json',
    );
    expect(takeRequests(at)).toEqual(['HEAD manifests/1']);
    const changed = async (fields: Record<string, string | undefined>) => {
      const heal = answer(at, '/manifests/', withFields(fields));
      const results = [await resolve({ tag: '1' }), await resolve({ digest: at.subject.digest })];
      heal();
      return results;
    };
    const [invalid, mismatch] = ['REGISTRY_RESPONSE_INVALID', 'REGISTRY_CONTENT_MISMATCH'];
    expect(await changed({ 'content-type': `${imageManifest}; charset=utf-8` })).toEqual(['ok', 'ok']);
    expect(await changed({ 'content-length': undefined })).toEqual([invalid, invalid]);
    expect(await changed({ 'docker-content-digest': undefined })).toEqual([invalid, 'ok']);
    expect(await changed({ 'docker-content-digest': `sha256:${'0'.repeat(64)}` })).toEqual(['ok', mismatch]);
    const index = at.registry.content.pushIndex('app', { tag: 'index' });
    expect(await at.repository.resolve({ tag: 'index' })).toMatchObject({
      mediaType: imageIndex,
      digest: index.digest,
    });
  });

  it('REG-2: envelope without asking, config where it is missing, manifest last', async () => {
    const at = place();
    await push(at);
    const requests = takeRequests(at);
    const uploads = [
      'HEAD blobs/DIGEST',
      'POST blobs/uploads/',
      'POST blobs/uploads/',
      'PUT blobs/uploads/ID',
      'PUT blobs/uploads/ID',
    ];
    expect(requests.slice(0, 5).toSorted()).toEqual(uploads);
    expect(requests[5]).toBe('PUT manifests/DIGEST');
    const again = place();
    again.registry.content.putBlob('app', Buffer.from('{}'));
    await push(again);
    expect(takeRequests(again).slice(0, 4).toSorted()).toEqual([
      ...['HEAD blobs/DIGEST', 'POST blobs/uploads/', 'PUT blobs/uploads/ID', 'PUT manifests/DIGEST'],
    ]);
  });

  it('REG-3, REG-4, REG-5, REG-6: the manifest, byte for byte', async () => {
    const at = place();
    const annotated = { ...at.subject, annotations: { x: 'y' }, artifactType: 'z' };
    const { manifest } = await pushSignature(at.repository, annotated, signature, 'auto');
    const { mediaType, digest, size } = at.subject;
    expect(textOf(at, manifest.digest)).toBe(
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",` +
        `"config":{"mediaType":"application/vnd.cncf.notary.signature","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},` +
        `"layers":[{"mediaType":"application/cose","digest":"${digestOf(envelope)}","size":11}],` +
        `"subject":{"mediaType":"${mediaType}","digest":"${digest}","size":${size}},` +
        `"annotations":{"io.cncf.notary.x509chain.thumbprint#S256":"[\\"${'aa'.repeat(32)}\\",\\"${'bb'.repeat(32)}\\"]",` +
        `"org.opencontainers.image.created":"2026-11-21T02:18:48Z"}}`,
    );
    expect(
      Buffer.from(at.registry.content.repository('app').blobs.get(digestOf(Buffer.from('{}'))) ?? '').toString(),
    ).toBe('{}');
  });

  it('REG-5, REG-6: thumbprints and time are those of the signature', async () => {
    const { manifest, signed } = await signImage();
    const { annotations } = JSON.parse(manifest) as { annotations: Record<string, string> };
    const thumbprints = signed?.chain.map(({ fingerprint }) => fingerprint);
    expect(JSON.parse(annotations['io.cncf.notary.x509chain.thumbprint#S256'] ?? '')).toEqual(thumbprints);
    expect(thumbprints?.[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(annotations['org.opencontainers.image.created']).toBe('2025-01-01T00:00:00Z');
    expect(Object.keys(annotations)).toEqual(Object.keys(annotations).toSorted());
  });

  it('REG-8: the referrers tag on demand, and where the registry keeps no list', async () => {
    const withApi = place();
    await push(withApi);
    expect(takeRequests(withApi).slice(6)).toEqual(['GET referrers/DIGEST']);
    await push(withApi, 'tag', 'another');
    expect(textOf(withApi, referrersTag(withApi.subject.digest))).toContain(signatureType);
    for (const options of [{ referrers: false }, { referrers: false, ociSubjectHeader: true }]) {
      const without = place(options);
      const { manifest } = await push(without);
      expect(takeRequests(without)).toContain('PUT manifests/TAG');
      expect(await list(without)).toEqual([manifest]);
    }
  });

  it('REG-9: the tag of a subject', () => {
    expect(referrersTag(`sha256:${'ab'.repeat(32)}`)).toBe(`sha256-${'ab'.repeat(32)}`);
  });

  it('REG-10: read, clear of doubles, append, write, delete the old', async () => {
    const at = place({ referrers: false });
    const tag = referrersTag(at.subject.digest);
    const [first, second] = [stored(at, { a: 1 }), stored(at, { b: 1 })];
    const add = (referrer: Descriptor) => at.repository.addToReferrersTag(at.subject.digest, referrer);
    const tagged = () =>
      (JSON.parse(textOf(at, tag)) as { manifests: Descriptor[] }).manifests.map(({ digest }) => digest);
    await add(first);
    expect(takeRequests(at)).toEqual(['GET manifests/TAG', 'PUT manifests/TAG', 'GET manifests/TAG']);
    const old = at.registry.content.manifest('app', tag)?.digest;
    await add(second);
    const requests = takeRequests(at);
    expect(requests.slice(0, 2)).toEqual(['GET manifests/TAG', 'PUT manifests/TAG']);
    expect(requests.filter((line) => line.startsWith('DELETE'))).toEqual(['DELETE manifests/DIGEST']);
    expect([at.registry.content.manifest('app', old ?? ''), tagged()]).toEqual([
      undefined,
      [first.digest, second.digest],
    ]);
    await add(second);
    expect(takeRequests(at)).toEqual(['GET manifests/TAG']);
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests: [first, {}, first] }),
    );
    at.registry.content.putManifest('app', { mediaType: imageIndex, bytes, tag });
    await add(second);
    expect(tagged()).toEqual([first.digest, second.digest]);
    const full = JSON.stringify({ schemaVersion: 2, manifests: [], annotations: { x: 'y'.repeat(4 * 2 ** 20) } });
    at.registry.content.putManifest('app', { mediaType: imageIndex, bytes: Buffer.from(full), tag });
    expect(await outcomeOf(add(first))).not.toBe('ok');
  });

  it('REG-11: the index, byte for byte', async () => {
    const at = place({ referrers: false });
    const { manifest } = await push(at);
    const { digest, size, annotations } = manifest;
    expect(textOf(at, referrersTag(at.subject.digest))).toBe(
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"${imageManifest}",` +
        `"digest":"${digest}","size":${size},"annotations":${JSON.stringify(annotations)},"artifactType":"${signatureType}"}]}`,
    );
  });

  it('REG-12: an old index that stays is a warning', async () => {
    for (const deleteStatus of [405, 403, 500]) {
      const at = place({ referrers: false, deleteStatus });
      expect((await push(at)).warnings).toEqual([]);
      const { warnings } = await push(at, 'auto', 'another');
      expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('was not removed')]);
      expect(await list(at)).toHaveLength(2);
    }
  });

  it('REG-33: uploads and manifests', async () => {
    const at = place();
    await at.repository.pushBlob(envelope);
    const [, put] = at.registry.requests;
    expect(put?.path).toContain(`?state=a%2Fb+c&digest=${encodeURIComponent(digestOf(envelope))}`);
    expect(put?.headers['content-type']).toBe('application/octet-stream');
    const judge = async (part: string, reply: Reply, run: () => Promise<unknown>) => {
      const heal = answer(at, part, () => reply);
      const result = await outcomeOf(run());
      heal();
      return result;
    };
    const upload = (reply: Reply) => judge('/blobs/uploads/', reply, () => at.repository.pushBlob(envelope));
    const refused = [
      ...[
        { status: 202 },
        { status: 200, headers: { location: '/v2/x' } },
        { status: 202, headers: { location: 'https://[' } },
      ],
      { status: 202, headers: { location: 'https://elsewhere.example/upload' } },
    ];
    for (const reply of refused) expect(await upload(reply)).toBe('REGISTRY_RESPONSE_INVALID');
    const absolute = answer(at, '/blobs/uploads/', (next) => {
      const { headers, ...reply } = next();
      const location =
        headers?.location === undefined ? {} : { location: `https://registry.example:443${headers.location}` };
      return { ...reply, headers: { ...headers, ...location } };
    });
    expect(await outcomeOf(at.repository.pushBlob(new Uint8Array(3)))).toBe('ok');
    absolute();
    const manifest = { mediaType: imageManifest, bytes: new Uint8Array(Buffer.from('{}')) };
    const pushed = (reply: Reply) => judge('/manifests/', reply, () => at.repository.pushManifest(manifest));
    expect(await pushed({ status: 201 })).toBe('ok');
    expect([await pushed({ status: 200 }), await pushed({ status: 202 })]).toEqual(
      Array(2).fill('REGISTRY_RESPONSE_INVALID'),
    );
    const other = { 'docker-content-digest': `sha256:${'0'.repeat(64)}` };
    expect(await pushed({ status: 201, headers: other })).toBe('REGISTRY_CONTENT_MISMATCH');
  });
});

describe('REG, reading', () => {
  const page = (manifests: unknown, fields: Record<string, string> = {}, more: object = {}): Reply => ({
    ...{ status: 200, headers: { 'content-type': imageIndex, ...fields } },
    body: Buffer.from(JSON.stringify({ manifests, ...more })),
  });
  const namesOf = async (at: Place) => (await list(at)).map(({ digest }) => digest[7]).join('');
  const tagIndex = ({ registry, subject }: Place, manifests: unknown, mediaType = imageIndex) =>
    registry.content.putManifest('app', {
      ...{ mediaType, bytes: Buffer.from(JSON.stringify({ manifests })), tag: referrersTag(subject.digest) },
    });

  it('REG-7: the newer shape is read', async () => {
    const at = place();
    at.registry.content.putBlob('app', envelope);
    const config = {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: digestOf(Buffer.from('{}')),
      size: 2,
      data: 'e30=',
    };
    const { mediaType, digest, size } = at.subject;
    const layers = [{ mediaType: 'application/cose', digest: digestOf(envelope), size: 11 }];
    stored(at, { schemaVersion: 2, artifactType: signatureType, config, layers, subject: { mediaType, digest, size } });
    const [found] = await list(at);
    expect(Buffer.from((await fetchSignature(at.repository, found!)).envelope)).toEqual(Buffer.from(envelope));
  });

  it('REG-13: the referrers API, its filters and pages', async () => {
    const at = place({ pageSize: 2 });
    for (const text of ['1', '2', '3', '4', '5']) await push(at, 'auto', text);
    at.registry.requests.length = 0;
    expect(await list(at)).toHaveLength(5);
    expect(at.registry.requests.map(({ path }) => path)[0]).toBe(
      `/v2/app/referrers/${at.subject.digest}?artifactType=application%2Fvnd.cncf.notary.signature`,
    );
    expect(at.registry.requests).toHaveLength(3);
    const mixed = [entry('a'), entry('b', 'application/other'), entry('c')];
    const listing = async (reply: Reply) => {
      const fresh = place();
      answer(fresh, '/referrers/', () => reply);
      return namesOf(fresh);
    };
    expect(await listing(page(mixed))).toBe('ac');
    expect(await listing(page(mixed, { 'oci-filters-applied': 'artifactType' }))).toBe('abc');
    const annotations = { 'org.opencontainers.referrers.filtersApplied': 'x,artifactType' };
    expect(await listing(page(mixed, {}, { annotations }))).toBe('abc');
    expect(await listing(page([entry('a'), null, { ...entry('b'), size: 1.5 }, entry('d')]))).toBe('ad');
  });

  it('REG-13: without the API the tag; other answers are errors', async () => {
    const judge = async (reply: Reply) => {
      const at = place();
      tagIndex(at, [entry('e')]);
      answer(at, '/referrers/', () => reply);
      return outcomeOf(
        namesOf(at).then((names) => {
          expect(names).toBe('e');
        }),
      );
    };
    const absent: Reply[] = [
      ...[{ status: 404 }, { status: 404, body: Buffer.from('{"errors":[{"code":"NOT_FOUND"}]}') }, { status: 200 }],
      ...[page([], { 'content-type': 'text/html' }), page([], { 'content-type': `${imageIndex}; charset=utf-8` })],
    ];
    for (const reply of absent) expect(await judge(reply)).toBe('ok');
    const unknown = Buffer.from('{"errors":[{"code":"NAME_UNKNOWN"}]}');
    const failing = [
      [{ status: 404, body: unknown }, 'REGISTRY_NOT_FOUND'],
      [{ status: 401 }, 'REGISTRY_UNAUTHORIZED'],
      [{ status: 403 }, 'REGISTRY_UNAUTHORIZED'],
      [{ status: 500 }, 'REGISTRY_UNAVAILABLE'],
      [{ status: 400 }, 'REGISTRY_RESPONSE_INVALID'],
      [page({}), 'REGISTRY_RESPONSE_INVALID'],
      [{ ...page([]), body: new Uint8Array(4 * 2 ** 20 + 1) }, 'RESPONSE_TOO_LARGE'],
      [page([], { link: '<https://elsewhere.example/>; rel="next"' }), 'REGISTRY_RESPONSE_INVALID'],
      [page([], { link: '</v2/app/referrers/x>; rel="next"' }), 'REGISTRY_RESPONSE_INVALID'],
    ] as const;
    for (const [reply, code] of failing) expect(await judge(reply)).toBe(code);
  });

  it('REG-14: the index under the tag, filtered', async () => {
    const at = place({ referrers: false });
    expect(await list(at)).toEqual([]);
    tagIndex(at, [entry('a'), entry('b', 'application/other'), { ...entry('c'), artifactType: undefined }, entry('d')]);
    expect(await namesOf(at)).toBe('ad');
    tagIndex(at, [entry('a')], imageManifest);
    expect(await outcomeOf(list(at))).toBe('REGISTRY_RESPONSE_INVALID');
    const broken = place({ referrers: false });
    answer(broken, `/manifests/${referrersTag(broken.subject.digest)}`, () => ({ status: 500 }));
    expect(await outcomeOf(list(broken))).toBe('REGISTRY_UNAVAILABLE');
  });

  it('REG-15: one envelope in an image or artifact manifest', async () => {
    const layer = { mediaType: 'application/cose', digest: digestOf(envelope), size: envelope.length };
    const fetch = (manifest: unknown, mediaType?: string, change?: (at: Place) => void) => {
      const at = place();
      at.registry.content.putBlob('app', envelope);
      const descriptor = stored(at, manifest, mediaType);
      change?.(at);
      return outcomeOf(fetchSignature(at.repository, descriptor));
    };
    const foreign = { ...layer, digest: `sha256:${'0'.repeat(64)}` };
    expect(await fetch({ layers: [layer], subject: foreign, annotations: { x: 'y' }, config: null })).toBe('ok');
    expect(await fetch({ blobs: [layer] }, artifactManifest)).toBe('ok');
    const refused: unknown[] = [
      ...[{ layers: [] }, {}, { layers: [layer, layer] }, { layers: layer }, { blobs: [layer] }, '{', '[]'],
      ...[
        { layers: [layer], subject: 1 },
        { layers: [layer], annotations: { x: 1 } },
      ],
      ...[
        { layers: [layer], subject: 1 },
        { layers: [layer], annotations: { x: 1 } },
        { layers: [layer], config: 'x' },
      ],
      ...[{ layers: [{ ...layer, digest: 'sha256:x' }] }, { layers: [{ ...layer, size: 32 * 2 ** 20 + 1 }] }],
    ];
    for (const manifest of refused) expect(await fetch(manifest)).toBe('REGISTRY_RESPONSE_INVALID');
    expect(await fetch({ layers: [layer] }, imageIndex)).toBe('REGISTRY_RESPONSE_INVALID');
    expect(await fetch({ layers: [layer] }, 'application/vnd.docker.distribution.manifest.v2+json')).toBe(
      'REGISTRY_RESPONSE_INVALID',
    );
    const good = { layers: [layer] };
    const type = (value: string) => (at: Place) =>
      void answer(at, '/manifests/', withFields({ 'content-type': value }));
    expect(await fetch(good, imageManifest, type(`${imageManifest}; charset=utf-8`))).toBe('ok');
    expect(await fetch(good, imageManifest, type(imageIndex))).toBe('REGISTRY_RESPONSE_INVALID');
    const mismatch = 'REGISTRY_CONTENT_MISMATCH';
    const field = { 'docker-content-digest': `sha256:${'0'.repeat(64)}` };
    expect(await fetch(good, imageManifest, (at) => void answer(at, '/manifests/', withFields(field)))).toBe(mismatch);
    for (const part of ['/manifests/', '/blobs/']) {
      for (const change of [
        (body: Uint8Array) => Uint8Array.from([...body, 0x20]),
        (body: Uint8Array) => body.map((byte, i) => byte ^ (i === 3 ? 1 : 0)),
      ]) {
        const tamper = (at: Place) =>
          void answer(at, part, (next) => ({ ...next(), body: change(next().body ?? new Uint8Array()) }));
        expect(await fetch(good, imageManifest, tamper)).toBe(mismatch);
      }
    }
    const at = place();
    const huge = { mediaType: imageManifest, digest: at.subject.digest, size: 4 * 2 ** 20 + 1 };
    expect(await outcomeOf(fetchSignature(at.repository, huge))).toBe('REGISTRY_RESPONSE_INVALID');
    expect(at.registry.requests).toEqual([]);
  });
});

describe('REG, references', () => {
  const digest = `sha256:${'01'.repeat(32)}` as const;
  const parse = (text: string) => outcome(() => parseReference(text));

  it('REG-30: registry, repository, tag and digest', async () => {
    expect(parseReference(`r.example:5000/a/b:v1@${digest}`)).toEqual({
      ...{ registry: 'r.example:5000', repository: 'a/b', tag: 'v1', digest },
    });
    const at = place();
    await at.repository.resolve({ tag: 'no such tag', digest: at.subject.digest });
    expect(takeRequests(at)).toEqual(['HEAD manifests/DIGEST']);
    const accepted = [
      'localhost:5000/a:1',
      '127.0.0.1/a:1',
      'r.example/a_b__c-d.e:V_1.2-3',
      `r.example/a:${'t'.repeat(128)}`,
    ];
    expect(accepted.map(parse)).toEqual(accepted.map(() => 'ok'));
    const refused = [
      ...[
        'r.example/a',
        'r.example',
        '',
        'r.example/A:1',
        'r.example/a:',
        'r.example/a:-1',
        `r.example/a:${'t'.repeat(129)}`,
      ],
      ...[
        'r.example/a@sha256:00',
        'r.example//a:1',
        'r.example/a___b:1',
        'https://r.example/a:1',
        `r.example/a@${digest}@${digest}`,
      ],
      ...['r.example/a/:1', 'r.example/../a:1', 'r.example:x/a:1', 'r.example/a:1 '],
    ];
    expect(refused.map(parse)).toEqual(refused.map(() => 'REFERENCE_INVALID'));
    expect(parseReference('alpine:3')).toEqual({ registry: 'docker.io', repository: 'library/alpine', tag: '3' });
    expect(registryOrigin('docker.io', new Set()).href).toBe('https://registry-1.docker.io/');
  });

  it('REG-31: clear text for loopback and for whom the user names', () => {
    const scheme = (registry: string) => registryOrigin(registry, new Set(['Plain.example:5000'])).protocol;
    const clear = [
      'localhost:5000',
      'localhost',
      '127.0.0.1:5000',
      '[::1]:5000',
      'plain.example:5000',
      'PLAIN.example:5000',
    ];
    expect(clear.map(scheme)).toEqual(clear.map(() => 'http:'));
    const secure = [
      'r.example',
      'r.example:80',
      'plain.example',
      'plain.example:5001',
      'localhost.example',
      '127.0.0.1.example',
      '10.0.0.1',
    ];
    expect(secure.map(scheme)).toEqual(secure.map(() => 'https:'));
  });
});
