// The JSON gate: reading as strictly as the reference, writing byte for byte as Go does (PAY-6 to PAY-11, pitfalls 3 to
// 5 and 17).

import { describe, expect, it } from 'vitest';

import { encodeUtf8, showUtf8 } from '../../shared/bytes.ts';
import {
  InexactNumber,
  isJsonObject,
  member,
  optionalString,
  ordered,
  parseJson,
  requireArray,
  requireInteger,
  requireObject,
  requireString,
  requireStringMap,
  sorted,
  writeJson,
} from '../../shared/json.ts';
import type { Json, JsonObject, Writable } from '../../shared/json.ts';
import { refusal } from '../support/expect-code.ts';

const source = { code: 'POLICY_INVALID', what: 'thing' } as const;
const parse = (text: string): Json => parseJson(encodeUtf8(text), source);
const object = (text: string): JsonObject => parse(text) as JsonObject;
const write = (value: Writable): string => showUtf8(writeJson(value));

describe('parseJson', () => {
  it('reads every kind of value', () => {
    expect(parse(' {"a":[1,-2,0,"x",true,false,null,{}]} ')).toEqual({ a: [1, -2, 0, 'x', true, false, null, {}] });
    expect(parse('9007199254740991')).toBe(9007199254740991);
  });

  it.each(['251.0', '1e3', '1E3', '0.5', '-0.0', '9007199254740992', '12345678901234567890', '1e400'])(
    'takes no %s for an integer (pitfall 17)',
    (literal) => {
      expect(parse(literal)).toEqual(new InexactNumber(literal));
      expect(parse(`{"a":[${literal}]}`)).toEqual({ a: [new InexactNumber(literal)] });
      refusal('POLICY_INVALID', () => requireInteger(parse(literal), source, 'size'));
    },
  );

  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":1}',
    '{"b":[{"a":{},"c":[],"a":{}}]}',
    '{"__proto__":1,"__proto__":2}',
    '{"1":1,"1":1}',
    '{ "a" : [ 1 , 2 ] , "b" : {} , "a" : [ ] }',
  ])('refuses two members of one name: %s (D46)', (text) => {
    expect(refusal('POLICY_INVALID', () => parse(text)).message).toBe(
      'thing: a JSON object has two members of one name',
    );
  });

  it.each([
    '{}',
    '[]',
    ' [ ] ',
    '""',
    '0',
    '{"a":{"a":{"a":[]}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\"a\\":1,","b":[[],{}]}',
    '[[[]],[[[]]]]',
  ])('reads one of each: %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('takes __proto__ for a member like others', () => {
    const value = object('{"__proto__":{"x":1}}');
    expect(member(value, '__proto__')).toEqual({ x: 1 });
    expect(member(value, 'x')).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['white space', '  '],
    ['two values', '{} {}'],
    ['a trailing comma', '[1,]'],
    ['single quotes', "{'a':1}"],
    ['a comment', '{} // x'],
    ['NaN', 'NaN'],
    ['a leading zero', '01'],
    ['a plus sign', '+1'],
    ['a control character in a string', '"\n"'],
    ['an unfinished string', '"a'],
    ['a byte order mark', '\ufeff{}'],
    ['an escape that does not exist', String.raw`"\x41"`],
    ['unfinished nesting', '['.repeat(1000)],
  ])('refuses %s', (_what, text) => {
    const error = refusal('POLICY_INVALID', () => parse(text));
    expect(error.message).toBe('thing: not valid JSON');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('counts values and levels before it builds any', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    const tooMany = `[${'[],'.repeat(270_000)}0]`;
    expect(refusal('POLICY_INVALID', () => parse(tooMany)).message).toBe('thing: more than 262144 JSON values');
    const tooDeep = refusal('POLICY_INVALID', () => parse(nested(1001)));
    expect(tooDeep.message).toBe('thing: JSON nested deeper than 1000 levels');
    expect(parse(nested(1000))).toHaveLength(1);
    expect(parse(`[${'0,'.repeat(260_000)}0]`)).toHaveLength(260_001);
  });

  it('counts nothing inside of text', () => {
    const text = `${'[,{'.repeat(300_000)}\\\\\\"`;
    expect(parse(JSON.stringify({ a: text, [text]: [] }))).toEqual({ a: text, [text]: [] });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(refusal('POLICY_INVALID', () => parseJson(Uint8Array.of(0x22, 0xe9, 0x22), source)).message).toContain(
      'UTF-8',
    );
  });

  it('ends in a value or in a NotaryError, however deep the nesting', () => {
    for (const depth of [100, 10_000, 1_000_000]) {
      try {
        parse('['.repeat(depth) + ']'.repeat(depth));
      } catch (error) {
        expect(error).toHaveProperty('code', 'POLICY_INVALID');
      }
    }
  });
});

