import { describe, expect, it } from 'vitest';

import { encodeHex, encodeUtf8 } from '../../../shared/bytes.ts';
import { algorithmOf } from '../../../shared/crypto/algorithm.ts';
import { cose } from '../../../shared/envelope/cose.ts';
import { payloadContentType } from '../../../shared/envelope/payload.ts';
import { hasCode } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { array, bytes, head, hex, int, join, map, nil, tag, text } from './cbor-bytes.ts';
import type { Part } from './cbor-bytes.ts';

const scheme = 'io.cncf.notary.signingScheme';
const signingTime = 'io.cncf.notary.signingTime';
const authenticSigningTime = 'io.cncf.notary.authenticSigningTime';
const expiry = 'io.cncf.notary.expiry';
const agent = 'io.cncf.notary.signingAgent';
const timestamp = 'io.cncf.notary.timestampSignature';

// VEC-1
const vector1 =
  'a50138240281781c696f2e636e63662e6e6f746172792e7369676e696e67536368656d6503782b6170706c69636174696f6e2f766e642e636e6' +
  '3662e6e6f746172792e7061796c6f61642e76312b6a736f6e781a696f2e636e63662e6e6f746172792e7369676e696e6754696d65c11a640ffb' +
  'e2781c696f2e636e63662e6e6f746172792e7369676e696e67536368656d656b6e6f746172792e78353039';
// VEC-2
const vector2 =
  'a801260285781c696f2e636e63662e6e6f746172792e7369676e696e67536368656d657823696f2e636e63662e6e6f746172792e61757468656' +
  'e7469635369676e696e6754696d6575696f2e636e63662e6e6f746172792e6578706972797821696f2e636e63662e6e6f746172792e76657269' +
  '6669636174696f6e506c7567696e782b696f2e636e63662e6e6f746172792e766572696669636174696f6e506c7567696e4d696e56657273696' +
  'f6e03782b6170706c69636174696f6e2f766e642e636e63662e6e6f746172792e7061796c6f61642e76312b6a736f6e75696f2e636e63662e6e' +
  '6f746172792e657870697279c11a6362bd74781c696f2e636e63662e6e6f746172792e7369676e696e67536368656d65781c6e6f746172792e7' +
  '83530392e7369676e696e67417574686f726974797821696f2e636e63662e6e6f746172792e766572696669636174696f6e506c7567696e6d63' +
  '6f6d2e6578616d706c652e707823696f2e636e63662e6e6f746172792e61757468656e7469635369676e696e6754696d65c11a6362af64782b6' +
  '96f2e636e63662e6e6f746172792e766572696669636174696f6e506c7567696e4d696e56657273696f6e65312e302e30';

type Pairs = readonly (readonly [Part, Part])[];

const defaults: ReadonlyMap<string | number, Part> = new Map<string | number, Part>()
  .set(1, int(-7))
  .set(2, array(text(scheme)))
  .set(3, text(payloadContentType))
  .set(signingTime, tag(1, int(1_700_000_000)))
  .set(scheme, text('notary.x509'));

/** The protected header of a good envelope with some labels changed, or left out where the part is undefined. */
function header(changes: readonly (readonly [string | number, Part | undefined])[] = []): Part {
  const pairs: (readonly [Part, Part])[] = [];
  for (const [label, part] of new Map<string | number, Part | undefined>([...defaults, ...changes])) {
    if (part !== undefined) pairs.push([typeof label === 'number' ? int(label) : text(label), part]);
  }
  return map(...pairs);
}

const chain = [int(33), array(bytes(hex('30')), bytes(hex('31')))] as const;

interface Parts {
  readonly protectedHeader?: Part;
  readonly unprotected?: Part;
  readonly payload?: Part;
  readonly signature?: Part;
}

function message({ protectedHeader, unprotected, payload, signature }: Parts = {}): Part {
  return join(
    hex('d284'),
    protectedHeader ?? bytes(header()),
    unprotected ?? map(chain),
    payload ?? bytes(encodeUtf8('{}')),
    signature ?? bytes(new Uint8Array(64)),
  );
}

function codeOf(input: Part): ErrorCode | 'none' {
  try {
    cose.decode(input);
  } catch (error) {
    if (hasCode(error, 'ENVELOPE_MALFORMED', 'ENVELOPE_UNSUPPORTED')) return error.code;
    throw error;
  }
  return 'none';
}

const withHeader = (...changes: readonly (readonly [string | number, Part | undefined])[]) =>
  message({ protectedHeader: bytes(header(changes)) });
