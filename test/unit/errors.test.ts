// The table of codes, and the one error class.

import { describe, expect, it } from 'vitest';

import { errorCodes, hasCode, NotaryError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';

const codes = Object.keys(errorCodes) as ErrorCode[];

describe('the table', () => {
  it.each(codes)('%s has a remedy that is a sentence', (code) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
    expect(errorCodes[code].remedy).toMatch(/^[A-Z][\s\S]{15,}\.$/);
  });

  it('says what may pass when run again, and nothing that concerns trust does', () => {
    const transient = codes.filter((code) => errorCodes[code].transient);
    for (const code of transient) expect(code).toMatch(/_(UNAVAILABLE|UNREACHABLE|TIMED_OUT)$/);
    for (const code of codes.filter((each) => each.endsWith('_UNAVAILABLE'))) expect(transient).toContain(code);
  });
});

describe('NotaryError', () => {
  it('carries code, message, remedy and cause', () => {
    const cause = new TypeError('deep');
    const error = new NotaryError('SIGNATURE_MISMATCH', 'what happened', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'NotaryError', code: 'SIGNATURE_MISMATCH', message: 'what happened', cause });
    expect(error.remedy).toBe(errorCodes.SIGNATURE_MISMATCH.remedy);
    expect(error.transient).toBe(false);
    expect(new NotaryError('REGISTRY_UNAVAILABLE', 'x').transient).toBe(true);
  });

  it('takes a more exact remedy, and has no cause that nobody gave', () => {
    const error = new NotaryError('INPUT_INVALID', 'x', { remedy: 'Do this.' });
    expect(error.remedy).toBe('Do this.');
    expect('cause' in error).toBe(false);
    expect(new NotaryError('INPUT_INVALID', 'x', { cause: undefined })).toHaveProperty('cause', undefined);
  });
});

describe('hasCode', () => {
  it('looks for the named codes, on a NotaryError alone', () => {
    const error = new NotaryError('NAME_INVALID', 'x');
    expect(hasCode(error, 'NAME_INVALID')).toBe(true);
    expect(hasCode(error, 'INPUT_INVALID', 'NAME_INVALID')).toBe(true);
    expect(hasCode(error, 'INPUT_INVALID')).toBe(false);
    expect(hasCode(error)).toBe(false);
    expect(hasCode(Object.assign(new Error('x'), { code: 'NAME_INVALID' }), 'NAME_INVALID')).toBe(false);
    expect(hasCode(undefined, 'NAME_INVALID')).toBe(false);
  });
});
