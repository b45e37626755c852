// The edge of sign: the real environment, log and machine, and the end of the process.

import { openMachine } from '../shared/action/world.ts';
import { createLog } from '../shared/github/log.ts';
import { runStep } from '../shared/github/step.ts';
import { signStep } from './step.ts';

const environment = { ...process.env };
const log = createLog();
const work = () => signStep({ environment, log, openMachine });

await runStep({ failureTitle: 'Nothing was signed', environment, log, work });
