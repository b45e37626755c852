// JWS envelopes that each deviate in one thing, within the format or beyond it. JWS-1 to JWS-20, PAY-10.

import type { Draft } from '../case.ts';
import { attribute, day, moment, payloadType } from '../content.ts';
import type { Content } from '../content.ts';
import { append, both, rfc3339, set, setText, writeJws } from '../jws-writer.ts';
import type { JwsChanges, Members } from '../jws-writer.ts';
import type { World } from '../world.ts';

const { scheme, signingTime, authenticSigningTime, expiry, agent, timestamp } = attribute;

const protectedWith = (...changes: ((members: Members) => Members)[]): JwsChanges => ({
  protectedMembers: both(...changes),
});
const headerWith = (...changes: ((members: Members) => Members)[]): JwsChanges => ({ headerMembers: both(...changes) });
const membersWith = (...changes: ((members: Members) => Members)[]): JwsChanges => ({ members: both(...changes) });
const text = (change: (json: string) => string): JwsChanges => ({ text: change });
const reversed = (members: Members): Members => [...members].reverse();
const renamed =
  (from: string, to: string) =>
  (members: Members): Members =>
    members.map(([name, json]) => [name === from ? to : name, json] as const);
const past = (): string => rfc3339(moment(-day));
const local = (offset: string, hours: number): string =>
  `${moment(-day + hours * 3_600_000)
    .toISOString()
    .slice(0, 19)}${offset}`;
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Sets a bit of the last character that no byte needs. */
const unusedBits = (base64: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return base64.slice(0, -1) + alphabet[alphabet.indexOf(base64.at(-1)!) | 1]!;
};
const broken = (base64: string): string => `${base64.slice(0, 8)}\n${base64.slice(8)}`;

