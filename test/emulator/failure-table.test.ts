// Every failure mode of azure.md 8.3, each against the whole step: how often the failing end is asked, how long is
// waited, how it ends, what the user reads, and that the registry holds a complete signature or nothing that lists as one.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { authModes } from './failure-table/auth.ts';
import { chainModes } from './failure-table/chain.ts';
import { keyVaultModes } from './failure-table/key-vault.ts';
import { timestampModes } from './failure-table/timestamp.ts';
import { listSignatures } from './failure-table/listing.ts';
import { firstLook, plain } from './failure-table/mode.ts';
import type { Answer, Mode, Span } from './failure-table/mode.ts';
import { failureModes } from './failure-table/names.ts';
import { failureOf, outcomeOf } from './failure-table/outcome.ts';
import type { Outcome } from './failure-table/outcome.ts';
import { pollModes } from './failure-table/poll.ts';
import { registryModes } from './failure-table/registry.ts';
import { revocationModes } from './failure-table/revocation.ts';
import { submitModes } from './failure-table/submit.ts';
import { startFailureWorld } from './failure-table/world.ts';
import type { Run } from './failure-table/run.ts';
import type { FailureWorld } from './failure-table/world.ts';

const table: Readonly<Record<string, readonly Mode[]>> = {
  Auth: authModes,
  'Sign submit': submitModes,
  'Sign poll': pollModes,
  Chain: chainModes,
  TSA: timestampModes,
  Registry: registryModes,
  'Key Vault': keyVaultModes,
  Revocation: revocationModes,
};

let world: FailureWorld;
const seen = new Map<Mode, Outcome>();

beforeAll(async () => {
  world = await startFailureWorld();
});
afterEach(() => world.reset());
afterAll(async () => {
  await world.close();
  console.log(renderTable().join('\n'));
});

it('has a row for every failure mode, in the order of the list', () => {
  const names = Object.entries(table).map(([area, modes]) => [area, [...new Set(modes.map(({ name }) => name))]]);
  expect(Object.fromEntries(names)).toEqual(failureModes);
  expect(Object.keys(table)).toEqual(Object.keys(failureModes));
});

const title = ({ name, variant }: Mode): string => (variant === undefined ? name : `${name}: ${variant}`);

describe.each(Object.entries(table))('%s', (_area, modes) => {
  it.each(modes.map((mode) => [title(mode), mode] as const))('%s', async (_title, mode) => {
    const run = await play(mode);
    world.calm();
    const outcome = outcomeOf(run, mode, world);
    seen.set(mode, outcome);
    expect(outcome).toEqual(expected(mode, outcome));
    // Whatever is listed verifies.
    if (outcome.listed > 0 && mode.verifies !== true) {
      const { report } = await world.verify({ 'max-signatures': '2000' });
      expect(report).toMatchObject({ success: true });
    }
  });
});

describe('a list of timestamp authorities', () => {
  const urls = (...paths: readonly string[]): string => paths.map((path) => `${world.tsa.origin}${path}`).join('\n');
  /** Each address fails in a way of its own; every other one stamps. */
  const failing: Readonly<Record<string, Answer>> = {
    '/away': plain(404),
    '/down': plain(503),
    '/hangs up': 'reset',
  };
  const asked = (run: Run): readonly string[] =>
    run.received.filter(({ service }) => service === 'tsa').map(({ url }) => url.pathname);

  it('is tried in order, each as often as its failure deserves', async () => {
    world.tsa.setFault(({ url }) => failing[decodeURI(url.pathname)]);
    const run = await world.sign({ 'timestamp-url': urls('/away', '/down', '/good', '/never asked') });
    expect(failureOf(run)).toBeUndefined();
    // Of GitHub, Entra (two audiences) and the registry: there is something that might have leaked.
    expect(run.secrets.size).toBeGreaterThan(5);
    expect(asked(run)).toEqual(['/away', ...Array<string>(4).fill('/down'), '/good']);
    expect(run.log.join('\n')).toMatch(/\/away was passed over \(TIMESTAMP_REJECTED\): HTTP status 404/);
    expect(run.log.join('\n')).toMatch(/\/down was passed over \(TIMESTAMP_UNAVAILABLE\): HTTP status 503/);
    expect((await world.verify({})).report.success).toBe(true);
  });

  it('is named in full with every reason, where none of them stamps', async () => {
    world.tsa.setFault(({ url }) => failing[decodeURI(url.pathname)]);
    const run = await world.sign({ 'timestamp-url': urls('/down', '/hangs%20up', '/away') });
    const { code, message = '' } = failureOf(run) ?? {};
    expect(code).toBe('TIMESTAMP_UNAVAILABLE');
    const { origin } = world.tsa;
    expect(message).toContain(`${origin}/down (TIMESTAMP_UNAVAILABLE): HTTP status 503; ${origin}/hangs%20up (`);
    expect(message).toMatch(/hangs%20up \(TIMESTAMP_UNAVAILABLE\): POST .*\(UND_ERR_SOCKET\); /);
    expect(message.endsWith(`; ${origin}/away (TIMESTAMP_REJECTED): HTTP status 404`)).toBe(true);
    expect(listSignatures(world.acrContent, world.image.digest)).toEqual({ complete: 0, broken: [] });
  });
});

async function play(mode: Mode): Promise<Run> {
  if (mode.verifies !== true) return world.sign(await mode.inject(world));
  const { report } = await world.sign({});
  expect(report).toMatchObject({ success: true });
  return world.verify(await mode.inject(world));
}

function expected({ attempts, ends, waits, lists, verifies }: Mode, { waits: waited }: Outcome): Outcome {
  // Nothing waits in vain: where no wait is stated, the first look at the operation is all there may be.
  const usual = waited.length === 0 ? [] : firstLook;
  const listed = lists ?? (ends === 'signed' || verifies === true ? 1 : 0);
  const inSpan = (wait: number | Span, index: number): number => {
    const really = waited[index] ?? -1;
    if (typeof wait === 'number') return wait;
    return wait[0] <= really && really <= wait[1] ? really : wait[0];
  };
  return { attempts: attempts[1], ends, waits: waits?.map(inSpan) ?? usual, unsaid: [], leaks: 0, listed, broken: [] };
}

function renderTable(): readonly string[] {
  const rows = Object.entries(table).flatMap(([area, modes]) =>
    modes.map((mode) => {
      const outcome = seen.get(mode);
      const { ends = 'not run', attempts = 0 } = outcome ?? {};
      const isGood = ends === 'signed' || ends === 'verified';
      const wanted = outcome && JSON.stringify(outcome) === JSON.stringify(expected(mode, outcome));
      const cells = [
        area,
        title(mode),
        `${attempts} × ${mode.attempts[0]}`,
        isGood ? ends : 'failed',
        isGood ? '-' : ends,
      ];
      return { cells, isExpected: wanted === true, mode };
    }),
  );
  const heading = ['area', 'mode', 'attempts', 'outcome', 'code'];
  const widths = heading.map((name, i) => Math.max(name.length, ...rows.map(({ cells }) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(' | ')
      .trimEnd();
  const unexpected = rows.filter(({ isExpected }) => !isExpected);
  const modes = new Set(rows.map(({ cells: [area], mode }) => `${area ?? ''} ${mode.name}`));
  return [
    line(heading),
    ...rows.map(({ cells, isExpected }) => `${line(cells)}${isExpected ? '' : '   UNEXPECTED'}`),
    `${rows.length} rows, ${modes.size} modes, ${unexpected.length} unexpected`,
  ];
}
