import { describe, expect, it } from 'vitest';

import { decodeProtected, requireHeader, requireSingleIv } from '../../../shared/envelope/cose-header.ts';
import type { CborMap, CborValue } from '../../../shared/envelope/cbor.ts';
import { refusal } from '../../support/expect-code.ts';
import { array, bytes, hex, int, map, nil, text } from './cbor-bytes.ts';
import type { Part } from './cbor-bytes.ts';

const source = { code: 'ENVELOPE_MALFORMED', what: 'test' } as const;

const inProtected = (...pairs: readonly (readonly [Part, Part])[]) => decodeProtected(map(...pairs), source);
const inUnprotected = (value: CborValue) => requireHeader(value, 'unprotected', source);
const refuse = (run: () => unknown) => refusal('ENVELOPE_MALFORMED', run);

describe('generic header rules of COSE (COSE-15)', () => {
  it.each<[string, Part, Part]>([
    ['an algorithm that is null', int(1), nil],
    ['crit that is empty', int(2), array()],
    ['crit that is no array', int(2), int(1)],
    ['crit with bytes in it', int(2), array(bytes(hex('01')))],
    ['crit that names what is not there', int(2), array(int(99))],
    ['a negative content type', int(3), int(-1)],
    ['an empty content type', int(3), text('')],
    ['a content type without a slash', int(3), text('text')],
    ['a content type with two slashes', int(3), text('a/b/c')],
    ['a content type with a space before it', int(3), text(' a/b')],
    ['a content type with a space after it', int(3), text('a/b ')],
    ['a type without a slash', int(16), text('text')],
    ['a key id in text', int(4), text('a')],
    ['an IV in text', int(5), text('a')],
    ['a partial IV that is a number', int(6), int(1)],
    ['a countersignature', int(7), array()],
    ['an abbreviated countersignature', int(9), bytes(hex('01'))],
    ['a countersignature of version 2', int(11), array()],
    ['an abbreviated countersignature of version 2', int(12), bytes(hex('01'))],
  ])('refuse %s in the protected header', (_what, label, value) => {
    refuse(() => inProtected([label, value]));
  });

  it.each<[string, Part, Part]>([
    ['a numeric content type', int(3), int(50)],
    ['a content type', int(3), text('a/b')],
    ['an algorithm in text', int(1), text('x')],
    ['a key id', int(4), bytes(hex('01'))],
    ['crit that names itself', int(2), array(int(2))],
  ])('accept %s in the protected header', (_what, label, value) => {
    expect(inProtected([label, value]).size).toBe(1);
  });

  it.each<[string, number, CborValue]>([
    ['crit', 2, [1]],
    ['a countersignature that is no array', 7, new Uint8Array(1)],
    ['a countersignature (D43)', 7, [new Uint8Array(1), new Map(), new Uint8Array(1)]],
    ['several countersignatures (D43)', 7, [[new Uint8Array(1), new Map(), new Uint8Array(1)]]],
    ['a countersignature of version 2 (D43)', 11, [new Uint8Array(1), new Map(), new Uint8Array(1)]],
    ['an abbreviated countersignature that is no byte string', 9, []],
    ['a countersignature of version 2 that is no array', 11, 'x'],
    ['an abbreviated countersignature of version 2 that is no byte string', 12, null],
    ['a key id in text', 4, 'a'],
  ])('refuse %s in the unprotected header', (_what, label, value) => {
    refuse(() => inUnprotected(new Map([[label, value]])));
  });

  it('refuse what is no map', () => {
    for (const value of [[], null, 1, new Uint8Array()]) refuse(() => inUnprotected(value));
    expect(inUnprotected(new Map()).size).toBe(0);
  });

  it('refuse IV and Partial IV together, in whichever headers', () => {
    const iv: CborMap = new Map([[5, new Uint8Array()]]);
    const partial: CborMap = new Map([[6, new Uint8Array()]]);
    refuse(() => {
      requireSingleIv([iv, partial], source);
    });
    requireSingleIv([iv, new Map()], source);
  });
});
