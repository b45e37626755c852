// A plugin that makes whole envelopes, JWS and COSE, with Node and a few lines of CBOR: what it writes owes nothing to
// our own formats. It can name a verification plugin, as those of signing services do.

import { Buffer } from 'node:buffer';
import { createPrivateKey } from 'node:crypto';

import { array, bytes, head, int, join, map, tag, text } from '../../unit/envelope/cbor-bytes.ts';
import { PluginError, serve } from './protocol.ts';
import type { PluginAnswers, PluginRequest } from './protocol.ts';
import { keySpecOf, metadata, requireKey, signMessage, signerSettings } from './signer.ts';
import type { SignerSettings } from './signer.ts';
import type { Issued } from '../ca.ts';

export interface EnvelopeSignerSettings extends Omit<SignerSettings, 'faults'> {
  /** Signed critical attributes with text values, such as the name of a verification plugin. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly scheme: 'notary.x509' | 'notary.x509.signingAuthority';
  /** For the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Seconds since 1970; default now. */
  readonly signingTime?: number;
  readonly fault?: EnvelopeFault;
}

export type EnvelopeFault = keyof typeof envelopeFaults;

/** What becomes of the payload that is to be signed, or of the answer. */
const envelopeFaults = {
  'signs another artifact': (payload: string) =>
    payload.replace(/sha256:(.)/, (_found, first) => `sha256:${first === '0' ? '1' : '0'}`),
  'drops the annotations': (payload: string) => payload.replace(/,"annotations":\{.*?\}/, ''),
  'adds a member': (payload: string) => payload.replace(/\}$/, ',"extra":1}'),
  'adds a member to the target': (payload: string) => payload.replace(/\}\}$/, ',"extra":1}}'),
  'adds annotations': (payload: string) => payload.replace('"annotations":{', '"annotations":{"own":"1",'),
  'answers with another type': (payload: string) => payload,
  'breaks the signature': (payload: string) => payload,
  'never expires': (payload: string) => payload,
  'lives longer': (payload: string) => payload,
  'lives shorter': (payload: string) => payload,
  'answers with annotations that are none': (payload: string) => payload,
} as const;

export function envelopeSignerSettings(
  name: string,
  issued: Issued,
  change: Partial<EnvelopeSignerSettings> = {},
): EnvelopeSignerSettings {
  const { version, keyId, privateKey, chain } = signerSettings(name, issued);
  const capabilities = ['SIGNATURE_GENERATOR.ENVELOPE'];
  return {
    ...{ name, version, keyId, privateKey, chain, capabilities },
    attributes: {},
    scheme: 'notary.x509',
    ...change,
  };
}

export function envelopeSignerAnswers(settings: EnvelopeSignerSettings): PluginAnswers {
  return (command, request) => {
    const { name, version, capabilities, keyId } = settings;
    if (command === 'get-plugin-metadata') return metadata(name, version, capabilities);
    if (command !== 'generate-envelope') {
      throw new PluginError({ errorCode: 'ERROR', errorMessage: `${command} is not implemented` });
    }
    requireKey(request, keyId);
    const type = String(request.signatureEnvelopeType);
    const { fault } = settings;
    const envelope = (type === 'application/cose' ? coseEnvelope : jwsEnvelope)(partsOf(request, settings));
    return {
      signatureEnvelope: envelope.toString('base64'),
      signatureEnvelopeType: fault === 'answers with another type' ? 'application/json' : type,
      annotations: fault === 'answers with annotations that are none' ? { a: 1 } : settings.annotations,
    };
  };
}

interface Parts {
  readonly settings: EnvelopeSignerSettings;
  readonly payload: Buffer;
  readonly contentType: string;
  readonly signingTime: number;
  readonly expiry: number | undefined;
  readonly hash: string;
  /** "PS256" and its kind. */
  readonly algorithm: string;
}

const algorithms: Readonly<Record<string, readonly [hash: string, jws: string, cose: number]>> = {
  'RSA-2048': ['sha256', 'PS256', -37],
  'RSA-3072': ['sha384', 'PS384', -38],
  'RSA-4096': ['sha512', 'PS512', -39],
  'EC-256': ['sha256', 'ES256', -7],
  'EC-384': ['sha384', 'ES384', -35],
  'EC-521': ['sha512', 'ES512', -36],
};

