// Login at one registry: the first request goes without credentials, a 401 says what is wanted, and from then on every
// request starts with it. Tokens are shared while in flight, kept per scope, and renewed once when the registry no
// longer takes them. RFC 9110 §11, AUTH-6.

import { NotaryError } from '../errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../ports.ts';
import { parseChallenges } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { mayExchangeTokens } from './origin.ts';
import { mergeScopes, parseScopes } from './scope.ts';
import type { Scopes } from './scope.ts';
import { basicAuthorization, requestToken } from './token.ts';
import type { Exchangeable } from './token.ts';

interface Answer {
  readonly authorization: string;
  readonly scopes: Scopes;
}

export interface LoginServices {
  readonly http: Http;
  readonly credentials: CredentialSource;
  readonly plainHttp: ReadonlySet<string>;
}

/** Keeps what one registry has asked for and what it has given; one per registry and step. */
export class Login {
  readonly #services: LoginServices;
  readonly #registry: string;
  readonly #origin: URL;
  readonly #tokens = new Map<string, Promise<string>>();
  #challenge: Challenge | undefined;
  #credentials: Promise<Credentials | undefined> | undefined;
  #identity = 'without credentials';

  constructor(services: LoginServices, registry: string, origin: URL) {
    this.#services = services;
    this.#registry = registry;
    this.#origin = origin;
  }

  /** How the registry was asked, for messages: never a secret. */
  get identity(): string {
    return this.#identity;
  }

  /** Http for one repository of this registry. The authorization never leaves the origin of the registry. */
  authorized(scope: string): Http {
    const { http } = this.#services;
    let scopes: Scopes = [scope];
    return async (request) => {
      if (request.url.origin !== this.#origin.origin) {
        throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.#registry} points to ${request.url.origin}`);
      }
      const first = this.#challenge === undefined ? undefined : await this.#authorization(this.#challenge, scopes);
      const response = await http(withAuthorization(request, first));
      if (response.status !== 401) return response;
      const answer = await this.#answer(response, scopes, first);
      if (answer === undefined) return response;
      scopes = mergeScopes(scopes, answer.scopes);
      return http(withAuthorization(request, answer.authorization));
    };
  }

  /** Undefined where asking again would only repeat what was refused. */
  async #answer(response: HttpResponse, scopes: Scopes, refused: string | undefined): Promise<Answer | undefined> {
    const offered = parseChallenges(response.headers.get('www-authenticate') ?? '');
    // Bearer first: its endpoint takes a user name and password as well, and those then travel less.
    const challenge =
      offered.find(({ scheme }) => scheme === 'bearer') ?? offered.find(({ scheme }) => scheme === 'basic');
    if (challenge === undefined) return undefined;
    this.#challenge = challenge;
    const wanted = mergeScopes(scopes, parseScopes(challenge.parameters.get('scope')));
    if (refused !== undefined) await this.#forget(tokenKey(challenge, wanted), refused);
    const authorization = await this.#authorization(challenge, wanted);
    return authorization === undefined || authorization === refused ? undefined : { authorization, scopes: wanted };
  }

  async #authorization(challenge: Challenge, scopes: Scopes): Promise<string | undefined> {
    const credentials = await this.#knownCredentials();
    if (challenge.scheme === 'basic') {
      return credentials?.kind === 'basic' ? basicAuthorization(credentials.username, credentials.password) : undefined;
    }
    return `Bearer ${credentials?.kind === 'bearer' ? credentials.token : await this.#token(challenge, scopes, credentials)}`;
  }

  #knownCredentials(): Promise<Credentials | undefined> {
    this.#credentials ??= this.#services.credentials(this.#registry).then(
      (credentials) => {
        this.#identity = describe(credentials);
        return credentials;
      },
      (error: unknown) => {
        this.#credentials = undefined;
        throw error;
      },
    );
    return this.#credentials;
  }

  #token(challenge: Challenge, scopes: Scopes, credentials: Exchangeable): Promise<string> {
    const key = tokenKey(challenge, scopes);
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    const service = challenge.parameters.get('service');
    const realm = this.#realm(challenge);
    const what = `${this.#registry}: token endpoint ${realm.origin}${realm.pathname}, asked ${this.#identity}`;
    const request = { what, realm, scopes, ...(service === undefined ? {} : { service }) };
    const token = requestToken(this.#services.http, request, credentials).catch((error: unknown) => {
      this.#tokens.delete(key);
      throw error;
    });
    this.#tokens.set(key, token);
    return token;
  }

  // Two requests may be refused with the same old token: only the first one forgets it, the second takes the new one.
  async #forget(key: string, refused: string): Promise<void> {
    const known = this.#tokens.get(key);
    if (known !== undefined && `Bearer ${await known}` === refused && this.#tokens.get(key) === known) {
      this.#tokens.delete(key);
    }
  }

  #realm(challenge: Challenge): URL {
    const realm = URL.parse(challenge.parameters.get('realm') ?? '');
    if (realm === null) throw this.#badRealm('no absolute URL');
    if (!mayExchangeTokens(realm, this.#origin, this.#services.plainHttp)) {
      throw this.#badRealm(`${realm.protocol}//${realm.host}, where its credentials must not go`);
    }
    return realm;
  }

  #badRealm(detail: string): NotaryError {
    return new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.#registry} names as token endpoint ${detail}`);
  }
}

function tokenKey(challenge: Challenge, scopes: Scopes): string {
  return JSON.stringify([challenge.parameters.get('realm'), challenge.parameters.get('service'), scopes]);
}

function withAuthorization(request: HttpRequest, authorization: string | undefined): HttpRequest {
  return authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } };
}

function describe(credentials: Credentials | undefined): string {
  switch (credentials?.kind) {
    case undefined:
      return 'without credentials: none are known for this registry';
    case 'basic':
      return `as user "${credentials.username}"`;
    case 'refresh':
      return 'with an identity token';
    case 'bearer':
      return 'with a registry token';
  }
}
