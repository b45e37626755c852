// Speaks to one certificate profile of Azure Artifact Signing. Remembers which dialect the service understood.
// azure-rest-api-specs, Microsoft.CodeSigning data plane.

import { encodeBase64, showUtf8 } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import type { AccessToken, Http, HttpRequest, HttpResponse } from '../ports.ts';
import { ordered, writeJson } from '../json.ts';
import { describeTrace, responseFailure } from './artifact-signing-failure.ts';
import type { Trace } from './artifact-signing-failure.ts';
import { dialectOf, operationUrl, otherDialect, rootCertificateUrl, submitUrl } from './artifact-signing-profile.ts';
import type { ArtifactSigningProfile, Dialect } from './artifact-signing-profile.ts';
import { parseReply } from './artifact-signing-reply.ts';
import type { SigningReply } from './artifact-signing-reply.ts';

// No trailing slash in the resource: the service refuses the audience that results from one.
const scope = 'https://codesigning.azure.net/.default';

// A submit sometimes never answers; a new one is cheaper than a long wait.
const timeoutMs = 30_000;
// A reply with its chain of four certificates is 17 KiB.
const maxBytes = 256 * 1024;

/** One answer about one operation, and where to ask for the next. */
export interface Answer {
  readonly reply: SigningReply;
  readonly trace: Trace;
  /** Undefined where the service named no operation. */
  readonly operation?: URL;
}

interface Services {
  readonly http: Http;
  readonly accessToken: AccessToken;
}

export class ArtifactSigningService {
  readonly correlationId: string;
  readonly #services: Services;
  readonly #profile: ArtifactSigningProfile;
  #dialect: Dialect;

  constructor(services: Services, profile: ArtifactSigningProfile, correlationId: string) {
    this.#services = services;
    this.#profile = profile;
    this.#dialect = dialectOf(profile.apiVersion);
    this.correlationId = correlationId;
  }

  /** The api-version in use: the one asked for, or the one that the service turned out to know. */
  get apiVersion(): string {
    return this.#dialect.apiVersion;
  }

  /** Asks for an RSASSA-PSS signature with SHA-384 and its 48-byte salt. A repetition only makes another signature. */
  async submit(digest: Uint8Array): Promise<Answer> {
    const dialect = this.#dialect;
    const response = await this.#submitIn(dialect, digest);
    if (!isUnknownVersion(response)) return this.#accepted(dialect, response);
    const other = otherDialect(dialect);
    const answer = this.#accepted(other, await this.#submitIn(other, digest));
    this.#dialect = other;
    return answer;
  }

  async poll(operation: URL, before: Trace): Promise<Answer> {
    const { response, token } = await this.#send({ method: 'GET', url: operation, headers: acceptJson }, before);
    const trace = { ...before, headers: response.headers };
    if (!isSuccess(response)) throw responseFailure(response, trace, token);
    return { reply: parseReply(response.body), trace, operation };
  }

  /** The DER root certificate of the profile; trusted no more than the rest of the reply. */
  async rootCertificate(): Promise<Uint8Array> {
    const url = rootCertificateUrl(this.#profile, this.#dialect);
    const headers = { accept: 'application/x-x509-ca-cert' };
    const { response, token } = await this.#send({ method: 'GET', url, headers }, this.#trace(this.#dialect));
    if (!isSuccess(response)) throw responseFailure(response, this.#trace(this.#dialect, response), token);
    return response.body;
  }

  #trace(dialect: Dialect, response?: HttpResponse): Trace {
    const trace = { profile: this.#profile, dialect, correlationId: this.correlationId };
    return response === undefined ? trace : { ...trace, headers: response.headers };
  }

  async #submitIn(dialect: Dialect, digest: Uint8Array): Promise<Sent> {
    const body = writeJson(ordered(['signatureAlgorithm', 'PS384'], ['digest', encodeBase64(digest)]));
    const headers = { ...acceptJson, 'content-type': 'application/json' };
    const url = submitUrl(this.#profile, dialect);
    return this.#send({ method: 'POST', url, headers, body, repeatable: true }, this.#trace(dialect));
  }

  #accepted(dialect: Dialect, { response, token }: Sent): Answer {
    const trace = this.#trace(dialect, response);
    if (!isSuccess(response)) throw responseFailure(response, trace, token);
    const reply = parseReply(response.body);
    const operation = this.#operationOf(dialect, response, reply);
    const { operationId } = reply;
    return {
      ...{ reply, trace: operationId === undefined ? trace : { ...trace, operationId } },
      ...(operation !== undefined && { operation }),
    };
  }

  // The address in the header is used only where the token may go; else it is made from the id.
  #operationOf(dialect: Dialect, { headers }: HttpResponse, { operationId }: SigningReply): URL | undefined {
    const location = headers.get('operation-location') ?? headers.get('azure-asyncoperation');
    const { origin } = this.#profile.endpoint;
    const url = location === undefined || location === '' ? null : URL.parse(location, origin);
    if (url?.origin === origin && url.username === '' && url.password === '') return url;
    return operationId === undefined ? undefined : operationUrl(this.#profile, dialect, operationId);
  }

  async #send(request: Omit<HttpRequest, 'timeoutMs' | 'maxBytes'>, trace: Trace): Promise<Sent> {
    const token = await this.#services.accessToken(scope);
    const headers = {
      ...request.headers,
      authorization: `Bearer ${token}`,
      'x-correlation-id': this.correlationId,
    };
    const response = await this.#services.http({ ...request, headers, timeoutMs, maxBytes }).catch((error: unknown) => {
      if (!hasCode(error, 'NETWORK_UNREACHABLE')) throw error;
      const message = `Artifact Signing did not answer (${error.message}): ${describeTrace(trace)}`;
      throw new NotaryError('KEY_UNAVAILABLE', message, { cause: error, remedy: error.remedy });
    });
    return { response, token };
  }
}

interface Sent {
  readonly response: HttpResponse;
  readonly token: string;
}

const acceptJson = { accept: 'application/json' };

function isSuccess({ status }: HttpResponse): boolean {
  return status === 200 || status === 202;
}

// Never on 401 or 403: those say nothing about the version.
function isUnknownVersion({ response }: Sent): boolean {
  return [400, 404, 405].includes(response.status) && /api[- ]?version/i.test(showUtf8(response.body));
}
