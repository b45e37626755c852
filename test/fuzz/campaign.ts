// Spreads mutants over processes, watches them from outside, and replaces one that hangs or dies.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Board } from './tally.ts';
import type { Escape, Job, Orders, Tally } from './tally.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** Mutants altogether, spread evenly over the targets. */
  readonly inputs: number;
  readonly processes: number;
  /** Module that exports `targets`; default: all of ours. */
  readonly module?: URL;
  /** Only targets whose names hold this. */
  readonly only?: string;
  /** Of each process; default what small input may need. */
  readonly heapMb?: number;
  /** Nobody waits longer for an input, however busy the machine is. */
  readonly hangMs?: number;
  /** Told when a target is done. */
  readonly report?: (result: TargetResult) => void;
}

export interface TargetResult {
  readonly name: string;
  readonly inputs: number;
  readonly values: number;
  readonly refusals: number;
  readonly escapes: readonly Escape[];
}

const ours = new URL('targets.ts', import.meta.url);

const usualHangMs = 60_000;
const pollMs = 250;
/** Mutants between two messages. */
const jobLength = 2000;

// What the decoders and their seeds take by themselves, and the 64 MiB that an input may.
const usualHeapMb = 64 + 64;

export async function runCampaign(options: CampaignOptions): Promise<readonly TargetResult[]> {
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-'));
  let hired = 0;
  const hire = (): Promise<Helper> => Helper.start(options, join(directory, String(hired++)));
  try {
    const first = await hire();
    const progress = new Progress(first.names, options);
    const crew = [first, ...(await Promise.all(Array.from({ length: options.processes - 1 }, hire)))];
    await Promise.all(crew.map((helper) => progress.employ(helper, hire)));
    return progress.results;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The jobs that are left, and what came out of those that are done. */
class Progress {
  readonly #names: readonly string[];
  readonly #report: CampaignOptions['report'];
  readonly #left: Job[] = [];
  readonly #due = new Map<number, number>();
  readonly #tallies = new Map<number, Tally>();

  constructor(names: readonly string[], { inputs, only = '', report }: CampaignOptions) {
    this.#names = names;
    this.#report = report;
    const chosen = [...names.keys()].filter((target) => names[target]?.includes(only));
    for (const [place, target] of chosen.entries()) {
      const count = Math.floor(inputs / chosen.length) + (place < inputs % chosen.length ? 1 : 0);
      this.#due.set(target, count);
      this.#tallies.set(target, { target, inputs: 0, values: 0, refusals: 0, escapes: [] });
      for (let from = 0; from < count; from += jobLength) {
        this.#left.push({ target, from, to: Math.min(from + jobLength, count) });
      }
    }
  }

  get results(): readonly TargetResult[] {
    return [...this.#tallies.keys()].map((target) => this.#result(target));
  }

  async employ(first: Helper, hire: () => Promise<Helper>): Promise<void> {
    let helper = first;
    for (let job = this.#left.shift(); job !== undefined; job = this.#left.shift()) {
      const outcome = await helper.work(job);
      if ('values' in outcome) {
        this.#add(outcome, job.to - job.from);
        continue;
      }
      // What it had counted died with it: the job is done again without the input that killed it.
      this.#add({ target: job.target, inputs: 1, values: 0, refusals: 0, escapes: [outcome] }, 1);
      const parts = [
        { ...job, to: outcome.index },
        { ...job, from: outcome.index + 1 },
      ];
      this.#left.unshift(...parts.filter(({ from, to }) => from < to));
      helper = await hire();
    }
    await helper.stop();
  }

  #add(tally: Tally, count: number): void {
    const { target } = tally;
    const sum = this.#tallies.get(target);
    if (sum === undefined) return;
    this.#tallies.set(target, {
      target,
      inputs: sum.inputs + tally.inputs,
      values: sum.values + tally.values,
      refusals: sum.refusals + tally.refusals,
      escapes: [...sum.escapes, ...tally.escapes],
    });
    const due = (this.#due.get(target) ?? 0) - count;
    this.#due.set(target, due);
    if (due === 0) this.#report?.(this.#result(target));
  }

  #result(target: number): TargetResult {
    const { inputs = 0, values = 0, refusals = 0, escapes = [] } = this.#tallies.get(target) ?? {};
    return { name: this.#names[target] ?? '', inputs, values, refusals, escapes };
  }
}

class Helper {
  readonly names: readonly string[];
  readonly #child: ChildProcess;
  readonly #board: Board;
  readonly #hangMs: number;

  private constructor(child: ChildProcess, board: Board, facts: { hangMs: number; names: readonly string[] }) {
    this.#child = child;
    this.#board = board;
    this.#hangMs = facts.hangMs;
    this.names = facts.names;
  }

  static async start(options: CampaignOptions, path: string): Promise<Helper> {
    const { seed, module = ours, heapMb = usualHeapMb, hangMs = usualHangMs } = options;
    const orders: Orders = { seed, board: path, module: module.href };
    const board = new Board(path);
    const child = fork(new URL('worker.ts', import.meta.url), [JSON.stringify(orders)], {
      execArgv: ['--expose-gc', `--max-old-space-size=${heapMb}`],
      serialization: 'advanced',
      // What V8 prints when it dies says nothing about the input.
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${module.href} does not load`);
    });
    const [names] = (await Promise.race([once(child, 'message'), ended])) as [readonly string[]];
    ended.catch(() => undefined);
    return new Helper(child, board, { hangMs, names });
  }

  /** The tally, or what made an end of the process. */
  async work(job: Job): Promise<Tally | Escape> {
    const { promise, resolve } = Promise.withResolvers<Tally | Escape>();
    const died = (kind: Escape['kind'], detail: string): void => {
      const { index = job.from, input = new Uint8Array() } = this.#board.current ?? {};
      resolve({ target: this.names[job.target] ?? '', kind, detail, index, input });
    };
    const watch = setInterval(() => {
      const { runningMs = 0 } = this.#board.current ?? {};
      if (runningMs > this.#hangMs) died('hang', `no end within ${this.#hangMs} ms`);
    }, pollMs);
    const onExit = (code: number | null, signal: string | null): void => {
      died('crash', `the process ended with ${signal ?? `code ${code ?? ''}`}`);
    };
    this.#child.once('message', resolve);
    this.#child.once('exit', onExit);
    this.#child.send(job);
    try {
      const outcome = await promise;
      if (!('values' in outcome)) await this.stop();
      return outcome;
    } finally {
      clearInterval(watch);
      this.#child.off('message', resolve);
      this.#child.off('exit', onExit);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    this.#board.close();
  }
}
