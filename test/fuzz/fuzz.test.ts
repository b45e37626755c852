// Every decoder that outside bytes reach, under mutants of good input with a fixed seed. `npm run fuzz` is the long run.

import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../shared/errors.ts';
import { runCampaign } from './campaign.ts';
import type { TargetResult } from './campaign.ts';
import { targets } from './targets.ts';

const seed = 20_260_301;
const inputsEach = 2000;
const processes = 2;

async function outcome(decode: () => unknown): Promise<string> {
  try {
    await decode();
    return 'value';
  } catch (error) {
    return error instanceof NotaryError ? error.code : String(error);
  }
}

const byName = new Map<string, TargetResult>();
const mutants = runCampaign({ seed, inputs: inputsEach * targets.length, processes }).then((results) => {
  for (const result of results) byName.set(result.name, result);
});
// A defect of the campaign is told by the tests that wait for it.
mutants.catch(() => undefined);

describe.each(targets)('$name', ({ name, seeds, refused = [], codes, decode }) => {
  it('takes its good input, and refuses what is refused by name', async () => {
    const taken = await Promise.all(seeds.map(({ bytes }) => outcome(() => decode(bytes))));
    expect(taken).toEqual(seeds.map(() => 'value'));
    const refusals = await Promise.all(refused.map(({ bytes }) => outcome(() => decode(bytes))));
    expect(refusals.filter((code) => !(codes as readonly string[]).includes(code))).toEqual([]);
  });

  it('survives mutants', { timeout: 240_000 }, async () => {
    await mutants;
    const { inputs = 0, values = 0, refusals = 0, escapes = [] } = byName.get(name) ?? {};
    const shown = escapes.map(({ kind, index, detail, input }) => {
      return `${kind} at mutant ${index}: ${detail}\n${Buffer.from(input).toString('base64').slice(0, 4000)}`;
    });
    expect(shown).toEqual([]);
    expect(inputs).toBe(inputsEach);
    // Mutants that all come to the same end would test nothing.
    expect(values + refusals).toBe(inputs);
    expect(codes.length === 0 || refusals > 0).toBe(true);
  });
});

it('lets damaged input pass now and then, so that what lies behind each first check is reached', async () => {
  await mutants;
  const deaf = [...byName.values()].filter(({ values }) => values === 0).map(({ name }) => name);
  expect(deaf).toEqual([]);
});
