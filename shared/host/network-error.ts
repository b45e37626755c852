// What went wrong on the network, from what undici and Node throw, with the remedy where one is known.

import { errors } from 'undici';

import type { Proxy } from './proxy.ts';

export interface NetworkFailure {
  readonly detail: string;
  readonly remedy?: string;
}

/**
 * Everything that undici and Node throw for the network carries a code; what has none, and undici's complaint about our
 * own arguments, is a defect and is thrown on.
 */
export function networkFailure(error: unknown, url: URL, proxy: Proxy | undefined): NetworkFailure {
  // Every address of a host failed in its own way; the first stands for all.
  const one: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const status = proxy && proxyStatus(one);
  if (proxy !== undefined && status !== undefined) return refusedByProxy(status, url, proxy);
  const code = one instanceof errors.HTTPParserError ? 'not HTTP' : errorCode(one);
  if (!(one instanceof Error) || code === undefined || code === 'UND_ERR_INVALID_ARG') throw error;
  const words = one.message === '' ? code : `${one.message} (${code})`;
  const detail = proxy === undefined ? words : `by way of the proxy ${proxy.origin}: ${words}`;
  if (!/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_)/.test(code)) return { detail };
  return {
    detail,
    remedy: 'If the host has a certificate of your own authority, name its root in NODE_EXTRA_CA_CERTS.',
  };
}

export function refusedByProxy(status: number, url: URL, { origin, variable, authorization }: Proxy): NetworkFailure {
  const exception = `or list ${url.hostname} in NO_PROXY where it can be reached directly.`;
  if (status !== 407) {
    const detail = `the proxy ${origin} refuses the way there with status ${status}`;
    return { detail, remedy: `Have the proxy let this runner through to ${url.host}, ${exception}` };
  }
  const remedy = `Write ${variable} as http://USER:PASSWORD@HOST:PORT, with reserved characters of user and password percent-encoded, ${exception}`;
  const detail = authorization === undefined ? 'wants a login' : `refuses the login in ${variable}`;
  return { detail: `the proxy ${origin} ${detail} (407)`, remedy };
}

/** undici says it in words: one sentence for a tunnel, one for an address asked for as a whole. */
function proxyStatus(error: unknown): number | undefined {
  if (!(error instanceof errors.UndiciError)) return undefined;
  const [, refused] = /^Proxy response \((\d{3})\)/.exec(error.message) ?? [];
  if (refused !== undefined) return Number(refused);
  return error.message.startsWith('Proxy Authentication Required') ? 407 : undefined;
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
