// The JWS envelope. Signature Envelope JWS; RFC 7515.

import { Buffer } from 'node:buffer';
import { verify } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { encodeUtf8, showUtf8 } from '../../shared/bytes.ts';
import { algorithmOf, signatureAlgorithms } from '../../shared/crypto/algorithm.ts';
import type { SignedAttributes } from '../../shared/envelope/envelope.ts';
import { jws } from '../../shared/envelope/jws.ts';
import { codeSigningChain } from '../support/ca.ts';
import {
  contentType,
  digest,
  judgeAllJws,
  judgeJws,
  jwsHeader,
  jwsMembers,
  jwsText,
  jwsWith,
  mediaType,
  name,
  open,
  signer,
  x5c,
} from './envelopes.ts';
import { all, outcome } from './outcome.ts';

const malformed = (cases: Readonly<Record<string, string>>): void => {
  expect(judgeAllJws(cases)).toEqual(all(cases, 'ENVELOPE_MALFORMED'));
};
const accepted = (cases: Readonly<Record<string, string>>): void => {
  expect(judgeAllJws(cases)).toEqual(all(cases, 'ok'));
};

const plain: SignedAttributes = {
  ...{ contentType, signingScheme: 'notary.x509', extended: [] },
  signingTime: new Date('2026-11-21T02:25:38.999Z'),
};
const authorityAttributes: SignedAttributes = {
  ...{ contentType, signingScheme: 'notary.x509.signingAuthority' },
  extended: [
    { key: name.plugin, critical: true, value: 'com.example.p' },
    { key: name.pluginMinVersion, critical: true, value: '1.0.0' },
  ],
  ...{ signingTime: new Date(1_667_411_812_000), expiry: new Date(1_667_415_412_000) },
};
const protectedText = (attributes: SignedAttributes): string =>
  showUtf8(jws.protect(attributes, algorithmOf('EC-256')));

const authority = {
  [name.scheme]: 'notary.x509.signingAuthority',
  crit: [name.scheme, name.authenticSigningTime],
  [name.authenticSigningTime]: '2023-11-14T22:13:20Z',
  [name.signingTime]: undefined,
};

