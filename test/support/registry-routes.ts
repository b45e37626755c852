// The routes of the embedded OCI registry: OCI distribution specification 1.1, "Endpoints".

import type { ServerResponse } from 'node:http';

import { hasDigest, imageIndex, sha256 } from './registry-content.ts';
import type { RegistryContent, Repository, StoredManifest } from './registry-content.ts';

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Over sockets only: writes in place of status, headers and body, as no registry should, and need not end. */
  readonly stream?: (response: ServerResponse) => void;
}

export interface RouteOptions {
  /** The referrers API. Default true. */
  readonly referrers?: boolean;
  /** Default: as `referrers`. */
  readonly ociSubjectHeader?: boolean;
  /** Whether the referrers API filters by artifactType and says so. Default true. */
  readonly filtersReferrers?: boolean;
  /** Referrers in one page. Default all. */
  readonly pageSize?: number;
  /** The answer to DELETE of a manifest; anything but 202 leaves it there. Default 202. */
  readonly deleteStatus?: number;
  /** Another origin that GET of a blob is redirected to. */
  readonly blobRedirect?: URL;
  /** Sends ETag with manifests, and honours If-Match and If-None-Match. */
  readonly etag?: boolean;
  /** A tag, once there, refuses to move. */
  readonly immutableTags?: boolean;
}

export function problem(status: number, code: string, message: string): Reply {
  return json(status, { errors: [{ code, message, detail: null }] });
}

export function json(status: number, value: unknown, contentType = 'application/json'): Reply {
  return { status, headers: { 'content-type': contentType }, body: Buffer.from(JSON.stringify(value)) };
}

/** /v2/NAME/{manifests,blobs,referrers,tags}/REST */
const route = /^\/v2\/(?<name>[a-z0-9._/-]+?)\/(?<kind>manifests|blobs|referrers|tags)\/(?<rest>.*)$/;

export function repositoryOf(url: URL): string | undefined {
  return route.exec(url.pathname)?.groups?.name;
}

export function answer(exchange: Exchange, content: RegistryContent, options: RouteOptions): Reply {
  if (exchange.url.pathname === '/v2/') return json(200, {});
  const { name, kind, rest } = route.exec(exchange.url.pathname)?.groups ?? {};
  if (name === undefined || rest === undefined) return problem(404, 'UNSUPPORTED', 'no such endpoint');
  const place = { content, name, rest, options };
  if (kind === 'manifests') return manifests(exchange, place);
  if (kind === 'referrers') return options.referrers === false ? { status: 404 } : referrers(exchange, place);
  if (kind === 'tags') return json(200, { name, tags: [...content.repository(name).tags.keys()] });
  return rest.startsWith('uploads/') ? uploads(exchange, place) : blobs(exchange, place);
}

interface Place {
  readonly content: RegistryContent;
  readonly name: string;
  readonly rest: string;
  readonly options: RouteOptions;
}

function manifests(exchange: Exchange, place: Place): Reply {
  const { content, name, rest, options } = place;
  const manifest = content.manifest(name, rest);
  if (exchange.method === 'PUT') return putManifest(exchange, place, manifest);
  if (manifest === undefined) return problem(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  if (exchange.method === 'DELETE') {
    const { deleteStatus = 202 } = options;
    if (deleteStatus !== 202) return problem(deleteStatus, 'UNSUPPORTED', 'deletion is not allowed here');
    if (!rest.includes(':')) return problem(400, 'UNSUPPORTED', 'manifests are deleted by digest');
    content.deleteManifest(name, rest);
    return { status: 202 };
  }
  const headers = { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest };
  return { status: 200, headers: { ...headers, ...etagOf(manifest, options) }, body: manifest.bytes };
}

function putManifest(exchange: Exchange, place: Place, current: StoredManifest | undefined): Reply {
  const { content, name, rest, options } = place;
  const { headers, body } = exchange;
  const isTag = !rest.includes(':');
  if (!isTag && !hasDigest(body, rest)) return problem(400, 'DIGEST_INVALID', 'the manifest has another digest');
  if (options.etag === true && !conditionHolds(exchange, current)) {
    return problem(412, 'PRECONDITION_FAILED', 'the tag has moved');
  }
  if (isTag && options.immutableTags === true && current !== undefined && current.digest !== sha256(body)) {
    return problem(400, 'TAG_INVALID', `the tag ${rest} is immutable`);
  }
  const document = parse(body);
  if (document === undefined) return problem(400, 'MANIFEST_INVALID', 'not JSON');
  const missing = missingPart(document, content.repository(name));
  if (missing !== undefined) return problem(404, 'MANIFEST_BLOB_UNKNOWN', `${missing} is not here`);
  const mediaType = headers['content-type'] ?? document.mediaType ?? '';
  // Under the digest it was pushed by, where that is not SHA-256.
  const digest = isTag ? sha256(body) : rest;
  content.repository(name).manifests.set(digest, { mediaType, digest, bytes: body });
  if (isTag) content.repository(name).tags.set(rest, digest);
  const { referrers = true, ociSubjectHeader = referrers } = options;
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(ociSubjectHeader && document.subject !== undefined ? { 'oci-subject': document.subject.digest } : {}),
    },
  };
}

