// A reference to an artifact of an OCI image layout on disk, oci-layout:PATH@DIGEST or oci-layout:PATH:TAG, and what it
// has in common with one to a registry. Interface, "A reference to an artifact"; REG-20.

import { NotaryError } from '../errors.ts';
import { parseDigest } from './descriptor.ts';
import type { Digest } from './descriptor.ts';
import { maxReferenceLength, parseReference, repositoryName, tagName } from './reference.ts';
import type { Reference } from './reference.ts';

export interface LayoutReference {
  /** The directory, with forward slashes between its parts, as far as the user wrote it so. */
  readonly layout: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** The "registry/repository" that trust policies and rules know what is in the layout by. */
  readonly scope?: string;
}

export type ArtifactReference = Reference | LayoutReference;

const prefix = 'oci-layout:';

export function isLayout(reference: ArtifactReference): reference is LayoutReference {
  return 'layout' in reference;
}

/** @throws NotaryError REFERENCE_INVALID */
export function parseArtifactReference(text: string): ArtifactReference {
  return text.startsWith(prefix) ? parseLayoutReference(text) : parseReference(text);
}

/** Another artifact in the same place. */
export function atDigest(reference: ArtifactReference, digest: Digest): ArtifactReference {
  if (!isLayout(reference)) return { registry: reference.registry, repository: reference.repository, digest };
  const { layout, scope } = reference;
  return { layout, digest, ...(scope !== undefined && { scope }) };
}

/** "registry/repository"; undefined for a layout that nobody said it of. */
export function policyScope(reference: ArtifactReference): string | undefined {
  return isLayout(reference) ? reference.scope : repositoryName(reference);
}

/** The last "@", else the last ":", ends the path: both may stand in the name of a directory. */
function parseLayoutReference(text: string): LayoutReference {
  if (text.length > maxReferenceLength)
    throw invalid(text.slice(0, 64), `longer than ${maxReferenceLength} characters`);
  const rest = text.slice(prefix.length);
  const at = rest.lastIndexOf('@');
  if (at !== -1) {
    const digest = parseDigest(rest.slice(at + 1), { code: 'REFERENCE_INVALID', what: `"${text}"` });
    return { layout: parsePath(rest.slice(0, at), text), digest };
  }
  const colon = rest.lastIndexOf(':');
  const tag = rest.slice(colon + 1);
  // What follows the drive of a Windows path is no tag.
  if (colon === -1 || /[/\\]/.test(tag)) throw invalid(text, 'has neither a tag nor a digest');
  if (!tagName.test(tag)) throw invalid(text, `"${tag}" is not a tag`);
  return { layout: parsePath(rest.slice(0, colon), text), tag };
}

/** Without "." and doubled slashes, so that one layout has one name. ".." stays: what it means, links decide. */
function parsePath(path: string, text: string): string {
  if (path === '') throw invalid(text, 'names no directory');
  // BuildKit's way to write it, in which a relative path would be read as an absolute one.
  if (path.startsWith('//')) throw invalid(text, 'has "//" in front of its directory');
  if (Array.from(path).some((character) => character < ' ' || character === '\x7f')) {
    throw invalid(text, 'has a control character in its path');
  }
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const joined = parts.join('/');
  return path.startsWith('/') ? `/${joined}` : joined === '' ? '.' : joined;
}

function invalid(text: string, detail: string): NotaryError {
  const remedy = 'Write oci-layout:DIRECTORY@sha256:… or oci-layout:DIRECTORY:tag.';
  return new NotaryError('REFERENCE_INVALID', `"${text}": ${detail}`, { remedy });
}
