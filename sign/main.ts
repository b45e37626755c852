// The edge of sign: builds what touches the world, runs the flow, leaves the result behind.

import { oidcAccessToken } from '../shared/azure/access-token.ts';
import { envelopeFormats } from '../shared/envelope/formats.ts';
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
import { readSignInputs } from './inputs.ts';
import { createKeyProvider } from './key.ts';
import { logInputs, logOutcomes } from './messages.ts';
import { registryCredentials } from './registry.ts';
import { reportStep } from './report.ts';
import { signArtifacts } from './sign.ts';

const environment = { ...process.env };
const log = createLog();

await runStep({ failureTitle: 'Nothing was signed', environment, log, work });

async function work(): Promise<StepReport> {
  for (const secret of ['INPUT_PRIVATE-KEY', 'INPUT_REGISTRY-PASSWORD']) log.mask(environment[secret] ?? '');
  const inputs = await readSignInputs(environment, files);

  const deadline = startDeadline(inputs.timeoutSeconds);
  const { signal } = deadline;
  const clock = createClock(signal);
  const network = createHttp({ signal, userAgent: productName, environment });
  const http = maskingCredentials(retrying(network.http, clock, random), log);

  const { azure, plainHttp } = inputs.registry;
  const askGitHub = gitHubIdToken(environment);
  const idToken = (audience: string): Promise<string> => deadline.race(askGitHub(audience));
  const accessToken: AccessToken | undefined = azure && oidcAccessToken(azure, idToken, { http, environment, clock });
  const key = createKeyProvider(inputs.key, { http, clock, random, accessToken });
  const credentials = registryCredentials(inputs.registry, { http, files, environment, accessToken });
  const registry = new Registry({ http, credentials, plainHttp });

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
  logOutcomes(outcomes, log);
  return reportStep(outcomes, inputs);
}
