// OCI content descriptors and the digests in them. OCI image specification, "Descriptor" and "Digest"; PAY-12, PAY-13.

import { decodeBase64, encodeHex, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { digest, hashLength } from '../crypto/digest.ts';
import type { HashName } from '../crypto/digest.ts';
import { NotaryError } from '../errors.ts';
import {
  member,
  optionalString,
  ordered,
  requireArray,
  requireInteger,
  requireObject,
  requireString,
  requireStringMap,
  sorted,
} from '../json.ts';
import type { Json, JsonMembers, JsonObject } from '../json.ts';

export type Digest = `${HashName}:${string}`;
export type Annotations = Readonly<Record<string, string>>;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Annotations;
  readonly artifactType?: string;
}

export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  artifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
} as const;

const lowerHex = /^[0-9a-f]+$/;

/** @throws NotaryError source.code  not sha256, sha384 or sha512 with its full length of lower-case hex digits */
export function parseDigest(text: string, source: Source = { code: 'REFERENCE_INVALID', what: 'digest' }): Digest {
  const colon = text.indexOf(':');
  const hash = text.slice(0, Math.max(colon, 0));
  const hex = text.slice(colon + 1);
  if (!isHashName(hash) || hex.length !== 2 * hashLength[hash] || !lowerHex.test(hex)) {
    throw malformed(
      source,
      `"${text}" is not sha256:, sha384: or sha512: followed by 64, 96 or 128 lower-case hex digits`,
    );
  }
  return `${hash}:${hex}`;
}

/** The SHA-256 digest, which every digest that we make is. */
export function digestOf(bytes: Uint8Array): Digest {
  return hashed('sha256', bytes);
}

/** @throws NotaryError REGISTRY_CONTENT_MISMATCH  the bytes have another digest */
export function requireDigest(bytes: Uint8Array, expected: Digest): void {
  const actual = hashed(hashOf(expected), bytes);
  if (actual !== expected) {
    throw new NotaryError('REGISTRY_CONTENT_MISMATCH', `the content has the digest ${actual}, not ${expected}`);
  }
}

/** Media type, digest and size; annotations take no part. PAY-12. */
export function sameContent(a: Descriptor, b: Descriptor): boolean {
  return a.mediaType === b.mediaType && a.digest === b.digest && a.size === b.size;
}

/** @throws NotaryError source.code  a member is missing or of the wrong kind */
export function parseDescriptor(value: Json | undefined, source: Source, path: string): Descriptor {
  const object = requireDescriptorTypes(value, source, path);
  const annotations = member(object, 'annotations');
  const artifactType = optionalString(object, 'artifactType', source);
  const size = requireInteger(member(object, 'size'), source, `${path}.size`);
  if (size < 0) throw malformed(source, `${path}.size is ${size}`);
  return {
    mediaType: requireString(member(object, 'mediaType'), source, `${path}.mediaType`),
    digest: parseDigest(requireString(member(object, 'digest'), source, `${path}.digest`), source),
    size,
    ...(annotations === undefined ? {} : { annotations: requireStringMap(annotations, source, `${path}.annotations`) }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

/**
 * Requires that what is there of a descriptor is of the types that OCI gives it. The reference reads documents as a
 * whole, so that a member of another type fails it even where nobody looks at the member.
 *
 * @throws NotaryError source.code
 */
export function requireDescriptorTypes(value: Json | undefined, source: Source, path: string): JsonObject {
  const object = requireObject(value, source, path);
  requireTypes(object, descriptorTypes, source, path);
  const platform = member(object, 'platform');
  if (platform === undefined) return object;
  requireTypes(requireObject(platform, source, `${path}.platform`), platformTypes, source, `${path}.platform`);
  return object;
}

type RequireType = (value: Json, source: Source, path: string) => unknown;
export type MemberTypes = Readonly<Record<string, RequireType>>;

/** Every member that is there and not null must be of its type; others are ignored. */
export function requireTypes(object: JsonObject, types: MemberTypes, source: Source, path: string): void {
  for (const [name, requireType] of Object.entries(types)) {
    const value = member(object, name);
    if (value !== undefined) requireType(value, source, `${path}.${name}`);
  }
}

const strings: RequireType = (value, source, path) => {
  requireArray(value, source, path).forEach((item, index) => requireString(item, source, `${path}[${index}]`));
};
const base64: RequireType = (value, source, path) => decodeBase64(requireString(value, source, path), source);

const descriptorTypes: MemberTypes = {
  ...{ mediaType: requireString, digest: requireString, size: requireInteger, artifactType: requireString },
  ...{ annotations: requireStringMap, urls: strings, data: base64 },
};
const platformTypes: MemberTypes = {
  ...{ architecture: requireString, os: requireString, variant: requireString },
  ...{ 'os.version': requireString, 'os.features': strings },
};

/** In the member order that Notation writes, annotations sorted. REG-3, REG-11. */
export function writeDescriptor({ mediaType, digest, size, annotations, artifactType }: Descriptor): JsonMembers {
  return ordered(
    ['mediaType', mediaType],
    ['digest', digest],
    ['size', size],
    ['annotations', annotations === undefined ? undefined : sorted(annotations)],
    ['artifactType', artifactType],
  );
}

function hashed(hash: HashName, bytes: Uint8Array): Digest {
  return `${hash}:${encodeHex(digest(hash, bytes))}`;
}

function hashOf(text: Digest): HashName {
  const hash = text.slice(0, text.indexOf(':'));
  if (!isHashName(hash)) throw new TypeError(`"${text}" was not made by parseDigest`);
  return hash;
}

function isHashName(text: string): text is HashName {
  return Object.hasOwn(hashLength, text);
}
