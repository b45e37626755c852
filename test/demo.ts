// The main job on one machine, with nothing but Node: an image and a multi-platform index in an embedded registry are
// signed through emulated Azure and verified, and an unsigned and a tampered image are refused. What runs is dist/, as
// a runner would run it.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { marked } from 'marked';

import { startEmulator } from './support/emulator.ts';
import type { Emulator } from './support/emulator.ts';
import { pushImage, pushIndex } from './support/images.ts';
import { runAction } from './support/runner.ts';
import type { ActionResult } from './support/runner.ts';
import { forgeSignature, swapDigest } from './support/tampering.ts';

const bundle = (action: 'sign' | 'verify'): string => join(import.meta.dirname, `../dist/${action}/index.js`);

interface Scene {
  readonly title: string;
  readonly action: 'sign' | 'verify';
  readonly artifacts: readonly string[];
  /** What the step must do for the demonstration to have shown anything. */
  readonly ends: 'success' | 'failure';
}

async function play(scene: Scene, emulator: Emulator, directory: string): Promise<ActionResult> {
  const { title, action, artifacts, ends } = scene;
  console.log(`\n── ${title}`);
  const inputs = action === 'sign' ? emulator.signInputs : emulator.verifyInputs;
  const result = await runAction({
    main: bundle(action),
    inputs: { ...inputs, artifacts: artifacts.join('\n') },
    env: emulator.environment,
  });
  for (const line of readable(result)) console.log(`   ${line}`);
  const page = join(directory, `${title.replaceAll(/\W+/g, '-').toLowerCase()}.html`);
  await writeFile(page, render(title, result.summary));
  console.log(`   summary: ${page}`);
  if (result.outputs.result !== ends || (ends === 'success') !== (result.exitCode === 0)) {
    throw new Error(`the step ended with ${result.outputs.result ?? 'nothing'} (exit ${result.exitCode}), not ${ends}`);
  }
  return result;
}

/** The log without the lines that only the runner reads. */
function readable({ stdout, annotations }: ActionResult): readonly string[] {
  const shown = stdout.split('\n').map((line) => line.replace(/^::group::/, '> '));
  const lines = shown.filter((line) => line.trim() !== '' && !line.startsWith('::'));
  const told = annotations.map(({ level, title, message }) => [level, title, message].filter(Boolean).join(': '));
  return [...lines, ...told.flatMap((text) => text.split('\n'))];
}

function render(title: string, markdown: string): string {
  const style =
    'body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}td,th{border:1px solid #d0d7de;padding:6px 13px}code{background:#eff1f3;padding:.2em .4em;border-radius:6px}';
  return `<!doctype html><meta charset="utf-8"><title>${title}</title><style>${style}</style>${marked.parse(markdown, { async: false, gfm: true })}`;
}

async function demonstrate(): Promise<void> {
  const started = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'notary-demo-'));
  const emulator = await startEmulator();
  try {
    const target = { host: emulator.registry.host, repository: 'demo/app' };
    const [image, unsigned, tampered] = await Promise.all([pushImage(target), pushImage(target), pushImage(target)]);
    const index = await pushIndex(target);
    const signed = [image.reference, index.reference];
    const scene = (title: string, action: Scene['action'], artifacts: readonly string[], ends: Scene['ends']) =>
      play({ title, action, artifacts, ends }, emulator, directory);

    await scene('Sign an image and an index', 'sign', signed, 'success');
    await scene('Verify both', 'verify', signed, 'success');
    await scene('Refuse an unsigned image', 'verify', [unsigned.reference], 'failure');
    const change = swapDigest(image, tampered);
    await forgeSignature(target, { from: image, to: tampered, change });
    await scene('Refuse a tampered signature', 'verify', [tampered.reference], 'failure');
  } finally {
    await emulator.close();
  }
  console.log(`\nAll four steps ended as they should, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  console.log(`The rendered step summaries lie in ${directory}`);
}

await demonstrate();
