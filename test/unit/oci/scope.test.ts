import { describe, expect, it } from 'vitest';

import { mergeScopes, parseScopes, repositoryScope } from '../../../shared/oci/scope.ts';

describe('token scopes (AUTH-6)', () => {
  it('names what is done with a repository', () => {
    expect(repositoryScope('team/app', 'pull,push')).toBe('repository:team/app:pull,push');
  });

  it.each([
    [[['repository:a:pull'], ['repository:a:push']], ['repository:a:pull,push']],
    [[['repository:a:pull,push'], ['repository:a:delete']], ['repository:a:delete,pull,push']],
    [
      [['repository:b:pull'], ['repository:a:pull']],
      ['repository:a:pull', 'repository:b:pull'],
    ],
    [
      [['repository:a:pull'], ['aws', 'aws']],
      ['aws', 'repository:a:pull'],
    ],
    [
      [['repository:localhost:5000/a:pull'], ['repository:localhost:5000/a:push']],
      ['repository:localhost:5000/a:pull,push'],
    ],
    [[[], []], []],
  ])('merges %j', (lists, expected) => {
    expect(mergeScopes(...lists)).toEqual(expected);
  });

  it('reads the scope parameter of a challenge', () => {
    expect(parseScopes('repository:a:pull  repository:b:pull')).toEqual(['repository:a:pull', 'repository:b:pull']);
    expect(parseScopes(undefined)).toEqual([]);
  });
});
