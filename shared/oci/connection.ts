// One repository of a registry over HTTP: authorized requests to its own origin, and reads that follow a redirect to
// another one without taking the authorization along.

import { NotaryError, hasCode } from '../errors.ts';
import { isMachineLocal } from '../machine-local.ts';
import type { Http, HttpRequest, HttpResponse } from '../ports.ts';
import type { Login } from './auth.ts';
import { failure } from './failure.ts';
import { repositoryName } from './reference.ts';
import type { Reference } from './reference.ts';
import type { Access } from './scope.ts';

export interface RegistryRequest {
  readonly method: HttpRequest['method'];
  /** Relative to /v2/REPOSITORY/, or a URL that the registry gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly repeatable?: HttpRequest['repeatable'];
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

/** Registry replies other than content: uploads, errors. */
export const maxReplyBytes = 1024 * 1024;
const requestTimeoutMs = 30_000;
/** Registry, front door, storage, and one to spare. */
const maxRedirects = 4;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface ConnectionServices {
  readonly http: Http;
  readonly login: Login;
  readonly origin: URL;
}

export class Connection {
  /** "registry/repository" */
  readonly name: string;
  readonly #repository: string;
  readonly #origin: URL;
  readonly #login: Login;
  readonly #authorized: Http;
  readonly #anonymous: Http;
  #givesEtags = false;

  constructor({ http, login, origin }: ConnectionServices, reference: Reference, access: Access) {
    this.name = repositoryName(reference);
    this.#repository = reference.repository;
    this.#origin = origin;
    this.#login = login;
    this.#authorized = login.authorized(reference.repository, access);
    this.#anonymous = http;
  }

  /** Resolves what the registry or a caller names; an unreadable one is the registry's fault. */
  url(target: string | URL, base: URL = this.#base()): URL {
    const url = URL.parse(String(target), String(base));
    if (url === null) throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.name}: "${String(target)}" is no URL`);
    return url;
  }

  /** True once the registry has sent an ETag, and so may honour a condition. RFC 9110 §13.1. */
  get givesEtags(): boolean {
    return this.#givesEtags;
  }

  isOwnOrigin(url: URL): boolean {
    return url.origin === this.#origin.origin;
  }

  /** One authorized exchange; a redirect is returned, not followed. */
  send(request: RegistryRequest): Promise<HttpResponse> {
    return this.#exchange(this.#authorized, request, this.url(request.target));
  }

  /** Like send, and follows redirects; off the registry's own origin nothing but the bare request goes along. */
  async read(request: RegistryRequest & { readonly method: 'GET' | 'HEAD' }): Promise<HttpResponse> {
    let url = this.url(request.target);
    let http = this.#authorized;
    for (let hops = 0; ; hops++) {
      const response = await this.#exchange(http, request, url);
      const location = response.headers.get('location');
      if (!redirects.has(response.status) || location === undefined) return response;
      if (hops === maxRedirects) throw this.invalid(request, `more than ${maxRedirects} redirects`);
      url = this.url(location, url);
      const safe = url.protocol === 'https:' || (url.protocol === 'http:' && this.#origin.protocol === 'http:');
      if (!safe) throw this.invalid(request, `redirect to ${url.protocol}//${url.host}, which is not https`);
      if (isMachineLocal(url)) throw this.invalid(request, `redirect to ${url.host}, a link-local or metadata host`);
      // Once off the origin, never authorized again: a redirect back would choose the path for our token.
      if (!this.isOwnOrigin(url)) http = this.#anonymous;
    }
  }

  /** The error for a response with another status than was hoped for. */
  failure(request: RegistryRequest, response: HttpResponse): NotaryError {
    const refused = response.status === 401 || response.status === 403;
    if (!refused) return failure(response, this.describe(request));
    const how = this.#login.identity(this.#repository);
    const { code, message } = failure(response, `${this.describe(request)}, asked ${how}`);
    const remedy = this.#login.remedy(this.#repository);
    return new NotaryError(code, message, remedy === undefined ? {} : { remedy });
  }

  invalid(request: RegistryRequest, detail: string): NotaryError {
    return new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.describe(request)}: ${detail}`);
  }

  /** For messages; without the query, since upload addresses carry their session there. */
  describe({ method, target }: RegistryRequest): string {
    const path = typeof target === 'string' ? (target.split('?')[0] ?? '') : target.pathname;
    return `${this.name}: ${method} ${path}`;
  }

  async #exchange(http: Http, request: RegistryRequest, url: URL): Promise<HttpResponse> {
    const { method, headers, body, repeatable } = request;
    try {
      const response = await http({
        method,
        url,
        timeoutMs: request.timeoutMs ?? requestTimeoutMs,
        maxBytes: request.maxBytes ?? maxReplyBytes,
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body }),
        ...(repeatable === undefined ? {} : { repeatable }),
      });
      this.#givesEtags ||= response.headers.has('etag');
      return response;
    } catch (error) {
      if (!hasCode(error, 'NETWORK_UNREACHABLE')) throw error;
      throw new NotaryError('REGISTRY_UNAVAILABLE', `${this.describe(request)}: ${url.host}: ${error.message}`, {
        cause: error,
        remedy: error.remedy,
      });
    }
  }

  #base(): URL {
    return new URL(`/v2/${this.#repository}/`, this.#origin);
  }
}
