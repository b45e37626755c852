// What signers write: every format and key, with everything that an envelope may carry. Both verifiers accept all of it.

import { createRoot, issue } from '../../support/ca.ts';
import type { Draft, Signer, Target } from '../case.ts';
import { day, moment } from '../content.ts';
import type { Content } from '../content.ts';
import { writeEnvelope } from '../writer.ts';
import { formats, keySpecs, stamp, trustOf } from '../world.ts';
import type { World } from '../world.ts';

export async function goodEnvelopes(world: World): Promise<readonly Draft[]> {
  const variants: Readonly<Record<string, Partial<Content>>> = {
    plain: {},
    'with an expiry': { expiry: moment(day) },
    'with user metadata': { annotations: { build: '1', note: '<é & ü>', '10': 'x' } },
    'without a signing agent': { agent: undefined },
    'with an attribute that is not critical': { extended: { 'com.example.a': 'x' } },
    'by a signing authority': { scheme: 'notary.x509.signingAuthority', signedAt: moment(-day) },
    'by a signing authority, with an expiry': { scheme: 'notary.x509.signingAuthority', expiry: moment(day) },
    'with a timestamp that nobody asks for': { timestamp: stamp(world) },
  };
  const drafts = formats.flatMap((format) =>
    keySpecs.flatMap((keySpec) => {
      const signer = world.signers[keySpec];
      const written = Object.entries(variants).map(([what, content]) => ({
        name: `good ${what} (${format}, ${keySpec})`,
        sign: (target: Target) => writeEnvelope(format, { target, signer, ...content }),
      }));
      const stamped = {
        name: `good with a timestamp that is asked for (${format}, ${keySpec})`,
        trust: world.timestampTrust,
        sign: (target: Target) => writeEnvelope(format, { target, signer, timestamp: stamp(world) }),
      };
      return [...written, stamped];
    }),
  );
  return [...drafts, ...(await chainLengths())];
}

/** One to five certificates. */
async function chainLengths(): Promise<readonly Draft[]> {
  const subject = 'C=US, ST=WA, O=Acme, CN=signer';
  const alone = await createRoot({ subject, ca: false, keyUsage: ['digitalSignature'] });
  const signers: Signer[] = [alone];
  let parent = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  const root = parent;
  for (let length = 2; length <= 5; length++) {
    signers.push(await issue(parent, { subject }));
    parent = await issue(parent, { subject: `C=US, O=Acme, CN=CA ${length}`, ca: true });
  }
  return signers.flatMap((signer, index) =>
    formats.map((format) => ({
      name: `good chain of ${index + 1} (${format})`,
      trust: trustOf({ ca: [index === 0 ? alone : root] }),
      sign: (target: Target) => writeEnvelope(format, { target, signer }),
    })),
  );
}
