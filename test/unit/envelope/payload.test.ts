import { describe, expect, it } from 'vitest';

import { encodeUtf8, showUtf8 } from '../../../shared/bytes.ts';
import { hasCode } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import {
  orderedPayload,
  parsePayload,
  requireUserMetadata,
  sortedPayload,
  targetArtifact,
} from '../../../shared/envelope/payload.ts';

const digest = `sha256:${'19db'.repeat(16)}` as const;
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const target = { mediaType, digest, size: 481 };

function codeOf(action: () => unknown): ErrorCode | 'none' {
  try {
    action();
  } catch (error) {
    if (hasCode(error, 'ENVELOPE_MALFORMED', 'INPUT_INVALID')) return error.code;
    throw error;
  }
  return 'none';
}

describe('writing a payload', () => {
  it('orders members as the descriptor has them for COSE (PAY-6)', () => {
    expect(showUtf8(orderedPayload(target))).toBe(
      `{"targetArtifact":{"mediaType":"${mediaType}","digest":"${digest}","size":481}}`,
    );
    expect(showUtf8(orderedPayload({ ...target, annotations: { b: '2', a: '1' } }))).toBe(
      `{"targetArtifact":{"mediaType":"${mediaType}","digest":"${digest}","size":481,"annotations":{"a":"1","b":"2"}}}`,
    );
  });

  it('sorts members at every level for JWS (PAY-7)', () => {
    expect(showUtf8(sortedPayload(target))).toBe(
      `{"targetArtifact":{"digest":"${digest}","mediaType":"${mediaType}","size":481}}`,
    );
  });

  it('escapes as Go does (VEC-5, PAY-8)', () => {
    const annotations = { b: 'é', a: '<x&y>' };
    expect(showUtf8(sortedPayload({ mediaType, digest, size: 251, annotations }))).toBe(
      `{"targetArtifact":{"annotations":{"a":"\\u003cx\\u0026y\\u003e","b":"é"},"digest":"${digest}","mediaType":"${mediaType}","size":251}}`,
    );
  });

  it('sorts annotation keys by their UTF-8 bytes, digits and all', () => {
    const annotations = { '\u{1F600}': '1', '\uFF5E': '2', '10': '3', '9': '4', a: '5' };
    expect(showUtf8(orderedPayload({ ...target, annotations }))).toContain(
      '{"10":"3","9":"4","a":"5","\uFF5E":"2","\u{1F600}":"1"}',
    );
  });

  it('writes a key that JavaScript treats specially as any other', () => {
    const annotations = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    const written = targetArtifact(target, annotations);
    expect(showUtf8(orderedPayload(written))).toContain('{"__proto__":"x","constructor":"y"}');
    expect(showUtf8(sortedPayload(parsePayload(orderedPayload(written))))).toContain('"__proto__":"x"');
  });
});

describe('the target of a signature', () => {
  it('is media type, digest and size, and nothing else of the descriptor (PAY-2)', () => {
    const subject = { ...target, artifactType: 'application/example', annotations: {} };
    expect(targetArtifact(subject, {})).toStrictEqual(target);
  });

  it('joins annotations and user metadata (PAY-3)', () => {
    expect({ ...targetArtifact({ ...target, annotations: { a: '1' } }, { b: '2' }).annotations }).toStrictEqual({
      a: '1',
      b: '2',
    });
  });

  it('refuses metadata whose key the descriptor has already (PAY-4)', () => {
    expect(codeOf(() => targetArtifact({ ...target, annotations: { a: '1' } }, { a: '1' }))).toBe('INPUT_INVALID');
  });
});

