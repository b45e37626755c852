// Blobs: fetched with size and digest checked. OCI distribution specification, "Pulling blobs"; REG-15, REG-33.

import { hasCode } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { fetchContent, requireContent } from './manifests.ts';
import { startUpload } from './uploads.ts';

/** REG-15. */
export const maxBlobBytes = 32 * 1024 * 1024;
const blobTimeoutMs = 120_000;

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

/**
 * Whether a push would be let in, found out by an upload that is begun and given up; nothing is stored.
 *
 * @throws NotaryError REGISTRY_UNAUTHORIZED, and the other codes of Repository
 */
export async function requirePushAccess(connection: Connection): Promise<void> {
  const { url: target } = await startUpload(connection);
  try {
    await connection.send({ method: 'DELETE', target });
  } catch (error) {
    // Registries without cancellation drop abandoned uploads themselves.
    if (!hasCode(error, 'REGISTRY_UNAVAILABLE')) throw error;
  }
}
