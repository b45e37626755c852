// Login at one registry: the first request goes without credentials, a 401 says what is wanted, and from then on every
// request starts with it. Tokens are shared while in flight, kept per scope, and renewed once when the registry no
// longer takes them. RFC 9110 §11, AUTH-6.

import { NotaryError } from '../errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../ports.ts';
import { parseChallenges } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { mayExchangeTokens } from './origin.ts';
import { mergeScopes, parseScopes, repositoryScope } from './scope.ts';
import type { Access, Scopes } from './scope.ts';
import { basicAuthorization, requestToken } from './token.ts';
import type { Exchangeable } from './token.ts';

interface Refusal {
  readonly response: HttpResponse;
  readonly scopes: Scopes;
  readonly refused: string | undefined;
}

interface Answer {
  readonly authorization: string;
  readonly scopes: Scopes;
}

interface User {
  readonly credentials: Promise<Credentials | undefined>;
  /** Known once the credentials are. */
  identity: string;
  remedy?: string | undefined;
}

interface TokenUser {
  readonly credentials: Exchangeable;
  readonly identity: string;
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
  readonly #users = new Map<string, User>();
  #challenge: Challenge | undefined;

  constructor(services: LoginServices, registry: string, origin: URL) {
    this.#services = services;
    this.#registry = registry;
    this.#origin = origin;
  }

  /** How the registry was asked, for messages: never a secret. */
  identity(repository: string): string {
    return this.#users.get(repository)?.identity ?? 'without credentials';
  }

  /** What to do where the credentials of a repository do not suffice, if their giver knows. */
  remedy(repository: string): string | undefined {
    return this.#users.get(repository)?.remedy;
  }

  /** Http for one repository of this registry. The authorization never leaves the origin of the registry. */
  authorized(repository: string, access: Access): Http {
    const { http } = this.#services;
    let scopes: Scopes = [repositoryScope(repository, access)];
    return async (request) => {
      if (request.url.origin !== this.#origin.origin) {
        throw new NotaryError('REGISTRY_RESPONSE_INVALID', `${this.#registry} points to ${request.url.origin}`);
      }
      const first =
        this.#challenge === undefined ? undefined : await this.#authorization(repository, this.#challenge, scopes);
      const response = await http(withAuthorization(request, first));
      if (response.status !== 401) return response;
      const answer = await this.#answer(repository, { response, scopes, refused: first });
      if (answer === undefined) return response;
      scopes = mergeScopes(scopes, answer.scopes);
      return http(withAuthorization(request, answer.authorization));
    };
  }

  /** Undefined where asking again would only repeat what was refused. */
  async #answer(repository: string, { response, scopes, refused }: Refusal): Promise<Answer | undefined> {
    const offered = parseChallenges(response.headers.get('www-authenticate') ?? '');
    // Bearer first: its endpoint takes a user name and password as well, and those then travel less.
    const challenge =
      offered.find(({ scheme }) => scheme === 'bearer') ?? offered.find(({ scheme }) => scheme === 'basic');
    if (challenge === undefined) return undefined;
    this.#challenge = challenge;
    const wanted = mergeScopes(scopes, parseScopes(challenge.parameters.get('scope')));
    if (refused !== undefined) await this.#forget(tokenKey(challenge, wanted), refused);
    const authorization = await this.#authorization(repository, challenge, wanted);
    return authorization === undefined || authorization === refused ? undefined : { authorization, scopes: wanted };
  }

  async #authorization(repository: string, challenge: Challenge, scopes: Scopes): Promise<string | undefined> {
    const user = this.#user(repository);
    const credentials = await user.credentials;
    if (challenge.scheme === 'basic') {
      return credentials?.kind === 'basic' ? basicAuthorization(credentials.username, credentials.password) : undefined;
    }
    return `Bearer ${credentials?.kind === 'bearer' ? credentials.token : await this.#token(challenge, scopes, { credentials, identity: user.identity })}`;
  }

  // Looked up for each repository: a login may be for a part of the registry only.
  #user(repository: string): User {
    const known = this.#users.get(repository);
    if (known !== undefined) return known;
    const source = this.#services.credentials;
    const credentials = source(this.#registry, repository).then(
      (found) => {
        user.remedy = found?.kind === 'refresh' ? found.remedy : undefined;
        user.identity = describe(found, source.places?.(this.#registry, repository) ?? []);
        return found;
      },
      (error: unknown) => {
        this.#users.delete(repository);
        throw error;
      },
    );
    const user: User = { credentials, identity: 'without credentials' };
    this.#users.set(repository, user);
    return user;
  }

  #token(challenge: Challenge, scopes: Scopes, { credentials, identity }: TokenUser): Promise<string> {
    const key = tokenKey(challenge, scopes);
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    const service = challenge.parameters.get('service');
    const realm = this.#realm(challenge);
    const what = `${this.#registry}: token endpoint ${realm.origin}${realm.pathname}, asked ${identity}`;
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

function describe(credentials: Credentials | undefined, places: readonly string[]): string {
  const looked = places.length === 0 ? '' : `, after a look at ${places.join(', ')}`;
  switch (credentials?.kind) {
    case undefined:
      return `without credentials: none are known for this registry${looked}`;
    case 'basic':
      return `as user "${credentials.username}"${looked}`;
    case 'refresh':
      return `with an identity token${looked}`;
    case 'bearer':
      return `with a registry token${looked}`;
  }
}
