// COSE envelopes that each deviate in one thing, within the format or beyond it. COSE-1 to COSE-26, PAY-11.

import { array, bytes, head, hex, int, join, map, nil, tag, text } from '../../unit/envelope/cbor-bytes.ts';
import type { Part } from '../../unit/envelope/cbor-bytes.ts';
import type { Draft } from '../case.ts';
import { attribute, day, moment, payloadType } from '../content.ts';
import type { Content } from '../content.ts';
import { add, all, crit, put, time, writeCose } from '../cose-writer.ts';
import type { CoseChanges, Entries } from '../cose-writer.ts';
import type { World } from '../world.ts';

const { scheme, signingTime, authenticSigningTime, expiry, agent, timestamp } = attribute;

const protectedWith = (...changes: ((entries: Entries) => Entries)[]): CoseChanges => ({
  protectedEntries: all(...changes),
});
const unprotectedWith = (...changes: ((entries: Entries) => Entries)[]): CoseChanges => ({
  unprotectedEntries: all(...changes),
});
const float = (seconds: number): Part => {
  const part = Buffer.alloc(9);
  part[0] = 0xfb;
  part.writeDoubleBE(seconds, 1);
  return new Uint8Array(part);
};
const now = (): number => Math.floor(moment(0).getTime() / 1000);
const nested = (depth: number): Part => join(...Array.from({ length: depth }, () => hex('81')), int(0));
const reversed = (entries: Entries): Entries => [...entries].reverse();
const wide = (entries: Entries): Entries =>
  entries.map(([label, value]) => [label.length === 1 ? head(0, label[0]!, 8) : label, value] as const);
const countersignature = array(bytes(map([int(1), int(-7)])), map(), bytes(new Uint8Array(64)));
const message = (change: (items: readonly Part[]) => Part): CoseChanges => ({ message: change });
const envelope = (items: readonly Part[]): Part => tag(18, array(...items));

