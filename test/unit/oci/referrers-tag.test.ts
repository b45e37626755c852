import { describe, expect, it } from 'vitest';

import { parseDigest } from '../../../shared/oci/descriptor.ts';
import type { Descriptor, Digest } from '../../../shared/oci/descriptor.ts';
import { parseReference } from '../../../shared/oci/reference.ts';
import { referrersTag } from '../../../shared/oci/referrers.ts';
import type { Pace } from '../../../shared/oci/referrers-tag.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { fixedClock } from '../../support/ports.ts';
import { registryInMemory } from '../../support/registry.ts';
import type { EmbeddedRegistry, RegistryOptions } from '../../support/registry.ts';
import { imageIndex } from '../../support/registry-content.ts';

interface Fixture {
  readonly registry: EmbeddedRegistry;
  readonly subject: Digest;
  readonly tag: string;
  /** Another job's view of the same repository. */
  readonly open: (pace?: Pace) => Repository;
  /** A manifest that is there, to be referred to. */
  readonly entry: (annotations?: Record<string, string>) => Descriptor;
}

function fixture(options: RegistryOptions = {}): Fixture {
  const { registry, http } = registryInMemory({ referrers: false, ...options });
  const open = (pace?: Pace) =>
    new Registry({
      ...{ http, plainHttp: new Set(), credentials: () => Promise.resolve(undefined) },
      ...(pace && { pace }),
    }).repository(parseReference('registry.example/app:1'), 'pull,push');
  const subject = parseDigest(registry.content.pushImage('app').digest);
  const entry = (annotations: Record<string, string> = { b: '2', a: '1' }): Descriptor => {
    const { mediaType, digest, size } = registry.content.pushImage('app');
    return { mediaType, digest: parseDigest(digest), size, annotations, artifactType: 'application/test' };
  };
  return { registry, subject, tag: referrersTag(subject), open, entry };
}

interface Index {
  readonly manifests: readonly Descriptor[];
}

const text = ({ registry, tag }: Fixture): string =>
  Buffer.from(registry.content.manifest('app', tag)!.bytes).toString();
const tagged = (at: Fixture): string[] => (JSON.parse(text(at)) as Index).manifests.map(({ digest }) => digest);
const methods = ({ registry }: Fixture): string[] => registry.requests.map(({ method }) => method);

/** Puts an index under the tag behind everybody's back. */
function overwrite({ registry, tag }: Fixture, manifests: readonly unknown[]): void {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests }));
  registry.content.putManifest('app', { mediaType: imageIndex, bytes, tag });
}

