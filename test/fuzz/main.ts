// The long run: every decoder under mutants of good input, counted. Fails for anything but a value or a declared
// NotaryError within a second and 64 MiB.
//
//   node test/fuzz/main.ts [--inputs 1000000] [--seed N] [--processes 2] [--only NAME]
//   node test/fuzz/main.ts --replay FILE --only NAME       decodes the bytes of an escape once more

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { runCampaign } from './campaign.ts';
import type { TargetResult } from './campaign.ts';

const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    processes: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    replay: { type: 'string' },
  },
});

if (options.replay === undefined) await run();
else await replay(options.replay);

async function run(): Promise<void> {
  const seed = Number(options.seed);
  const started = performance.now();
  console.log(`seed ${seed}`);
  const results = await runCampaign({
    ...{ seed, inputs: Number(options.inputs), processes: Number(options.processes), only: options.only },
    report: (result) => {
      console.log(line(result));
    },
  });
  const escapes = results.flatMap((result) => result.escapes);
  const directory = escapes.length > 0 ? mkdtempSync(join(tmpdir(), 'fuzz-')) : '';
  for (const [number, { target, kind, detail, index, input }] of escapes.entries()) {
    const file = join(directory, `${number}.bin`);
    writeFileSync(file, input);
    console.log(`ESCAPE ${target}, mutant ${index}: ${kind}: ${detail}\n  ${input.length} bytes in ${file}`);
  }
  const sum = (of: (result: TargetResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${sum(({ inputs }) => inputs)} inputs, ${sum(({ values }) => values)} values, ` +
      `${sum(({ refusals }) => refusals)} refusals, ${escapes.length} escapes ` +
      `(${results.length} decoders, seed ${seed}, ${seconds} s)`,
  );
  process.exitCode = escapes.length === 0 ? 0 : 1;
}

function line({ name, inputs, values, refusals, escapes }: TargetResult): string {
  return `${name}: ${inputs} inputs, ${values} values, ${refusals} refusals, ${escapes.length} escapes`;
}

async function replay(file: string): Promise<void> {
  const { targets } = await import('./targets.ts');
  const target = targets.find(({ name }) => name === options.only);
  if (target === undefined) throw new Error(`--only must be one of: ${targets.map(({ name }) => name).join('; ')}`);
  console.log(await target.decode(new Uint8Array(readFileSync(file))));
}
