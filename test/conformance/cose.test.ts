// The COSE envelope. Signature Envelope COSE; RFC 9052.

import { Buffer } from 'node:buffer';
import { constants, verify } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { encodeHex } from '../../shared/bytes.ts';
import { algorithmOf } from '../../shared/crypto/algorithm.ts';
import type { KeySpec } from '../../shared/crypto/algorithm.ts';
import { cose } from '../../shared/envelope/cose.ts';
import type { SignedAttributes } from '../../shared/envelope/envelope.ts';
import { pemKeyProvider } from '../../shared/keys/pem.ts';
import { readPemCertificates } from '../../shared/x509/read-certificates.ts';
import { codeSigningChain } from '../support/ca.ts';
import { array, bytes, head, hex, int, join, map, nil, tag, text } from '../unit/envelope/cbor-bytes.ts';
import type { Part } from '../unit/envelope/cbor-bytes.ts';
import {
  contentType,
  coseBytes,
  coseLabels,
  coseWith,
  judgeAllCose,
  judgeCose,
  label,
  name,
  open,
  payload,
  signer,
  x5chain,
} from './envelopes.ts';
import type { Pair } from './envelopes.ts';
import { all } from './outcome.ts';

const malformed = (cases: Readonly<Record<string, Uint8Array>>): void => {
  expect(judgeAllCose(cases)).toEqual(all(cases, 'ENVELOPE_MALFORMED'));
};
const accepted = (cases: Readonly<Record<string, Uint8Array>>): void => {
  expect(judgeAllCose(cases)).toEqual(all(cases, 'ok'));
};

const signed = { contentType, signingScheme: 'notary.x509', extended: [] } as const;
const plugin = [
  { key: name.plugin, critical: true, value: 'com.example.p' },
  { key: name.pluginMinVersion, critical: true, value: '1.0.0' },
];
const authorityAttributes: SignedAttributes = {
  ...{ contentType, signingScheme: 'notary.x509.signingAuthority', extended: plugin },
  ...{ signingTime: new Date(1_667_411_812_000), expiry: new Date(1_667_415_412_000) },
};

/** A header map by hand: labels and what stands under them. */
const headerMap = (...pairs: readonly (readonly [string | number, Part])[]): Part =>
  map(...pairs.map(([key, part]) => [label(key), part] as const));

const authority = [
  [name.scheme, text('notary.x509.signingAuthority')],
  [2, array(text(name.scheme), text(name.authenticSigningTime))],
  [name.authenticSigningTime, tag(1, int(1_700_000_000))],
  [name.signingTime, undefined],
] as const;
const withExpiry = (part: Part) =>
  [
    [2, array(text(name.scheme), text(name.expiry))],
    [name.expiry, part],
  ] as const;