describe('readers', () => {
  const value = object('{"s":"x","n":5,"a":[1],"o":{},"z":null,"i":1.0}');

  it('give members of the asked kind', () => {
    expect(requireString(member(value, 's'), source, 's')).toBe('x');
    expect(requireInteger(member(value, 'n'), source, 'n')).toBe(5);
    expect(requireArray(member(value, 'a'), source, 'a')).toEqual([1]);
    expect(requireObject(member(value, 'o'), source, 'o')).toEqual({});
    expect(optionalString(value, 's', source)).toBe('x');
    expect(optionalString(value, 'absent', source)).toBeUndefined();
    expect(optionalString(value, 'z', source)).toBeUndefined();
  });

  it('refuse every other kind, with the path', () => {
    const readers = {
      s: requireString,
      n: requireInteger,
      a: requireArray,
      o: requireObject,
    };
    for (const [own, read] of Object.entries(readers)) {
      for (const name of ['s', 'n', 'a', 'o', 'z', 'i', 'absent'].filter((each) => each !== own)) {
        const { message } = refusal('POLICY_INVALID', () => read(member(value, name), source, 'the path'));
        expect(message).toMatch(/^thing: the path is not an? (string|integer|array|object)$/);
      }
    }
    refusal('POLICY_INVALID', () => optionalString(value, 'n', source));
  });

  it('see own members only', () => {
    expect(member(value, 'toString')).toBeUndefined();
    expect(member(value, 'constructor')).toBeUndefined();
    expect(member(value, 'z')).toBeUndefined();
  });

  it('know an object when they see one', () => {
    expect(isJsonObject(parse('{}'))).toBe(true);
    for (const text of ['[]', 'null', '"x"', '1', '1.5']) expect(isJsonObject(parse(text))).toBe(false);
    expect(isJsonObject(undefined)).toBe(false);
  });

  it('read maps of strings, without prototype', () => {
    const map = requireStringMap(parse('{"b":"1","2":"x","__proto__":"y"}'), source, 'map');
    expect(Object.getPrototypeOf(map)).toBeNull();
    expect(Object.entries(map)).toEqual([
      ['2', 'x'],
      ['b', '1'],
      ['__proto__', 'y'],
    ]);
    expect(refusal('POLICY_INVALID', () => requireStringMap(parse('{"a":1}'), source, 'map')).message).toBe(
      'thing: map["a"] is not a string',
    );
    refusal('POLICY_INVALID', () => requireStringMap(parse('["a"]'), source, 'map'));
  });
});

describe('writeJson', () => {
  it('writes compact JSON, members in the given order, absent ones left out', () => {
    const value = ordered(['b', 1], ['a', [true, null, 'x', ordered()]], ['c', undefined], ['10', -5]);
    expect(write(value)).toBe('{"b":1,"a":[true,null,"x",{}],"10":-5}');
  });

  it('sorts maps by the bytes of UTF-8, numbers like any other text (pitfalls 3, 4)', () => {
    const map = { b: '', '10': '', '9': '', '\u{1f600}': '', '\uff5e': '', a: '', Z: '', '': '' };
    expect(write(sorted(map))).toBe('{"":"","10":"","9":"","Z":"","a":"","b":"","\uff5e":"","\u{1f600}":""}');
    expect(write(sorted({ x: undefined }))).toBe('{}');
  });

  it('escapes as Go does (PAY-8)', () => {
    expect(write('<a>&"\\/')).toBe(String.raw`"\u003ca\u003e\u0026\"\\/"`);
    expect(write('\u2028\u2029')).toBe(String.raw`"\u2028\u2029"`);
    expect(write('\n\r\t\b\f\u0000\u001f\u007f')).toBe('"\\n\\r\\t\\b\\f\\u0000\\u001f\u007f"');
    expect(write('é漢😀')).toBe('"é漢😀"');
    expect(write(ordered(['<', '>']))).toBe(String.raw`{"\u003c":"\u003e"}`);
  });

  it('is read back by parseJson', () => {
    const text = write(ordered(['a', ['<', '\u2028', 'é']]));
    expect(parse(text)).toEqual({ a: ['<', '\u2028', 'é'] });
  });
});
