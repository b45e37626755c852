import { describe, expect, it } from 'vitest';

import { requireScopes } from '../../../shared/trust/scope.ts';
import { thrownBy } from './thrown.ts';

const source = { code: 'POLICY_INVALID', what: 'policy' } as const;
const check = (...scopes: string[]): void => {
  requireScopes(scopes, source, 'registryScopes');
};

describe('requireScopes', () => {
  it.each([
    'registry.example/repo',
    'localhost:5000/a/b-c/d__e/f.g',
    'REGISTRY.Example/repo',
    'docker.io/library/alpine',
    'alpine/git',
    '127.0.0.1:65536000/x---y',
  ])('POL-13: takes %s', (scope) => {
    expect(() => {
      check(scope);
    }).not.toThrow();
  });

  it.each([
    ['no repository', 'registry.example'],
    ['an empty repository', 'registry.example/'],
    ['a scheme', 'https://registry.example/repo'],
    ['a tag', 'registry.example/repo:v1'],
    ['a digest', `registry.example/repo@sha256:${'0'.repeat(64)}`],
    ['a partial wildcard', 'registry.example/*'],
    ['upper case in the repository', 'local/myLayout'],
    ['an IPv6 literal', '[::1]:5000/repo'],
    ['an empty host label', 'registry..example/repo'],
    ['a label that ends in a hyphen', 'registry-/repo'],
    ['an empty port', 'registry:/repo'],
    ['two ports', 'registry:1:2/repo'],
    ['a triple underscore', 'registry/a___b'],
    ['a trailing separator', 'registry/a-'],
    ['white space', ' registry/repo'],
    ['a line break at the end', 'registry/repo\n'],
    ['nothing', ''],
  ])('POL-13: refuses %s', (_name, scope) => {
    expect(
      thrownBy(() => {
        check(scope);
      }),
    ).toMatchObject({ code: 'POLICY_INVALID' });
  });

  it('POL-12: wants at least one, and * alone', () => {
    expect(
      thrownBy(() => {
        check();
      }).message,
    ).toContain('at least one');
    expect(
      thrownBy(() => {
        check('*', 'registry/repo');
      }).message,
    ).toContain('only scope');
    expect(() => {
      check('*');
    }).not.toThrow();
  });

  it('reads a hostile scope in linear time', () => {
    const scope = `registry/${'a-'.repeat(50_000)}!`;
    expect(
      thrownBy(() => {
        check(scope);
      }).code,
    ).toBe('POLICY_INVALID');
  });
});
