// What the manifests of an OCI image layout say of themselves, as no server says it for them. OCI image specification,
// "Image Manifest" and "Image Index".

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { member, optionalString, parseJson, requireObject, requireString, requireStringMap } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { mediaTypes, parseDescriptor } from './descriptor.ts';
import type { Annotations, Descriptor, Digest } from './descriptor.ts';
import { isIndex, parseIndex } from './image-index.ts';

export interface ManifestFacts {
  readonly mediaType: string;
  readonly subject?: Digest;
  /** Of the artifact, or of its config where it has none of its own. */
  readonly artifactType?: string;
  readonly annotations?: Annotations;
  /** What an index points at. */
  readonly members: readonly Descriptor[];
}

const manifestTypes: readonly string[] = Object.values(mediaTypes);

/**
 * @param stated  the media type by which others point at it
 * @throws NotaryError source.code  not a manifest, or of another type than stated
 */
export function readManifest(bytes: Uint8Array, stated: string | undefined, source: Source): ManifestFacts {
  const document = requireObject(parseJson(bytes, source), source, 'the manifest');
  const mediaType = mediaTypeOf(document, stated, source);
  const subject = member(document, 'subject');
  const artifactType = artifactTypeOf(document, source);
  const annotations = member(document, 'annotations');
  return {
    mediaType,
    ...(subject !== undefined && { subject: parseDescriptor(subject, source, 'subject').digest }),
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations: requireStringMap(annotations, source, 'annotations') }),
    members: isIndex({ mediaType }) ? parseIndex(bytes, source.what).map(({ descriptor }) => descriptor) : [],
  };
}

/** Its own word and that of others must agree: read as another type, the same bytes would mean something else. */
function mediaTypeOf(document: JsonObject, stated: string | undefined, source: Source): string {
  const own = optionalString(document, 'mediaType', source) ?? '';
  if (own !== '' && stated !== undefined && own !== stated) throw malformed(source, `is ${own}, not ${stated}`);
  const mediaType = own === '' ? (stated ?? shapeOf(document)) : own;
  if (mediaType === undefined || !manifestTypes.includes(mediaType)) {
    throw malformed(source, `${mediaType ?? 'it'} is no manifest`);
  }
  return mediaType;
}

/** OCI manifests may leave their type out; what could be read in two ways has none. */
function shapeOf(document: JsonObject): string | undefined {
  const [hasManifests, hasConfig] = [member(document, 'manifests'), member(document, 'config')].map(Boolean);
  if (hasManifests === hasConfig) return undefined;
  return hasManifests === true ? mediaTypes.imageIndex : mediaTypes.imageManifest;
}

function artifactTypeOf(document: JsonObject, source: Source): string | undefined {
  const own = optionalString(document, 'artifactType', source) ?? '';
  if (own !== '') return own;
  const config = member(document, 'config');
  return config === undefined
    ? undefined
    : requireString(member(requireObject(config, source, 'config'), 'mediaType'), source, 'config.mediaType');
}
