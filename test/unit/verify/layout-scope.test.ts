import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { parseArtifact } from '../../../shared/action/artifact.ts';
import { parseTrustPolicy } from '../../../shared/trust/policy.ts';
import { requireLayoutScope } from '../../../verify/layout-scope.ts';

const statement = (name: string, ...registryScopes: readonly string[]) => ({
  ...{ name, registryScopes, signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] },
});
const policy = (...trustPolicies: readonly object[]) =>
  parseTrustPolicy(Buffer.from(JSON.stringify({ version: '1.0', trustPolicies })), 'policy');

const general = policy(statement('all', '*'));
const mixed = policy(statement('all', '*'), statement('app', 'registry.example/app'));
const one = policy(statement('app', 'registry.example/app'));

const image = { artifact: parseArtifact('registry.example/app:v1') };
const layout = { artifact: parseArtifact('oci-layout:dist:v1') };
const scoped = {
  artifact: { text: 'oci-layout:dist:v1', reference: { layout: 'dist', tag: 'v1', scope: 'registry.example/app' } },
};

describe('requireLayoutScope (REG-23)', () => {
  it.each([
    ['a policy for everything', general, [layout]],
    ['images, whatever the policy', one, [image]],
    ['a layout with its scope', mixed, [scoped, image]],
    ['nothing at all', one, []],
  ])('asks for none: %s', (_what, document, targets) => {
    expect(() => {
      requireLayoutScope(document, targets);
    }).not.toThrow();
  });

  it.each([
    ['beside one for everything', mixed],
    ['alone', one],
  ])('asks for one where a statement is for a repository, %s', (_what, document) => {
    expect(() => {
      requireLayoutScope(document, [image, layout]);
    }).toThrow(
      expect.objectContaining({
        code: 'INPUT_MISSING',
        message: expect.stringMatching(/^layout-scope: is required.* oci-layout:dist:v1 names none$/) as string,
      }),
    );
  });
});
