// Asks revocation servers, each address once per run however many artifacts and certificates need it; a failure is
// remembered too, so that a dead server costs one time limit and not two hundred.

import { encodeHex, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode } from '../errors.ts';
import type { NotaryError } from '../errors.ts';
import type { Http, HttpRequest } from '../ports.ts';
import type { Certificate } from '../x509/certificate.ts';
import { requireAddress } from './address.ts';
import { freshestUrls, requireComplete } from './crl-delta.ts';
import type { CrlPair } from './crl-delta.ts';
import { crlSource, parseCrl, requireCrlOf } from './crl.ts';
import type { Crl } from './crl.ts';
import { ocspExchange } from './ocsp-request.ts';
import { ocspSource } from './ocsp-response.ts';

/** REV-20. */
const crlTimeoutMs = 5_000;

/** REV-20: strictly below 32 MiB; the largest public lists have 16. */
const maxCrlBytes = 32 * 1024 * 1024 - 1;

/** Lists are kept until the run ends; real chains come to a few hundred KiB. */
const maxKeptBytes = 128 * 1024 * 1024;

/** Of one list of addresses; real certificates name one or two. */
export const maxAddresses = 8;

export class RevocationFetcher {
  readonly #http: Http;
  readonly #responses = new Map<string, Promise<Uint8Array>>();
  readonly #lists = new Map<string, Promise<Crl>>();
  readonly #pairs = new Map<string, Promise<CrlPair>>();
  #keptBytes = 0;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * The DER that the responder answers to the request.
   *
   * @throws NotaryError REVOCATION_UNAVAILABLE  not asked, not reached, or not answered with 200 (REV-12)
   */
  async ocsp(address: string, request: Uint8Array): Promise<Uint8Array> {
    const url = requireAddress(address);
    return once(this.#responses, `${url.href} ${encodeHex(request)}`, () =>
      this.#exchange(ocspExchange(url, request), ocspSource),
    );
  }

  /**
   * The list at the address with its delta, if it has one, both found to be the issuer's (REV-22, REV-24).
   *
   * @throws NotaryError REVOCATION_UNAVAILABLE
   */
  async crl(address: string, issuer: Certificate): Promise<CrlPair> {
    // Checking a signature over megabytes takes a while: once for each issuer, not for each certificate.
    return once(this.#pairs, `${issuer.fingerprint} ${address}`, () => this.#pair(address, issuer));
  }

  async #pair(address: string, issuer: Certificate): Promise<CrlPair> {
    const base = await this.#list(address);
    requireCrlOf(base, issuer);
    requireComplete(base);
    const delta = await this.#delta(freshestUrls(base).slice(0, maxAddresses));
    if (delta === undefined) return { base };
    requireCrlOf(delta, issuer);
    return { base, delta };
  }

  /** RFC 5280 §5.2.6: the addresses are for redundancy, the first that answers counts. */
  async #delta(addresses: readonly string[]): Promise<Crl | undefined> {
    let failure: NotaryError | undefined;
    for (const address of addresses) {
      try {
        return await this.#list(address);
      } catch (error) {
        if (!hasCode(error, 'REVOCATION_UNAVAILABLE')) throw error;
        failure = error;
      }
    }
    if (failure) throw malformed({ ...crlSource, what: 'delta CRL' }, failure.message, failure);
    return undefined;
  }

  async #list(address: string): Promise<Crl> {
    const url = requireAddress(address);
    return once(this.#lists, url.href, async () => {
      const limits = { timeoutMs: crlTimeoutMs, maxBytes: maxCrlBytes };
      const body = await this.#exchange({ method: 'GET', url, ...limits }, crlSource);
      this.#keptBytes += body.length;
      if (this.#keptBytes > maxKeptBytes) {
        throw malformed(crlSource, `all lists of this run together exceed ${maxKeptBytes} bytes`);
      }
      return parseCrl(body);
    });
  }

  async #exchange(request: HttpRequest, source: Source): Promise<Uint8Array> {
    const { status, body } = await this.#http(request).catch((error: unknown) => {
      if (!hasCode(error, 'NETWORK_UNREACHABLE', 'RESPONSE_TOO_LARGE')) throw error;
      throw malformed(source, error.message, error);
    });
    // A redirect could lead anywhere, also to addresses that are never asked.
    if (status !== 200) throw malformed(source, `the server answers with status ${status}`);
    return body;
  }
}

/** Whoever asks while the first is still waiting waits with it. */
function once<T>(kept: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = kept.get(key);
  if (known) return known;
  const asked = ask();
  kept.set(key, asked);
  return asked;
}
