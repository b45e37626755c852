import { describe, expect, it } from 'vitest';

import { atDigest, isLayout, parseArtifactReference, policyScope } from '../../../shared/oci/layout-reference.ts';
import { repositoryName } from '../../../shared/oci/reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}` as const;
const other = `sha256:${'f'.repeat(64)}` as const;

describe('parseArtifactReference (REG-20)', () => {
  it.each([
    ['oci-layout:dist:v1', { layout: 'dist', tag: 'v1' }],
    [`oci-layout:dist@${digest}`, { layout: 'dist', digest }],
    [`oci-layout:dist@sha512:${'ab'.repeat(64)}`, { layout: 'dist', digest: `sha512:${'ab'.repeat(64)}` }],
    ['oci-layout:./out//dist/:v1', { layout: 'out/dist', tag: 'v1' }],
    ['oci-layout:.:v1', { layout: '.', tag: 'v1' }],
    ['oci-layout:./:v1', { layout: '.', tag: 'v1' }],
    ['oci-layout:/:v1', { layout: '/', tag: 'v1' }],
    ['oci-layout:/var/tmp/My Layout:v1', { layout: '/var/tmp/My Layout', tag: 'v1' }],
    ['oci-layout:../dist:v1', { layout: '../dist', tag: 'v1' }],
    ['oci-layout:a/../b:v1', { layout: 'a/../b', tag: 'v1' }],
    // What stands before the last separator is the path, whatever it looks like.
    [`oci-layout:dist:v1@${digest}`, { layout: 'dist:v1', digest }],
    [`oci-layout:me@home/dist@${digest}`, { layout: 'me@home/dist', digest }],
    ['oci-layout:D:\\a\\dist:v1', { layout: 'D:\\a\\dist', tag: 'v1' }],
    [`oci-layout:D:\\a\\dist@${digest}`, { layout: 'D:\\a\\dist', digest }],
    ['oci-layout:D:/a/dist:v1', { layout: 'D:/a/dist', tag: 'v1' }],
    ['registry.example/app:v1', { registry: 'registry.example', repository: 'app', tag: 'v1' }],
  ])('%s', (text, expected) => {
    expect(parseArtifactReference(text)).toEqual(expected);
  });

  it.each([
    ['neither tag nor digest', 'oci-layout:dist', 'neither a tag nor a digest'],
    ['a drive without a tag', 'oci-layout:D:\\a\\dist', 'neither a tag nor a digest'],
    ['a drive without a tag, with slashes', 'oci-layout:D:/a/dist', 'neither a tag nor a digest'],
    ['a directory without a tag', 'oci-layout:a:b/c', 'neither a tag nor a digest'],
    ['nothing', 'oci-layout:', 'neither a tag nor a digest'],
    ['a tag alone', 'oci-layout::v1', 'names no directory'],
    ['a digest alone', `oci-layout:@${digest}`, 'names no directory'],
    ['the form of BuildKit', `oci-layout://dist@${digest}`, 'has "//" in front of its directory'],
    ['an empty tag', 'oci-layout:dist:', '"" is not a tag'],
    ['a tag that climbs', 'oci-layout:dist:..', '".." is not a tag'],
    ['a digest that climbs', 'oci-layout:dist@sha256:../../../etc/passwd', 'is not sha256:'],
    ['a digest of another algorithm', `oci-layout:dist@md5:${'0'.repeat(32)}`, 'is not sha256:'],
    ['an upper-case digest', `oci-layout:dist@SHA256:${'0'.repeat(64)}`, 'is not sha256:'],
    ['a NUL in the path', 'oci-layout:di\0st:v1', 'control character'],
    ['an escape sequence in the path', 'oci-layout:\u001b[31m:v1', 'control character'],
    ['a text beyond 1024 characters', `oci-layout:${'a'.repeat(1024)}:v1`, 'longer than 1024'],
    ['what is neither', 'docker-archive:dist.tar:v1', 'is not a'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => parseArtifactReference(text)).toThrow(
      expect.objectContaining({ code: 'REFERENCE_INVALID', message: expect.stringContaining(message) as string }),
    );
  });

  it('tells how a layout is named', () => {
    expect(() => parseArtifactReference('oci-layout:dist')).toThrow(
      expect.objectContaining({ remedy: 'Write oci-layout:DIRECTORY@sha256:… or oci-layout:DIRECTORY:tag.' }),
    );
  });
});

describe('references to layouts and registries', () => {
  const layout = { layout: 'dist', tag: 'v1' };
  const image = { registry: 'registry.example', repository: 'app', tag: 'v1' };

  it('are told apart', () => {
    expect([isLayout(layout), isLayout(image)]).toEqual([true, false]);
  });

  it('have a name each', () => {
    expect([layout, image].map(repositoryName)).toEqual(['oci-layout:dist', 'registry.example/app']);
  });

  it('lead to another artifact in the same place, without the tag', () => {
    expect(atDigest(layout, other)).toEqual({ layout: 'dist', digest: other });
    expect(atDigest({ ...layout, scope: 'r.io/app' }, other)).toEqual({
      ...{ layout: 'dist', scope: 'r.io/app', digest: other },
    });
    expect(atDigest(image, other)).toEqual({ registry: 'registry.example', repository: 'app', digest: other });
  });

  it('have the scope that a policy knows, a layout only where it was said', () => {
    expect([layout, { ...layout, scope: 'r.io/app' }, image].map(policyScope)).toEqual([
      ...[undefined, 'r.io/app', 'registry.example/app'],
    ]);
  });
});
