// A process that decodes mutants and counts what comes out. It may be killed at any moment: what it is at stands on a board
// that the campaign reads from outside.

import { inspect } from 'node:util';
import { setImmediate } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';

import { NotaryError } from '../../shared/errors.ts';
import { drawFrom } from '../support/mutate.ts';
import { mutate } from './target.ts';
import type { Target } from './target.ts';
import { Board } from './tally.ts';
import type { Escape, Job, Orders, Tally } from './tally.ts';

/** The bounds that every decoder keeps on every mutant. */
const usualLimits = { milliseconds: 1000, bytes: 64 * 1024 * 1024 };
/** Compilation and garbage of the inputs before count as well: only what is slow three times is slow. */
const slowTrials = 3;
/** A target that fails every time is told often enough. */
const maxEscapes = 20;
/** Rejections that nobody handles are noticed between two turns of the event loop. */
const inputsPerTurn = 64;

const { seed, board: path, module } = JSON.parse(process.argv[2] ?? '') as Orders;
const board = new Board(path);
const { targets } = (await import(module)) as { targets: readonly Target[] };

const collectGarbage = (): void => {
  if (gc === undefined) throw new Error('run with --expose-gc');
  gc();
};

const held = (): number => {
  const { used_heap_size, external_memory, malloced_memory } = getHeapStatistics();
  return used_heap_size + external_memory + malloced_memory;
};

/** Of this thread alone, so that a machine with other work makes nothing slow. */
const cpuMilliseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

let dangling: unknown;
process.on('unhandledRejection', (reason) => {
  dangling = reason ?? 'undefined';
});

type Fault = Pick<Escape, 'kind' | 'detail'>;

interface Outcome {
  readonly verdict: 'value' | 'refusal' | Fault;
  /** Kept until the memory that it takes is measured. */
  readonly result: unknown;
}

async function decodeOnce(target: Target, input: Uint8Array): Promise<Outcome> {
  try {
    const value = target.decode(input);
    return { verdict: 'value', result: value instanceof Promise ? ((await value) as unknown) : value };
  } catch (error) {
    return { verdict: judgeError(target, error), result: error };
  }
}

function judgeError(target: Target, error: unknown): Outcome['verdict'] {
  if (!(error instanceof NotaryError)) {
    return { kind: 'exception', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  if (target.codes.includes(error.code)) return 'refusal';
  return { kind: 'undeclared code', detail: `${error.code}: ${error.stack ?? ''}` };
}

async function judge(target: Target, input: Uint8Array): Promise<Outcome['verdict']> {
  const { milliseconds, bytes } = target.limits ?? usualLimits;
  const before = held();
  const started = cpuMilliseconds();
  const { verdict, result } = await decodeOnce(target, input);
  const took = cpuMilliseconds() - started;
  const growth = result === undefined ? 0 : held() - before;
  if (typeof verdict !== 'string') return verdict;
  return (
    (took > milliseconds ? await slowness(target, input) : undefined) ??
    (growth > bytes ? await appetite(target, input) : undefined) ??
    verdict
  );
}

async function slowness(target: Target, input: Uint8Array): Promise<Fault | undefined> {
  const { milliseconds } = target.limits ?? usualLimits;
  let best = Infinity;
  for (let trial = 0; trial < slowTrials; trial++) {
    board.again();
    const started = cpuMilliseconds();
    await decodeOnce(target, input);
    best = Math.min(best, cpuMilliseconds() - started);
    if (best <= milliseconds) return undefined;
  }
  return { kind: 'slow', detail: `${Math.round(best)} ms at best` };
}

/** Once more from a clean heap, since the growth may have been that of the inputs before. */
async function appetite(target: Target, input: Uint8Array): Promise<Fault | undefined> {
  const { bytes } = target.limits ?? usualLimits;
  collectGarbage();
  const before = held();
  const { result } = await decodeOnce(target, input);
  const growth = held() - before;
  if (growth <= bytes || result === undefined) return undefined;
  return { kind: 'memory', detail: `${Math.round(growth / 2 ** 20)} MiB` };
}

/** Memory outside of the heap is given back a few turns after the objects that held it. */
async function growthSince(before: number, bytes: number): Promise<number> {
  let growth = Infinity;
  for (let turn = 0; turn < 10 && growth > bytes; turn++) {
    await setImmediate();
    collectGarbage();
    growth = held() - before;
  }
  return growth;
}

async function run({ target: number, from, to }: Job): Promise<Tally> {
  const target = targets[number];
  if (target === undefined) throw new Error(`no target ${number}`);
  const counts = { value: 0, refusal: 0 };
  const escapes: Escape[] = [];
  const escaped = (fault: Fault, index: number, input: Uint8Array): void => {
    escapes.push({ target: target.name, ...fault, index, input });
  };
  let index = from;
  collectGarbage();
  const before = held();
  await target.prepare?.();
  for (; index < to && escapes.length < maxEscapes; index++) {
    // Each mutant has a seed of its own, so that it can be made again without those before it.
    const draw = drawFrom(Math.imul(seed + number, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca6b));
    const input = mutate(target, draw);
    board.begin(index, input);
    const verdict = await judge(target, input);
    board.end();
    if (typeof verdict === 'string') counts[verdict]++;
    else escaped(verdict, index, input);
    if (index % inputsPerTurn === 0 || index === to - 1) await setImmediate();
    if (dangling !== undefined) escaped({ kind: 'unhandled rejection', detail: inspect(dangling) }, index, input);
    dangling = undefined;
  }
  target.release?.();
  const { bytes } = target.limits ?? usualLimits;
  const kept = await growthSince(before, bytes);
  if (kept > bytes) {
    const detail = `${Math.round(kept / 2 ** 20)} MiB are kept after the inputs ${from} to ${index}`;
    escaped({ kind: 'memory', detail }, from, new Uint8Array());
  }
  return { target: number, inputs: index - from, values: counts.value, refusals: counts.refusal, escapes };
}

process.on('message', (job: Job) => {
  run(job).then(
    (tally) => process.send?.(tally),
    (error: unknown) => {
      // A defect of the campaign: told as the end of this process, with its reason for people.
      console.log(error);
      process.exit(1);
    },
  );
});
// Nobody is there any more to count for.
process.on('disconnect', () => process.exit());
process.send?.(targets.map(({ name }) => name));
