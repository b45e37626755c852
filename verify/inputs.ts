// Input text -> what the run needs, with every problem found before any request is made. Interface, "verify/".

import { parseArtifact } from '../shared/action/artifact.ts';
import { readRegistryInputs } from '../shared/action/registry-inputs.ts';
import type { RegistryInputs } from '../shared/action/registry-inputs.ts';
import { readStepInputs } from '../shared/action/step-inputs.ts';
import type { StepInputs } from '../shared/action/step-inputs.ts';
import { boolean, integer, keyValues, linesOf } from '../shared/github/input-values.ts';
import { InputReader } from '../shared/github/inputs.ts';
import type { Environment, Files } from '../shared/ports.ts';
import { withLayoutScope } from './layout-scope.ts';
import { readPluginInputs } from './plugin-inputs.ts';
import type { PluginInputs } from './plugin-inputs.ts';
import { readSourceInputs } from './source-files.ts';
import type { Sources } from './source-files.ts';
import { collectTargets } from './target.ts';
import type { Target } from './target.ts';
import { readTrustInputs } from './trust-inputs.ts';
import type { TrustInputs } from './trust.ts';
import { failOnUnsigned, parseUnsignedRules } from './unsigned.ts';
import type { UnsignedRules } from './unsigned.ts';

export interface VerifyInputs extends StepInputs {
  /** Of `artifacts` and of the files, each once. */
  readonly targets: readonly Target[];
  /** What the files said; undefined where none were given. */
  readonly sources?: Sources;
  readonly trust: TrustInputs;
  /** Undefined where no verification plugin may be run. */
  readonly plugins?: PluginInputs;
  readonly onUnsigned: UnsignedRules;
  readonly writeAdmissionConfig: boolean;
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
  requireSomething(inputs);
  const artifacts = withLayoutScope(inputs, inputs.withDefault('artifacts', linesOf(parseArtifact), []));
  const { sources, platforms } = await readSourceInputs(inputs, files, environment);
  const recursive = inputs.withDefault('recursive', boolean, false);
  if (recursive && inputs.has('platforms') && !inputs.has('dockerfiles')) {
    inputs.refuse('platforms', 'has no effect beside recursive, which takes all of them', 'Remove one of the two.');
  }
  const plugins = await readPluginInputs(inputs, files);
  const targets = collectTargets(artifacts, sources?.uses ?? [], { recursive, platforms });
  const values = inputs.complete({
    targets,
    trust: readTrustInputs(inputs),
    registry: await readRegistryInputs(
      inputs,
      targets.map(({ artifact }) => artifact),
      { environment, files },
    ),
    onUnsigned: inputs.withDefault('on-unsigned', parseUnsignedRules, failOnUnsigned),
    writeAdmissionConfig: inputs.withDefault('write-admission-config', boolean, false),
    userMetadata: inputs.withDefault('user-metadata', keyValues, {}),
    maxSignatures: inputs.withDefault('max-signatures', integer(1, maxMaxSignatures), defaultMaxSignatures),
    ...readStepInputs(inputs),
  });
  return { ...values, ...(sources && { sources }), ...(plugins && { plugins }) };
}

const whatToVerify = ['artifacts', 'dockerfiles', 'manifests'] as const;

function requireSomething(inputs: InputReader): void {
  const given = whatToVerify.map((name) => inputs.has(name));
  if (given.includes(true)) return;
  inputs.missing('artifacts', 'Name what is to be verified: artifacts, dockerfiles or manifests.');
}
