import { describe, expect, it } from 'vitest';

import { parseArtifactReference } from '../../../shared/oci/layout-reference.ts';
import { admissionConfig } from '../../../verify/admission/admission.ts';
import { createPublisher, statement, storesOf } from './world.ts';

async function config(references: readonly string[]) {
  const { root } = await createPublisher();
  const trust = {
    document: { statements: [statement({ stores: ['ca:acme'] })] },
    stores: storesOf({ 'ca:acme': [root] }),
  };
  const terms = { plainHttp: new Set(['plain.example']), userMetadata: {}, onUnsigned: [] };
  return admissionConfig(trust, [], { ...terms, references: references.map(parseArtifactReference) });
}

describe('admissionConfig with layouts', () => {
  it('says how others verify a layout', async () => {
    const { differences } = await config(['oci-layout:dist:v1', 'registry.example/app:v1']);
    expect(differences).toEqual([expect.stringContaining('OCI layouts are verified by `NOTATION_EXPERIMENTAL=1')]);
    expect((await config(['registry.example/app:v1'])).differences).toEqual([]);
  });

  it('judges plain HTTP by the registries alone', async () => {
    const useHttp = async (...references: readonly string[]): Promise<boolean> => {
      const { attachment } = await config(references);
      const files = attachment.content as (directory: string) => ReadonlyMap<string, string>;
      return files('x').get('ratify-v1/config.json')!.includes('"useHttp": true');
    };
    expect(await useHttp('oci-layout:dist:v1', 'plain.example/app:v1')).toBe(true);
    expect(await useHttp('oci-layout:dist:v1')).toBe(false);
    expect(await useHttp('oci-layout:dist:v1', 'plain.example/app:v1', 'registry.example/app:v1')).toBe(false);
  });
});
