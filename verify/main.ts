// The edge of verify: builds what touches the world, runs the flow, leaves the result behind.

import { oidcAccessToken } from '../shared/azure/access-token.ts';
import { gitHubIdToken } from '../shared/github/id-token.ts';
import { createLog, maskingCredentials } from '../shared/github/log.ts';
import type { StepReport } from '../shared/github/report.ts';
import { runStep } from '../shared/github/step.ts';
import { createClock } from '../shared/host/clock.ts';
import { startDeadline } from '../shared/host/deadline.ts';
import { files } from '../shared/host/files.ts';
import { createHttp } from '../shared/host/http.ts';
import { random } from '../shared/host/random.ts';
import { retrying } from '../shared/host/retry.ts';
import { Registry } from '../shared/oci/registry.ts';
import type { AccessToken } from '../shared/ports.ts';
import { RevocationChecker } from '../shared/revocation/revocation.ts';
import { productName } from '../shared/version.ts';
import { readInputs } from './inputs.ts';
import { registryCredentials } from './registry.ts';
import { logReports } from './messages.ts';
import { reportStep } from './report.ts';
import { loadTrust } from './trust.ts';
import { verifyArtifacts } from './verify.ts';

const environment = { ...process.env };
const log = createLog();

await runStep({ failureTitle: 'Nothing was verified', environment, log, work });

async function work(): Promise<StepReport> {
  log.mask(environment['INPUT_REGISTRY-PASSWORD'] ?? '');
  const inputs = readInputs(environment);
  const trust = await loadTrust(files, inputs.trust);

  const deadline = startDeadline(inputs.timeoutSeconds);
  const { signal } = deadline;
  const clock = createClock(signal);
  const network = createHttp({ signal, userAgent: productName, environment });
  const http = maskingCredentials(retrying(network.http, clock, random), log);

  const { azure, plainHttp } = inputs.registry;
  const askGitHub = gitHubIdToken(environment);
  const idToken = (audience: string): Promise<string> => deadline.race(askGitHub(audience));
  const accessToken: AccessToken | undefined = azure && oidcAccessToken(azure, idToken, { http, environment, clock });
  const credentials = registryCredentials(inputs.registry, { http, files, environment, accessToken });
  const registry = new Registry({ http, credentials, plainHttp });

  const reports = await verifyArtifacts(
    inputs.artifacts,
    { ...inputs, at: clock.now() },
    {
      ...trust,
      revocation: new RevocationChecker(http),
      repository: (reference) => registry.repository(reference, 'pull'),
    },
  );
  deadline.stop();
  logReports(reports, log);
  return reportStep(reports, inputs);
}
