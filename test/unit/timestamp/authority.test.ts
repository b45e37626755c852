import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Http, HttpRequest } from '../../../shared/ports.ts';
import { requestTimestamp, showAuthority } from '../../../shared/timestamp/authority.ts';
import type { TimestampToken } from '../../../shared/timestamp/token.ts';
import { createTsa } from '../../support/tsa.ts';
import type { TsaDeviation, TsaDeviationName } from '../../support/tsa.ts';
import { at, chain, signature } from './stamped.ts';

const nonce = Buffer.from('0123456789abcdef', 'hex');

/** The authority as an Http port, and what it was asked. */
function overPort(deviations?: TsaDeviation | TsaDeviationName): { http: Http; seen: HttpRequest[] } {
  const tsa = createTsa({ chain, clock: { now: () => at }, deviations });
  const seen: HttpRequest[] = [];
  const http: Http = async (request) => {
    seen.push(request);
    const body = Buffer.from(request.body ?? '');
    const reply = await tsa.handle({ method: request.method, headers: { ...request.headers }, body });
    const bytes = Buffer.from(reply.body ?? '');
    if (bytes.length > request.maxBytes) throw new NotaryError('RESPONSE_TOO_LARGE', `over ${request.maxBytes} bytes`);
    return { status: reply.status, headers: new Map(Object.entries(reply.headers ?? {})), body: bytes };
  };
  return { http, seen };
}

const ask = (http: Http, authority = 'http://timestamp.example/path?key=secret'): Promise<TimestampToken> =>
  requestTimestamp(http, { authority: new URL(authority), signature, hash: 'sha384', nonce });

describe('requestTimestamp (TSA-4)', () => {
  it('posts the request once and gives the token', async () => {
    const { http, seen } = overPort();
    const token = await ask(http);
    expect(token.info).toMatchObject({ hash: 'sha384', genTime: at, nonce: 0x0123456789abcdefn });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', timeoutMs: 15_000, maxBytes: 1_048_575, repeatable: true });
    expect(seen[0]?.url.href).toBe('http://timestamp.example/path?key=secret');
    expect(seen[0]?.headers?.['content-type']).toBe('application/timestamp-query');
  });

  it.each([
    ['oversize', 'TIMESTAMP_UNAVAILABLE', /over 1048575 bytes/],
    ['wrong content type', 'TIMESTAMP_UNAVAILABLE', /text\/html/],
    ['content type with parameter', 'TIMESTAMP_UNAVAILABLE', /charset/],
    ['too many requests', 'TIMESTAMP_UNAVAILABLE', /429/],
    ['server error', 'TIMESTAMP_UNAVAILABLE', /503/],
    ['bad request', 'TIMESTAMP_REJECTED', /400/],
    ['not found', 'TIMESTAMP_REJECTED', /404/],
    ['redirect', 'TIMESTAMP_REJECTED', /302/],
    ['rejected', 'TIMESTAMP_REJECTED', /badAlg/],
    ['truncated', 'TIMESTAMP_UNAVAILABLE', /truncated/],
    ['wrong nonce', 'TIMESTAMP_INVALID', /nonce/],
    ['wrong imprint', 'TIMESTAMP_INVALID', /imprint/],
  ] as const)('refuses %s', async (deviation, code, message) => {
    const refused = expect(ask(overPort(deviation).http)).rejects;
    await refused.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('wants a content type', async () => {
    const { http } = overPort({ http: { headers: {} } });
    await expect(ask(http)).rejects.toMatchObject({ code: 'TIMESTAMP_UNAVAILABLE' });
  });

  it('has a name for an authority, without what may be secret', () => {
    const authority = new URL('http://user:secret@timestamp.example/path?key=secret');
    expect(showAuthority(authority)).toBe('http://timestamp.example/path');
  });

  const failing =
    (code: ErrorCode): Http =>
    () =>
      Promise.reject(new NotaryError(code, 'no route'));

  it.each([
    ['NETWORK_UNREACHABLE', 'TIMESTAMP_UNAVAILABLE'],
    ['RESPONSE_TOO_LARGE', 'TIMESTAMP_UNAVAILABLE'],
    ['STEP_TIMED_OUT', 'STEP_TIMED_OUT'],
  ] as const)('turns %s into %s', async (from, to) => {
    await expect(ask(failing(from))).rejects.toMatchObject({ code: to });
  });

  it('lets a defect through', async () => {
    await expect(ask(() => Promise.reject(new TypeError('defect')))).rejects.toBeInstanceOf(TypeError);
  });

  it.each(['ftp://timestamp.example/', 'file:///etc/passwd'])('does not ask %s', async (authority) => {
    const { http, seen } = overPort();
    await expect(ask(http, authority)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect(seen).toEqual([]);
  });
});