const messages: Readonly<Record<string, CoseChanges>> = {
  'COSE-11 no tag': message((items) => array(...items)),
  'COSE-11 tag 18 in two bytes': message((items) => join(hex('d812'), array(...items))),
  'COSE-11 tag 98': message((items) => tag(98, array(...items))),
  'COSE-11 tag 18 twice': message((items) => tag(18, envelope(items))),
  'COSE-11 self-described CBOR': message((items) => tag(55799, envelope(items))),
  'COSE-11 array of three': message((items) => tag(18, array(...items.slice(0, 3)))),
  'COSE-11 array of five': message((items) => tag(18, array(...items, int(0)))),
  'COSE-11 array with a wide head': message((items) => join(hex('d29804'), ...items)),
  'COSE-11 a byte behind': message((items) => join(envelope(items), hex('00'))),
  'COSE-11 a line end behind': message((items) => join(envelope(items), hex('0a'))),
  'COSE-11 a byte in front': message((items) => join(hex('00'), envelope(items))),
  'COSE-11 cut by one byte': message((items) => envelope(items).slice(0, -1)),
  'COSE-11 nothing': message(() => new Uint8Array()),
  'COSE-13 array without an end': message((items) => join(hex('d29f'), ...items, hex('ff'))),
  'COSE-12 tagged payload': { payloadItem: (payload) => tag(24, bytes(payload)) },
  'COSE-12 tag in the unprotected header': unprotectedWith(put('x', tag(1, int(0)))),
  'COSE-12 tag deep in the unprotected header': unprotectedWith(
    put('x', array(map([int(1), tag(24, bytes(hex('00')))]))),
  ),
  'COSE-12 tag bytes within a byte string of the unprotected header': unprotectedWith(put('x', bytes(tag(1, int(0))))),
  'COSE-12 tag in the protected header': protectedWith(put('com.example.a', tag(27, array(text('a'))))),
  'COSE-12 tagged text in the protected header': protectedWith(put('com.example.a', tag(32, text('http://a')))),
  'COSE-12 bignum in the protected header': protectedWith(
    put('com.example.a', tag(2, bytes(hex('010000000000000000')))),
  ),
  'COSE-12 date text in the protected header': protectedWith(
    put('com.example.a', tag(0, text('2024-01-01T00:00:00Z'))),
  ),
  'COSE-12 date text that is none': protectedWith(put('com.example.a', tag(0, text('yesterday')))),
  'COSE-12 date a number': protectedWith(put('com.example.a', tag(0, int(1)))),
  'COSE-12 date text with a fraction': protectedWith(put('com.example.a', tag(0, text('2024-01-01T00:00:00.5+01:00')))),
  'COSE-12 date text empty': protectedWith(put('com.example.a', tag(0, text('')))),
  'COSE-12 epoch time a text': protectedWith(put('com.example.a', tag(1, text('1')))),
  'COSE-12 epoch time null': protectedWith(put('com.example.a', tag(1, nil))),
  'COSE-12 epoch time not a number': protectedWith(put('com.example.a', tag(1, hex('f97e00')))),
  'COSE-12 bignum a text': protectedWith(put('com.example.a', tag(2, text('1')))),
  'COSE-12 negative bignum a number': protectedWith(put('com.example.a', tag(3, int(1)))),
  'COSE-12 decimal fraction a text': protectedWith(put('com.example.a', tag(4, text('1')))),
  'COSE-12 base64 of a number': protectedWith(put('com.example.a', tag(22, int(1)))),
  'COSE-12 encoded item a text': protectedWith(put('com.example.a', tag(24, text('1')))),
  'COSE-12 self-described CBOR within': protectedWith(put('com.example.a', tag(55799, int(1)))),
  'COSE-12 tag of 64 bits': protectedWith(put('com.example.a', join(hex('dbffffffffffffffff'), int(1)))),
  'COSE-12 tag deep within': protectedWith(put('com.example.a', array(map([int(1), tag(2, int(1))])))),
  'COSE-13 label twice in the protected header': protectedWith(add(3, text(payloadType))),
  'COSE-13 label twice in another width': protectedWith(add(head(0, 3, 2), text(payloadType))),
  'COSE-13 text label twice': protectedWith(put('x', int(1)), add('x', int(2))),
  'COSE-13 label twice in the unprotected header': unprotectedWith(add(agent, text('b/2'))),
  'COSE-13 label twice in a nested map': protectedWith(put('x', map([int(1), int(1)], [int(1), int(2)]))),
  'COSE-13 protected map without an end': {
    protectedContent: (content) => join(hex('bf'), content.slice(1), hex('ff')),
  },
  'COSE-13 unprotected map without an end': { unprotectedItem: (item) => join(hex('bf'), item.slice(1), hex('ff')) },
  'COSE-13 byte string in chunks': { payloadItem: (payload) => join(hex('5f'), bytes(payload), hex('ff')) },
  'COSE-13 text that is not UTF-8': protectedWith(put('x', hex('62c328'))),
  'COSE-13 label that is not UTF-8': protectedWith(put(hex('62c328'), int(1))),
  'COSE-13 text that is not UTF-8 in the unprotected header': unprotectedWith(put('x', hex('62c328'))),
  'COSE-13 text with half a surrogate pair': protectedWith(put('x', hex('63eda080'))),
  'COSE-13 nested 31 deep': protectedWith(put('x', nested(31))),
  'COSE-13 nested 32 deep': protectedWith(put('x', nested(32))),
  'COSE-13 nested 33 deep': protectedWith(put('x', nested(33))),
  'COSE-13 unprotected nested 29 deep': unprotectedWith(put('x', nested(29))),
  'COSE-13 unprotected nested 30 deep': unprotectedWith(put('x', nested(30))),
  'COSE-13 unprotected nested 31 deep': unprotectedWith(put('x', nested(31))),
  'COSE-13 unprotected nested 32 deep': unprotectedWith(put('x', nested(32))),
  'COSE-13 simple value 255': protectedWith(put('x', hex('f8ff'))),
  'COSE-13 simple value 16': protectedWith(put('x', hex('f0'))),
  'COSE-13 false in two bytes': protectedWith(put('x', hex('f814'))),
  'COSE-13 undefined': protectedWith(put('x', hex('f7'))),
  'COSE-13 not a number': protectedWith(put('x', hex('f97e00'))),
  'COSE-13 reserved head': protectedWith(put('x', hex('1c'))),
  'COSE-13 integer of 64 bits': protectedWith(put('x', hex('1bffffffffffffffff'))),
  'COSE-13 negative integer of 65 bits': protectedWith(put('x', hex('3bffffffffffffffff'))),
};

