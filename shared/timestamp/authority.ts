// Asks a timestamp authority over HTTP. RFC 3161 §3.4; TSA-4.

import type { HashName } from '../crypto/digest.ts';
import { hasCode, NotaryError } from '../errors.ts';
import type { Http, HttpResponse } from '../ports.ts';
import { readTimestampReply } from './reply.ts';
import { createTimestampRequest } from './request.ts';
import type { TimestampToken } from './token.ts';

// What the reference client allows: 15 s, and less than 1 MiB.
const timeoutMs = 15_000;
const maxBytes = 1_048_575;

/**
 * Has one authority stamp signature bytes, and checks that its reply answers this request. The token is not verified,
 * and the errors leave it to the caller to name the authority.
 *
 * @param request.authority  http or https
 * @param request.signature  raw signature bytes of the envelope
 * @param request.hash       of the signature's algorithm (TSA-2)
 * @param request.nonce      at least 8 fresh random bytes
 * @throws NotaryError INPUT_INVALID          the address is neither http nor https
 * @throws NotaryError TIMESTAMP_UNAVAILABLE  no answer, or none that RFC 3161 knows
 * @throws NotaryError TIMESTAMP_REJECTED     refused, with the authority's reasons
 * @throws NotaryError TIMESTAMP_INVALID      the token answers another request
 * @see RFC 3161 §3.4
 */
export async function requestTimestamp(
  http: Http,
  request: {
    readonly authority: URL;
    readonly signature: Uint8Array;
    readonly hash: HashName;
    readonly nonce: Uint8Array;
  },
): Promise<TimestampToken> {
  const { authority, signature, hash, nonce } = request;
  if (!['http:', 'https:'].includes(authority.protocol)) {
    throw new NotaryError('INPUT_INVALID', `timestamp-url: ${showAuthority(authority)} is neither http nor https`);
  }
  const query = createTimestampRequest(signature, hash, nonce);
  const response = await exchange(http, authority, query.der);
  requireReply(response);
  return readTimestampReply(response.body, query);
}

async function exchange(http: Http, url: URL, body: Uint8Array): Promise<HttpResponse> {
  const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' };
  try {
    return await http({ method: 'POST', url, headers, body, timeoutMs, maxBytes, repeatable: true });
  } catch (error) {
    if (!hasCode(error, 'NETWORK_UNREACHABLE', 'RESPONSE_TOO_LARGE')) throw error;
    throw new NotaryError('TIMESTAMP_UNAVAILABLE', error.message, { cause: error });
  }
}

function requireReply({ status, headers }: HttpResponse): void {
  if (status !== 200) {
    throw new NotaryError(isRefusal(status) ? 'TIMESTAMP_REJECTED' : 'TIMESTAMP_UNAVAILABLE', `HTTP status ${status}`);
  }
  const contentType = headers.get('content-type') ?? 'absent';
  // TSA-4: exactly, without parameters, as the reference wants it.
  if (contentType !== 'application/timestamp-reply') {
    throw new NotaryError('TIMESTAMP_UNAVAILABLE', `the content type of the reply is ${contentType}`);
  }
}

/** A redirection counts: it is not followed, and the address in the workflow wants correction. */
function isRefusal(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429;
}

/** For people: without user name, password and query, which may hold a secret. */
export function showAuthority({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}
