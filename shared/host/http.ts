// The machine's network: HTTP/1.1 over kept-alive connections, through the proxy that the environment names. It keeps
// the limits of a request (time, bytes) and changes nothing else: no redirect, no decoding, no retry.

import { setImmediate } from 'node:timers/promises';

import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';

import { concatBytes } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { Environment, Http, HttpRequest, HttpResponse } from '../ports.ts';
import { stepTimedOut } from './deadline.ts';
import { networkFailure, refusedByProxy } from './network-error.ts';
import type { NetworkFailure } from './network-error.ts';
import { readProxies } from './proxy.ts';
import type { Proxies, Proxy } from './proxy.ts';

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

const dispatcherOptions = {
  connect: { timeout: connectTimeoutMs },
  // Only the request's own limit counts; it covers the whole exchange.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

/** @throws NotaryError INPUT_INVALID  the environment names a proxy that cannot be used */
export function createHttp({ signal, userAgent, environment }: HttpOptions): HttpClient {
  const proxies = readProxies(environment);
  const direct = new Agent(dispatcherOptions);
  const dispatchers = new Map<Proxy | undefined, Dispatcher>([[undefined, direct]]);
  const dispatcherOf = (proxy: Proxy | undefined): Dispatcher => {
    const known = dispatchers.get(proxy);
    if (known !== undefined) return known;
    const made = proxy === undefined ? direct : createProxyAgent(proxy);
    dispatchers.set(proxy, made);
    return made;
  };
  return {
    http: (request) => exchange(request, { userAgent, signal, proxies, dispatcherOf }),
    close: async () => {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

function createProxyAgent({ origin, authorization }: Proxy): ProxyAgent {
  return new ProxyAgent({
    ...dispatcherOptions,
    uri: origin,
    ...(authorization !== undefined && { token: authorization }),
    // Proxies commonly refuse CONNECT to port 80, where OCSP, CRL and timestamp servers listen.
    proxyTunnel: false,
  });
}

interface Context {
  readonly userAgent: string;
  readonly signal: AbortSignal;
  readonly proxies: Proxies;
  readonly dispatcherOf: (proxy: Proxy | undefined) => Dispatcher;
}

async function exchange(request: HttpRequest, context: Context): Promise<HttpResponse> {
  const { method, url, headers, body, timeoutMs } = request;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new NotaryError('NETWORK_UNREACHABLE', `${describe(request)}: ${url.protocol} is not spoken here`);
  }
  const late = AbortSignal.timeout(timeoutMs);
  const proxy = context.proxies.proxyFor(url);
  try {
    const response = await context.dispatcherOf(proxy).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { 'user-agent': context.userAgent, 'accept-encoding': 'identity', ...headers },
      body: body ?? null,
      signal: AbortSignal.any([context.signal, late]),
    });
    const status = response.statusCode;
    const reply = { status, headers: flatten(response.headers), body: await readBody(response.body, request) };
    if (proxy !== undefined && status === 407) throw unreachable(request, refusedByProxy(status, url, proxy));
    return reply;
  } catch (error) {
    if (error instanceof NotaryError) throw error;
    if (context.signal.aborted) throw stepTimedOut(context.signal);
    if (late.aborted) throw unreachable(request, { detail: `no complete answer within ${timeoutMs} ms` }, error);
    throw unreachable(request, networkFailure(error, url, proxy), error);
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

function unreachable(request: HttpRequest, { detail, remedy }: NetworkFailure, cause?: unknown): NotaryError {
  const options = { ...(remedy !== undefined && { remedy }), ...(cause !== undefined && { cause }) };
  return new NotaryError('NETWORK_UNREACHABLE', `${describe(request)}: ${detail}`, options);
}
