import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { firstCredentials, namedSource } from '../../../shared/oci/credentials.ts';
import type { Credentials } from '../../../shared/oci/credentials.ts';

const ada: Credentials = { kind: 'basic', username: 'ada', password: 'secret' };

describe('firstCredentials', () => {
  it('asks in order and stops at the first that knows', async () => {
    const asked: string[] = [];
    const source = (name: string, credentials?: Credentials) => (registry: string, repository: string) => {
      asked.push(`${name} ${registry} ${repository}`);
      return Promise.resolve(credentials);
    };
    expect(await firstCredentials(source('a'), source('b', ada), source('c'))('r.io', 'app')).toEqual(ada);
    expect(asked).toEqual(['a r.io app', 'b r.io app']);
    expect(await firstCredentials()('r.io', 'app')).toBeUndefined();
  });

  it('knows all the places', async () => {
    const nothing = () => Promise.resolve(undefined);
    const source = firstCredentials(namedSource('one', nothing), nothing, namedSource('two', nothing));
    await source('r.io', 'app');
    expect(source.places?.('r.io', 'app')).toEqual(['one', 'two']);
  });

  it('knows the places up to the one that knew', async () => {
    const nothing = () => Promise.resolve(undefined);
    const knowing = namedSource('two', () => Promise.resolve(ada));
    const source = firstCredentials(namedSource('one', nothing), knowing, namedSource('three', nothing));
    expect(source.places?.('r.io', 'app')).toEqual([]);
    await source('r.io', 'app');
    expect(source.places?.('r.io', 'app')).toEqual(['one', 'two']);
  });

  it('tells where it looked before a program failed', async () => {
    const failure = new NotaryError('PROGRAM_FAILED', 'no such program', { remedy: 'install it' });
    const nothing = () => Promise.resolve(undefined);
    const source = firstCredentials(
      namedSource('one', nothing),
      namedSource('two', () => Promise.reject(failure)),
      namedSource('three', nothing),
    );
    await expect(source('r.io', 'app')).rejects.toMatchObject({
      code: 'PROGRAM_FAILED',
      message: 'no such program; looked at one, two',
      remedy: 'install it',
      cause: failure,
    });
  });

  it('passes other failures on', async () => {
    const failure = new NotaryError('INPUT_INVALID', 'broken');
    await expect(firstCredentials(() => Promise.reject(failure))('r.io', 'app')).rejects.toBe(failure);
  });
});
