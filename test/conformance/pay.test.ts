// Payload and descriptor. Signature Specification, "Payload".

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { encodeUtf8, showUtf8 } from '../../shared/bytes.ts';
import { cose } from '../../shared/envelope/cose.ts';
import { jws } from '../../shared/envelope/jws.ts';
import {
  parsePayload,
  payloadContentType,
  requireUserMetadata,
  targetArtifact,
} from '../../shared/envelope/payload.ts';
import { keyValues } from '../../shared/github/input-values.ts';
import { parseDigest, sameContent } from '../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../shared/oci/descriptor.ts';
import { contentType, coseBytes, digest, jwsText, mediaType, open, payload } from './envelopes.ts';
import { all, outcome, outcomes } from './outcome.ts';

const target = { mediaType, digest, size: 251 };
const parse = (text: string) => () => parsePayload(encodeUtf8(text));
const written = (annotations: Record<string, string>) => ({
  cose: showUtf8(cose.payload({ ...target, annotations })),
  jws: showUtf8(jws.payload({ ...target, annotations })),
});

describe('PAY', () => {
  it('PAY-1: one object with the descriptor in targetArtifact, of the one content type', () => {
    expect(payloadContentType).toBe(contentType);
    expect(parsePayload(payload)).toEqual(target);
    expect(parsePayload(open(cose, coseBytes()).payload)).toEqual(target);
    expect(outcome(parse(JSON.stringify(target)))).toBe('ENVELOPE_MALFORMED');
    expect(outcome(parse('{"TargetArtifact":{}}'))).toBe('ENVELOPE_MALFORMED');
  });

  it('PAY-2: media type, digest, size and annotations are signed, and nothing else', () => {
    const rich = { ...target, artifactType: 'x', urls: ['y'], platform: {}, data: 'z' };
    expect(targetArtifact(rich, {})).toStrictEqual(target);
    expect(Object.keys(targetArtifact(rich, { a: 'b' }))).toEqual(['mediaType', 'digest', 'size', 'annotations']);
    expect(showUtf8(cose.payload(targetArtifact({ ...target, annotations: {} }, {})))).not.toContain('annotations');
  });

  it('PAY-3: annotations are those of the descriptor and the user metadata', () => {
    expect({ ...targetArtifact(target, { b: '2' }).annotations }).toEqual({ b: '2' });
    expect({ ...targetArtifact({ ...target, annotations: { a: '1' } }, { b: '2' }).annotations }).toEqual({
      a: '1',
      b: '2',
    });
  });

  it('PAY-4: reserved and repeated keys are refused', () => {
    const refused = ['io.cncf.notary', 'io.cncf.notary.x', 'io.cncf.notaryx'];
    expect(
      refused.map((key) =>
        outcome(() => {
          requireUserMetadata({ [key]: 'x' });
        }),
      ),
    ).toEqual(refused.map(() => 'INPUT_INVALID'));
    expect(outcome(() => targetArtifact({ ...target, annotations: { a: '1' } }, { a: '2' }))).toBe('INPUT_INVALID');
    const accepted = { 'io.cncf.notar': 'x', 'IO.cncf.notary': 'x', ['k'.repeat(5000)]: 'v'.repeat(5000) };
    expect(
      outcome(() => {
        requireUserMetadata(accepted);
      }),
    ).toBe('ok');
  });

  it('PAY-5: metadata is cut at the first equals sign, neither side empty', () => {
    expect({ ...keyValues('a=b=c\nd==') }).toEqual({ a: 'b=c', d: '=' });
    const refused = {
      'no key': () => keyValues('=x'),
      'no value': () => keyValues('x='),
      neither: () => keyValues('x'),
    };
    expect(outcomes(refused)).toEqual(all(refused, 'INPUT_INVALID'));
    expect(
      outcome(() => {
        requireUserMetadata({ '': 'x' });
      }),
    ).toBe('INPUT_INVALID');
    expect(
      outcome(() => {
        requireUserMetadata({ x: '' });
      }),
    ).toBe('INPUT_INVALID');
  });

  it('PAY-6: the bytes in COSE', () => {
    expect(showUtf8(cose.payload(target))).toBe(
      `{"targetArtifact":{"mediaType":"${mediaType}","digest":"${digest}","size":251}}`,
    );
    expect(written({ '\u{1F600}': '1', '\uFF5E': '2', '10': '3', '9': '4', b: '5' }).cose).toBe(
      `{"targetArtifact":{"mediaType":"${mediaType}","digest":"${digest}","size":251,` +
        `"annotations":{"10":"3","9":"4","b":"5","\uFF5E":"2","\u{1F600}":"1"}}}`,
    );
  });

  it('PAY-7: the bytes in JWS', () => {
    expect(written({ b: '2', '10': '1' }).jws).toBe(
      `{"targetArtifact":{"annotations":{"10":"1","b":"2"},"digest":"${digest}","mediaType":"${mediaType}","size":251}}`,
    );
  });

  it('PAY-8: strings are escaped as Go escapes them', () => {
    const value = '<x&y>\u2028\u2029\b\f\n\r\t\u0001\u001f\u007f/é"\\';
    const expected =
      String.raw`"\u003cx\u0026y\u003e\u2028\u2029\b\f\n\r\t\u0001\u001f` + '\u007f/é' + String.raw`\"\\"`;
    for (const text of Object.values(written({ a: value }))) expect(text).toContain(`"a":${expected}`);
    // VEC-5
    expect(written({ a: '<x&y>', b: 'é' }).jws).toContain(String.raw`{"a":"\u003cx\u0026y\u003e","b":"é"}`);
    expect(
      outcome(() => {
        requireUserMetadata({ a: '\ud800' });
      }),
    ).toBe('INPUT_INVALID');
  });

  it('PAY-9: sizes are plain integers up to 2^53', () => {
    expect(showUtf8(jws.payload({ ...target, size: 2 ** 53 - 1 }))).toContain('"size":9007199254740991}');
    expect(parsePayload(jws.payload({ ...target, size: 2 ** 53 - 1 })).size).toBe(2 ** 53 - 1);
    expect(outcome(parse(showUtf8(payload).replace('251', '9007199254740993')))).toBe('ENVELOPE_MALFORMED');
  });

  it('PAY-10: a JWS payload is a JSON object', () => {
    const decode = (text: string) => () => jws.decode(encodeUtf8(jwsText({ payload: text })));
    expect(outcome(decode('{}'))).toBe('ok');
    const refused = {
      array: decode('[]'),
      text: decode('"x"'),
      number: decode('1'),
      words: decode('x'),
      empty: decode(''),
    };
    expect(outcomes(refused)).toEqual(all(refused, 'ENVELOPE_MALFORMED'));
  });

  it('PAY-11: unknown members are ignored, wrong ones and what follows are refused', () => {
    const text = showUtf8(payload);
    expect(
      parsePayload(encodeUtf8(text.replace('"size"', '"urls":["x"],"other":{},"size"').replace(/}$/, ',"x":null}'))),
    ).toEqual(target);
    const refused = {
      'size as text': parse(text.replace('251', '"251"')),
      'size as fraction': parse(text.replace('251', '251.0')),
      'size with exponent': parse(text.replace('251', '25e1')),
      'size below zero': parse(text.replace('251', '-1')),
      'annotation of a number': parse(text.replace('251', '251,"annotations":{"a":1}')),
      'urls of numbers': parse(text.replace('251', '251,"urls":[1]')),
      'urls that are no texts': parse(text.replace('251', '251,"urls":[1]')),
      'annotation null': parse(text.replace('251', '251,"annotations":{"a":null}')),
      'target twice, the last null': parse(text.replace(/}$/, ',"targetArtifact":null}')),
      'annotations in a list': parse(text.replace('251', '251,"annotations":[]')),
      'bytes after it': parse(`${text}{}`),
      'bytes that are not UTF-8': () => parsePayload(Buffer.concat([payload.subarray(0, 30), Uint8Array.of(0xff)])),
      nothing: parse(''),
    };
    expect(outcomes(refused)).toEqual(all(refused, 'ENVELOPE_MALFORMED'));
    expect(outcome(() => cose.decode(coseBytes({ payload: new Uint8Array() })))).toBe('ENVELOPE_MALFORMED');
  });

  it('PAY-12: equal are descriptors of one media type, digest and size', () => {
    const same = (change: Partial<Descriptor>) => sameContent(target, { ...target, ...change });
    expect(same({ annotations: { a: 'b' }, artifactType: 'x' })).toBe(true);
    expect(same({ size: 252 })).toBe(false);
    expect(same({ digest: `sha256:${'0'.repeat(64)}` })).toBe(false);
    expect(same({ mediaType: mediaType.toUpperCase() })).toBe(false);
  });

  it('PAY-13: digests are SHA-2 in lower case and full length', () => {
    const hex = 'a1'.repeat(64);
    const accepted = ['sha256', 'sha384', 'sha512'].map((hash, i) => `${hash}:${hex.slice(0, 64 + 32 * i)}`);
    expect(accepted.map((text) => parseDigest(text))).toEqual(accepted);
    const refused = [
      `sha256:${hex.slice(0, 63)}`,
      `sha256:${hex.slice(0, 65)}`,
      `sha256:${hex.slice(0, 64).toUpperCase()}`,
      `SHA256:${hex.slice(0, 64)}`,
      `sha512:${hex.slice(0, 64)}`,
      `sha1:${hex.slice(0, 40)}`,
      `sha512-256:${hex.slice(0, 64)}`,
      hex.slice(0, 64),
    ];
    expect(refused.map((text) => outcome(() => parseDigest(text)))).toEqual(refused.map(() => 'REFERENCE_INVALID'));
    expect(outcome(parse(showUtf8(payload).replace(digest, digest.toUpperCase())))).toBe('ENVELOPE_MALFORMED');
  });
});
