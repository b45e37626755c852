import { describe, expect, it } from 'vitest';

import { mutations } from '../../../support/mutate.ts';
import { hasCode } from '../../../../shared/errors.ts';
import { manifestImages } from '../../../../verify/sources/manifests.ts';
import { refused } from './refusal.ts';

const compose = 'x: &x {image: "alpine:${TAG:-3}"}\nservices:\n  a: *x\n  b:\n    <<: *x\n    build: .\n';
const pod = 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - {name: a, image: busybox:1}\n';
const chart =
  'apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n  - {name: d, version: 1.0.0, repository: "oci://registry.example/c"}\n';

describe('a file of manifests', () => {
  it('is read for what each of its documents is', () => {
    const { uses } = manifestImages(
      { path: 'all.yaml', text: [compose, pod, chart].join('---\n') },
      { TAG: undefined },
    );
    expect(uses.map(({ role, line }) => `${role} ${line}`)).toEqual([
      'compose 1',
      'compose 1',
      'kubernetes 12',
      'helm 18',
    ]);
  });

  it.each([
    ['nothing', '# empty\n', 'f:1: has no documents'],
    ['a list', '- a\n', 'f:1: is neither'],
    ['a text', 'hello\n', 'f:1: is neither'],
    ['values of a chart', 'image: {repository: a, tag: b}\n', 'f:1: is neither'],
    ['services that are none', 'services: [a]\n', 'f:1: is neither'],
    ['one document of many', `${pod}---\na: 1\n`, 'f:7: is neither'],
  ])('is refused for %s', (_what, text, reason) => {
    expect(refused(() => manifestImages({ path: 'f', text }, {}))).toContain(`SOURCE_INVALID ${reason}`);
  });

  it('ends in images or a SOURCE_INVALID, whatever the damage', () => {
    const counts = { read: 0, refused: 0 };
    for (const [index, text] of [compose, pod, chart].entries()) {
      for (const bytes of mutations(new TextEncoder().encode(text), 900 + index, 400)) {
        try {
          manifestImages({ path: 'f', text: new TextDecoder().decode(bytes) }, {});
          counts.read += 1;
        } catch (error) {
          if (!hasCode(error, 'SOURCE_INVALID')) throw error;
          counts.refused += 1;
        }
      }
    }
    expect(counts.read).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  });
});