const withUnprotected = (...pairs: Pairs) => message({ unprotected: map(...pairs) });

const authority = [
  [scheme, text('notary.x509.signingAuthority')],
  [2, array(text(scheme), text(authenticSigningTime))],
  [authenticSigningTime, tag(1, int(1_600_000_000))],
] as const;

describe('writing COSE', () => {
  const signed = { contentType: payloadContentType, signingScheme: 'notary.x509', extended: [] } as const;

  it('writes the protected header of VEC-1 (COSE-3, COSE-4, COSE-6)', () => {
    const attributes = { ...signed, signingTime: new Date(1_678_769_122_999) };
    expect(encodeHex(cose.protect(attributes, algorithmOf('RSA-2048')))).toBe(vector1);
  });

  it('writes the protected header of VEC-2 (COSE-4, COSE-5)', () => {
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
    expect(encodeHex(cose.protect(attributes, algorithmOf('EC-256')))).toBe(vector2);
  });

  it.each([
    ['a name of the format itself', 'io.cncf.notary.expiry', 'x'],
    ['a value that is no text', 'com.example.a', 1],
    ['a label that is no text', 4, 'x'],
  ])('refuses an extended attribute with %s', (_what, key, value) => {
    const attributes = { ...signed, signingTime: new Date(0), extended: [{ key, critical: false, value }] };
    expect(() => cose.protect(attributes, algorithmOf('EC-256'))).toThrow(/extended attribute/);
  });

  it('writes the message with nothing but what was given (COSE-1, COSE-7)', () => {
    const parts = {
      protectedHeader: header(),
      payload: encodeUtf8('{}'),
      signature: hex('0102'),
      certificateChain: [hex('30')],
    };
    expect(cose.encode(parts)).toStrictEqual(
      join(
        hex('d284'),
        bytes(header()),
        map([int(33), array(bytes(hex('30')))]),
        bytes(parts.payload),
        bytes(hex('0102')),
      ),
    );
    const all = cose.encode({ ...parts, timestampSignature: hex('05'), signingAgent: 'a/1' });
    expect(all).toStrictEqual(
      join(
        hex('d284'),
        bytes(header()),
        map([int(33), array(bytes(hex('30')))], [text(agent), text('a/1')], [text(timestamp), bytes(hex('05'))]),
        bytes(parts.payload),
        bytes(hex('0102')),
      ),
    );
  });
});

