// Many signatures of great size: what a run keeps of them does not grow with them.

import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { parseDigest } from '../../shared/oci/descriptor.ts';
import { codeSigningChain } from '../support/ca.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import { signedParts } from '../unit/envelope/signed.ts';
import { attach, startRegistryWorld } from './registry-world.ts';
import type { RegistryWorld } from './registry-world.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const mebibyte = 1024 * 1024;
/** Some memory is given back only a few turns after what held it. */
async function inUse(): Promise<number> {
  let least = Infinity;
  for (let turn = 0; turn < 10; turn++) {
    await setImmediate();
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least / mebibyte;
}

let world: RegistryWorld;
let image: PushedArtifact;
beforeEach(async () => {
  world = await startRegistryWorld();
  image = world.registry.content.pushImage('app');
});
afterEach(() => world.close());

/** Whole and well made, of a signer whom nobody trusts, with one signed annotation of the size. */
async function strangersEnvelope(name: 'cose' | 'jws', size: number): Promise<Uint8Array> {
  const stranger = await codeSigningChain({ root: { subject: 'C=US, ST=WA, O=Stranger, CN=root' } });
  const { mediaType, digest, size: imageSize } = image;
  const target = {
    mediaType,
    digest: parseDigest(digest),
    size: imageSize,
    annotations: { filling: 'x'.repeat(size) },
  };
  const format = envelopeFormats[name];
  return format.encode(signedParts(format, stranger, 'EC-256', { payload: format.payload(target) }));
}

describe('10 signatures of 4 MiB leave little behind', () => {
  const count = 10;
  const size = 4 * mebibyte;
  it.each<[string, 'cose' | 'jws', ErrorCode, () => Promise<Uint8Array>]>([
    ['of a stranger, in COSE', 'cose', 'TRUST_ANCHOR_NOT_FOUND', () => strangersEnvelope('cose', size)],
    ['of a stranger, in JWS', 'jws', 'TRUST_ANCHOR_NOT_FOUND', () => strangersEnvelope('jws', size)],
    ['that are none', 'jws', 'ENVELOPE_MALFORMED', () => Promise.resolve(Buffer.alloc(size, '{"a":"b"} '))],
  ])('%s', async (_what, name, code, make) => {
    const envelope = await make();
    const digest = attach(world, image, { envelope, artifactType: 'application/none' }).layer;
    const layers = [{ mediaType: envelopeFormats[name].mediaType, digest, size: envelope.length }];
    for (let index = 0; index < count; index++) attach(world, image, { layers, annotations: { index: String(index) } });
    const before = await inUse();
    const report = await world.verify(image.reference);
    const grown = (await inUse()) - before;
    expect(report.outcomes.map(({ failure }) => failure?.code)).toEqual(Array(count).fill(code));
    expect(grown).toBeLessThan(20);
  });
});
