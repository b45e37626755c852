// Login at the embedded OCI registry: Basic, or Bearer with a token endpoint of its own that grants by scope, and the
// exchange of Azure Container Registry. Distribution specification, "Token Authentication"; azure.md §4.1.

import { json, problem, repositoryOf } from './registry-routes.ts';
import type { Exchange, Reply } from './registry-routes.ts';

export interface LoginOptions {
  /** Default 'none'. */
  readonly auth?: 'none' | 'basic' | 'bearer';
  readonly username?: string;
  readonly password?: string;
  /** Bearer: a token for pulling without credentials. Basic: pulling without. */
  readonly anonymousPull?: boolean;
  /** Where challenges send clients; default /token of the registry itself. Its path is answered on every origin. */
  readonly realm?: URL;
  /** A refresh token that the token endpoint takes, beside those it issued. */
  readonly refreshToken?: string;
  /** Actions that a refresh token is good for; default all. */
  readonly refreshActions?: readonly string[];
  /** Makes POST /oauth2/exchange swap this Microsoft Entra token for a refresh token. */
  readonly acceptAccessToken?: (token: string, tenant: string | null) => boolean;
  /** Whether DELETE wants the action "delete" of its own, as at Azure; default: "push" will do. */
  readonly deleteScope?: boolean;
}

const allActions = ['pull', 'push', 'delete'];

export class RegistryLogin {
  readonly #options: LoginOptions;
  readonly #realm: URL;
  readonly #service: string;
  readonly #refreshTokens = new Set<string>();
  /** Access token to scopes granted. */
  readonly #granted = new Map<string, ReadonlySet<string>>();
  #issued = 0;

  constructor(options: LoginOptions, origin: URL) {
    this.#options = options;
    this.#realm = options.realm ?? new URL('/token', origin);
    this.#service = origin.host;
    if (options.refreshToken !== undefined) this.#refreshTokens.add(options.refreshToken);
  }

  /** From now on no token issued so far is any good. */
  expireTokens(): void {
    this.#granted.clear();
  }

  /** The reply of a token endpoint; undefined where the request is for none. */
  tokenEndpoint(exchange: Exchange): Reply | undefined {
    const { auth, acceptAccessToken } = this.#options;
    if (exchange.url.pathname === '/oauth2/exchange' && acceptAccessToken !== undefined)
      return this.#exchange(exchange);
    if (auth !== 'bearer' || exchange.url.pathname !== this.#realm.pathname) return undefined;
    return exchange.method === 'POST' ? this.#refreshGrant(exchange) : this.#simpleGet(exchange);
  }

  /** The 401 for a request without sufficient authorization; undefined lets it pass. */
  refuse(exchange: Exchange): Reply | undefined {
    const { auth = 'none', anonymousPull = false } = this.#options;
    const action = this.#actionOf(exchange);
    const { authorization } = exchange.headers;
    if (auth === 'none') return undefined;
    if (auth === 'basic') {
      const passes = (anonymousPull && action === 'pull') || this.#isUser(authorization);
      return passes ? undefined : unauthorized('Basic realm="Embedded registry"');
    }
    const repository = repositoryOf(exchange.url);
    const granted = this.#granted.get(authorization?.slice('Bearer '.length) ?? '');
    if (granted !== undefined && (repository === undefined || granted.has(`${repository}:${action}`))) return undefined;
    const actions = action === 'push' ? 'pull,push' : action;
    return unauthorized(
      [
        `Bearer realm="${this.#realm.href}",service="${this.#service}"`,
        ...(repository === undefined ? [] : [`scope="repository:${repository}:${actions}"`]),
        ...(authorization === undefined
          ? []
          : [granted === undefined ? 'error="invalid_token"' : 'error="insufficient_scope"']),
      ].join(','),
    );
  }

  #actionOf({ method }: Exchange): 'pull' | 'push' | 'delete' {
    if (method === 'GET' || method === 'HEAD') return 'pull';
    return method === 'DELETE' && this.#options.deleteScope === true ? 'delete' : 'push';
  }

  #isUser(authorization: string | undefined): boolean {
    const { username = 'user', password = 'password' } = this.#options;
    return authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  #simpleGet({ url, headers }: Exchange): Reply {
    const isUser = this.#isUser(headers.authorization);
    if (headers.authorization !== undefined && !isUser) return problem(401, 'UNAUTHORIZED', 'wrong user or password');
    if (url.searchParams.get('service') !== this.#service) return problem(400, 'UNSUPPORTED', 'another service');
    const actions = isUser ? allActions : this.#options.anonymousPull === true ? ['pull'] : [];
    const scopes = url.searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
    return json(200, { token: this.#issue(scopes, actions), expires_in: 300 });
  }

  #refreshGrant({ body }: Exchange): Reply {
    const form = formOf(body);
    if (form.get('grant_type') !== 'refresh_token') return json(400, { error: 'unsupported_grant_type' });
    if (!this.#refreshTokens.has(form.get('refresh_token') ?? '')) {
      return json(401, { error: 'invalid_grant', error_description: 'the refresh token is not valid' });
    }
    const scopes = form.getAll('scope').flatMap((scope) => scope.split(' '));
    return json(200, { access_token: this.#issue(scopes, this.#options.refreshActions ?? allActions) });
  }

  #exchange({ method, body }: Exchange): Reply {
    const form = formOf(body);
    if (method !== 'POST') return { status: 404 };
    const token = form.get('access_token') ?? '';
    const isGood = form.get('grant_type') === 'access_token' && form.get('service') === this.#service;
    if (!isGood || this.#options.acceptAccessToken?.(token, form.get('tenant')) !== true) {
      return problem(401, 'UNAUTHORIZED', 'the access token is not accepted');
    }
    const refreshToken = `refresh-${++this.#issued}`;
    this.#refreshTokens.add(refreshToken);
    return json(200, { refresh_token: refreshToken });
  }

  /** A token for what was asked for and may be granted, possibly nothing. */
  #issue(scopes: readonly string[], allowed: readonly string[]): string {
    const granted = scopes.flatMap((scope) => {
      const [, repository = '', actions = ''] = scope.split(':');
      return actions.split(',').flatMap((action) => (allowed.includes(action) ? [`${repository}:${action}`] : []));
    });
    const token = `token-${++this.#issued}`;
    this.#granted.set(token, new Set(granted));
    return token;
  }
}

function unauthorized(challenge: string): Reply {
  const reply = problem(401, 'UNAUTHORIZED', 'authentication required');
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': challenge } };
}

function formOf(body: Uint8Array): URLSearchParams {
  return new URLSearchParams(Buffer.from(body).toString());
}
