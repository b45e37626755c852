import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { boolean, integer, text } from '../../../shared/github/input-values.ts';
import { InputReader } from '../../../shared/github/inputs.ts';

const completing = (reader: InputReader): NotaryError => {
  try {
    reader.complete({});
  } catch (error) {
    if (error instanceof NotaryError) return error;
    throw error;
  }
  throw new Error('is complete');
};
const problems = (error: NotaryError): readonly string[] =>
  (error.cause as AggregateError).errors.map((one: NotaryError) => `${one.code} ${one.message}`);

describe('InputReader', () => {
  it('finds an input as the runner names it, and trims it', () => {
    const reader = new InputReader({ 'INPUT_SIGNING-ACCOUNT-NAME': '  acme\n', PATH: '/bin' });
    expect(reader.required('signing-account-name', text)).toBe('acme');
    expect(reader.complete({})).toEqual({});
  });

  it('takes an empty input for one that is not given', () => {
    const reader = new InputReader({ INPUT_EXPIRY: ' \n ', INPUT_SUMMARY: '' });
    expect(reader.has('expiry')).toBe(false);
    expect(reader.optional('expiry', text)).toBeUndefined();
    expect(reader.withDefault('summary', boolean, true)).toBe(true);
    expect(reader.withDefault('absent', boolean, false)).toBe(false);
    reader.complete({});
  });

  it('returns what is complete', () => {
    const reader = new InputReader({ INPUT_A: '1' });
    const { a } = reader.complete({ a: reader.required('a', integer(1, 9)) });
    expect(a + 1).toBe(2);
  });

  it('does not pass an undefined value without a problem', () => {
    expect(() => new InputReader({}).complete({ a: undefined })).toThrow('input a has neither a value nor a problem');
  });

  it('collects every problem, each with its remedy', () => {
    const reader = new InputReader({ INPUT_SUMMARY: 'maybe', INPUT_CONCURRENCY: '0' });
    reader.required('artifacts', text);
    reader.withDefault('summary', boolean, true);
    reader.withDefault('concurrency', integer(1, 64), 8);
    reader.refuse('expiry', 'cannot be', 'Do something else.');
    const error = completing(reader);
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toBe(
      'artifacts: is required. Add `artifacts` to the `with:` block of the step. | ' +
        'summary: "maybe" is not a boolean. Write true or false. | ' +
        'concurrency: "0" is not a whole number from 1 to 64. Write such a number. | ' +
        'expiry: cannot be. Do something else.',
    );
    expect(problems(error)).toHaveLength(4);
  });

  it('says INPUT_MISSING where nothing else is wrong', () => {
    const reader = new InputReader({});
    reader.required('artifacts', text);
    reader.missing('endpoint', 'Give it.');
    expect(completing(reader).code).toBe('INPUT_MISSING');
  });

  it('takes any NotaryError of a parser for a problem of the input', () => {
    const reader = new InputReader({ INPUT_A: 'x' });
    reader.optional('a', () => {
      throw new NotaryError('REFERENCE_INVALID', 'no such form', { remedy: 'Another form.' });
    });
    expect(completing(reader).message).toBe('a: no such form. Another form.');
  });

  it('lets a defect through', () => {
    const reader = new InputReader({ INPUT_A: 'x' });
    expect(() => {
      reader.optional('a', () => {
        throw new TypeError('defect');
      });
    }).toThrow(TypeError);
  });

  it('loads what must be looked up', async () => {
    const reader = new InputReader({ INPUT_A: 'x', INPUT_B: 'y' });
    expect(await reader.load('a', (value) => Promise.resolve(`${value}!`))).toBe('x!');
    expect(await reader.load<string>('absent', () => Promise.reject(new Error('never asked')))).toBeUndefined();
    await reader.load('b', () => Promise.reject(new NotaryError('FILE_UNREADABLE', 'y does not exist')));
    await expect(reader.load('a', () => Promise.reject(new TypeError('defect')))).rejects.toThrow(TypeError);
    expect(problems(completing(reader))).toEqual(['INPUT_INVALID b: y does not exist']);
  });

  it('attempts what several inputs make together', () => {
    const reader = new InputReader({});
    expect(reader.attempt(() => 5)).toBe(5);
    reader.attempt(() => {
      throw new NotaryError('KEY_UNSUPPORTED', 'a and b do not fit');
    });
    expect(problems(completing(reader))).toEqual(['INPUT_INVALID a and b do not fit']);
  });

  it.each([
    [{ INPUT_USER: 'u' }, 'INPUT_MISSING password: is required'],
    [{ INPUT_PASSWORD: 'p' }, 'INPUT_MISSING user: is required'],
  ])('wants both of a pair: %j', (environment, expected) => {
    const reader = new InputReader(environment);
    reader.together('user', 'password');
    expect(problems(completing(reader))).toEqual([expected]);
  });

  it.each([[{}], [{ INPUT_USER: 'u', INPUT_PASSWORD: 'p' }]])('is content with %j', (environment) => {
    const reader = new InputReader(environment);
    reader.together('user', 'password');
    reader.complete({});
  });

  describe('an input that nobody asked for', () => {
    it.each([
      ['INPUT_TRUSTED-IDENTITY', 'trusted-identity', 'Did you mean `trusted-identities`?'],
      ['INPUT_TRUSTED_IDENTITIES', 'trusted_identities', 'Did you mean `trusted-identities`?'],
      ['INPUT_RECURSIVE', 'recursive', 'Remove it; the README lists the inputs.'],
      ['INPUT_', '', 'Remove it; the README lists the inputs.'],
    ])('%s is a problem', (variable, name, remedy) => {
      const reader = new InputReader({ [variable]: 'x' });
      reader.optional('trusted-identities', text);
      reader.optional('artifacts', text);
      const error = completing(reader);
      expect(error.code).toBe('INPUT_INVALID');
      expect(error.message).toBe(`${name}: is not an input of this action. ${remedy}`);
    });

    it('is one too where it is empty', () => {
      expect(completing(new InputReader({ INPUT_OTHER: '' })).message).toContain('other: is not an input');
    });
  });

  it('forges no line with what it quotes', () => {
    const reader = new InputReader({ INPUT_A: 'x' });
    reader.optional('a', (): never => {
      throw new NotaryError('INPUT_INVALID', 'first\n::error::second\u202e');
    });
    expect(problems(completing(reader))).toEqual(['INPUT_INVALID a: first\\n::error::second\\u{202e}']);
  });
});