describe('COSE, writing', () => {
  const parts = {
    protectedHeader: hex('a0'),
    payload: Buffer.from('{}'),
    signature: hex('0102'),
    certificateChain: [hex('30')],
  };

  it('COSE-1: tag 18 in one byte, then an array of four', () => {
    const body = join(
      bytes(hex('a0')),
      map([int(33), array(bytes(hex('30')))]),
      bytes(parts.payload),
      bytes(hex('0102')),
    );
    expect(cose.encode(parts)).toStrictEqual(join(hex('d284'), body));
  });

  it('COSE-2: definite lengths, shortest heads, keys in bytewise order', () => {
    const attributes = {
      ...signed,
      signingTime: new Date(0),
      extended: [{ key: 'z', critical: false, value: 'x'.repeat(300) }],
    };
    expect(cose.protect(attributes, algorithmOf('EC-256'))).toStrictEqual(
      headerMap(
        [1, int(-7)],
        [2, array(text(name.scheme))],
        [3, text(contentType)],
        ['z', text('x'.repeat(300))],
        [name.signingTime, tag(1, int(0))],
        [name.scheme, text('notary.x509')],
      ),
    );
  });

  it('COSE-3: the protected header of VEC-1', () => {
    const attributes = { ...signed, signingTime: new Date(1_678_769_122_000) };
    expect(cose.protect(attributes, algorithmOf('RSA-2048'))).toStrictEqual(
      headerMap(
        [1, int(-37)],
        [2, array(text(name.scheme))],
        [3, text(contentType)],
        [name.signingTime, tag(1, int(1_678_769_122))],
        [name.scheme, text('notary.x509')],
      ),
    );
    expect(encodeHex(cose.protect(attributes, algorithmOf('RSA-2048'))).slice(0, 22)).toBe('a50138240281781c696f2e');
  });

  it('COSE-4, COSE-5: order of keys and of crit, VEC-2', () => {
    const critical = [name.scheme, name.authenticSigningTime, name.expiry, name.plugin, name.pluginMinVersion];
    const header = cose.protect(authorityAttributes, algorithmOf('EC-256'));
    expect(header).toStrictEqual(
      headerMap(
        [1, int(-7)],
        [2, array(...critical.map(text))],
        [3, text(contentType)],
        [name.expiry, tag(1, int(1_667_415_412))],
        [name.scheme, text('notary.x509.signingAuthority')],
        [name.plugin, text('com.example.p')],
        [name.authenticSigningTime, tag(1, int(1_667_411_812))],
        [name.pluginMinVersion, text('1.0.0')],
      ),
    );
    expect(encodeHex(header)).toMatch(/^a801260285781c696f2e636e6366.*65312e302e30$/);
  });

  it('COSE-6: times are cut to the second', () => {
    const at = (time: number) =>
      encodeHex(cose.protect({ ...signed, signingTime: new Date(time) }, algorithmOf('EC-256')));
    expect(at(1_678_769_122_999)).toContain(encodeHex(hex('c11a640ffbe2')));
    expect(at(1_678_769_122_999)).toBe(at(1_678_769_122_000));
  });

  it('COSE-7: x5chain is an array even for one certificate, then agent and timestamp', () => {
    const unprotected = map(
      [int(33), array(bytes(hex('30')), bytes(hex('31')))],
      [text(name.agent), text('a/1')],
      [text(name.timestamp), bytes(hex('05'))],
    );
    const full = {
      ...parts,
      certificateChain: [hex('30'), hex('31')],
      timestampSignature: hex('05'),
      signingAgent: 'a/1',
    };
    expect(Buffer.from(cose.encode(full)).includes(Buffer.from(unprotected))).toBe(true);
    expect(Buffer.from(cose.encode(parts)).includes(Buffer.from(map([int(33), array(bytes(hex('30')))])))).toBe(true);
  });

  it('COSE-8: Sig_structure, around the protected bytes as they were received', () => {
    const structure = (content: Part): Part =>
      array(text('Signature1'), bytes(content), bytes(hex('')), bytes(payload));
    expect(cose.toBeSigned(hex('a0'), payload)).toStrictEqual(structure(hex('a0')));
    const content = map(...coseLabels().toReversed());
    const wide = coseBytes({ content, protectedPart: join(head(2, content.length, 8), content) });
    expect(cose.decode(wide).toBeSigned).toStrictEqual(structure(content));
    expect(judgeCose(wide)).toBe('ok');
  });

  it.each<[KeySpec, string, number]>([
    ['EC-256', 'sha256', 64],
    ['EC-384', 'sha384', 96],
    ['EC-521', 'sha512', 132],
    ['RSA-2048', 'sha256', 256],
    ['RSA-3072', 'sha384', 384],
  ])('COSE-9: signatures of %s', async (keySpec, hash, length) => {
    const issued = await codeSigningChain({ keySpec });
    const provider = pemKeyProvider({
      privateKey: issued.keyPem,
      certificateChain: readPemCertificates(issued.chainPem),
    });
    const { signature } = await provider.generateSignature(payload, keySpec);
    expect(signature).toHaveLength(length);
    const key = issued.publicKey;
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    const options = keySpec.startsWith('EC') ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : pss;
    expect(verify(hash, payload, options, signature)).toBe(true);
  });

  it('COSE-10: unprotected headers are not signed', () => {
    const unprotected = [
      x5chain(),
      [text(name.agent), text('whoever')],
      [text(name.timestamp), bytes(hex('00'))],
    ] as const;
    expect(open(cose, coseBytes({ unprotected })).unsigned).toMatchObject({ signingAgent: 'whoever' });
    expect(judgeCose(coseBytes({ payloadPart: bytes(Buffer.from('{}')) }))).toBe('SIGNATURE_MISMATCH');
  });
});

