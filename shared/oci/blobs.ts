// Blobs: fetched with size and digest checked, pushed in one piece. OCI distribution specification, "Pulling blobs" and
// "POST then PUT"; REG-15, REG-33.

import { hasCode } from '../errors.ts';
import type { Connection } from './connection.ts';
import { digestOf } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { fetchContent, requireContent } from './manifests.ts';

/** REG-15. */
const maxBlobBytes = 32 * 1024 * 1024;
const blobTimeoutMs = 120_000;
/** An upload session is used up by a failed PUT; a second one does no harm, since a blob is its digest. */
const uploadAttempts = 2;

export async function fetchBlob(connection: Connection, { digest, size }: Descriptor): Promise<Uint8Array> {
  const request = { method: 'GET', target: `blobs/${digest}`, timeoutMs: blobTimeoutMs } as const;
  const { body } = await fetchContent(connection, request, { size, limit: maxBlobBytes });
  requireContent(connection, request, { bytes: body, digest, size });
  return body;
}

export async function hasBlob(connection: Connection, digest: Digest): Promise<boolean> {
  const request = { method: 'HEAD', target: `blobs/${digest}` } as const;
  const response = await connection.read(request);
  if (response.status === 404) return false;
  if (response.status !== 200) throw connection.failure(request, response);
  return true;
}

export async function pushBlob(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await uploadBlob(connection, bytes);
      return;
    } catch (error) {
      if (attempt === uploadAttempts || !hasCode(error, 'REGISTRY_UNAVAILABLE')) throw error;
    }
  }
}

/**
 * Whether a push would be let in, found out by an upload that is begun and given up; nothing is stored.
 *
 * @throws NotaryError REGISTRY_UNAUTHORIZED, and the other codes of Repository
 */
export async function requirePushAccess(connection: Connection): Promise<void> {
  const target = await startUpload(connection);
  try {
    await connection.send({ method: 'DELETE', target });
  } catch (error) {
    // Registries without cancellation drop abandoned uploads themselves.
    if (!hasCode(error, 'REGISTRY_UNAVAILABLE')) throw error;
  }
}

/** Where the bytes are to go. */
async function startUpload(connection: Connection): Promise<URL> {
  const start = { method: 'POST', target: 'blobs/uploads/', repeatable: true } as const;
  const started = await connection.send(start);
  if (started.status !== 202) throw connection.failure(start, started);
  const location = started.headers.get('location');
  if (location === undefined) throw connection.invalid(start, 'no Location for the upload');
  const target = connection.url(location, connection.url(start.target));
  // The upload needs the registry's authorization, which must not go elsewhere.
  if (!connection.isOwnOrigin(target)) throw connection.invalid(start, `the upload is to go to ${target.origin}`);
  return target;
}

async function uploadBlob(connection: Connection, bytes: Uint8Array): Promise<void> {
  const target = await startUpload(connection);
  // Appended as text: the query belongs to the registry and must come back as it was.
  target.search = `${target.search}${target.search === '' ? '?' : '&'}digest=${encodeURIComponent(digestOf(bytes))}`;
  const put = {
    method: 'PUT',
    target,
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
    timeoutMs: blobTimeoutMs,
  } as const;
  const response = await connection.send(put);
  if (response.status !== 201) throw connection.failure(put, response);
}
