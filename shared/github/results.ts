// How a step tells its outputs and its summary to whoever runs it.

import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { setOutput } from '@actions/core';

import type { Environment } from '../ports.ts';
import { isAzurePipelines, loggingCommand, say } from './azure-pipelines.ts';

export interface Results {
  /** A longer value is left out. */
  readonly maxOutputCharacters: number;
  setOutput(name: string, value: string): void;
  /** @param directory  of this step alone; undefined where there is none */
  writeSummary(markdown: string, directory: string | undefined): Promise<void>;
  /** The last word of a step that did not do what it was asked to. */
  fail(title: string): void;
}

export function resultsOf(environment: Environment): Results {
  return isAzurePipelines(environment) ? pipelinesResults : gitHubResults(environment);
}

function gitHubResults({ GITHUB_STEP_SUMMARY: summaryFile }: Environment): Results {
  return {
    // GitHub drops a job whose outputs pass 1 MiB, which it estimates on UTF-16; the report file has no such limit.
    maxOutputCharacters: 256 * 1024,
    setOutput,
    async writeSummary(markdown) {
      if (summaryFile !== undefined) await appendFile(summaryFile, markdown);
    },
    // The exit code says it.
    fail: () => undefined,
  };
}

const pipelinesResults: Results = {
  // Outputs become variables of the environment of every later step, and Windows has no longer ones.
  maxOutputCharacters: 32_000,
  setOutput(name, value) {
    // Text of a server stands in JSON outputs alone, where this is the same text: a later script may echo them.
    const safe = value.replace(/##(?=(?:vso)?\[)/giu, '#\\u0023');
    say(loggingCommand('task.setvariable', { variable: name, isOutput: 'true' }, safe));
  },
  async writeSummary(markdown, directory) {
    if (directory === undefined) return;
    const file = join(directory, 'notary-project.md');
    await writeFile(file, markdown, { flag: 'wx' });
    say(loggingCommand('task.uploadsummary', {}, file));
  },
  fail(title) {
    // A script of several lines goes on after a program that fails, and passes with its last one.
    say(loggingCommand('task.complete', { result: 'Failed' }, title));
  },
};
