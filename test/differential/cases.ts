// All cases of the differential run.

import type { Draft } from './case.ts';
import { chains } from './cases/chains.ts';
import { coseEnvelopes } from './cases/cose-envelopes.ts';
import { damaged } from './cases/damage.ts';
import type { Damage } from './cases/damage.ts';
import { goodEnvelopes } from './cases/good-envelopes.ts';
import { identityCases } from './cases/identities.ts';
import { jwsEnvelopes } from './cases/jws-envelopes.ts';
import { signedPayloads } from './cases/payloads.ts';
import { policies } from './cases/policies.ts';
import { registries } from './cases/registries.ts';
import { revocationOfChains } from './cases/revocation-chains.ts';
import { revocation } from './cases/revocation.ts';
import { oddAnchors, stores } from './cases/stores.ts';
import { timestamps, timestampStores } from './cases/timestamps.ts';
import type { World } from './world.ts';

/** @param damage  the part that a seed decides; all others are the same in every run */
export async function generateCases(world: World, damage: Damage = { seed: 1, count: 40 }): Promise<readonly Draft[]> {
  const families = [
    goodEnvelopes(world),
    coseEnvelopes(world),
    jwsEnvelopes(world),
    signedPayloads(world),
    chains(world),
    identityCases(world),
    policies(world),
    stores(world),
    timestamps(world),
    timestampStores(world, await oddAnchors(world.tsaRoot)),
    revocation(world),
    revocationOfChains(world),
    registries(world),
    damaged(world, damage),
  ];
  return (await Promise.all(families.map((family) => Promise.resolve(family)))).flat();
}
