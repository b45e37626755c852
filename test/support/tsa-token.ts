// Makes timestamp tokens: by default exactly as Microsoft's public authority does, and with every deviation that an
// option can name. Shares no code with what it tests. RFC 3161 §2.4.2; RFC 5652 §5; RFC 5035.

import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';

import { boolean, extension, generalizedTime, integer, none } from './der-writer.ts';
import { objectIdentifier, octetString, sequence, tlv } from './der-writer.ts';
import type { RawExtension } from './der-writer.ts';
import { hashed, hashIdentifier } from './tsa-hash.ts';
import type { TsaHash } from './tsa-hash.ts';
import { signerInfo } from './tsa-signer.ts';
import type { SignerOptions } from './tsa-signer.ts';

const signedDataOid = '1.2.840.113549.1.7.2';
const tstInfoOid = '1.2.840.113549.1.9.16.1.4';

interface Accuracy {
  readonly seconds?: number;
  readonly millis?: number;
  readonly micros?: number;
}

/** What TSTInfo says. */
export interface TstInfoOptions {
  readonly tstVersion?: number;
  readonly policy?: string;
  /** DER MessageImprint. */
  readonly messageImprint: Uint8Array;
  readonly at: Date;
  /** Instead of `at` with milliseconds: without them, or a text of the test's own. */
  readonly genTime?: 'whole second' | { readonly text: string };
  /** Default 500 milliseconds. */
  readonly accuracy?: Accuracy | 'absent' | { readonly der: Uint8Array };
  readonly ordering?: boolean;
  readonly nonce?: bigint;
  readonly extensions?: readonly RawExtension[];
}

export interface TokenOptions extends TstInfoOptions, SignerOptions {
  readonly signedDataVersion?: number;
  readonly eContentType?: string;
  readonly detached?: boolean;
  /** What stands in the bag, each a DER CertificateChoices; default the CA and then the leaf, but no root. */
  readonly certificates?: readonly Uint8Array[];
  /** Other signers, before the first. */
  readonly signersBefore?: readonly SignerOptions[];
}

/** A DER TimeStampToken. */
export function makeToken(options: TokenOptions): Uint8Array {
  const content = makeTstInfo(options);
  const contentType = options.eContentType ?? tstInfoOid;
  const signers = [...(options.signersBefore ?? []), options].map((signer) =>
    signerInfo(signer, content, { contentType, at: options.at }),
  );
  const [leaf, ca] = options.chain.chain;
  const bag = options.certificates ?? [ca, leaf].filter((certificate) => certificate !== undefined);
  const signedData = sequence(
    integer(BigInt(options.signedDataVersion ?? 3)),
    tlv(0x31, hashIdentifier(options.digest ?? 'sha256')),
    sequence(objectIdentifier(contentType), options.detached === true ? none : tlv(0xa0, octetString(content))),
    bag.length > 0 ? tlv(0xa0, ...bag) : none,
    tlv(0x31, ...signers),
  );
  return sequence(objectIdentifier(signedDataOid), tlv(0xa0, signedData));
}

function makeTstInfo(options: TokenOptions): Uint8Array {
  const { accuracy = { millis: 500 }, extensions = [], ordering, nonce } = options;
  return sequence(
    integer(BigInt(options.tstVersion ?? 1)),
    objectIdentifier(options.policy ?? '1.3.6.1.4.1.601.10.3.1'),
    options.messageImprint,
    tlv(0x02, Uint8Array.of(0x66), randomBytes(5)),
    encodeGenTime(options),
    accuracy === 'absent' ? none : encodeAccuracy(accuracy),
    ordering === undefined ? none : boolean(ordering),
    nonce === undefined ? none : integer(nonce),
    tlv(0xa0, tlv(0xa4, options.chain.subject)),
    extensions.length > 0 ? tlv(0xa1, ...extensions.map(extension)) : none,
  );
}

function encodeGenTime({ at, genTime }: TstInfoOptions): Uint8Array {
  if (genTime === 'whole second') return generalizedTime(at);
  return genTime === undefined ? millisecondTime(at) : tlv(0x18, Buffer.from(genTime.text, 'latin1'));
}

const millisecondTime = (at: Date): Uint8Array => {
  const fraction = String(at.getUTCMilliseconds()).padStart(3, '0').replace(/0+$/u, '');
  const seconds = at.toISOString().slice(0, 19).replaceAll(/[-:T]/gu, '');
  return tlv(0x18, Buffer.from(`${seconds}${fraction === '' ? '' : '.'}${fraction}Z`, 'latin1'));
};

function encodeAccuracy(parts: Accuracy | { readonly der: Uint8Array }): Uint8Array {
  if ('der' in parts) return parts.der;
  const part = (tag: number, value: number | undefined): Uint8Array => {
    const [, , ...content] = value === undefined ? [] : integer(BigInt(value));
    return value === undefined ? none : tlv(tag, Uint8Array.from(content));
  };
  return sequence(part(0x02, parts.seconds), part(0x80, parts.millis), part(0x81, parts.micros));
}

/** DER MessageImprint, with NULL parameters unless told otherwise. */
export function messageImprint(hash: TsaHash, bytes: Uint8Array, parameters: 'NULL' | 'absent' = 'NULL'): Uint8Array {
  return encodeImprint(hash, hashed(hash, bytes), parameters);
}

export function encodeImprint(hash: TsaHash, value: Uint8Array, parameters: 'NULL' | 'absent' = 'NULL'): Uint8Array {
  return sequence(hashIdentifier(hash, parameters), octetString(value));
}
