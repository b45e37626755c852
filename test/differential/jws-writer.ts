// Writes flattened JWS envelopes as text, member by member, with a place to interfere at every level. It shares nothing
// with the format under test. RFC 7515 §7.2.2; Signature Envelope JWS.

import { Buffer } from 'node:buffer';

import type { StoredEnvelope } from './case.ts';
import { attribute, defaultAgent, payloadOf, payloadType, schemeOf, signedAtOf } from './content.ts';
import type { Content } from './content.ts';
import { factsOf, signBytes } from './signing.ts';

/** An object before it is one: values are JSON text, a name may occur twice, the order is that of the list. */
export type Members = readonly (readonly [name: string, json: string])[];

export interface JwsChanges {
  readonly protectedMembers?: (members: Members) => Members;
  readonly protectedText?: (json: string) => string | Uint8Array;
  readonly protectedBase64?: (text: string) => string;
  readonly payloadBase64?: (text: string) => string;
  readonly signatureBase64?: (text: string) => string;
  readonly headerMembers?: (members: Members) => Members;
  readonly members?: (members: Members) => Members;
  readonly text?: (json: string) => string;
}

export function writeJws(content: Content, changes: JwsChanges = {}): StoredEnvelope {
  const same = <T>(value: T): T => value;
  const header = object((changes.protectedMembers ?? same)(protectedMembers(content)));
  const protectedText = Buffer.from((changes.protectedText ?? same)(header));
  const protectedBase64 = (changes.protectedBase64 ?? same)(protectedText.toString('base64url'));
  const payloadBase64 = (changes.payloadBase64 ?? same)(Buffer.from(payloadOf(content)).toString('base64url'));
  const toBeSigned = Buffer.from(`${protectedBase64}.${payloadBase64}`);
  const made = signBytes(content.signer.privateKey, toBeSigned, content.signing);
  const signature = (content.signature ?? same)(made);
  const members: Members = [
    ['payload', JSON.stringify(payloadBase64)],
    ['protected', JSON.stringify(protectedBase64)],
    ['header', object((changes.headerMembers ?? same)(headerMembers(content, signature)))],
    ['signature', JSON.stringify((changes.signatureBase64 ?? same)(Buffer.from(signature).toString('base64url')))],
  ];
  const text = (changes.text ?? same)(object((changes.members ?? same)(members)));
  return { mediaType: 'application/jose+json', bytes: Buffer.from(text) };
}

function object(members: Members): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

export const rfc3339 = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

function protectedMembers(content: Content): Members {
  const scheme = schemeOf(content);
  const isAuthority = scheme === 'notary.x509.signingAuthority';
  const timeName = isAuthority ? attribute.authenticSigningTime : attribute.signingTime;
  const critical = Object.entries(content.critical ?? {});
  const listed = [
    attribute.scheme,
    ...critical.map(([name]) => name),
    ...(isAuthority ? [timeName] : []),
    ...(content.expiry ? [attribute.expiry] : []),
  ];
  const extended = [...critical, ...Object.entries(content.extended ?? {})];
  return [
    ['alg', JSON.stringify(factsOf(content.signer.privateKey).jws)],
    ['crit', JSON.stringify(listed)],
    ['cty', JSON.stringify(content.contentType ?? payloadType)],
    ...(content.expiry ? [[attribute.expiry, JSON.stringify(rfc3339(content.expiry))] as const] : []),
    [timeName, JSON.stringify(rfc3339(signedAtOf(content)))],
    [attribute.scheme, JSON.stringify(scheme)],
    ...extended.map(([name, value]) => [name, JSON.stringify(value)] as const),
  ];
}

function headerMembers(content: Content, signature: Uint8Array): Members {
  const { signer, chain = signer.chain, timestamp } = content;
  const agent = 'agent' in content ? content.agent : defaultAgent;
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return [
    ...(timestamp ? [[attribute.timestamp, JSON.stringify(base64(timestamp(signature)))] as const] : []),
    ['x5c', JSON.stringify(chain.map(base64))],
    ...(agent === undefined ? [] : [[attribute.agent, JSON.stringify(agent)] as const]),
  ];
}

/** Replaces the value of a member, adds it where it is not there, or takes it away. */
export function set(name: string, value: unknown): (members: Members) => Members {
  return setText(name, value === undefined ? undefined : JSON.stringify(value));
}

/** The same with JSON text, valid or not. */
export function setText(name: string, json: string | undefined): (members: Members) => Members {
  return (members) => {
    if (json === undefined) return members.filter(([known]) => known !== name);
    if (!members.some(([known]) => known === name)) return [...members, [name, json]];
    return members.map(([known, old]) => [known, known === name ? json : old] as const);
  };
}

/** Adds a member even where the name is there. */
export function append(name: string, value: unknown): (members: Members) => Members {
  return (members) => [...members, [name, JSON.stringify(value)]];
}

/** One after the other. */
export function both(...changes: readonly ((members: Members) => Members)[]): (members: Members) => Members {
  return (members) => changes.reduce((result, change) => change(result), members);
}