describe('user metadata', () => {
  it.each<[string, Record<string, string>]>([
    ['a reserved key', { 'io.cncf.notary.x': '1' }],
    ['a reserved prefix without a dot', { 'io.cncf.notaryx': '1' }],
    ['an empty key', { '': '1' }],
    ['an empty value', { a: '' }],
    ['half a surrogate pair in a key', { '\uD800': '1' }],
    ['half a surrogate pair in a value', { a: 'x\uDC00' }],
  ])('is refused with %s (PAY-4, PAY-5)', (_what, metadata) => {
    expect(
      codeOf(() => {
        requireUserMetadata(metadata);
      }),
    ).toBe('INPUT_INVALID');
    expect(codeOf(() => targetArtifact(target, metadata))).toBe('INPUT_INVALID');
  });

  it('is accepted otherwise', () => {
    expect(
      codeOf(() => {
        requireUserMetadata({ 'io.cncf.notar': '1', '\u{1F600}': 'é', 'a=b': '=' });
      }),
    ).toBe('none');
  });
});

describe('reading a payload', () => {
  const json = (value: unknown) => encodeUtf8(JSON.stringify(value));

  it('ignores members that it does not know (PAY-11, D19)', () => {
    const bytes = json({
      other: 1,
      targetArtifact: { ...target, artifactType: 'x', urls: ['y'], data: 'AA==', platform: {} },
    });
    expect(parsePayload(bytes)).toStrictEqual(target);
  });

  it('reads annotations, and takes null and none for absent', () => {
    expect({ ...parsePayload(json({ targetArtifact: { ...target, annotations: { a: 'b' } } })).annotations }).toEqual({
      a: 'b',
    });
    expect(parsePayload(json({ targetArtifact: { ...target, annotations: null } }))).toStrictEqual(target);
  });

  it.each<[string, string]>([
    ['empty', ''],
    ['not JSON', '{'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['followed by something', '{"targetArtifact":{}} {}'],
    ['without targetArtifact', '{}'],
    ['with another spelling', JSON.stringify({ TargetArtifact: target })],
    ['with a target that is no object', '{"targetArtifact":[]}'],
    ['without mediaType', JSON.stringify({ targetArtifact: { digest, size: 1 } })],
    ['without digest', JSON.stringify({ targetArtifact: { mediaType, size: 1 } })],
    ['without size', JSON.stringify({ targetArtifact: { mediaType, digest } })],
    ['with a size in text', JSON.stringify({ targetArtifact: { ...target, size: '481' } })],
    [
      'with a size that is not written as an integer',
      JSON.stringify({ targetArtifact: target }).replace('481', '481.0'),
    ],
    [
      'with a size beyond what a number holds',
      JSON.stringify({ targetArtifact: target }).replace('481', '9007199254740993'),
    ],
    ['with a negative size', JSON.stringify({ targetArtifact: { ...target, size: -1 } })],
    ['with a digest of an unknown algorithm', JSON.stringify({ targetArtifact: { ...target, digest: 'md5:00' } })],
    ['with a digest in upper case', JSON.stringify({ targetArtifact: { ...target, digest: digest.toUpperCase() } })],
    ['with annotations that are no map', JSON.stringify({ targetArtifact: { ...target, annotations: ['a'] } })],
    ['with an annotation that is no text', JSON.stringify({ targetArtifact: { ...target, annotations: { a: 1 } } })],
    ['with an artifactType that is no text', JSON.stringify({ targetArtifact: { ...target, artifactType: 1 } })],
    ['with urls that are no list', JSON.stringify({ targetArtifact: { ...target, urls: 'y' } })],
    ['with data that is no base64', JSON.stringify({ targetArtifact: { ...target, data: '?' } })],
    ['with a platform that is no object', JSON.stringify({ targetArtifact: { ...target, platform: 'linux' } })],
  ])('refuses one that is %s (PAY-11, PAY-13)', (_what, text) => {
    expect(codeOf(() => parsePayload(encodeUtf8(text)))).toBe('ENVELOPE_MALFORMED');
  });

  it('refuses invalid UTF-8', () => {
    const bytes = json({ targetArtifact: { ...target, mediaType: 'x' } });
    bytes[bytes.indexOf(0x78)] = 0xff;
    expect(codeOf(() => parsePayload(bytes))).toBe('ENVELOPE_MALFORMED');
  });
});
