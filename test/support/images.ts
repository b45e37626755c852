// Pushes small but complete artifacts to any registry that speaks the OCI distribution protocol without login, with
// nothing of ours: an image, and an index over two platforms.

import { createHash, randomBytes } from 'node:crypto';

export interface PushedArtifact {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** "host/repository@sha256:…" */
  readonly reference: string;
}

const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
const imageIndex = 'application/vnd.oci.image.index.v1+json';

export interface Target {
  /** "localhost:5000" */
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
}

/** An image with one random layer, so that every call makes another digest. */
export async function pushImage(
  target: Target,
  platform = { os: 'linux', architecture: 'amd64' },
): Promise<PushedArtifact> {
  const layer = randomBytes(64);
  const rootfs = { type: 'layers', diff_ids: [sha256(layer)] };
  const config = Buffer.from(JSON.stringify({ ...platform, rootfs }));
  const layers = [
    { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: await pushBlob(target, layer), size: layer.length },
  ];
  const configDescriptor = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: await pushBlob(target, config),
    size: config.length,
  };
  return pushManifest(target, { schemaVersion: 2, mediaType: imageManifest, config: configDescriptor, layers });
}

/** An index over a linux/amd64 and a linux/arm64 image. */
export async function pushIndex(
  target: Target,
): Promise<PushedArtifact & { readonly children: readonly PushedArtifact[] }> {
  const untagged = { host: target.host, repository: target.repository };
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
  const children = await Promise.all(platforms.map((platform) => pushImage(untagged, platform)));
  const manifests = children.map(({ mediaType, digest, size }, index) => ({
    ...{ mediaType, digest, size },
    platform: platforms[index],
  }));
  return { ...(await pushManifest(target, { schemaVersion: 2, mediaType: imageIndex, manifests })), children };
}

interface Manifest {
  readonly mediaType: string;
  readonly [member: string]: unknown;
}

/** Any manifest; its mediaType member is the content type. */
export async function pushManifest(target: Target, manifest: Manifest): Promise<PushedArtifact> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = sha256(bytes);
  const { host, repository, tag } = target;
  await send(`http://${host}/v2/${repository}/manifests/${tag ?? digest}`, 'PUT', bytes, manifest.mediaType);
  return { mediaType: manifest.mediaType, digest, size: bytes.length, reference: `${host}/${repository}@${digest}` };
}

/** Gives the digest. */
export async function pushBlob({ host, repository }: Target, bytes: Uint8Array): Promise<string> {
  const digest = sha256(bytes);
  const started = await send(
    `http://${host}/v2/${repository}/blobs/uploads/`,
    'POST',
    new Uint8Array(),
    'application/octet-stream',
  );
  const location = new URL(started.headers.get('location') ?? '', `http://${host}`);
  location.searchParams.set('digest', digest);
  await send(location.href, 'PUT', bytes, 'application/octet-stream');
  return digest;
}

async function send(url: string, method: string, body: Uint8Array, contentType: string): Promise<Response> {
  const response = await fetch(url, { method, body: Buffer.from(body), headers: { 'content-type': contentType } });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
