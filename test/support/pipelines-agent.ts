// Runs an action as a script step of Azure Pipelines does: what the agent sets and what the pipeline maps into the step,
// and the logging commands read as the agent reads them (microsoft/azure-pipelines-agent, Command.cs).

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { parse } from 'yaml';

import { inherited, runProcess } from './runner.ts';

export interface LoggingCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

export interface PipelinesStep {
  readonly main: string;
  /** The `env:` of the step. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface PipelinesResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly commands: readonly LoggingCommand[];
  /** Output variables by name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown, of the file that was uploaded. */
  readonly summary: string | undefined;
  readonly report: unknown;
}

export async function runPipelinesStep({ main, env, cwd }: PipelinesStep): Promise<PipelinesResult> {
  const temporary = await mkdtemp(join(tmpdir(), 'agent-'));
  const agent = {
    ...{ TF_BUILD: 'True', AGENT_TEMPDIRECTORY: temporary, AGENT_TOOLSDIRECTORY: join(temporary, 'tools') },
    ...{ BUILD_SOURCESDIRECTORY: temporary, SYSTEM_HOSTTYPE: 'build', BUILD_REASON: 'Manual', HOME: temporary },
  };
  // A script task keeps these to itself (microsoft/azure-pipelines-task-lib, node/internal.ts).
  const shown = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INPUT_')));
  const process_ = Object.fromEntries(inherited.map((name) => [name, process.env[name]]));
  try {
    const run = { main: resolve(main), inputs: {} };
    const { exitCode, stdout, stderr } = await runProcess(run, { ...process_, ...agent, ...shown }, cwd ?? temporary);
    const commands = readCommands(stdout + stderr);
    const of = (name: string): readonly LoggingCommand[] => commands.filter((command) => command.name === name);
    const outputs = Object.fromEntries(
      of('task.setvariable').map(({ properties, data }) => {
        if (properties.isOutput !== 'true') throw new Error('a variable that is no output');
        return [properties.variable ?? '', data];
      }),
    );
    const [summary] = of('task.uploadsummary');
    return {
      ...{ exitCode, stdout, commands, outputs },
      summary: summary && (await readFile(summary.data, 'utf8')),
      report: outputs.report ? (JSON.parse(await readFile(outputs.report, 'utf8')) as unknown) : undefined,
    };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Every line that the agent obeys. */
export function readCommands(output: string): readonly LoggingCommand[] {
  return output.split(/\r?\n/).flatMap((line) => readCommand(line) ?? []);
}

export function readCommand(line: string): LoggingCommand | undefined {
  const start = line.indexOf('##vso[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  const [name = '', ...rest] = line.slice(start + '##vso['.length, end).split(' ');
  if (name.split('.').filter(Boolean).length !== 2) return undefined;
  const properties = rest
    .join(' ')
    .split(';')
    .filter(Boolean)
    .map((pair) => [pair.slice(0, pair.indexOf('=')), unescape(pair.slice(pair.indexOf('=') + 1))]);
  return {
    name,
    properties: Object.fromEntries(properties) as Record<string, string>,
    data: unescape(line.slice(end + 1)),
  };
}

function unescape(text: string): string {
  const tokens = { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%AZP25': '%' } as const;
  return Object.entries(tokens).reduce((sum, [token, character]) => sum.replaceAll(token, character), text);
}

export interface PipelineStep {
  readonly name?: string;
  readonly task?: string;
  /** A line that runs one of our bundles. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The steps of a pipeline file that run a script, with their macros and parameters replaced. */
export function readPipeline(
  text: string,
  values: Readonly<Record<string, string>>,
): readonly ((outputs: Readonly<Record<string, string>>) => PipelineStep)[] {
  const { steps, variables } = parse(text) as {
    readonly variables: Readonly<Record<string, string>>;
    readonly steps: readonly {
      readonly name?: string;
      readonly task?: string;
      readonly script?: string;
      readonly inputs?: { readonly inlineScript?: string };
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
  return steps.flatMap(({ script: own, inputs, env = {}, name, task }) => {
    const script = own ?? inputs?.inlineScript;
    if (script === undefined) return [];
    return (outputs: Readonly<Record<string, string>>): PipelineStep => {
      const known = new Map(Object.entries({ ...variables, ...values, ...outputs }));
      const fill = (line: string): string =>
        line.replace(/\$\(([\w.]+)\)|\$\{\{ ([\w.]+) \}\}/g, (whole, macro?: string, expression?: string) => {
          return known.get(macro ?? expression ?? '') ?? whole;
        });
      return {
        ...{ script: fill(script), ...(name !== undefined && { name }), ...(task !== undefined && { task }) },
        env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(value)])),
      };
    };
  });
}