const wholes: Readonly<Record<string, JwsChanges>> = {
  'JWS-1 members in reverse order': membersWith(reversed),
  'JWS-10 white space around': text((json) => ` \t\r\n${json}\n`),
  'JWS-10 indented': text((json) => JSON.stringify(JSON.parse(json), null, 2)),
  'JWS-10 another value behind': text((json) => `${json}{}`),
  'JWS-10 a letter behind': text((json) => `${json}x`),
  'JWS-10 a zero byte behind': text((json) => `${json}\0`),
  'JWS-10 byte order mark': text((json) => `\uFEFF${json}`),
  'JWS-10 nothing': text(() => ''),
  'JWS-10 null': text(() => 'null'),
  'JWS-10 an array': text((json) => `[${json}]`),
  'JWS-10 a comma at the end': text((json) => json.replace(/\}$/, ',}')),
  'JWS-10 a comment': text((json) => json.replace('{', '{/**/')),
  'JWS-10 compact serialisation': text((json) => {
    const { payload, protected: header, signature } = JSON.parse(json) as Record<string, string>;
    return `${header}.${payload}.${signature}`;
  }),
  'JWS-10 general serialisation': text((json) => {
    const { payload, ...signature } = JSON.parse(json) as Record<string, unknown>;
    return JSON.stringify({ payload, signatures: [signature] });
  }),
  'JWS-10 signatures beside signature': membersWith(set('signatures', [])),
  'JWS-10 unknown member': membersWith(set('com.example.a', { a: [1] })),
  'JWS-10 unknown member nested 900 deep': membersWith(setText('a', deep(900))),
  'JWS-10 unknown member nested 2000 deep': membersWith(setText('a', deep(2000))),
  'JWS-10 unknown member nested 10001 deep': membersWith(setText('a', deep(10_001))),
  'JWS-10 unknown unprotected member': headerWith(set('kid', 'a')),
  'JWS-11 payload in another case': membersWith(renamed('payload', 'Payload')),
  'JWS-11 x5c in another case': headerWith(renamed('x5c', 'X5c')),
  'JWS-11 alg in another case': protectedWith(renamed('alg', 'Alg')),
  'JWS-11 cty in another case': protectedWith(renamed('cty', 'CTY')),
  'JWS-11 payload twice, the last good': membersWith((members) => [['payload', '"e30"'], ...members]),
  'JWS-11 payload twice, the first good': membersWith(append('payload', 'e30')),
  'JWS-11 signature twice, the last good': membersWith((members) => [['signature', '"AAAA"'], ...members]),
  'JWS-11 scheme twice, the last good': protectedWith((members) => [[scheme, '"x"'], ...members]),
  'JWS-11 scheme twice, the first good': protectedWith(append(scheme, 'x')),
  'JWS-11 header twice': membersWith((members) => [['header', '{"x5c":[]}'], ...members]),
  'JWS-11 header twice, the last empty': membersWith(append('header', {})),
  'JWS-11 x5c twice, the first not base64': headerWith((members) => [['x5c', '["?"]'], ...members]),
  'JWS-11 unknown member twice': membersWith(append('a', 1), append('a', 2)),
  'JWS-10 no payload': membersWith(set('payload', undefined)),
  'JWS-10 no protected header': membersWith(set('protected', undefined)),
  'JWS-10 no header': membersWith(set('header', undefined)),
  'JWS-10 no signature': membersWith(set('signature', undefined)),
  'JWS-10 payload null': membersWith(set('payload', null)),
  'JWS-10 header null': membersWith(set('header', null)),
  'JWS-10 header an array': membersWith(set('header', [])),
  'JWS-10 payload an object': membersWith(set('payload', {})),
  'JWS-10 name with an escape': text((json) => json.replace('"payload"', '"\\u0070ayload"')),
  'JWS-10 value with an escape': text((json) => json.replace(/"payload":"e/, '"payload":"\\u0065')),
};

const encodings: Readonly<Record<string, JwsChanges>> = {
  'JWS-12 protected header padded': {
    protectedBase64: (base64) => base64 + '='.repeat((4 - (base64.length % 4)) % 4 || 4),
  },
  'JWS-12 payload padded': { payloadBase64: (base64) => `${base64}=` },
  'JWS-12 signature padded': { signatureBase64: (base64) => base64 + '='.repeat((4 - (base64.length % 4)) % 4) },
  'JWS-12 payload with a line break': { payloadBase64: broken },
  'JWS-12 protected header with a line break': { protectedBase64: broken },
  'JWS-12 signature with a line break': { signatureBase64: broken },
  'JWS-12 signature with a space': { signatureBase64: (base64) => `${base64} ` },
  'JWS-12 signature in the standard alphabet': {
    signatureBase64: (base64) => `+/${base64.slice(2)}`,
  },
  'JWS-12 signature with unused bits set': { signatureBase64: unusedBits },
  'JWS-12 signature of no length of base64': { signatureBase64: (base64) => `${base64}A`.slice(0, 85) },
  'JWS-13 no x5c': headerWith(set('x5c', undefined)),
  'JWS-13 x5c empty': headerWith(set('x5c', [])),
  'JWS-13 x5c null': headerWith(set('x5c', null)),
  'JWS-13 x5c one text': headerWith((members) =>
    members.map(
      ([name, json]) => [name, name === 'x5c' ? JSON.stringify((JSON.parse(json) as string[])[0]) : json] as const,
    ),
  ),
  'JWS-13 x5c with a number': headerWith(set('x5c', [1])),
  'JWS-13 x5c with null': headerWith(set('x5c', [null])),
  'JWS-13 x5c with an empty text': headerWith(set('x5c', [''])),
  'JWS-13 certificate unpadded': headerWith(chain((base64) => base64.replace(/=+$/, ''))),
  'JWS-13 certificate URL-safe': headerWith(chain((base64) => base64.replaceAll('+', '-').replaceAll('/', '_'))),
  'JWS-13 certificate with line breaks': headerWith(chain(broken)),
  'JWS-13 certificate in PEM': headerWith(
    chain((base64) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`),
  ),
  'JWS-13 x5u beside x5c': headerWith(set('x5u', 'http://example.com/')),
  'JWS-13 signing agent a number': headerWith(set(agent, 1)),
  'JWS-13 signing agent null': headerWith(set(agent, null)),
  'JWS-13 timestamp not base64': headerWith(set(timestamp, 'x')),
  'JWS-13 timestamp that is none, not asked for': headerWith(set(timestamp, 'AA==')),
  'JWS-13 timestamp an object': headerWith(set(timestamp, {})),
  'JWS-13 timestamp unpadded': headerWith(set(timestamp, 'AA')),
  'JWS-13 timestamp empty': headerWith(set(timestamp, '')),
  'JWS-13 timestamp null': headerWith(set(timestamp, null)),
};

/** Changes the first certificate that has something to change. */
function chain(change: (base64: string) => string): (members: Members) => Members {
  return (members) =>
    members.map(([name, json]) => {
      return [name, name === 'x5c' ? JSON.stringify((JSON.parse(json) as string[]).map(change)) : json] as const;
    });
}

const headers: Readonly<Record<string, JwsChanges>> = {
  'JWS-3 members in reverse order': protectedWith(reversed),
  'JWS-14 white space behind': { protectedText: (json) => `${json} \n` },
  'JWS-14 white space in front': { protectedText: (json) => ` ${json}` },
  'JWS-14 indented': { protectedText: (json) => JSON.stringify(JSON.parse(json), null, 2) },
  'JWS-14 bytes behind': { protectedText: (json) => `${json}{}` },
  'JWS-14 an array': { protectedText: (json) => `[${json}]` },
  'JWS-14 null': { protectedText: () => 'null' },
  'JWS-14 empty': { protectedText: () => '' },
  'JWS-14 an empty object': { protectedText: () => '{}' },
  'JWS-14 byte order mark': { protectedText: (json) => `\uFEFF${json}` },
  'JWS-14 not UTF-8': { protectedText: (json) => Buffer.from(json.replace('{', '{"a":"\x80",'), 'latin1') },
  'JWS-14 half a surrogate pair': { protectedText: (json) => json.replace('{', '{"a":"\\ud800",') },
  'JWS-14 no alg': protectedWith(set('alg', undefined)),
  'JWS-14 alg a number': protectedWith(set('alg', -7)),
  'JWS-14 alg null': protectedWith(set('alg', null)),
  'JWS-14 alg none': protectedWith(set('alg', 'none')),
  'JWS-14 alg HS256': protectedWith(set('alg', 'HS256')),
  'JWS-14 alg RS256': protectedWith(set('alg', 'RS256')),
  'JWS-14 alg EdDSA': protectedWith(set('alg', 'EdDSA')),
  'JWS-14 alg ES256K': protectedWith(set('alg', 'ES256K')),
  'JWS-14 alg in lower case': protectedWith(renamedValue('alg', (alg) => alg.toLowerCase())),
  'JWS-14 alg with a space': protectedWith(renamedValue('alg', (alg) => `${alg} `)),
  'JWS-14 alg of another size': protectedWith(renamedValue('alg', (alg) => `${alg.slice(0, 2)}512`)),
  'JWS-14 alg of the other family': protectedWith(renamedValue('alg', (alg) => (alg === 'ES256' ? 'PS256' : 'ES256'))),
  'JWS-14 alg with an escape': { protectedText: (json) => json.replace(/"alg":"(.)S256"/, '"alg":"$1\\u0053256"') },
  'JWS-20 no cty': protectedWith(set('cty', undefined)),
  'JWS-20 cty null': protectedWith(set('cty', null)),
  'JWS-20 cty a number': protectedWith(set('cty', 1)),
  'JWS-20 cty of another kind': protectedWith(set('cty', 'application/json')),
  'JWS-20 cty without application/': protectedWith(set('cty', payloadType.replace('application/', ''))),
  'JWS-20 cty in upper case': protectedWith(set('cty', payloadType.toUpperCase())),
  'JWS-18 typ': protectedWith(set('typ', 'JOSE')),
  'JWS-18 kid a number': protectedWith(set('kid', 1)),
  'JWS-18 attribute of any type': protectedWith(set('com.example.a', { a: [null, 1.5, true] })),
  'JWS-18 attribute null': protectedWith(set('com.example.a', null)),
  'JWS-18 attribute named like a member of every object': protectedWith(set('toString', 'x')),
  'JWS-18 attribute __proto__': { protectedText: (json) => json.replace('{', '{"__proto__":"x",') },
  'JWS-18 b64 false': protectedWith(set('b64', false)),
  'JWS-18 b64 true': protectedWith(set('b64', true)),
  'JWS-18 b64 false and critical': protectedWith(set('b64', false), set('crit', [scheme, 'b64'])),
  'D1 critical attribute': protectedWith(set('com.example.a', 'x'), set('crit', [scheme, 'com.example.a'])),
  'D1 critical attribute with a number': protectedWith(set('com.example.a', 1), set('crit', [scheme, 'com.example.a'])),
  'D1 critical attribute, null': protectedWith(set('com.example.a', null), set('crit', [scheme, 'com.example.a'])),
  'D1 critical typ': protectedWith(set('typ', 'JOSE'), set('crit', [scheme, 'typ'])),
};

/** A value that is text. */
function renamedValue(wanted: string, change: (value: string) => string): (members: Members) => Members {
  return (members) =>
    members.map(
      ([name, json]) => [name, name === wanted ? JSON.stringify(change(JSON.parse(json) as string)) : json] as const,
    );
}

const attributes: Readonly<Record<string, JwsChanges>> = {
  'JWS-15 no crit': protectedWith(set('crit', undefined)),
  'JWS-15 crit null': protectedWith(set('crit', null)),
  'JWS-15 crit empty': protectedWith(set('crit', [])),
  'JWS-15 crit a text': protectedWith(set('crit', scheme)),
  'JWS-15 crit with a number': protectedWith(set('crit', [scheme, 1])),
  'JWS-15 crit with null': protectedWith(set('crit', [scheme, null])),
  'JWS-15 crit with an empty text': protectedWith(set('crit', [scheme, ''])),
  'JWS-15 crit without the scheme': protectedWith(set('a', 1), set('crit', ['a'])),
  'JWS-15 crit with the scheme twice': protectedWith(set('crit', [scheme, scheme])),
  'JWS-15 crit with the scheme in another case': protectedWith(set('crit', [scheme.toLowerCase()])),
  'JWS-15 crit with alg': protectedWith(set('crit', [scheme, 'alg'])),
  'JWS-15 crit with cty': protectedWith(set('crit', [scheme, 'cty'])),
  'JWS-15 crit with crit': protectedWith(set('crit', [scheme, 'crit'])),
  'JWS-15 crit with the signing time': protectedWith(set('crit', [scheme, signingTime])),
  'JWS-15 crit with an absent name': protectedWith(set('crit', [scheme, 'com.example.absent'])),
  'JWS-15 crit with an absent name of every object': protectedWith(set('crit', [scheme, 'toString'])),
  'JWS-15 crit with an attribute twice': protectedWith(set('a', 1), set('crit', [scheme, 'a', 'a'])),
  'JWS-15 crit without the expiry': protectedWith(set(expiry, rfc3339(moment(day)))),
  'JWS-15 crit with an expiry that is null': protectedWith(set(expiry, null), set('crit', [scheme, expiry])),
  'JWS-15 expiry null': protectedWith(set(expiry, null)),
  'JWS-15 expiry empty': protectedWith(set(expiry, ''), set('crit', [scheme, expiry])),
  'JWS-16 no scheme': protectedWith(set(scheme, undefined)),
  'JWS-16 scheme unknown': protectedWith(set(scheme, 'notary.x509.other')),
  'JWS-16 scheme empty': protectedWith(set(scheme, '')),
  'JWS-16 scheme null': protectedWith(set(scheme, null)),
  'JWS-16 scheme a number': protectedWith(set(scheme, 1)),
  'JWS-16 time of the other scheme': protectedWith(set(authenticSigningTime, past())),
  'JWS-16 time of the other scheme, null': protectedWith(set(authenticSigningTime, null)),
  'JWS-16 no signing time': protectedWith(set(signingTime, undefined)),
  'JWS-16 signing time null': protectedWith(set(signingTime, null)),
  'JWS-17 signing time a number': protectedWith(set(signingTime, 1_700_000_000)),
  'JWS-17 signing time no time': protectedWith(set(signingTime, 'yesterday')),
  'JWS-17 signing time empty': protectedWith(set(signingTime, '')),
  'JWS-17 offset +08:00': protectedWith(set(signingTime, local('+08:00', 8))),
  'JWS-17 offset -11:30': protectedWith(set(signingTime, local('-11:30', -11.5))),
  'JWS-17 offset +00:00': protectedWith(set(signingTime, local('+00:00', 0))),
  'JWS-17 offset -00:00': protectedWith(set(signingTime, local('-00:00', 0))),
  'JWS-17 offset +23:59': protectedWith(set(signingTime, local('+23:59', 0))),
  'JWS-17 offset +24:00': protectedWith(set(signingTime, local('+24:00', 0))),
  'JWS-17 offset +08:60': protectedWith(set(signingTime, local('+08:60', 0))),
  'JWS-17 offset without a colon': protectedWith(set(signingTime, local('+0800', 8))),
  'JWS-17 no offset': protectedWith(set(signingTime, past().slice(0, -1))),
  'JWS-17 small t': protectedWith(set(signingTime, past().replace('T', 't'))),
  'JWS-17 small z': protectedWith(set(signingTime, past().replace('Z', 'z'))),
  'JWS-17 space for T': protectedWith(set(signingTime, past().replace('T', ' '))),
  'JWS-17 fraction': protectedWith(set(signingTime, past().replace('Z', '.5Z'))),
  'JWS-17 fraction of twelve digits': protectedWith(set(signingTime, past().replace('Z', '.123456789012Z'))),
  'JWS-17 fraction with a comma': protectedWith(set(signingTime, past().replace('Z', ',5Z'))),
  'JWS-17 fraction without digits': protectedWith(set(signingTime, past().replace('Z', '.Z'))),
  'JWS-17 hour of one digit': protectedWith(set(signingTime, '2024-01-01T1:00:00Z')),
  'JWS-17 hour 24': protectedWith(set(signingTime, '2024-01-01T24:00:00Z')),
  'JWS-17 minute 60': protectedWith(set(signingTime, '2024-01-01T00:60:00Z')),
  'JWS-17 leap second': protectedWith(set(signingTime, '2016-12-31T23:59:60Z')),
  'JWS-17 29 February': protectedWith(set(signingTime, '2024-02-29T00:00:00Z')),
  'JWS-17 29 February of no leap year': protectedWith(set(signingTime, '2023-02-29T00:00:00Z')),
  'JWS-17 month 13': protectedWith(set(signingTime, '2024-13-01T00:00:00Z')),
  'JWS-17 day 0': protectedWith(set(signingTime, '2024-01-00T00:00:00Z')),
  'JWS-17 year 0': protectedWith(set(signingTime, '0000-01-01T00:00:00Z')),
  'JWS-17 year 1': protectedWith(set(signingTime, '0001-01-01T00:00:00Z')),
  'JWS-17 a second into year 1': protectedWith(set(signingTime, '0001-01-01T00:00:01Z')),
  'JWS-17 year of five digits': protectedWith(set(signingTime, '12024-01-01T00:00:00Z')),
  'JWS-17 white space': protectedWith(set(signingTime, ` ${past()}`)),
  'JWS-17 signing time tomorrow': protectedWith(set(signingTime, rfc3339(moment(day)))),
  'JWS-17 expiry with an offset': protectedWith(set(expiry, local('+08:00', 48 + 8)), set('crit', [scheme, expiry])),
  'JWS-17 expiry no time': protectedWith(set(expiry, 'tomorrow'), set('crit', [scheme, expiry])),
  'JWS-17 expiry in the year 9999': protectedWith(set(expiry, '9999-12-31T23:59:59Z'), set('crit', [scheme, expiry])),
};

const contents: Readonly<Record<string, (content: Content) => [Partial<Content>, JwsChanges?]>> = {
  'JWS-15 crit without the authentic time': () => [
    { scheme: 'notary.x509.signingAuthority' },
    protectedWith(set('crit', [scheme])),
  ],
  'JWS-16 signing time beside the authentic one': () => [
    { scheme: 'notary.x509.signingAuthority' },
    protectedWith(set(signingTime, past())),
  ],
  'JWS-16 signing time null beside the authentic one': () => [
    { scheme: 'notary.x509.signingAuthority' },
    protectedWith(set(signingTime, null)),
  ],
  'JWS-16 no authentic time': () => [
    { scheme: 'notary.x509.signingAuthority' },
    protectedWith(set(authenticSigningTime, undefined), set('crit', [scheme])),
  ],
  'JWS-19 salt of 20 bytes': () => [{ signing: { saltLength: 20 } }],
  'JWS-19 no salt': () => [{ signing: { saltLength: 0 } }],
  'JWS-19 the longest salt': () => [{ signing: { saltLength: 222 } }],
  'JWS-19 signature in DER, or of PKCS#1': ({ signer: { privateKey } }) => [
    { signing: { encoding: privateKey.asymmetricKeyType === 'ec' ? 'der' : 'pkcs1' } },
  ],
  'JWS-19 signature over another hash': () => [{ signing: { hash: 'sha384', saltLength: 48 } }],
  'JWS-19 signature with a byte behind': () => [{ signature: (made) => Buffer.concat([made, Buffer.alloc(1)]) }],
  'JWS-19 signature with a zero in front': () => [{ signature: (made) => Buffer.concat([Buffer.alloc(1), made]) }],
  'JWS-19 signature cut': () => [{ signature: (made) => made.slice(0, -1) }],
  'JWS-20 signature empty': () => [{ signature: () => new Uint8Array() }],
  'JWS-20 signature of zeros': () => [{ signature: (made) => new Uint8Array(made.length) }],
};

export function jwsEnvelopes(world: World): readonly Draft[] {
  return (['EC-256', 'RSA-2048'] as const).flatMap((keySpec) => {
    const signer = world.signers[keySpec];
    const changed = Object.entries({ ...wholes, ...encodings, ...headers, ...attributes }).map(
      ([name, changes]): Draft => {
        return { name: `${name} (jws, ${keySpec})`, sign: (target) => writeJws({ target, signer }, changes) };
      },
    );
    const other = Object.entries(contents).map(([name, make]): Draft => {
      const sign: Draft['sign'] = (target) => {
        const [content, changes] = make({ target, signer });
        return writeJws({ target, signer, ...content }, changes);
      };
      return { name: `${name} (jws, ${keySpec})`, sign };
    });
    return [...changed, ...other];
  });
}
