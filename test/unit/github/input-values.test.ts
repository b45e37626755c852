import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import * as values from '../../../shared/github/input-values.ts';

const refused = (parse: () => unknown): NotaryError => {
  try {
    parse();
  } catch (error) {
    if (error instanceof NotaryError && error.code === 'INPUT_INVALID') return error;
    throw error;
  }
  throw new Error('was accepted');
};

describe('lines', () => {
  it('takes one item a line, without blank lines and comments, with either line end', () => {
    expect(values.lines('one\r\n\n  # a comment\n\t two three \n#four\nfive#six')).toEqual([
      'one',
      'two three',
      'five#six',
    ]);
  });

  it('wants one item at least', () => {
    expect(refused(() => values.lines('# only\n# comments')).message).toBe('has only comments');
  });
});

describe('linesOf', () => {
  it('tells of every line that is refused', () => {
    const parse = values.linesOf(values.integer(1, 5));
    expect(parse('1\n5')).toEqual([1, 5]);
    expect(refused(() => parse('0\n3\n6')).message).toBe(
      '"0" is not a whole number from 1 to 5; "6" is not a whole number from 1 to 5',
    );
  });

  it('leaves a defect alone', () => {
    const parse = values.linesOf(() => {
      throw new RangeError('defect');
    });
    expect(() => parse('x')).toThrow(RangeError);
  });
});

describe('boolean', () => {
  it.each(['true', 'True', 'TRUE'])('%s is true', (word) => {
    expect(values.boolean(word)).toBe(true);
  });
  it.each(['false', 'False', 'FALSE'])('%s is false', (word) => {
    expect(values.boolean(word)).toBe(false);
  });
  it.each(['yes', 'no', 'on', 'off', '1', '0', 'tRUE', 'true false'])('%s is neither', (word) => {
    expect(refused(() => values.boolean(word)).message).toBe(`"${word}" is not a boolean`);
  });
});

describe('integer', () => {
  it('takes the ends of its range', () => {
    expect([values.integer(1, 64)('1'), values.integer(1, 64)('64'), values.integer(1, 64)('007')]).toEqual([1, 64, 7]);
  });
  it.each(['0', '65', '-1', '+1', '1.0', '1e1', '0x10', ' 1', '١', '99999999999999999999'])('refuses %s', (text) => {
    expect(refused(() => values.integer(1, 64)(text)).message).toContain('is not a whole number from 1 to 64');
  });
});

describe('oneOf', () => {
  it('takes exact names', () => {
    expect(values.oneOf('cose', 'jws')('jws')).toBe('jws');
  });
  it.each(['COSE', 'cos', 'toString'])('refuses %s and lists what there is', (text) => {
    expect(refused(() => values.oneOf('cose', 'jws')(text)).remedy).toBe('Write one of: cose, jws.');
  });
});

describe('duration', () => {
  const parse = values.duration(1, 36_500 * 86_400);
  it.each([
    ['90d', 90 * 86_400],
    ['12h', 43_200],
    ['10m', 600],
    ['30s', 30],
    ['1h30m', 5400],
    ['1d1h1m1s', 90_061],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parse(text)).toBe(seconds);
  });
  it.each([
    ['0s', 'nothing'],
    ['-1h', 'negative'],
    ['', 'empty'],
    ['10', 'without a unit'],
    ['1.5h', 'a fraction'],
    ['100ms', 'less than a second'],
    ['1m1h', 'in another order'],
    ['1h 30m', 'with a space'],
    ['36501d', 'too long'],
    ['9999999999s', 'with too many digits'],
  ])('refuses %j: %s', (text) => {
    refused(() => parse(text));
  });
});

describe('keyValues', () => {
  it('splits at the first equals sign and keeps the rest', () => {
    expect({ ...values.keyValues('a=1\n# b=2\nurl=https://x/?y=z\nspaced= x y') }).toEqual({
      a: '1',
      url: 'https://x/?y=z',
      spaced: ' x y',
    });
  });
  it('takes names that objects have already', () => {
    const result = values.keyValues('__proto__=x\ntoString=y');
    expect(Object.entries(result)).toEqual([
      ['__proto__', 'x'],
      ['toString', 'y'],
    ]);
  });
  it.each(['novalue', '=x', 'key=', 'key =x', 'a=1\nb'])('refuses %j', (text) => {
    expect(refused(() => values.keyValues(text)).message).toContain('is not key=value');
  });
  it('refuses a key that occurs twice', () => {
    expect(refused(() => values.keyValues('a=1\na=2')).message).toBe('the key "a" occurs twice');
  });
});

describe('url', () => {
  const parse = values.url('http', 'https');
  it('takes an absolute address', () => {
    expect(parse('http://tsa.example/path?x=y').href).toBe('http://tsa.example/path?x=y');
  });
  it.each([
    'tsa.example',
    '/path',
    'ftp://tsa.example',
    'https://user@tsa.example',
    'https://:pw@tsa.example',
    'https://tsa.example/#x',
    'https://',
    'file:///etc/passwd',
  ])('refuses %s', (text) => {
    expect(refused(() => parse(text)).message).toContain('is not an address with the scheme http or https');
  });
});

describe('host', () => {
  it.each([
    ['localhost:5000', 'localhost:5000'],
    ['Registry.Example', 'registry.example'],
    ['registry.example:80', 'registry.example:80'],
    ['10.0.0.1:5000', '10.0.0.1:5000'],
    ['[::1]:5000', '[::1]:5000'],
  ])('%s', (text, expected) => {
    expect(values.host(text)).toBe(expected);
  });
  it.each([
    'https://registry.example',
    'registry.example/app',
    'user@registry.example',
    'a b',
    'host:port',
    'x?y',
    'x#y',
  ])('refuses %s', (text) => {
    expect(refused(() => values.host(text)).remedy).toBe('Write host or host:port, without scheme or path.');
  });
});

it('shows at most 80 characters of a value', () => {
  expect(refused(() => values.boolean('x'.repeat(1000))).message).toBe(`"${'x'.repeat(80)}…" is not a boolean`);
});
