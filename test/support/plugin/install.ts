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
  /** Of the file; wherever else they are run, their settings and requests stay here. */
  readonly bytes: string;
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
  const bytes = executable(program, directory);
  writeFileSync(file, bytes, { mode: 0o755 });
  return {
    ...{ name, file, bytes },
    requests: () => readFileSync(log, 'utf8').split('\n').slice(0, -1),
  };
}

function executable(program: keyof Programs, directory: string): string {
  const module = pathToFileURL(join(import.meta.dirname, `${program}.ts`)).href;
  const main = `import(${JSON.stringify(module)}).then(({ main }) => main(${JSON.stringify(directory)}));`;
  return [`#!${process.execPath}`, main, ''].join('\n');
}
