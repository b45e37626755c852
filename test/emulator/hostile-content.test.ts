// Manifests and envelopes that are not what their descriptors say, or never end: one such signature hides no good one,
// before or after it, and alone it is a verdict. Bounded by requests, and by bytes taken from the wire. REG-15, D10.

import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ErrorCode } from '../../shared/errors.ts';
import { endless } from '../support/bad-bodies.ts';
import type { Sent } from '../support/bad-bodies.ts';
import { imageIndex, imageManifest } from '../support/registry-content.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import type { Reply } from '../support/registry-routes.ts';
import { attach, countRequests, signatureType, startRegistryWorld } from './registry-world.ts';
import type { Attached, RegistryWorld } from './registry-world.ts';

let world: RegistryWorld;
let image: PushedArtifact;
const sent: Sent = { bytes: 0 };
beforeEach(async () => {
  world = await startRegistryWorld();
  image = world.registry.content.pushImage('app');
  sent.bytes = 0;
});
afterEach(() => world.close());

type Alter = (original: Reply) => Reply;

interface Deviation {
  /** Of the one signature that is not as it should be. */
  readonly of: 'manifest' | 'blob';
  readonly alter: Alter;
  readonly code: ErrorCode;
  /** Requests for what is altered; default 1. */
  readonly attempts?: number;
}

const withBody =
  (change: (body: Buffer) => Uint8Array): Alter =>
  ({ headers, status, body }) => ({ status, ...(headers && { headers }), body: change(Buffer.from(body ?? [])) });
const raw =
  (length: number | undefined, write: (response: Parameters<typeof endless>[0]) => void): Alter =>
  ({ headers }) => ({
    status: 200,
    stream: (response) => {
      write(response.writeHead(200, { ...headers, ...(length !== undefined && { 'content-length': length }) }));
    },
  });
const otherBytes = withBody((body) => Buffer.alloc(body.length, 0x20));
const shorter = withBody((body) => body.subarray(1));
const longer = withBody((body) => Buffer.concat([body, Buffer.from(' ')]));
const zipped: Alter = ({ headers, ...reply }) =>
  withBody(() => gzipSync(Buffer.alloc(32 * 1024 * 1024)))({
    ...reply,
    headers: { ...headers, 'content-encoding': 'gzip' },
  });
const cutOff = raw(1000, (response) => response.write('short', () => response.destroy()));
const withoutEnd = raw(undefined, (response) => {
  endless(response, sent);
});
const html: Alter = () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Sign in') });
const redirected =
  (location: string): Alter =>
  () => ({ status: 307, headers: { location } });
const metadataService = redirected('http://169.254.169.254/latest/meta-data/');
const itself: Alter = () => ({ status: 302, headers: { location: '?again' } });
const status =
  (code: number, headers: Record<string, string> = {}): Alter =>
  () => ({ status: code, headers });

const deviations: Readonly<Record<string, Deviation>> = {
  'a manifest of other bytes': { of: 'manifest', alter: otherBytes, code: 'REGISTRY_CONTENT_MISMATCH' },
  'a manifest that is too short': { of: 'manifest', alter: shorter, code: 'REGISTRY_CONTENT_MISMATCH' },
  'a manifest that is too long': { of: 'manifest', alter: longer, code: 'REGISTRY_CONTENT_MISMATCH' },
  'a manifest without end': { of: 'manifest', alter: withoutEnd, code: 'REGISTRY_CONTENT_MISMATCH' },
  'a manifest that is cut off': { of: 'manifest', alter: cutOff, code: 'REGISTRY_UNAVAILABLE', attempts: 4 },
  'a manifest that is a gzip bomb': { of: 'manifest', alter: zipped, code: 'REGISTRY_CONTENT_MISMATCH' },
  'a manifest that is a page of the web': { of: 'manifest', alter: html, code: 'REGISTRY_RESPONSE_INVALID' },
  'a manifest in a redirect loop': { of: 'manifest', alter: itself, code: 'REGISTRY_RESPONSE_INVALID', attempts: 5 },
  'a manifest at a metadata service': { of: 'manifest', alter: metadataService, code: 'REGISTRY_RESPONSE_INVALID' },
  'a manifest that is gone': { of: 'manifest', alter: status(404), code: 'REGISTRY_NOT_FOUND' },
  'a manifest that is forbidden': { of: 'manifest', alter: status(403), code: 'REGISTRY_UNAUTHORIZED' },
  'a manifest behind errors': { of: 'manifest', alter: status(503), code: 'REGISTRY_UNAVAILABLE', attempts: 4 },
  'a manifest that may be asked for tomorrow': {
    ...{ of: 'manifest', alter: status(429, { 'retry-after': '86400' }), code: 'REGISTRY_UNAVAILABLE' },
  },
  'a manifest whose digest field lies': {
    of: 'manifest',
    alter: ({ headers, ...reply }) => ({
      ...reply,
      headers: { ...headers, 'docker-content-digest': `sha256:${'0'.repeat(64)}` },
    }),
    code: 'REGISTRY_CONTENT_MISMATCH',
  },
  'an envelope of other bytes': { of: 'blob', alter: otherBytes, code: 'REGISTRY_CONTENT_MISMATCH' },
  'an envelope that is too short': { of: 'blob', alter: shorter, code: 'REGISTRY_CONTENT_MISMATCH' },
  'an envelope that is too long': { of: 'blob', alter: longer, code: 'REGISTRY_CONTENT_MISMATCH' },
  'an envelope without end': { of: 'blob', alter: withoutEnd, code: 'REGISTRY_CONTENT_MISMATCH' },
  'an envelope that is cut off': { of: 'blob', alter: cutOff, code: 'REGISTRY_UNAVAILABLE', attempts: 4 },
  'an envelope that is a gzip bomb': { of: 'blob', alter: zipped, code: 'REGISTRY_CONTENT_MISMATCH' },
  'an envelope that is a page of the web': { of: 'blob', alter: html, code: 'REGISTRY_CONTENT_MISMATCH' },
  'an envelope in a redirect loop': { of: 'blob', alter: itself, code: 'REGISTRY_RESPONSE_INVALID', attempts: 5 },
  'an envelope at a metadata service': { of: 'blob', alter: metadataService, code: 'REGISTRY_RESPONSE_INVALID' },
  'an envelope at a file': { of: 'blob', alter: redirected('file:///etc/passwd'), code: 'REGISTRY_RESPONSE_INVALID' },
};

