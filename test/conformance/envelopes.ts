// Envelopes whose bytes a test chooses freely and which are properly signed all the same, so that a refusal can only be
// due to the rule in question. Written with none of our codecs.

import { Buffer } from 'node:buffer';
import { constants, sign } from 'node:crypto';

import { cose } from '../../shared/envelope/cose.ts';
import type { EnvelopeFormat } from '../../shared/envelope/envelope.ts';
import { verifyIntegrity } from '../../shared/envelope/integrity.ts';
import type { IntactEnvelope } from '../../shared/envelope/integrity.ts';
import { jws } from '../../shared/envelope/jws.ts';
import { codeSigningChain } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { array, bytes, int, join, map, tag, text } from '../unit/envelope/cbor-bytes.ts';
import type { Part } from '../unit/envelope/cbor-bytes.ts';
import { outcome } from './outcome.ts';
import type { Outcome } from './outcome.ts';

export const name = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  agent: 'io.cncf.notary.signingAgent',
  timestamp: 'io.cncf.notary.timestampSignature',
  plugin: 'io.cncf.notary.verificationPlugin',
  pluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
} as const;

export const contentType = 'application/vnd.cncf.notary.payload.v1+json';
export const digest = `sha256:${'72620c'.padEnd(64, 'a')}` as const;
export const mediaType = 'application/vnd.oci.image.manifest.v1+json';
export const payload = Buffer.from(`{"targetArtifact":{"mediaType":"${mediaType}","digest":"${digest}","size":251}}`);

export const signer = await codeSigningChain();

interface Signing {
  readonly signer?: Issued;
  /** Of an RSA key. */
  readonly saltLength?: number;
}

/** Node's own signature: ECDSA as r‖s, or PSS, always over SHA-256. */
function signBytes(data: Uint8Array, { signer: { privateKey: key } = signer, saltLength = 32 }: Signing): Uint8Array {
  const options =
    key.asymmetricKeyType === 'rsa'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
      : ({ key, dsaEncoding: 'ieee-p1363' } as const);
  return new Uint8Array(sign('sha256', data, options));
}

export type Label = string | number;
export type Pair = readonly [Part, Part];

const defaults: ReadonlyMap<Label, Part> = new Map<Label, Part>()
  .set(1, int(-7))
  .set(2, array(text(name.scheme)))
  .set(3, text(contentType))
  .set(name.signingTime, tag(1, int(1_700_000_000)))
  .set(name.scheme, text('notary.x509'));

export const label = (key: Label): Part => (typeof key === 'number' ? int(key) : text(key));

/** The labels of a good protected header with some changed; undefined leaves one out. */
export function coseLabels(...changes: readonly (readonly [Label, Part | undefined])[]): readonly Pair[] {
  const all = new Map<Label, Part | undefined>([...defaults, ...changes]);
  return [...all].flatMap(([key, part]) => (part === undefined ? [] : [[label(key), part] as const]));
}

export const x5chain = ({ chain }: Issued = signer): Pair => [int(33), array(...chain.map(bytes))];

export interface CoseOptions extends Signing {
  readonly header?: readonly Pair[];
  /** The content of the protected byte string, in place of the map of `header`. */
  readonly content?: Part;
  /** The protected part as it stands in the message; the signature covers the content. */
  readonly protectedPart?: Part;
  readonly unprotected?: readonly Pair[];
  readonly unprotectedPart?: Part;
  readonly payload?: Uint8Array;
  readonly payloadPart?: Part;
  readonly signaturePart?: Part;
  /** The head of tag and array. */
  readonly head?: Part;
}

export function coseBytes(options: CoseOptions = {}): Part {
  const content = options.content ?? map(...(options.header ?? coseLabels()));
  const body = options.payload ?? payload;
  const toBeSigned = array(text('Signature1'), bytes(content), bytes(new Uint8Array()), bytes(body));
  return join(
    options.head ?? Uint8Array.of(0xd2, 0x84),
    options.protectedPart ?? bytes(content),
    options.unprotectedPart ?? map(...(options.unprotected ?? [x5chain(options.signer)])),
    options.payloadPart ?? bytes(body),
    options.signaturePart ?? bytes(signBytes(toBeSigned, options)),
  );
}

/** A good COSE envelope but for some protected headers. */
export const coseWith = (...changes: readonly (readonly [Label, Part | undefined])[]): Part =>
  coseBytes({ header: coseLabels(...changes) });

export type Members = Readonly<Record<string, unknown>>;

export const jwsHeader: Members = {
  alg: 'ES256',
  crit: [name.scheme],
  cty: contentType,
  [name.scheme]: 'notary.x509',
  [name.signingTime]: '2023-11-14T22:13:20Z',
};

export interface JwsOptions extends Signing {
  /** Changes of the protected header; undefined leaves a member out. */
  readonly header?: Members;
  /** The text of the protected header, in place of `header`. */
  readonly protectedText?: string;
  readonly payload?: Uint8Array | string;
  /** Changes of the unprotected `header`. */
  readonly unprotected?: Members;
  /** Changes at the top. */
  readonly members?: Members;
}

const base64Url = (content: Uint8Array | string): string => Buffer.from(content).toString('base64url');

export const x5c = ({ chain }: Issued = signer): string[] => chain.map((der) => Buffer.from(der).toString('base64'));

export function jwsMembers(options: JwsOptions = {}): Members {
  const header = options.protectedText ?? JSON.stringify({ ...jwsHeader, ...options.header });
  const [encodedHeader, encodedPayload] = [base64Url(header), base64Url(options.payload ?? payload)];
  const signature = signBytes(Buffer.from(`${encodedHeader}.${encodedPayload}`), options);
  return {
    payload: encodedPayload,
    protected: encodedHeader,
    header: { x5c: x5c(options.signer), ...options.unprotected },
    signature: base64Url(signature),
    ...options.members,
  };
}

export const jwsText = (options: JwsOptions = {}): string => JSON.stringify(jwsMembers(options));

export const jwsWith = (header: Members): string => jwsText({ header });

const asBytes = (envelope: Uint8Array | string): Uint8Array =>
  typeof envelope === 'string' ? new Uint8Array(Buffer.from(envelope)) : envelope;

/** Decoded and proved. */
export const open = (format: EnvelopeFormat, envelope: Uint8Array | string): IntactEnvelope =>
  verifyIntegrity(format.decode(asBytes(envelope)));

export const judgeCose = (envelope: Uint8Array): Outcome => outcome(() => open(cose, envelope));
export const judgeJws = (envelope: string): Outcome => outcome(() => open(jws, envelope));

/** What integrity says of each COSE envelope, by name. */
export const judgeAllCose = (cases: Readonly<Record<string, Uint8Array>>): Readonly<Record<string, Outcome>> =>
  Object.fromEntries(Object.entries(cases).map(([key, envelope]) => [key, judgeCose(envelope)]));

export const judgeAllJws = (cases: Readonly<Record<string, string>>): Readonly<Record<string, Outcome>> =>
  Object.fromEntries(Object.entries(cases).map(([key, envelope]) => [key, judgeJws(envelope)]));
