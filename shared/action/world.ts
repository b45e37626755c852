// The world of a step: network, files, time and the two parties that both actions talk to, made from its inputs.

import { azureAccessToken } from '../azure/access-token.ts';
import { describeCredential } from '../azure/credential.ts';
import type { AzureCredential } from '../azure/credential.ts';
import { createExec, programEnvironment } from '../github/exec.ts';
import { gitHubIdToken } from '../github/id-token.ts';
import { maskingCredentials } from '../github/log.ts';
import type { RunnerLog } from '../github/log.ts';
import { createClock } from '../host/clock.ts';
import { startDeadline } from '../host/deadline.ts';
import type { Deadline } from '../host/deadline.ts';
import { files } from '../host/files.ts';
import { createHttp } from '../host/http.ts';
import { readProxies } from '../host/proxy.ts';
import { random } from '../host/random.ts';
import { retrying } from '../host/retry.ts';
import { Layouts } from '../oci/layout.ts';
import { Registry } from '../oci/registry.ts';
import type { AccessToken, Clock, Environment, Files, Http, Random } from '../ports.ts';
import { productName } from '../version.ts';
import { registryCredentials } from './registry-credentials.ts';
import type { RegistryInputs } from './registry-inputs.ts';
import type { StepInputs } from './step-inputs.ts';

export interface World {
  /** Running from the moment the world was opened. */
  readonly deadline: Deadline;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly registry: Registry;
  /** For the identity of the inputs, where they have one. */
  readonly accessToken: AccessToken | undefined;
}

/** What the step has of the machine, as far as its time reaches; nothing is tried twice yet. */
export type Machine = Pick<World, 'http' | 'clock' | 'random'>;
export type OpenMachine = (signal: AbortSignal, environment: Environment) => Machine;

export const openMachine: OpenMachine = (signal, environment) => ({
  http: createHttp({ signal, userAgent: productName, environment }).http,
  clock: createClock(signal),
  random,
});

export interface StepServices {
  readonly environment: Environment;
  readonly log: RunnerLog;
  readonly openMachine: OpenMachine;
}

export function openWorld(
  inputs: Pick<StepInputs, 'timeoutSeconds'> & { readonly registry: RegistryInputs },
  { environment, log, openMachine }: StepServices,
): World {
  const deadline = startDeadline(inputs.timeoutSeconds);
  const { signal } = deadline;
  for (const secret of readProxies(environment).secrets) log.mask(secret);
  const { http: network, clock, random } = openMachine(signal, environment);
  const http = maskingCredentials(retrying(network, clock, random), log);

  const { azure, plainHttp } = inputs.registry;
  const accessToken =
    azure && announced(azure, createAccessToken(azure, { http, clock, files, environment, log, signal }), log);
  const exec = createExec({ environment: helperEnvironment(environment), signal, ...helperLimits });
  const credentials = registryCredentials(inputs.registry, { http, files, environment, exec, accessToken });
  const pace = { clock, random };
  const layouts = new Layouts({ files, pace });
  const registry = new Registry({ http, credentials, plainHttp, pace, layouts });
  return { ...{ deadline, http, clock, random, files, registry }, accessToken };
}

interface TokenServices extends Pick<World, 'http' | 'clock' | 'files'>, Pick<StepServices, 'environment' | 'log'> {
  readonly signal: AbortSignal;
}

// A helper may ask a service for a token, and its answer is one login.
const helperLimits = { timeoutMs: 60_000, maxStdoutBytes: 64 * 1024 };

/** Credential helpers find their own settings where docker would leave them; what is ours alone they do not get. */
function helperEnvironment(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(INPUT|ACTIONS)_/i.test(name)));
}

// The Azure CLI starts slowly, and its answer is a token of some 2 KiB.
const cliLimits = { timeoutMs: 60_000, maxStdoutBytes: 256 * 1024 };
// By which the Azure CLI finds its session, and the authorities that it trusts.
const cliVariables = ['AZURE_CONFIG_DIR', 'AZURE_EXTENSION_DIR', 'REQUESTS_CA_BUNDLE'];

function createAccessToken(credential: AzureCredential, services: TokenServices): AccessToken {
  const { environment, signal } = services;
  const exec = createExec({ environment: programEnvironment(environment, cliVariables), signal, ...cliLimits });
  return azureAccessToken(credential, { ...services, exec, idToken: gitHubIdToken(services) });
}

/** Says with the first token whose it is, and masks every one. */
function announced(credential: AzureCredential, accessToken: AccessToken, log: RunnerLog): AccessToken {
  let said = false;
  return async (scope) => {
    if (!said) log.info(`Azure credential ${describeCredential(credential)}`);
    said = true;
    const token = await accessToken(scope);
    log.mask(token);
    return token;
  };
}