describe('JWS, writing', () => {
  const parts = {
    protectedHeader: encodeUtf8('{}'),
    payload: encodeUtf8('{"a":"?>?"}'),
    signature: Uint8Array.of(0xff, 0xfe),
    certificateChain: [Uint8Array.of(0x30), Uint8Array.of(0x31)],
  };

  it('JWS-1: four members in their order, compact, unpadded base64url', () => {
    expect(showUtf8(jws.encode(parts))).toBe(
      '{"payload":"eyJhIjoiPz4_In0","protected":"e30","header":{"x5c":["MA==","MQ=="]},"signature":"__4"}',
    );
  });

  it('JWS-2: token, chain and agent in the unprotected header', () => {
    const all = { ...parts, timestampSignature: Uint8Array.of(5), signingAgent: 'a/1' };
    expect(showUtf8(jws.encode(all))).toContain(
      `"header":{"io.cncf.notary.timestampSignature":"BQ==","x5c":["MA==","MQ=="],"io.cncf.notary.signingAgent":"a/1"}`,
    );
    const read = (unprotected: Record<string, string>) =>
      open(jws, jwsText({ unprotected })).unsigned.timestampSignature;
    expect(read({ [name.timestamp]: 'BQ==' })).toEqual(Uint8Array.of(5));
    expect(read({ 'io.cncf.notary.timestamp': 'BQ==' })).toBeUndefined();
  });

  it('JWS-3, JWS-4, JWS-6: the protected header of VEC-4', () => {
    expect(showUtf8(jws.protect(plain, algorithmOf('RSA-2048')))).toBe(
      '{"alg":"PS256","crit":["io.cncf.notary.signingScheme"],"cty":"application/vnd.cncf.notary.payload.v1+json",' +
        '"io.cncf.notary.signingScheme":"notary.x509","io.cncf.notary.signingTime":"2026-11-21T02:25:38Z"}',
    );
    const names = signatureAlgorithms.map(({ jws }) => jws);
    expect(names.toSorted()).toEqual(['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512']);
  });

  it('JWS-5: crit in its own order, VEC-3', () => {
    expect(protectedText(authorityAttributes)).toBe(
      '{"alg":"ES256","crit":["io.cncf.notary.signingScheme","io.cncf.notary.verificationPlugin",' +
        '"io.cncf.notary.verificationPluginMinVersion","io.cncf.notary.authenticSigningTime","io.cncf.notary.expiry"],' +
        '"cty":"application/vnd.cncf.notary.payload.v1+json","io.cncf.notary.authenticSigningTime":"2022-11-02T17:56:52Z",' +
        '"io.cncf.notary.expiry":"2022-11-02T18:56:52Z","io.cncf.notary.signingScheme":"notary.x509.signingAuthority",' +
        '"io.cncf.notary.verificationPlugin":"com.example.p","io.cncf.notary.verificationPluginMinVersion":"1.0.0"}',
    );
  });

  it('JWS-6: any offset is read', () => {
    const { signed } = open(jws, jwsWith({ [name.signingTime]: '2026-11-21T10:18:48+08:00' }));
    expect(signed.signingTime).toEqual(new Date('2026-11-21T02:18:48Z'));
  });

  it('JWS-7: each scheme its own time; extended keys are text and their own', () => {
    expect(protectedText(plain)).not.toContain(name.authenticSigningTime);
    expect(protectedText(plain)).not.toContain(name.expiry);
    expect(protectedText(authorityAttributes)).not.toContain(name.signingTime);
    const extended = (...keys: (string | number)[]) =>
      outcome(() => protectedText({ ...plain, extended: keys.map((key) => ({ key, critical: false, value: 'x' })) }));
    expect(extended('com.example.a', 'com.example.b')).toBe('ok');
    expect([extended(4), extended('alg'), extended(name.expiry), extended('a', 'a')]).toEqual(
      Array<string>(4).fill('ENVELOPE_UNSUPPORTED'),
    );
  });

  it('JWS-8: the signature covers protected.payload', () => {
    const members = jwsMembers();
    const { toBeSigned, signature } = jws.decode(encodeUtf8(JSON.stringify(members)));
    expect(showUtf8(toBeSigned)).toBe(`${String(members.protected)}.${String(members.payload)}`);
    expect(showUtf8(jws.toBeSigned(encodeUtf8('{}'), encodeUtf8('{}')))).toBe('e30.e30');
    const key = { key: signer.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    expect(verify('sha256', toBeSigned, key, signature)).toBe(true);
    expect(judgeJws(JSON.stringify({ ...members, payload: 'e30' }))).toBe('SIGNATURE_MISMATCH');
    const later = jwsMembers({ header: { [name.signingTime]: '2023-11-14T22:13:21Z' } });
    expect(judgeJws(JSON.stringify({ ...members, protected: later.protected }))).toBe('SIGNATURE_MISMATCH');
  });

  it('JWS-9: the payload is the sorted one', () => {
    expect(showUtf8(jws.payload({ mediaType, digest, size: 251 }))).toBe(
      `{"targetArtifact":{"digest":"${digest}","mediaType":"${mediaType}","size":251}}`,
    );
  });
});

describe('JWS, reading', () => {
  it('JWS-10: one object, white space around it, unknown members ignored', () => {
    const good = jwsText();
    accepted({
      good,
      'white space': ` \t${good}\r\n`,
      'members at the top': jwsText({ members: { signatures: [], x: 1 } }),
      'members of header': jwsText({ unprotected: { x: {} } }),
    });
    malformed({
      'a second value': `${good}{}`,
      'bytes after it': `${good}x`,
      'an array': `[${good}]`,
      'general serialisation': JSON.stringify({ ...jwsMembers(), protected: undefined, signatures: [] }),
      nothing: '',
    });
  });

  it('JWS-11: names are exact, and stand once', () => {
    const { payload, ...rest } = jwsMembers();
    malformed({
      'payload twice, the last good': jwsText().replace('{"payload"', '{"payload":"e30","payload"'),
      'payload twice, the first good': jwsText().replace(/}$/, ',"payload":"e30"}'),
      'payload in capitals': JSON.stringify({ Payload: payload, ...rest }),
      'scheme in capitals': jwsWith({ [name.scheme]: undefined, [name.scheme.toUpperCase()]: 'notary.x509' }),
      'x5c in capitals': jwsText({ unprotected: { x5c: undefined, X5C: x5c() } }),
    });
  });

  it('JWS-12: base64 of the right kind, canonical', () => {
    const members = jwsMembers() as Record<string, string>;
    const change = (key: string, value: string) => JSON.stringify({ ...members, [key]: value });
    const [leaf = '', ...issuers] = x5c();
    malformed({
      'padded payload': change('payload', `${members.payload}=`),
      'padded protected': change('protected', `${members.protected}=`),
      'padded signature': change('signature', `${members.signature}==`),
      'standard alphabet': change('signature', `+/+/${members.signature?.slice(4)}`),
      'line break': change('payload', `${members.payload?.slice(0, 4)}\n${members.payload?.slice(4)}`),
      'unused bits': change('signature', `${members.signature?.slice(0, -1)}B`),
      'x5c URL-safe': jwsText({
        unprotected: { x5c: [Buffer.from(signer.certificate).toString('base64url'), ...issuers] },
      }),
      'x5c with line break': jwsText({ unprotected: { x5c: [`${leaf.slice(0, 64)}\n${leaf.slice(64)}`, ...issuers] } }),
      'token unpadded': jwsText({ unprotected: { [name.timestamp]: 'BQ' } }),
    });
  });

  it('JWS-13: x5c is a non-empty array of certificates', () => {
    const chain = (value: unknown) => jwsText({ unprotected: { x5c: value } });
    malformed({ absent: chain(undefined), empty: chain([]), text: chain(x5c()[0]), numbers: chain([1]) });
    expect(judgeJws(chain(['MA==']))).toBe('ASN1_MALFORMED');
    expect(judgeJws(chain([...x5c().slice(0, 2), 'MAA=']))).toBe('ASN1_MALFORMED');
  });

  it('JWS-14: a JSON object with the algorithm of the leaf key', () => {
    accepted({ 'white space after it': jwsText({ protectedText: `${JSON.stringify(jwsHeader)} \n` }) });
    malformed({
      array: jwsText({ protectedText: '[]' }),
      'bytes after it': jwsText({ protectedText: `${JSON.stringify(jwsHeader)}x` }),
      'no algorithm': jwsWith({ alg: undefined }),
      'algorithm of another curve': jwsWith({ alg: 'ES384' }),
      'algorithm of another family': jwsWith({ alg: 'PS256' }),
      'algorithm as number': jwsWith({ alg: -7 }),
    });
    expect(['none', 'HS256', 'RS256', 'es256', 'EdDSA'].map((alg) => judgeJws(jwsWith({ alg })))).toEqual(
      Array<string>(5).fill('ENVELOPE_UNSUPPORTED'),
    );
  });

  it('JWS-15: crit lists what it must, and then only extended headers that are there', () => {
    const crit = (...entries: unknown[]) => jwsWith({ crit: [name.scheme, ...entries], 'com.example.a': 'x' });
    const expiry = '2033-01-01T00:00:00Z';
    accepted({
      expiry: jwsWith({ crit: [name.scheme, name.expiry], [name.expiry]: expiry }),
      authority: jwsWith(authority),
    });
    // Found in order, but critical and unknown (D1).
    expect(judgeJws(crit('com.example.a'))).toBe('ENVELOPE_UNSUPPORTED');
    malformed({
      absent: jwsWith({ crit: undefined }),
      empty: jwsWith({ crit: [] }),
      'without scheme': jwsWith({ crit: ['com.example.a'], 'com.example.a': 'x' }),
      'without expiry': jwsWith({ [name.expiry]: expiry }),
      'without authentic time': jwsWith({ ...authority, crit: [name.scheme] }),
      'scheme twice': crit(name.scheme),
      alg: crit('alg'),
      cty: crit('cty'),
      crit: crit('crit'),
      'signing time': crit(name.signingTime),
      'what is absent': crit('com.example.b'),
      'another case': crit('Com.example.a'),
      'expiry that is null': jwsWith({ crit: [name.scheme, name.expiry], [name.expiry]: null }),
      'no text': crit(1),
      'no array': jwsWith({ crit: name.scheme }),
    });
    accepted({ 'expiry null and not listed': jwsWith({ [name.expiry]: null }) });
  });

  it('JWS-16: the scheme and its time', () => {
    malformed({
      'authentic time under notary.x509': jwsWith({ [name.authenticSigningTime]: '2023-11-14T22:13:20Z' }),
      'signing time under signingAuthority': jwsWith({ ...authority, [name.signingTime]: '2023-11-14T22:13:20Z' }),
      'no signing time': jwsWith({ [name.signingTime]: undefined }),
      'no authentic time': jwsWith({ ...authority, [name.authenticSigningTime]: undefined }),
      'no scheme': jwsWith({ [name.scheme]: undefined }),
    });
    expect(judgeJws(jwsWith({ [name.scheme]: 'notary.x509.other' }))).toBe('ENVELOPE_UNSUPPORTED');
    expect(judgeJws(jwsWith({ [name.scheme]: 'Notary.x509' }))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it('JWS-17: RFC 3339 in capitals', () => {
    const time = (value: unknown) => jwsWith({ [name.signingTime]: value });
    const good = ['2023-11-14T22:13:20.5Z', '2023-11-14T22:13:20.123456789Z', '2023-11-14T22:13:20-09:30'];
    accepted(Object.fromEntries(good.map((value) => [value, time(value)])));
    const bad = [
      ...['2023-11-14t22:13:20Z', '2023-11-14T22:13:20z', '2023-11-14T22:13:20', '2023-11-14 22:13:20Z', '2023-11-14'],
      ...['2023-11-14T2:13:20Z', '2023-11-14T22:13:20,5Z', '2023-02-29T00:00:00Z', '2023-11-14T24:00:00Z', ''],
      ...['2023-11-14T22:13:20+24:00', '0000-01-01T00:00:00Z', '10000-01-01T00:00:00Z'],
      ...['2023-11-14T22:13:20+0800', '2023-11-14T22:13:20Z ', '0001-01-01T00:00:00Z'],
    ];
    malformed(
      Object.fromEntries([...bad, 1_700_000_000, null, {}].map((value) => [JSON.stringify(value), time(value)])),
    );
  });

  it('JWS-18: other headers are extended attributes, b64 is refused', () => {
    const { signed } = open(jws, jwsWith({ typ: 'x', kid: '1' }));
    expect(signed.extended).toEqual([
      { key: 'typ', critical: false, value: 'x' },
      { key: 'kid', critical: false, value: '1' },
    ]);
    const refused = {
      critical: jwsWith({ b64: false, crit: [name.scheme, 'b64'] }),
      'not critical': jwsWith({ b64: false }),
      true: jwsWith({ b64: true }),
    };
    expect(judgeAllJws(refused)).toEqual(all(refused, 'ENVELOPE_UNSUPPORTED'));
  });

  it('JWS-19: any PSS salt, exact ECDSA length', async () => {
    const rsa = await codeSigningChain({ keySpec: 'RSA-2048' });
    const salted = (saltLength: number) => judgeJws(jwsText({ header: { alg: 'PS256' }, signer: rsa, saltLength }));
    expect([32, 0, 20, 222].map(salted)).toEqual(Array<string>(4).fill('ok'));
    const { signature } = jwsMembers() as { signature: string };
    const raw = Buffer.from(signature, 'base64url');
    const resized = (bytes: Buffer) => judgeJws(jwsText({ members: { signature: bytes.toString('base64url') } }));
    expect([resized(raw.subarray(0, 63)), resized(Buffer.concat([Buffer.of(0), raw]))]).toEqual([
      'SIGNATURE_MISMATCH',
      'SIGNATURE_MISMATCH',
    ]);
  });

  it('JWS-20: signature, content type and expiry', () => {
    const expiry = (time: string) => jwsWith({ crit: [name.scheme, name.expiry], [name.expiry]: time });
    accepted({ later: expiry('2023-11-14T22:13:21Z') });
    malformed({
      'empty signature': jwsText({ members: { signature: '' } }),
      'no signature': jwsText({ members: { signature: undefined } }),
      'expiry at signing time': expiry('2023-11-14T22:13:20Z'),
      'expiry before it': expiry('2023-11-14T22:13:19Z'),
      'no content type': jwsWith({ cty: undefined }),
    });
    expect(judgeJws(jwsWith({ cty: 'application/json' }))).toBe('ENVELOPE_UNSUPPORTED');
  });
});
