// The COSE format: one tagged COSE_Sign1 with its payload inside. Signature Envelope COSE; RFC 9052 §4.2, §4.4
// (COSE-1 to COSE-26).

import { concatBytes, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { signatureAlgorithms } from '../crypto/algorithm.ts';
import type { SignatureAlgorithm } from '../crypto/algorithm.ts';
import { NotaryError } from '../errors.ts';
import {
  attributeName,
  criticalAttributes,
  requireListed,
  requireMoment,
  requireScheme,
  requireWritable,
  timeAttributeOf,
  wholeSeconds,
} from './attributes.ts';
import { CborFloat, CborTag, decodeCbor, encodeCbor } from './cbor.ts';
import type { CborLabel, CborMap, CborValue, CborWritable } from './cbor.ts';
import { criticalLabels, decodeProtected, label, requireHeader, requireSingleIv } from './cose-header.ts';
import type { Envelope, EnvelopeFormat, EnvelopeParts, SignedAttributes, UnsignedAttributes } from './envelope.ts';
import { orderedPayload } from './payload.ts';

const mediaType = 'application/cose';
const source: Source = { code: 'ENVELOPE_MALFORMED', what: 'COSE signature' };

export const cose: EnvelopeFormat = {
  name: 'cose',
  mediaType,
  saltLength: 'hash',
  payload: orderedPayload,
  protect,
  toBeSigned,
  encode,
  decode,
};

// COSE-23: every other label is an extended attribute.
const systemLabels: ReadonlySet<CborLabel> = new Set([
  ...[label.alg, label.crit, label.contentType],
  ...[attributeName.signingScheme, attributeName.signingTime, attributeName.authenticSigningTime, attributeName.expiry],
]);

function protect(attributes: SignedAttributes, algorithm: SignatureAlgorithm): Uint8Array {
  const { contentType, signingScheme, signingTime, expiry } = attributes;
  const extended = requireWritable(attributes.extended, systemLabels);
  // COSE-5
  const critical = [
    ...criticalAttributes(signingScheme, expiry !== undefined),
    ...extended.filter((attribute) => attribute.critical).map(({ key }) => key),
  ];
  const header = new Map<CborLabel, CborWritable>([
    [label.alg, algorithm.cose],
    [label.crit, critical],
    [label.contentType, contentType],
    [attributeName.signingScheme, signingScheme],
    [timeAttributeOf[signingScheme], writeTime(signingTime)],
    ...(expiry === undefined ? [] : [[attributeName.expiry, writeTime(expiry)] as const]),
    ...extended.map(({ key, value }) => [key, value] as const),
  ]);
  return encodeCbor(header);
}

/** COSE-8: Sig_structure, around the protected content as it was received, whatever head stood before it. */
function toBeSigned(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', protectedHeader, new Uint8Array(), payload]);
}

// COSE-1: COSE_Sign1_Tagged is tag 18 in one byte, then an array of four.
const tag18 = 0xd2;
const arrayOfFour = 0x84;

function encode(parts: EnvelopeParts): Uint8Array {
  const { certificateChain, signingAgent, timestampSignature } = parts;
  const unprotected = new Map<CborLabel, CborWritable>([[label.x5chain, certificateChain]]);
  if (signingAgent !== undefined) unprotected.set(attributeName.signingAgent, signingAgent);
  if (timestampSignature !== undefined) unprotected.set(attributeName.timestampSignature, timestampSignature);
  const message = encodeCbor([parts.protectedHeader, unprotected, parts.payload, parts.signature]);
  return concatBytes(Uint8Array.of(tag18), message);
}

function decode(bytes: Uint8Array): Envelope {
  if (bytes[0] !== tag18 || bytes[1] !== arrayOfFour) {
    throw malformed(source, 'does not start with tag 18 and an array of four'); // COSE-11
  }
  const message = decodeCbor(bytes.subarray(1), 'forbidden', source) as readonly CborValue[];
  const protectedHeader = requireBytes(message[0], 'the protected header');
  const header = decodeProtected(protectedHeader, source);
  const unprotected = requireHeader(message[1], 'unprotected', source);
  requireSingleIv([header, unprotected], source);
  const payload = requirePayload(message[2]);
  return {
    mediaType,
    signed: readSigned(header),
    unsigned: readUnsigned(unprotected),
    payload,
    algorithm: requireAlgorithm(header.get(label.alg)),
    toBeSigned: toBeSigned(protectedHeader, payload),
    signature: requireBytes(message[3], 'the signature'),
  };
}

function requireBytes(value: CborValue, what: string): Uint8Array {
  if (value instanceof Uint8Array && value.length > 0) return value;
  throw malformed(source, `${what} is not a byte string, or empty`);
}

function requirePayload(value: CborValue): Uint8Array {
  if (value !== null) return requireBytes(value, 'the payload');
  throw new NotaryError('ENVELOPE_UNSUPPORTED', `${source.what}: the payload is detached`); // COSE-16
}

function requireAlgorithm(value: CborValue): SignatureAlgorithm {
  if (typeof value !== 'number') throw malformed(source, 'alg is missing or not an integer'); // COSE-18
  const algorithm = signatureAlgorithms.find((candidate) => candidate.cose === value);
  if (algorithm !== undefined) return algorithm;
  throw new NotaryError('ENVELOPE_UNSUPPORTED', `${source.what}: COSE algorithm ${value} is not offered`);
}

function readSigned(header: CborMap): SignedAttributes {
  const contentType = header.get(label.contentType);
  if (typeof contentType !== 'string') throw malformed(source, 'the content type is missing or not text'); // COSE-19
  const signingScheme = requireScheme(header.get(attributeName.signingScheme), source);
  const critical = criticalLabels(header);
  // COSE-20. Whatever else crit lists was found in the header already, and may stand there (COSE-22).
  requireListed(criticalAttributes(signingScheme, header.has(attributeName.expiry)), critical, source);
  const extended = [...header].filter(([key]) => !systemLabels.has(key));
  const listed = new Set(critical);
  return {
    contentType,
    signingScheme,
    signingTime: readTime(header, timeAttributeOf[signingScheme]),
    ...(header.has(attributeName.expiry) && { expiry: readTime(header, attributeName.expiry) }),
    extended: extended.map(([key, value]) => ({ key, critical: listed.has(key), value })),
  };
}

function readUnsigned(header: CborMap): UnsignedAttributes {
  const chain = header.get(label.x5chain);
  // COSE-17, D11: an array even for one certificate, and only in this header.
  if (!Array.isArray(chain) || chain.length === 0) {
    throw malformed(source, 'x5chain is missing from the unprotected header, or not a non-empty array');
  }
  const signingAgent = header.get(attributeName.signingAgent);
  const timestampSignature = header.get(attributeName.timestampSignature);
  return {
    certificateChain: (chain as readonly CborValue[]).map((item) => requireBytes(item, 'a certificate')),
    // COSE-24: of another type means absent.
    ...(typeof signingAgent === 'string' && { signingAgent }),
    ...(timestampSignature instanceof Uint8Array && { timestampSignature }),
  };
}

// RFC 8949 §3.4.2: seconds since 1970.
const epochTag = 1;

function writeTime(moment: Date): CborTag<number> {
  return new CborTag(epochTag, wholeSeconds(moment));
}

/** COSE-21. Fractions are kept to the millisecond. */
function readTime(header: CborMap, name: string): Date {
  const value = header.get(name);
  if (!(value instanceof CborTag) || value.tag !== epochTag) throw malformed(source, `${name} is not an epoch time`);
  const seconds = value.value instanceof CborFloat ? value.value.value : value.value;
  if (typeof seconds !== 'number') throw malformed(source, `${name} is not an epoch time`);
  return requireMoment(seconds * 1000, source);
}
