// Who runs this step: GitHub's runner, or the agent of Azure Pipelines. What is told to them differs; what a step does
// does not.

import type { Environment } from '../ports.ts';
import { asRunnerEnvironment, isAzurePipelines } from './azure-pipelines.ts';
import { createPipelinesLog } from './azure-pipelines-log.ts';
import { createLog } from './log.ts';
import type { RunnerLog } from './log.ts';

export interface Runner {
  /** Under the names that GitHub's runner uses. */
  readonly environment: Environment;
  readonly log: RunnerLog;
}

/** @param environment  of the process */
export function openRunner(environment: Environment): Runner {
  return isAzurePipelines(environment)
    ? { environment: asRunnerEnvironment(environment), log: createPipelinesLog() }
    : { environment: { ...environment }, log: createLog() };
}
