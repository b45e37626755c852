// Distinguished names: the text form (DN-2 to DN-5), the rendering of a certificate's Name (DN-8), the subset (DN-9).
// What Go renders was taken from Go itself.

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { displayName, isSubset, parseDistinguishedName, renderName } from '../../../shared/x509/name.ts';
import { encodeAttribute, encodeName } from '../../support/ca.ts';
import { sequence, tlv } from '../../support/der-writer.ts';
import { refusal } from '../../support/expect-code.ts';

const parsed = (text: string): Record<string, string> => Object.fromEntries(parseDistinguishedName(text));
const one = (type: string, value: string | Uint8Array, stringTag?: number): Uint8Array =>
  sequence(tlv(0x31, encodeAttribute(type, value, stringTag)));

describe('parseDistinguishedName', () => {
  it('reads types and values in any order, with spaces around them', () => {
    const expected = { C: 'US', ST: 'WA', O: 'Acme' };
    expect(parsed('C=US,ST=WA,O=Acme')).toEqual(expected);
    expect(parsed('  O = Acme ;  ST= WA , C =US  ')).toEqual(expected);
  });

  it('takes S for ST', () => {
    expect(parsed('C=US, S=WA, O=Acme')).toEqual({ C: 'US', ST: 'WA', O: 'Acme' });
  });

  it.each([
    ['an escaped comma', String.raw`Acme\, Inc`, 'Acme, Inc'],
    ['an escaped semicolon', String.raw`a\;b`, 'a;b'],
    ['an escaped plus', String.raw`a\+b`, 'a+b'],
    ['an escaped equals sign', String.raw`a\=b`, 'a=b'],
    ['an equals sign without escape', 'a=b', 'a=b'],
    ['an escaped backslash', String.raw`a\\b`, String.raw`a\b`],
    ['an escaped backslash before a comma', 'a\\\\', 'a\\'],
    ['escaped brackets, quotes and hash', String.raw`\<a\>\"b\"\#`, '<a>"b"#'],
    ['quotes without meaning', '"a"', '"a"'],
    ['a hash inside', 'a#b', 'a#b'],
    ['inner spaces', 'a  b', 'a  b'],
    ['an escaped leading space', String.raw`\ a`, ' a'],
    ['an escaped trailing space', 'a\\ ', 'a '],
    ['an escaped trailing space before others', 'a\\   ', 'a '],
    ['a trailing space after an escaped backslash', 'a\\\\  ', 'a\\ '],
    ['a line feed, which is not trimmed', 'a\n', 'a\n'],
    ['hexadecimal octets of UTF-8', String.raw`Lu\C4\8Di\c4\87`, 'Lučić'],
    ['a hexadecimal comma', String.raw`a\2Cb`, 'a,b'],
    ['letters beyond ASCII', 'Müller 漢字 😀', 'Müller 漢字 😀'],
    ['a tab, which is not trimmed', '\ta', '\ta'],
  ])('reads %s (DN-3)', (_what, written, value) => {
    expect(parsed(`C=US, ST=WA, O=${written},CN=x`)).toEqual({ C: 'US', ST: 'WA', O: value, CN: 'x' });
  });

  it.each([
    ['"=#" at a value (DN-2)', 'C=US, ST=WA, O=Acme, 1.2.3=#0500', /"=#"/],
    ['"=#" anywhere (DN-2)', 'C=US, ST=WA, O=a=#b', /"=#"/],
    ['a relative name of two attributes (DN-4)', 'C=US, ST=WA, O=Acme+CN=x', /several attributes/],
    ['a type twice (DN-4)', 'C=US, ST=WA, O=Acme, OU=a, OU=b', /OU occurs twice/],
    ['a type twice with one value (DN-4)', 'C=US, ST=WA, O=Acme, O=Acme', /O occurs twice/],
    ['ST and S (DN-4)', 'C=US, ST=WA, S=WA, O=Acme', /ST occurs twice/],
    ['no C (DN-5)', 'ST=WA, O=Acme', /C is missing/],
    ['no ST (DN-5)', 'C=US, O=Acme', /ST is missing/],
    ['no O (DN-5)', 'C=US, ST=WA', /O is missing/],
    ['an empty O (DN-5)', 'C=US, ST=WA, O=', /O is missing/],
    ['an O of spaces (DN-5)', 'C=US, ST=WA, O=  ', /O is missing/],
    ['c for C (DN-5)', 'c=US, ST=WA, O=Acme', /C is missing/],
    ['an OID for C (DN-5)', '2.5.4.6=US, ST=WA, O=Acme', /C is missing/],
    ['nothing', '', /C is missing/],
    ['spaces', '   ', /not of the form/],
    ['a part without equals sign', 'C=US, ST=WA, O=Acme, x', /not of the form/],
    ['a part without type', 'C=US, ST=WA, O=Acme, =x', /not of the form/],
    ['a comma at the end', 'C=US, ST=WA, O=Acme,', /not of the form/],
    ['two commas', 'C=US,, ST=WA, O=Acme', /not of the form/],
    ['an equals sign that is escaped', String.raw`C=US, ST=WA, O=Acme, a\=b`, /not of the form/],
    ['a backslash at the end', 'C=US, ST=WA, O=Acme\\', /escape/],
    ['half an octet', String.raw`C=US, ST=WA, O=Acme\4`, /escape/],
    ['an escape that does not exist', String.raw`C=US, ST=WA, O=Ac\me`, /escape/],
    ['octets that are not UTF-8', String.raw`C=US, ST=WA, O=Acme\E9`, /UTF-8/],
  ])('refuses %s', (_what, text, message) => {
    const error = refusal('NAME_INVALID', () => parseDistinguishedName(text));
    expect(error.message).toMatch(/^distinguished name: /);
    expect(error.message).toMatch(message);
  });

  it('takes a type twice where the first value is empty, as the reference does', () => {
    expect(parsed('C=US, ST=WA, O=Acme, OU=, OU=b')).toEqual({ C: 'US', ST: 'WA', O: 'Acme', OU: 'b' });
  });

  it('keeps types that are names of object members', () => {
    const name = parseDistinguishedName('C=US, ST=WA, O=Acme, __proto__=x, constructor=y');
    expect([...name.keys()]).toEqual(['C', 'ST', 'O', '__proto__', 'constructor']);
  });

  it('reads any number of escaped octets', () => {
    expect(parsed(`C=US, ST=WA, O=${'\\C3\\A9x'.repeat(100_000)}`).O).toBe('éx'.repeat(100_000));
  });

  it('reads a hundred thousand backslashes in no time', () => {
    const text = `C=US, ST=WA, O=${'\\\\'.repeat(100_000)}`;
    expect(parsed(text).O).toHaveLength(100_000);
  });
});

