// Extensions that nobody here asks for, and Go reads all the same: a certificate on which it stumbles does not verify
// with Notation, and so does not verify here (CHAIN-12). RFC 5280 §4.2.1.

import { Buffer } from 'node:buffer';

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import type { Extension } from './certificate-extensions.ts';
import { derTag } from './der-values.ts';
import { parseDer } from './der.ts';
import type { DerNode } from './der.ts';

/** @throws NotaryError source.code  a value that is not of its extension's type */
export function requireReadable(oid: string, { value }: Extension, source: Source): void {
  const form = forms.get(oid);
  if (form === undefined) return;
  const node = parseDer(value, source);
  if (node.tag !== form.tag || !form.test(node)) throw malformed(source, `the extension ${oid} is malformed`);
}

interface Form {
  readonly tag: number;
  readonly test: (node: DerNode) => boolean;
}

const list = (test: (children: readonly DerNode[]) => boolean): Form => ({
  tag: derTag.sequence,
  test: ({ children }) => test(children),
});
const isOid = (node: DerNode | undefined): boolean => node?.tag === derTag.objectIdentifier;
const isSequence = ({ tag }: DerNode): boolean => tag === derTag.sequence;

const forms: ReadonlyMap<string, Form> = new Map([
  ['2.5.29.17', list((names) => names.every(isName))],
  ['2.5.29.30', list(areConstraints)],
  ['2.5.29.31', list((points) => points.every(isPoint))],
  ['2.5.29.32', list(arePolicies)],
  [
    '2.5.29.33',
    list((pairs) => pairs.every((pair) => isSequence(pair) && pair.children.slice(0, 2).filter(isOid).length === 2)),
  ],
  [
    '2.5.29.36',
    list((limits) => limits.every(({ tag, content }) => (tag === 0x80 || tag === 0x81) && content.length > 0)),
  ],
  ['2.5.29.54', { tag: derTag.integer, test: () => true }],
]);

function arePolicies(policies: readonly DerNode[]): boolean {
  const identifiers = policies.map(({ children }) => children[0]);
  const distinct = new Set(identifiers.map((id) => id?.content.join('.')));
  return policies.every(isSequence) && identifiers.every(isOid) && distinct.size === policies.length;
}

/** A name relative to the issuer of the CRL is the one that Go does not read. */
function isPoint({ children: [name] }: DerNode): boolean {
  return name?.tag !== 0xa0 || name.children[0]?.tag === 0xa0;
}

// GeneralName, as both extensions below number it.
const [mailTag, hostTag, uriTag, addressTag] = [0x81, 0x82, 0x86, 0x87];

function isName({ tag, content }: DerNode): boolean {
  const text = Buffer.from(content).toString('latin1');
  if (tag === addressTag) return content.length === 4 || content.length === 16;
  if (tag === uriTag) return isUri(text);
  return (tag !== mailTag && tag !== hostTag) || isAscii(text);
}

function areConstraints(members: readonly DerNode[]): boolean {
  const tags = members.map(({ tag }) => tag);
  const isKnown = [[0xa0], [0xa1], [0xa0, 0xa1]].some((known) => known.join() === tags.join());
  const subtrees = members.flatMap(({ children }) => children);
  return (
    isKnown && subtrees.length > 0 && subtrees.every((subtree) => isSequence(subtree) && isBase(subtree.children[0]))
  );
}

function isBase(base: DerNode | undefined): boolean {
  if (base === undefined) return false;
  const text = Buffer.from(base.content).toString('latin1');
  switch (base.tag) {
    case addressTag:
      return isNetwork(base.content);
    case mailTag:
      return (
        /^(?:[\w+-]+(?:\.[\w+-]+)*@|[^@]*$)/.test(text) &&
        isDomain(text.slice(text.indexOf('@') + 1).replace(/^\./, ''))
      );
    case uriTag:
      return !/^[\d.]+$|:/.test(text) && isDomain(text.replace(/^\./, ''));
    case hostTag:
      return isDomain(text.replace(/^\./, ''));
    default:
      return true;
  }
}

/** Address and mask, the ones of the mask in front. */
function isNetwork(octets: Uint8Array): boolean {
  if (octets.length !== 8 && octets.length !== 32) return false;
  const mask = [...octets.subarray(octets.length / 2)].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  return !mask.includes('01');
}

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

/** Visible characters without an empty label; nothing at all stands for every domain. */
const isDomain = (text: string): boolean =>
  text === '' || (/^[\x21-\x7e]+$/.test(text) && !text.split('.').includes(''));

const hasEscapes = (text: string): boolean => !/%(?![\dA-Fa-f]{2})/.test(text);
const authority =
  /^(?:[\w.~!$&'()*+,;=:%@-]*@)?(\[[\dA-Fa-f:.]+(?:%25[\w.~-]+)?\](?::\d*)?|[\w.~!$&'()*+,;=<>"-]*(?::\d*)?)$/;

/** As Go's net/url reads it, followed by the check of the host that Go adds for certificates. */
function isUri(text: string): boolean {
  if (!/^[\x20-\x7e]*$/.test(text)) return false;
  const [whole = '', ...fragment] = text.split('#');
  const scheme = /^[A-Za-z][\w+.-]*:/.exec(whole)?.[0] ?? '';
  const [rest = ''] = whole.slice(scheme.length).split('?');
  if (!hasEscapes(fragment.join('#'))) return false;
  if (!rest.startsWith('/')) return scheme !== '' || (!(rest.split('/')[0] ?? '').includes(':') && hasEscapes(rest));
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) return hasEscapes(rest);
  const [named = '', ...path] = rest.slice(2).split('/');
  const host = authority.exec(named)?.[1];
  return host !== undefined && hasEscapes(named) && isDomain(host) && hasEscapes(path.join('/'));
}
