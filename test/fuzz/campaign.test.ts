// The campaign finds what it is there to find: one planted defect of each kind.

import { describe, expect, it } from 'vitest';

import { runCampaign } from './campaign.ts';
import { targets as real } from './targets.ts';
import { mutate } from './target.ts';
import { drawFrom } from '../support/mutate.ts';

const module = new URL('support/planted.ts', import.meta.url);
const run = (only: string, inputs: number) =>
  runCampaign({ seed: 1, inputs, processes: 1, module, only, hangMs: 6000 });

describe('a campaign', () => {
  it.each([
    ['throws a TypeError', 4, ['exception', 'exception', 'exception', 'exception']],
    ['throws another code', 1, ['undeclared code']],
    ['rejects with a TypeError', 1, ['exception']],
    ['forgets a promise', 1, ['unhandled rejection']],
    ['is slow', 1, ['slow']],
    ['allocates 80 MiB', 1, ['memory']],
    ['keeps 80 MiB', 4, ['memory']],
    ['fills the heap', 1, ['crash']],
    ['never ends', 2, ['hang', 'hang']],
    ['waits for ever', 1, ['hang']],
  ])('notices that a decoder %s', { timeout: 60_000 }, async (only, inputs, kinds) => {
    const [result] = await run(only, inputs);
    expect(result?.escapes.map(({ kind }) => kind)).toEqual(kinds);
    expect(result?.escapes[0]?.target).toBe(only);
    expect(result?.inputs).toBe(inputs);
  });

  it('counts values and refusals', async () => {
    const [result] = await run('is sound', 500);
    expect(result).toMatchObject({ name: 'is sound', inputs: 500, escapes: [] });
    expect(result?.values).toBeGreaterThan(100);
    expect(result?.refusals).toBeGreaterThan(100);
  });

  it('spreads the mutants over all decoders to the last one', async () => {
    const results = await runCampaign({ seed: 1, inputs: real.length + 1, processes: 2 });
    expect(results.map(({ name }) => name)).toEqual(real.map(({ name }) => name));
    expect(results.map(({ inputs }) => inputs)).toEqual(real.map((_target, index) => (index === 0 ? 2 : 1)));
  });
});

describe('mutants', () => {
  it('are the same for the same seed, and others for another', () => {
    const target = { name: '', codes: [], decode: () => 1, seeds: real.flatMap(({ seeds }) => seeds) };
    const series = (seed: number) =>
      Array.from({ length: 300 }, (_item, index) =>
        Buffer.from(mutate(target, drawFrom(seed + index))).toString('hex'),
      );
    // Compared as one text: a difference would fill the screen.
    expect(series(1).join() === series(1).join()).toBe(true);
    expect(new Set([...series(1), ...series(5000)]).size).toBeGreaterThan(500);
  });
});
