// The JWS format: one signature in flattened JSON serialisation. Signature Envelope JWS; RFC 7515 §7.2.2 (JWS-1 to
// JWS-20). Member names are matched exactly (D20); members that nobody asks for are ignored (D12).

import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url, encodeUtf8 } from '../bytes.ts';
import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { signatureAlgorithms } from '../crypto/algorithm.ts';
import type { SignatureAlgorithm } from '../crypto/algorithm.ts';
import { NotaryError } from '../errors.ts';
import { member, optionalString, ordered, parseJson, requireArray, requireObject, requireString } from '../json.ts';
import { sorted, writeJson } from '../json.ts';
import type { Json, JsonObject, Writable } from '../json.ts';
import {
  attributeName,
  criticalAttributes,
  parseTime,
  quote,
  renderTime,
  requireListed,
  requireScheme,
  requireWritable,
  timeAttributeOf,
} from './attributes.ts';
import type { Envelope, EnvelopeFormat, EnvelopeParts, SignedAttributes, UnsignedAttributes } from './envelope.ts';
import { readPayload, sortedPayload } from './payload.ts';

const mediaType = 'application/jose+json';
const source: Source = { code: 'ENVELOPE_MALFORMED', what: 'JWS signature' };

export const jws: EnvelopeFormat = {
  name: 'jws',
  mediaType,
  saltLength: 'any',
  payload: sortedPayload,
  protect,
  toBeSigned,
  encode,
  decode,
};

// Every other member of the protected header is an extended attribute (JWS-18).
const systemNames: ReadonlySet<string> = new Set([
  ...['alg', 'cty', 'crit'],
  ...[attributeName.signingScheme, attributeName.signingTime, attributeName.authenticSigningTime, attributeName.expiry],
]);

function protect(attributes: SignedAttributes, algorithm: SignatureAlgorithm): Uint8Array {
  const { contentType, signingScheme, signingTime, expiry } = attributes;
  const extended = requireWritable(attributes.extended, systemNames);
  const system = criticalAttributes(signingScheme, expiry !== undefined);
  const critical = extended.filter((attribute) => attribute.critical).map(({ key }) => key);
  const header = Object.assign(Object.create(null) as Record<string, Writable | undefined>, {
    alg: algorithm.jws,
    crit: [...system.slice(0, 1), ...critical, ...system.slice(1)], // JWS-5: not the order of COSE
    cty: contentType,
    [attributeName.signingScheme]: signingScheme,
    [timeAttributeOf[signingScheme]]: renderTime(signingTime),
    [attributeName.expiry]: expiry && renderTime(expiry),
  });
  for (const { key, value } of extended) header[key] = value;
  return writeJson(sorted(header));
}

/** JWS-8 */
function toBeSigned(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  return signingInput(encodeBase64Url(protectedHeader), encodeBase64Url(payload));
}

function signingInput(protectedText: string, payloadText: string): Uint8Array {
  return encodeUtf8(`${protectedText}.${payloadText}`);
}

const x5c = 'x5c';

function encode(parts: EnvelopeParts): Uint8Array {
  const { timestampSignature, certificateChain, signingAgent } = parts;
  const header = ordered(
    [attributeName.timestampSignature, timestampSignature && encodeBase64(timestampSignature)],
    [x5c, certificateChain.map(encodeBase64)],
    [attributeName.signingAgent, signingAgent],
  );
  const members = ordered(
    ['payload', encodeBase64Url(parts.payload)],
    ['protected', encodeBase64Url(parts.protectedHeader)],
    ['header', header],
    ['signature', encodeBase64Url(parts.signature)],
  );
  return writeJson(members);
}

