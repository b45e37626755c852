// The DER gate: X.690 §8, §10, §11, one refusal each.

import { BasicConstraints, Certificate as CertificateSchema } from '@peculiar/asn1-x509';
import { describe, expect, it } from 'vitest';

import { decodeChecked, decodeDer, parseDer, splitDer } from '../../../shared/x509/der.ts';
import type { DerNode } from '../../../shared/x509/der.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { refusal } from '../../support/expect-code.ts';
import { mutations } from '../../support/mutate.ts';

const source = { code: 'TIMESTAMP_INVALID', what: 'thing' } as const;
const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/[\da-f]{2}/gi) ?? [], (octet) => parseInt(octet, 16));
const zeros = (length: number): string => '00'.repeat(length);

const good: Record<string, string> = {
  'an empty SEQUENCE': '3000',
  'an empty SET': '3100',
  'BOOLEAN false': '010100',
  'BOOLEAN true': '0101ff',
  'INTEGER 0': '020100',
  'INTEGER 128': '02020080',
  'INTEGER -129': '0202ff7f',
  'an empty BIT STRING': '030100',
  'a BIT STRING with clear unused bits': '030204f0',
  'an OCTET STRING of 128 octets': `048180${zeros(128)}`,
  'an OCTET STRING of 256 octets': `04820100${zeros(256)}`,
  'an empty OCTET STRING': '0400',
  NULL: '0500',
  'an OBJECT IDENTIFIER': '06082b06010505070303',
  'an OBJECT IDENTIFIER with 0x80 inside an arc': '06032a8180'.replace('06032a8180', '06042a818000'),
  'a primitive [0] of any content': '8003000102',
  'a constructed [3]': 'a3020500',
  'a SET that is not sorted': '3106020102020101',
};

const bad: Record<string, readonly [der: string, message: RegExp]> = {
  'no byte at all': ['', /truncated/],
  'a tag without length': ['30', /truncated/],
  'content that is too short': ['0402aa', /truncated/],
  'content that reaches over its parent': ['30030402aa', /truncated/],
  'length octets that are too short': ['3082', /truncated/],
  'length octets beyond the parent': ['300204820100', /truncated|bytes follow/],
  'bytes after the element': ['050000', /1 bytes follow/],
  'an indefinite length': ['30800000', /indefinite length at byte 0/],
  'an indefinite length inside': ['300424800000', /indefinite length at byte 2/],
  'a length in long form below 128': ['04817f' + zeros(127), /not minimal/],
  'a length with a leading zero': ['04820080' + zeros(128), /not minimal/],
  'a length of five octets': ['04850000000001', /length of 5 octets/],
  'a length of 127 octets': ['04ff', /length of 127 octets/],
  'a reserved tag form': ['1f2000', /tag number above 30/],
  'end-of-contents': ['0000', /end-of-contents/],
  'BOOLEAN 1': ['010101', /BOOLEAN/],
  'BOOLEAN of two octets': ['0102ffff', /BOOLEAN/],
  'BOOLEAN of none': ['0100', /BOOLEAN/],
  'INTEGER of none': ['0200', /empty INTEGER/],
  'INTEGER padded with 00': ['0202007f', /INTEGER not minimal/],
  'INTEGER padded with ff': ['0202ff80', /INTEGER not minimal/],
  'ENUMERATED padded': ['0a020001', /INTEGER not minimal/],
  'BIT STRING of none': ['0300', /BIT STRING/],
  'BIT STRING with 8 unused bits': ['03020800', /BIT STRING/],
  'BIT STRING empty with unused bits': ['030101', /unused bits/],
  'BIT STRING with unused bits set': ['030204f1', /unused bits set/],
  'NULL with content': ['050100', /NULL with content/],
  'OBJECT IDENTIFIER of none': ['0600', /truncated OBJECT/],
  'OBJECT IDENTIFIER that ends inside an arc': ['06022a81', /truncated OBJECT/],
  'OBJECT IDENTIFIER with a padded arc': ['06032a8001', /OBJECT IDENTIFIER not minimal/],
  'OBJECT IDENTIFIER that begins padded': ['06028001', /OBJECT IDENTIFIER not minimal/],
  'an OCTET STRING in pieces': ['2404040100', /universal tag 0x24 constructed|truncated/],
  'a constructed UTF8String': ['2c03040100', /universal tag 0x2c constructed/],
  'a primitive SEQUENCE': ['1000', /not constructed/],
  'a primitive SET': ['1100', /not constructed/],
  'a fault deep inside': ['3006a0043002', /truncated/],
};

