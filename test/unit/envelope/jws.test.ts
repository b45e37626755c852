import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { encodeUtf8, showUtf8 } from '../../../shared/bytes.ts';
import { algorithmOf } from '../../../shared/crypto/algorithm.ts';
import { jws } from '../../../shared/envelope/jws.ts';
import { payloadContentType } from '../../../shared/envelope/payload.ts';
import { hasCode } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';

const scheme = 'io.cncf.notary.signingScheme';
const signingTime = 'io.cncf.notary.signingTime';
const authenticSigningTime = 'io.cncf.notary.authenticSigningTime';
const expiry = 'io.cncf.notary.expiry';
const agent = 'io.cncf.notary.signingAgent';
const timestamp = 'io.cncf.notary.timestampSignature';

// VEC-3
const vector3 =
  '{"alg":"ES256","crit":["io.cncf.notary.signingScheme","io.cncf.notary.verificationPlugin","io.cncf.notary.verificationPluginMinVersion","io.cncf.notary.authenticSigningTime","io.cncf.notary.expiry"],"cty":"application/vnd.cncf.notary.payload.v1+json","io.cncf.notary.authenticSigningTime":"2022-11-02T17:56:52Z","io.cncf.notary.expiry":"2022-11-02T18:56:52Z","io.cncf.notary.signingScheme":"notary.x509.signingAuthority","io.cncf.notary.verificationPlugin":"com.example.p","io.cncf.notary.verificationPluginMinVersion":"1.0.0"}';
// VEC-4
const vector4 =
  '{"alg":"PS256","crit":["io.cncf.notary.signingScheme"],"cty":"application/vnd.cncf.notary.payload.v1+json","io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"2026-11-21T02:25:38Z"}';

type Members = Record<string, unknown>;

const header: Members = {
  alg: 'ES256',
  crit: [scheme],
  cty: payloadContentType,
  [scheme]: 'notary.x509',
  [signingTime]: '2026-11-21T02:25:38Z',
};
const authority: Members = {
  [scheme]: 'notary.x509.signingAuthority',
  [signingTime]: undefined,
  [authenticSigningTime]: '2022-11-02T17:56:52Z',
  crit: [scheme, authenticSigningTime],
};

const base64Url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

function envelope(changes: Members = {}): Members {
  return {
    payload: base64Url('{}'),
    protected: base64Url(header),
    header: { x5c: ['MA==', 'MQ=='] },
    signature: base64Url('x'.repeat(64)),
    ...changes,
  };
}

const withHeader = (changes: Members) => envelope({ protected: base64Url({ ...header, ...changes }) });
const withUnprotected = (changes: Members) => envelope({ header: { x5c: ['MA==', 'MQ=='], ...changes } });
const decode = (value: Members | string) =>
  jws.decode(encodeUtf8(typeof value === 'string' ? value : JSON.stringify(value)));

function codeOf(value: Members | string): ErrorCode | 'none' {
  try {
    decode(value);
  } catch (error) {
    if (hasCode(error, 'ENVELOPE_MALFORMED', 'ENVELOPE_UNSUPPORTED')) return error.code;
    throw error;
  }
  return 'none';
}

