// What a case of the differential run is: one artifact with its signatures, and the trust that both verifiers are given.

import type { Issued } from '../support/ca.ts';

/** What is signed. */
export interface Target {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface StoredEnvelope {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** The content of a file, a symbolic link, or an empty directory. */
export type StoreEntry = string | Uint8Array | { readonly link: string } | { readonly directory: true };

/** A configuration directory as Notation's users lay it out. */
export interface Trust {
  /** trustpolicy.json; undefined leaves it out. */
  readonly policy: string | Uint8Array | undefined;
  /** Path below truststore/ to content. */
  readonly stores: Readonly<Record<string, StoreEntry>>;
}

/** A signature manifest in place of the regular one around an envelope. */
export interface RawSignature {
  readonly manifest: (target: Target, place: Place) => { readonly mediaType: string; readonly bytes: Uint8Array };
}

/** Where a case may put blobs. */
export interface Place {
  putBlob(bytes: Uint8Array): string;
}

export type Signature = StoredEnvelope | RawSignature;

export interface Draft {
  /** Begins with the number of the rule; no two cases have the same. */
  readonly name: string;
  /** In the order that the registry lists them. */
  readonly sign: (target: Target) => Signature | readonly Signature[];
  /** Default: the trust that the good signers are under. */
  readonly trust?: Trust;
  /** What is demanded of the signed annotations. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly maxSignatures?: number;
}

/** A certificate with its chain, and the key that it certifies. */
export type Signer = Pick<Issued, 'chain' | 'privateKey'>;
