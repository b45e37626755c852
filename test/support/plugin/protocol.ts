// The plugin's side of the contract: one command as argument, one JSON request on standard input, one JSON answer on
// standard output; errors as JSON on standard error. As a program of its own, or within the process of a test.

import { Buffer } from 'node:buffer';
import { appendFileSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { Exec, ExecResult } from '../../../shared/ports.ts';

export type PluginRequest = Readonly<Record<string, unknown>>;

/** Throws a PluginError to fail. */
export type PluginAnswers = (command: string, request: PluginRequest) => unknown;

export class PluginError extends Error {
  readonly exitCode: number;
  /** What stands on standard error. */
  readonly stderr: string;

  constructor(stderr: string | Readonly<Record<string, unknown>>, exitCode = 1) {
    super('the plugin fails');
    this.stderr = typeof stderr === 'string' ? stderr : JSON.stringify(stderr);
    this.exitCode = exitCode;
  }
}

/** What stands on standard output in place of a JSON answer. */
export class RawOutput {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array | string) {
    this.bytes = Buffer.from(bytes as string);
  }
}

/** Ways to misbehave that a program has and a function has not. */
export class Misbehaviour extends Error {
  readonly kind: 'hang' | 'endless output' | 'killed';
  constructor(kind: Misbehaviour['kind']) {
    super(kind);
    this.kind = kind;
  }
}

function outcome(answers: PluginAnswers, command: string, stdin: Uint8Array): ExecResult {
  const result = (exitCode: number, stdout: Uint8Array | string, stderr: string): ExecResult => {
    return { exitCode, stdout: new Uint8Array(Buffer.from(stdout as string)), stderr: Buffer.from(stderr) };
  };
  try {
    const answer = answers(command, JSON.parse(Buffer.from(stdin).toString()) as PluginRequest);
    const stdout = answer instanceof RawOutput ? answer.bytes : JSON.stringify(answer);
    return result(0, stdout, 'a word that nobody reads when all is well\n');
  } catch (error) {
    if (error instanceof PluginError) return result(error.exitCode, '', error.stderr);
    throw error;
  }
}

/** The main program of the executable in this directory, whose settings lie beside it. Requests are kept there, and the
 * names of the variables that it saw. */
export function serve(directory: string, makeAnswers: (settings: never) => PluginAnswers): void {
  const command = process.argv[2] ?? '';
  const stdin = readFileSync(0);
  const settings = JSON.parse(readFileSync(join(directory, 'settings.json'), 'utf8')) as never;
  appendFileSync(join(directory, 'requests.jsonl'), `${command} ${stdin.toString()}\n`);
  writeFileSync(join(directory, 'environment.json'), JSON.stringify(Object.keys(process.env)));
  try {
    const { exitCode, stdout, stderr } = outcome(makeAnswers(settings), command, stdin);
    writeAll(1, stdout);
    writeAll(2, stderr);
    process.exitCode = exitCode;
  } catch (error) {
    if (!(error instanceof Misbehaviour)) throw error;
    if (error.kind === 'killed') process.kill(process.pid, 'SIGKILL');
    if (error.kind === 'hang') setInterval(() => undefined, 1000);
    while (error.kind === 'endless output') writeAll(1, Buffer.alloc(65_536, ' '));
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(descriptor, bytes, at);
}

export interface PluginInProcess {
  readonly exec: Exec;
  /** "command {request}" */
  readonly requests: readonly string[];
}

/** The same answers without a process. */
export function pluginInProcess(answers: PluginAnswers): PluginInProcess {
  const requests: string[] = [];
  return {
    requests,
    exec: (_file, [command = ''], stdin) => {
      requests.push(`${command} ${Buffer.from(stdin).toString()}`);
      return Promise.resolve().then(() => outcome(answers, command, stdin));
    },
  };
}
