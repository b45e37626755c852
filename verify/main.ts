// The edge of verify: builds what touches the world, runs the flow, leaves the result behind.

import { openWorld } from '../shared/action/world.ts';
import { createLog } from '../shared/github/log.ts';
import type { StepReport } from '../shared/github/report.ts';
import { logFailures, runStep } from '../shared/github/step.ts';
import { files } from '../shared/host/files.ts';
import type { Environment } from '../shared/ports.ts';
import { RevocationChecker } from '../shared/revocation/revocation.ts';
import { gatherExtras } from './extras.ts';
import { verifyTargets } from './image-tree.ts';
import { readInputs } from './inputs.ts';
import type { VerifyInputs } from './inputs.ts';
import { logReports } from './messages.ts';
import { reportStep } from './report.ts';
import { withSignersFound } from './missing-identity.ts';
import { loadTrust } from './trust.ts';
import type { Trust } from './trust.ts';
import type { ArtifactReport } from './verify.ts';

const environment = { ...process.env };
const log = createLog();

await runStep({ failureTitle: 'Nothing was verified', environment, log, work });

async function work(): Promise<StepReport> {
  log.mask(environment['INPUT_REGISTRY-PASSWORD'] ?? '');
  const { inputs, trust, reports } = await run(environment).catch(async (error: unknown) => {
    throw await withSignersFound(error, environment, async (lenient) => (await run(lenient)).reports);
  });
  logReports(reports, log);
  const extras = await gatherExtras(inputs, trust, reports);
  logFailures(log, extras.failures);
  for (const note of extras.notes) log.info(note);
  return reportStep(reports, extras);
}

interface Run {
  readonly inputs: VerifyInputs;
  readonly trust: Trust;
  readonly reports: readonly ArtifactReport[];
}

async function run(given: Environment): Promise<Run> {
  const inputs = await readInputs(given, files);
  const trust = await loadTrust(files, inputs.trust);
  const { deadline, http, clock, registry } = openWorld(inputs, given, log);
  const reports = await verifyTargets(
    inputs.targets,
    { ...inputs, at: clock.now() },
    {
      ...trust,
      revocation: new RevocationChecker(http),
      repository: (reference) => registry.repository(reference, 'pull'),
    },
  );
  deadline.stop();
  return { inputs, trust, reports };
}
