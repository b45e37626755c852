import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { describeFailure, describeFailures, failureLines } from '../../../shared/github/failure.ts';

describe('describeFailure', () => {
  it('tells code, message, remedy and whether running again may help', () => {
    expect(describeFailure(new NotaryError('KEY_UNAVAILABLE', 'gone', { remedy: 'Wait.' }))).toEqual({
      code: 'KEY_UNAVAILABLE',
      message: 'gone',
      remedy: 'Wait.',
      transient: true,
    });
  });

  it('calls everything else a defect', () => {
    expect(describeFailure(new TypeError('x is undefined'))).toMatchObject({ code: 'DEFECT', transient: false });
    expect(describeFailure(new TypeError('x is undefined')).message).toContain('x is undefined');
    expect(describeFailure('thrown text')).toMatchObject({ code: 'DEFECT', message: 'thrown text' });
  });
});

describe('describeFailures', () => {
  it('takes apart what stands for several', () => {
    const problems = [new NotaryError('INPUT_MISSING', 'a'), new NotaryError('INPUT_INVALID', 'b')];
    const error = new NotaryError('INPUT_INVALID', 'a | b', { cause: new AggregateError(problems) });
    expect(describeFailures(error).map(({ message }) => message)).toEqual(['a', 'b']);
    expect(describeFailures(problems[0])).toHaveLength(1);
  });
});

describe('failureLines', () => {
  it('says so where running again may help', () => {
    const lines = (code: 'KEY_UNAVAILABLE' | 'KEY_NOT_FOUND') =>
      failureLines(describeFailure(new NotaryError(code, 'what', { remedy: 'Fix.' })));
    expect(lines('KEY_UNAVAILABLE')).toEqual(['what', 'Running again may help.', 'Fix.']);
    expect(lines('KEY_NOT_FOUND')).toEqual(['what', 'Fix.']);
  });
});
