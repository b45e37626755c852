// What a registry answered when it did not do what was asked, as a NotaryError that carries the registry's own words.
// OCI distribution specification, "Error Codes".

import { showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { isJsonObject, member, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { HttpResponse } from '../ports.ts';

interface RegistryComplaint {
  /** Such as MANIFEST_UNKNOWN; empty where the registry gave none. */
  readonly code: string;
  readonly message: string;
}

/** A registry's words are quoted up to this length. */
const maxQuoteLength = 300;

/** True where the response says the repository itself is not there. */
export function saysNameUnknown(response: HttpResponse): boolean {
  return complaints(response).some(({ code }) => code === 'NAME_UNKNOWN');
}

/**
 * @param what  the request, such as "ghcr.io/app: GET manifests/latest"
 * @param code  where the status means something else than it usually does
 */
export function failure(response: HttpResponse, what: string, code = codeOf(response)): NotaryError {
  const quoted = complaints(response)
    .map(({ code, message }) => [code, message].filter((part) => part !== '').join(': '))
    .join('; ');
  const words = quoted === '' ? '' : ` (${quoted.slice(0, maxQuoteLength)})`;
  return new NotaryError(code, `${what}: HTTP ${response.status}${words}`);
}

/** True where a tag exists and may not be moved, which registries say with various statuses and in words of their own. */
export function saysImmutable(response: HttpResponse): boolean {
  return complaints(response).some(({ code, message }) => /immutable/i.test(`${code} ${message}`));
}

function codeOf(response: HttpResponse): ErrorCode {
  const { status } = response;
  if (status === 401 || status === 403) return 'REGISTRY_UNAUTHORIZED';
  if (status === 404) return 'REGISTRY_NOT_FOUND';
  if (status === 408 || status === 429 || status >= 500) return 'REGISTRY_UNAVAILABLE';
  // Somebody else is writing at the same place, unless nobody may.
  if (status === 409 && !saysImmutable(response)) return 'REGISTRY_UNAVAILABLE';
  return 'REGISTRY_RESPONSE_INVALID';
}

// Three shapes are met: the OCI one, the OAuth 2.0 one of token endpoints, and the bare "details" of Docker Hub's.
function complaints({ body }: HttpResponse): readonly RegistryComplaint[] {
  const value = readLeniently(body);
  if (!isJsonObject(value)) return [];
  const errors = member(value, 'errors');
  if (Array.isArray(errors)) {
    return (errors as readonly Json[]).filter(isJsonObject).map((error) => ({
      code: textOf(error, 'code'),
      message: textOf(error, 'message'),
    }));
  }
  const message = textOf(value, 'error_description') || textOf(value, 'details') || textOf(value, 'message');
  const complaint = { code: textOf(value, 'error'), message };
  return complaint.code === '' && message === '' ? [] : [complaint];
}

const errorBody: Source = { code: 'REGISTRY_RESPONSE_INVALID', what: 'error body' };

function readLeniently(body: Uint8Array): Json | undefined {
  try {
    return parseJson(body, errorBody);
  } catch (error) {
    // An HTML page, or nothing: the status alone has to speak, with the first words of a plain text.
    if (!hasCode(error, 'REGISTRY_RESPONSE_INVALID')) throw error;
    const text = showUtf8(body.subarray(0, maxQuoteLength)).trim();
    return text === '' || text.startsWith('<') ? undefined : { message: text };
  }
}

function textOf(object: JsonObject, name: string): string {
  const value = member(object, name);
  return typeof value === 'string' ? value : '';
}
