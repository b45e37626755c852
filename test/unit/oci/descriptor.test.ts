import { describe, expect, it } from 'vitest';

import { encodeUtf8 } from '../../../shared/bytes.ts';
import { parseJson, writeJson } from '../../../shared/json.ts';
import type { Source } from '../../../shared/bytes.ts';
import {
  digestOf,
  mediaTypes,
  parseDescriptor,
  parseDigest,
  requireDigest,
  sameContent,
  writeDescriptor,
} from '../../../shared/oci/descriptor.ts';

const source: Source = { code: 'REGISTRY_RESPONSE_INVALID', what: 'test' };
const hex = (length: number): string => 'ab'.repeat(length / 2);
const parse = (text: string) => parseDescriptor(parseJson(encodeUtf8(text), source), source, 'entry');

describe('parseDigest (PAY-13)', () => {
  it.each([`sha256:${hex(64)}`, `sha384:${hex(96)}`, `sha512:${hex(128)}`])('takes %s', (text) => {
    expect(parseDigest(text)).toBe(text);
  });

  it.each([
    ['upper-case hex', `sha256:${hex(64).toUpperCase()}`],
    ['upper-case algorithm', `SHA256:${hex(64)}`],
    ['a hex digit too few', `sha256:${hex(64).slice(1)}`],
    ['a hex digit too many', `sha256:${hex(64)}a`],
    ['the length of another algorithm', `sha512:${hex(64)}`],
    ['another algorithm', `sha1:${hex(40)}`],
    ['a name of Object.prototype', `constructor:${hex(64)}`],
    ['no colon', hex(64)],
    ['no algorithm', `:${hex(64)}`],
    ['a line end after it', `sha256:${hex(64)}\n`],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
  });

  it('reports under the code of its source', () => {
    expect(() => parseDigest('sha256:x', source)).toThrow(
      expect.objectContaining({
        code: 'REGISTRY_RESPONSE_INVALID',
        message: expect.stringContaining('"sha256:x"') as string,
      }),
    );
  });
});

describe('digests of content', () => {
  it('are those of FIPS 180-4', () => {
    expect(digestOf(encodeUtf8('{}'))).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  it.each([
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    'sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ] as const)('are checked by their own algorithm: %s', (digest) => {
    expect(() => {
      requireDigest(encodeUtf8('abc'), digest);
    }).not.toThrow();
    expect(() => {
      requireDigest(encodeUtf8('abd'), digest);
    }).toThrow(
      expect.objectContaining({
        code: 'REGISTRY_CONTENT_MISMATCH',
        message: expect.stringContaining(digest) as string,
      }),
    );
  });
});

describe('parseDescriptor', () => {
  const good = { mediaType: mediaTypes.imageManifest, digest: `sha256:${hex(64)}`, size: 7 };

  it('reads its members and ignores others', () => {
    const text = JSON.stringify({
      ...good,
      annotations: { a: 'b' },
      artifactType: 't',
      platform: { os: 'linux' },
      urls: ['http://a/'],
      data: 'AA==',
      other: 1,
    });
    expect(parse(text)).toEqual({ ...good, annotations: { a: 'b' }, artifactType: 't' });
  });

  it('leaves absent members absent', () => {
    expect(Object.keys(parse(JSON.stringify(good)))).toEqual(['mediaType', 'digest', 'size']);
  });

  it.each([
    ['a size that is no integer literal', JSON.stringify(good).replace('7', '7.0')],
    ['a negative size', JSON.stringify({ ...good, size: -1 })],
    ['a size beyond exact integers', JSON.stringify(good).replace('7', '9007199254740993')],
    ['a size in a string', JSON.stringify({ ...good, size: '7' })],
    ['no size', JSON.stringify({ ...good, size: undefined })],
    ['no media type', JSON.stringify({ ...good, mediaType: undefined })],
    ['a bad digest', JSON.stringify({ ...good, digest: 'sha256:x' })],
    ['annotations that are no strings', JSON.stringify({ ...good, annotations: { a: 1 } })],
    ['urls that are no list', JSON.stringify({ ...good, urls: 'http://a/' })],
    ['a url that is no text', JSON.stringify({ ...good, urls: [1] })],
    ['data that is no base64', JSON.stringify({ ...good, data: 'AA' })],
    ['a platform that is no object', JSON.stringify({ ...good, platform: 'linux' })],
    ['a platform whose os is no text', JSON.stringify({ ...good, platform: { os: 1 } })],
    ['os features that are no list', JSON.stringify({ ...good, platform: { 'os.features': 'x' } })],
    ['an array', '[]'],
    ['null', 'null'],
  ])('refuses %s', (_what, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'REGISTRY_RESPONSE_INVALID' }));
  });

  it('is written in the order of REG-11', () => {
    const bytes = writeJson(
      writeDescriptor({ ...parse(JSON.stringify(good)), artifactType: 't', annotations: { b: '2', a: '1' } }),
    );
    expect(new TextDecoder().decode(bytes)).toBe(
      `{"mediaType":"${good.mediaType}","digest":"${good.digest}","size":7,"annotations":{"a":"1","b":"2"},"artifactType":"t"}`,
    );
  });
});

describe('sameContent (PAY-12)', () => {
  const a = parse(JSON.stringify({ mediaType: 'm', digest: `sha256:${hex(64)}`, size: 1 }));
  it('compares media type, digest and size, and nothing else', () => {
    expect(sameContent(a, { ...a, annotations: { x: 'y' }, artifactType: 't' })).toBe(true);
    expect(sameContent(a, { ...a, mediaType: 'M' })).toBe(false);
    expect(sameContent(a, { ...a, size: 2 })).toBe(false);
    expect(sameContent(a, { ...a, digest: digestOf(new Uint8Array()) })).toBe(false);
  });
});
