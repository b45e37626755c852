// Puts a test plugin on disk as users have it: plugins/NAME/notation-NAME, an executable of its own that anything can run
// which keeps to the contract.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { EnvelopeSignerSettings } from './envelope-signer.ts';
import type { SignerSettings } from './signer.ts';
import type { VerifierSettings } from './verifier.ts';

interface Programs {
  readonly signer: SignerSettings;
  readonly 'envelope-signer': EnvelopeSignerSettings;
  readonly verifier: VerifierSettings;
}

export interface InstalledPlugin {
  readonly name: string;
  readonly file: string;
  /** "command {request}" of every run, in order. */
  requests(): readonly string[];
}

/** Executables begin with the interpreter, which Windows does not heed. */
export const canRunPlugins = process.platform !== 'win32';

/** @param plugins  the directory of all plugins */
export function installPlugin<P extends keyof Programs>(
  plugins: string,
  program: P,
  settings: Programs[P],
): InstalledPlugin {
  const { name } = settings;
  const directory = join(plugins, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'settings.json'), JSON.stringify(settings));
  const log = join(directory, 'requests.jsonl');
  writeFileSync(log, '');
  const file = join(directory, `notation-${name}`);
  writeFileSync(file, executable(program), { mode: 0o755 });
  return {
    ...{ name, file },
    requests: () => readFileSync(log, 'utf8').split('\n').slice(0, -1),
  };
}

/** One file, whose settings lie beside it. */
export function executable(program: keyof Programs): string {
  const module = pathToFileURL(join(import.meta.dirname, `${program}.ts`)).href;
  return [`#!${process.execPath}`, `import(${JSON.stringify(module)}).then(({ main }) => main(__dirname));`, ''].join(
    '\n',
  );
}