function partsOf(request: PluginRequest, settings: EnvelopeSignerSettings): Parts {
  const keySpec = keySpecOf(createPrivateKey(settings.privateKey));
  const [hash = '', algorithm = ''] = algorithms[keySpec] ?? [];
  const requested = Buffer.from(String(request.payload), 'base64').toString();
  const payload = settings.fault === undefined ? requested : envelopeFaults[settings.fault](requested);
  const signingTime = settings.signingTime ?? Math.floor(Date.now() / 1000);
  const seconds = request.expiryDurationInSeconds as number | undefined;
  const late = { 'lives longer': 1, 'lives shorter': -1 }[settings.fault as string] ?? 0;
  return {
    ...{ settings, hash, algorithm, signingTime, contentType: String(request.payloadType) },
    payload: Buffer.from(payload),
    expiry: seconds === undefined || settings.fault === 'never expires' ? undefined : signingTime + seconds + late,
  };
}

const prefix = 'io.cncf.notary.';
const timeName = (scheme: string): string => (scheme === 'notary.x509' ? 'signingTime' : 'authenticSigningTime');

function criticalNames({ settings, expiry }: Parts): readonly string[] {
  return [
    `${prefix}signingScheme`,
    ...(settings.scheme === 'notary.x509' ? [] : [`${prefix}authenticSigningTime`]),
    ...(expiry === undefined ? [] : [`${prefix}expiry`]),
    ...Object.keys(settings.attributes),
  ];
}

function signature(parts: Parts, signed: Uint8Array): Buffer {
  const made = signMessage(parts.hash, signed, parts.settings.privateKey);
  if (parts.settings.fault === 'breaks the signature') made[9] = (made[9] ?? 0) ^ 1;
  return made;
}

/** RFC 7515 §7.2.1. */
function jwsEnvelope(parts: Parts): Buffer {
  const { settings, payload, contentType, signingTime, expiry, algorithm } = parts;
  const moment = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  const header = {
    ...{ alg: algorithm, cty: contentType, crit: criticalNames(parts) },
    [`${prefix}signingScheme`]: settings.scheme,
    [`${prefix}${timeName(settings.scheme)}`]: moment(signingTime),
    ...(expiry !== undefined && { [`${prefix}expiry`]: moment(expiry) }),
    ...settings.attributes,
  };
  const encode = (value: Uint8Array | string): string => Buffer.from(value as string).toString('base64url');
  const [protected_, body] = [encode(JSON.stringify(header)), encode(payload)];
  const unprotected = { x5c: settings.chain, [`${prefix}signingAgent`]: `${settings.name}/${settings.version}` };
  const made = encode(signature(parts, Buffer.from(`${protected_}.${body}`)));
  return Buffer.from(JSON.stringify({ payload: body, protected: protected_, header: unprotected, signature: made }));
}

/** RFC 9052 §4.2, §4.4. */
function coseEnvelope(parts: Parts): Buffer {
  const { settings, payload, contentType, signingTime, expiry, algorithm } = parts;
  const cose = Object.values(algorithms).find(([, jws]) => jws === algorithm)?.[2] ?? 0;
  const moment = (seconds: number): Uint8Array => tag(1, int(seconds));
  const protected_ = map(
    [int(1), int(cose)],
    [int(2), array(...criticalNames(parts).map(text))],
    [int(3), text(contentType)],
    [text(`${prefix}signingScheme`), text(settings.scheme)],
    [text(`${prefix}${timeName(settings.scheme)}`), moment(signingTime)],
    ...(expiry === undefined ? [] : [[text(`${prefix}expiry`), moment(expiry)] as const]),
    ...Object.entries(settings.attributes).map(([name, value]) => [text(name), text(value)] as const),
  );
  const chain = settings.chain.map((certificate) => bytes(Buffer.from(certificate, 'base64')));
  const unprotected = map(
    [int(33), array(...chain)],
    [text(`${prefix}signingAgent`), text(`${settings.name}/${settings.version}`)],
  );
  const signed = array(text('Signature1'), bytes(protected_), bytes(Buffer.alloc(0)), bytes(payload));
  const made = signature(parts, signed);
  return Buffer.from(join(head(6, 18), array(bytes(protected_), unprotected, bytes(payload), bytes(made))));
}

export function main(directory: string): void {
  serve(directory, envelopeSignerAnswers);
}
