// The OIDC token that GitHub gives a job which may have one. A fresh one for every need: they live five minutes. GitHub
// Docs, "OpenID Connect reference".

import { showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { isJsonObject, member, parseJson, requireObject, requireString } from '../json.ts';
import type { Clock, Environment, Http, HttpRequest, HttpResponse } from '../ports.ts';
import type { RunnerLog } from './log.ts';

interface IdTokenServices {
  /** Must retry what is repeatable. */
  readonly http: Http;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly log: Pick<RunnerLog, 'mask'>;
}

const timeoutMs = 30_000;
/** A JSON Web Token with its wrapping. */
const maxBytes = 64 * 1024;
// The issuer has hiccups of some seconds, longer than Http retries; GitHub's own toolkit sits out ten.
const laterRoundsMs = [2_000, 6_000];

const source: Source = { code: 'CREDENTIAL_UNAVAILABLE', what: 'the OIDC token of GitHub' };

/**
 * @returns  asks for a token with the given audience; it is masked before anybody has it
 * @throws NotaryError PERMISSION_MISSING      the job has no `id-token: write`
 * @throws NotaryError CREDENTIAL_REJECTED     GitHub refuses, however often it is asked
 * @throws NotaryError CREDENTIAL_UNAVAILABLE  GitHub did not answer properly
 */
export function gitHubIdToken(services: IdTokenServices): (audience: string) => Promise<string> {
  const { http, clock, environment, log } = services;
  return async (audience) => {
    const request = tokenRequest(environment, audience);
    for (const waitMs of [...laterRoundsMs, undefined]) {
      try {
        const token = await askOnce(http, request);
        log.mask(token);
        return token;
      } catch (error) {
        if (waitMs === undefined || !hasCode(error, source.code)) throw error;
        await clock.sleep(waitMs);
      }
    }
    throw new Error('the last round returns or throws');
  };
}

function tokenRequest(environment: Environment, audience: string): HttpRequest {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = environment;
  // The runner sets both only where the job has the permission.
  if (!address || !token) throw new NotaryError('PERMISSION_MISSING', 'this job may not ask GitHub for an OIDC token');
  const url = URL.parse(address);
  if (url === null) {
    throw new NotaryError('INPUT_INVALID', 'ACTIONS_ID_TOKEN_REQUEST_URL is not an address', {
      remedy: 'Leave ACTIONS_ID_TOKEN_REQUEST_URL as the runner sets it.',
    });
  }
  url.searchParams.set('audience', audience);
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
  return { method: 'GET', url, headers, timeoutMs, maxBytes };
}

async function askOnce(http: Http, request: HttpRequest): Promise<string> {
  const response = await http(request).catch((error: unknown) => {
    if (!hasCode(error, 'NETWORK_UNREACHABLE')) throw error;
    throw unavailable(error.message, error);
  });
  if (response.status !== 200) throw refusal(response);
  const answer = requireObject(parseJson(response.body, source), source, 'the answer');
  return requireString(member(answer, 'value'), source, 'value');
}

function refusal(response: HttpResponse): NotaryError {
  const words = wordsOf(response);
  const message = `HTTP ${response.status}${words === '' ? '' : ` (${words})`}`;
  const { status } = response;
  if (status === 408 || status === 429 || status >= 500) return unavailable(message);
  return new NotaryError('CREDENTIAL_REJECTED', `GitHub gave no OIDC token: ${message}`, {
    remedy:
      'Check that the job still runs and has `permissions: { contents: read, id-token: write }`, and that nothing between the runner and GitHub refuses the request. Pull requests from forks never get this permission.',
  });
}

function unavailable(message: string, cause?: NotaryError): NotaryError {
  return new NotaryError(source.code, `GitHub gave no OIDC token: ${message}`, cause === undefined ? {} : { cause });
}

// Enough for a sentence; a page of HTML says no more.
const maxWords = 300;

function wordsOf({ body }: HttpResponse): string {
  try {
    const answer = parseJson(body, source);
    const message = isJsonObject(answer) ? member(answer, 'message') : undefined;
    return typeof message === 'string' ? message.slice(0, maxWords) : '';
  } catch (error) {
    if (!hasCode(error, source.code)) throw error;
    return showUtf8(body.subarray(0, maxWords)).replace(/\s+/g, ' ').trim();
  }
}
