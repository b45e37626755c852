// Names of signers against trusted identities. DN-1 to DN-10, POL-11.

import { encodeName } from '../../support/ca.ts';
import { objectIdentifier, sequence, tlv } from '../../support/der-writer.ts';
import type { Draft } from '../case.ts';
import { writeEnvelope } from '../writer.ts';
import { identity, trustOf } from '../world.ts';
import type { World } from '../world.ts';

const acme = 'C=US, ST=WA, L=Seattle, O=Acme, OU=Signing, CN=signer';
const x = (dn: string): string => `x509.subject:${dn}`;

/** Of one signer, whose subject is the one above. */
const identities: Readonly<Record<string, readonly string[]>> = {
  'DN-9 subset': ['x509.subject: C=US, ST=WA, O=Acme'],
  'DN-9 the whole subject': [x(acme)],
  'DN-9 another order': [x('O=Acme, CN=signer, ST=WA, C=US')],
  'DN-9 another organization': [x('C=US, ST=WA, O=Other')],
  'DN-9 organization in another case': [x('C=US, ST=WA, O=acme')],
  'DN-9 further attribute': [x('C=US, ST=WA, O=Acme, STREET=x')],
  'DN-9 empty value of an absent attribute': [x('C=US, ST=WA, O=Acme, STREET=')],
  'DN-9 empty value of a present attribute': [x('C=US, ST=WA, O=Acme, CN=')],
  'DN-9 value with more in it': [x('C=US, ST=WA, O=Acme Inc')],
  'DN-9 value with less in it': [x('C=US, ST=WA, O=Acm')],
  'DN-10 the second of two': [x('C=US, ST=WA, O=Other'), x('C=US, ST=WA, O=Acme')],
  'DN-10 neither of two': [x('C=US, ST=WA, O=Other'), x('C=DE, ST=WA, O=Acme')],
  'DN-10 anybody': ['*'],
  'POL-11 anybody beside somebody': ['*', identity],
  'POL-11 empty text': [''],
  'POL-11 empty text beside': [identity, ''],
  'POL-11 no kind': ['C=US, ST=WA, O=Acme'],
  'POL-11 only a kind': ['x509.subject'],
  'POL-11 only a kind and a colon': ['x509.subject:'],
  'POL-11 another kind alone': ['com.example:x'],
  'POL-11 another kind beside': ['com.example:x', identity],
  'POL-11 a colon in front': [':C=US, ST=WA, O=Acme'],
  'POL-11 partial wildcard': [x('C=US, ST=WA, O=*')],
  'POL-11 durable identity as an input has it': ['x509.eku:1.3.6.1.4.1.311.97.990309390.766961637.194916062.941502583'],
  'DN-1 kind in another case': ['X509.Subject:C=US, ST=WA, O=Acme'],
  'DN-1 kind with a space': [' x509.subject:C=US, ST=WA, O=Acme'],
  'DN-1 space before the colon': ['x509.subject :C=US, ST=WA, O=Acme'],
  'DN-1 many spaces before the name': ['x509.subject:   C=US, ST=WA, O=Acme'],
  'DN-2 hexadecimal value': [x('C=US, ST=WA, O=#0c0441636d65')],
  'DN-2 hexadecimal value of another attribute': [x('C=US, ST=WA, O=Acme, 1.2.3=#0500')],
  'DN-2 escaped number sign': [x('C=US, ST=WA, O=\\#Acme')],
  'DN-3 semicolons': [x('C=US; ST=WA; O=Acme')],
  'DN-3 no spaces': [x('C=US,ST=WA,O=Acme')],
  'DN-3 spaces everywhere': [x(' C = US ,  ST =  WA , O =Acme  ')],
  'DN-3 tabs': [x('C=US,\tST=WA,\tO=Acme')],
  'DN-3 line breaks': [x('C=US,\nST=WA,\nO=Acme')],
  'DN-3 escaped letter by number': [x('C=US, ST=WA, O=\\41cme')],
  'DN-3 escaped letter by small number': [x('C=US, ST=WA, O=Ac\\6de')],
  'DN-3 escape of a letter': [x('C=US, ST=WA, O=\\Acme')],
  'DN-3 escape at the end': [x('C=US, ST=WA, O=Acme\\')],
  'DN-3 half an escape at the end': [x('C=US, ST=WA, O=Acme\\4')],
  'DN-3 quotes': [x('C=US, ST=WA, O="Acme"')],
  'DN-3 comma at the end': [x('C=US, ST=WA, O=Acme,')],
  'DN-3 comma in front': [x(',C=US, ST=WA, O=Acme')],
  'DN-3 two commas': [x('C=US,, ST=WA, O=Acme')],
  'DN-3 no equals sign': [x('C=US, ST=WA, O=Acme, CN')],
  'DN-3 equals sign in a value': [x('C=US, ST=WA, O=Acme, CN=a=b')],
  'DN-3 no type': [x('C=US, ST=WA, O=Acme, =x')],
  'DN-3 unescaped quote': [x('C=US, ST=WA, O=Ac"me')],
  'DN-3 unescaped less-than': [x('C=US, ST=WA, O=Ac<me')],
  'DN-3 control character': [x('C=US, ST=WA, O=Ac\u0001me')],
  'DN-3 zero character by number': [x('C=US, ST=WA, O=Acme\\00')],
  'DN-3 value that is not UTF-8 by numbers': [x('C=US, ST=WA, O=Acme\\ff')],
  'DN-4 two values in one': [x('C=US+ST=WA, O=Acme')],
  'DN-4 escaped plus': [x('C=US, ST=WA, O=A\\+B')],
  'DN-4 S for ST': [x('C=US, S=WA, O=Acme')],
  'DN-4 S and ST': [x('C=US, S=WA, ST=WA, O=Acme')],
  'DN-4 type twice': [x('C=US, ST=WA, O=Acme, O=Acme')],
  'DN-4 type twice, the first empty': [x('C=US, ST=WA, O=Acme, CN=, CN=signer')],
  'DN-4 O twice, the first empty': [x('C=US, ST=WA, O=, O=Acme')],
  'DN-5 no country': [x('ST=WA, O=Acme')],
  'DN-5 no state': [x('C=US, O=Acme')],
  'DN-5 no organization': [x('C=US, ST=WA')],
  'DN-5 country empty': [x('C=, ST=WA, O=Acme')],
  'DN-5 country a space': [x('C= , ST=WA, O=Acme')],
  'DN-5 country an escaped space': [x('C=\\ , ST=WA, O=Acme')],
  'DN-5 types in lower case': [x('c=US, st=WA, o=Acme')],
  'DN-5 types by number': [x('2.5.4.6=US, ST=WA, O=Acme')],
  'DN-5 one type in lower case beside': [x('C=US, ST=WA, O=Acme, cn=signer')],
  'DN-5 nothing': [x('')],
  'DN-6 the same twice': [identity, identity],
  'DN-6 one within the other': [identity, x('C=US, ST=WA, O=Acme, CN=signer')],
  'DN-6 one within the other, first': [x('C=US, ST=WA, O=Acme, CN=signer'), identity],
  'DN-6 the same in another order': [identity, x('O=Acme, ST=WA, C=US')],
  'DN-6 the same with S': [identity, x('C=US, S=WA, O=Acme')],
  'DN-6 two that share all but one': [x('C=US, ST=WA, O=Acme, CN=signer'), x('C=US, ST=WA, O=Acme, CN=other')],
  'DN-6 overlap through an empty value': [identity, x('C=US, ST=WA, O=Other, STREET=')],
  'DN-6 other kinds twice': ['com.example:x', 'com.example:x', identity],
};

