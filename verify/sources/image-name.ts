// Names of images as Docker and Kubernetes read them: a short name belongs to Docker Hub, and a name with neither tag
// nor digest means the tag "latest". Rules: distribution/reference v0.6.0, ParseNormalizedNamed, TagNameOnly and
// FamiliarString.

import { NotaryError } from '../../shared/errors.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import type { Reference } from '../../shared/oci/reference.ts';

const imageId = /^[0-9a-f]{64}$/;
const impliedTag = 'latest';

/** @throws NotaryError REFERENCE_INVALID */
export function parseImageName(text: string): Reference {
  // Elsewhere a scheme may be written before a reference; here it would be part of the name.
  if (text.includes('://')) throw new NotaryError('REFERENCE_INVALID', `"${text}": an image is named without a scheme`);
  if (imageId.test(text)) throw new NotaryError('REFERENCE_INVALID', `"${text}": an image is not named by its id`);
  const lastPart = text.slice(text.lastIndexOf('/') + 1);
  return parseReference(/[:@]/.test(lastPart) ? text : `${text}:${impliedTag}`);
}

/** The shortest name that Docker shows and matches, such as "alpine:3.20"; what "latest" names goes without a tag. */
export function familiarName({ registry, repository, tag, digest }: Reference): string {
  const onHub = registry === 'docker.io' ? repository.replace(/^library\/(?=[^/]+$)/, '') : `${registry}/${repository}`;
  if (digest !== undefined) return `${onHub}${tag === undefined ? '' : `:${tag}`}@${digest}`;
  return tag === undefined || tag === impliedTag ? onHub : `${onHub}:${tag}`;
}

/** The same name in full: registry/repository, then tag and digest as far as they are known. */
export function fullName({ registry, repository, tag, digest }: Reference): string {
  const name = `${registry}/${repository}`;
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