describe('COSE, parsing', () => {
  it('COSE-11: nothing but tag 18 and an array of four', () => {
    const good = coseBytes();
    accepted({ good });
    malformed({
      'no tag': good.slice(1),
      'tag in two bytes': coseBytes({ head: hex('d81284') }),
      'another tag': coseBytes({ head: hex('d184') }),
      'an array of five': join(coseBytes({ head: hex('d285') }), nil),
      'an array of three': coseBytes({ head: hex('d283') }),
      'an array with a wide head': coseBytes({ head: hex('d29804') }),
      'bytes after it': join(good, hex('00')),
      cut: good.slice(0, -1),
      nothing: hex(''),
    });
  });

  it('COSE-12: tags stand in the protected header only', () => {
    accepted({ protected: coseWith(['com.example.a', tag(24, bytes(hex('00')))]) });
    malformed({
      unprotected: coseBytes({ unprotected: [x5chain(), [text('x'), tag(1, int(0))]] }),
      'deep in unprotected': coseBytes({
        unprotected: [x5chain(), [text('x'), array(map([text('y'), tag(1, int(0))]))]],
      }),
      payload: coseBytes({ payloadPart: tag(24, bytes(payload)) }),
      signature: coseBytes({ signaturePart: tag(24, bytes(hex('00'))) }),
    });
  });

  it('COSE-13: no indefinite lengths, no key twice, no broken text, within limits', () => {
    const nested = (levels: number): Part => join(...Array.from({ length: levels }, () => hex('81')), int(0));
    const nils = (count: number): Part => join(head(4, count), new Uint8Array(count).fill(0xf6));
    const unprotected = (part: Part) => coseBytes({ unprotected: [x5chain(), [text('x'), part]] });
    const protectedWith = (...pairs: readonly Pair[]) => coseBytes({ header: [...coseLabels(), ...pairs] });
    accepted({
      '32 levels': coseWith(['x', nested(31)]),
      'long array': unprotected(nils(131_072)),
    });
    malformed({
      'indefinite array': coseBytes({ head: hex('d29f'), signaturePart: hex('ff') }),
      'indefinite unprotected map': coseBytes({ unprotectedPart: join(hex('bf'), ...x5chain(), hex('ff')) }),
      'indefinite protected map': coseBytes({ content: join(hex('bf'), ...coseLabels().flat(), hex('ff')) }),
      'indefinite text': coseWith(['x', hex('7f6161ff')]),
      'key twice, protected': protectedWith([int(1), int(-7)]),
      'key twice in another width': protectedWith([head(0, 1, 2), int(-7)]),
      'key twice, unprotected': coseBytes({ unprotected: [x5chain(), x5chain()] }),
      'simple value without meaning': coseWith(['x', hex('f8ff')]),
      'text not UTF-8': coseWith(['x', hex('62c328')]),
      'over 32 levels': coseWith(['x', nested(32)]),
      'over 131072 elements': unprotected(nils(131_073)),
    });
  });

  it('COSE-14: keys, kinds of the headers, any order and width', () => {
    const [alg, ...others] = coseLabels();
    accepted({
      'another order': coseBytes({ header: coseLabels().toReversed() }),
      'wide integers': coseBytes({ header: [[head(0, 1, 8), head(1, 6, 4)], ...others] }),
      'keys of int64': coseBytes({
        unprotected: [x5chain(), [head(0, 2n ** 63n - 1n), nil], [head(1, 2n ** 63n - 1n), nil]],
      }),
    });
    expect(alg).toBeDefined();
    malformed({
      'key of bytes': coseBytes({ unprotected: [x5chain(), [bytes(hex('01')), nil]] }),
      'key beyond int64': coseBytes({ unprotected: [x5chain(), [head(0, 2n ** 63n), nil]] }),
      'key that is a float': coseBytes({ header: [...coseLabels(), [hex('f93c00'), nil]] }),
      'protected null': coseBytes({ protectedPart: nil }),
      'protected map': coseBytes({ protectedPart: map(...coseLabels()) }),
      'protected empty': coseBytes({ content: hex('') }),
      'protected array': coseBytes({ content: array() }),
      'protected with more': coseBytes({ content: join(map(...coseLabels()), hex('00')) }),
      'unprotected null': coseBytes({ unprotectedPart: nil }),
      'unprotected bytes': coseBytes({ unprotectedPart: bytes(map(x5chain())) }),
    });
  });

  it('COSE-15: the generic rules of headers', () => {
    const unprotected = (key: number, part: Part) => coseBytes({ unprotected: [x5chain(), [int(key), part]] });
    accepted({
      typ: coseWith([16, text('application/x')]),
      'typ as number': coseWith([16, int(7)]),
      'key id': coseWith([4, bytes(hex('01'))]),
      'countersignature unprotected': unprotected(11, array()),
    });
    malformed({
      'crit unprotected': unprotected(2, array(text(name.scheme))),
      'crit empty': coseWith([2, array()]),
      'crit no array': coseWith([2, text(name.scheme)]),
      'crit of bytes': coseWith([2, array(text(name.scheme), bytes(hex('01')))]),
      'crit naming what is absent': coseWith([2, array(text(name.scheme), text('absent'))]),
      'crit naming an unprotected label': coseWith([2, array(text(name.scheme), int(33))]),
      'content type without slash': coseWith([3, text('application')]),
      'content type of two slashes': coseWith([3, text('a/b/c')]),
      'content type with space': coseWith([3, text(` ${contentType}`)]),
      'content type empty': coseWith([3, text('')]),
      'typ without slash': coseWith([16, text('x')]),
      'typ negative': coseWith([16, int(-1)]),
      'key id text': coseWith([4, text('x')]),
      'IV text': unprotected(5, text('x')),
      'both IVs': coseBytes({
        header: coseLabels([5, bytes(hex('01'))]),
        unprotected: [x5chain(), [int(6), bytes(hex('01'))]],
      }),
      'countersignature protected': coseWith([7, array()]),
      'abbreviated countersignature protected': coseWith([12, bytes(hex('01'))]),
      'countersignature that is there': unprotected(11, array(bytes(hex('01')), map(), bytes(hex('01')))),
      'countersignature of another type': unprotected(7, text('x')),
    });
  });

  it('COSE-16: payload and signature are there', () => {
    expect(judgeCose(coseBytes({ payloadPart: nil }))).toBe('ENVELOPE_UNSUPPORTED');
    malformed({
      'empty signature': coseBytes({ signaturePart: bytes(hex('')) }),
      'signature null': coseBytes({ signaturePart: nil }),
      'payload text': coseBytes({ payloadPart: text('{}') }),
    });
  });
});

