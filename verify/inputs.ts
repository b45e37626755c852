// Input text -> what the run needs, with every problem found before any request is made. Interface, "verify/".

import { parseArtifact } from '../shared/action/artifact.ts';
import type { Artifact } from '../shared/action/artifact.ts';
import { readRegistryInputs } from '../shared/action/registry-inputs.ts';
import type { RegistryInputs } from '../shared/action/registry-inputs.ts';
import { readStepInputs } from '../shared/action/step-inputs.ts';
import type { StepInputs } from '../shared/action/step-inputs.ts';
import { integer, keyValues, linesOf } from '../shared/github/input-values.ts';
import { InputReader } from '../shared/github/inputs.ts';
import type { Environment, Files } from '../shared/ports.ts';
import { readTrustInputs } from './trust-inputs.ts';
import type { TrustInputs } from './trust.ts';

export interface VerifyInputs extends StepInputs {
  readonly artifacts: readonly Artifact[];
  readonly trust: TrustInputs;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly maxSignatures: number;
  readonly registry: RegistryInputs;
}

/** As the reference's --max-signatures. */
const defaultMaxSignatures = 100;
/** A registry that holds more for one artifact is not worth the time. */
const maxMaxSignatures = 10_000;

/**
 * @param environment  where the runner puts the inputs, as INPUT_NAME
 * @throws NotaryError INPUT_MISSING, INPUT_INVALID  every problem of every input in one error
 */
export async function readInputs(environment: Environment, files: Files): Promise<VerifyInputs> {
  const inputs = new InputReader(environment);
  const artifacts = inputs.required('artifacts', linesOf(parseArtifact));
  return inputs.complete({
    artifacts,
    trust: readTrustInputs(inputs),
    registry: await readRegistryInputs(inputs, artifacts ?? [], { environment, files }),
    userMetadata: inputs.withDefault('user-metadata', keyValues, {}),
    maxSignatures: inputs.withDefault('max-signatures', integer(1, maxMaxSignatures), defaultMaxSignatures),
    ...readStepInputs(inputs),
  });
}
