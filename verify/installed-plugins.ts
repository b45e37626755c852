// The verification plugins that the user has installed: found by the name that a signature gives, started without a
// shell, with no more of the environment than programs need. Plugin Extensibility, "Plugin installation" (PLUG-1,
// PLUG-21).

import { NotaryError } from '../shared/errors.ts';
import { createExec, programEnvironment } from '../shared/github/exec.ts';
import { pluginLimits } from '../shared/keys/notation-plugin.ts';
import type { WantedPlugin } from '../shared/keys/notation-plugin-attributes.ts';
import { findPlugin, pluginFileName } from '../shared/keys/notation-plugin-program.ts';
import { openVerificationPlugin } from '../shared/keys/notation-plugin-verification.ts';
import type { VerificationPlugin } from '../shared/keys/notation-plugin-verification.ts';
import type { Environment, Files } from '../shared/ports.ts';
import type { PluginInputs } from './plugin-inputs.ts';

/**
 * Starts the plugin that a signature calls for. Whatever it throws fails the signature at every level (PLUG-27).
 *
 * @throws NotaryError KEY_PLUGIN_FAILED  not installed, or not as the signature asks for it
 */
export type OpenPlugin = (wanted: WantedPlugin) => Promise<VerificationPlugin>;

export interface PluginMachine {
  readonly files: Files;
  readonly environment: Environment;
  /** Aborted when the time of the step is over. */
  readonly signal: AbortSignal;
  /** As Node names it: "linux", "win32". */
  readonly platform: string;
}

export function installedPlugins({ directory, config, variables }: PluginInputs, machine: PluginMachine): OpenPlugin {
  const { files, environment, signal, platform } = machine;
  const exec = createExec({ environment: programEnvironment(environment, variables), signal, ...pluginLimits });
  return async (wanted) => {
    const program = await findPlugin(files, directory, wanted.name, platform);
    if (program !== undefined) return openVerificationPlugin(exec, program, wanted, config);
    const { name } = wanted;
    const file = `${directory}/${name}/${pluginFileName(name, platform)}`;
    throw new NotaryError(
      'KEY_PLUGIN_FAILED',
      `the signature calls for the verification plugin ${name}, and there is no ${file}`,
      { remedy: `If you trust this plugin, install it as ${file}; or ask the publisher for a signature without one.` },
    );
  };
}
