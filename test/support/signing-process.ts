// A process that signs one image many times, each time as a job of its own would: nothing learned before is kept. What
// is to be signed and with which key stands in the environment, as the runner would put it there.

import { openMachine } from '../../shared/action/world.ts';
import { createLog } from '../../shared/github/log.ts';
import { runSign } from '../../sign/step.ts';

const [count = '1'] = process.argv.slice(2);

for (let index = 0; index < Number(count); index++) {
  const environment = { ...process.env, 'INPUT_USER-METADATA': `number=${index}` };
  const { outcomes } = await runSign({ environment, log: createLog(), openMachine });
  const result = outcomes[0]?.result;
  if (result === undefined || !('signed' in result)) throw new Error(JSON.stringify(result));
  console.log(result.signed.signature.digest);
}
process.exit();
