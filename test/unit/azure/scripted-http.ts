// An Http port that answers from a script and keeps what it was asked, and a clock that only sleep moves.

import { encodeUtf8 } from '../../../shared/bytes.ts';
import type { Clock, Http, HttpRequest, HttpResponse } from '../../../shared/ports.ts';

export type Script = (request: HttpRequest, index: number) => HttpResponse | Error;

export interface ScriptedHttp {
  readonly http: Http;
  readonly requests: readonly HttpRequest[];
}

export function scriptedHttp(script: Script): ScriptedHttp {
  const requests: HttpRequest[] = [];
  return {
    requests,
    http: (request) => {
      requests.push(request);
      const answer = script(request, requests.length - 1);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

export function answer(
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const bytes = body instanceof Uint8Array ? body : encodeUtf8(typeof body === 'string' ? body : JSON.stringify(body));
  return { status, headers: new Map(Object.entries(headers)), body: bytes };
}

export interface ManualClock extends Clock {
  readonly sleeps: readonly number[];
}

export function manualClock(start = new Date('2026-01-31T12:00:00Z')): ManualClock {
  const sleeps: number[] = [];
  let now = start.getTime();
  return {
    sleeps,
    now: () => new Date(now),
    sleep: (ms) => {
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

/** A token with these claims and a signature that nobody checks. */
export function fakeToken(claims: Readonly<Record<string, unknown>>): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${encode('signature')}`;
}

/** The NotaryError or other value that was thrown. */
export async function thrownBy(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