describe('COSE, verifying', () => {
  it('COSE-17: x5chain only in the unprotected header, as a non-empty array', () => {
    const [, chain] = x5chain();
    accepted({ 'copy in the protected header': coseWith([33, chain]) });
    malformed({
      'protected only': coseBytes({ header: coseLabels([33, chain]), unprotected: [] }),
      absent: coseBytes({ unprotected: [] }),
      'a bare byte string': coseBytes({ unprotected: [[int(33), bytes(signer.certificate)]] }),
      empty: coseBytes({ unprotected: [[int(33), array()]] }),
      'an array of text': coseBytes({ unprotected: [[int(33), array(text('x'))]] }),
    });
  });

  it('COSE-18: the algorithm is that of the leaf key', () => {
    malformed({
      absent: coseWith([1, undefined]),
      text: coseWith([1, text('ES256')]),
      'another curve': coseWith([1, int(-35)]),
      'another family': coseWith([1, int(-37)]),
    });
    expect(judgeCose(coseWith([1, int(-8)]))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it('COSE-19: the content type is text and that of payloads', () => {
    malformed({ absent: coseWith([3, undefined]), number: coseWith([3, int(50)]) });
    expect(judgeCose(coseWith([3, text('application/json')]))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it('COSE-20: scheme, authentic time and expiry are critical', () => {
    const expiry = tag(1, int(1_800_000_000));
    accepted({ authority: coseWith(...authority), expiry: coseWith(...withExpiry(expiry)) });
    malformed({
      'no scheme': coseWith([name.scheme, undefined], [2, array(int(1))]),
      'scheme of bytes': coseWith([name.scheme, bytes(Buffer.from('notary.x509'))]),
      'no crit': coseWith([2, undefined]),
      'scheme not critical': coseWith([2, array(int(1))]),
      'authentic time not critical': coseWith(...authority, [2, array(text(name.scheme))]),
      'expiry not critical': coseWith([name.expiry, expiry]),
    });
    expect(judgeCose(coseWith([name.scheme, text('notary.x509.other')]))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it('COSE-21: times are tag 1 around a number', () => {
    const time = (part: Part | undefined) => coseWith([name.signingTime, part]);
    accepted({ fraction: time(tag(1, hex('fb41d954fc40200000'))) });
    expect(open(cose, time(tag(1, hex('fb41d954fc40200000')))).signed.signingTime).toEqual(new Date(1_700_000_000_500));
    malformed({
      absent: time(undefined),
      untagged: time(int(1_700_000_000)),
      text: time(text('2023-11-14T22:13:20Z')),
      'tag 0': time(tag(0, text('2023-11-14T22:13:20Z'))),
      'tag 1 around text': time(tag(1, text('1'))),
      'another tag around a number': time(tag(100, int(1_700_000_000))),
      'not a number': time(tag(1, hex('f97e00'))),
      'expiry null': coseWith(...withExpiry(nil)),
      'expiry untagged': coseWith(...withExpiry(int(1_800_000_000))),
      'authentic time absent': coseWith(...authority, [name.authenticSigningTime, undefined]),
      'authentic time untagged': coseWith(...authority, [name.authenticSigningTime, int(1_700_000_000)]),
    });
  });

  it('COSE-22: the time of the other scheme is ignored, and crit may list more', () => {
    accepted({
      'authentic time under notary.x509': coseWith([name.authenticSigningTime, text('whatever')]),
      'signing time under signingAuthority': coseWith(...authority, [name.signingTime, int(1)]),
      'crit lists labels that are there': coseWith([
        2,
        array(text(name.scheme), int(1), int(3), text(name.signingTime)),
      ]),
      'crit lists one twice': coseWith([2, array(text(name.scheme), text(name.scheme))]),
    });
    expect(open(cose, coseWith([name.authenticSigningTime, text('x')])).signed.extended).toEqual([]);
  });

  it('COSE-23: other protected labels are extended attributes', () => {
    const crit = array(text(name.scheme), text('com.example.a'));
    const { signed: attributes } = cose.decode(coseWith([2, crit], ['com.example.a', text('x')], [77, int(5)]));
    expect(attributes.extended).toEqual([
      { key: 'com.example.a', critical: true, value: 'x' },
      { key: 77, critical: false, value: 5 },
    ]);
  });

  it('COSE-24: agent and timestamp of the wrong type are absent', () => {
    const odd = [
      x5chain(),
      [text(name.agent), int(1)],
      [text(name.timestamp), text('x')],
      [text('other'), nil],
    ] as const;
    expect(Object.keys(open(cose, coseBytes({ unprotected: odd })).unsigned)).toEqual(['certificateChain']);
  });

  it('COSE-25: the PSS salt is as long as the hash', async () => {
    const rsa = await codeSigningChain({ keySpec: 'RSA-2048' });
    const salted = (saltLength: number) => coseBytes({ header: coseLabels([1, int(-37)]), signer: rsa, saltLength });
    expect([32, 0, 31, 33, 222].map((length) => judgeCose(salted(length)))).toEqual([
      'ok',
      ...Array<string>(4).fill('SIGNATURE_MISMATCH'),
    ]);
  });

  it('COSE-26: a signing time that is not the zero time, and an expiry after it', () => {
    const expiry = (seconds: number) => coseWith(...withExpiry(tag(1, int(seconds))));
    accepted({ 'one second later': expiry(1_700_000_001) });
    malformed({
      'the same second': expiry(1_700_000_000),
      earlier: expiry(1_699_999_999),
      'zero time': coseWith([name.signingTime, tag(1, int(-62_135_596_800))]),
    });
  });
});
