// The Http port with revocation servers behind it, without sockets: a table of replies and a record of requests.

import { NotaryError } from '../../shared/errors.ts';
import type { Http, HttpRequest } from '../../shared/ports.ts';

export type TestReply = Uint8Array | number | 'unreachable' | 'too large' | 'step timed out';

export interface TestHttp {
  readonly http: Http;
  /** "GET http://host/path", in order. */
  readonly asked: readonly string[];
  readonly requests: readonly HttpRequest[];
}

/**
 * @param replies  by the beginning of the URL; what is not there answers 404
 */
export function testHttp(replies: Readonly<Record<string, TestReply>>): TestHttp {
  const requests: HttpRequest[] = [];
  const asked: string[] = [];
  const http: Http = async (request) => {
    requests.push(request);
    asked.push(`${request.method} ${request.url.href}`);
    // Whoever asks at the same time shall do so before the first answer is there.
    await Promise.resolve();
    const reply = Object.entries(replies).find(([start]) => request.url.href.startsWith(start))?.[1] ?? 404;
    if (reply === 'unreachable') throw new NotaryError('NETWORK_UNREACHABLE', `${request.url.host} is down`);
    if (reply === 'too large') throw new NotaryError('RESPONSE_TOO_LARGE', `over ${request.maxBytes} bytes`);
    if (reply === 'step timed out') throw new NotaryError('STEP_TIMED_OUT', 'the time of the step is over');
    if (typeof reply === 'number') return { status: reply, headers: new Map(), body: new Uint8Array() };
    return { status: 200, headers: new Map(), body: reply };
  };
  return { http, asked, requests };
}
