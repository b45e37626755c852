// Signed payloads that each deviate in one thing, and demands for user metadata. PAY-1 to PAY-13, VER 9.2.

import type { Draft, Target } from '../case.ts';
import { writeEnvelope } from '../writer.ts';
import { formats } from '../world.ts';
import type { World } from '../world.ts';

type Text = (target: Target) => string | Uint8Array;

const wrap = (members: string): string => `{"targetArtifact":{${members}}}`;
const members = ({ mediaType, digest, size }: Target): string =>
  `"mediaType":"${mediaType}","digest":"${digest}","size":${size}`;
const changed =
  (change: (target: Target) => Partial<Record<keyof Target, unknown>>): Text =>
  (target) =>
    JSON.stringify({ targetArtifact: { ...target, reference: undefined, ...change(target) } });
const withMember =
  (text: string): Text =>
  (target) =>
    wrap(`${members(target)},${text}`);
const inner =
  (change: (text: string) => string): Text =>
  (target) =>
    change(wrap(members(target)));
const upper = (text: string): string => text.toUpperCase();

const payloads: Readonly<Record<string, Text>> = {
  'PAY-6 members in the order of COSE': (target) => wrap(members(target)),
  'PAY-7 members in the order of JWS': ({ mediaType, digest, size }) =>
    wrap(`"digest":"${digest}","mediaType":"${mediaType}","size":${size}`),
  'PAY-8 escapes that nobody needs': inner((text) => text.replace('vnd.oci', '\\u0076nd.oci')),
  'PAY-11 white space': inner((text) => ` ${text.replaceAll(',', ' ,\n\t')}\n`),
  'PAY-11 unknown member inside': withMember('"com.example":{"a":[1.5,null]}'),
  'PAY-11 unknown member outside': inner((text) => `{"a":1,${text.slice(1)}`),
  'PAY-11 artifactType': withMember('"artifactType":"a/b"'),
  'PAY-11 urls of the wrong type': withMember('"urls":1'),
  'PAY-11 data': withMember('"data":"AA=="'),
  'PAY-11 data that is no base64': withMember('"data":"?"'),
  'PAY-11 platform': withMember('"platform":{"os":"linux","architecture":"amd64"}'),
  'PAY-11 platform of the wrong type': withMember('"platform":"linux"'),
  'PAY-11 artifactType of the wrong type': withMember('"artifactType":1'),
  'PAY-11 urls': withMember('"urls":["http://a/"]'),
  'PAY-11 urls with a number': withMember('"urls":[1]'),
  'PAY-11 urls null': withMember('"urls":null'),
  'PAY-11 data a list': withMember('"data":[1]'),
  'PAY-11 data unpadded': withMember('"data":"AA"'),
  'PAY-11 platform with a number': withMember('"platform":{"os":1}'),
  'PAY-11 platform of unknown members': withMember('"platform":{"cpu":1}'),
  'PAY-11 platform with features': withMember('"platform":{"os.features":["a"],"os.version":"1","variant":"v8"}'),
  'PAY-11 platform with features that are none': withMember('"platform":{"os.features":"a"}'),
  'PAY-11 annotations empty': withMember('"annotations":{}'),
  'PAY-11 annotations null': withMember('"annotations":null'),
  'PAY-11 annotation a number': withMember('"annotations":{"a":1}'),
  'PAY-11 annotation null': withMember('"annotations":{"a":null}'),
  'PAY-11 annotations an array': withMember('"annotations":[]'),
  'PAY-11 annotation twice': withMember('"annotations":{"a":"1","a":"2"}'),
  'PAY-11 annotation __proto__': withMember('"annotations":{"__proto__":"x"}'),
  'PAY-11 nothing': () => '',
  'PAY-11 an empty object': () => '{}',
  'PAY-11 target null': () => '{"targetArtifact":null}',
  'PAY-11 target a text': () => '{"targetArtifact":"x"}',
  'PAY-11 target an array': () => '{"targetArtifact":[]}',
  'PAY-11 target empty': () => '{"targetArtifact":{}}',
  'PAY-11 target twice, the last good': (target) => `{"targetArtifact":{},${wrap(members(target)).slice(1)}`,
  'PAY-11 target twice, the last empty': inner((text) => text.replace(/\}$/, ',"targetArtifact":{}}')),
  'PAY-11 target twice, the last null': inner((text) => text.replace(/\}$/, ',"targetArtifact":null}')),
  'PAY-11 target in another case': inner((text) => text.replace('targetArtifact', 'TargetArtifact')),
  'PAY-11 digest in another case': inner((text) => text.replace('"digest"', '"Digest"')),
  'PAY-11 size with a fraction': inner((text) => text.replace(/"size":(\d+)/, '"size":$1.0')),
  'PAY-11 size with an exponent': inner((text) => text.replace(/"size":(\d+)/, '"size":$1e0')),
  'PAY-11 size a text': inner((text) => text.replace(/"size":(\d+)/, '"size":"$1"')),
  'PAY-11 size null': inner((text) => text.replace(/"size":(\d+)/, '"size":null')),
  'PAY-11 size negative': inner((text) => text.replace(/"size":(\d+)/, '"size":-$1')),
  'PAY-11 size minus zero': inner((text) => text.replace(/"size":(\d+)/, '"size":-0')),
  'PAY-11 size with a zero in front': inner((text) => text.replace(/"size":(\d+)/, '"size":0$1')),
  'PAY-11 size beyond 64 bits': inner((text) => text.replace(/"size":(\d+)/, '"size":99999999999999999999')),
  'PAY-11 size twice, the last good': inner((text) => text.replace('"size"', '"size":1,"size"')),
  'PAY-11 bytes behind': inner((text) => `${text}x`),
  'PAY-11 another value behind': inner((text) => `${text}{}`),
  'PAY-11 byte order mark': inner((text) => `\uFEFF${text}`),
  'PAY-11 not UTF-8': (target) => Buffer.from(wrap(`${members(target)},"a":"\x80"`), 'latin1'),
  'PAY-11 half a surrogate pair': withMember('"a":"\\ud800"'),
  'PAY-11 control character in a text': withMember('"a":"\u0001"'),
  'PAY-10 an array': inner((text) => `[${text}]`),
  'PAY-10 a number': () => '1',
  'PAY-10 null': () => 'null',
  'PAY-10 no JSON': () => 'payload',
  'PAY-12 another media type': changed(() => ({ mediaType: 'application/vnd.oci.image.index.v1+json' })),
  'PAY-12 no media type': changed(() => ({ mediaType: undefined })),
  'PAY-12 media type in upper case': changed(({ mediaType }) => ({ mediaType: upper(mediaType) })),
  'PAY-12 media type with a parameter': changed(({ mediaType }) => ({ mediaType: `${mediaType};a=b` })),
  'PAY-12 another digest': changed(() => ({ digest: `sha256:${'0'.repeat(64)}` })),
  'PAY-12 no digest': changed(() => ({ digest: undefined })),
  'PAY-12 another size': changed(({ size }) => ({ size: size + 1 })),
  'PAY-12 no size': changed(() => ({ size: undefined })),
  'PAY-13 digest in upper case': changed(({ digest }) => ({ digest: upper(digest).replace('SHA256', 'sha256') })),
  'PAY-13 digest with a space': changed(({ digest }) => ({ digest: `${digest} ` })),
  'PAY-13 digest of SHA-1': changed(() => ({ digest: `sha1:${'0'.repeat(40)}` })),
};