const headers: Readonly<Record<string, CoseChanges>> = {
  'COSE-14 labels in reverse order': protectedWith(reversed),
  'COSE-14 unprotected labels in reverse order': unprotectedWith(reversed),
  'COSE-14 labels in eight bytes': protectedWith(wide),
  'COSE-14 protected head in nine bytes': { protectedItem: (content) => join(head(2, content.length, 8), content) },
  'COSE-14 payload head in nine bytes': { payloadItem: (payload) => join(head(2, payload.length, 8), payload) },
  'COSE-14 text head in nine bytes': protectedWith(put(scheme, join(head(3, 11, 8), Buffer.from('notary.x509')))),
  'COSE-14 protected header null': { protectedItem: () => nil },
  'COSE-14 protected header a map': { protectedItem: (content) => content },
  'COSE-14 protected header empty': { protectedContent: () => new Uint8Array() },
  'COSE-14 protected header an empty map': { protectedContent: () => hex('a0') },
  'COSE-14 protected header an array': { protectedContent: () => array(int(1)) },
  'COSE-14 bytes after the protected map': { protectedContent: (content) => join(content, hex('00')) },
  'COSE-14 unprotected header in bytes': { unprotectedItem: bytes },
  'COSE-14 unprotected header null': { unprotectedItem: () => nil },
  'COSE-14 unprotected header an array': { unprotectedItem: () => array() },
  'COSE-14 label of bytes': unprotectedWith(put(bytes(hex('01')), int(0))),
  'COSE-14 protected label of bytes': protectedWith(put(bytes(hex('01')), int(0))),
  'COSE-14 label a boolean': unprotectedWith(put(hex('f5'), int(0))),
  'COSE-14 label beyond int64': protectedWith(put(hex('1b8000000000000000'), int(0))),
  'COSE-14 label int64 at most': protectedWith(put(hex('1b7fffffffffffffff'), int(0))),
  'COSE-14 label int64 at least': protectedWith(put(hex('3b7fffffffffffffff'), int(0))),
  'COSE-14 label below int64': protectedWith(put(hex('3b8000000000000000'), int(0))),
  'COSE-14 label a float': protectedWith(put(hex('f93c00'), int(0))),
  'COSE-15 crit in the unprotected header': unprotectedWith(put(2, array(text(scheme)))),
  'COSE-15 crit empty': protectedWith(put(2, array())),
  'COSE-15 crit a text': protectedWith(put(2, text(scheme))),
  'COSE-15 crit with bytes in it': protectedWith(put(2, array(text(scheme), bytes(hex('01'))))),
  'COSE-15 crit with an absent name': protectedWith(crit(scheme, 'com.example.absent')),
  'COSE-15 crit with an absent number': protectedWith(crit(scheme, 99)),
  'COSE-15 crit null': protectedWith(put(2, nil)),
  'COSE-15 content type with a space in front': protectedWith(put(3, text(` ${payloadType}`))),
  'COSE-15 content type without a slash': protectedWith(put(3, text('payload'))),
  'COSE-15 content type empty': protectedWith(put(3, text(''))),
  'COSE-15 typ text': protectedWith(put(16, text('application/cose'))),
  'COSE-15 typ with two slashes': protectedWith(put(16, text('a/b/c'))),
  'COSE-15 typ with a tab in front': protectedWith(put(16, text('\ta/b'))),
  'COSE-15 typ only a slash': protectedWith(put(16, text('/'))),
  'COSE-15 typ a number': protectedWith(put(16, int(50))),
  'COSE-15 typ a negative number': protectedWith(put(16, int(-1))),
  'COSE-15 unprotected content type a number': unprotectedWith(put(3, int(50))),
  'COSE-15 unprotected content type without a slash': unprotectedWith(put(3, text('x'))),
  'COSE-15 unprotected alg text': unprotectedWith(put(1, text('ES256'))),
  'COSE-15 unprotected alg of another value': unprotectedWith(put(1, int(-8))),
  'COSE-15 unprotected alg bytes': unprotectedWith(put(1, bytes(hex('01')))),
  'COSE-15 kid of bytes': protectedWith(put(4, bytes(hex('01')))),
  'COSE-15 kid of text': protectedWith(put(4, text('a'))),
  'COSE-15 IV': protectedWith(put(5, bytes(hex('01')))),
  'COSE-15 IV of text': protectedWith(put(5, text('a'))),
  'COSE-15 IV and partial IV': protectedWith(put(5, bytes(hex('01'))), put(6, bytes(hex('01')))),
  'COSE-15 IV and partial IV in different headers': {
    ...protectedWith(put(5, bytes(hex('01')))),
    ...unprotectedWith(put(6, bytes(hex('01')))),
  },
  'COSE-15 protected countersignature': protectedWith(put(7, array(bytes(hex('01'))))),
  'COSE-15 protected countersignature version 2': protectedWith(put(11, array(bytes(hex('01'))))),
  'COSE-15 unprotected countersignature of bytes': unprotectedWith(put(7, bytes(hex('01')))),
  'COSE-15 unprotected countersignature array': unprotectedWith(
    put(7, array(bytes(hex('01')), map(), bytes(hex('01')))),
  ),
  'COSE-15 unprotected countersignature that is well-formed': unprotectedWith(put(7, countersignature)),
  'COSE-15 unprotected countersignatures that are well-formed': unprotectedWith(
    put(7, array(countersignature, countersignature)),
  ),
  'COSE-15 unprotected countersignature version 2 that is well-formed': unprotectedWith(put(11, countersignature)),
  'COSE-15 unprotected countersignature version 2, an empty array': unprotectedWith(put(11, array())),
  'COSE-15 unprotected countersignature, an empty array': unprotectedWith(put(7, array())),
  'COSE-15 unprotected countersignatures': unprotectedWith(
    put(7, array(array(bytes(hex('01')), map(), bytes(hex('01'))), array(bytes(hex('01')), map(), bytes(hex('01'))))),
  ),
  'COSE-15 unprotected countersignature with text in it': unprotectedWith(put(7, array(text('x')))),
  'COSE-15 unprotected abbreviated countersignature': unprotectedWith(put(9, bytes(hex('01')))),
  'COSE-15 unprotected abbreviated countersignature of text': unprotectedWith(put(9, text('x'))),
  'COSE-15 unprotected countersignature version 2 of bytes': unprotectedWith(put(11, bytes(hex('01')))),
  'COSE-15 unprotected abbreviated countersignature version 2': unprotectedWith(put(12, bytes(hex('01')))),
};

