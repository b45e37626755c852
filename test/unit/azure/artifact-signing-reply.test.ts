import { describe, expect, it } from 'vitest';

import { parseReply } from '../../../shared/azure/artifact-signing-reply.ts';
import { encodeUtf8 } from '../../../shared/bytes.ts';

const parse = (value: unknown) => parseReply(encodeUtf8(JSON.stringify(value)));
const id = '1f234bd9-16cf-4283-9ee6-a460d31207bb';
const result = { signature: 'c2ln', signingCertificate: 'Y2VydA==' };

describe('parseReply', () => {
  it('reads the flat dialect and the nested one alike', () => {
    const expected = { state: 'succeeded', status: 'Succeeded', operationId: id, ...result };
    expect(parse({ operationId: id, status: 'Succeeded', ...result })).toEqual(expected);
    expect(parse({ id, status: 'Succeeded', result: { operationId: id, status: 'Succeeded', ...result } })).toEqual(
      expected,
    );
    expect(parse({ id, status: 'Succeeded', result, errorResponse: null })).toEqual(expected);
  });

  it('reads a pending operation, with and without its empty result', () => {
    const expected = { state: 'pending', status: 'InProgress', operationId: id };
    expect(parse({ operationId: id, status: 'InProgress', signature: null, signingCertificate: null })).toEqual(
      expected,
    );
    expect(parse({ id, status: 'InProgress' })).toEqual(expected);
  });

  it('takes an empty body for "not yet"', () => {
    expect(parseReply(new Uint8Array())).toEqual({ state: 'pending', status: 'absent' });
  });

  it.each([
    ...['InProgress', 'In Progress', 'inprogress', 'Running', 'NotStarted', 'Queued', ''].map((word) => [
      word,
      'pending',
    ]),
    ...['Succeeded', 'succeeded', 'SUCCEEDED'].map((word) => [word, 'succeeded']),
    ...['Failed', 'TimedOut', 'Timed Out', 'NotFound', 'not found', 'Canceled', 'Cancelled'].map((word) => [
      word,
      'failed',
    ]),
  ])('takes %j for %s', (status, state) => {
    expect(parse({ id, status }).state).toBe(state);
  });

  it.each(['../../other', 'a/b', '', 'x'.repeat(101), 7, null])('leaves out the operation id %j', (operationId) => {
    expect(parse({ operationId, status: 'InProgress' }).operationId).toBeUndefined();
  });

  it.each([
    [{ error: { code: 'A', message: 'b', innererror: { code: 'C' } } }, 'A: b: C'],
    [{ errorResponse: { code: 'A', message: 'b' } }, 'A: b'],
    [
      { errorDetail: { code: 'InternalError', message: 'An internal error has occurred.', target: null } },
      'InternalError: An internal error has occurred.',
    ],
    [{ error: 'text' }, 'text'],
    [
      { title: 'One or more errors', errors: { digest: ['is short', 'is odd'] } },
      'One or more errors: digest is short: digest is odd',
    ],
    [{ error: null, errorResponse: null }, undefined],
  ])('finds what %j says', (failure, text) => {
    expect(parse({ id, status: 'Failed', ...failure }).failure).toBe(text);
  });

  it.each(['<html>', '[]', '"text"', '{"status":', 'null'])('refuses %s', (text) => {
    expect(() => parseReply(encodeUtf8(text))).toThrow(expect.objectContaining({ code: 'KEY_UNAVAILABLE' }));
  });

  it('is not misled by members of the prototype', () => {
    expect(parseReply(encodeUtf8('{"__proto__":{"status":"Succeeded"}}')).state).toBe('pending');
  });
});