const oid = (type: string, value: string, tag = 0x0c): Uint8Array =>
  tlv(0x31, sequence(objectIdentifier(type), tlv(tag, Buffer.from(value, 'latin1'))));
const base = [oid('2.5.4.6', 'US', 0x13), oid('2.5.4.8', 'WA'), oid('2.5.4.10', 'Acme')];
const withOid = (type: string, value: string, tag?: number): Uint8Array => sequence(...base, oid(type, value, tag));
const utf16 = (value: string): Uint8Array => tlv(0x1e, Buffer.from(value, 'utf16le').swap16());

/** Subjects, each against the identity of the organization, unless another is given. */
const subjects: Readonly<Record<string, readonly [subject: string | Uint8Array, identity?: string]>> = {
  'DN-7 no state': ['C=US, O=Acme'],
  'DN-7 no state, anybody': ['C=US, O=Acme', '*'],
  'DN-7 nothing but a common name': ['CN=signer'],
  'DN-7 nothing': ['', '*'],
  'DN-8 two units': ['C=US, ST=WA, O=Acme, OU=a, OU=b'],
  'DN-8 two units, anybody': ['C=US, ST=WA, O=Acme, OU=a, OU=b', '*'],
  'DN-8 two common names': ['C=US, ST=WA, O=Acme, CN=a, CN=b'],
  'DN-8 two common names, the last asked for': ['C=US, ST=WA, O=Acme, CN=a, CN=b', x('C=US, ST=WA, O=Acme, CN=b')],
  'DN-8 two common names, the first asked for': ['C=US, ST=WA, O=Acme, CN=a, CN=b', x('C=US, ST=WA, O=Acme, CN=a')],
  'DN-8 two organizations': ['C=US, ST=WA, O=Acme, O=Other'],
  'DN-8 one organization twice': ['C=US, ST=WA, O=Acme, O=Acme'],
  'DN-8 mail address': [withOid('1.2.840.113549.1.9.1', 'a@example.com', 0x16)],
  'DN-8 mail address, anybody': [withOid('1.2.840.113549.1.9.1', 'a@example.com', 0x16), '*'],
  'DN-8 domain component': [withOid('0.9.2342.19200300.100.1.25', 'example', 0x16)],
  'DN-8 title': [withOid('2.5.4.12', 'Dr')],
  'DN-8 business category': [withOid('2.5.4.15', 'Private Organization')],
  'DN-8 jurisdiction': [withOid('1.3.6.1.4.1.311.60.2.1.3', 'US', 0x13)],
  'DN-8 serial number': [withOid('2.5.4.5', '12', 0x13), x('C=US, ST=WA, O=Acme, SERIALNUMBER=12')],
  'DN-8 street': [withOid('2.5.4.9', 'Main 1'), x('C=US, ST=WA, O=Acme, STREET=Main 1')],
  'DN-8 postal code': [withOid('2.5.4.17', '98101'), x('C=US, ST=WA, O=Acme, POSTALCODE=98101')],
  'DN-8 locality under its long name': [withOid('2.5.4.7', 'Seattle'), x('C=US, ST=WA, O=Acme, localityName=Seattle')],
  'DN-8 several types in one': [sequence(tlv(0x31, ...base.map((part) => part.slice(2))))],
  'DN-8 name in another order': [sequence(...base.toReversed())],
  'DN-9 comma in the organization': ['C=US, ST=WA, O=Acme\\, Inc.', x('C=US, ST=WA, O=Acme\\, Inc.')],
  'DN-9 comma in the organization, escaped by number': [
    'C=US, ST=WA, O=Acme\\, Inc.',
    x('C=US, ST=WA, O=Acme\\2c Inc.'),
  ],
  'DN-9 plus in the organization': ['C=US, ST=WA, O=A\\+B', x('C=US, ST=WA, O=A\\+B')],
  'DN-9 quotes in the organization': [withOid('2.5.4.11', '"a"'), x('C=US, ST=WA, O=Acme, OU=\\"a\\"')],
  'DN-9 backslash in the organization': [withOid('2.5.4.11', 'a\\b'), x('C=US, ST=WA, O=Acme, OU=a\\\\b')],
  'DN-9 semicolon in a unit': [withOid('2.5.4.11', 'a;b'), x('C=US, ST=WA, O=Acme, OU=a\\;b')],
  'DN-9 angle brackets in a unit': [withOid('2.5.4.11', '<a>'), x('C=US, ST=WA, O=Acme, OU=\\<a\\>')],
  'DN-9 equals sign in a unit': [withOid('2.5.4.11', 'a=b'), x('C=US, ST=WA, O=Acme, OU=a=b')],
  'DN-9 number sign at the start of a unit': [withOid('2.5.4.11', '#a'), x('C=US, ST=WA, O=Acme, OU=\\#a')],
  'DN-9 number sign within a unit': [withOid('2.5.4.11', 'a#b'), x('C=US, ST=WA, O=Acme, OU=a#b')],
  'DN-9 equals and number sign in a unit': [withOid('2.5.4.11', 'a=#b'), identity],
  'DN-9 space at the start of a unit': [withOid('2.5.4.11', ' a'), x('C=US, ST=WA, O=Acme, OU=\\ a')],
  'DN-9 space at the end of a unit': [withOid('2.5.4.11', 'a '), x('C=US, ST=WA, O=Acme, OU=a\\ ')],
  'DN-9 space at the end of a unit, forgotten': [withOid('2.5.4.11', 'a '), x('C=US, ST=WA, O=Acme, OU=a')],
  'DN-9 only spaces in a unit': [withOid('2.5.4.11', '  '), identity],
  'DN-9 empty unit': [withOid('2.5.4.11', ''), identity],
  'DN-9 line break in a unit': [withOid('2.5.4.11', 'a\nb'), x('C=US, ST=WA, O=Acme, OU=a\\0ab')],
  'DN-9 zero in a unit': [withOid('2.5.4.11', 'a\0b'), x('C=US, ST=WA, O=Acme, OU=a\\00b')],
  'DN-9 umlauts': [withOid('2.5.4.11', Buffer.from('Müller').toString('latin1')), x('C=US, ST=WA, O=Acme, OU=Müller')],
  'DN-9 umlauts by number': [
    withOid('2.5.4.11', Buffer.from('Müller').toString('latin1')),
    x('C=US, ST=WA, O=Acme, OU=M\\c3\\bcller'),
  ],
  'DN-9 umlauts composed otherwise': [
    withOid('2.5.4.11', Buffer.from('Müller').toString('latin1')),
    x('C=US, ST=WA, O=Acme, OU=Mu\u0308ller'),
  ],
  'DN-9 unit in UTF-16': [
    sequence(...base, tlv(0x31, sequence(objectIdentifier('2.5.4.11'), utf16('Grüße')))),
    x('C=US, ST=WA, O=Acme, OU=Grüße'),
  ],
  'DN-9 unit in T61': [withOid('2.5.4.11', 'unit', 0x14), x('C=US, ST=WA, O=Acme, OU=unit')],
  'DN-9 unit in T61 beyond ASCII': [withOid('2.5.4.11', 'M\xfcller', 0x14), x('C=US, ST=WA, O=Acme, OU=Müller')],
  'DN-9 unit in IA5': [withOid('2.5.4.11', 'unit@', 0x16), x('C=US, ST=WA, O=Acme, OU=unit@')],
  'DN-9 unit in numeric': [withOid('2.5.4.11', '12', 0x12), x('C=US, ST=WA, O=Acme, OU=12')],
  'DN-9 unit in UniversalString': [
    sequence(...base, tlv(0x31, sequence(objectIdentifier('2.5.4.11'), tlv(0x1c, Uint8Array.of(0, 0, 0, 0x61))))),
    identity,
  ],
  'DN-9 unit a number': [
    sequence(...base, tlv(0x31, sequence(objectIdentifier('2.5.4.11'), tlv(0x02, Uint8Array.of(1))))),
    identity,
  ],
  'DN-9 unit in printable text with an asterisk': [withOid('2.5.4.11', 'a*', 0x13), x('C=US, ST=WA, O=Acme, OU=a*')],
  'DN-9 unit in printable text with an ampersand': [withOid('2.5.4.11', 'a&b', 0x13), x('C=US, ST=WA, O=Acme, OU=a&b')],
  'DN-9 unit in printable text with an at sign': [withOid('2.5.4.11', 'a@b', 0x13), x('C=US, ST=WA, O=Acme, OU=a@b')],
  'DN-9 unit in UTF-8 that is none': [withOid('2.5.4.11', 'a\xff'), identity],
  'DN-9 emoji': [withOid('2.5.4.11', Buffer.from('🔏').toString('latin1')), x('C=US, ST=WA, O=Acme, OU=🔏')],
};

export async function identityCases(world: World): Promise<readonly Draft[]> {
  const anchors = { ca: [world.root], signingAuthority: [world.root] };
  const signer = world.signers['EC-256'];
  const listed = Object.entries(identities).map(([name, trustedIdentities]): Draft => {
    return {
      name,
      trust: trustOf(anchors, { trustedIdentities }),
      sign: (target) => writeEnvelope('cose', { target, signer }),
    };
  });
  const named = Object.entries(subjects).map(async ([name, [subject, wanted = identity]]): Promise<Draft> => {
    const leaf = await world.issue({ subject: typeof subject === 'string' ? encodeName(subject) : subject });
    const trust = trustOf(anchors, { trustedIdentities: [wanted] });
    return { name, trust, sign: (target) => writeEnvelope('jws', { target, signer: leaf }) };
  });
  return [...listed, ...(await Promise.all(named))];
}