describe('addToReferrersTag (REG-10, REG-11)', () => {
  it('starts the index, in the very bytes of the reference', async () => {
    const at = fixture();
    const entry = at.entry();
    expect(await at.open().addToReferrersTag(at.subject, entry)).toEqual([]);
    expect(text(at)).toBe(
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"${entry.mediaType}",` +
        `"digest":"${entry.digest}","size":${entry.size},"annotations":{"a":"1","b":"2"},"artifactType":"application/test"}]}`,
    );
    expect(methods(at)).toEqual(['GET', 'PUT', 'GET']);
    expect(at.registry.requests[1]!.headers['content-type']).toBe(imageIndex);
  });

  it('keeps an entry of very many members', async () => {
    const at = fixture();
    const [first, second] = [at.entry(), at.entry()];
    const members = Object.fromEntries(Array.from({ length: 150_000 }, (_item, index) => [`x${index}`, 0]));
    overwrite(at, [{ ...first, ...members }]);
    expect(await at.open().addToReferrersTag(at.subject, second)).toEqual([]);
    expect(tagged(at)).toEqual([first.digest, second.digest]);
    expect(text(at)).toContain('"x149999":0');
  });

  it('appends, removes the old index, and reads the new one back', async () => {
    const at = fixture();
    const [first, second] = [at.entry(), at.entry()];
    const repository = at.open();
    await repository.addToReferrersTag(at.subject, first);
    const old = at.registry.content.manifest('app', at.tag)!.digest;
    at.registry.requests.length = 0;
    expect(await repository.addToReferrersTag(at.subject, second)).toEqual([]);
    expect(tagged(at)).toEqual([first.digest, second.digest]);
    expect(methods(at)).toEqual(['GET', 'PUT', 'GET', 'DELETE']);
    expect(at.registry.log.at(-1)).toBe(`DELETE /v2/app/manifests/${old}`);
    expect(at.registry.content.manifest('app', old)).toBeUndefined();
  });

  it('writes nothing when the entry is there already', async () => {
    const at = fixture();
    const entry = at.entry();
    await at.open().addToReferrersTag(at.subject, entry);
    at.registry.requests.length = 0;
    await at.open().addToReferrersTag(at.subject, entry);
    expect(methods(at)).toEqual(['GET']);
  });

  it('drops entries that are empty or there twice, and keeps what others wrote into theirs', async () => {
    const at = fixture();
    const [theirs, ours] = [at.entry(), at.entry()];
    const rich = { ...theirs, platform: { os: 'linux', '1': [null, true, 1.5] }, urls: ['https://x.example/'] };
    overwrite(at, [rich, {}, null, { ...theirs, annotations: {} }]);
    await at.open().addToReferrersTag(at.subject, ours);
    const { manifests } = JSON.parse(text(at)) as Index;
    expect(manifests).toEqual([rich, ours]);
  });

  it('keeps of an absurdly deep entry what a descriptor has', async () => {
    const at = fixture();
    const [theirs, ours] = [at.entry(), at.entry()];
    const deep = JSON.stringify({ ...theirs, x: 0 }).replace('"x":0', `"x":${'['.repeat(900)}${']'.repeat(900)}`);
    const bytes = Buffer.from(`{"manifests":[${deep}]}`);
    at.registry.content.putManifest('app', { mediaType: imageIndex, bytes, tag: at.tag });
    await at.open().addToReferrersTag(at.subject, ours);
    expect((JSON.parse(text(at)) as Index).manifests).toEqual([theirs, ours]);
  });

  it('never overwrites a tag that is no index', async () => {
    const at = fixture();
    at.registry.content.pushImage('app', { tag: at.tag });
    const before = text(at);
    await expect(at.open().addToReferrersTag(at.subject, at.entry())).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
    });
    expect(text(at)).toBe(before);
  });

  it('stops at 4 MiB', async () => {
    const at = fixture();
    overwrite(at, [{ ...at.entry(), annotations: { x: 'y'.repeat(4 * 1024 * 1024 - 400) } }]);
    await expect(at.open().addToReferrersTag(at.subject, at.entry())).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('is full') as string,
    });
    expect(methods(at)).toEqual(['GET']);
  });
});

describe('writers at the same time', () => {
  it('in one job wait for each other', async () => {
    const at = fixture();
    const repository = at.open();
    const entries = Array.from({ length: 6 }, () => at.entry());
    await Promise.all(entries.map((entry) => repository.addToReferrersTag(at.subject, entry)));
    expect(tagged(at)).toEqual(entries.map(({ digest }) => digest));
    expect(at.registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(6);
  });

  it('in one job are not stopped by the failure of one of them', async () => {
    const at = fixture();
    const repository = at.open();
    const entries = [at.entry(), at.entry()];
    let puts = 0;
    at.registry.intercept(({ method }) => (method === 'PUT' && ++puts === 1 ? { status: 403 } : undefined));
    const [first, second] = await Promise.allSettled(
      entries.map((entry) => repository.addToReferrersTag(at.subject, entry)),
    );
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'REGISTRY_UNAUTHORIZED' } });
    expect(second).toMatchObject({ status: 'fulfilled' });
    expect(tagged(at)).toEqual([entries[1]!.digest]);
  });

  it('in another job are noticed when they replace our index', async () => {
    const at = fixture();
    const [theirs, ours] = [at.entry(), at.entry()];
    let puts = 0;
    at.registry.intercept(({ method }, next) => {
      const reply = next();
      if (method === 'PUT' && ++puts === 1) overwrite(at, [theirs]);
      return reply;
    });
    expect(await at.open().addToReferrersTag(at.subject, ours)).toEqual([]);
    expect(tagged(at)).toEqual([theirs.digest, ours.digest]);
    // The index of the first attempt and theirs are gone, the one under the tag is not.
    const indexes = [...at.registry.content.repository('app').manifests.values()].filter(
      ({ mediaType }) => mediaType === imageIndex,
    );
    expect(indexes).toHaveLength(1);
  });

  it('in many jobs, all registered, each with an ETag', async () => {
    const at = fixture({ etag: true });
    const entries = Array.from({ length: 6 }, () => at.entry());
    // Each has resolved its subject before, and so knows that the registry gives ETags.
    const jobs = await Promise.all(
      entries.map(async (entry) => {
        const repository = at.open();
        await repository.resolve({ digest: at.subject });
        return repository.addToReferrersTag(at.subject, entry);
      }),
    );
    expect(jobs.flat()).toEqual([]);
    expect(tagged(at).sort()).toEqual(entries.map(({ digest }) => digest).sort());
  });

  it('end in an error when there are too many of them', async () => {
    const at = fixture();
    const ours = at.entry();
    at.registry.intercept(({ method }, next) => {
      const reply = next();
      if (method === 'PUT') overwrite(at, [at.entry()]);
      return reply;
    });
    await expect(at.open().addToReferrersTag(at.subject, ours)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining(at.tag) as string,
    });
    expect(methods(at).filter((method) => method === 'PUT')).toHaveLength(8);
  });
});

describe('a writer that read before our write and writes after it', () => {
  const start = new Date('2026-01-31T12:00:00Z');

  /** A clock in whose sleep something happens. */
  function pausing(...events: readonly (() => void)[]): Pace & { readonly slept: readonly number[] } {
    const clock = fixedClock(start);
    const left = [...events];
    const sleep = async (ms: number): Promise<void> => {
      await clock.sleep(ms);
      left.shift()?.();
    };
    return { clock: { now: () => clock.now(), sleep }, random: () => new Uint8Array([51]), slept: clock.slept };
  }

  it('is noticed when it is over, and our entry put back', async () => {
    const at = fixture();
    const [before, theirs, ours] = [at.entry(), at.entry(), at.entry()];
    overwrite(at, [before]);
    const pace = pausing(() => {
      overwrite(at, [before, theirs]);
    });
    await at.open(pace).addToReferrersTag(at.subject, ours);
    expect(tagged(at)).toEqual([before.digest, theirs.digest, ours.digest]);
    expect(methods(at)).toEqual(['GET', 'PUT', 'GET', 'PUT', 'GET', 'DELETE', 'DELETE', 'DELETE']);
    // A quarter of a second, and a fifth more by chance.
    expect(pace.slept).toEqual([300, 300]);
  });

  it('is waited for longer where the registry is slow', async () => {
    const at = fixture();
    const pace = pausing();
    at.registry.intercept(() => void pace.clock.sleep(500));
    await at.open(pace).addToReferrersTag(at.subject, at.entry());
    // Four times the second that reading and writing took, and a fifth more.
    expect(pace.slept.filter((ms) => ms !== 500)).toEqual([4800]);
  });

  it('is not waited for where nothing was written', async () => {
    const at = fixture();
    const [entry, pace] = [at.entry(), pausing()];
    overwrite(at, [entry]);
    await at.open(pace).addToReferrersTag(at.subject, entry);
    expect(pace.slept).toEqual([]);
    expect(methods(at)).toEqual(['GET']);
  });

  it('loses nobody else what we have seen', async () => {
    const at = fixture();
    const [first, lost, theirs, ours] = [at.entry(), at.entry(), at.entry(), at.entry()];
    overwrite(at, [first, { ...lost, platform: { os: 'linux' } }]);
    const pace = pausing(() => {
      overwrite(at, [first, theirs]);
    });
    await at.open(pace).addToReferrersTag(at.subject, ours);
    expect(tagged(at)).toEqual([first, theirs, lost, ours].map(({ digest }) => digest));
    expect(text(at)).toContain('"platform":{"os":"linux"}');
  });

  it('brings back nothing that was removed from the registry', async () => {
    const at = fixture();
    const [first, removed, ours] = [at.entry(), at.entry(), at.entry()];
    overwrite(at, [first, removed]);
    const pace = pausing(() => {
      at.registry.content.deleteManifest('app', removed.digest);
      overwrite(at, [first]);
    });
    await at.open(pace).addToReferrersTag(at.subject, ours);
    expect(tagged(at)).toEqual([first.digest, ours.digest]);
  });

  it('may even have made the tag vanish', async () => {
    const at = fixture();
    const [first, ours] = [at.entry(), at.entry()];
    overwrite(at, [first]);
    const pace = pausing(() => at.registry.content.repository('app').tags.delete(at.tag));
    await at.open(pace).addToReferrersTag(at.subject, ours);
    expect(tagged(at)).toEqual([first.digest, ours.digest]);
  });

  it('never finds the index that it wrote removed', async () => {
    const at = fixture();
    const [first, ours] = [at.entry(), at.entry()];
    overwrite(at, [first]);
    const old = at.registry.content.manifest('app', at.tag)!.digest;
    const pace = pausing(
      () => {
        overwrite(at, [first]);
      },
      () => {
        overwrite(at, [first, ours]);
      },
    );
    await at.open(pace).addToReferrersTag(at.subject, ours);
    expect(tagged(at)).toEqual([first.digest, ours.digest]);
    expect(at.registry.log.filter((line) => line.startsWith('DELETE'))).toContain(`DELETE /v2/app/manifests/${old}`);
  });
});

describe('a write that the registry fails', () => {
  it('is not repeated as it is: the index is read again', async () => {
    const at = fixture();
    const [theirs, ours] = [at.entry(), at.entry()];
    let puts = 0;
    at.registry.intercept(({ method }) => {
      if (method !== 'PUT' || ++puts > 1) return undefined;
      overwrite(at, [theirs]);
      return { status: 503 };
    });
    await at.open().addToReferrersTag(at.subject, ours);
    expect(tagged(at)).toEqual([theirs.digest, ours.digest]);
  });

  it('is given up at last with what the registry said', async () => {
    const at = fixture();
    at.registry.intercept(({ method }) => (method === 'PUT' ? { status: 503 } : undefined));
    await expect(at.open().addToReferrersTag(at.subject, at.entry())).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('HTTP 503') as string,
    });
    expect(methods(at).filter((method) => method === 'PUT')).toHaveLength(8);
  });
});

describe('conditions (RFC 9110 §13.1)', () => {
  it('are sent to a registry with ETags', async () => {
    const at = fixture({ etag: true });
    const repository = at.open();
    await repository.resolve({ digest: at.subject });
    await repository.addToReferrersTag(at.subject, at.entry());
    const { digest } = at.registry.content.manifest('app', at.tag)!;
    await repository.addToReferrersTag(at.subject, at.entry());
    const puts = at.registry.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ headers }) => [headers['if-none-match'], headers['if-match']])).toEqual([
      ['*', undefined],
      [undefined, `"${digest}"`],
    ]);
  });

  it('are not sent to others, nor with a weak ETag', async () => {
    const at = fixture();
    const repository = at.open();
    await repository.addToReferrersTag(at.subject, at.entry());
    at.registry.intercept(({ method }, next) => {
      const reply = next();
      return method === 'GET' ? { ...reply, headers: { ...reply.headers, etag: 'W/"x"' } } : reply;
    });
    await repository.addToReferrersTag(at.subject, at.entry());
    const conditions = at.registry.requests.map(({ headers }) => headers['if-match'] ?? headers['if-none-match']);
    expect(conditions.filter((value) => value !== undefined)).toEqual([]);
  });
});

describe('what the registry refuses', () => {
  it.each([403, 405, 500])('a DELETE with %s is a warning (REG-12)', async (deleteStatus) => {
    const at = fixture({ deleteStatus });
    const repository = at.open();
    await repository.addToReferrersTag(at.subject, at.entry());
    const [warning, ...others] = await repository.addToReferrersTag(at.subject, at.entry());
    expect(warning!.message).toContain(`the outdated referrers index was not removed`);
    expect(warning!.message).toContain(`HTTP ${deleteStatus}`);
    expect(others).toEqual([]);
    expect(tagged(at)).toHaveLength(2);
  });

  it('a DELETE with 405 is not tried again', async () => {
    const at = fixture({ deleteStatus: 405 });
    const repository = at.open();
    for (let count = 0; count < 4; count++) await repository.addToReferrersTag(at.subject, at.entry());
    expect(methods(at).filter((method) => method === 'DELETE')).toHaveLength(1);
  });

  it('a DELETE of what is gone already is no warning', async () => {
    const at = fixture({ deleteStatus: 404 });
    const repository = at.open();
    await repository.addToReferrersTag(at.subject, at.entry());
    expect(await repository.addToReferrersTag(at.subject, at.entry())).toEqual([]);
  });

  it('a move of an immutable tag is explained', async () => {
    const at = fixture({ immutableTags: true });
    const repository = at.open();
    await repository.addToReferrersTag(at.subject, at.entry());
    await expect(repository.addToReferrersTag(at.subject, at.entry())).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE_INVALID',
      message: expect.stringContaining('immutable') as string,
      remedy: expect.stringContaining('sha256-*') as string,
    });
  });
});
