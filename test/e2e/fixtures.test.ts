// Every composite action of action-fixtures/, played on the committed bundles, ends as its expected.json says.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { playScenario } from '../support/scenario.ts';
import { startWorld } from '../support/world.ts';
import type { World } from '../support/world.ts';

const fixtures = join(import.meta.dirname, '../../action-fixtures');
const scenarios = readdirSync(fixtures, { withFileTypes: true }).filter(({ name }) =>
  existsSync(join(fixtures, name, 'action.yml')),
);

interface Expected {
  readonly exitCode: number;
  readonly result: string;
  /** Names of the scenario's inputs. */
  readonly digests: readonly string[];
  readonly verdicts?: readonly string[];
}

describe('action-fixtures', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());

  it.each(scenarios)('$name', async ({ name }) => {
    const expected = JSON.parse(readFileSync(join(fixtures, name, 'expected.json'), 'utf8')) as Record<
      string,
      Expected
    >;
    const steps = await playScenario(name, world);
    const verdicts = (results: string): readonly string[] =>
      (JSON.parse(results) as readonly { verdict: string }[]).map(({ verdict }) => verdict);
    const ended = steps.map(({ id, exitCode, outputs: { result, digests, results } }) => {
      const lines = (digests ?? '').split('\n').filter((line) => line !== '');
      return [id, { exitCode, result, digests: lines, ...(results && { verdicts: verdicts(results) }) }] as const;
    });
    const wanted = Object.entries(expected).map(([id, step]) => {
      return [id, { ...step, digests: step.digests.map((input) => world.inputs[input]) }] as const;
    });
    expect(Object.fromEntries(ended)).toEqual(Object.fromEntries(wanted));
    for (const { summary, exitCode } of steps) expect(summary).toContain(exitCode === 0 ? '✅' : '❌');
  });
});
