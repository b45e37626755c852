// The inputs of sign: environment -> SignInputs. Everything that is wrong is told at once, before any request.

import { parseArtifact } from '../shared/action/artifact.ts';
import type { Artifact } from '../shared/action/artifact.ts';
import { readRegistryInputs } from '../shared/action/registry-inputs.ts';
import type { RegistryInputs } from '../shared/action/registry-inputs.ts';
import { readStepInputs } from '../shared/action/step-inputs.ts';
import type { StepInputs } from '../shared/action/step-inputs.ts';
import { requireUserMetadata } from '../shared/envelope/payload.ts';
import { InputReader } from '../shared/github/inputs.ts';
import { boolean, duration, keyValues, linesOf, oneOf } from '../shared/github/input-values.ts';
import { isLayout } from '../shared/oci/layout-reference.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import type { Environment, Files } from '../shared/ports.ts';
import { readGitHubMetadata } from './github-metadata.ts';
import { readKeyInputs } from './key-inputs.ts';
import type { KeyInputs } from './key-inputs.ts';
import { readTimestampTerms } from './timestamp-inputs.ts';
import type { TimestampTerms } from './timestamp-inputs.ts';

export interface SignInputs extends TimestampTerms, StepInputs {
  /** Each once. */
  readonly artifacts: readonly Artifact[];
  readonly recursive: boolean;
  readonly key: KeyInputs;
  readonly format: 'cose' | 'jws';
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly expirySeconds?: number;
  readonly dryRun: boolean;
  readonly ifSigned: 'sign' | 'skip' | 'fail';
  readonly referrers: 'auto' | 'tag';
  readonly registry: RegistryInputs;
}

const day = 86_400;
// A signature that is meant to live longer needs no expiry.
const maxExpirySeconds = 36_500 * day;

/**
 * @throws NotaryError INPUT_MISSING, INPUT_INVALID  with every problem as a cause of its own
 * @see interface, "sign/"
 */
export async function readSignInputs(environment: Environment, files: Files): Promise<SignInputs> {
  const reader = new InputReader(environment);
  const artifacts = reader.required('artifacts', linesOf(parseArtifact));
  const registry = await readRegistryInputs(reader, artifacts ?? [], { environment, files });
  const key = await readKeyInputs(reader, files, registry.azure);
  const timestampTerms = await readTimestampTerms(reader, files, key?.provider);
  const expirySeconds = reader.optional('expiry', duration(1, maxExpirySeconds));
  const settings = {
    recursive: reader.withDefault('recursive', boolean, false),
    format: reader.withDefault('signature-format', oneOf('cose', 'jws'), 'cose'),
    userMetadata: joinMetadata(reader, environment),
    dryRun: reader.withDefault('dry-run', boolean, false),
    ifSigned: reader.withDefault('if-signed', oneOf('sign', 'skip', 'fail'), 'sign'),
    referrers: reader.withDefault('referrers', oneOf('auto', 'tag'), 'auto'),
    ...readStepInputs(reader),
  };
  if (settings.referrers === 'tag' && artifacts?.every(({ reference }) => isLayout(reference)) === true) {
    reader.refuse('referrers', 'has no effect on OCI layouts, which have no referrers tag', 'Remove it.');
  }
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

function joinMetadata(reader: InputReader, environment: Environment): Readonly<Record<string, string>> {
  const own = reader.withDefault('user-metadata', readMetadata, {});
  const ofRun = readGitHubMetadata(reader, environment);
  const both = Object.keys(own).filter((key) => Object.hasOwn(ofRun, key));
  if (both.length > 0) {
    reader.refuse(
      'user-metadata',
      `${both.join(', ')}: github-metadata says this as well`,
      'Remove the line, or turn github-metadata off.',
    );
  }
  return Object.assign(Object.create(null) as Record<string, string>, own, ofRun);
}

function readMetadata(value: string): Readonly<Record<string, string>> {
  const metadata = keyValues(value);
  requireUserMetadata(metadata);
  return metadata;
}

/** Lines that name the same thing in the same way; two tags of one digest are found out by resolving them. */
function distinct(artifacts: readonly Artifact[]): readonly Artifact[] {
  const byName = new Map<string, Artifact>();
  for (const artifact of artifacts) {
    const { reference } = artifact;
    const name = `${repositoryName(reference)}@${reference.digest ?? reference.tag ?? ''}`;
    if (!byName.has(name)) byName.set(name, artifact);
  }
  return [...byName.values()];
}
