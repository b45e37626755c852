// Failure modes of the registry from the manifest of the signature on: whether it lists, by what, and for how long.
// azure.md 4.3, 8.3.

import { json } from '../../support/loopback-server.ts';
import type { Fault } from '../../support/registry.ts';
import { imageIndex, imageManifest } from '../../support/registry-content.ts';
import { problem } from '../../support/registry-routes.ts';
import type { RegistryOptions } from '../../support/registry.ts';
import { always, answering, firstLook, html, isAt, plain } from './mode.ts';
import type { Endpoint, Mode, Span } from './mode.ts';
import { storageName } from './world.ts';
import type { FailureWorld } from './world.ts';

/** Between a look at the tag and the next, by how long the first took. */
const settling: Span = [375, 20_000];

/** A registry with other habits, before anything is in it. */
export const ofKind = (options: RegistryOptions) => (world: FailureWorld) => {
  world.replaceRegistry(options);
  return {};
};

/** Changes what the registry itself does, once. */
const once = (endpoint: Endpoint, change: (next: Parameters<Fault>[1]) => ReturnType<Fault>): Fault => {
  let done = false;
  return ({ method, url, body }, next) => {
    if (done || !isAt(endpoint, { method, url, body: Buffer.from(body) })) return undefined;
    done = true;
    return change(next);
  };
};

const withTags = { referrers: false, etag: true };

/** Junk that says it were a signature of the image. */
function pushJunk({ acrContent: { content }, image }: FailureWorld, count: number): void {
  const envelope = Buffer.from('junk');
  const config = Buffer.from('{}');
  const part = (mediaType: string, bytes: Buffer) => {
    return { mediaType, digest: content.putBlob('app', bytes), size: bytes.length };
  };
  const { mediaType, digest, size } = image;
  const manifest = {
    ...{ schemaVersion: 2, mediaType: imageManifest },
    config: part('application/vnd.cncf.notary.signature', config),
    layers: [part('application/jose+json', envelope)],
    subject: { mediaType, digest, size },
  };
  for (let number = 0; number < count; number++) {
    const bytes = Buffer.from(JSON.stringify({ ...manifest, annotations: { number: String(number) } }));
    content.putManifest('app', { mediaType: imageManifest, bytes });
  }
}

