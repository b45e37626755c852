// The machine's network: HTTP/1.1 over kept-alive connections, through the proxy that the environment names. It keeps
// the limits of a request (time, bytes) and changes nothing else: no redirect, no decoding, no retry.

import { setImmediate } from 'node:timers/promises';

import { EnvHttpProxyAgent, errors } from 'undici';
import type { Dispatcher } from 'undici';

import { concatBytes } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { Environment, Http, HttpRequest, HttpResponse } from '../ports.ts';
import { stepTimedOut } from './deadline.ts';

export interface HttpOptions {
  /** Aborted when the time of the step is over. */
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case, are read from it. */
  readonly environment: Environment;
}

export interface HttpClient {
  readonly http: Http;
  /** Closes the kept connections. */
  close(): Promise<void>;
}

// A host that does not even accept the connection in this time is down; the request's own limit may be far longer.
const connectTimeoutMs = 10_000;

export function createHttp({ signal, userAgent, environment }: HttpOptions): HttpClient {
  const proxy = (name: string): string => environment[name] ?? environment[name.toUpperCase()] ?? '';
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: proxy('http_proxy'),
    httpsProxy: proxy('https_proxy'),
    noProxy: proxy('no_proxy'),
    // Proxies commonly refuse CONNECT to port 80, where OCSP, CRL and timestamp servers listen.
    proxyTunnel: false,
    connect: { timeout: connectTimeoutMs },
    // Only the request's own limit counts; it covers the whole exchange.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    http: (request) => exchange(dispatcher, request, { userAgent, signal }),
    close: () => dispatcher.destroy(),
  };
}

interface Context {
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

async function exchange(dispatcher: Dispatcher, request: HttpRequest, context: Context): Promise<HttpResponse> {
  const { method, url, headers, body, timeoutMs } = request;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new NotaryError('NETWORK_UNREACHABLE', `${describe(request)}: ${url.protocol} is not spoken here`);
  }
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { 'user-agent': context.userAgent, 'accept-encoding': 'identity', ...headers },
      body: body ?? null,
      signal: AbortSignal.any([context.signal, late]),
    });
    return {
      status: response.statusCode,
      headers: flatten(response.headers),
      body: await readBody(response.body, request),
    };
  } catch (error) {
    if (error instanceof NotaryError) throw error;
    if (context.signal.aborted) throw stepTimedOut(context.signal);
    if (late.aborted) throw unreachable(request, `no complete answer within ${timeoutMs} ms`, error);
    throw unreachable(request, explain(error), error);
  }
}

async function readBody(body: AsyncIterable<Uint8Array>, request: HttpRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > request.maxBytes) {
      throw new NotaryError('RESPONSE_TOO_LARGE', `${describe(request)}: answer over ${request.maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  // undici frees the connection one turn of the event loop after the body; whoever asks again before opens another.
  await setImmediate();
  return concatBytes(...chunks);
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  const fields = Object.entries(headers).map(([name, value]) => {
    return [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value ?? '')] as const;
  });
  return new Map(fields);
}

/** Without the query, which may carry the signature of a storage URL. */
function describe({ method, url }: HttpRequest): string {
  return `${method} ${url.origin}${url.pathname}`;
}

function unreachable(request: HttpRequest, detail: string, cause: unknown): NotaryError {
  const remedy = isTrustFailure(cause)
    ? 'If the host has a certificate of your own authority, name its root in NODE_EXTRA_CA_CERTS.'
    : undefined;
  const options = remedy === undefined ? { cause } : { cause, remedy };
  return new NotaryError('NETWORK_UNREACHABLE', `${describe(request)}: ${detail}`, options);
}

/**
 * What a network error says. Everything that undici and Node throw for the network carries a code; what has none, and
 * undici's complaint about our own arguments, is a defect and is thrown on.
 */
function explain(error: unknown): string {
  // Every address of a host failed in its own way; the first stands for all.
  const one: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const code = one instanceof errors.HTTPParserError ? 'not HTTP' : errorCode(one);
  if (!(one instanceof Error) || code === undefined || code === 'UND_ERR_INVALID_ARG') throw error;
  return one.message === '' ? code : `${one.message} (${code})`;
}

function isTrustFailure(error: unknown): boolean {
  return /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_)/.test(errorCode(error) ?? '');
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
