// What the scenarios of action-fixtures/ are played against: the emulator, and artifacts in its registry, each named as
// the scenarios' inputs name it. As a program it sets a job of GitHub Actions up for them.

import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startEmulator } from './emulator.ts';
import type { Emulator } from './emulator.ts';
import { pushImage, pushIndex } from './images.ts';

export interface World {
  readonly emulator: Emulator;
  /** Values for the inputs that a scenario declares. */
  readonly inputs: Readonly<Record<string, string>>;
  /** For the process of every step. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const emulator = await startEmulator();
  const target = { host: emulator.registry.host, repository: 'fixtures/app' };
  const [image, unsigned, index] = await Promise.all([pushImage(target), pushImage(target), pushIndex(target)]);
  return {
    emulator,
    inputs: {
      image: image.reference,
      unsigned: unsigned.reference,
      index: index.reference,
      'signing-key': await readFile(join(import.meta.dirname, '../../action-fixtures/pem/signing-key.pem'), 'utf8'),
      ...emulator.signInputs,
      ...emulator.verifyInputs,
    },
    environment: emulator.environment,
    close: () => emulator.close(),
  };
}

async function runAsProgram(): Promise<void> {
  const { GITHUB_ENV, GITHUB_OUTPUT } = process.env;
  if (GITHUB_ENV === undefined || GITHUB_OUTPUT === undefined) throw new Error('this program runs in a job');
  const world = await startWorld();
  const variables = Object.entries(world.environment).map(([name, value]) => `${name}=${value}\n`);
  await appendFile(GITHUB_ENV, variables.join(''));
  await appendFile(GITHUB_OUTPUT, `inputs=${JSON.stringify(world.inputs)}\n`);
}

if (import.meta.main) await runAsProgram();
