// Whatever a registry or a user sends, only a value or a NotaryError comes out.

import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { parseChallenges } from '../../../shared/oci/challenge.ts';
import { parseDigest } from '../../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import { nextPage } from '../../../shared/oci/link.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { referrersTag } from '../../../shared/oci/referrers.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import { fetchSignature, listSignatures, pushSignature } from '../../../shared/oci/signatures.ts';
import { storedCredentials } from '../../../shared/oci/stored-credentials.ts';
import { mutations } from '../../support/mutate.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry } from '../../support/registry.ts';
import type { Exchange } from '../../support/registry-routes.ts';

const count = 300;

async function survives(action: () => Promise<unknown>): Promise<void> {
  await action().catch((error: unknown) => {
    expect(error).toBeInstanceOf(NotaryError);
  });
}

const signature = (text: string) => ({
  mediaType: 'application/cose',
  envelope: Buffer.from(text),
  thumbprints: ['aa'.repeat(32)],
  createdAt: new Date('2026-01-02T03:04:05Z'),
});

/** A repository with a signed image. */
async function signed(referrers: boolean) {
  const { registry, http } = registryInMemory({ referrers });
  const open = () =>
    new Registry({ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) }).repository(
      parseReference('registry.example/app:1'),
      'pull,push',
    );
  const { mediaType, digest, size } = registry.content.pushImage('app');
  const subject: Descriptor = { mediaType, digest: parseDigest(digest), size };
  const { manifest } = await pushSignature(open(), subject, signature('envelope'), 'auto');
  return { registry, open, subject, manifest };
}

/** One mutant of the body takes the place of each such answer, under its own digest. */
function damage(registry: EmbeddedRegistry, body: Uint8Array, isHit: (exchange: Exchange) => boolean): () => void {
  return registry.intercept((exchange, next) => {
    if (!isHit(exchange)) return undefined;
    const { headers, ...reply } = next();
    const others = Object.entries(headers ?? {}).filter(([name]) => name !== 'docker-content-digest');
    return { ...reply, headers: Object.fromEntries(others), body };
  });
}

describe('damaged', () => {
  it.each([
    ['pages of the referrers API', true, '/referrers/'],
    ['indexes under the referrers tag', false, '/manifests/sha256-'],
  ])('%s', async (_what, referrers, path) => {
    const { registry, open, subject } = await signed(referrers);
    const isHit = ({ method, url }: Exchange): boolean => method === 'GET' && url.pathname.includes(path);
    const tag = registry.content.manifest('app', referrersTag(subject.digest));
    const page = referrers ? listing(registry, subject) : tag!.bytes;
    for (const mutant of mutations(page, 7, count)) {
      const heal = damage(registry, mutant, isHit);
      await survives(async () => {
        for await (const entry of listSignatures(open(), subject.digest)) expect(entry.size).toBeGreaterThanOrEqual(0);
      });
      if (!referrers) await survives(() => pushSignature(open(), subject, signature('another'), 'auto'));
      heal();
    }
  });

  it('signature manifests', async () => {
    const { registry, open, manifest } = await signed(true);
    const { bytes, mediaType } = registry.content.manifest('app', manifest.digest)!;
    for (const mutant of mutations(bytes, 11, count)) {
      const { digest, size } = registry.content.putManifest('app', { mediaType, bytes: mutant });
      await survives(() => fetchSignature(open(), { mediaType, digest: parseDigest(digest), size }));
    }
  });

  it('Docker configurations', async () => {
    const text = '{"auths":{"r.io":{"auth":"YWRhOnNlY3JldA==","identitytoken":""}},"credHelpers":{},"credsStore":""}';
    for (const mutant of mutations(Buffer.from(text), 13, count)) {
      const files = {
        kind: () => Promise.resolve(undefined),
        list: () => Promise.resolve(undefined),
        read: () => Promise.resolve(mutant),
      };
      const exec = () => Promise.reject(new NotaryError('PROGRAM_FAILED', 'none is installed'));
      await survives(() => storedCredentials({ files, environment: { HOME: '/h' }, exec })('r.io', 'app'));
    }
  });

  it('references and header fields', async () => {
    const texts: [string, (text: string) => unknown][] = [
      [`oci://r.io:5000/team/app:v1@sha256:${'0a'.repeat(32)}`, parseReference],
      ['Basic realm="x\\"y", Bearer realm="https://r.io/t",scope="repository:a:pull"', parseChallenges],
      ['</v2/app/referrers/x?n=1>; rel="next", <x>; title="a\\"b"', nextPage],
    ];
    for (const [text, parse] of texts) {
      for (const mutant of mutations(Buffer.from(text), 17, count)) {
        // eslint-disable-next-line @typescript-eslint/require-await -- a throw is to become a rejection
        await survives(async () => parse(Buffer.from(mutant).toString('latin1')));
      }
    }
  });
});

function listing(registry: EmbeddedRegistry, { digest }: Descriptor): Uint8Array {
  const url = new URL(`/v2/app/referrers/${digest}`, registry.origin);
  return registry.handle({ method: 'GET', url, headers: {}, body: new Uint8Array() }).body!;
}
