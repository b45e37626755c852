// Envelopes and what is inside: CBOR, COSE, JSON, JWS, the payload, times. "Signed anew" means that a stranger with a key
// of his own signed the mutated part, so that the damage is met behind the signature check.

import { sign } from 'node:crypto';

import type { Source } from '../../../shared/bytes.ts';
import { decodeCbor } from '../../../shared/envelope/cbor.ts';
import { cose } from '../../../shared/envelope/cose.ts';
import type { EnvelopeFormat, EnvelopeParts } from '../../../shared/envelope/envelope.ts';
import { verifyIntegrity } from '../../../shared/envelope/integrity.ts';
import { jws } from '../../../shared/envelope/jws.ts';
import { parsePayload } from '../../../shared/envelope/payload.ts';
import { parseTime } from '../../../shared/envelope/attributes.ts';
import { parseJson, requireStringMap, isJsonObject } from '../../../shared/json.ts';
import { describeArtifact } from '../../../verify/report.ts';
import { renderReport } from '../../../verify/summary.ts';
import { judgeSignature } from '../../../verify/verifier.ts';
import type { ArtifactReport } from '../../../verify/verify.ts';
import {
  at,
  createAuthority,
  createPublisher,
  createResponders,
  services,
  sign as signArtifact,
  statement,
  storesOf,
  subject,
} from '../../unit/verify/world.ts';
import { signedParts, target as signedTarget } from '../../unit/envelope/signed.ts';
import { asText, cbor, json, text } from '../target.ts';
import type { Seed, Target } from '../target.ts';

const source: Source = { code: 'ENVELOPE_MALFORMED', what: 'fuzz' };
const publisher = await createPublisher();
const authority = await createAuthority();
const formats = { cose, jws } as const;
const plugin = { key: 'io.example.x', critical: false, value: 'y' };
const options = [{}, { attributes: { extended: [plugin] } }, { attributes: { expiry: new Date('2034-01-01') } }];
const envelopesIn = (format: 'cose' | 'jws'): readonly Uint8Array[] =>
  options.map((more) => signArtifact(publisher, authority, { format, ...more }).envelope);

/** The whole way of stored bytes: decoded, judged by every validation, told in the report and in the summary. */
async function judged(format: EnvelopeFormat, envelope: Uint8Array): Promise<unknown> {
  const stores = storesOf({ 'ca:acme': [publisher.root], 'tsa:acme': [authority.root] });
  const { http } = createResponders(publisher, authority);
  const policy = statement({ level: 'audit' });
  const terms = { subject, statement: policy, userMetadata: {}, at };
  const finding = await judgeSignature({ mediaType: format.mediaType, envelope }, terms, services(http, stores));
  const { failure } = finding;
  const report: ArtifactReport = {
    artifact: { text: 'a', reference: { registry: 'r.test', repository: 'a', tag: '1' } },
    ...{ verdict: failure ? 'invalid' : 'verified', statement: policy, subject },
    outcomes: [{ signature: subject, finding, ...(failure && { failure }) }],
    ...(failure && { failure, reason: failure }),
  };
  const shown = [JSON.stringify(describeArtifact(report)), renderReport([report])];
  if (failure) throw failure;
  return shown;
}

function opened(format: EnvelopeFormat, envelope: Uint8Array): unknown {
  const intact = verifyIntegrity(format.decode(envelope));
  return [intact.signed, parsePayload(intact.payload)];
}

function signedAnew(format: EnvelopeFormat, parts: Pick<EnvelopeParts, 'protectedHeader' | 'payload'>): Uint8Array {
  const { privateKey: key, chain } = publisher.leaf;
  const toBeSigned = format.toBeSigned(parts.protectedHeader, parts.payload);
  const signature = new Uint8Array(sign('sha256', toBeSigned, { key, dsaEncoding: 'ieee-p1363' }));
  return format.encode({ ...parts, signature, certificateChain: chain, signingAgent: 'fuzz/1' });
}

