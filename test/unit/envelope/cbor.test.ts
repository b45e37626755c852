import { describe, expect, it } from 'vitest';

import { CborFloat, CborTag, decodeCbor, encodeCbor } from '../../../shared/envelope/cbor.ts';
import type { CborValue } from '../../../shared/envelope/cbor.ts';
import { encodeHex, equalBytes } from '../../../shared/bytes.ts';
import { hasCode, NotaryError } from '../../../shared/errors.ts';
import { mutations } from '../../support/mutate.ts';
import { array, bytes, head, hex, int, join, map, tag, text } from './cbor-bytes.ts';

const source = { code: 'ENVELOPE_MALFORMED', what: 'test' } as const;

function read(input: Uint8Array, tags: 'allowed' | 'forbidden' = 'allowed'): CborValue {
  return decodeCbor(input, tags, source);
}

function refusal(input: Uint8Array, tags: 'allowed' | 'forbidden' = 'allowed'): string {
  try {
    read(input, tags);
  } catch (error) {
    if (hasCode(error, 'ENVELOPE_MALFORMED')) return error.message;
    throw error;
  }
  throw new Error('accepted');
}

const repeated = (opener: string, times: number, last: string) => hex(opener.repeat(times) + last);

describe('reading CBOR', () => {
  // RFC 8949, appendix A.
  it.each<[string, CborValue]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['1b7fffffffffffffff', 9_223_372_036_854_775_807n],
    ['20', -1],
    ['3863', -100],
    ['3bffffffffffffffff', -18_446_744_073_709_551_616n],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['f7', undefined],
    ['40', new Uint8Array()],
    ['4401020304', hex('01020304')],
    ['62c3bc', 'ü'],
    ['80', []],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a201020304', new Map([[1, 2]]).set(3, 4)],
    ['a26161016162820203', new Map<string, CborValue>([['a', 1]]).set('b', [2, 3])],
    ['c11a514b67b0', new CborTag(1, 1_363_896_240)],
    ['c074323032342d30352d30365430373a30383a30395a', new CborTag(0, '2024-05-06T07:08:09Z')],
    ['c1fb41d452d9e20c0000', new CborTag(1, new CborFloat(1_363_896_200.1875))],
    ['c24101', new CborTag(2, hex('01'))],
    ['d818f6', new CborTag(24, null)],
    ['f93c00', new CborFloat(1)],
    ['f9c400', new CborFloat(-4)],
    ['f90001', new CborFloat(5.960464477539063e-8)],
    ['f97c00', new CborFloat(Infinity)],
    ['fa47c35000', new CborFloat(100_000)],
    ['fb3ff199999999999a', new CborFloat(1.1)],
  ])('reads %s', (digits, expected) => {
    expect(read(hex(digits))).toStrictEqual(expected);
  });

  it('reads an integer in any width as the same number (COSE-14)', () => {
    expect([0, 1, 2, 4, 8].map((width) => read(head(0, 7, width as 0)))).toStrictEqual([7, 7, 7, 7, 7]);
    expect(read(head(1, 2n ** 53n - 1n, 8))).toBe(-(2n ** 53n));
  });

  it('keeps a byte order mark, in short text and in long', () => {
    expect(read(text('\uFEFFa'))).toBe('\uFEFFa');
    expect(read(text(`\uFEFF${'a'.repeat(100)}`))).toHaveLength(101);
  });

  it('refuses bytes after the item (COSE-11)', () => {
    expect(refusal(hex('0000'))).toContain('after');
  });

  it('refuses more items than any envelope has, though each array is short enough (COSE-13)', () => {
    const full = join(head(4, 131_072, 4), new Uint8Array(131_072));
    expect(read(array(full))).toHaveLength(1);
    expect(refusal(array(full, full))).toBe('test: more than 262144 CBOR items');
  });

  it.each([
    ['nothing', ''],
    ['a head without its argument', '19ff'],
    ['bytes that are not there', '5affffffff00'],
    ['more bytes than any memory has', '5bffffffffffffffff'],
    ['an array without its items', '8201'],
    ['a map without its value', 'a101'],
    ['a tag without its content', 'c1'],
    ['a float cut short', 'fb3ff1'],
  ])('refuses %s', (_what, digits) => {
    expect(refusal(hex(digits))).toContain('too early');
  });

  it.each([
    ['bytes', '5f42010243030405ff'],
    ['text', '7f657374726561646d696e67ff'],
    ['an array', '9f01ff'],
    ['a map', 'bf0102ff'],
    ['a stop without a start', 'ff'],
    ['a reserved length', '1c'],
  ])('refuses an indefinite length: %s (COSE-13)', (_what, digits) => {
    expect(refusal(hex(digits))).toContain('indefinite');
  });

  it.each([
    ['plain', map([int(1), int(0)], [int(1), int(0)])],
    ['through different widths', map([int(1), int(0)], [head(0, 1, 8), int(0)])],
    ['text', map([text('a'), int(0)], [text('a'), int(0)])],
    ['text through different widths', map([text('a'), int(0)], [join(head(3, 1, 4), hex('61')), int(0)])],
    ['large', map([head(0, 2n ** 60n), int(0)], [head(0, 2n ** 60n), int(0)])],
    ['inside another map', map([int(1), map([int(2), int(0)], [int(2), int(0)])])],
  ])('refuses a label that occurs twice: %s (COSE-13)', (_what, input) => {
    expect(refusal(input)).toContain('twice');
  });

  it.each([
    ['bytes', bytes(hex('01'))],
    ['an array', array()],
    ['a float', hex('f93c00')],
    ['null', hex('f6')],
    ['a tag', tag(1, int(0))],
    ['an integer under int64', head(1, 2n ** 63n)],
  ])('refuses a label that is %s (COSE-14)', (_what, label) => {
    expect(refusal(map([label, int(0)]))).toContain('label');
  });

  it('refuses every integer over int64, as label or value (COSE-14)', () => {
    expect(refusal(map([head(0, 2n ** 63n), int(0)]))).toContain('beyond int64');
    expect(refusal(map([int(0), head(0, 2n ** 63n)]))).toContain('beyond int64');
  });

  it.each([
    ['tag 0 over a number', tag(0, int(1))],
    ['tag 0 over a text that is no time', tag(0, text('abcde'))],
    ['tag 1 over a text', tag(1, text('1'))],
    ['tag 1 over null', tag(1, hex('f6'))],
    ['tag 1 over tag 1', tag(1, tag(1, int(1)))],
    ['tag 2 over a number', tag(2, int(1))],
    ['tag 3 over a text', tag(3, text('a'))],
    ['the same within an array', array(tag(3, text('a')))],
  ])('refuses %s, which the reference does not read (COSE-12)', (_what, input) => {
    expect(refusal(input)).toMatch(/tag \d|time/);
  });

  it('takes every label that fits in an int64', () => {
    const labels = [
      ...(read(map([head(0, 2n ** 63n - 1n), int(0)], [head(1, 2n ** 63n - 1n), int(0)])) as Map<bigint, 0>),
    ];
    expect(labels).toStrictEqual([
      [2n ** 63n - 1n, 0],
      [-(2n ** 63n), 0],
    ]);
  });

  it.each(['61ff', '62c0af', '63eda080', '64f4908080'])('refuses invalid UTF-8: %s (COSE-13)', (digits) => {
    expect(refusal(hex(digits))).toContain('UTF-8');
  });

  it.each([
    ['arrays', '81', '00'],
    ['maps', 'a100', '00'],
    ['tags', 'c6', '00'],
  ])('reads %s 32 deep and no deeper (COSE-13)', (_what, opener, last) => {
    expect(() => read(repeated(opener, 32, last))).not.toThrow();
    expect(refusal(repeated(opener, 33, last))).toContain('deeper than 32');
    expect(refusal(repeated(opener, 1_000_000, last))).toContain('deeper than 32');
  });

  it('reads 131072 items and no more (COSE-13)', () => {
    const zeros = (count: number) => join(head(4, count), new Uint8Array(count));
    expect(read(zeros(131_072))).toHaveLength(131_072);
    expect(refusal(zeros(131_073))).toContain('131073');
    expect(refusal(head(5, 131_073))).toContain('131073');
    expect(refusal(head(4, 2n ** 64n - 1n))).toContain('18446744073709551615');
  });

  it('refuses a tag where tags are forbidden, however deep (COSE-12)', () => {
    expect(refusal(tag(1, int(0)), 'forbidden')).toContain('tag 1');
    expect(refusal(array(map([int(1), tag(24, bytes(hex('00')))])), 'forbidden')).toContain('tag 24');
    expect(read(array(bytes(tag(1, int(0)))), 'forbidden')).toStrictEqual([hex('c100')]);
  });

  it('keeps tags that other decoders act upon as mere data', () => {
    const regularExpression = tag(27, array(text('RegExp'), text('a')));
    expect(read(regularExpression)).toStrictEqual(new CborTag(27, ['RegExp', 'a']));
  });

  it.each(['e0', 'f3', 'f8ff', 'f820'])('refuses the simple value %s', (digits) => {
    expect(refusal(hex(digits))).toContain('simple value');
  });

  it('answers every mutant with a value or a NotaryError', () => {
    const good = map(
      [int(1), array(text('a'), bytes(hex('0102')), hex('fb3ff199999999999a'))],
      [text('b'), tag(1, int(5))],
    );
    let refused = 0;
    for (const mutant of mutations(good, 7, 2000)) {
      try {
        read(mutant);
      } catch (error) {
        expect(error).toBeInstanceOf(NotaryError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});

describe('writing CBOR', () => {
  it.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65_536, '1a00010000'],
    [4_294_967_295, '1affffffff'],
    [4_294_967_296, '1b0000000100000000'],
    [-1, '20'],
    [-39, '3826'],
    [-4_294_967_296, '3affffffff'],
    [-4_294_967_297, '3b0000000100000000'],
  ])('writes the integer %d with the shortest head (COSE-2)', (value, digits) => {
    expect(encodeHex(encodeCbor(value))).toBe(digits);
  });

  it.each([0, 23, 24, 31, 32, 63, 64, 255, 256, 65_535, 65_536])('writes %d bytes and letters shortest', (length) => {
    expect(equalBytes(encodeCbor(new Uint8Array(length)), bytes(new Uint8Array(length)))).toBe(true);
    expect(equalBytes(encodeCbor('a'.repeat(length)), text('a'.repeat(length)))).toBe(true);
    expect(equalBytes(encodeCbor('é'.repeat(length)), text('é'.repeat(length)))).toBe(true);
  });

  it('writes labels in the order of their encodings, at every level', () => {
    const inner = new Map<string | number, number>([['aa', 0]]).set('b', 1).set(-1, 2).set(100, 3).set(10, 4);
    expect(encodeHex(encodeCbor(new Map([[2, inner]])))).toBe('a102a50a04186403200261620162616100');
  });

  it('writes a time as tag 1 with an integer (COSE-6)', () => {
    expect(encodeHex(encodeCbor(new CborTag(1, 1_678_769_122)))).toBe('c11a640ffbe2');
    expect(encodeHex(encodeCbor(new CborTag(1, 5_000_000_000)))).toBe('c11b000000012a05f200');
  });

  it('reads back what it wrote, and leaves no view of a shared buffer', () => {
    const value = [new Uint8Array([1, 2]), 'é', new Map([[33, [new Uint8Array(3)]]])];
    const written = encodeCbor(value);
    expect(read(written)).toStrictEqual(value);
    expect(written.buffer.byteLength).toBe(written.length);
  });
});
