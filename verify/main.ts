// The edge of verify: the real environment, log and machine, and the end of the process.

import { openMachine } from '../shared/action/world.ts';
import { openRunner } from '../shared/github/runner.ts';
import { runStep } from '../shared/github/step.ts';
import { verifyStep } from './step.ts';

const { environment, log } = openRunner(process.env);
const work = () => verifyStep({ environment, log, openMachine });

await runStep({ failureTitle: 'Nothing was verified', environment, log, work });
