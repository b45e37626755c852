// Writes COSE_Sign1 envelopes byte by byte, with a place to interfere at every level. It shares nothing with the format
// under test. RFC 9052; Signature Envelope COSE.

import { array, bytes, int, join, map, tag, text } from '../unit/envelope/cbor-bytes.ts';
import type { Part } from '../unit/envelope/cbor-bytes.ts';
import type { StoredEnvelope } from './case.ts';
import { attribute, defaultAgent, payloadOf, payloadType, schemeOf, signedAtOf } from './content.ts';
import type { Content } from './content.ts';
import { factsOf, signBytes } from './signing.ts';

/** A header map before it is one; a label may occur twice, and the order is that of the list. */
export type Entries = readonly (readonly [label: Part, value: Part])[];

export interface CoseChanges {
  readonly protectedEntries?: (entries: Entries) => Entries;
  /** The bytes inside the protected byte string. */
  readonly protectedContent?: (map: Part) => Part;
  readonly protectedItem?: (content: Part) => Part;
  readonly unprotectedEntries?: (entries: Entries) => Entries;
  readonly unprotectedItem?: (map: Part) => Part;
  readonly payloadItem?: (payload: Uint8Array) => Part;
  readonly signatureItem?: (signature: Uint8Array) => Part;
  /** The Sig_structure. */
  readonly toBeSigned?: (structure: Part) => Part;
  readonly message?: (items: readonly Part[]) => Part;
}

export function writeCose(content: Content, changes: CoseChanges = {}): StoredEnvelope {
  const same = <T>(value: T): T => value;
  const payload = payloadOf(content);
  const entries = (changes.protectedEntries ?? same)(protectedEntries(content));
  const header = (changes.protectedContent ?? same)(map(...entries));
  const structure = array(text('Signature1'), bytes(header), bytes(new Uint8Array()), bytes(payload));
  const key = content.signer.privateKey;
  const made = signBytes(key, (changes.toBeSigned ?? same)(structure), content.signing);
  const signature = (content.signature ?? same)(made);
  const unprotected = map(...(changes.unprotectedEntries ?? same)(unprotectedEntries(content, signature)));
  const items = [
    (changes.protectedItem ?? bytes)(header),
    (changes.unprotectedItem ?? same)(unprotected),
    (changes.payloadItem ?? bytes)(payload),
    (changes.signatureItem ?? bytes)(signature),
  ];
  return { mediaType: 'application/cose', bytes: (changes.message ?? tagged)(items) };
}

const tagged = (items: readonly Part[]): Part => tag(18, array(...items));

export const time = (at: Date): Part => tag(1, int(Math.floor(at.getTime() / 1000)));

function protectedEntries(content: Content): Entries {
  const scheme = schemeOf(content);
  const isAuthority = scheme === 'notary.x509.signingAuthority';
  const timeName = isAuthority ? attribute.authenticSigningTime : attribute.signingTime;
  const critical = Object.entries(content.critical ?? {});
  const listed = [
    attribute.scheme,
    ...(isAuthority ? [timeName] : []),
    ...(content.expiry ? [attribute.expiry] : []),
    ...critical.map(([name]) => name),
  ];
  const extended = [...critical, ...Object.entries(content.extended ?? {})];
  return [
    [int(1), int(factsOf(content.signer.privateKey).cose)],
    [int(2), array(...listed.map(text))],
    [int(3), text(content.contentType ?? payloadType)],
    ...(content.expiry ? [[text(attribute.expiry), time(content.expiry)] as const] : []),
    [text(timeName), time(signedAtOf(content))],
    [text(attribute.scheme), text(scheme)],
    ...extended.map(([name, value]) => [text(name), text(value)] as const),
  ];
}

function unprotectedEntries(content: Content, signature: Uint8Array): Entries {
  const { signer, chain = signer.chain, timestamp } = content;
  const agent = 'agent' in content ? content.agent : defaultAgent;
  return [
    [int(33), array(...chain.map(bytes))],
    ...(agent === undefined ? [] : [[text(attribute.agent), text(agent)] as const]),
    ...(timestamp ? [[text(attribute.timestamp), bytes(timestamp(signature))] as const] : []),
  ];
}

const sameBytes = (a: Part, b: Part): boolean => join(a).toString() === join(b).toString();

/** Replaces the value of a label, adds it where it is not there, or takes it away. */
export function put(label: Part | string | number, value: Part | undefined): (entries: Entries) => Entries {
  const wanted = labelOf(label);
  return (entries) => {
    if (value === undefined) return entries.filter(([name]) => !sameBytes(name, wanted));
    if (!entries.some(([name]) => sameBytes(name, wanted))) return [...entries, [wanted, value]];
    return entries.map(([name, old]) => [name, sameBytes(name, wanted) ? value : old] as const);
  };
}

/** One after the other. */
export function all(...changes: readonly ((entries: Entries) => Entries)[]): (entries: Entries) => Entries {
  return (entries) => changes.reduce((result, change) => change(result), entries);
}

/** Adds an entry even where the label is there. */
export function add(label: Part | string | number, value: Part): (entries: Entries) => Entries {
  return (entries) => [...entries, [labelOf(label), value]];
}

function labelOf(label: Part | string | number): Part {
  return typeof label === 'string' ? text(label) : typeof label === 'number' ? int(label) : label;
}

export const crit = (...names: readonly (string | number)[]): ((entries: Entries) => Entries) =>
  put(2, array(...names.map(labelOf)));
