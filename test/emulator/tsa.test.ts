// The room timestamp/ and the real HTTP client against an authority on loopback.

import { randomBytes } from 'node:crypto';

import { afterAll, describe, expect, it } from 'vitest';

import { createHttp } from '../../shared/host/http.ts';
import { requestTimestamp } from '../../shared/timestamp/authority.ts';
import { verifyTimestamp } from '../../shared/timestamp/evidence.ts';
import type { TimestampToken } from '../../shared/timestamp/token.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { timestampingChain } from '../support/ca.ts';
import { startTsa } from '../support/tsa.ts';

const chain = await timestampingChain({ keySpec: 'RSA-4096' });
const roots = chain.chain.slice(-1).map((der) => parseCertificate(der));
const signature = randomBytes(384);
const tsa = await startTsa({ chain });
const client = createHttp({ signal: new AbortController().signal, userAgent: 'test', environment: {} });

afterAll(async () => {
  await client.close();
  await tsa.close();
});

const ask = (path = '/'): Promise<TimestampToken> =>
  requestTimestamp(client.http, {
    ...{ authority: new URL(path, tsa.origin), signature, hash: 'sha384', nonce: randomBytes(20) },
  });

describe('a timestamp authority over HTTP', () => {
  it('stamps on any path, and the token verifies', async () => {
    const before = Date.now();
    const token = await ask('/any/path');
    const { genTime, chain: verified } = verifyTimestamp(token, signature, { roots });
    expect(genTime.getTime()).toBeGreaterThanOrEqual(before);
    expect(verified).toHaveLength(3);
    expect(tsa.requests.at(-1)?.url.pathname).toBe('/any/path');
    expect(tsa.requests.at(-1)?.headers['content-type']).toBe('application/timestamp-query');
  });

  it('answers GET, as the health checks of the real one expect', async () => {
    const response = await client.http({ method: 'GET', url: new URL(tsa.origin), timeoutMs: 5000, maxBytes: 1000 });
    expect(response.status).toBe(200);
  });

  it.each([
    ['oversize', 'TIMESTAMP_UNAVAILABLE'],
    ['truncated', 'TIMESTAMP_UNAVAILABLE'],
    ['wrong content type', 'TIMESTAMP_UNAVAILABLE'],
    ['server error', 'TIMESTAMP_UNAVAILABLE'],
    ['redirect', 'TIMESTAMP_REJECTED'],
    ['rejected', 'TIMESTAMP_REJECTED'],
    ['wrong nonce', 'TIMESTAMP_INVALID'],
  ] as const)('ends in a code where it misbehaves: %s', async (deviation, code) => {
    tsa.deviate(deviation);
    try {
      await expect(ask()).rejects.toMatchObject({ code });
    } finally {
      tsa.deviate(undefined);
    }
  });

  it.each(['reset', 'nobody listens'] as const)('ends in TIMESTAMP_UNAVAILABLE: %s', async (fault) => {
    if (fault === 'reset') {
      tsa.setFault(() => 'reset');
      await expect(ask()).rejects.toMatchObject({ code: 'TIMESTAMP_UNAVAILABLE' });
      tsa.setFault(undefined);
      return;
    }
    const gone = await startTsa({ chain });
    await gone.close();
    const request = { authority: new URL(gone.origin), signature, hash: 'sha256', nonce: randomBytes(8) } as const;
    await expect(requestTimestamp(client.http, request)).rejects.toMatchObject({ code: 'TIMESTAMP_UNAVAILABLE' });
  });
});
