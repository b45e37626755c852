// A Notation plugin: an executable that is asked one question a run, JSON in and JSON out. Plugin Extensibility, contract
// 1.0 (PLUG-3 to PLUG-8).

import type { Source } from '../bytes.ts';
import { malformed } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { member, ordered, parseJson, requireArray, requireObject, requireString, sorted, writeJson } from '../json.ts';
import type { JsonMembers, JsonObject, Writable } from '../json.ts';
import type { Exec } from '../ports.ts';
import { pluginFailure } from './notation-plugin-failure.ts';
import type { PluginProgram } from './notation-plugin-program.ts';

/** For createExec. A signature by a remote service may take a minute; what writes more than this writes no answer. */
export const pluginLimits = { timeoutMs: 120_000, maxStdoutBytes: 64 * 1024 * 1024 } as const;

export type PluginConfig = Readonly<Record<string, string>>;

export interface PluginMetadata {
  readonly name: string;
  readonly version: string;
  /** As the plugin names them; unknown ones are no harm. */
  readonly capabilities: ReadonlySet<string>;
}

export interface NotationPlugin {
  readonly metadata: PluginMetadata;
  /** Of every question to this plugin. */
  readonly config: PluginConfig;
  /** Asks, in a process of its own. */
  ask(command: PluginCommand, request: readonly RequestMember[]): Promise<JsonObject>;
}

export type PluginCommand =
  'get-plugin-metadata' | 'describe-key' | 'generate-signature' | 'generate-envelope' | 'verify-signature';

export type RequestMember = readonly [name: string, value: Writable | undefined];

export const contractVersion = '1.0';

/** What a plugin answers, where it is not what the contract says. */
export function pluginSource(name: string): Source {
  return { code: 'KEY_PLUGIN_FAILED', what: `the answer of the plugin ${name}` };
}

/**
 * Asks an executable for its metadata, which makes it a plugin.
 *
 * Its method ask throws KEY_PLUGIN_FAILED, KEY_ACCESS_DENIED, KEY_UNAVAILABLE and STEP_TIMED_OUT.
 *
 * @param config  the `plugin-config` input
 * @throws NotaryError  as ask; KEY_PLUGIN_FAILED also where it bears another name or keeps to another contract
 */
export async function openPlugin(exec: Exec, program: PluginProgram, config: PluginConfig): Promise<NotationPlugin> {
  const { name } = program;
  const ask = async (command: PluginCommand, request: readonly RequestMember[]): Promise<JsonObject> => {
    // PLUG-8: an empty configuration is left out.
    const pluginConfig = Object.keys(config).length === 0 ? undefined : sorted(config);
    return run(exec, program, command, ordered(...request, ['pluginConfig', pluginConfig]));
  };
  const metadata = readMetadata(await ask('get-plugin-metadata', []), name);
  return {
    metadata,
    config,
    ask: (command, request) => ask(command, [['contractVersion', contractVersion], ...request]),
  };
}

async function run(
  exec: Exec,
  { name, file }: PluginProgram,
  command: PluginCommand,
  request: JsonMembers,
): Promise<JsonObject> {
  const result = await exec(file, [command], writeJson(request)).catch((error: unknown) => {
    if (!hasCode(error, 'PROGRAM_FAILED')) throw error;
    const message = `the plugin ${name} cannot ${command}: ${error.message}`;
    throw new NotaryError('KEY_PLUGIN_FAILED', message, { cause: error, remedy: error.remedy });
  });
  // What it writes to standard error counts only where it fails (PLUG-4).
  if (result.exitCode !== 0) throw pluginFailure({ name, command }, result);
  const source = pluginSource(name);
  return requireObject(parseJson(result.stdout, source), source, `the answer to ${command}`);
}

function readMetadata(answer: JsonObject, name: string): PluginMetadata {
  const source = pluginSource(name);
  const text = (member_: string): string => requireText(answer, member_, source);
  for (const required of ['description', 'url']) text(required);
  if (text('name') !== name) throw malformed(source, `it is named ${JSON.stringify(text('name'))}`);
  const contracts = texts(answer, 'supportedContractVersions', source);
  if (!contracts.includes(contractVersion)) {
    throw malformed(source, `it keeps to the contract ${contracts.join(', ')}, and not to ${contractVersion}`);
  }
  const version = text('version');
  // It becomes a part of the signing agent.
  if (!/^[!-~]{1,100}$/.test(version)) throw malformed(source, `its version is ${JSON.stringify(version)}`);
  return { name, version, capabilities: new Set(texts(answer, 'capabilities', source)) };
}

function requireText(object: JsonObject, name: string, source: Source): string {
  const value = requireString(member(object, name), source, name);
  if (value === '') throw malformed(source, `${name} is empty`);
  return value;
}

function texts(object: JsonObject, name: string, source: Source): readonly string[] {
  const values = requireArray(member(object, name), source, name);
  if (values.length === 0) throw malformed(source, `${name} is empty`);
  return values.map((value) => requireString(value, source, name));
}