const parts: Readonly<Record<string, CoseChanges>> = {
  'COSE-16 payload detached': { payloadItem: () => nil },
  'COSE-16 payload a text': { payloadItem: (payload) => text(Buffer.from(payload).toString()) },
  'COSE-16 signature empty': { signatureItem: () => bytes(new Uint8Array()) },
  'COSE-16 signature null': { signatureItem: () => nil },
  'COSE-16 signature a text': { signatureItem: () => text('x') },
  'COSE-17 no x5chain': unprotectedWith(put(33, undefined)),
  'COSE-17 x5chain empty': unprotectedWith(put(33, array())),
  'COSE-17 x5chain with text in it': unprotectedWith(put(33, array(text('x')))),
  'COSE-17 x5chain null': unprotectedWith(put(33, nil)),
  'COSE-17 x5chain with an empty certificate': unprotectedWith(put(33, array(bytes(new Uint8Array())))),
  'COSE-17 x5t beside x5chain': unprotectedWith(put(34, array(int(-16), bytes(new Uint8Array(32))))),
  'COSE-18 no alg': protectedWith(put(1, undefined)),
  'COSE-18 alg text': protectedWith(put(1, text('ES256'))),
  'COSE-18 alg a float': protectedWith(put(1, hex('f9c700'))),
  'COSE-18 alg EdDSA': protectedWith(put(1, int(-8))),
  'COSE-18 alg ES256K': protectedWith(put(1, int(-47))),
  'COSE-18 alg RS256': protectedWith(put(1, int(-257))),
  'COSE-18 alg of another key size': protectedWith(put(1, int(-39))),
  'COSE-18 alg of another family': protectedWith(put(1, int(-36))),
  'COSE-18 alg in nine bytes': protectedWith((entries) =>
    entries.map(([label, value]) => [label, label.length === 1 && label[0] === 1 ? widen(value) : value] as const),
  ),
  'COSE-18 alg null': protectedWith(put(1, nil)),
  'COSE-18 alg zero': protectedWith(put(1, int(0))),
  'COSE-19 no content type': protectedWith(put(3, undefined)),
  'COSE-19 content type a number': protectedWith(put(3, int(50))),
  'COSE-19 content type bytes': protectedWith(put(3, bytes(hex('01')))),
  'COSE-19 content type of another kind': protectedWith(put(3, text('application/json'))),
  'COSE-19 content type in upper case': protectedWith(put(3, text(payloadType.toUpperCase()))),
  'COSE-19 content type with a parameter': protectedWith(put(3, text(`${payloadType};a=b`))),
  'COSE-20 no scheme': protectedWith(put(scheme, undefined), crit(1)),
  'COSE-20 scheme a number': protectedWith(put(scheme, int(1))),
  'COSE-20 scheme bytes': protectedWith(put(scheme, bytes(Buffer.from('notary.x509')))),
  'COSE-20 scheme unknown': protectedWith(put(scheme, text('notary.x509.other'))),
  'COSE-20 scheme empty': protectedWith(put(scheme, text(''))),
  'COSE-20 scheme in another case': protectedWith(put(scheme, text('Notary.x509'))),
  'COSE-20 no crit': protectedWith(put(2, undefined)),
  'COSE-20 crit without the scheme': protectedWith(crit(1)),
  'COSE-20 crit without the expiry': protectedWith(put(expiry, time(moment(day)))),
  'COSE-20 scheme in the unprotected header only': {
    ...protectedWith(put(scheme, undefined), crit(1)),
    ...unprotectedWith(put(scheme, text('notary.x509'))),
  },
  'COSE-21 no signing time': protectedWith(put(signingTime, undefined)),
  'COSE-21 signing time without a tag': protectedWith(put(signingTime, int(now()))),
  'COSE-21 signing time text': protectedWith(put(signingTime, text('2024-01-01T00:00:00Z'))),
  'COSE-21 signing time with tag 0': protectedWith(put(signingTime, tag(0, text('2024-01-01T00:00:00Z')))),
  'COSE-21 signing time with tag 2': protectedWith(put(signingTime, tag(2, bytes(hex('65000000'))))),
  'COSE-21 signing time a float': protectedWith(put(signingTime, tag(1, float(now() - 10.5)))),
  'COSE-21 signing time a half float': protectedWith(put(signingTime, tag(1, hex('f97bff')))),
  'COSE-21 signing time not a number': protectedWith(put(signingTime, tag(1, hex('f97e00')))),
  'COSE-21 signing time infinite': protectedWith(put(signingTime, tag(1, hex('f97c00')))),
  'COSE-21 signing time text within tag 1': protectedWith(put(signingTime, tag(1, text('1700000000')))),
  'COSE-21 signing time bignum within tag 1': protectedWith(put(signingTime, tag(1, tag(2, bytes(hex('65000000')))))),
  'COSE-21 signing time null within tag 1': protectedWith(put(signingTime, tag(1, nil))),
  'COSE-21 signing time within tag 1 twice': protectedWith(put(signingTime, tag(1, tag(1, int(now()))))),
  'COSE-21 signing time with tag 1 in two bytes': protectedWith(put(signingTime, join(hex('d801'), int(now())))),
  'COSE-21 signing time before 1970': protectedWith(put(signingTime, tag(1, int(-1)))),
  'COSE-21 signing time at 1970': protectedWith(put(signingTime, tag(1, int(0)))),
  'COSE-21 signing time in the year 1': protectedWith(put(signingTime, tag(1, int(-62_135_596_800)))),
  'COSE-21 signing time a second later': protectedWith(put(signingTime, tag(1, int(-62_135_596_799)))),
  'COSE-21 signing time in the year 10000': protectedWith(put(signingTime, tag(1, hex('1b0000003afff44181')))),
  'COSE-21 signing time in the year 9999': protectedWith(put(signingTime, tag(1, hex('1b0000003afff4417f')))),
  'COSE-21 signing time of 64 bits': protectedWith(put(signingTime, tag(1, hex('1bffffffffffffffff')))),
  'COSE-21 signing time tomorrow': protectedWith(put(signingTime, time(moment(day)))),
  'COSE-21 expiry null': protectedWith(put(expiry, nil), crit(scheme, expiry)),
  'COSE-21 expiry without a tag': protectedWith(put(expiry, int(now() + 1000)), crit(scheme, expiry)),
  'COSE-21 expiry a float': protectedWith(put(expiry, tag(1, float(now() + 1000.5))), crit(scheme, expiry)),
  'COSE-21 expiry infinite': protectedWith(put(expiry, tag(1, hex('f97c00'))), crit(scheme, expiry)),
  'COSE-21 expiry in the year 10000': protectedWith(
    put(expiry, tag(1, hex('1b0000003afff44181'))),
    crit(scheme, expiry),
  ),
  'COSE-22 time of the other scheme': protectedWith(put(authenticSigningTime, time(moment(-day)))),
  'COSE-22 time of the other scheme, not a time': protectedWith(put(authenticSigningTime, text('x'))),
  'COSE-22 time of the other scheme, critical': protectedWith(
    put(authenticSigningTime, time(moment(-day))),
    crit(scheme, authenticSigningTime),
  ),
  'COSE-22 crit with alg and content type': protectedWith(crit(1, 3, scheme)),
  'COSE-22 crit with crit': protectedWith(crit(2, scheme)),
  'COSE-22 crit with the signing time': protectedWith(crit(scheme, signingTime)),
  'COSE-22 crit with the scheme twice': protectedWith(crit(scheme, scheme)),
  'COSE-23 attribute not critical, of any type': protectedWith(put('com.example.a', map([int(1), array(nil)]))),
  'COSE-23 attribute with a number': protectedWith(put(99, text('x'))),
  'D1 critical attribute': protectedWith(put('com.example.a', text('x')), crit(scheme, 'com.example.a')),
  'D1 critical attribute with a number': protectedWith(put(99, text('x')), crit(scheme, 99)),
  'D1 critical kid': protectedWith(put(4, bytes(hex('01'))), crit(scheme, 4)),
  'COSE-24 signing agent a number': unprotectedWith(put(agent, int(1))),
  'COSE-24 timestamp a text': unprotectedWith(put(timestamp, text('x'))),
  'COSE-24 timestamp that is none, not asked for': unprotectedWith(put(timestamp, bytes(hex('00')))),
  'COSE-24 unknown unprotected attribute': unprotectedWith(put('com.example.a', map([text('a'), nil]))),
  'COSE-8 external data in what is signed': {
    toBeSigned: (structure) => {
      const at = Buffer.from(structure).lastIndexOf(hex('40'));
      return join(structure.slice(0, at), hex('4100'), structure.slice(at + 1));
    },
  },
  'COSE-8 context of COSE_Sign': {
    toBeSigned: (structure) =>
      Buffer.from(Buffer.from(structure).toString('latin1').replace('Signature1', 'SignatureX'), 'latin1'),
  },
};