function decode(bytes: Uint8Array): Envelope {
  const envelope = requireObject(parseJson(bytes, source), source, 'the envelope');
  const text = (name: string) => requireString(member(envelope, name), source, name);
  const payload = decodeBase64Url(text('payload'), source);
  readPayload(payload); // PAY-10
  const protectedHeader = parseJson(decodeBase64Url(text('protected'), source), source);
  const header = requireObject(protectedHeader, source, 'the protected header');
  const signature = decodeBase64Url(text('signature'), source);
  if (signature.length === 0) throw malformed(source, 'the signature is empty'); // JWS-20
  return {
    mediaType,
    signed: readSigned(header),
    unsigned: readUnsigned(requireObject(member(envelope, 'header'), source, 'header')),
    payload,
    algorithm: requireAlgorithm(requireString(member(header, 'alg'), source, 'alg')),
    toBeSigned: signingInput(text('protected'), text('payload')),
    signature,
  };
}

function requireAlgorithm(name: string): SignatureAlgorithm {
  const algorithm = signatureAlgorithms.find(({ jws }) => jws === name);
  if (algorithm !== undefined) return algorithm;
  throw new NotaryError('ENVELOPE_UNSUPPORTED', `${source.what}: algorithm ${quote(name)} is not offered`);
}

function readSigned(header: JsonObject): SignedAttributes {
  const signingScheme = requireScheme(member(header, attributeName.signingScheme), source);
  for (const [scheme, name] of Object.entries(timeAttributeOf)) {
    // JWS-16: the time of the other scheme is an error.
    if (scheme !== signingScheme && member(header, name) !== undefined) {
      throw malformed(source, `${name} does not belong to the signing scheme ${signingScheme}`);
    }
  }
  const critical = new Set(readCritical(header, signingScheme));
  const expiry = optionalString(header, attributeName.expiry, source);
  const time = timeAttributeOf[signingScheme];
  return {
    contentType: requireString(member(header, 'cty'), source, 'cty'),
    signingScheme,
    signingTime: parseTime(requireString(member(header, time), source, time), source),
    ...(expiry !== undefined && { expiry: parseTime(expiry, source) }),
    extended: extendedOf(header).map(([key, value]) => ({ key, critical: critical.has(key), value })),
  };
}

function extendedOf(header: JsonObject): readonly (readonly [string, Json | undefined])[] {
  return Object.entries(header).filter(([name]) => !systemNames.has(name));
}

/** JWS-15: what must be critical, then extended attributes that are there, each once. */
function readCritical(header: JsonObject, scheme: SignedAttributes['signingScheme']): readonly string[] {
  const items = requireArray(member(header, 'crit'), source, 'crit');
  const critical = items.map((item) => requireString(item, source, 'an entry of crit'));
  const required = criticalAttributes(scheme, member(header, attributeName.expiry) !== undefined);
  requireListed(required, critical, source);
  // RFC 7797 changes what the payload bytes are; nobody here reads it so (D21).
  if (Object.hasOwn(header, 'b64')) throw new NotaryError('ENVELOPE_UNSUPPORTED', `${source.what}: header b64`);
  const allowed = new Set([...required, ...extendedOf(header).map(([name]) => name)]);
  for (const name of critical) {
    // A name leaves the set when it is met, so its second occurrence is refused as well.
    if (!allowed.delete(name)) throw malformed(source, `crit lists ${quote(name)}, twice or without reason`);
  }
  return critical;
}

function readUnsigned(header: JsonObject): UnsignedAttributes {
  const chain = requireArray(member(header, x5c), source, x5c);
  if (chain.length === 0) throw malformed(source, 'x5c is empty');
  const signingAgent = optionalString(header, attributeName.signingAgent, source);
  const timestampSignature = optionalString(header, attributeName.timestampSignature, source);
  return {
    certificateChain: chain.map((item) => decodeBase64(requireString(item, source, 'an entry of x5c'), source)),
    ...(signingAgent !== undefined && { signingAgent }),
    ...(timestampSignature !== undefined && { timestampSignature: decodeBase64(timestampSignature, source) }),
  };
}