type Metadata = Readonly<Record<string, string>>;
const demands: Readonly<Record<string, readonly [signed: Metadata | undefined, demanded: Metadata]>> = {
  'VER 9.2 metadata that is there': [{ a: '1', b: '2' }, { a: '1' }],
  'VER 9.2 all metadata that is there': [
    { a: '1', b: '2' },
    { a: '1', b: '2' },
  ],
  'VER 9.2 metadata of another value': [{ a: '1' }, { a: '2' }],
  'VER 9.2 metadata in another case': [{ a: 'x' }, { a: 'X' }],
  'VER 9.2 metadata under a name in another case': [{ a: 'x' }, { A: 'x' }],
  'VER 9.2 metadata that is absent': [{ a: '1' }, { b: '1' }],
  'VER 9.2 metadata where nothing is signed': [undefined, { a: '1' }],
  'VER 9.2 one of two demands missed': [{ a: '1' }, { a: '1', b: '2' }],
  'VER 9.2 metadata with an equals sign': [{ a: 'b=c' }, { a: 'b=c' }],
  'VER 9.2 metadata beyond ASCII': [{ ä: '€ & <>' }, { ä: '€ & <>' }],
  'VER 9.2 metadata composed otherwise': [{ a: '\u00e4' }, { a: 'a\u0308' }],
  'VER 9.2 metadata named like a member of every object': [undefined, { toString: 'x' }],
  'VER 9.2 metadata of the reserved prefix': [{ 'io.cncf.notary.a': '1' }, { 'io.cncf.notary.a': '1' }],
};

export function signedPayloads(world: World): readonly Draft[] {
  const signer = world.signers['EC-256'];
  return formats.flatMap((format) => [
    ...Object.entries(payloads).map(([name, make]): Draft => {
      const sign: Draft['sign'] = (target) => writeEnvelope(format, { target, signer, payload: make(target) });
      return { name: `${name} (${format})`, sign };
    }),
    ...Object.entries(demands).map(([name, [annotations, metadata]]): Draft => {
      const sign: Draft['sign'] = (target) =>
        writeEnvelope(format, { target, signer, ...(annotations && { annotations }) });
      return { name: `${name} (${format})`, metadata, sign };
    }),
  ]);
}
