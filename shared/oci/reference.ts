// A reference to an artifact in a registry: registry/repository with a tag, a digest or both. Grammar: OCI distribution
// specification, "Pulling manifests", and REG-30; short names of Docker Hub resolve as Docker resolves them.

import { NotaryError } from '../errors.ts';
import { parseDigest } from './descriptor.ts';
import type { Digest } from './descriptor.ts';
import type { ArtifactReference } from './layout-reference.ts';

export interface Reference {
  /** "registry.example" or "registry.example:5000"; Docker Hub is always "docker.io". */
  readonly registry: string;
  readonly repository: string;
  /** A mere label where there is a digest too. */
  readonly tag?: string;
  readonly digest?: Digest;
}

// Each separator of a name component can be read in one way only, so that none of these backtracks.
const hostLabel = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const ipv6Literal = /^\[[0-9A-Fa-f:.]+\]$/;
const portNumber = /^[0-9]{1,5}$/;
const nameComponent = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
export const tagName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** What the distribution specification advises clients to stay below, host included. */
const maxNameLength = 255;
export const maxReferenceLength = 1024;
const prefixes = ['oci://', 'docker://'];
const dockerHub = 'docker.io';

/**
 * @param text  optionally with the prefix oci:// or docker://
 * @throws NotaryError REFERENCE_INVALID  bad grammar, neither tag nor digest, or an OCI image layout, which
 *   parseArtifactReference knows
 */
export function parseReference(text: string): Reference {
  if (text.length > maxReferenceLength)
    throw invalid(text.slice(0, 64), `longer than ${maxReferenceLength} characters`);
  if (text.startsWith('oci-layout:')) throw invalid(text, 'is an OCI image layout, which no registry serves');
  const prefix = prefixes.find((candidate) => text.startsWith(candidate)) ?? '';
  const [name, tail] = splitAt(text.slice(prefix.length), '@');
  const digest = tail === undefined ? undefined : parseDigest(tail, { code: 'REFERENCE_INVALID', what: `"${text}"` });
  // A colon before the last slash belongs to the port of the host.
  const slash = name.lastIndexOf('/');
  const [lastPart, tag] = splitAt(name.slice(slash + 1), ':');
  if (tag !== undefined && !tagName.test(tag)) throw invalid(text, `"${tag}" is not a tag`);
  if (tag === undefined && digest === undefined) {
    throw invalid(text, 'has neither a tag nor a digest; there is no implied "latest"');
  }
  return {
    ...parseName(name.slice(0, slash + 1) + lastPart, text),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** "registry/repository" or "oci-layout:PATH", as outputs write it. */
export function repositoryName(reference: ArtifactReference): string {
  return 'layout' in reference ? `oci-layout:${reference.layout}` : `${reference.registry}/${reference.repository}`;
}

function parseName(name: string, text: string): Pick<Reference, 'registry' | 'repository'> {
  const { registry, repository } = expandShortName(name);
  if (!isRegistry(registry)) throw invalid(text, `"${registry}" is not a registry host`);
  if (registry.length + 1 + repository.length > maxNameLength) {
    throw invalid(text, `the name is longer than ${maxNameLength} characters`);
  }
  const wrong = repository.split('/').find((component) => !nameComponent.test(component));
  if (wrong !== undefined) {
    throw invalid(text, `"${wrong}" in the repository name is not lower-case letters and digits joined by . _ __ or -`);
  }
  return { registry, repository };
}

// Docker's rule: the first part is a host if it could not be a name of Docker Hub.
function expandShortName(name: string): Pick<Reference, 'registry' | 'repository'> {
  const [first, rest] = splitAt(name, '/');
  const isHost = rest !== undefined && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const registry = isHost ? first : dockerHub;
  const repository = isHost ? rest : name;
  if (registry !== dockerHub && registry !== `index.${dockerHub}`) return { registry, repository };
  return { registry: dockerHub, repository: repository.includes('/') ? repository : `library/${repository}` };
}

function isRegistry(registry: string): boolean {
  const colon = registry.lastIndexOf(':');
  const hasPort = colon > registry.lastIndexOf(']');
  const host = hasPort ? registry.slice(0, colon) : registry;
  const known = ipv6Literal.test(host) || host.split('.').every((label) => hostLabel.test(label));
  // The URL parser has the last word on addresses and port numbers.
  return (
    known && (!hasPort || portNumber.test(registry.slice(colon + 1))) && URL.parse(`https://${registry}/`) !== null
  );
}

/** Cut at the first separator; the second part is undefined where there is none. */
function splitAt(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function invalid(text: string, detail: string): NotaryError {
  return new NotaryError('REFERENCE_INVALID', `"${text}": ${detail}`);
}
