// Uploads of blobs: in one piece where the registry takes it, else in chunks, and where an upload breaks off, from the
// byte at which it did. OCI distribution specification, "Pushing blobs"; REG-33.

import { hasCode } from '../errors.ts';
import type { HttpResponse } from '../ports.ts';
import type { Connection, RegistryRequest } from './connection.ts';
import { digestOf } from './descriptor.ts';
import type { Pace } from './referrers-tag.ts';

const uploadTimeoutMs = 120_000;
/** Proxies before a registry commonly take bodies of up to 1 MiB. */
const usualChunkBytes = 1024 * 1024;
/** A registry may want larger chunks; more than the largest blob is no chunk any more. */
const maxChunkBytes = 32 * 1024 * 1024;
/** Of one blob; what still fails then is not a hiccup. A blob is its digest, so that beginning anew does no harm. */
const maxRounds = 4;

/** What says that a body of this kind or size is not taken: the method, the length, the size. */
const refusesOnePiece: ReadonlySet<number> = new Set([405, 411, 413, 501]);
/** What a registry says to the rest of an upload that it has lost or counts differently. */
const losesSession: ReadonlySet<number> = new Set([400, 404, 416]);

interface Session {
  /** Changes with every request. */
  url: URL;
  /** Bytes that the registry has. */
  offset: number;
  readonly chunkBytes: number;
  isResumed: boolean;
}

interface Upload {
  readonly bytes: Uint8Array;
  inChunks: boolean;
  session?: Session | undefined;
}

/** The first wait is up to 200 ms, then up to 400 and 800. */
const firstWaitMs = 200;

/** @param pace  absent where nothing needs time to recover */
export async function pushBlob(connection: Connection, bytes: Uint8Array, pace?: Pace): Promise<void> {
  const upload: Upload = { bytes, inChunks: false };
  for (let round = 1; ; round++) {
    try {
      if (await attemptUpload(connection, upload)) return;
    } catch (error) {
      if (round >= maxRounds || !hasCode(error, 'REGISTRY_UNAVAILABLE')) throw error;
      await pause(round, pace);
      await resume(connection, upload);
    }
  }
}

async function pause(round: number, pace: Pace | undefined): Promise<void> {
  const [share = 0] = pace?.random(1) ?? [];
  await pace?.clock.sleep(Math.floor((share / 256) * firstWaitMs * 2 ** (round - 1)));
}

/** False where it has to begin anew, in another way; true once the registry has the blob. */
async function attemptUpload(connection: Connection, upload: Upload): Promise<boolean> {
  upload.session ??= await startUpload(connection);
  const { session } = upload;
  const whole = !upload.inChunks && session.offset === 0;
  if (!whole) {
    const refused = await sendChunks(connection, upload.bytes, session);
    if (refused !== undefined) return restart(connection, upload, refused);
  }
  const put = {
    method: 'PUT',
    target: withDigest(session.url, upload.bytes),
    headers: { 'content-type': 'application/octet-stream' },
    body: whole ? upload.bytes : new Uint8Array(),
    timeoutMs: uploadTimeoutMs,
    repeatable: 'if refused',
  } as const;
  const response = await connection.send(put);
  return response.status === 201 || restart(connection, upload, { request: put, response });
}

interface Refused {
  readonly request: RegistryRequest;
  readonly response: HttpResponse;
}

/** @throws NotaryError  where there is no other way left */
function restart(connection: Connection, upload: Upload, { request, response }: Refused): false {
  const { session, inChunks } = upload;
  const isLost = session?.isResumed === true && losesSession.has(response.status);
  const isTooMuch = !inChunks && session?.offset === 0 && refusesOnePiece.has(response.status);
  if (!isLost && !isTooMuch) throw connection.failure(request, response);
  upload.session = undefined;
  upload.inChunks ||= isTooMuch;
  return false;
}

/** What the registry refused, if anything. */
async function sendChunks(connection: Connection, bytes: Uint8Array, session: Session): Promise<Refused | undefined> {
  while (session.offset < bytes.length) {
    const { offset, chunkBytes } = session;
    const body = bytes.subarray(offset, offset + chunkBytes);
    const request = {
      method: 'PATCH',
      target: session.url,
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `${offset}-${offset + body.length - 1}`,
      },
      body,
      timeoutMs: uploadTimeoutMs,
      repeatable: 'if refused',
    } as const;
    const response = await connection.send(request);
    if (response.status !== 202) return { request, response };
    session.offset = offset + body.length;
    session.url = nextUrl(connection, request, response) ?? session.url;
  }
  return undefined;
}

/** Asks how much of a broken upload has arrived; where that cannot be told, the upload begins anew. */
async function resume(connection: Connection, upload: Upload): Promise<void> {
  const { session } = upload;
  upload.session = undefined;
  if (session === undefined) return;
  const request = { method: 'GET', target: session.url } as const;
  try {
    const response = await connection.send(request);
    const end = /^(?:bytes=)?0-([0-9]{1,10})$/.exec(response.headers.get('range') ?? '')?.[1];
    if (response.status !== 204 || end === undefined) return;
    // Registries say 0-0 of an empty upload, too.
    const offset = end === '0' ? 0 : Number(end) + 1;
    if (offset > upload.bytes.length) return;
    const url = nextUrl(connection, request, response) ?? session.url;
    upload.session = { ...session, url, offset, isResumed: true };
  } catch (error) {
    if (!hasCode(error, 'REGISTRY_UNAVAILABLE')) throw error;
  }
}

/** An upload that is begun, with nothing in it. */
export async function startUpload(connection: Connection): Promise<Session> {
  const start = { method: 'POST', target: 'blobs/uploads/', repeatable: true } as const;
  const started = await connection.send(start);
  if (started.status !== 202) throw connection.failure(start, started);
  const url = nextUrl(connection, start, started);
  if (url === undefined) throw connection.invalid(start, 'no Location for the upload');
  const stated = Number(started.headers.get('oci-chunk-min-length') ?? 0);
  const chunkBytes = stated > usualChunkBytes && stated <= maxChunkBytes ? Math.ceil(stated) : usualChunkBytes;
  return { url, offset: 0, chunkBytes, isResumed: false };
}

/** Undefined where the registry names none. */
function nextUrl(connection: Connection, request: RegistryRequest, { headers }: HttpResponse): URL | undefined {
  const location = headers.get('location');
  if (location === undefined) return undefined;
  const url = connection.url(location, connection.url(request.target));
  // The upload needs the registry's authorization, which must not go elsewhere.
  if (!connection.isOwnOrigin(url)) throw connection.invalid(request, `the upload is to go to ${url.origin}`);
  return url;
}

/** The query belongs to the registry and must come back as it was, so the digest is appended as text. */
function withDigest(session: URL, bytes: Uint8Array): URL {
  const url = new URL(session);
  url.search = `${url.search}${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(digestOf(bytes))}`;
  return url;
}
