// Speaks to one vault. Before any token is sent the vault has to say, unasked for, which service it belongs to, and that
// has to be the one of its name. Key Vault REST API 7.4, "Authentication, requests and responses"; RFC 6750.

import { decodeBase64Url, encodeBase64Url } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import type { JwsAlgorithm } from '../crypto/algorithm.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { member, ordered, parseJson, requireObject, requireString, writeJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { parseChallenges } from '../oci/challenge.ts';
import type { AccessToken, Http, HttpRequest, HttpResponse } from '../ports.ts';
import { keyVaultFailure } from './key-vault-failure.ts';
import type { Permission, VaultRequest } from './key-vault-failure.ts';
import { vaultServiceOf } from './key-vault-key.ts';
import type { VaultService } from './key-vault-key.ts';

/** The oldest that is widely documented; the calls in use have not changed since. */
const apiVersion = '7.4';

const timeoutMs = 30_000;
// A secret may have 25 KiB, a certificate with its policy a few.
const maxBytes = 256 * 1024;

export interface KeyVaultServices {
  /** Must retry what is repeatable; a signature is. */
  readonly http: Http;
  readonly accessToken: AccessToken;
}

/** An object of the vault, at one of its versions or at the newest. */
export interface VaultObject {
  readonly kind: Exclude<Permission, 'sign'>;
  readonly name: string;
  readonly version?: string | undefined;
}

const paths = { certificate: 'certificates', key: 'keys', secret: 'secrets' } as const;

/** Where what a vault says is unusable. */
export const keyVaultSource: Source = { code: 'KEY_UNAVAILABLE', what: 'the reply of Key Vault' };

export class KeyVaultService {
  readonly service: VaultService;
  readonly #services: KeyVaultServices;
  readonly #vault: URL;
  #challenged = false;

  constructor(services: KeyVaultServices, vault: URL) {
    this.#services = services;
    this.#vault = vault;
    this.service = vaultServiceOf({ vault });
  }

  get host(): string {
    return this.#vault.host;
  }

  /** @throws NotaryError KEY_ACCESS_DENIED, KEY_NOT_FOUND, KEY_REJECTED, KEY_UNAVAILABLE, and what the ports throw */
  async get(object: VaultObject): Promise<JsonObject> {
    const what = `the ${object.kind} ${JSON.stringify(object.name)}`;
    return this.#ask({ method: 'GET', url: this.#url(object) }, object.kind, what);
  }

  /**
   * Signs a hash.
   *
   * @returns  the signature, r‖s for ECDSA, and the identifier of the key that made it
   * @throws NotaryError  as get
   */
  async sign(
    key: { readonly name: string; readonly version: string },
    algorithm: JwsAlgorithm,
    digest: Uint8Array,
  ): Promise<{ readonly signature: Uint8Array; readonly keyId: string }> {
    const reply = await this.#ask(
      {
        method: 'POST',
        url: this.#url({ kind: 'key', ...key }, '/sign'),
        headers: { 'content-type': 'application/json' },
        body: writeJson(ordered(['alg', algorithm], ['value', encodeBase64Url(digest)])),
        // A repetition only makes another signature.
        repeatable: true,
      },
      'sign',
      `a ${algorithm} signature by the key ${JSON.stringify(key.name)}`,
    );
    const value = requireString(member(reply, 'value'), keyVaultSource, 'value');
    return {
      signature: decodeBase64Url(value, { code: 'KEY_SIGNATURE_INVALID', what: 'the signature of Key Vault' }),
      keyId: requireString(member(reply, 'kid'), keyVaultSource, 'kid'),
    };
  }

  #url({ kind, name, version }: VaultObject, action = ''): URL {
    const url = new URL(this.#vault.origin);
    url.pathname = `/${paths[kind]}/${name}${version === undefined ? '' : `/${version}`}${action}`;
    url.searchParams.set('api-version', apiVersion);
    return url;
  }

  async #ask(
    request: Omit<HttpRequest, 'timeoutMs' | 'maxBytes'>,
    permission: Permission,
    what: string,
  ): Promise<JsonObject> {
    const asked: VaultRequest = { vault: this.#vault, service: this.service, permission, what };
    await this.#requireChallenge(request.url, asked);
    const token = await this.#services.accessToken(`https://${this.service.suffix}/.default`);
    const headers = { accept: 'application/json', ...request.headers, authorization: `Bearer ${token}` };
    const response = await this.#services.http({ ...request, headers, timeoutMs, maxBytes });
    if (response.status !== 200) throw keyVaultFailure(response, asked, token);
    return requireObject(parseJson(response.body, keyVaultSource), keyVaultSource, 'the reply');
  }

  /** Once for a vault; the first requests that go out at the same time may each ask. */
  async #requireChallenge(url: URL, asked: VaultRequest): Promise<void> {
    if (this.#challenged) return;
    const headers = { accept: 'application/json' };
    const response = await this.#services.http({ method: 'GET', url, headers, timeoutMs, maxBytes });
    if (response.status !== 401) throw keyVaultFailure(response, asked, undefined);
    requireOwnResource(response, asked);
    this.#challenged = true;
  }
}

/** @throws NotaryError KEY_ACCESS_DENIED  the host asks for tokens of another service than its name says */
function requireOwnResource({ headers }: HttpResponse, { vault, service }: VaultRequest): void {
  const resource = resourceOf(headers.get('www-authenticate') ?? '');
  const expected = `https://${service.suffix}`;
  if (resource === expected) return;
  const found = resource === undefined ? 'for none that can be read' : `for ${JSON.stringify(resource)}`;
  throw new NotaryError(
    'KEY_ACCESS_DENIED',
    `${vault.host} does not ask for a token of ${expected}, but ${found}; none was sent`,
    { remedy: 'Check the host in key-vault-key: it does not behave as a vault of that service.' },
  );
}

/** The origin of the resource that the Bearer challenge names. */
function resourceOf(field: string): string | undefined {
  try {
    const bearer = parseChallenges(field).find(({ scheme }) => scheme === 'bearer');
    const resource = bearer?.parameters.get('resource') ?? bearer?.parameters.get('scope') ?? '';
    return URL.parse(resource)?.origin;
  } catch (error) {
    if (hasCode(error, 'REGISTRY_RESPONSE_INVALID')) return undefined;
    throw error;
  }
}
