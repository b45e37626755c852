// The byte gates: exactly one text for given bytes, and no bytes that a lenient decoder would guess (pitfalls 15, 16).

import { describe, expect, it } from 'vitest';

import {
  compareBytes,
  concatBytes,
  decodeBase64,
  decodeBase64Url,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUtf8,
  equalBytes,
  malformed,
  showUtf8,
} from '../../shared/bytes.ts';
import { refusal } from '../support/expect-code.ts';

const source = { code: 'ENVELOPE_MALFORMED', what: 'thing' } as const;
const of = (...octets: number[]): Uint8Array => Uint8Array.from(octets);
const samples = [of(), of(0), of(0xfb, 0xff), of(0xff, 0xfe, 0xfd), of(...Array.from({ length: 256 }, (_, i) => i))];

describe('base64', () => {
  it('gives back what it wrote', () => {
    for (const bytes of samples) {
      expect(decodeBase64(encodeBase64(bytes), source)).toEqual(bytes);
      expect(decodeBase64Url(encodeBase64Url(bytes), source)).toEqual(bytes);
    }
  });

  it('writes the vectors of RFC 4648 §10', () => {
    const vectors = ['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', 'Zm9vYmE=', 'Zm9vYmFy'];
    for (const [length, text] of vectors.entries()) {
      const bytes = encodeUtf8('foobar'.slice(0, length));
      expect(encodeBase64(bytes)).toBe(text);
      expect(encodeBase64Url(bytes)).toBe(text.replaceAll('=', ''));
      expect(decodeBase64(text, source)).toEqual(bytes);
    }
  });

  it.each([
    ['missing padding', 'Zg'],
    ['half the padding', 'Zg='],
    ['too much padding', 'Zm9v===='],
    ['unused bits set', 'Zh=='],
    ['the URL alphabet', '-_8='],
    ['white space', 'Zm9v\n'],
    ['a space inside', 'Zm 9v'],
    ['other characters', 'Zm9v!'],
    ['text after the padding', 'Zg==Zg=='],
    ['a single character', 'Z'],
    ['only padding', '===='],
    ['letters beyond ASCII', 'Zm9é'],
  ])('refuses %s', (_what, text) => {
    expect(refusal('ENVELOPE_MALFORMED', () => decodeBase64(text, source)).message).toBe('thing: not canonical base64');
  });

  it.each([
    ['padding', 'Zg=='],
    ['unused bits set', 'Zh'],
    ['the standard alphabet', '+/8'],
    ['white space', 'Zm9v\n'],
    ['other characters', 'Zm9v!'],
    ['a single character', 'Z'],
  ])('refuses URL-safe base64 with %s', (_what, text) => {
    expect(refusal('ENVELOPE_MALFORMED', () => decodeBase64Url(text, source)).message).toContain('unpadded base64url');
  });
});

describe('UTF-8', () => {
  it('round trip, byte order mark included', () => {
    for (const text of ['', 'abc', 'é漢😀', '\ufeffabc', '\u0000']) {
      expect(decodeUtf8(encodeUtf8(text), source)).toBe(text);
    }
  });

  it.each([
    ['a lone continuation octet', of(0x80)],
    ['a truncated character', of(0xc3)],
    ['an overlong form', of(0xc0, 0xaf)],
    ['a surrogate', of(0xed, 0xa0, 0x80)],
    ['a character beyond U+10FFFF', of(0xf4, 0x90, 0x80, 0x80)],
    ['Latin-1', of(0x5a, 0x6f, 0xeb)],
  ])('refuses %s', (_what, bytes) => {
    const error = refusal('ENVELOPE_MALFORMED', () => decodeUtf8(bytes, source));
    expect(error.message).toBe('thing: not well-formed UTF-8');
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(showUtf8(bytes)).toContain('\ufffd');
  });
});

describe('bytes', () => {
  it('are compared by value and length', () => {
    expect(equalBytes(of(1, 2), of(1, 2))).toBe(true);
    expect(equalBytes(of(1, 2), of(1, 3))).toBe(false);
    expect(equalBytes(of(1, 2), of(1, 2, 0))).toBe(false);
    expect(equalBytes(of(9, 1, 2).subarray(1), of(1, 2))).toBe(true);
  });

  it('are ordered by value, shorter first', () => {
    const sorted = [of(), of(0), of(0, 1), of(1), of(0x7f), of(0x80), of(0xff)];
    expect([...sorted].reverse().sort(compareBytes)).toEqual(sorted);
    // U+FF5E stands before U+1F600 in UTF-8 and after it in UTF-16 (pitfall 4).
    expect(compareBytes(encodeUtf8('\uff5e'), encodeUtf8('\u{1f600}'))).toBeLessThan(0);
  });

  it('are joined into plain bytes', () => {
    const joined = concatBytes(of(1), Buffer.from([2]), of(), of(3));
    expect(joined).toEqual(of(1, 2, 3));
    expect(Buffer.isBuffer(joined)).toBe(false);
  });

  it('become lower-case hexadecimal', () => {
    expect(encodeHex(of(0x00, 0xab, 0xff))).toBe('00abff');
  });
});

it('malformed names the source, and keeps a cause only where there is one', () => {
  const cause = new Error('x');
  expect(malformed(source, 'broken', cause)).toMatchObject({
    code: 'ENVELOPE_MALFORMED',
    message: 'thing: broken',
    cause,
  });
  expect('cause' in malformed(source, 'broken')).toBe(false);
});
