// The step of verify: inputs, the world, the flow, and what is told of it.

import { openWorld } from '../shared/action/world.ts';
import type { StepServices } from '../shared/action/world.ts';
import type { StepReport } from '../shared/github/report.ts';
import { logFailures } from '../shared/github/step.ts';
import { files } from '../shared/host/files.ts';
import type { Environment } from '../shared/ports.ts';
import { RevocationChecker } from '../shared/revocation/revocation.ts';
import { gatherExtras } from './extras.ts';
import { verifyTargets } from './image-tree.ts';
import { installedPlugins } from './installed-plugins.ts';
import { readInputs } from './inputs.ts';
import type { VerifyInputs } from './inputs.ts';
import { requireLayoutScope } from './layout-scope.ts';
import { logReports } from './messages.ts';
import { reportStep } from './report.ts';
import { withSignersFound } from './missing-identity.ts';
import { loadTrust } from './trust.ts';
import type { Trust } from './trust.ts';
import type { ArtifactReport } from './verify.ts';

/** @throws NotaryError  what kept it from starting; failures of single artifacts are in the report */
export async function verifyStep(services: StepServices): Promise<StepReport> {
  const { environment, log } = services;
  log.mask(environment['INPUT_REGISTRY-PASSWORD'] ?? '');
  const { inputs, trust, reports } = await runVerify(services).catch(async (error: unknown) => {
    const again = async (lenient: Environment) => (await runVerify({ ...services, environment: lenient })).reports;
    throw await withSignersFound(error, environment, again);
  });
  logReports(reports, log);
  const extras = await gatherExtras(inputs, trust, reports);
  logFailures(log, extras.failures);
  for (const note of extras.notes) log.info(note);
  return reportStep(reports, extras);
}

export interface VerifyRun {
  readonly inputs: VerifyInputs;
  readonly trust: Trust;
  readonly reports: readonly ArtifactReport[];
}

/** @throws NotaryError  as verifyStep */
export async function runVerify(services: StepServices): Promise<VerifyRun> {
  const inputs = await readInputs(services.environment, files);
  const trust = await loadTrust(files, inputs.trust);
  requireLayoutScope(trust.document, inputs.targets);
  const { deadline, http, clock, registry } = openWorld(inputs, services);
  const machine = { files, environment: services.environment, signal: deadline.signal, platform: process.platform };
  const reports = await verifyTargets(
    inputs.targets,
    { ...inputs, at: clock.now() },
    {
      ...trust,
      ...(inputs.plugins && { plugins: installedPlugins(inputs.plugins, machine) }),
      revocation: new RevocationChecker(http),
      repository: (reference) => registry.repository(reference, 'pull'),
    },
  );
  deadline.stop();
  return { inputs, trust, reports };
}
