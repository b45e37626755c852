// Manifests by tag or digest: resolved by HEAD, fetched with every byte accounted for, pushed. OCI distribution
// specification, "Pulling manifests" and "Pushing Manifests"; REG-1, REG-15, REG-33.

import { NotaryError, hasCode } from '../errors.ts';
import type { HttpResponse } from '../ports.ts';
import type { Connection, RegistryRequest } from './connection.ts';
import { maxReplyBytes } from './connection.ts';
import { digestOf, mediaTypes, parseDigest, requireDigest } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';

/** REG-15; registries take no larger ones either. */
export const maxManifestBytes = 4 * 1024 * 1024;

/** REG-1: everything that may be signed, in the order in which Notation asks. */
const acceptedManifests = [
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.imageManifest,
  mediaTypes.imageIndex,
  mediaTypes.artifactManifest,
].join(', ');

const manifestMediaType = /^application\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const contentLength = /^[0-9]{1,15}$/;

/**
 * Asks which manifest a digest or tag stands for; the manifest itself is not downloaded.
 *
 * @param target  the digest wins over the tag
 */
export async function resolveManifest(
  connection: Connection,
  target: { readonly tag?: string; readonly digest?: Digest },
): Promise<Descriptor> {
  const name = target.digest ?? target.tag;
  if (name === undefined) throw new NotaryError('REFERENCE_INVALID', `${connection.name}: neither tag nor digest`);
  const request = { method: 'HEAD', target: `manifests/${name}`, headers: { accept: acceptedManifests } } as const;
  const response = await connection.read(request);
  if (response.status !== 200) throw connection.failure(request, response);
  const length = response.headers.get('content-length') ?? '';
  if (!contentLength.test(length)) throw connection.invalid(request, 'no Content-Length');
  const stated = statedDigest(connection, request, response);
  const digest = stated ?? target.digest;
  if (digest === undefined) throw connection.invalid(request, 'no Docker-Content-Digest for a tag');
  if (target.digest !== undefined && digest !== target.digest) throw otherDigest(connection, request, digest);
  return { mediaType: mediaTypeOf(connection, request, response), digest, size: Number(length) };
}

export async function fetchManifest(connection: Connection, descriptor: Descriptor): Promise<Uint8Array> {
  const { mediaType, digest, size } = descriptor;
  const request = { method: 'GET', target: `manifests/${digest}`, headers: { accept: mediaType } } as const;
  const response = await fetchContent(connection, request, { size, limit: maxManifestBytes });
  const actual = mediaTypeOf(connection, request, response);
  if (actual !== mediaType) throw connection.invalid(request, `is ${actual}, not ${mediaType}`);
  const stated = statedDigest(connection, request, response);
  if (stated !== undefined && stated !== digest) throw otherDigest(connection, request, stated);
  requireContent(connection, request, { bytes: response.body, digest, size });
  return response.body;
}

export interface TaggedManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly etag?: string;
}

/** Undefined where there is no such tag. */
export async function fetchTag(connection: Connection, tag: string): Promise<TaggedManifest | undefined> {
  const request = { method: 'GET', target: `manifests/${tag}`, headers: { accept: mediaTypes.imageIndex } } as const;
  const response = await connection.read({ ...request, maxBytes: maxManifestBytes });
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw connection.failure(request, response);
  const digest = statedDigest(connection, request, response) ?? digestOf(response.body);
  requireContent(connection, request, { bytes: response.body, digest, size: response.body.length });
  const etag = response.headers.get('etag');
  const mediaType = mediaTypeOf(connection, request, response);
  return { mediaType, digest, bytes: response.body, ...(etag === undefined ? {} : { etag }) };
}

export interface NewManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** Pushed under its digest alone where absent. */
  readonly tag?: string;
  /** If-Match or If-None-Match, for the update of a tag. */
  readonly condition?: Readonly<Record<string, string>>;
}

/** The response has status 201, or 412 where a condition was given and no longer holds. */
export async function putManifest(connection: Connection, manifest: NewManifest): Promise<HttpResponse> {
  const { mediaType, bytes, digest, tag, condition } = manifest;
  const request = {
    method: 'PUT',
    target: `manifests/${tag ?? digest}`,
    headers: { 'content-type': mediaType, ...condition },
    body: bytes,
    // The same bytes under their digest. A tag may have moved on before a repetition.
    repeatable: tag === undefined,
  } as const;
  const response = await connection.send(request);
  if (response.status === 412 && condition !== undefined) return response;
  if (response.status !== 201) throw connection.failure(request, response);
  const stated = statedDigest(connection, request, response);
  if (stated !== undefined && stated !== digest) throw otherDigest(connection, request, stated);
  return response;
}

interface Expected {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly size: number;
}

/** GET of content whose size is known. An error body may be longer than the content, so it gets room of its own. */
export async function fetchContent(
  connection: Connection,
  request: RegistryRequest & { readonly method: 'GET' },
  { size, limit }: { readonly size: number; readonly limit: number },
): Promise<HttpResponse> {
  if (size > limit) throw connection.invalid(request, `the size is given as ${size} bytes; at most ${limit} are read`);
  const maxBytes = Math.max(size, maxReplyBytes);
  const response = await connection.read({ ...request, maxBytes }).catch((error: unknown) => {
    if (!hasCode(error, 'RESPONSE_TOO_LARGE')) throw error;
    throw new NotaryError('REGISTRY_CONTENT_MISMATCH', `${connection.describe(request)}: more than ${size} bytes`, {
      cause: error,
    });
  });
  if (response.status !== 200) throw connection.failure(request, response);
  return response;
}

/** @throws NotaryError REGISTRY_CONTENT_MISMATCH */
export function requireContent(connection: Connection, request: RegistryRequest, expected: Expected): void {
  const { bytes, digest, size } = expected;
  const what = connection.describe(request);
  if (bytes.length !== size) {
    throw new NotaryError('REGISTRY_CONTENT_MISMATCH', `${what}: ${bytes.length} bytes instead of ${size}`);
  }
  try {
    requireDigest(bytes, digest);
  } catch (error) {
    if (!hasCode(error, 'REGISTRY_CONTENT_MISMATCH')) throw error;
    throw new NotaryError(error.code, `${what}: ${error.message}`, { cause: error });
  }
}

function statedDigest(connection: Connection, request: RegistryRequest, response: HttpResponse): Digest | undefined {
  const stated = response.headers.get('docker-content-digest');
  const what = `${connection.describe(request)}: Docker-Content-Digest`;
  return stated === undefined ? undefined : parseDigest(stated, { code: 'REGISTRY_RESPONSE_INVALID', what });
}

function otherDigest(connection: Connection, request: RegistryRequest, digest: Digest): NotaryError {
  return new NotaryError('REGISTRY_CONTENT_MISMATCH', `${connection.describe(request)}: the registry has ${digest}`);
}

// Without parameters and in lower case, as the reference reads it. A login page in HTML is no manifest.
function mediaTypeOf(connection: Connection, request: RegistryRequest, response: HttpResponse): string {
  const field = response.headers.get('content-type') ?? '';
  const mediaType = (field.split(';')[0] ?? '').trim().toLowerCase();
  if (!manifestMediaType.test(mediaType)) throw connection.invalid(request, `Content-Type "${field}" is no manifest`);
  return mediaType;
}
