// An image index, or Docker's manifest list: which manifests it points at, and for which platform each is. OCI image
// specification, "Image Index".

import type { Source } from '../bytes.ts';
import { member, optionalString, parseJson, requireArray, requireObject, requireString } from '../json.ts';
import type { Json } from '../json.ts';
import { mediaTypes, parseDescriptor } from './descriptor.ts';
import type { Descriptor } from './descriptor.ts';

/** As the index writes it; nothing is normalized. */
export interface IndexPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** Of Windows, such as "10.0.20348.2700". */
  readonly osVersion?: string;
}

export interface IndexEntry {
  readonly descriptor: Descriptor;
  readonly platform?: IndexPlatform;
  /** BuildKit puts provenance and SBOM beside the images that they are about; nobody runs them. */
  readonly isAttestation: boolean;
}

const referenceType = 'vnd.docker.reference.type';

export function isIndex({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean {
  return mediaType === mediaTypes.imageIndex || mediaType === mediaTypes.dockerManifestList;
}

/**
 * @param bytes  the index, its digest checked
 * @param what   names it in messages, such as its reference
 * @throws NotaryError REGISTRY_RESPONSE_INVALID
 */
export function parseIndex(bytes: Uint8Array, what: string): readonly IndexEntry[] {
  const source: Source = { code: 'REGISTRY_RESPONSE_INVALID', what };
  const index = requireObject(parseJson(bytes, source), source, 'the index');
  const manifests = requireArray(member(index, 'manifests') ?? [], source, 'manifests');
  return manifests.map((entry, position) => parseEntry(entry, source, `manifests[${position}]`));
}

function parseEntry(entry: Json, source: Source, path: string): IndexEntry {
  const descriptor = parseDescriptor(entry, source, path);
  const value = member(requireObject(entry, source, path), 'platform');
  const isAttestation = descriptor.annotations?.[referenceType] === 'attestation-manifest';
  if (value === undefined) return { descriptor, isAttestation };
  const object = requireObject(value, source, `${path}.platform`);
  const variant = optionalString(object, 'variant', source);
  const osVersion = optionalString(object, 'os.version', source);
  const platform = {
    os: requireString(member(object, 'os'), source, `${path}.platform.os`),
    architecture: requireString(member(object, 'architecture'), source, `${path}.platform.architecture`),
    ...(variant !== undefined && variant !== '' && { variant }),
    ...(osVersion !== undefined && osVersion !== '' && { osVersion }),
  };
  return { descriptor, platform, isAttestation };
}
