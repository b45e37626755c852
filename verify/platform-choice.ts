// Which manifests of an index a builder or a runtime takes for a platform. Rules: containerd/platforms v1.0.0-rc.4,
// Only: the platform itself, else the nearest one that the same processor runs.

import { NotaryError } from '../shared/errors.ts';
import type { IndexMember } from '../shared/oci/index-walk.ts';
import { formatFullPlatform, formatPlatform, parsePlatform } from './sources/platform.ts';
import type { Platform } from './sources/platform.ts';

/**
 * Every manifest for the platform: Windows has several, one a version of the system.
 *
 * @param what  names the index in messages
 * @throws NotaryError PLATFORM_NOT_FOUND
 */
export function chooseManifests(
  members: readonly IndexMember[],
  platform: Platform,
  what: string,
): readonly IndexMember[] {
  const manifests = members.filter(({ kind }) => kind === 'manifest');
  for (const candidate of compatible(platform)) {
    const wanted = formatPlatform(candidate);
    const found = manifests.filter((member) => nameOf(member) === wanted);
    if (found.length > 0) return found;
  }
  const known = manifests.map((member) => member.platform ?? 'one of no platform').join(', ');
  throw new NotaryError(
    'PLATFORM_NOT_FOUND',
    `${what} holds no manifest for ${formatFullPlatform(platform)}; it has: ${known === '' ? 'none' : known}`,
  );
}

/** In the names that builders agree on; undefined where the index names no platform, or none that there is. */
function nameOf({ platform }: IndexMember): string | undefined {
  if (platform === undefined) return undefined;
  try {
    return formatPlatform(parsePlatform(platform));
  } catch (error) {
    if (!(error instanceof NotaryError)) throw error;
    return undefined;
  }
}

/** The platform, then what its processor runs as well, the nearest first. */
function compatible(platform: Platform): readonly Platform[] {
  const { os, architecture, variant } = platform;
  const arm = (newest: number): readonly Platform[] => variants(os, 'arm', newest, 5);
  const version = Number(variant?.slice(1));
  switch (architecture) {
    case 'amd64': {
      const plain = { os, architecture };
      return [platform, ...variants(os, 'amd64', version - 1, 2), plain, { os, architecture: '386' }];
    }
    case 'arm64':
      return [platform, { os, architecture }, ...arm(8)];
    case 'arm':
      return [platform, ...arm(version - 1)];
    default:
      return [platform];
  }
}

/** From the newest down to the oldest; none where the newest is no number. */
function variants(os: string, architecture: string, newest: number, oldest: number): readonly Platform[] {
  const length = newest < 100 ? Math.max(newest - oldest + 1, 0) : 0;
  return Array.from({ length }, (_, index) => ({ os, architecture, variant: `v${newest - index}` }));
}