describe('isSubset (DN-9)', () => {
  const name = (text: string): ReadonlyMap<string, string> => parseDistinguishedName(text);
  const subject = name('C=US, ST=WA, O=Acme, OU=Signing, CN=x');

  it('asks for every pair of the identity', () => {
    expect(isSubset(name('C=US, ST=WA, O=Acme'), subject)).toBe(true);
    expect(isSubset(name('CN=x, O=Acme, ST=WA, C=US, OU=Signing'), subject)).toBe(true);
    expect(isSubset(name('C=US, ST=WA, O=Acme, L=Seattle'), subject)).toBe(false);
    expect(isSubset(subject, name('C=US, ST=WA, O=Acme'))).toBe(false);
  });

  it('compares case, spaces and characters exactly', () => {
    expect(isSubset(name('C=US, ST=WA, O=acme'), subject)).toBe(false);
    expect(isSubset(name('C=US, ST=WA, O=Ac me'), subject)).toBe(false);
    const composed = name('C=US, ST=WA, O=Ren\u00e9');
    expect(isSubset(composed, name('C=US, ST=WA, O=Rene\u0301'))).toBe(false);
    expect(isSubset(composed, name(String.raw`C=US, ST=WA, O=Ren\C3\A9`))).toBe(true);
  });

  it('lets a pair with an empty value match an absent attribute', () => {
    expect(isSubset(name('C=US, ST=WA, O=Acme, L='), subject)).toBe(true);
    expect(isSubset(name('C=US, ST=WA, O=Acme, OU='), subject)).toBe(false);
  });

  it('finds no attribute in the prototype of anything', () => {
    expect(isSubset(name('C=US, ST=WA, O=Acme, constructor=x'), subject)).toBe(false);
  });
});

