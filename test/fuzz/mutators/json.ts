// Damage to JSON that is still JSON: members lost, doubled, renamed, and values of the wrong kind. Text that is base64 of
// JSON or of DER, as in a JWS, is opened, damaged inside and closed again.

import { Buffer } from 'node:buffer';

import type { Draw } from '../../support/mutate.ts';
import { mutateDer } from './der.ts';
import { pick } from './pick.ts';
import { mutateText } from './text.ts';

/** Raw is a literal as it stands in the text. */
type Value = Raw | { kind: 'array'; items: Value[] } | { kind: 'object'; items: Value[]; names: string[] };
interface Raw {
  kind: 'raw';
  text: string;
}

const maxLength = 60_000;
/** Deeper values would need more stack than a walk through them has. */
const maxDepth = 500;

/** One to three defects; undefined where the bytes are no JSON, or values within values without end. */
export function mutateJson(bytes: Uint8Array, draw: Draw): Uint8Array | undefined {
  const root = parse(Buffer.from(bytes).toString());
  if (root === undefined) return undefined;
  const roots = [root];
  for (let defects = 1 + draw(3); defects > 0; defects--) defect(roots, draw);
  const mutant = Buffer.from(roots.map(write).join(''));
  return mutant.length > maxLength ? undefined : new Uint8Array(mutant);
}

function parse(text: string): Value | undefined {
  try {
    return toValue(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

function toValue(value: unknown, depth: number): Value {
  if (depth > maxDepth) throw new RangeError('too deep');
  const inner = (item: unknown): Value => toValue(item, depth + 1);
  if (Array.isArray(value)) return { kind: 'array', items: value.map(inner) };
  if (typeof value !== 'object' || value === null) return raw(JSON.stringify(value));
  return { kind: 'object', names: Object.keys(value).map(quote), items: Object.values(value).map(inner) };
}

const raw = (text: string): Raw => ({ kind: 'raw', text });
const quote = (text: string): string => JSON.stringify(text);

function write(value: Value): string {
  if (value.kind === 'raw') return value.text;
  const items = value.items.map(write);
  if (value.kind === 'array') return `[${items.join(',')}]`;
  return `{${items.map((item, index) => `${value.names[index] ?? '"x"'}:${item}`).join(',')}}`;
}

interface Spot {
  readonly value: Value;
  readonly siblings: Value[];
  /** Of the siblings, where they are members. */
  readonly names: string[] | undefined;
  readonly at: number;
  readonly draw: Draw;
  readonly other: () => Value;
}

type Place = Pick<Spot, 'value' | 'siblings' | 'names'>;

function placesIn(siblings: Value[], names?: string[]): Place[] {
  return siblings.flatMap((value) => [
    { value, siblings, names },
    ...(value.kind === 'raw' ? [] : placesIn(value.items, value.kind === 'object' ? value.names : undefined)),
  ]);
}

function defect(roots: Value[], draw: Draw): void {
  const places = placesIn(roots);
  const place = pick(places, draw);
  if (place === undefined) return;
  const at = place.siblings.indexOf(place.value);
  pick(defects, draw)?.({ ...place, at, draw, other: () => pick(places, draw)?.value ?? place.value });
}

const replace = ({ siblings, at, draw }: Spot): void => {
  siblings.splice(at, 1, raw(pick(literals, draw) ?? 'null'));
};
const opened = (spot: Spot): void => {
  const { value, siblings, at, draw } = spot;
  const text = value.kind === 'raw' ? textOf(value) : undefined;
  if (text === undefined) replace(spot);
  else siblings.splice(at, 1, raw(quote(damagedInside(text, draw))));
};

/** The first ones more often, since they hide best. */
const defects: readonly ((spot: Spot) => void)[] = [
  ...[replace, replace, opened, opened, opened],
  ({ siblings, names, at }) => {
    siblings.splice(at, 1);
    names?.splice(at, 1);
  },
  ({ siblings, names, at, value, draw }) => {
    for (let times = draw(10) === 0 ? 400 : 1 + draw(3); times > 0; times--) {
      siblings.splice(at, 0, structuredClone(value));
      names?.splice(at, 0, names[at] ?? '"x"');
    }
  },
  ({ names, at, draw }) => void names?.splice(at, 1, pick(memberNames, draw) ?? '""'),
  ({ siblings, at, other }) => void siblings.splice(at, 1, structuredClone(other())),
  ({ siblings, names, at, draw, other }) => {
    siblings.splice(at, 0, structuredClone(other()));
    names?.splice(at, 0, pick(memberNames, draw) ?? '""');
  },
  ({ siblings, at, value, draw }) => {
    const depth = draw(4) === 0 ? draw(8000) : 1;
    const [open, close] = draw(2) === 0 ? ['[', ']'] : ['{"a":', '}'];
    siblings.splice(at, 1, raw(open.repeat(depth) + write(value) + close.repeat(depth)));
  },
];

function textOf({ text }: Raw): string | undefined {
  if (!text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

function damagedInside(text: string, draw: Draw): string {
  for (const encoding of ['base64', 'base64url'] as const) {
    const bytes = Buffer.from(text, encoding);
    if (bytes.length < 8 || bytes.toString(encoding) !== text) continue;
    const mutant = mutateJson(bytes, draw) ?? mutateDer(bytes, draw);
    if (mutant !== undefined) return Buffer.from(mutant).toString(encoding);
  }
  return mutateText(text, draw);
}

const literals: readonly string[] = [
  ...['null', 'true', 'false', '0', '-0', '1', '-1', '251.0', '1e3', '1E400', '-1e400', '9007199254740993', '2'],
  ...[
    '9223372036854775808',
    `1${'0'.repeat(400)}`,
    '[]',
    '{}',
    '[[]]',
    '""',
    '" "',
    '"\\u0000"',
    '"\\ud800"',
    '"\\u2028"',
  ],
  ...[
    '"__proto__"',
    '"*"',
    '"1.0"',
    '"2"',
    '"sha256:"',
    '"crit"',
    '"b64"',
    '"skip"',
    '"strict"',
    '"../../x"',
    '"\\\\"',
  ],
  ...['"notary.x509"', '"notary.x509.signingAuthority"', '"2024-02-30T00:00:00Z"', '"9999-12-31T23:59:60+23:59"'],
  ...['"0000-01-01T00:00:00Z"', '"x509.subject:C=a,ST=b,O=c"', '"x509.subject:=#"', '"ca:"', '"ca:.."', '"tsa:x"'],
  ...[`"${'x'.repeat(5000)}"`, `"${'%'.repeat(300)}"`, '["a","a"]', '{"__proto__":{"a":1}}', '{"a":{"a":{"a":1}}}'],
];

const memberNames: readonly string[] = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    '0',
    'length',
    'x'.repeat(3000),
    '\u0000',
    'b64',
    'crit',
    'alg',
    'cty',
  ],
  ...['io.cncf.notary.signingScheme', 'io.cncf.notary.signingTime', 'io.cncf.notary.authenticSigningTime'],
  ...['io.cncf.notary.expiry', 'io.cncf.notary.verificationPlugin', 'annotations', 'subject', 'layers', 'blobs'],
  ...['manifests', 'artifactType', 'errors', 'error', 'result', 'status', 'override', 'verifyTimestamp', 'auths'],
].map(quote);
