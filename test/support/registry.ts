// An OCI registry for tests and demonstrations: complete enough for docker, skopeo and the real notation, in memory,
// with faults on demand. It runs on loopback (startRegistry) or without sockets, as an Http port (registryInMemory).

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { NotaryError } from '../../shared/errors.ts';
import type { Http } from '../../shared/ports.ts';
import { RegistryContent } from './registry-content.ts';
import { RegistryLogin } from './registry-login.ts';
import type { LoginOptions } from './registry-login.ts';
import { answer } from './registry-routes.ts';
import type { Exchange, Reply, RouteOptions } from './registry-routes.ts';

export interface RegistryOptions extends LoginOptions, RouteOptions {}

export interface RecordedRequest {
  readonly method: string;
  /** "/v2/app/manifests/latest?x=y" */
  readonly path: string;
  /** "https://registry.example" */
  readonly origin: string;
  /** Whether it carried an Authorization field. */
  readonly authorization: boolean;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Sees every request before the registry; answers itself, or leaves or changes what `next` answers. */
export type Fault = (exchange: Exchange, next: () => Reply) => Reply | undefined;

/** The registry itself, whatever carries its requests. */
export class EmbeddedRegistry {
  /** In the order of their arrival. */
  readonly requests: RecordedRequest[] = [];
  readonly content: RegistryContent;
  readonly login: RegistryLogin;
  /** "localhost:5000" */
  readonly host: string;
  readonly origin: URL;
  readonly options: RegistryOptions;
  readonly #faults = new Set<Fault>();

  constructor(origin: URL, options: RegistryOptions = {}) {
    this.origin = origin;
    this.host = origin.host;
    this.content = new RegistryContent(origin.host);
    this.login = new RegistryLogin(options, origin);
    this.options = options;
  }

  /** Puts a fault in front, the newest first. @returns takes it away again */
  intercept(fault: Fault): () => void {
    this.#faults.add(fault);
    return () => this.#faults.delete(fault);
  }

  /** Takes all faults away. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** "GET /v2/app/manifests/latest" for each request; the query is left out. */
  get log(): readonly string[] {
    return this.requests.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`);
  }

  handle(exchange: Exchange): Reply {
    const { method, url, headers } = exchange;
    const authorization = headers.authorization !== undefined;
    this.requests.push({ method, path: url.pathname + url.search, origin: url.origin, authorization, headers });
    const chain = [...this.#faults].reduce<() => Reply>(
      (next, fault) => () => fault(exchange, next) ?? next(),
      () => (method === 'HEAD' ? withoutBody(this.#answer(exchange)) : this.#answer(exchange)),
    );
    const { body, ...reply } = chain();
    return method === 'HEAD' || body === undefined ? reply : { ...reply, body };
  }

  #answer(exchange: Exchange): Reply {
    const token = this.login.tokenEndpoint(exchange);
    if (token !== undefined) return token;
    // Storage is another origin; its addresses carry their permission in themselves.
    if (exchange.url.origin !== this.origin.origin) return answer(exchange, this.content, {});
    const reply = this.login.refuse(exchange) ?? answer(exchange, this.content, this.options);
    return { ...reply, headers: { 'docker-distribution-api-version': 'registry/2.0', ...reply.headers } };
  }
}

function withoutBody({ status, headers, body }: Reply): Reply {
  return { status, headers: { 'content-length': String(body?.length ?? 0), ...headers } };
}

export interface InMemoryRegistry {
  readonly registry: EmbeddedRegistry;
  /** Reaches the registry, its realm and its storage, and nothing else. */
  readonly http: Http;
}

/** Without sockets: an Http port that leads to the registry. */
export function registryInMemory(options: RegistryOptions = {}, origin = 'https://registry.example'): InMemoryRegistry {
  const registry = new EmbeddedRegistry(new URL(origin), options);
  const known = [registry.origin, options.realm, options.blobRedirect].map((url) => url?.origin);
  return {
    registry,
    async http({ method, url, headers = {}, body = new Uint8Array(), maxBytes }) {
      // A turn of the event loop between question and answer, so that concurrent callers interleave as on a wire.
      await new Promise((resolve) => setImmediate(resolve));
      if (!known.includes(url.origin)) throw new NotaryError('NETWORK_UNREACHABLE', `${url.host}: no route`);
      const reply = registry.handle({ method, url, headers, body });
      await new Promise((resolve) => setImmediate(resolve));
      const content = reply.body ?? new Uint8Array();
      if (content.length > maxBytes) throw new NotaryError('RESPONSE_TOO_LARGE', `${url.host}: over ${maxBytes} bytes`);
      const length = method === 'HEAD' ? {} : { 'content-length': String(content.length) };
      const fields = Object.entries({ ...length, ...reply.headers }).map(([n, v]) => [n.toLowerCase(), v] as const);
      return { status: reply.status, headers: new Map(fields), body: new Uint8Array(content) };
    },
  };
}

export interface RunningRegistry {
  readonly registry: EmbeddedRegistry;
  /** "localhost:PORT", the one form that the real notation speaks plain HTTP to. */
  readonly host: string;
  /** That it listens on. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

export interface ListenOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Serves blobs from a second port, as registries serve them from cloud storage. */
  readonly separateStorage?: boolean;
  /** Speaks https under another name, which a proxy leads here. */
  readonly known?: { readonly as: URL; readonly key: string; readonly cert: string };
}

/** On loopback. */
export async function startRegistry(options: RegistryOptions & ListenOptions = {}): Promise<RunningRegistry> {
  const { known } = options;
  const servers: Server[] = [known === undefined ? createServer() : createTlsServer(known)];
  const address = await listen(servers[0]!, options.port ?? 0);
  const origin = known?.as ?? address;
  let { blobRedirect } = options;
  if (options.separateStorage === true) {
    servers.push(createServer());
    blobRedirect = await listen(servers[1]!, 0);
  }
  const registry = new EmbeddedRegistry(origin, {
    ...options,
    ...(blobRedirect === undefined ? {} : { blobRedirect }),
  });
  const origins = [origin, blobRedirect];
  servers.forEach((server, index) => {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const base = origins[index] ?? origin;
      serve(registry, base, { request, response }).catch((error: unknown) => response.destroy(error as Error));
    });
  });
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(stop));
  };
  return { registry, host: origin.host, port: Number(address.port), close };
}

// The origin is that of the server asked, however the client names this machine.
async function serve(
  registry: EmbeddedRegistry,
  origin: URL,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]));
  const url = new URL(request.url ?? '/', origin);
  const reply = registry.handle({ method: request.method ?? 'GET', url, headers, body: Buffer.concat(chunks) });
  if (reply.stream !== undefined) {
    reply.stream(response);
    return;
  }
  const body = reply.body ?? new Uint8Array();
  response.writeHead(reply.status, { 'content-length': String(body.length), ...reply.headers });
  response.end(body);
}

async function listen(server: Server, port: number): Promise<URL> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return new URL(`http://localhost:${(server.address() as AddressInfo).port}/`);
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
