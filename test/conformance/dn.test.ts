// Distinguished names. Trust Store and Trust Policy, "Trusted Identities Constraints"; RFC 4514.

import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { parseTrustedIdentities, requireTrustedIdentity } from '../../shared/trust/identity.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { parseDistinguishedName, renderName } from '../../shared/x509/name.ts';
import { codeSigningChain, encodeAttribute, encodeName } from '../support/ca.ts';
import { sequence, tlv } from '../support/der-writer.ts';
import { outcome } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const source = { code: 'POLICY_INVALID', what: 'policy' } as const;
const identities = (...entries: string[]) => parseTrustedIdentities(entries, source, 'trustedIdentities');
const judge = (...entries: string[]): Outcome => outcome(() => identities(...entries));
const parse = (text: string) => Object.fromEntries(parseDistinguishedName(text));
const invalid = (texts: readonly string[]) => {
  expect(texts.map((text) => outcome(() => parseDistinguishedName(text)))).toEqual(texts.map(() => 'NAME_INVALID'));
};

/** Whether a certificate with this subject is one of the identities. */
async function matches(subject: string | Uint8Array, ...entries: string[]): Promise<boolean> {
  const { certificate } = await codeSigningChain({ subject });
  const found = outcome(() => {
    requireTrustedIdentity(identities(...entries), parseCertificate(certificate));
  });
  expect(['ok', 'TRUSTED_IDENTITY_MISMATCH']).toContain(found);
  return found === 'ok';
}

const acme = 'C=US, ST=WA, O=Acme, CN=acme';

describe('DN, the text', () => {
  it('DN-1: the prefix in its case, then the name', () => {
    expect([judge('x509.subject:C=US,ST=WA,O=A'), judge('x509.subject:   C=US,ST=WA,O=A')]).toEqual(['ok', 'ok']);
    expect(identities('x509.subject: C=US,ST=WA,O=A').subjects).toHaveLength(1);
    for (const other of [' x509.subject:', 'X509.subject:', 'x509.Subject:', 'x509.subject :']) {
      expect(identities(`${other}C=US,ST=WA,O=A`).subjects).toEqual([]);
    }
    expect([judge('x509.subject:'), judge('x509.subject:x'), judge('C=US,ST=WA,O=A')]).toEqual(
      Array(3).fill('POLICY_INVALID'),
    );
  });

  it('DN-2: no "=#" anywhere', () => {
    expect(parse('C=US, ST=WA, O=a#b')).toMatchObject({ O: 'a#b' });
    invalid(['C=US, ST=WA, O=Acme, 1.2.3=#0500', 'C=US, ST=WA, O=#', 'C=US, ST=WA, O=x=#y']);
  });

  it('DN-3: separators, spaces, escapes, quotes', () => {
    const expected = { C: 'US', ST: 'WA', O: 'Acme' };
    expect(parse('  O = Acme ;  ST= WA , C =US  ')).toEqual(expected);
    const value = (written: string) => parse(`C=US, ST=WA, CN=x, O=${written}`).O;
    const escapes = {
      '\\,': ',',
      '\\;': ';',
      '\\+': '+',
      '\\=': '=',
      '\\"': '"',
      '\\#': '#',
      '\\<': '<',
      '\\>': '>',
      '\\\\': '\\',
      '\\ ': ' ',
    };
    for (const [written, read] of Object.entries(escapes)) expect(value(`a${written}b`)).toBe(`a${read}b`);
    expect([value('a\\  '), value('"o"'), value('a b  c'), value('Lu\\C4\\8Di\\c4\\87'), value('a=b')]).toEqual([
      ...['a ', '"o"', 'a b  c', 'Lučić', 'a=b'],
    ]);
    invalid([
      'C=US, ST=WA, O=a\\',
      'C=US, ST=WA, O=a\\x',
      'C=US, ST=WA, O=\\4',
      'C=US, ST=WA, O=\\E9',
      'C=US,, ST=WA, O=a',
      'C',
    ]);
  });

  it('DN-4: one attribute in each relative name, each type once, S is ST', () => {
    expect(parse('C=US, S=WA, O=Acme')).toEqual({ C: 'US', ST: 'WA', O: 'Acme' });
    invalid([
      'C=US, ST=WA, O=Acme+CN=x',
      'C=US, ST=WA, O=a, O=a',
      'C=US, ST=WA, S=WA, O=a',
      'C=US, ST=WA, O=a, OU=a, OU=b',
    ]);
    expect(parse('C=US, ST=WA, O=Acme, OU=, OU=b')).toMatchObject({ OU: 'b' });
  });

  it('DN-5: C, ST and O, in their case', () => {
    expect(parse('C=US, ST=WA, O=Acme')).toEqual({ C: 'US', ST: 'WA', O: 'Acme' });
    invalid(['ST=WA, O=a', 'C=US, O=a', 'C=US, ST=WA', 'C=US, ST=WA, O=', 'C= , ST=WA, O=a']);
    invalid(['c=US, ST=WA, O=a', 'C=US, st=WA, O=a', '2.5.4.6=US, ST=WA, O=a', '']);
  });

  it('DN-6: no identity lies within another', () => {
    const [a, b] = ['x509.subject:C=US,ST=WA,O=Acme', 'x509.subject:C=US,ST=WA,O=Other'];
    expect([judge(a), judge(a, b), judge(`${a},OU=x`, `${a},OU=y`)]).toEqual(['ok', 'ok', 'ok']);
    expect([
      judge(a, a),
      judge(a, `${a},OU=x`),
      judge(`${a},OU=x`, b, a),
      judge(a, 'x509.subject:O=Acme,S=WA,C=US'),
    ]).toEqual(Array(4).fill('POLICY_INVALID'));
    expect(judge('acme:x', 'acme:x')).toBe('ok');
  });
});

