import { describe, expect, it } from 'vitest';

import { readClaims, showClaims, showServerText, textClaim } from '../../../shared/azure/token-claims.ts';
import { fakeToken } from './scripted-http.ts';

describe('readClaims', () => {
  it('reads the payload of a token', () => {
    expect(readClaims(fakeToken({ iss: 'a', exp: 1 }))).toEqual({ iss: 'a', exp: 1 });
  });

  it.each(['', 'opaque', 'a.b', 'a.b.c.d', 'a.!!.c', `a.${Buffer.from('[1]').toString('base64url')}.c`, 'a.e30=.c'])(
    'takes %j for opaque',
    (token) => {
      expect(readClaims(token)).toBeUndefined();
    },
  );
});

describe('showClaims', () => {
  it('shows texts quoted, lists joined, moments as dates and says what is absent', () => {
    const token = fakeToken({ sub: 'repo:acme/app', aud: ['a', 'b'], exp: 1769860800, odd: { x: 1 } });
    expect(showClaims(token, ['sub', 'aud', 'exp', 'odd', 'constructor'])).toBe(
      'sub "repo:acme/app", aud "a b", exp 2026-01-31T12:00:00.000Z, odd absent, constructor absent',
    );
  });

  it('survives a moment that no Date can hold', () => {
    expect(showClaims(fakeToken({ exp: 9e15 }), ['exp'])).toBe('exp absent');
  });

  it('says when there is nothing to show', () => {
    expect(showClaims(undefined, ['sub'])).toBe('a token whose claims cannot be read');
    expect(showClaims('opaque', ['sub'])).toBe('a token whose claims cannot be read');
  });

  it('cuts a long claim', () => {
    expect(textClaim({ sub: 'x'.repeat(5000) }, 'sub')).toHaveLength(1200);
  });
});

describe('showServerText', () => {
  it('puts the text on one line and takes tokens out', () => {
    const token = fakeToken({ sub: 'secret' });
    expect(showServerText(`first\r\n  second ${token}, then`)).toBe('first second [token removed], then');
  });

  it('is quick on text made to be slow', () => {
    const begin = performance.now();
    showServerText('eyJ'.repeat(1_000_000));
    expect(performance.now() - begin).toBeLessThan(500);
  });
});