describe('writing JWS', () => {
  it('writes the protected header of VEC-3 (JWS-3, JWS-5)', () => {
    const attributes = {
      contentType: payloadContentType,
      signingScheme: 'notary.x509.signingAuthority',
      signingTime: new Date(1_667_411_812_000),
      expiry: new Date(1_667_415_412_000),
      extended: [
        { key: 'io.cncf.notary.verificationPlugin', critical: true, value: 'com.example.p' },
        { key: 'io.cncf.notary.verificationPluginMinVersion', critical: true, value: '1.0.0' },
      ],
    } as const;
    expect(showUtf8(jws.protect(attributes, algorithmOf('EC-256')))).toBe(vector3);
  });

  it('writes the protected header of VEC-4 (JWS-4, JWS-6, JWS-7)', () => {
    const signingTime = new Date('2026-11-21T02:25:38.999Z');
    const attributes = {
      contentType: payloadContentType,
      signingScheme: 'notary.x509',
      signingTime,
      extended: [],
    } as const;
    expect(showUtf8(jws.protect(attributes, algorithmOf('RSA-2048')))).toBe(vector4);
  });

  it.each([
    ['the name of a system header', 'alg', 'x'],
    ['a value that is no text', 'com.example.a', {}],
    ['a label that is no text', 4, 'x'],
  ])('refuses an extended attribute with %s (JWS-7)', (_what, key, value) => {
    const attributes = {
      contentType: payloadContentType,
      signingScheme: 'notary.x509',
      signingTime: new Date(0),
      extended: [{ key, critical: false, value }],
    } as const;
    expect(() => jws.protect(attributes, algorithmOf('EC-256'))).toThrow(/extended attribute/);
  });

  it('refuses an extended attribute that is given twice (JWS-7)', () => {
    const attribute = { key: 'com.example.a', critical: false, value: 'x' };
    const signed = { contentType: payloadContentType, signingScheme: 'notary.x509', signingTime: new Date(0) } as const;
    expect(() => jws.protect({ ...signed, extended: [attribute, attribute] }, algorithmOf('EC-256'))).toThrow(/taken/);
  });

  it('writes members in the order of the reference, and none that is not given (JWS-1, JWS-2)', () => {
    const parts = {
      protectedHeader: encodeUtf8('{}'),
      payload: encodeUtf8('{"a":"?>"}'),
      signature: Uint8Array.of(0xff, 0xfe),
      certificateChain: [Uint8Array.of(0xfb, 0xff)],
    };
    expect(showUtf8(jws.encode(parts))).toBe(
      '{"payload":"eyJhIjoiPz4ifQ","protected":"e30","header":{"x5c":["+/8="]},"signature":"__4"}',
    );
    const all = { ...parts, signingAgent: 'a/1 <b>', timestampSignature: Uint8Array.of(1) };
    expect(showUtf8(jws.encode(all))).toBe(
      `{"payload":"eyJhIjoiPz4ifQ","protected":"e30","header":{"${timestamp}":"AQ==","x5c":["+/8="],"${agent}":"a/1 \\u003cb\\u003e"},"signature":"__4"}`,
    );
  });

  it('signs the two texts as they stand in the envelope (JWS-8)', () => {
    expect(showUtf8(jws.toBeSigned(encodeUtf8('{}'), encodeUtf8('{"a":1}')))).toBe('e30.eyJhIjoxfQ');
  });
});

