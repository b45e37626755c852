// Good signatures with random damage, the same for the same seed: bits, bytes and ranges of the envelope.

import { mutations } from '../../support/mutate.ts';
import type { Draft } from '../case.ts';
import { writeEnvelope } from '../writer.ts';
import { formats, stamp } from '../world.ts';
import type { World } from '../world.ts';

export interface Damage {
  /** Any 32-bit integer. */
  readonly seed: number;
  /** Mutants of each kind of envelope. */
  readonly count: number;
}

/** Begins the name of every case here. */
export const damagePrefix = 'damage ';

export function damaged(world: World, { seed, count }: Damage): readonly Draft[] {
  // The lengths of RSA signatures never vary, so that the same seed damages the same places in every run.
  const signer = world.signers['RSA-2048'];
  return formats.flatMap((format) =>
    (['plain', 'timestamped'] as const).flatMap((kind) =>
      Array.from({ length: count }, (_, index): Draft => {
        const name = `${damagePrefix}${seed}/${index} (${format}, ${kind})`;
        const trust = kind === 'timestamped' ? world.timestampTrust : world.trust;
        const timestamp = kind === 'timestamped' ? { timestamp: stamp(world, { genTime: 'whole second' }) } : {};
        return {
          ...{ name, trust },
          sign: (target) => {
            const { mediaType, bytes } = writeEnvelope(format, { target, signer, ...timestamp });
            const [mutant = bytes] = mutations(bytes, seed + index * 7919, 1);
            return { mediaType, bytes: mutant };
          },
        };
      }),
    ),
  );
}
