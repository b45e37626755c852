// The inputs that every Notation plugin has, for signing and for verifying: what it is told, and what it may see.

import { invalid, keyValues, linesOf } from '../github/input-values.ts';
import type { InputReader } from '../github/inputs.ts';

export interface PluginSettings {
  /** Handed over with every question. */
  readonly config: Readonly<Record<string, string>>;
  /** Names of environment variables, beside those that programs need to run at all. */
  readonly variables: readonly string[];
}

export function readPluginSettings(reader: InputReader): PluginSettings {
  return {
    config: reader.withDefault('plugin-config', keyValues, {}),
    variables: reader.withDefault('plugin-env', linesOf(parseVariable), []),
  };
}

function parseVariable(name: string): string {
  // No patterns: what a plugin sees is named in full, so that a variable which somebody adds later stays here.
  if (/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(name)) return name;
  const remedy = 'Write names such as AWS_REGION, one a line; their values come from the env of the step.';
  throw invalid(`${JSON.stringify(name.slice(0, 80))} is not the name of an environment variable`, remedy);
}
