// The edge of sign: the real environment, log and machine, and the end of the process.

import { openMachine } from '../shared/action/world.ts';
import { openRunner } from '../shared/github/runner.ts';
import { runStep } from '../shared/github/step.ts';
import { signStep } from './step.ts';

const { environment, log } = openRunner(process.env);
const work = () => signStep({ environment, log, openMachine });

await runStep({ failureTitle: 'Nothing was signed', environment, log, work });