describe('parseDer', () => {
  it.each(Object.entries(good))('takes %s', (_what, text) => {
    expect(parseDer(hex(text), source).raw).toEqual(hex(text));
  });

  it.each(Object.entries(bad))('refuses %s, with the code of its source', (_what, [text, message]) => {
    const error = refusal('TIMESTAMP_INVALID', () => parseDer(hex(text), source));
    expect(error.message).toMatch(/^thing: /);
    expect(error.message).toMatch(message);
  });

  it('gives tags, raw bytes, contents and children', () => {
    const node = parseDer(hex('3009a003020105800200ff'), source);
    expect(node.tag).toBe(0x30);
    expect(node.content).toEqual(hex('a003020105800200ff'));
    const [first, second] = node.children;
    expect(first?.tag).toBe(0xa0);
    expect(first?.raw).toEqual(hex('a003020105'));
    expect(first?.children.map(({ tag, content }) => [tag, content])).toEqual([[0x02, hex('05')]]);
    expect(second?.tag).toBe(0x80);
    expect(second?.children).toEqual([]);
    expect(node.children).toHaveLength(2);
    expect(node.children).toBe(node.children);
  });

  it('gives plain bytes, also out of a Buffer that is a view into a larger one', () => {
    const buffer = Buffer.from('ffff300304010aff', 'hex').subarray(2, 7);
    const { children } = parseDer(buffer, source);
    expect(children[0]?.content).toEqual(Uint8Array.of(0x0a));
    expect(Buffer.isBuffer(children[0]?.content)).toBe(false);
  });

  it('takes 32 levels and refuses 33', () => {
    const nested = (levels: number): Uint8Array => {
      let der = hex('3000');
      for (let level = 1; level < levels; level++) der = Uint8Array.from([0x30, der.length, ...der]);
      return der;
    };
    let depth = 0;
    for (let node: DerNode | undefined = parseDer(nested(32), source); node !== undefined; node = node.children[0])
      depth++;
    expect(depth).toBe(32);
    expect(refusal('TIMESTAMP_INVALID', () => parseDer(nested(33), source)).message).toContain('deeper than 32');
  });

  it('checks ten thousand openers without exhausting the stack', () => {
    refusal('TIMESTAMP_INVALID', () => parseDer(new Uint8Array(20_000).fill(0x30), source));
  });
});

describe('a tree of very many elements', () => {
  const nulls = (count: number): Uint8Array => {
    const head = [0x30, 0x83, (count * 2) >> 16, ((count * 2) >> 8) & 0xff, (count * 2) & 0xff];
    return Uint8Array.from([...head, ...Array.from({ length: count * 2 }, (_octet, i) => (i % 2 === 0 ? 5 : 0))]);
  };

  it('is checked, and not built before somebody walks it', () => {
    expect(parseDer(nulls(100_000), source).content).toHaveLength(200_000);
    expect(() => parseDer(nulls(100_000).fill(0x0a, -2, -1), source)).toThrow(/empty INTEGER/);
  });

  it('is built up to a bound', () => {
    expect(parseDer(nulls(60_000), source).children).toHaveLength(60_000);
    const { message } = refusal('TIMESTAMP_INVALID', () => parseDer(nulls(66_000), source).children);
    expect(message).toBe('thing: more than 65536 DER elements where few are due');
  });
});

describe('splitDer', () => {
  it('gives the elements one after the other', () => {
    expect(splitDer(hex('0201050500'), source).map(({ tag }) => tag)).toEqual([0x02, 0x05]);
    expect(splitDer(new Uint8Array(), source)).toEqual([]);
  });

  it('refuses what is left over', () => {
    refusal('TIMESTAMP_INVALID', () => splitDer(hex('050005'), source));
  });
});

describe('decodeDer', () => {
  it('decodes with a schema', () => {
    expect(decodeDer(hex('30060101ff020103'), BasicConstraints, source)).toMatchObject({
      cA: true,
      pathLenConstraint: 3,
    });
  });

  it('lets no bytes through that the decoder itself would pass over', () => {
    refusal('TIMESTAMP_INVALID', () => decodeDer(hex('30000500'), BasicConstraints, source));
    refusal('TIMESTAMP_INVALID', () => decodeDer(hex('30800000'), BasicConstraints, source));
  });

  it('turns what the decoder throws into the code of the source, with the cause', () => {
    const error = refusal('TIMESTAMP_INVALID', () => decodeDer(hex('0500'), CertificateSchema, source));
    expect(error.cause).toBeInstanceOf(Error);
    expect(
      refusal('TIMESTAMP_INVALID', () =>
        decodeChecked(() => {
          throw new TypeError('x');
        }, source),
      ).cause,
    ).toBeInstanceOf(TypeError);
  });
});

it('ends in a value or in a NotaryError for damaged bytes', async () => {
  const { certificate } = await codeSigningChain();
  let accepted = 0;
  for (const mutant of mutations(certificate, 7, 3000)) {
    try {
      walk(parseDer(mutant, source));
      accepted++;
    } catch (error) {
      expect(error).toHaveProperty('code', 'TIMESTAMP_INVALID');
    }
  }
  expect(accepted).toBeGreaterThan(100);
});

/** The children of an accepted node always cover its content. */
function walk(node: DerNode): void {
  if (node.children.length === 0) return;
  expect(node.children.reduce((sum, { raw }) => sum + raw.length, 0)).toBe(node.content.length);
  for (const child of node.children) walk(child);
}
