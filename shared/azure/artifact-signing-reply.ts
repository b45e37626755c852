// What the Artifact Signing data plane says about one operation: flat in the older dialect, under `result` in the
// stable one, read alike. azure-rest-api-specs, "CodeSignOperationStatus"; replies seen on the wire.

import type { Source } from '../bytes.ts';
import { isJsonObject, member, parseJson, requireObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { showServerText } from './token-claims.ts';

export interface SigningReply {
  readonly state: 'pending' | 'succeeded' | 'failed';
  /** The word as sent; "absent" where there was none. */
  readonly status: string;
  readonly operationId?: string;
  readonly signature?: string;
  readonly signingCertificate?: string;
  /** What the service says about a failure. */
  readonly failure?: string;
}

const source: Source = { code: 'KEY_UNAVAILABLE', what: 'the reply of Artifact Signing' };

/** An empty body counts as "accepted, nothing to say yet". */
export function parseReply(body: Uint8Array): SigningReply {
  if (body.length === 0) return { state: 'pending', status: 'absent' };
  const outer = requireObject(parseJson(body, source), source, 'the reply');
  const nested = member(outer, 'result');
  const layers = isJsonObject(nested) ? [outer, nested] : [outer];
  const status = firstText(layers, 'status') ?? 'absent';
  const operationId = firstText([...layers].reverse(), 'operationId') ?? firstText(layers, 'id');
  return {
    ...{ state: stateOf(status), status },
    ...(isPathSegment(operationId) && { operationId }),
    ...optional('signature', firstText(layers, 'signature')),
    ...optional('signingCertificate', firstText(layers, 'signingCertificate')),
    ...optional('failure', describeFailure(outer)),
  };
}

// Both dialects together, and what the specification's examples spell differently. Every other word is taken for one
// of the several that mean "not yet"; the time limit ends those.
const states: ReadonlyMap<string, SigningReply['state']> = new Map([
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['timedout', 'failed'],
  ['notfound', 'failed'],
  ['canceled', 'failed'],
  ['cancelled', 'failed'],
]);

function stateOf(status: string): SigningReply['state'] {
  return states.get(status.toLowerCase().replace(/\s+/g, '')) ?? 'pending';
}

function firstText(layers: readonly JsonObject[], name: string): string | undefined {
  const texts = layers.map((layer) => member(layer, name)).filter((value) => typeof value === 'string');
  return texts.find((text) => text !== '');
}

function isPathSegment(operationId: string | undefined): operationId is string {
  return operationId !== undefined && /^[0-9A-Za-z-]{1,100}$/.test(operationId);
}

function optional<N extends string>(name: N, value: string | undefined): Partial<Record<N, string>> {
  return value === undefined ? {} : ({ [name]: value } as Record<N, string>);
}

/**
 * The service's own words about a failure, in any of the five shapes it uses: errorDetail, error, errorResponse, and
 * title with errors.
 */
export function describeFailure(body: JsonObject): string | undefined {
  const parts = ['errorDetail', 'error', 'errorResponse'].flatMap((name) => describeError(member(body, name)));
  const title = member(body, 'title');
  if (typeof title === 'string') parts.push(title, ...describeModelErrors(member(body, 'errors')));
  return parts.length === 0 ? undefined : showServerText(parts.join(': '));
}

// What lies deeper names no cause that the outer ones do not, and the depth of a reply is not ours to choose.
const maxInnerErrors = 3;

function describeError(error: Json | undefined, depth = 0): readonly string[] {
  if (typeof error === 'string') return [error];
  if (!isJsonObject(error) || depth > maxInnerErrors) return [];
  const inner = ['innererror', 'innerError'].flatMap((name) => describeError(member(error, name), depth + 1));
  return [...textMembers(error, 'code', 'message'), ...inner];
}

// ASP.NET's model validation: field name -> list of complaints.
function describeModelErrors(errors: Json | undefined): readonly string[] {
  if (!isJsonObject(errors)) return [];
  return Object.entries(errors).flatMap(([field, complaints]) =>
    Array.isArray(complaints)
      ? (complaints as readonly Json[]).flatMap((complaint) =>
          typeof complaint === 'string' ? [`${field} ${complaint}`] : [],
        )
      : [],
  );
}

function textMembers(object: JsonObject, ...names: readonly string[]): readonly string[] {
  return names.map((name) => member(object, name)).filter((value) => typeof value === 'string');
}
