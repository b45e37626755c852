// Input text -> what the run needs, with every problem found before any request is made. Interface, "verify/".

import { boolean, duration, integer, keyValues, linesOf } from '../shared/github/input-values.ts';
import { InputReader } from '../shared/github/inputs.ts';
import { parseReference } from '../shared/oci/reference.ts';
import type { Environment } from '../shared/ports.ts';
import { readRegistryInputs } from './registry.ts';
import type { RegistryInputs } from './registry.ts';
import { readTrustInputs } from './trust-inputs.ts';
import type { TrustInputs } from './trust.ts';
import type { Artifact } from './verify.ts';

export interface VerifyInputs {
  readonly artifacts: readonly Artifact[];
  readonly trust: TrustInputs;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly maxSignatures: number;
  readonly registry: RegistryInputs;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly summary: boolean;
}

/** As the reference's --max-signatures. */
const defaultMaxSignatures = 100;
/** A registry that holds more for one artifact is not worth the time. */
const maxMaxSignatures = 10_000;
/** More at once than this only queues up in the registry. */
const maxConcurrency = 64;
const defaultTimeoutSeconds = 600;
/** The longest that GitHub lets a job run on a runner of one's own. */
const maxTimeoutSeconds = 5 * 24 * 60 * 60;

/**
 * @param environment  where the runner puts the inputs, as INPUT_NAME
 * @throws NotaryError INPUT_MISSING, INPUT_INVALID  every problem of every input in one error
 */
export function readInputs(environment: Environment): VerifyInputs {
  const inputs = new InputReader(environment);
  const artifacts = inputs.required('artifacts', linesOf(parseArtifact));
  return inputs.complete({
    artifacts,
    trust: readTrustInputs(inputs),
    registry: readRegistryInputs(inputs, artifacts ?? []),
    userMetadata: inputs.withDefault('user-metadata', keyValues, {}),
    maxSignatures: inputs.withDefault('max-signatures', integer(1, maxMaxSignatures), defaultMaxSignatures),
    concurrency: inputs.withDefault('concurrency', integer(1, maxConcurrency), 8),
    timeoutSeconds: inputs.withDefault('timeout', duration(1, maxTimeoutSeconds), defaultTimeoutSeconds),
    summary: inputs.withDefault('summary', boolean, true),
  });
}

function parseArtifact(line: string): Artifact {
  return { text: line, reference: parseReference(line) };
}
