// Plays a composite action of action-fixtures/ as the GitHub runner would: the steps in order, `uses` of our two actions
// as processes of their bundles, expressions of inputs and of earlier outputs, defaults from action.yml.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { runAction } from './runner.ts';
import type { ActionResult } from './runner.ts';

const root = join(import.meta.dirname, '../..');

interface Metadata {
  readonly inputs?: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly main?: string; readonly steps?: readonly Step[] };
}

interface Step {
  readonly id: string;
  readonly uses: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly 'continue-on-error'?: boolean;
}

export interface PlayedStep extends ActionResult {
  readonly id: string;
}

export interface Play {
  /** Values for the inputs that the scenario declares; what it does not declare it does not get. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** Ends after the first step that fails without continue-on-error, as a job does. */
export async function playScenario(name: string, play: Play): Promise<readonly PlayedStep[]> {
  const directory = join(root, 'action-fixtures', name);
  const scenario = readMetadata(directory);
  const inputs = withDefaults(scenario, pick(play.inputs, Object.keys(scenario.inputs ?? {})), name);
  const played: PlayedStep[] = [];
  for (const step of scenario.runs.steps ?? []) {
    const outputs = new Map(played.map(({ id, outputs }) => [id, outputs]));
    const evaluate = (text: string): string => fill(text, { inputs, outputs, directory });
    const action = readMetadata(join(root, step.uses));
    const given = Object.entries(step.with ?? {}).map(([key, value]) => [key, evaluate(String(value))] as const);
    const result = await runAction({
      main: join(root, step.uses, action.runs.main ?? ''),
      inputs: withDefaults(action, Object.fromEntries(given), step.uses),
      env: play.environment,
      cwd: root,
    });
    played.push({ id: step.id, ...result });
    if (result.exitCode !== 0 && step['continue-on-error'] !== true) break;
  }
  return played;
}

function readMetadata(directory: string): Metadata {
  return parse(readFileSync(join(directory, 'action.yml'), 'utf8')) as Metadata;
}

function pick(values: Readonly<Record<string, string>>, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

function withDefaults(
  { inputs = {} }: Metadata,
  given: Readonly<Record<string, string>>,
  what: string,
): Readonly<Record<string, string>> {
  for (const name of Object.keys(given)) if (!(name in inputs)) throw new Error(`${what} has no input ${name}`);
  const names = Object.entries(inputs).map(([name, field]) => [name, given[name] ?? field.default ?? ''] as const);
  return Object.fromEntries(names);
}

interface Context {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** What `github.action_path` stands for. */
  readonly directory: string;
}

function fill(text: string, { inputs, outputs, directory }: Context): string {
  return text.replaceAll(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (expression, path: string) => {
    const [context = '', name = '', , output = ''] = path.split('.');
    const value =
      path === 'github.action_path'
        ? directory
        : context === 'inputs'
          ? inputs[name]
          : context === 'steps'
            ? outputs.get(name)?.[output]
            : undefined;
    if (value === undefined) throw new Error(`${expression} means nothing here`);
    return value;
  });
}