describe('DN, the certificate', () => {
  const identity = 'x509.subject:C=US,ST=WA,O=Acme';

  it('DN-7: its subject keeps the same rules, or only "*" matches', async () => {
    expect(await matches(acme, identity)).toBe(true);
    for (const subject of ['C=US, O=Acme, CN=x', 'C=US, ST=WA, CN=x', 'CN=x', 'C=US, ST=WA, O=Acme, O=Other', '']) {
      expect(await matches(subject, identity)).toBe(false);
      expect(await matches(subject, '*')).toBe(true);
    }
  });

  it('DN-8: it is read as Go renders it', async () => {
    const all = 'C=US, ST=WA, L=Seattle, STREET=One, POSTALCODE=1, O=Acme, OU=x, CN=y, SERIALNUMBER=5';
    expect(renderName(encodeName(all))).toBe(
      'SERIALNUMBER=5,CN=y,OU=x,O=Acme,POSTALCODE=1,STREET=One,L=Seattle,ST=WA,C=US',
    );
    expect(renderName(encodeName('C=US, OU=a, OU=b'))).toBe('OU=a+OU=b,C=US');
    expect(renderName(encodeName('C=US, CN=a, CN=b'))).toBe('CN=b,C=US');
    expect(renderName(encodeName('C=US, DC=x'))).toBe('C=US,0.9.2342.19200300.100.1.25=#160178');
    const unmatched = [
      'OU=a, OU=b',
      'emailAddress=a@b.example',
      'DC=example',
      '2.5.4.12=title',
      '2.5.4.15=Private',
      'O=Other',
    ];
    for (const more of unmatched) expect(await matches(`${acme}, ${more}`, identity)).toBe(false);
    expect(await matches(`${acme}, CN=last`, `${identity},CN=last`)).toBe(true);
    expect(await matches('C=US, ST=WA, O=Acme\\, Inc, CN=x', 'x509.subject:C=US,ST=WA,O=Acme\\, Inc')).toBe(true);
  });

  it('DN-8: in whatever string type', async () => {
    const name = (tag: number, value: string | Uint8Array) =>
      sequence(
        ...[encodeAttribute('C', 'US'), encodeAttribute('ST', 'WA'), encodeAttribute('O', value, tag)].map((one) =>
          tlv(0x31, one),
        ),
      );
    const utf16 = Buffer.from('Acme', 'utf16le').swap16();
    for (const [tag, value] of [
      [0x0c, 'Acme'],
      [0x13, 'Acme'],
      [0x14, 'Acme'],
      [0x16, 'Acme'],
      [0x1e, utf16],
    ] as const) {
      expect(await matches(name(tag, value), identity)).toBe(true);
    }
    const latin = name(0x14, Uint8Array.of(0x41, 0xe9));
    expect(await matches(latin, 'x509.subject:C=US,ST=WA,O=A\u00e9')).toBe(false);
    expect(await matches(name(0x0c, 'A\u00e9'), 'x509.subject:C=US,ST=WA,O=A\u00e9')).toBe(true);
  });

  it('DN-9: every pair, character for character', async () => {
    expect(await matches(acme, `${identity},CN=acme`)).toBe(true);
    expect(await matches(acme, `${identity},OU=`)).toBe(true);
    const other = [
      `${identity},OU=x`,
      `${identity},CN=Acme`,
      'x509.subject:C=US,ST=WA,O=acme',
      'x509.subject:C=us,ST=WA,O=Acme',
    ];
    for (const entry of other) expect(await matches(acme, entry)).toBe(false);
    // é as one character and as two.
    expect(await matches('C=US, ST=WA, O=Caf\u00e9, CN=x', 'x509.subject:C=US,ST=WA,O=Cafe\u0301')).toBe(false);
    expect(await matches('C=US, ST=WA, O=Ac  me, CN=x', 'x509.subject:C=US,ST=WA,O=Ac me')).toBe(false);
    expect(await matches(`${acme}, OU=x`, `${identity},OU=`)).toBe(false);
  });

  it('DN-10: the leaf alone, by any of the identities', async () => {
    expect(await matches(acme, 'x509.subject:C=DE,ST=BE,O=Other', identity)).toBe(true);
    const issuer = 'C=US, ST=WA, O=Issuer, CN=CA';
    const { certificate } = await codeSigningChain({ subject: acme, intermediate: { subject: issuer } });
    const leaf = parseCertificate(certificate);
    const named = identities('x509.subject:C=US,ST=WA,O=Issuer');
    expect(
      outcome(() => {
        requireTrustedIdentity(named, leaf);
      }),
    ).toBe('TRUSTED_IDENTITY_MISMATCH');
    const none = () => {
      requireTrustedIdentity(identities('acme:x'), leaf);
    };
    expect(none).toThrow(/no x509 trusted identity is configured/);
  });
});
