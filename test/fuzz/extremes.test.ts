// Input of the greatest size that a decoder may be sent, made as costly as can be: a value or a refusal within seconds and
// within memory that a runner has.

import { expect, it } from 'vitest';

import { runCampaign } from './campaign.ts';
import { targets } from './targets/extremes.ts';

/** Of each thread; strings of 32 MiB live there, several at a time. */
const heapMb = 768;

it('is decoded within bounds, all of it', { timeout: 240_000 }, async () => {
  const module = new URL('targets/extremes.ts', import.meta.url);
  const results = await runCampaign({ seed: 1, inputs: targets.length, processes: 1, heapMb, module });
  const escapes = results.flatMap((result) => result.escapes).map(({ target, kind, detail }) => [target, kind, detail]);
  expect(escapes).toEqual([]);
  expect(results.map(({ inputs }) => inputs)).toEqual(targets.map(() => 1));
});
