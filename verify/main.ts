// The edge of verify: builds what touches the world, runs the flow, leaves the result behind.

import { openWorld } from '../shared/action/world.ts';
import { createLog } from '../shared/github/log.ts';
import type { StepReport } from '../shared/github/report.ts';
import { logFailures, runStep } from '../shared/github/step.ts';
import { files } from '../shared/host/files.ts';
import { RevocationChecker } from '../shared/revocation/revocation.ts';
import { gatherExtras } from './extras.ts';
import { verifyTargets } from './image-tree.ts';
import { readInputs } from './inputs.ts';
import { logReports } from './messages.ts';
import { reportStep } from './report.ts';
import { loadTrust } from './trust.ts';

const environment = { ...process.env };
const log = createLog();

await runStep({ failureTitle: 'Nothing was verified', environment, log, work });

async function work(): Promise<StepReport> {
  log.mask(environment['INPUT_REGISTRY-PASSWORD'] ?? '');
  const inputs = await readInputs(environment, files);
  const trust = await loadTrust(files, inputs.trust);

  const { deadline, http, clock, registry } = openWorld(inputs, environment, log);
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
  logReports(reports, log);
  const extras = await gatherExtras(inputs, trust, reports);
  logFailures(log, extras.failures);
  for (const note of extras.notes) log.info(note);
  return reportStep(reports, extras);
}
