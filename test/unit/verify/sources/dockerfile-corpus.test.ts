// Every Dockerfile of the corpus, against what is written beside it. That BuildKit agrees is shown by
// test/interop/dockerfile.test.ts.

import { describe, expect, it } from 'vitest';

import { corpus, describeUse, optionsOf } from '../../../dockerfiles/corpus.ts';
import { NotaryError } from '../../../../shared/errors.ts';
import { dockerfileImages } from '../../../../verify/sources/dockerfile.ts';

describe('the corpus of Dockerfiles', () => {
  it('has at least 60', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
  });

  it.each(corpus)('$name: $about', (example) => {
    const read = () => dockerfileImages({ path: example.name, text: example.text }, optionsOf(example));
    if (example.error === undefined) {
      expect(read().uses.map(describeUse)).toEqual(example.expected);
      return;
    }
    const error = refusal(read);
    expect(error.code).toBe('SOURCE_INVALID');
    expect(error.message).toBe(`${example.name}:${example.error}`);
  });
});

function refusal(read: () => unknown): NotaryError {
  try {
    read();
  } catch (error) {
    if (error instanceof NotaryError) return error;
    throw error;
  }
  throw new Error('was not refused');
}
