// Differential testing: our verifier and the real notation v1.3.2 judge the same generated artifacts. A verdict that
// differs must be in the list of intended differences; one that we alone accept is never intended, but for D10.
//
//   DIFFERENTIAL_SEED, DIFFERENTIAL_DAMAGE   another seed, and more damaged envelopes of each kind, for long runs
//   DIFFERENTIAL_CASES                       a regular expression that picks cases by their names

import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runBundle } from '../differential/bundle.ts';
import { generateCases } from '../differential/cases.ts';
import { compare, judge, summarize } from '../differential/comparison.ts';
import type { Compared } from '../differential/comparison.ts';
import { intendedDifferences } from '../differential/intended-differences.ts';
import { publish } from '../differential/publication.ts';
import type { Case } from '../differential/publication.ts';
import { ours, theirs } from '../differential/verdicts.ts';
import { createWorld } from '../differential/world.ts';
import { findPeer, projectRoot } from '../peers/peers.ts';
import { startRegistry } from '../support/registry.ts';
import type { RunningRegistry } from '../support/registry.ts';

const { DIFFERENTIAL_SEED = '1', DIFFERENTIAL_DAMAGE = '40', DIFFERENTIAL_CASES } = process.env;
const isWhole = DIFFERENTIAL_CASES === undefined;

describe.skipIf(findPeer('notation') === undefined)('the same artifacts, judged by us and by notation v1.3.2', () => {
  let world: Awaited<ReturnType<typeof createWorld>>;
  let registry: RunningRegistry;
  let directory: string;
  let cases: readonly Case[];
  let compared: readonly Compared[];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'differential-'));
    [world, registry] = await Promise.all([createWorld(), startRegistry()]);
    const damage = { seed: Number(DIFFERENTIAL_SEED), count: Number(DIFFERENTIAL_DAMAGE) };
    const picked = new RegExp(DIFFERENTIAL_CASES ?? '');
    const drafts = (await generateCases(world, damage)).filter(({ name }) => picked.test(name));
    cases = publish({ registry: registry.registry, directory }, drafts, world.trust);
    const our = ours();
    compared = await compare(cases, our.verify, theirs(join(directory, 'cache')));
    await our.close();
  }, 1_200_000);

  afterAll(async () => {
    await Promise.all([world.close(), registry.close(), rm(directory, { recursive: true, force: true })]);
  });

  it('differ nowhere but where it is intended', () => {
    const result = judge(compared, isWhole ? intendedDifferences : forCases(compared));
    console.log(`differential: ${summarize(result)}`);
    expect(result.faults).toEqual([]);
  });

  it.runIf(isWhole)('are enough, and not all of one kind', () => {
    const accepted = compared.filter((item) => item.ours.accepted && item.theirs.accepted);
    const refused = compared.filter((item) => !item.ours.accepted && !item.theirs.accepted);
    expect(compared.length).toBeGreaterThanOrEqual(500);
    expect(accepted.length).toBeGreaterThanOrEqual(120);
    expect(refused.length).toBeGreaterThanOrEqual(300);
  });

  it.runIf(isWhole)('begin with good ones, which both accept without a warning', () => {
    const good = compared.filter(({ name }) => name.startsWith('good '));
    expect(good.filter((item) => !item.ours.accepted || !item.theirs.accepted)).toEqual([]);
    expect(good.filter((item) => item.theirs.detail.includes('was set to "log"'))).toEqual([]);
    expect(good.length).toBeGreaterThan(100);
  });

  it.runIf(isWhole)('are judged by the bundle in the same way', async () => {
    const { configuration } = cases[0]!;
    const shared = cases.filter((item) => {
      return (
        item.configuration === configuration && Object.keys(item.metadata).length === 0 && item.maxSignatures === 100
      );
    });
    const expected = new Map(compared.map(({ name, ours: { accepted } }) => [name, accepted]));
    const found = await runBundle(shared);
    console.log(`differential: ${found.size} of them judged by dist/verify in one run`);
    expect(found.size).toBeGreaterThanOrEqual(50);
    expect([...found].filter(([name, { accepted }]) => expected.get(name) !== accepted)).toEqual([]);
  });
});

describe('the list of intended differences', () => {
  it('has a row for each number in the requirements', () => {
    const requirements = readFileSync(join(projectRoot, 'test/conformance/REQUIREMENTS.md'), 'utf8');
    const rows = new Set(Array.from(requirements.matchAll(/^\| (D\d+) \|/gm), ([, number]) => number));
    const numbers = intendedDifferences.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => !rows.has(number))).toEqual([]);
  });
});

/** Where only some cases run, the others of the list are no fault. */
function forCases(some: readonly Compared[]): typeof intendedDifferences {
  const names = new Set(some.flatMap(({ name }) => [name, name.replace(/ \([^()]*\)$/, '')]));
  return intendedDifferences.map((difference) => ({
    ...difference,
    cases: difference.cases.filter((wanted) => names.has(wanted)),
  }));
}
