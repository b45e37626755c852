// The step of sign: inputs, the world, the flow, and what is told of it.

import { openWorld } from '../shared/action/world.ts';
import type { StepServices } from '../shared/action/world.ts';
import { envelopeFormats } from '../shared/envelope/formats.ts';
import type { StepReport } from '../shared/github/report.ts';
import { files } from '../shared/host/files.ts';
import { RevocationChecker } from '../shared/revocation/revocation.ts';
import { requireOwnTimestamps } from './generated-signature.ts';
import { readSignInputs } from './inputs.ts';
import type { SignInputs } from './inputs.ts';
import { createKeyProvider } from './key.ts';
import { logInputs, logOutcomes } from './messages.ts';
import { reportStep } from './report.ts';
import { signArtifacts } from './sign.ts';
import type { SignOutcome } from './sign.ts';

/** @throws NotaryError  what kept it from starting; failures of single artifacts are in the report */
export async function signStep(services: StepServices): Promise<StepReport> {
  const { inputs, outcomes } = await runSign(services);
  logOutcomes(outcomes, services.log);
  return reportStep(outcomes, inputs);
}

export interface SignRun {
  readonly inputs: SignInputs;
  readonly outcomes: readonly SignOutcome[];
}

/** @throws NotaryError  as signStep */
export async function runSign(services: StepServices): Promise<SignRun> {
  const { environment, log } = services;
  for (const secret of ['INPUT_PRIVATE-KEY', 'INPUT_REGISTRY-PASSWORD']) log.mask(environment[secret] ?? '');
  const inputs = await readSignInputs(environment, files);

  const { deadline, http, clock, random, accessToken, registry } = openWorld(inputs, services);
  const machine = { environment, signal: deadline.signal, platform: process.platform };
  const key = await createKeyProvider(inputs.key, { http, clock, random, accessToken, ...machine });
  requireOwnTimestamps(key, inputs);

  logInputs(inputs, log);
  const outcomes = await signArtifacts(
    inputs.artifacts,
    { ...inputs, format: envelopeFormats[inputs.format] },
    {
      ...{ http, clock, random, key },
      revocation: new RevocationChecker(http),
      repository: (reference) => registry.repository(reference, 'pull,push'),
    },
  );
  deadline.stop();
  return { inputs, outcomes };
}