export const registryListingModes: readonly Mode[] = [
  {
    name: '405 for subject manifests',
    inject: answering('manifest PUT', json(405, { errors: [{ code: 'UNSUPPORTED', message: 'not supported' }] })),
    attempts: ['manifest PUT', 1],
    ends: 'REGISTRY_RESPONSE_INVALID',
    says: ['HTTP 405', 'UNSUPPORTED: not supported', 'names its subject (OCI 1.1)'],
  },
  {
    name: 'OCI-Subject present but referrers 404',
    inject: ofKind({ referrers: false, ociSubjectHeader: true }),
    attempts: ['tag PUT', 1],
    waits: [...firstLook, settling],
    ends: 'signed',
  },
  {
    name: 'referrers 200 HTML',
    inject: (world) => {
      world.acr.setFault(always('referrers', html(200)));
      return ofKind({ referrers: false, ociSubjectHeader: true })(world);
    },
    attempts: ['tag PUT', 1],
    waits: [...firstLook, settling],
    ends: 'signed',
  },
  {
    name: 'referrers 302 login',
    inject: (world) => {
      world.acr.setFault(always('referrers', plain(302, '', { location: 'https://login.example/' })));
      return ofKind({ referrers: false, ociSubjectHeader: true })(world);
    },
    attempts: ['tag PUT', 1],
    waits: [...firstLook, settling],
    ends: 'signed',
  },
  {
    name: 'CMK style (tag schema only)',
    inject: ofKind({ referrers: false }),
    attempts: ['tag PUT', 1],
    waits: [...firstLook, settling],
    ends: 'signed',
  },
  {
    name: 'tag index race/412/409',
    variant: 'race',
    // Somebody who read the index before our entry was there writes it after.
    inject: (world) => {
      const image = world.replaceRegistry({ referrers: false });
      const { content } = world.acrContent;
      world.acrContent.intercept(
        once('tag PUT', (next) => {
          const reply = next();
          const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests: [] }));
          content.putManifest('app', { mediaType: imageIndex, bytes, tag: image.digest.replace(':', '-') });
          return reply;
        }),
      );
      return {};
    },
    attempts: ['tag PUT', 2],
    waits: [...firstLook, settling, settling],
    ends: 'signed',
  },
  {
    name: 'tag index race/412/409',
    variant: '412',
    inject: (world) => {
      world.replaceRegistry(withTags);
      world.acrContent.intercept(once('tag PUT', () => problem(412, 'PRECONDITION_FAILED', 'the tag has moved')));
      return {};
    },
    attempts: ['tag PUT', 2],
    waits: [...firstLook, settling],
    ends: 'signed',
  },
  {
    name: 'tag index race/412/409',
    variant: '409',
    inject: (world) => {
      world.replaceRegistry(withTags);
      world.acrContent.intercept(once('tag PUT', () => problem(409, 'CONFLICT', 'the tag is being written')));
      return {};
    },
    attempts: ['tag PUT', 2],
    waits: [...firstLook, settling, settling],
    ends: 'signed',
  },
  {
    name: 'manifest not found',
    inject: ({ image }) => ({ artifacts: `${image.reference.split('@')[0] ?? ''}@sha256:${'0'.repeat(64)}` }),
    // Once to be told how to log in.
    attempts: ['subject HEAD', 2],
    waits: [],
    ends: 'REGISTRY_NOT_FOUND',
    says: ['HTTP 404', 'push the artifact before this step'],
  },
  {
    name: 'immutable tag refusal',
    inject: async (world) => {
      world.replaceRegistry({ referrers: false, immutableTags: true });
      const { report } = await world.sign({});
      if (!report.success) throw new Error('the first signature makes the tag, and is free to');
      return {};
    },
    attempts: ['tag PUT', 1],
    ends: 'REGISTRY_RESPONSE_INVALID',
    says: ['TAG_INVALID', 'immutable, exempt the pattern sha256-*', 'referrers API'],
    // The first one; the second lists nowhere.
    lists: 1,
  },
  {
    name: 'redirect leaking Authorization',
    verifies: true,
    inject: (world) => {
      Object.assign(world.acrContent.options, { blobRedirect: new URL(`https://${storageName}/`) });
      return {};
    },
    attempts: ['storage GET', 1],
    waits: [],
    ends: 'verified',
  },
  {
    name: 'paginated referrers',
    inject: (world) => {
      world.replaceRegistry({ filtersReferrers: false, pageSize: 2 });
      const { mediaType, digest, size } = world.image;
      for (let number = 0; number < 4; number++) {
        const subject = { mediaType, digest, size };
        const sbom = { schemaVersion: 2, mediaType: imageManifest, artifactType: 'text/spdx', subject, number };
        world.acrContent.content.putManifest('app', {
          mediaType: imageManifest,
          bytes: Buffer.from(JSON.stringify(sbom)),
        });
      }
      return {};
    },
    attempts: ['referrers', 3],
    ends: 'signed',
  },
  {
    name: '1000 signatures (DoS limit)',
    verifies: true,
    inject: (world) => {
      const { manifests } = world.acrContent.content.repository('app');
      const [good] = [...manifests.values()].slice(-1);
      pushJunk(world, 1000);
      // Behind all of them.
      manifests.delete(good!.digest);
      manifests.set(good!.digest, good!);
      return {};
    },
    attempts: ['blob GET', 100],
    waits: [],
    ends: 'SIGNATURE_LIMIT_REACHED',
    says: ['100', 'max-signatures'],
    lists: 1001,
  },
];
