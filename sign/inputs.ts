// The inputs of sign: environment -> SignInputs. Everything that is wrong is told at once, before any request.

import { requireUserMetadata } from '../shared/envelope/payload.ts';
import { InputReader } from '../shared/github/inputs.ts';
import { boolean, duration, integer, keyValues, linesOf, oneOf } from '../shared/github/input-values.ts';
import { parseReference, repositoryName } from '../shared/oci/reference.ts';
import type { Reference } from '../shared/oci/reference.ts';
import type { Environment, Files } from '../shared/ports.ts';
import { readKeyInputs } from './key-inputs.ts';
import type { KeyInputs } from './key-inputs.ts';
import { readTimestampTerms } from './timestamp-inputs.ts';
import { readRegistryInputs } from './registry.ts';
import type { RegistryInputs } from './registry.ts';
import type { TimestampTerms } from './timestamp-inputs.ts';

export interface ArtifactInput {
  /** As the user wrote it. */
  readonly text: string;
  readonly reference: Reference;
}

export interface SignInputs extends TimestampTerms {
  /** Each once. */
  readonly artifacts: readonly ArtifactInput[];
  readonly key: KeyInputs;
  readonly format: 'cose' | 'jws';
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly expirySeconds?: number;
  readonly referrers: 'auto' | 'tag';
  readonly registry: RegistryInputs;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly summary: boolean;
}

const day = 86_400;
// A signature that is meant to live longer needs no expiry.
const maxExpirySeconds = 36_500 * day;
// The longest that GitHub lets a job run on a runner of one's own.
const maxTimeoutSeconds = 5 * day;
const maxConcurrency = 64;

/**
 * @throws NotaryError INPUT_MISSING, INPUT_INVALID  with every problem as a cause of its own
 * @see interface, "sign/"
 */
export async function readSignInputs(environment: Environment, files: Files): Promise<SignInputs> {
  const reader = new InputReader(environment);
  const artifacts = reader.required('artifacts', linesOf(readArtifact));
  const registry = readRegistryInputs(reader, artifacts ?? []);
  const key = await readKeyInputs(reader, files, registry.azure);
  const timestampTerms = await readTimestampTerms(reader, files, key?.provider);
  const expirySeconds = reader.optional('expiry', duration(1, maxExpirySeconds));
  const settings = {
    format: reader.withDefault('signature-format', oneOf('cose', 'jws'), 'cose'),
    userMetadata: reader.withDefault('user-metadata', readMetadata, {}),
    referrers: reader.withDefault('referrers', oneOf('auto', 'tag'), 'auto'),
    concurrency: reader.withDefault('concurrency', integer(1, maxConcurrency), 8),
    timeoutSeconds: reader.withDefault('timeout', duration(1, maxTimeoutSeconds), 600),
    summary: reader.withDefault('summary', boolean, true),
  };
  const required = reader.complete({ artifacts, key });
  return {
    ...settings,
    artifacts: distinct(required.artifacts),
    key: required.key,
    registry,
    ...timestampTerms,
    ...(expirySeconds !== undefined && { expirySeconds }),
  };
}

function readArtifact(line: string): ArtifactInput {
  return { text: line, reference: parseReference(line) };
}

function readMetadata(value: string): Readonly<Record<string, string>> {
  const metadata = keyValues(value);
  requireUserMetadata(metadata);
  return metadata;
}

/** Lines that name the same thing in the same way; two tags of one digest are found out by resolving them. */
function distinct(artifacts: readonly ArtifactInput[]): readonly ArtifactInput[] {
  const byName = new Map<string, ArtifactInput>();
  for (const artifact of artifacts) {
    const { reference } = artifact;
    const name = `${repositoryName(reference)}@${reference.digest ?? reference.tag ?? ''}`;
    if (!byName.has(name)) byName.set(name, artifact);
  }
  return [...byName.values()];
}
