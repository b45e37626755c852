// Platforms, "os[(version)]/architecture[/variant]", under the names that builders agree on. Rules: containerd/platforms
// v1.0.0-rc.4, Parse, Normalize and Format.

import { NotaryError } from '../../shared/errors.ts';

export interface Platform {
  readonly os: string;
  /** Of Windows, such as "10.0.20348". */
  readonly osVersion?: string;
  readonly architecture: string;
  readonly variant?: string;
}

const operatingSystem = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$/;
const component = /^[A-Za-z0-9_.-]+$/;
/** Go's; asked for only where one word must say which of the two it is. */
const knownSystems = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'.split(
    ' ',
  ),
);
const knownArchitectures = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ' +
    'ppc riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

const architectures: ReadonlyMap<string, string> = new Map([
  ['i386', '386'],
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm/v7'],
  ['armel', 'arm/v6'],
]);

/**
 * @param build  what a lone "linux" or "arm64" is completed from
 * @throws NotaryError INPUT_INVALID
 */
export function parsePlatform(text: string, build?: Platform): Platform {
  const [first = '', second, third, ...rest] = text.split('/');
  const system = operatingSystem.exec(first);
  const others = [second, third].filter((part) => part !== undefined);
  if (system === null || rest.length > 0 || !others.every((part) => component.test(part))) {
    throw new NotaryError('INPUT_INVALID', `"${text}" is not a platform such as linux/arm64`);
  }
  const os = systemName(system[1] ?? '');
  if (second !== undefined) return platform(os, system[2], normalizeArchitecture(second, third));
  if (build === undefined) {
    throw new NotaryError('INPUT_INVALID', `"${text}" is not a platform with its architecture, such as linux/arm64`);
  }
  if (knownSystems.has(os)) return platform(os, system[2], [build.architecture, build.variant]);
  const [architecture, variant] = normalizeArchitecture(first, undefined);
  if (!knownArchitectures.has(architecture)) {
    throw new NotaryError('INPUT_INVALID', `"${text}" is neither an operating system nor an architecture`);
  }
  return platform(build.os, undefined, [architecture, variant]);
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** With the version of the operating system, where there is one. */
export function formatFullPlatform({ os, osVersion, ...others }: Platform): string {
  return formatPlatform({ os: osVersion === undefined ? os : `${os}(${osVersion})`, ...others });
}

function systemName(text: string): string {
  const name = text.toLowerCase();
  return name === 'macos' ? 'darwin' : name;
}

function normalizeArchitecture(name: string, variantName: string | undefined): [string, string | undefined] {
  const lower = name.toLowerCase();
  const [architecture = '', impliedVariant] = (architectures.get(lower) ?? lower).split('/');
  const variant = impliedVariant ?? variantName?.toLowerCase();
  switch (architecture) {
    case '386':
      return [architecture, lower === 'i386' ? undefined : variant];
    case 'amd64':
      return [architecture, variant === 'v1' ? undefined : variant];
    case 'arm64':
      if (variant === '9' || variant === '9.0' || variant === 'v9.0') return [architecture, 'v9'];
      return [architecture, variant === '8' || variant === 'v8' || variant === 'v8.0' ? undefined : variant];
    case 'arm':
      return [architecture, variant === undefined ? 'v7' : variant.replace(/^(?=[5-8]$)/, 'v')];
    default:
      return [architecture, variant];
  }
}

function platform(
  os: string,
  osVersion: string | undefined,
  [architecture, variant]: readonly [string, string | undefined],
): Platform {
  return {
    os,
    ...(osVersion === undefined || osVersion === '' ? {} : { osVersion }),
    architecture,
    ...(variant === undefined ? {} : { variant }),
  };
}
