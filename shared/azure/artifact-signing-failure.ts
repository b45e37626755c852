// Why Artifact Signing did not sign. A 403 comes with an empty body whatever its cause, so the message carries all
// that support asks for, and the remedy the causes in the order of their likelihood.

import { showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { isJsonObject, parseJson } from '../json.ts';
import type { HttpResponse } from '../ports.ts';
import type { ArtifactSigningProfile, Dialect } from './artifact-signing-profile.ts';
import { describeFailure } from './artifact-signing-reply.ts';
import type { SigningReply } from './artifact-signing-reply.ts';
import { readClaims, showClaims, showServerText, textClaim } from './token-claims.ts';

/** One operation, as support would look for it. */
export interface Trace {
  readonly profile: ArtifactSigningProfile;
  readonly dialect: Dialect;
  readonly correlationId: string;
  readonly operationId?: string;
  /** Of the last response. */
  readonly headers?: HttpResponse['headers'];
}

export function describeTrace({ profile, dialect, correlationId, operationId, headers }: Trace): string {
  const ids = ['mise-correlation-id', 'x-azure-ref'].flatMap((name) => {
    const value = headers?.get(name);
    return value === undefined ? [] : [`${name} ${showServerText(value)}`];
  });
  return [
    `account ${profile.account}, profile ${profile.profile}, endpoint ${profile.endpoint.origin}`,
    `api-version ${dialect.apiVersion}`,
    ...(operationId === undefined ? [] : [`operation ${operationId}`]),
    `x-correlation-id ${correlationId}`,
    ...ids,
  ].join(', ');
}

const source: Source = { code: 'KEY_UNAVAILABLE', what: 'the error' };

/** The body of a refusal in one line, whatever its shape. */
export function describeBody(response: HttpResponse): string {
  if (response.body.length === 0) return 'empty body';
  try {
    const body = parseJson(response.body, source);
    const failure = isJsonObject(body) ? describeFailure(body) : undefined;
    if (failure !== undefined) return failure;
  } catch (error) {
    // HTML of a proxy or front door, or plain text: shown as it is.
    if (!hasCode(error, source.code)) throw error;
  }
  return showServerText(showUtf8(response.body));
}

/**
 * The error for a status other than 2xx.
 *
 * @param token  the access token that was sent; only its claims are shown
 */
export function responseFailure(response: HttpResponse, trace: Trace, token: string): NotaryError {
  const body = describeBody(response);
  const { code, remedy } = judge(response.status, body, trace, token);
  const shown =
    code === 'KEY_ACCESS_DENIED'
      ? `; the token sent has ${showClaims(token, ['aud', 'tid', 'appid', 'oid', 'exp'])}`
      : '';
  const message = `Artifact Signing answered ${response.status} (${body}): ${describeTrace(trace)}${shown}`;
  return new NotaryError(code, message, remedy === undefined ? {} : { remedy });
}

interface Judgement {
  readonly code: ErrorCode;
  readonly remedy?: string;
}

function judge(status: number, body: string, trace: Trace, token: string): Judgement {
  if (status === 401 || body.includes('ClaimsPrincipal')) {
    return {
      code: 'KEY_ACCESS_DENIED',
      remedy:
        'The service does not accept the token. Check that azure-tenant-id is the tenant of the signing account, and the audience and times above.',
    };
  }
  if (status === 403) return { code: 'KEY_ACCESS_DENIED', remedy: accessRemedy(trace.profile, token) };
  if (status === 404) return { code: 'KEY_NOT_FOUND' };
  if (status === 408 || status === 429 || status >= 500) return { code: 'KEY_UNAVAILABLE' };
  return { code: 'KEY_REJECTED' };
}

function accessRemedy({ account, profile, endpoint }: ArtifactSigningProfile, token: string): string {
  const assignee = textClaim(readClaims(token), 'oid');
  const identity = assignee !== undefined && /^[0-9A-Fa-f-]{1,64}$/.test(assignee) ? assignee : 'OBJECT-ID';
  return [
    `Check, in this order: ${endpoint.host} is the endpoint of the region of account ${account};`,
    `the identity may sign: az role assignment create --role "Artifact Signing Certificate Profile Signer" --assignee ${identity} --scope /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.CodeSigning/codeSigningAccounts/${account}/certificateProfiles/${profile};`,
    '15 minutes have passed since then; the profile is Active; its identity validation is Completed; the subscription is enabled.',
    'If all of this holds, save the certificate profile again unchanged.',
  ].join(' ');
}

/** A terminal status other than Succeeded, which comes with HTTP 200. */
export function operationFailure(reply: SigningReply, trace: Trace): NotaryError {
  const words = reply.failure ?? 'no reason given';
  return new NotaryError(
    'KEY_UNAVAILABLE',
    `Artifact Signing ended the operation with status ${showServerText(reply.status)} (${words}): ${describeTrace(trace)}`,
    {
      remedy:
        'Run the job again. If it stays, check that the subscription is enabled and paid, that the account is healthy and the profile Active, and give the ids above to Microsoft support.',
    },
  );
}
