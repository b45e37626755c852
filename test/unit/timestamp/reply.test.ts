import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { readTimestampReply } from '../../../shared/timestamp/reply.ts';
import { createTimestampRequest } from '../../../shared/timestamp/request.ts';
import { integer, sequence, tlv } from '../../support/der-writer.ts';
import { mutations } from '../../support/mutate.ts';
import { createTsa } from '../../support/tsa.ts';
import type { TsaDeviation, TsaDeviationName } from '../../support/tsa.ts';
import { at, chain, signature, stamp } from './stamped.ts';

const request = createTimestampRequest(signature, 'sha256', Buffer.from('0123456789abcdef', 'hex'));

const respond = async (deviations?: TsaDeviation | TsaDeviationName): Promise<Uint8Array> =>
  createTsa({ chain, clock: { now: () => at }, deviations }).respond(request.der);

const failure = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string });

describe('readTimestampReply (TSA-5)', () => {
  it('reads the token out of a good reply', async () => {
    const token = readTimestampReply(await respond(), request);
    expect(token.info).toMatchObject({ genTime: at, nonce: request.nonce, hash: 'sha256' });
  });

  it.each(['granted with mods', 'whole-second genTime', 'missing accuracy'] as const)(
    'accepts %s',
    async (deviation) => {
      expect(readTimestampReply(await respond(deviation), request).info.nonce).toBe(request.nonce);
    },
  );

  it.each([
    ['rejected', 'TIMESTAMP_REJECTED', /rejection \(badAlg, systemFailure\): Bad algorithm; ask later$/],
    ['waiting', 'TIMESTAMP_REJECTED', /answers waiting$/],
    ['wrong nonce', 'TIMESTAMP_INVALID', /nonce is not ours/],
    ['no nonce', 'TIMESTAMP_INVALID', /no nonce/],
    ['wrong imprint', 'TIMESTAMP_INVALID', /imprint is not ours/],
    ['imprint without NULL', 'TIMESTAMP_INVALID', /imprint is not ours/],
    ['certReq ignored', 'TIMESTAMP_INVALID', /not inside/],
    ['signingCertificate v1 only', 'TIMESTAMP_INVALID', /no signed attribute/],
    ['no token', 'TIMESTAMP_UNAVAILABLE', /no token/],
    ['truncated', 'TIMESTAMP_UNAVAILABLE', /truncated/],
    ['trailing bytes', 'TIMESTAMP_UNAVAILABLE', /follow/],
    ['not DER', 'TIMESTAMP_UNAVAILABLE', /timestamp reply/],
  ] as const)('refuses %s', async (deviation, code, message) => {
    const reply = await respond(deviation);
    expect(() => readTimestampReply(reply, request)).toThrow(failure(code, message));
  });

  it('does not advise the publisher to ask the publisher', async () => {
    const reply = await respond('wrong nonce');
    expect(() => readTimestampReply(reply, request)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('timestamp-url') as string }),
    );
  });

  it('refuses the good reply to another request', async () => {
    const other = createTimestampRequest(signature, 'sha256', Buffer.from('00000000000000ff', 'hex'));
    const reply = await createTsa({ chain }).respond(other.der);
    expect(() => readTimestampReply(reply, request)).toThrow(failure('TIMESTAMP_INVALID', /nonce is not ours/));
  });

  it('names a status that RFC 3161 does not know', () => {
    const reply = sequence(sequence(integer(99n)));
    expect(() => readTimestampReply(reply, request)).toThrow(failure('TIMESTAMP_REJECTED', /status 99$/));
  });

  it('refuses a member after the token', () => {
    const reply = sequence(sequence(integer(0n)), stamp(), integer(0n));
    expect(() => readTimestampReply(reply, request)).toThrow(failure('TIMESTAMP_UNAVAILABLE', /after its last/));
  });

  it('shows reasons within bounds, whatever bytes they are', () => {
    const text = tlv(0x0c, Buffer.alloc(100_000, 0xff));
    const reply = sequence(sequence(integer(2n), sequence(...Array.from({ length: 100 }, () => text))));
    expect(() => readTimestampReply(reply, request)).toThrow(failure('TIMESTAMP_REJECTED', /^[^]{100,6000}$/));
  });

  it('ends in a value or in a NotaryError for damaged replies', async () => {
    let refused = 0;
    for (const mutant of mutations(await respond(), 5, 1000)) {
      try {
        readTimestampReply(mutant, request);
      } catch (error) {
        expect(error).toBeInstanceOf(NotaryError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(600);
  });
});
