// Small programs for tests that run what a user would have on the PATH: JavaScript files that the system can start.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface ProgramRun {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ProgramDirectory {
  readonly directory: string;
  /** For the environment of whoever looks for the programs. */
  readonly path: string;
  /** Every run of a program of this directory, in order. */
  runs(): readonly ProgramRun[];
  /**
   * @param program  the body of a function (args, stdin, environment) that returns { stdout, stderr, exitCode }, each
   *                 of which may be absent
   */
  add(name: string, program: string): void;
  remove(): void;
}

export function programDirectory(): ProgramDirectory {
  const directory = mkdtempSync(join(tmpdir(), 'programs-'));
  const log = join(directory, '.runs');
  writeFileSync(log, '');
  return {
    directory,
    path: `${directory}${delimiter}${process.env.PATH ?? ''}`,
    runs: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as ProgramRun),
    add: (name, program) => {
      const file = join(directory, name);
      writeFileSync(file, source(program, log));
      chmodSync(file, 0o755);
    },
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}

function source(program: string, log: string): string {
  return `#!${process.execPath}
const fs = require('node:fs');
const args = process.argv.slice(2);
const stdin = fs.readFileSync(0, 'utf8');
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args, stdin, environment: process.env }) + '\\n');
const { stdout = '', stderr = '', exitCode = 0 } = ((args, stdin, environment) => { ${program} })(args, stdin, process.env) ?? {};
fs.writeSync(1, stdout);
fs.writeSync(2, stderr);
process.exitCode = exitCode;
`;
}