/** Of one image the good signature and the one that deviates, in either order. */
async function arrange({ of, alter }: Deviation, order: 'bad first' | 'good first' | 'bad alone'): Promise<Attached> {
  if (order === 'good first') expect(await world.sign(image.reference)).toHaveProperty('signed');
  const bad = attach(world, image, { envelope: Buffer.from(`an envelope that is fetched in vain`) });
  if (order === 'bad first') expect(await world.sign(image.reference)).toHaveProperty('signed');
  const digest = of === 'manifest' ? bad.digest : bad.layer;
  world.registry.intercept(({ url, method }, next) =>
    method === 'GET' && url.pathname.endsWith(digest) ? alter(next()) : undefined,
  );
  countRequests(world);
  return bad;
}

// What a client reads ahead of its limit stays in the buffers of two sockets.
const mostBytes = 8 * 1024 * 1024;

describe.each(Object.entries(deviations))('%s', (_name, deviation) => {
  it('hides no good signature after it', async () => {
    await arrange(deviation, 'bad first');
    const { verdict, outcomes } = await world.verify(image.reference);
    expect(verdict).toBe('verified');
    expect(outcomes.map(({ failure }) => failure?.code)).toEqual([deviation.code, undefined]);
    const { attempts = 1 } = deviation;
    const manifests = deviation.of === 'manifest' ? attempts : 1;
    const blobs = deviation.of === 'manifest' ? 0 : attempts;
    expect(countRequests(world)).toEqual({
      ...{ 'HEAD manifests': 1, 'GET referrers': 1 },
      ...{ 'GET manifests': manifests + 1, 'GET blobs': blobs + 1 },
    });
    expect(sent.bytes).toBeLessThan(mostBytes);
  });

  it('is never asked for behind a good signature', async () => {
    await arrange(deviation, 'good first');
    expect(await world.verify(image.reference)).toMatchObject({ verdict: 'verified', outcomes: [{}] });
    const once = { 'HEAD manifests': 1, 'GET referrers': 1, 'GET manifests': 1, 'GET blobs': 1 };
    expect(countRequests(world)).toEqual(once);
  });
});

describe('alone', () => {
  it.each([
    ['what has other bytes is invalid', 'an envelope of other bytes', 'invalid', false],
    ['what cannot be had may be there tomorrow', 'a manifest behind errors', 'error', true],
    ['what breaks the protocol is an error', 'a manifest in a redirect loop', 'error', false],
  ] as const)('%s', async (_what, name, verdict, mayHelp) => {
    await arrange(deviations[name]!, 'bad alone');
    const report = await world.verify(image.reference);
    expect([report.verdict, report.reason?.transient]).toEqual([verdict, mayHelp]);
  });
});

describe('a descriptor', () => {
  const list = (manifests: readonly object[]): void => {
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests }));
    world.registry.intercept(({ url }) =>
      url.pathname.includes('/referrers/') ? { status: 200, headers: { 'content-type': imageIndex }, body } : undefined,
    );
  };

  it('of more than 4 MiB is not followed', async () => {
    const { digest } = attach(world, image);
    list([{ mediaType: imageManifest, digest, size: 4 * 1024 * 1024 + 1, artifactType: signatureType }]);
    const { outcomes } = await world.verify(image.reference);
    expect(outcomes[0]?.failure?.message).toContain('at most 4194304 are read');
    expect(countRequests(world)).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1 });
  });

  it('of 10 bytes bounds a manifest without end', async () => {
    const { digest } = attach(world, image);
    list([{ mediaType: imageManifest, digest, size: 10, artifactType: signatureType }]);
    world.registry.intercept(({ url }, next) => (url.pathname.endsWith(digest) ? withoutEnd(next()) : undefined));
    const { outcomes } = await world.verify(image.reference);
    expect(outcomes[0]?.failure?.code).toBe('REGISTRY_CONTENT_MISMATCH');
    expect(sent.bytes).toBeLessThan(mostBytes);
  });

  it.each([
    ['of an envelope over 32 MiB', { size: 32 * 1024 * 1024 + 1 }, 'REGISTRY_RESPONSE_INVALID'],
    ['of an envelope of minus one byte', { size: -1 }, 'REGISTRY_RESPONSE_INVALID'],
    ['of an envelope with another digest algorithm', { digest: `md5:${'0'.repeat(32)}` }, 'REGISTRY_RESPONSE_INVALID'],
  ])('%s is not followed', async (_what, change, code) => {
    const layer = { mediaType: 'application/cose', digest: `sha256:${'0'.repeat(64)}`, size: 2, ...change };
    attach(world, image, { layers: [layer] });
    const { outcomes } = await world.verify(image.reference);
    expect(outcomes[0]?.failure?.code).toBe(code);
    expect(countRequests(world)).toEqual({ 'HEAD manifests': 1, 'GET referrers': 1, 'GET manifests': 1 });
  });
});
