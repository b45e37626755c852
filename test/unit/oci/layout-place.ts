// A layout in memory, and the repositories that several processes would open in it.

import { Buffer } from 'node:buffer';

import { parseDigest } from '../../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import { Layouts } from '../../../shared/oci/layout.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { layoutInMemory } from '../../support/layout.ts';
import type { LayoutDescriptor, TestLayout } from '../../support/layout.ts';
import { countingRandom, fixedClock, writableFilesInMemory } from '../../support/ports.ts';
import type { FixedClock, MemoryFiles } from '../../support/ports.ts';
import type { Clock } from '../../../shared/ports.ts';

export const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
export const imageIndex = 'application/vnd.oci.image.index.v1+json';
const signatureType = 'application/vnd.cncf.notary.signature';

export interface Place {
  readonly files: MemoryFiles;
  readonly clock: FixedClock;
  /** In the directory "dist". */
  readonly layout: TestLayout;
  readonly repository: Repository;
  /** As another process would open it. */
  readonly open: (change?: Partial<MemoryFiles>, otherClock?: Clock) => Repository;
}

export function createPlace(): Place {
  const files = writableFilesInMemory();
  const clock = fixedClock('2026-01-01');
  const layout = layoutInMemory(files.contents, 'dist');
  const open: Place['open'] = (change = {}, otherClock = clock) => {
    const services = { files: { ...files, ...change }, pace: { clock: otherClock, random: countingRandom() } };
    return new Layouts(services).repository('dist');
  };
  return { files, clock, layout, repository: open(), open };
}

export const typed = ({ mediaType, digest, size }: LayoutDescriptor): Descriptor => {
  return { mediaType, digest: parseDigest(digest), size };
};

/** What others store, in the shape of today's Notation or in the one of its next version; not in index.json. */
export function putSignature(
  layout: TestLayout,
  subject: LayoutDescriptor,
  text: string,
  shape: 'legacy' | 'new' = 'legacy',
): LayoutDescriptor {
  const configType = shape === 'legacy' ? signatureType : 'application/vnd.oci.empty.v1+json';
  return layout.putManifest({
    ...(shape === 'new' && { artifactType: signatureType }),
    config: layout.putBlob(Buffer.from('{}'), configType),
    layers: [layout.putBlob(Buffer.from(text), 'application/jose+json')],
    subject: typed(subject),
  });
}
