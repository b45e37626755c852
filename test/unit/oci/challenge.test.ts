import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { parseChallenges } from '../../../shared/oci/challenge.ts';

const plain = (field: string) =>
  parseChallenges(field).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('parseChallenges (RFC 9110 §11.6.1)', () => {
  it.each([
    ['', []],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        [
          'bearer',
          { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull,push' },
        ],
      ],
    ],
    ['Basic realm="Registry"', [['basic', { realm: 'Registry' }]]],
    ['basic REALM = "x" , Charset=UTF-8', [['basic', { realm: 'x', charset: 'UTF-8' }]]],
    ['Basic', [['basic', {}]]],
    [
      'Negotiate, Basic realm=x',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Negotiate YII+/abc==, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'Basic realm="a", Bearer realm="b", error="invalid_token"',
      [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b', error: 'invalid_token' }],
      ],
    ],
    [', ,Basic realm="a",,', [['basic', { realm: 'a' }]]],
    ['Basic realm="a \\"quoted\\" \\\\ comma, and = sign"', [['basic', { realm: 'a "quoted" \\ comma, and = sign' }]]],
    ['Basic realm=""', [['basic', { realm: '' }]]],
  ])('reads %s', (field, expected) => {
    expect(plain(field)).toEqual(expected);
  });

  it.each([
    ['an open quotation', 'Bearer realm="https://x'],
    ['a parameter without value', 'Bearer realm="x", service='],
    ['a parameter given twice', 'Bearer realm="a", realm="b"'],
    ['a parameter given twice in other letters', 'Bearer realm="a", REALM="b"'],
    ['no comma between parameters', 'Bearer realm="a" service="b"'],
    ['a stray character', 'Bearer realm="a"; service="b"'],
    ['an equals sign at the start', '="x"'],
    ['a scheme with a strange character', 'Bea(rer realm="x"'],
    ['two words', 'Bearer realm service="x"'],
    ['a parameter after a scheme without space', 'Bearer"x"'],
    ['9000 characters', `Bearer realm="${'x'.repeat(9000)}"`],
  ])('refuses %s', (_what, field) => {
    expect(() => parseChallenges(field)).toThrow(expect.objectContaining({ code: 'REGISTRY_RESPONSE_INVALID' }));
  });

  it('ends in a value or a NotaryError, and soon', () => {
    const pieces = ['Bearer', ' ', ',', '=', '"', '\\', 'a', '\t', 'x=y', '"q"', '==', ';', 'é'];
    let state = 1;
    const next = (bound: number): number => (state = (state * 48271) % 2147483647) % bound;
    const start = performance.now();
    for (let round = 0; round < 3000; round++) {
      const field = Array.from({ length: next(40) }, () => pieces[next(pieces.length)]).join('');
      try {
        parseChallenges(field);
      } catch (error) {
        expect(error, field).toBeInstanceOf(NotaryError);
      }
    }
    for (const piece of pieces) {
      try {
        parseChallenges(`Bearer ${piece.repeat(8000 / piece.length)}`);
      } catch (error) {
        expect(error).toBeInstanceOf(NotaryError);
      }
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