function widen(value: Part): Part {
  const first = value[0]!;
  const argument = (first & 0x1f) < 24 ? first & 0x1f : value[1]!;
  return head(first >> 5, argument, 8);
}

const protectedChain = (content: Content): CoseChanges => {
  const chain = array(...content.signer.chain.map(bytes));
  return { ...protectedWith(put(33, chain)), ...unprotectedWith(put(33, undefined)) };
};

const contents: Readonly<Record<string, (content: Content) => [Partial<Content>, CoseChanges?]>> = {
  'COSE-17 x5chain as one byte string': ({ signer }) => [{}, unprotectedWith(put(33, bytes(signer.chain[0]!)))],
  'COSE-17 x5chain in the protected header only': (content) => [{}, protectedChain(content)],
  'COSE-17 x5chain in both headers': (content) => [
    {},
    { ...protectedChain(content), unprotectedEntries: (entries) => entries },
  ],
  'COSE-17 another x5chain in the protected header': () => [{}, protectedWith(put(33, array(bytes(hex('30')))))],
  'COSE-20 crit without the authentic time': () => [
    { scheme: 'notary.x509.signingAuthority' },
    protectedWith(crit(scheme)),
  ],
  'COSE-21 no authentic time': () => [
    { scheme: 'notary.x509.signingAuthority' },
    protectedWith(put(authenticSigningTime, undefined), crit(scheme)),
  ],
  'COSE-22 signing time beside the authentic one': () => [
    { scheme: 'notary.x509.signingAuthority' },
    protectedWith(put(signingTime, time(moment(-day)))),
  ],
  'COSE-25 salt of 20 bytes': () => [{ signing: { saltLength: 20 } }],
  'COSE-25 no salt': () => [{ signing: { saltLength: 0 } }],
  'COSE-25 the longest salt': () => [{ signing: { saltLength: 222 } }],
  'COSE-9 signature in DER, or of PKCS#1': ({ signer: { privateKey } }) => [
    { signing: { encoding: privateKey.asymmetricKeyType === 'ec' ? 'der' : 'pkcs1' } },
  ],
  'COSE-9 signature over another hash': () => [{ signing: { hash: 'sha384', saltLength: 48 } }],
  'COSE-9 signature with a byte behind': () => [{ signature: (made) => join(made, hex('00')) }],
  'COSE-9 signature with a zero in front': () => [{ signature: (made) => join(hex('00'), made) }],
  'COSE-9 signature cut': () => [{ signature: (made) => made.slice(0, -1) }],
  'COSE-9 signature of zeros': () => [{ signature: (made) => new Uint8Array(made.length) }],
  'COSE-9 signature with one bit changed': () => [
    { signature: (made) => Uint8Array.from(made, (byte, i) => (i === 9 ? byte ^ 1 : byte)) },
  ],
};

export function coseEnvelopes(world: World): readonly Draft[] {
  return (['EC-256', 'RSA-2048'] as const).flatMap((keySpec) => {
    const signer = world.signers[keySpec];
    const changed = Object.entries({ ...messages, ...headers, ...parts }).map(([name, changes]): Draft => {
      return { name: `${name} (${keySpec})`, sign: (target) => writeCose({ target, signer }, changes) };
    });
    const other = Object.entries(contents).map(([name, make]): Draft => {
      const sign: Draft['sign'] = (target) => {
        const [content, changes] = make({ target, signer });
        return writeCose({ target, signer, ...content }, changes);
      };
      return { name: `${name} (${keySpec})`, sign };
    });
    return [...changed, ...other];
  });
}