describe('reading COSE', () => {
  it('reads what stands there', () => {
    const envelope = cose.decode(
      message({
        protectedHeader: bytes(
          header([
            [2, array(text(scheme), text(expiry), text('com.example.a'))],
            [expiry, tag(1, int(1_700_000_001))],
            ['com.example.a', text('x')],
            [4, bytes(hex('01'))],
          ]),
        ),
        unprotected: map(chain, [text(agent), text('a/1')], [text(timestamp), bytes(hex('05'))]),
      }),
    );
    expect(envelope.signed).toStrictEqual({
      contentType: payloadContentType,
      signingScheme: 'notary.x509',
      signingTime: new Date('2023-11-14T22:13:20Z'),
      expiry: new Date('2023-11-14T22:13:21Z'),
      extended: [
        { key: 'com.example.a', critical: true, value: 'x' },
        { key: 4, critical: false, value: hex('01') },
      ],
    });
    expect(envelope.unsigned).toStrictEqual({
      certificateChain: [hex('30'), hex('31')],
      signingAgent: 'a/1',
      timestampSignature: hex('05'),
    });
    expect(envelope.algorithm).toBe(algorithmOf('EC-256'));
    expect(envelope.mediaType).toBe('application/cose');
    expect(envelope.payload).toStrictEqual(encodeUtf8('{}'));
    expect(envelope.signature).toStrictEqual(new Uint8Array(64));
  });

  it('reads its own vectors back', () => {
    const { signed } = cose.decode(message({ protectedHeader: bytes(hex(vector2)) }));
    expect(signed.signingTime).toStrictEqual(new Date(1_667_411_812_000));
    expect(signed.expiry).toStrictEqual(new Date(1_667_415_412_000));
    expect(signed.extended.map(({ critical, value }) => [critical, value])).toStrictEqual([
      [true, 'com.example.p'],
      [true, '1.0.0'],
    ]);
  });

  it('makes the bytes to be signed from the received header, with a minimal head (COSE-8)', () => {
    const expected = join(
      array(text('Signature1'), bytes(header()), bytes(hex('')), bytes(encodeUtf8('{}'))), //
    );
    const wideHead = join(head(2, header().length, 8), header());
    expect(cose.decode(message()).toBeSigned).toStrictEqual(expected);
    expect(cose.decode(message({ protectedHeader: wideHead })).toBeSigned).toStrictEqual(expected);
  });

  it('keeps the received order and integer widths in the bytes to be signed (COSE-14)', () => {
    const labels = [...defaults].reverse().map(([label, part]) => {
      const key = typeof label === 'number' ? head(0, label, 8) : text(label);
      return [key, part] as const;
    });
    const odd = map(...labels);
    const envelope = cose.decode(message({ protectedHeader: bytes(odd) }));
    expect(envelope.toBeSigned).toStrictEqual(cose.toBeSigned(odd, encodeUtf8('{}')));
    expect(envelope.signed.extended).toStrictEqual([]);
  });

  it.each<[string, Part]>([
    ['nothing', hex('')],
    ['no tag', message().slice(1)],
    ['tag 18 in two bytes', join(hex('d812'), message().slice(1))],
    ['another tag', join(hex('d3'), message().slice(1))],
    ['an array of three', join(hex('d283'), message().slice(2))],
    ['an array with a wide head', join(hex('d29804'), message().slice(2))],
    ['an array without an end', join(hex('d29f'), message().slice(2), hex('ff'))],
    ['bytes after it', join(message(), hex('00'))],
    ['a cut', message().slice(0, -1)],
  ])('refuses a message with %s (COSE-11, COSE-13)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it.each<[string, Part]>([
    ['a tag in the unprotected header', withUnprotected(chain, [text('x'), tag(1, int(0))])],
    ['a tag inside an array there', withUnprotected(chain, [text('x'), array(tag(24, bytes(hex('00'))))])],
    ['a tagged payload', message({ payload: tag(24, bytes(encodeUtf8('{}'))) })],
  ])('refuses %s (COSE-12)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it('accepts tags in the protected header (COSE-12)', () => {
    expect(codeOf(withHeader(['com.example.a', tag(27, array(text('RegExp'), text('a')))]))).toBe('none');
  });

  it.each<[string, Part]>([
    ['a protected header that is null', message({ protectedHeader: nil })],
    ['a protected header that is a map', message({ protectedHeader: header() })],
    ['an empty protected header', message({ protectedHeader: bytes(hex('')) })],
    ['a protected header that holds an array', message({ protectedHeader: bytes(array()) })],
    ['a protected header with bytes after its map', message({ protectedHeader: bytes(join(header(), hex('00'))) })],
    ['an unprotected header in bytes', message({ unprotected: bytes(map(chain)) })],
    ['an unprotected header that is null', message({ unprotected: nil })],
    ['a label twice in the unprotected header', withUnprotected(chain, chain)],
    ['a label of another kind', withUnprotected(chain, [bytes(hex('01')), int(0)])],
  ])('refuses %s (COSE-13, COSE-14)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it('refuses a label twice in the protected header, through another width as well (COSE-13)', () => {
    const pairs = [...defaults].map(
      ([label, part]) => [typeof label === 'number' ? int(label) : text(label), part] as const,
    );
    expect(codeOf(message({ protectedHeader: bytes(map(...pairs, [head(0, 1, 2), int(-7)])) }))).toBe(
      'ENVELOPE_MALFORMED',
    );
  });

  it.each<[string, Part]>([
    ['a text payload', message({ payload: text('{}') })],
    ['an empty payload', message({ payload: bytes(hex('')) })],
    ['an empty signature', message({ signature: bytes(hex('')) })],
    ['a signature that is null', message({ signature: nil })],
  ])('refuses %s (COSE-16, PAY-11)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it('does not offer a detached payload (COSE-16)', () => {
    expect(codeOf(message({ payload: nil }))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it.each<[string, Part]>([
    ['no x5chain', withUnprotected()],
    ['x5chain as one byte string', withUnprotected([int(33), bytes(hex('30'))])],
    ['an empty x5chain', withUnprotected([int(33), array()])],
    ['an x5chain with something else in it', withUnprotected([int(33), array(text('x'))])],
    [
      'x5chain in the protected header alone',
      message({ protectedHeader: bytes(header([[33, array(bytes(hex('30')))]])), unprotected: map() }),
    ],
  ])('refuses %s (COSE-17, D11)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it('tolerates a further x5chain in the protected header (COSE-17)', () => {
    expect(codeOf(withHeader([33, array(bytes(hex('30')))]))).toBe('none');
  });

  it.each<[string, Part, ErrorCode]>([
    ['missing', withHeader([1, undefined]), 'ENVELOPE_MALFORMED'],
    ['text', withHeader([1, text('ES256')]), 'ENVELOPE_MALFORMED'],
    ['a float', withHeader([1, hex('f9c700')]), 'ENVELOPE_MALFORMED'],
    ['one with SHA-1', withHeader([1, head(1, 65_534)]), 'ENVELOPE_UNSUPPORTED'],
    ['EdDSA', withHeader([1, int(-8)]), 'ENVELOPE_UNSUPPORTED'],
  ])('refuses an algorithm that is %s (COSE-18)', (_what, input, code) => {
    expect(codeOf(input)).toBe(code);
  });

  it.each<[string, Part]>([
    ['missing', withHeader([3, undefined])],
    ['an integer', withHeader([3, int(50)])],
    ['a byte string', withHeader([3, bytes(hex('01'))])],
  ])('refuses a content type that is %s (COSE-19)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it.each<[string, Part, ErrorCode]>([
    ['no signing scheme', withHeader([scheme, undefined], [2, array(int(1))]), 'ENVELOPE_MALFORMED'],
    ['a scheme that is no text', withHeader([scheme, int(1)]), 'ENVELOPE_MALFORMED'],
    ['an unknown scheme', withHeader([scheme, text('notary.x509.other')]), 'ENVELOPE_UNSUPPORTED'],
    ['a scheme named as JavaScript names things', withHeader([scheme, text('toString')]), 'ENVELOPE_UNSUPPORTED'],
    ['no crit', withHeader([2, undefined]), 'ENVELOPE_MALFORMED'],
    ['crit without the scheme', withHeader([2, array(int(1))]), 'ENVELOPE_MALFORMED'],
    ['crit without the expiry', withHeader([expiry, tag(1, int(1_800_000_000))]), 'ENVELOPE_MALFORMED'],
    ['crit without authenticSigningTime', withHeader(...authority, [2, array(text(scheme))]), 'ENVELOPE_MALFORMED'],
  ])('refuses %s (COSE-20)', (_what, input, code) => {
    expect(codeOf(input)).toBe(code);
  });

  it.each<[string, Part]>([
    ['missing', withHeader([signingTime, undefined])],
    ['an untagged integer', withHeader([signingTime, int(1_700_000_000)])],
    ['text', withHeader([signingTime, text('2023-11-14T22:13:20Z')])],
    ['tag 0', withHeader([signingTime, tag(0, text('2023-11-14T22:13:20Z'))])],
    ['tag 1 around text', withHeader([signingTime, tag(1, text('1'))])],
    ['tag 1 around null', withHeader([signingTime, tag(1, nil)])],
    ['not a number', withHeader([signingTime, tag(1, hex('f97e00'))])],
    ['beyond any calendar', withHeader([signingTime, tag(1, head(0, 2n ** 62n))])],
    ["Go's zero time", withHeader([signingTime, tag(1, int(-62_135_596_800))])],
    ['missing under signingAuthority', withHeader(...authority, [authenticSigningTime, undefined])],
    ['an expiry of null', withHeader([2, array(text(scheme), text(expiry))], [expiry, nil])],
  ])('refuses a time that is %s (COSE-21, COSE-26)', (_what, input) => {
    expect(codeOf(input)).toBe('ENVELOPE_MALFORMED');
  });

  it('reads a fraction of a second (COSE-21)', () => {
    const { signed } = cose.decode(withHeader([signingTime, tag(1, hex('fb41d954fc40200000'))]));
    expect(signed.signingTime).toStrictEqual(new Date(1_700_000_000_500));
  });

  it('reads authenticSigningTime under signingAuthority, and ignores the time of the other scheme (COSE-22)', () => {
    const { signed } = cose.decode(withHeader(...authority));
    expect(signed.signingScheme).toBe('notary.x509.signingAuthority');
    expect(signed.signingTime).toStrictEqual(new Date(1_600_000_000_000));
    expect(cose.decode(withHeader([authenticSigningTime, text('whatever')])).signed.extended).toStrictEqual([]);
  });

  it('accepts further entries of crit that name what is there (COSE-22)', () => {
    const critical = array(text(scheme), int(1), int(3), text(signingTime), text(scheme));
    expect(codeOf(withHeader([2, critical]))).toBe('none');
  });

  it('takes a signing agent or a timestamp of another type for absent, and ignores what it does not know (COSE-24)', () => {
    const input = withUnprotected(chain, [text(agent), int(1)], [text(timestamp), text('x')], [text('other'), nil]);
    expect(cose.decode(input).unsigned).toStrictEqual({ certificateChain: [hex('30'), hex('31')] });
  });
});
