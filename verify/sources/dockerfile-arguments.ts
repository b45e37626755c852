// The variables that FROM can use: what a builder sets itself, then every ARG before the first FROM, with the build
// arguments first (moby/buildkit v0.32.2, frontend/dockerfile/dockerfile2llb, defaultArgs and buildMetaArgs).

import type { ArgCommand } from './dockerfile-commands.ts';
import type { Expansion, Variables } from './dockerfile-substitution.ts';
import { expandWord } from './dockerfile-words.ts';
import { formatFullPlatform, formatPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

export interface BuildSettings {
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The stage to build; the last one where absent. */
  readonly target?: string;
  /** What the builder itself runs on. */
  readonly buildPlatform: Platform;
}

/** @param stage  that is built, as far as it has a name */
export function predefinedVariables(
  settings: BuildSettings,
  platform: Platform,
  stage: string | undefined,
): Map<string, Expansion> {
  const { buildPlatform, buildArgs } = settings;
  const values = new Map<string, string>([
    ['BUILDPLATFORM', formatPlatform(buildPlatform)],
    ...parts('BUILD', buildPlatform),
    ['TARGETPLATFORM', formatFullPlatform(platform)],
    ...parts('TARGET', platform),
    ['TARGETSTAGE', settings.target ?? stage ?? 'default'],
  ]);
  return new Map(Array.from(values, ([name, value]) => [name, known(argument(buildArgs, name) ?? value)]));
}

function parts(prefix: string, { os, osVersion, architecture, variant }: Platform): readonly [string, string][] {
  return [
    [`${prefix}OS`, os],
    [`${prefix}OSVERSION`, osVersion ?? ''],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant ?? ''],
  ];
}

/** A declaration without a value changes nothing: it has the value of a build argument, or none. */
export function declare(
  command: ArgCommand,
  variables: Variables,
  { buildArgs }: BuildSettings,
  escape: string,
): Expansion | undefined {
  const given = argument(buildArgs, command.name);
  if (given !== undefined) return known(given);
  return command.value === undefined ? undefined : expandWord(command.value, variables, escape);
}

export function argument(buildArgs: BuildSettings['buildArgs'], name: string): string | undefined {
  return Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
}

function known(text: string): Expansion {
  return { text, unresolved: [] };
}