function conditionHolds({ headers }: Exchange, current: StoredManifest | undefined): boolean {
  if (headers['if-none-match'] === '*' && current !== undefined) return false;
  const wanted = headers['if-match'];
  return wanted === undefined || (current !== undefined && wanted === `"${current.digest}"`);
}

function etagOf({ digest }: StoredManifest, options: RouteOptions): Record<string, string> {
  return options.etag === true ? { etag: `"${digest}"` } : {};
}

interface Part {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Part;
  readonly layers?: readonly Part[];
  readonly blobs?: readonly Part[];
  readonly manifests?: readonly Part[];
  readonly subject?: Part;
  readonly annotations?: Record<string, string>;
}

function parse(bytes: Uint8Array): Manifest | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Manifest;
  } catch {
    return undefined;
  }
}

function missingPart({ config, layers = [], blobs = [], manifests = [] }: Manifest, repository: Repository) {
  const parts = [...(config === undefined ? [] : [config]), ...layers, ...blobs];
  const blob = parts.find(({ digest, size }) => repository.blobs.get(digest)?.length !== size);
  return (blob ?? manifests.find(({ digest }) => !repository.manifests.has(digest)))?.digest;
}

function referrers({ url }: Exchange, { content, name, rest, options }: Place): Reply {
  const { filtersReferrers = true, pageSize = Infinity } = options;
  const wanted = filtersReferrers ? url.searchParams.get('artifactType') : null;
  const entries = [...content.repository(name).manifests.values()].flatMap(({ mediaType, digest, bytes }) => {
    const manifest = parse(bytes);
    if (manifest?.subject?.digest !== rest) return [];
    const artifactType = manifest.artifactType ?? manifest.config?.mediaType;
    const { annotations } = manifest;
    return wanted === null || wanted === artifactType
      ? [{ mediaType, digest, size: bytes.length, annotations, artifactType }]
      : [];
  });
  const start = Number(url.searchParams.get('start') ?? '0');
  const page = json(
    200,
    { schemaVersion: 2, mediaType: imageIndex, manifests: entries.slice(start, start + pageSize) },
    imageIndex,
  );
  const next = new URLSearchParams(url.search);
  next.set('start', String(start + pageSize));
  return {
    ...page,
    headers: {
      ...page.headers,
      ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
      ...(entries.length > start + pageSize ? { link: `<${url.pathname}?${next.toString()}>; rel="next"` } : {}),
    },
  };
}

function blobs({ method, url }: Exchange, { content, name, rest, options }: Place): Reply {
  const { blobs: stored } = content.repository(name);
  const bytes = stored.get(rest);
  if (bytes === undefined) return problem(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  if (method === 'DELETE') {
    stored.delete(rest);
    return { status: 202 };
  }
  if (method === 'GET' && options.blobRedirect !== undefined) {
    return { status: 307, headers: { location: new URL(url.pathname, options.blobRedirect).href } };
  }
  const headers = { 'content-type': 'application/octet-stream', 'docker-content-digest': rest };
  return { status: 200, headers, body: bytes };
}

function uploads(exchange: Exchange, { content, name, rest }: Place): Reply {
  const { blobs: stored, uploads: open } = content.repository(name);
  const { method, url, body } = exchange;
  const id = method === 'POST' ? content.startUpload(name) : rest.slice('uploads/'.length);
  const earlier = open.get(id);
  if (method === 'DELETE') return { status: open.delete(id) ? 204 : 404 };
  if (earlier === undefined) return problem(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
  const start = exchange.headers['content-range']?.split('-')[0];
  if (start !== undefined && Number(start) !== earlier.length)
    return problem(416, 'BLOB_UPLOAD_INVALID', 'out of order');
  const bytes = Buffer.concat([earlier, body]);
  open.set(id, bytes);
  const mount = mounted(exchange, content);
  const digest = url.searchParams.get('digest') ?? undefined;
  if (mount !== undefined || (digest !== undefined && (method === 'POST' || method === 'PUT'))) {
    open.delete(id);
    const [key, value] = mount ?? [digest ?? '', bytes];
    if (!hasDigest(value, key)) return problem(400, 'DIGEST_INVALID', 'the blob has another digest');
    stored.set(key, value);
    return { status: 201, headers: { location: `/v2/${name}/blobs/${key}`, 'docker-content-digest': key } };
  }
  if (method === 'PUT') return problem(400, 'DIGEST_INVALID', 'no digest given');
  return {
    status: method === 'GET' ? 204 : 202,
    headers: {
      // With a query of its own, as real registries have.
      location: `/v2/${name}/blobs/uploads/${id}?state=a%2Fb+c`,
      range: `0-${Math.max(bytes.length - 1, 0)}`,
      'docker-upload-uuid': id,
    },
  };
}

function mounted({ url }: Exchange, content: RegistryContent): [string, Uint8Array] | undefined {
  const digest = url.searchParams.get('mount');
  const from = url.searchParams.get('from');
  const bytes = digest === null || from === null ? undefined : content.repositories.get(from)?.blobs.get(digest);
  return digest === null || bytes === undefined ? undefined : [digest, bytes];
}