describe('renderName (DN-8)', () => {
  it.each([
    ['C=US, ST=WA, L=Seattle, O=Acme, OU=Signing, CN=x', 'CN=x,OU=Signing,O=Acme,L=Seattle,ST=WA,C=US'],
    ['CN=x, O=Acme, C=US', 'CN=x,O=Acme,C=US'],
    [
      'C=US, ST=WA, L=S, STREET=1 Way, POSTALCODE=98101, O=A, OU=U, CN=x, SERIALNUMBER=42',
      'SERIALNUMBER=42,CN=x,OU=U,O=A,POSTALCODE=98101,STREET=1 Way,L=S,ST=WA,C=US',
    ],
    ['C=US, OU=a, OU=b, O=Acme', 'OU=a+OU=b,O=Acme,C=US'],
    ['C=US+ST=WA, O=Acme', 'O=Acme,ST=WA,C=US'],
    ['CN=first, CN=last, C=US', 'CN=last,C=US'],
    ['SERIALNUMBER=1, SERIALNUMBER=2, C=US', 'SERIALNUMBER=2,C=US'],
    ['CN=, C=US', 'C=US'],
    ['C=, O=', 'O=,C='],
    ['', ''],
    ['C=US, emailAddress=a@b, O=Acme', 'O=Acme,C=US,1.2.840.113549.1.9.1=#1603614062'],
    ['DC=com, DC=acme, CN=x', 'CN=x,0.9.2342.19200300.100.1.25=#160461636d65,0.9.2342.19200300.100.1.25=#1603636f6d'],
    ['1.2.3.4=x, C=US', 'C=US,1.2.3.4=#0c0178'],
  ])('renders %s as Go does', (written, expected) => {
    expect(renderName(encodeName(written))).toBe(expected);
  });

  it.each([
    ['a,b', String.raw`O=a\,b`],
    ['a+b', String.raw`O=a\+b`],
    ['a"b', String.raw`O=a\"b`],
    ['a\\b', String.raw`O=a\\b`],
    ['a<b>c', String.raw`O=a\<b\>c`],
    ['a;b', String.raw`O=a\;b`],
    [' a ', String.raw`O=\ a\ `],
    [' ', 'O=\\ '],
    ['  ', 'O=\\ \\ '],
    ['#a#', String.raw`O=\#a#`],
    ['a=b', 'O=a=b'],
    ['a  b', 'O=a  b'],
    ['Müller 漢字 😀', 'O=Müller 漢字 😀'],
    ['a\nb', 'O=a\nb'],
    ['a \n', 'O=a \n'],
  ])('escapes %j', (value, expected) => {
    expect(renderName(one('O', value))).toBe(expected);
  });

  it.each(['Acme, Inc', ' a ', '#a', 'a\\', '\\', 'a\\ ', '"', 'a+b;c<d>e', 'Müller', ' ', 'a\u0000b'])(
    'gives back %j through parseDistinguishedName (DN-7)',
    (value) => {
      const name = sequence(
        ...['US', 'WA', value].map((text, i) => tlv(0x31, encodeAttribute(['C', 'ST', 'O'][i]!, text))),
      );
      expect(parsed(renderName(name)).O).toBe(value);
    },
  );

  it.each([
    ['UTF8String', 0x0c, Buffer.from('Zoë'), 'Zoë'],
    ['PrintableString', 0x13, Buffer.from("a'()+,-./:=? *&"), String.raw`a'()\+\,-./:=? *&`],
    ['IA5String', 0x16, Buffer.from('a@b'), 'a@b'],
    ['NumericString', 0x12, Buffer.from('12 3'), '12 3'],
    ['T61String of ASCII', 0x14, Buffer.from('abc'), 'abc'],
    ['BMPString', 0x1e, Buffer.from('005a006f00eb6f22', 'hex'), 'Zoë漢'],
    ['BMPString with a final NUL', 0x1e, Buffer.from('00410000', 'hex'), 'A'],
    ['empty BMPString', 0x1e, Buffer.alloc(0), ''],
    ['UTF8String with a byte order mark', 0x0c, Buffer.from('\ufeffa'), '\ufeffa'],
  ])('reads a %s', (_what, tag, octets, expected) => {
    expect(renderName(one('O', octets, tag))).toBe(`O=${expected}`);
  });

  it('refuses a T61String beyond ASCII, which no two readers agree on', () => {
    const name = one('O', Uint8Array.of(0x52, 0xe9), 0x14);
    expect(refusal('NAME_INVALID', () => renderName(name)).message).toContain('O is a T61String');
    expect(displayName(name)).toBe('O=Ré');
  });

  it('refuses what is no Name', () => {
    refusal('NAME_INVALID', () => renderName(Uint8Array.of(1, 2, 3)));
  });
});

describe('displayName', () => {
  it('shows every attribute readably', () => {
    expect(
      displayName(encodeName('C=US, ST=WA, O=Acme\\, Inc, OU=a, OU=b, CN=x, CN=y, emailAddress=a@b, DC=acme')),
    ).toBe(String.raw`CN=y, OU=a, OU=b, O=Acme\, Inc, ST=WA, C=US, DC=acme, emailAddress=a@b`);
    expect(displayName(encodeName('1.2.3.4=x, C=US'))).toBe('C=US, 1.2.3.4=x');
  });

  it('shows a name that an identity can be copied from', () => {
    const name = encodeName('C=US, ST=WA, O=Acme\\, Inc, CN=x');
    expect(parsed(displayName(name))).toEqual(parsed(renderName(name)));
  });

  it('shows bytes that are no Name in hexadecimal', () => {
    expect(displayName(Uint8Array.of(0x30, 0x80))).toBe('#3080');
    expect(displayName(new Uint8Array())).toBe('#');
  });
});
