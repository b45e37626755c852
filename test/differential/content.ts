// What both envelope writers put in, unless a case changes it: names, payload, attributes.

import { Buffer } from 'node:buffer';

import type { Signer, Target } from './case.ts';
import type { SigningOptions } from './signing.ts';

export const attribute = {
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  agent: 'io.cncf.notary.signingAgent',
  timestamp: 'io.cncf.notary.timestampSignature',
  plugin: 'io.cncf.notary.verificationPlugin',
  pluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
} as const;

export const payloadType = 'application/vnd.cncf.notary.payload.v1+json';

export const schemes = ['notary.x509', 'notary.x509.signingAuthority'] as const;
export type Scheme = (typeof schemes)[number];

/** What is the same in both formats. */
export interface Content {
  readonly target: Target;
  readonly signer: Signer;
  /** In place of the signer's. */
  readonly chain?: readonly Uint8Array[];
  readonly payload?: Uint8Array | string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly scheme?: Scheme;
  readonly signedAt?: Date;
  readonly expiry?: Date;
  /** Critical attributes that the format does not know, with text values. */
  readonly critical?: Readonly<Record<string, string>>;
  /** The same, not critical. */
  readonly extended?: Readonly<Record<string, string>>;
  /** Makes the token over the signature. */
  readonly timestamp?: (signature: Uint8Array) => Uint8Array;
  readonly agent?: string | undefined;
  readonly signing?: SigningOptions;
  /** Changes the finished signature. */
  readonly signature?: (signature: Uint8Array) => Uint8Array;
}

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** Whole seconds, counted from the start of the run. */
export function moment(offsetMs: number): Date {
  return new Date(Math.floor((Date.now() + offsetMs) / 1000) * 1000);
}

export const defaultAgent = 'differential/1';

export const schemeOf = ({ scheme = 'notary.x509' }: Content): Scheme => scheme;
export const signedAtOf = ({ signedAt = moment(-hour) }: Content): Date => signedAt;

export function payloadOf({ payload, target, annotations }: Content): Uint8Array {
  if (payload !== undefined) return Buffer.from(payload);
  const { mediaType, digest, size } = target;
  return Buffer.from(
    JSON.stringify({ targetArtifact: { mediaType, digest, size, ...(annotations && { annotations }) } }),
  );
}
