// Damage to DER that keeps the lengths right, so that it gets past the gate and into what reads the tree. Octets inside
// OCTET STRINGs and BIT STRINGs that are DER themselves, such as extensions and keys, are part of the tree.

import { Buffer } from 'node:buffer';

import type { Draw } from '../../support/mutate.ts';
import { objectIdentifier, tlv } from '../../support/der-writer.ts';
import { pick } from './pick.ts';

interface Element {
  tag: number;
  /** The first octet of a BIT STRING that wraps elements. */
  readonly prefix: Uint8Array;
  content: Uint8Array | Element[];
}

const none = new Uint8Array();
const maxDepth = 40;
/** A mutant longer than this only takes time. */
const maxLength = 60_000;

/** One to three defects; undefined where the bytes are no DER. */
export function mutateDer(bytes: Uint8Array, draw: Draw): Uint8Array | undefined {
  const roots = readAll(bytes, 0);
  if (roots === undefined) return undefined;
  for (let defects = 1 + draw(3); defects > 0; defects--) defect(roots, draw);
  const mutant = Buffer.concat(roots.map(write));
  return mutant.length > maxLength ? undefined : new Uint8Array(mutant);
}

function readAll(bytes: Uint8Array, depth: number): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes, at);
    if (header === undefined) return undefined;
    elements.push(readOne(header.tag, bytes.subarray(header.start, header.end), depth));
    at = header.end;
  }
  return elements.length === 0 ? undefined : elements;
}

function readHeader(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (octets > 3 || first === 0x80) return undefined;
  let length = first < 0x80 ? first : 0;
  for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const start = at + 2 + octets;
  return start + length > bytes.length ? undefined : { tag, start, end: start + length };
}

function readOne(tag: number, content: Uint8Array, depth: number): Element {
  const wraps = tag === 0x04 || tag === 0x03;
  const prefix = tag === 0x03 ? content.subarray(0, 1) : none;
  const inside = content.subarray(prefix.length);
  const mayNest = depth < maxDepth && ((tag & 0x20) !== 0 || (wraps && inside[0] === 0x30));
  const children = mayNest ? readAll(inside, depth + 1) : undefined;
  return children === undefined ? { tag, prefix: none, content } : { tag, prefix, content: children };
}

function write({ tag, prefix, content }: Element): Uint8Array {
  return tlv(tag, prefix, ...(content instanceof Uint8Array ? [content] : content.map(write)));
}

interface Place {
  readonly element: Element;
  readonly siblings: Element[];
}

function placesIn(siblings: Element[]): Place[] {
  return siblings.flatMap((element) => [
    { element, siblings },
    ...(element.content instanceof Uint8Array ? [] : placesIn(element.content)),
  ]);
}

function defect(roots: Element[], draw: Draw): void {
  const places = placesIn(roots);
  const place = pick(places, draw);
  if (place === undefined) return;
  const at = place.siblings.indexOf(place.element);
  pick(defects, draw)?.({ ...place, at, draw, other: () => pick(places, draw)?.element ?? place.element });
}

interface Spot extends Place {
  readonly at: number;
  readonly draw: Draw;
  /** Any element of the tree. */
  readonly other: () => Element;
}

const copy = ({ tag, prefix, content }: Element): Element => ({
  ...{ tag, prefix },
  content: content instanceof Uint8Array ? content : content.map(copy),
});

const revalue = ({ element, draw }: Spot): void => {
  element.content = pick(valuesOf(element.tag), draw) ?? none;
};

/** The first ones more often, since they hide best. */
const defects: readonly ((spot: Spot) => void)[] = [
  ...[revalue, revalue, revalue],
  ({ siblings, at }) => void siblings.splice(at, 1),
  ({ siblings, at, element, draw }) => {
    const times = draw(10) === 0 ? 200 : 1 + draw(3);
    siblings.splice(at, 0, ...Array.from({ length: times }, () => copy(element)));
  },
  ({ siblings, at, other }) => void siblings.splice(at, 1, copy(other())),
  ({ siblings, at, other }) => void siblings.splice(at, 0, copy(other())),
  ({ siblings, at, draw }) => void siblings.splice(draw(siblings.length), 0, ...siblings.splice(at, 1)),
  ({ element, draw }) => void (element.tag = pick(tags, draw) ?? 0),
  ({ element, draw }) => void (element.tag ^= pick([0x20, 0x80, 0xa0, 0x01], draw) ?? 0),
  ({ element }) => void (element.content = none),
  ({ siblings, at, draw, element }) => {
    let wrapped = element;
    for (let depth = draw(40); depth >= 0; depth--) wrapped = { tag: 0x30, prefix: none, content: [wrapped] };
    siblings.splice(at, 1, wrapped);
  },
  ({ element, draw }) => {
    if (element.content instanceof Uint8Array)
      element.content = Buffer.concat(Array<Uint8Array>(1 + draw(300)).fill(element.content));
  },
  ({ siblings, at, draw }) => void siblings.splice(at, 0, { tag: pick(tags, draw) ?? 0, prefix: none, content: none }),
];