describe('reading JWS', () => {
  it('reads what stands there', () => {
    const changes = {
      crit: [scheme, 'com.example.a', expiry],
      [expiry]: '2026-11-22T02:25:38.5+08:00',
      'com.example.a': 'x',
      typ: 'JOSE',
      nothing: null,
    };
    const input: Members = {
      ...withHeader(changes),
      header: { x5c: ['MA=='], [agent]: 'a/1', [timestamp]: 'AQ==', other: 1 },
    };
    const read = decode(input);
    expect(read.signed).toStrictEqual({
      contentType: payloadContentType,
      signingScheme: 'notary.x509',
      signingTime: new Date('2026-11-21T02:25:38Z'),
      expiry: new Date('2026-11-21T18:25:38.500Z'),
      extended: [
        { key: 'com.example.a', critical: true, value: 'x' },
        { key: 'typ', critical: false, value: 'JOSE' },
        { key: 'nothing', critical: false, value: null },
      ],
    });
    expect(read.unsigned).toStrictEqual({
      certificateChain: [Uint8Array.of(0x30)],
      signingAgent: 'a/1',
      timestampSignature: Uint8Array.of(1),
    });
    expect(read.algorithm).toBe(algorithmOf('EC-256'));
    expect(read.mediaType).toBe('application/jose+json');
    expect(showUtf8(read.payload)).toBe('{}');
    expect(showUtf8(read.toBeSigned)).toBe(`${base64Url({ ...header, ...changes })}.e30`);
  });

  it('reads its own vectors back', () => {
    expect(decode(envelope({ protected: base64Url(vector3) })).signed.extended).toHaveLength(2);
    expect(decode(envelope({ protected: base64Url(vector4) })).signed.signingTime).toStrictEqual(
      new Date('2026-11-21T02:25:38Z'),
    );
  });

  it('accepts white space around the envelope and after the protected header (JWS-10, JWS-14)', () => {
    expect(codeOf(` ${JSON.stringify(envelope())}\n`)).toBe('none');
    expect(codeOf(envelope({ protected: base64Url(`${JSON.stringify(header)} \n`) }))).toBe('none');
  });

  it('ignores further members (JWS-10, D12)', () => {
    expect(codeOf(envelope({ signatures: [], other: 1 }))).toBe('none');
  });

  it.each<[string, Members | string]>([
    ['nothing', ''],
    ['an array', '[]'],
    ['bytes after it', `${JSON.stringify(envelope())}{}`],
    ['a byte order mark', `\uFEFF${JSON.stringify(envelope())}`],
    ['another case in a member name (D20)', { ...envelope({ payload: undefined }), Payload: base64Url('{}') }],
    ['no payload', envelope({ payload: undefined })],
    ['no protected header', envelope({ protected: undefined })],
    ['no header', envelope({ header: undefined })],
    ['no signature', envelope({ signature: undefined })],
    ['a payload that is an object', envelope({ payload: {} })],
    ['deep nesting', '['.repeat(100_000)],
  ])('refuses an envelope with %s (JWS-10, JWS-11)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it.each<[string, Members]>([
    ['a padded payload', envelope({ payload: 'e30=' })],
    ['a payload with a line break', envelope({ payload: 'e3\n0' })],
    ['a signature of the standard alphabet', envelope({ signature: '+/8A' })],
    ['a padded protected header', envelope({ protected: `${base64Url(header)}==` })],
    ['an unpadded certificate', withUnprotected({ x5c: ['MA'] })],
    ['a certificate of the URL-safe alphabet', withUnprotected({ x5c: ['-_8='] })],
    ['an unpadded timestamp', withUnprotected({ [timestamp]: 'AQ' })],
    ['an empty signature', envelope({ signature: '' })],
  ])('refuses %s (JWS-12, JWS-20)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it.each<[string, Members]>([
    ['an empty payload', envelope({ payload: '' })],
    ['a payload that is an array', envelope({ payload: base64Url('[]') })],
    ['a payload that is no JSON', envelope({ payload: base64Url('x') })],
  ])('refuses %s (PAY-10)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it.each<[string, Members]>([
    ['no x5c', withUnprotected({ x5c: undefined })],
    ['an empty x5c', withUnprotected({ x5c: [] })],
    ['x5c that is one text', withUnprotected({ x5c: 'MA==' })],
    ['x5c with a number in it', withUnprotected({ x5c: [1] })],
    ['a signing agent that is no text', withUnprotected({ [agent]: 1 })],
    ['a timestamp that is no text', withUnprotected({ [timestamp]: {} })],
    ['a header that is an array', envelope({ header: [] })],
  ])('refuses %s (JWS-13)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it.each<[string, Members, ErrorCode]>([
    ['protected header that is an array', envelope({ protected: base64Url([]) }), 'ENVELOPE_MALFORMED'],
    ['protected header with bytes after it', envelope({ protected: base64Url('{}{}') }), 'ENVELOPE_MALFORMED'],
    ['algorithm that is missing', withHeader({ alg: undefined }), 'ENVELOPE_MALFORMED'],
    ['algorithm that is a number', withHeader({ alg: -7 }), 'ENVELOPE_MALFORMED'],
    ['algorithm none', withHeader({ alg: 'none' }), 'ENVELOPE_UNSUPPORTED'],
    ['algorithm with a shared key', withHeader({ alg: 'HS256' }), 'ENVELOPE_UNSUPPORTED'],
    ['algorithm RS256', withHeader({ alg: 'RS256' }), 'ENVELOPE_UNSUPPORTED'],
    ['algorithm in lower case', withHeader({ alg: 'es256' }), 'ENVELOPE_UNSUPPORTED'],
    ['content type that is missing', withHeader({ cty: undefined }), 'ENVELOPE_MALFORMED'],
  ])('refuses a %s (JWS-14)', (_what, input, code) => {
    expect(codeOf(input)).toBe(code);
  });

  it.each<[string, Members]>([
    ['missing', withHeader({ crit: undefined })],
    ['empty', withHeader({ crit: [] })],
    ['no array', withHeader({ crit: scheme })],
    ['without the scheme', withHeader({ crit: ['a'], a: 1 })],
    ['without the expiry', withHeader({ [expiry]: '2030-01-01T00:00:00Z' })],
    ['without authenticSigningTime', withHeader({ ...authority, crit: [scheme] })],
    ['with the scheme twice', withHeader({ crit: [scheme, scheme] })],
    ['with an extended attribute twice', withHeader({ crit: [scheme, 'a', 'a'], a: 1 })],
    ['with alg', withHeader({ crit: [scheme, 'alg'] })],
    ['with cty', withHeader({ crit: [scheme, 'cty'] })],
    ['with crit', withHeader({ crit: [scheme, 'crit'] })],
    ['with signingTime', withHeader({ crit: [scheme, signingTime] })],
    ['with a name that is not there', withHeader({ crit: [scheme, 'a'] })],
    ['with a name that every object has', withHeader({ crit: [scheme, 'toString'] })],
    ['with an expiry that is null', withHeader({ crit: [scheme, expiry], [expiry]: null })],
    ['with a number in it', withHeader({ crit: [scheme, 1] })],
  ])('refuses crit that is %s (JWS-15)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it.each<[string, Members, ErrorCode]>([
    ['no scheme', withHeader({ [scheme]: undefined }), 'ENVELOPE_MALFORMED'],
    ['an unknown scheme', withHeader({ [scheme]: 'notary.x509.other' }), 'ENVELOPE_UNSUPPORTED'],
    [
      'authenticSigningTime under notary.x509',
      withHeader({ [authenticSigningTime]: '2022-11-02T17:56:52Z' }),
      'ENVELOPE_MALFORMED',
    ],
    [
      'signingTime under signingAuthority',
      withHeader({ ...authority, [signingTime]: '2022-11-02T17:56:52Z' }),
      'ENVELOPE_MALFORMED',
    ],
    [
      'no authenticSigningTime under signingAuthority',
      withHeader({ ...authority, [authenticSigningTime]: undefined }),
      'ENVELOPE_MALFORMED',
    ],
    ['no signingTime', withHeader({ [signingTime]: undefined }), 'ENVELOPE_MALFORMED'],
    ['a time that is a number', withHeader({ [signingTime]: 1_700_000_000 }), 'ENVELOPE_MALFORMED'],
    ['a time that is no time', withHeader({ [signingTime]: 'yesterday' }), 'ENVELOPE_MALFORMED'],
  ])('refuses %s (JWS-16, JWS-17)', (_what, input, code) => {
    expect(codeOf(input)).toBe(code);
  });

  it('reads authenticSigningTime under signingAuthority (JWS-16)', () => {
    expect(decode(withHeader(authority)).signed).toMatchObject({
      signingScheme: 'notary.x509.signingAuthority',
      signingTime: new Date('2022-11-02T17:56:52Z'),
    });
  });

  it.each([false, true])('does not offer b64: %s, critical or not (D21)', (b64) => {
    expect(codeOf(withHeader({ b64, crit: [scheme, 'b64'] }))).toBe('ENVELOPE_UNSUPPORTED');
    expect(codeOf(withHeader({ b64 }))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it('reads names that JavaScript treats specially as any other', () => {
    const text = JSON.stringify(header).replace('{', '{"__proto__":"x","constructor":"y",');
    expect(decode(envelope({ protected: base64Url(text) })).signed.extended.map(({ key }) => key)).toStrictEqual([
      '__proto__',
      'constructor',
    ]);
  });
});
