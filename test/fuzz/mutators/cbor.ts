// Damage to CBOR that keeps the counts and lengths right, so that it gets past the gate and into what reads the headers.
// A byte string whose content is CBOR, as the protected header is, is part of the tree.

import { Buffer } from 'node:buffer';

import type { Draw } from '../../support/mutate.ts';
import { pick } from './pick.ts';

interface Item {
  readonly major: number;
  /** The value of the argument; for major type 7 the low five bits. */
  readonly argument: bigint;
  /** Bytes of a string, or what follows the head of a float. */
  readonly bytes: Uint8Array;
  /** Of an array, a map (labels and values in turn), a tag, or a byte string that wraps an item. */
  readonly items: Item[];
}

const none = new Uint8Array();
const maxLength = 60_000;

/** One to three defects; undefined where the bytes are no CBOR. */
export function mutateCbor(bytes: Uint8Array, draw: Draw): Uint8Array | undefined {
  const reader = { bytes, at: 0 };
  const root = readItem(reader, 0);
  if (root === undefined || reader.at !== bytes.length) return undefined;
  const roots = [root];
  for (let defects = 1 + draw(3); defects > 0; defects--) defect(roots, draw);
  const mutant = Buffer.concat(roots.map(write));
  return mutant.length > maxLength ? undefined : new Uint8Array(mutant);
}

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function readItem(reader: Reader, depth: number): Item | undefined {
  const first = reader.bytes[reader.at++];
  if (first === undefined || depth > 40) return undefined;
  const [major, info] = [first >> 5, first & 0x1f];
  const width = info < 24 ? 0 : ({ 24: 1, 25: 2, 26: 4, 27: 8 }[info] ?? -1);
  if (width < 0 || reader.at + width > reader.bytes.length) return undefined;
  const head = Buffer.from(reader.bytes.subarray(reader.at, reader.at + width));
  reader.at += width;
  const argument = width === 0 ? BigInt(info) : BigInt(`0x${head.toString('hex')}`);
  if (major === 7) return { major, argument: BigInt(info), bytes: head, items: [] };
  if (major < 2) return { major, argument, bytes: none, items: [] };
  if (major === 2 || major === 3) return readString(reader, { major, argument, depth });
  const count = major === 6 ? 1 : Number(argument) * (major === 5 ? 2 : 1);
  const items: Item[] = [];
  for (let left = count; left > 0; left--) {
    const item = readItem(reader, depth + 1);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return { major, argument, bytes: none, items };
}

function readString(reader: Reader, head: { major: number; argument: bigint; depth: number }): Item | undefined {
  const { major, argument, depth } = head;
  const end = reader.at + Number(argument);
  if (end > reader.bytes.length) return undefined;
  const bytes = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  const inner = { bytes, at: 0 };
  // Only a map: else nearly every byte string would be taken for a number.
  const wrapped = major === 2 && (bytes[0] ?? 0) >> 5 === 5 ? readItem(inner, depth + 1) : undefined;
  return { major, argument, bytes, items: wrapped !== undefined && inner.at === bytes.length ? [wrapped] : [] };
}

function write({ major, argument, bytes, items }: Item): Uint8Array {
  const parts = items.map(write);
  switch (major) {
    case 2:
    case 3: {
      const content = items.length > 0 ? Buffer.concat(parts) : bytes;
      return Buffer.concat([head(major, BigInt(content.length)), content]);
    }
    case 4:
      return Buffer.concat([head(major, BigInt(items.length)), ...parts]);
    case 5:
      // An odd number of items leaves the last one outside, or takes one from there.
      return Buffer.concat([head(major, BigInt(items.length >> 1)), ...parts]);
    case 6:
      return Buffer.concat([head(major, argument), ...parts]);
    case 7:
      return Buffer.concat([Uint8Array.of(0xe0 | Number(argument)), bytes]);
    default:
      return head(major, argument);
  }
}

function head(major: number, argument: bigint): Uint8Array {
  if (argument < 24n) return Uint8Array.of((major << 5) | Number(argument));
  const width = argument < 0x100n ? 1 : argument < 0x1_0000n ? 2 : argument < 0x1_0000_0000n ? 4 : 8;
  const info = { 1: 24, 2: 25, 4: 26, 8: 27 }[width];
  return Buffer.concat([
    Uint8Array.of((major << 5) | info),
    Buffer.from(argument.toString(16).padStart(2 * width, '0'), 'hex'),
  ]);
}

function placesIn(siblings: Item[]): { item: Item; siblings: Item[] }[] {
  return siblings.flatMap((item) => [{ item, siblings }, ...placesIn(item.items)]);
}

interface Spot {
  readonly item: Item;
  readonly siblings: Item[];
  readonly at: number;
  readonly draw: Draw;
  readonly other: () => Item;
}

function defect(roots: Item[], draw: Draw): void {
  const places = placesIn(roots);
  const place = pick(places, draw);
  if (place === undefined) return;
  const at = place.siblings.indexOf(place.item);
  pick(defects, draw)?.({ ...place, at, draw, other: () => pick(places, draw)?.item ?? place.item });
}

const copy = (item: Item): Item => ({ ...item, items: item.items.map(copy) });
const replace = ({ siblings, at, draw }: Spot): void => {
  siblings.splice(at, 1, copy(pick(values, draw) ?? integer(0n)));
};

/** The first ones more often, since they hide best. */
const defects: readonly ((spot: Spot) => void)[] = [
  ...[replace, replace, replace],
  ({ siblings, at }) => void siblings.splice(at, 1),
  // A label with its value.
  ({ siblings, at }) => void siblings.splice(at & ~1, 2),
  ({ siblings, at }) => void siblings.splice(at & ~1, 0, ...siblings.slice(at & ~1, (at & ~1) + 2).map(copy)),
  ({ siblings, at, draw, item }) =>
    void siblings.splice(at, 0, ...Array.from({ length: draw(10) === 0 ? 400 : 1 + draw(3) }, () => copy(item))),
  ({ siblings, at, other }) => void siblings.splice(at, 1, copy(other())),
  ({ siblings, at, draw }) => void siblings.splice(draw(siblings.length), 0, ...siblings.splice(at, 1)),
  ({ siblings, at, item, draw }) => {
    let wrapped = item;
    for (let depth = draw(40); depth >= 0; depth--) wrapped = { major: 4, argument: 1n, bytes: none, items: [wrapped] };
    siblings.splice(at, 1, wrapped);
  },
  ({ siblings, at, item, draw }) =>
    void siblings.splice(at, 1, { major: 6, argument: pick(tagNumbers, draw) ?? 0n, bytes: none, items: [copy(item)] }),
  ({ siblings, at, item, draw }) => void siblings.splice(at, 1, { ...copy(item), major: draw(8) }),
];

const tagNumbers = [0n, 1n, 2n, 3n, 4n, 18n, 24n, 64n, 98n, 258n, 259n, 55799n, 2n ** 64n - 1n];

const integer = (value: bigint): Item =>
  value < 0n
    ? { major: 1, argument: -1n - value, bytes: none, items: [] }
    : { major: 0, argument: value, bytes: none, items: [] };
const text = (value: string): Item => ({ major: 3, argument: 0n, bytes: Buffer.from(value), items: [] });
const byteString = (bytes: Uint8Array): Item => ({ major: 2, argument: 0n, bytes, items: [] });
const float = (info: number, hex: string): Item => ({
  major: 7,
  argument: BigInt(info),
  bytes: Buffer.from(hex, 'hex'),
  items: [],
});

const values: readonly Item[] = [
  ...[0n, 1n, 2n, 3n, 33n, -7n, -37n, -1n, 23n, 24n, 255n, 65536n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n].map(
    integer,
  ),
  ...[-(2n ** 63n), -(2n ** 63n) - 1n, -(2n ** 64n), 253402300799n, 253402300800n, -62135596800n].map(integer),
  ...['', 'a', '__proto__', 'constructor', 'notary.x509', 'notary.x509.signingAuthority', 'é'.repeat(2000)].map(text),
  ...['io.cncf.notary.signingScheme', 'io.cncf.notary.signingTime', 'io.cncf.notary.authenticSigningTime'].map(text),
  ...['io.cncf.notary.expiry', 'io.cncf.notary.verificationPlugin', 'io.cncf.notary.timestampSignature'].map(text),
  ...['application/vnd.cncf.notary.payload.v1+json', 'text/plain; x', ' a/b', '2024-01-01T00:00:00Z'].map(text),
  { major: 3, argument: 0n, bytes: Uint8Array.of(0xff, 0xfe), items: [] },
  ...[none, Uint8Array.of(0), new Uint8Array(5000).fill(0x81)].map(byteString),
  ...[
    float(25, '7e00'),
    float(25, 'fc00'),
    float(26, '4f000000'),
    float(27, '7fefffffffffffff'),
    float(27, '8000000000000000'),
  ],
  ...[
    float(20, ''),
    float(21, ''),
    float(22, ''),
    float(23, ''),
    float(0, ''),
    float(24, '18'),
    float(31, ''),
    float(28, ''),
  ],
  ...[4, 5].map((major) => ({ major, argument: 0n, bytes: none, items: [] })),
];