const tags: readonly number[] = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1e],
  ...[0x30, 0x31, 0x80, 0x81, 0x82, 0x83, 0x86, 0x87, 0x88, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0x24, 0x7f, 0xff, 0x00],
];

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

const integers = [
  ...['00', '01', '02', '7f', 'ff', '80', '0080', 'ff7f', '7fffffff', '0080000000', '7fffffffffffffff'],
  ...['008000000000000000', '8000000000000000', '00ffffffffffffffff', `00${'ff'.repeat(20)}`, `80${'00'.repeat(19)}`],
  ...['7f'.repeat(256), `80${'00'.repeat(2047)}`, '4a'.repeat(3000)],
].map(hex);

const times = [
  ...['', 'Z', '250101000000Z', '491231235959Z', '500101000000Z', '991332000000Z', '250229000000Z', '250101000060Z'],
  ...[
    '20250101000000Z',
    '00000101000000Z',
    '00010101000000Z',
    '99991231235959Z',
    '20250101000000.5Z',
    '20250101240000Z',
  ],
  ...[
    '20250101000000.123456789Z',
    '20250101000000.000000000000001Z',
    '20250101000000+0100',
    '2025010100Z',
    '-0250101000000Z',
  ],
  '9'.repeat(400),
].map(latin1);

const strings = [
  ...[
    '',
    ' ',
    '\0',
    'US',
    'usa',
    'a=b,c',
    '=#',
    '+',
    '\\',
    '"',
    '#',
    ' x ',
    '\u00e9',
    '\u00ff\u00fe',
    '\u00c3\u0028',
    'http://',
  ],
  ...['http://169.254.169.254/latest', 'https://x/', 'HTTP://x/', 'ldap:///', 'http://[::1]:99999/', 'x'.repeat(5000)],
].map(latin1);

const identifiers = [
  ...['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.4', '1.2.840.113549.1.1.5', '1.2.840.113549.1.1.10', '1.3.101.112'],
  ...['1.2.840.113549.1.1.11', '1.2.840.10045.2.1', '1.2.840.10045.3.1.7', '1.3.132.0.35', '1.2.840.10045.4.3.2'],
  ...['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.3', '1.3.14.3.2.26', '2.5.29.14', '2.5.29.15', '2.5.29.17'],
  ...['2.5.29.19', '2.5.29.20', '2.5.29.21', '2.5.29.24', '2.5.29.27', '2.5.29.28', '2.5.29.30', '2.5.29.31'],
  ...['2.5.29.32', '2.5.29.35', '2.5.29.37', '2.5.29.37.0', '2.5.29.46', '1.3.6.1.5.5.7.1.1', '1.3.6.1.5.5.7.3.8'],
  ...['1.3.6.1.5.5.7.3.9', '2.5.4.3', '2.5.4.6', '2.5.4.10', '1.2.840.113549.1.7.1', '1.2.840.113549.1.7.2'],
  ...['1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4', '1.2.840.113549.1.9.5', '1.2.840.113549.1.9.16.2.47'],
  ...['1.2.840.113549.1.9.16.1.4', '1.3.6.1.5.5.7.48.1.1', '0.4.0.2023.1.1', '2.999.1'],
]
  .map((oid): Uint8Array => objectIdentifier(oid).slice(2))
  .concat(['88ffffffff7f', '8001', '', '80', 'ff'.repeat(4) + '7f', '01'.repeat(3000)].map(hex));

const others = [
  '',
  '00',
  'ff',
  '0001',
  '07ff',
  '0080',
  '08ff',
  '3000',
  '0500',
  'a000',
  '00'.repeat(33),
  'ff'.repeat(5000),
].map(hex);

function valuesOf(tag: number): readonly Uint8Array[] {
  if (tag === 0x02 || tag === 0x0a || tag === 0x80 || tag === 0x81) return integers;
  if (tag === 0x17 || tag === 0x18) return times;
  if (tag === 0x06) return identifiers;
  return tag === 0x0c || (tag > 0x0f && tag < 0x20) || tag === 0x86 ? strings : others;
}
