// The agent of Azure Pipelines in the place of GitHub's runner: it is told by logging commands, lines of standard output
// that hold "##vso[", and has other names for what a step finds in its environment. Azure Pipelines, "Logging commands";
// microsoft/azure-pipelines-agent, Command.cs.

import type { Environment } from '../ports.ts';

export function isAzurePipelines({ TF_BUILD, GITHUB_ACTIONS }: Environment): boolean {
  return TF_BUILD?.toLowerCase() === 'true' && !GITHUB_ACTIONS;
}

// A script task takes every variable that begins with INPUT_ for one of its own inputs and hides it from the script
// (microsoft/azure-pipelines-task-lib, node/internal.ts), so there is a prefix of our own.
const inputVariable = /^(?:NOTARY|INPUT)_(.+)$/i;

/** What an agent calls otherwise. */
const renamed = {
  RUNNER_TEMP: 'AGENT_TEMPDIRECTORY',
  RUNNER_TOOL_CACHE: 'AGENT_TOOLSDIRECTORY',
  GITHUB_WORKSPACE: 'BUILD_SOURCESDIRECTORY',
} as const;

/**
 * The environment of a job of Azure Pipelines as GitHub's runner would have made it: the input plugin-name is in
 * NOTARY_PLUGIN_NAME, for neither shells nor pipelines like hyphens in names.
 */
export function asRunnerEnvironment(environment: Environment): Environment {
  const translated = new Map<string, string | undefined>();
  for (const [variable, value] of Object.entries(environment)) {
    const name = inputVariable.exec(variable)?.[1];
    if (name === undefined) {
      translated.set(variable, value);
      continue;
    }
    const input = `INPUT_${name.replaceAll('_', '-').toUpperCase()}`;
    // No input has such a name, so that the second value is refused and never silently preferred.
    translated.set(translated.has(input) ? `${input} (GIVEN TWICE)` : input, value);
  }
  for (const [name, own] of Object.entries(renamed)) {
    if (!translated.get(name)) translated.set(name, environment[own]);
  }
  return Object.fromEntries(translated);
}

/** One line that the agent obeys; whatever the values hold, it is no more than this one command. */
export function loggingCommand(name: string, properties: Readonly<Record<string, string>>, data: string): string {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)};`);
  return `##vso[${[name, pairs.join('')].filter(Boolean).join(' ')}]${escapeData(data)}`;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(']', '%5D').replaceAll(';', '%3B');
}