const payloadOf = (format: EnvelopeFormat): Uint8Array => format.payload(subject);
const partsOf = (format: EnvelopeFormat): readonly EnvelopeParts[] =>
  options.map((more) => signedParts(format, publisher.leaf, 'EC-256', more));

const integrityCodes = [
  ...(['ENVELOPE_MALFORMED', 'ENVELOPE_UNSUPPORTED', 'SIGNATURE_MISMATCH', 'ASN1_MALFORMED'] as const),
  ...(['CERTIFICATE_CHAIN_BROKEN', 'CERTIFICATE_UNSUITABLE', 'KEY_UNSUPPORTED'] as const),
] as const;
const verdictCodes = [...integrityCodes, 'PAYLOAD_MISMATCH'] as const;

const payloads: readonly Seed[] = [
  json(cose.payload(signedTarget)),
  json(jws.payload(signedTarget)),
  json({ targetArtifact: { mediaType: 'a/b', digest: `sha512:${'0a'.repeat(64)}`, size: 0, x: [1] }, y: {} }),
];

const envelopeTargets = (name: 'cose' | 'jws', shape: (bytes: Uint8Array) => Seed): readonly Target[] => [
  {
    name: `${name.toUpperCase()} envelope`,
    seeds: envelopesIn(name).map(shape),
    codes: integrityCodes,
    decode: (bytes) => opened(formats[name], bytes),
  },
  {
    name: `${name.toUpperCase()} envelope, judged and reported`,
    seeds: envelopesIn(name).slice(0, 1).map(shape),
    codes: verdictCodes,
    decode: (bytes) => judged(formats[name], bytes),
  },
  {
    name: `${name.toUpperCase()} header, signed anew`,
    seeds: partsOf(formats[name]).map(({ protectedHeader }) => shape(protectedHeader)),
    codes: verdictCodes,
    decode: (protectedHeader) =>
      judged(formats[name], signedAnew(formats[name], { protectedHeader, payload: payloadOf(formats[name]) })),
  },
  {
    name: `${name.toUpperCase()} payload, signed anew`,
    seeds: [
      json(payloadOf(formats[name])),
      json(formats[name].payload({ ...subject, annotations: { a: 'b', c: '<d>' } })),
    ],
    codes: verdictCodes,
    decode: (payload) => {
      const [parts] = partsOf(formats[name]);
      return judged(formats[name], signedAnew(formats[name], { protectedHeader: parts!.protectedHeader, payload }));
    },
  },
];

export const envelopeRoomTargets: readonly Target[] = [
  {
    name: 'CBOR gate',
    seeds: [
      ...envelopesIn('cose').map((bytes) => cbor(bytes)),
      ...partsOf(cose).map(({ protectedHeader }) => cbor(protectedHeader)),
    ],
    codes: ['ENVELOPE_MALFORMED'],
    decode: (bytes) => decodeCbor(bytes, 'allowed', source),
  },
  {
    name: 'JSON gate',
    seeds: [
      json({ a: [1, 2.5, null, true, 'x'], b: { c: {} } }),
      ...envelopesIn('jws').slice(0, 1).map(json),
      ...payloads,
    ],
    codes: ['ENVELOPE_MALFORMED'],
    decode: (bytes) => {
      const value = parseJson(bytes, source);
      return isJsonObject(value) && 'annotations' in value ? requireStringMap(value.annotations, source, 'a') : value;
    },
  },
  ...envelopeTargets('cose', cbor),
  ...envelopeTargets('jws', json),
  { name: 'payload', seeds: payloads, codes: ['ENVELOPE_MALFORMED'], decode: parsePayload },
  {
    name: 'RFC 3339 time',
    seeds: ['2024-05-06T07:08:09Z', '2024-02-29T23:59:59.123456789+14:30', '0001-01-01T00:00:01-00:00'].map(text),
    codes: ['ENVELOPE_MALFORMED'],
    decode: (bytes) => parseTime(asText(bytes), source).toISOString(),
  },
];
