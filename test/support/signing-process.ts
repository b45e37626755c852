// A process that signs one image many times, each time as a job of its own would: nothing learned before is kept. What
// is to be signed and with which key stands in the environment, as the runner would put it there.

import { openMachine, openWorld } from '../../shared/action/world.ts';
import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { createLog } from '../../shared/github/log.ts';
import { files } from '../../shared/host/files.ts';
import { pemKeyProvider } from '../../shared/keys/pem.ts';
import { RevocationChecker } from '../../shared/revocation/revocation.ts';
import { readSignInputs } from '../../sign/inputs.ts';
import { signArtifacts } from '../../sign/sign.ts';

const [count = '1'] = process.argv.slice(2);
const environment = { ...process.env };

for (let index = 0; index < Number(count); index++) {
  const inputs = await readSignInputs({ ...environment, 'INPUT_USER-METADATA': `number=${index}` }, files);
  if (inputs.key.provider !== 'pem') throw new Error('a PEM key is needed');
  const { http, clock, random, registry, deadline } = openWorld(inputs, { environment, log: createLog(), openMachine });
  const [outcome] = await signArtifacts(
    inputs.artifacts,
    { ...inputs, format: envelopeFormats[inputs.format] },
    {
      ...{ http, clock, random, key: pemKeyProvider(inputs.key.key) },
      revocation: new RevocationChecker(http),
      repository: (reference) => registry.repository(reference, 'pull,push'),
    },
  );
  deadline.stop();
  const result = outcome?.result;
  if (result === undefined || !('signed' in result)) throw new Error(JSON.stringify(result));
  console.log(result.signed.signature.digest);
}
process.exit();
