// Carries the requests of @azure/identity over our Http port, so that proxy, timeout, retry and cancellation are the
// same as everywhere, and keeps what the library drops from its errors: the response body, and what was thrown.

import { encodeUtf8, showUtf8 } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../ports.ts';

// Entra answers in well under a second; the retries above this port need room inside the step's own limit.
const timeoutMs = 30_000;
// Tokens with many groups reach some 20 KiB.
const maxBytes = 256 * 1024;

/** The last exchange, as far as it failed. */
export interface TransportRecord {
  refusal?: HttpResponse | undefined;
  thrown?: Error | undefined;
}

interface HeaderMap extends Iterable<[string, string]> {
  get(name: string): string | undefined;
  has(name: string): boolean;
  set(name: string, value: string | number | boolean): void;
  delete(name: string): void;
  toJSON(): Record<string, string>;
}

interface LibraryRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: HeaderMap;
  readonly body?: unknown;
}

interface LibraryResponse<R> {
  readonly request: R;
  readonly status: number;
  readonly headers: HeaderMap;
  readonly bodyAsText: string;
}

/**
 * An HttpClient for the library's pipeline.
 *
 * @param origin  the only origin that is spoken to: the GitHub token must not follow a discovery document elsewhere
 * @param record  receives what failed
 */
export function libraryTransport(http: Http, origin: string, record: TransportRecord) {
  return {
    async sendRequest<R extends LibraryRequest>(request: R): Promise<LibraryResponse<R>> {
      try {
        const response = await http(toHttpRequest(request, origin));
        record.refusal = response.status >= 400 ? response : undefined;
        const headers = headerMap(new Map(response.headers));
        return { request, status: response.status, headers, bodyAsText: showUtf8(response.body) };
      } catch (error) {
        if (error instanceof Error) record.thrown = error;
        throw error;
      }
    },
  };
}

// The port decodes no content encodings, and sets these fields itself.
const ownFields: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'host',
  'user-agent',
]);

function toHttpRequest(request: LibraryRequest, origin: string): HttpRequest {
  const url = new URL(request.url);
  if (url.origin !== origin) {
    throw new NotaryError(
      'CREDENTIAL_REJECTED',
      `the identity library wanted to send a request to ${url.origin} instead of ${origin}`,
      { remedy: 'Unset AZURE_REGIONAL_AUTHORITY_NAME, and check azure-cloud and AZURE_AUTHORITY_HOST.' },
    );
  }
  const fields = [...request.headers].map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers = Object.fromEntries(fields.filter(([name]) => !ownFields.has(name)));
  if (request.method !== 'POST') return { method: 'GET', url, headers, timeoutMs, maxBytes };
  if (typeof request.body !== 'string') throw new TypeError('the identity library sent a body that is not text');
  // An assertion may be presented again while it lives, so a repeated exchange does no harm.
  return { method: 'POST', url, headers, body: encodeUtf8(request.body), timeoutMs, maxBytes, repeatable: true };
}

function headerMap(fields: Map<string, string>): HeaderMap {
  return {
    get: (name) => fields.get(name.toLowerCase()),
    has: (name) => fields.has(name.toLowerCase()),
    set: (name, value) => void fields.set(name.toLowerCase(), String(value)),
    delete: (name) => void fields.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(fields),
    [Symbol.iterator]: () => fields.entries(),
  };
}
