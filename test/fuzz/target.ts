// A decoder under damage: good input to start from, what it may refuse with, and how to call it.

import { Buffer } from 'node:buffer';

import type { ErrorCode } from '../../shared/errors.ts';
import { damage } from '../support/mutate.ts';
import type { Draw } from '../support/mutate.ts';
import { mutateCbor } from './mutators/cbor.ts';
import { mutateDer } from './mutators/der.ts';
import { mutateJson } from './mutators/json.ts';
import { pick } from './mutators/pick.ts';
import { mutateText } from './mutators/text.ts';

export type Shape = 'der' | 'cbor' | 'json' | 'text' | 'pem';

export interface Seed {
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

export interface Target {
  readonly name: string;
  /** Each is decoded without complaint as it is, unless it is listed under `refused`. */
  readonly seeds: readonly Seed[];
  /** Good seeds of refusals, such as an error that a server sends. */
  readonly refused?: readonly Seed[];
  /** The codes of the NotaryErrors that may come out. */
  readonly codes: readonly ErrorCode[];
  /** May return a promise. */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Makes what is decoded in place of a mutant; not measured. */
  readonly prepare?: () => Promise<void>;
  /** Lets go of it. */
  readonly release?: () => void;
  /** What one input may take, where it is not a mutant of small ones. */
  readonly limits?: { readonly milliseconds: number; readonly bytes: number };
}

export const der = (bytes: Uint8Array): Seed => ({ shape: 'der', bytes });
export const cbor = (bytes: Uint8Array): Seed => ({ shape: 'cbor', bytes });
export const json = (value: unknown): Seed => ({
  shape: 'json',
  bytes: value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value)),
});
export const text = (value: string): Seed => ({ shape: 'text', bytes: Buffer.from(value) });
export const pem = (value: string): Seed => ({ shape: 'pem', bytes: Buffer.from(value) });

/** Text as a program gets it that decodes leniently; mutants need not be UTF-8. */
export const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** A mutant of one of the seeds: mostly damage that knows the shape, sometimes blind damage, sometimes both. */
export function mutate({ seeds, refused = [] }: Target, draw: Draw): Uint8Array {
  const { shape, bytes } = pick([...seeds, ...refused], draw) ?? { shape: 'text', bytes: new Uint8Array() };
  const kind = draw(4);
  if (kind === 0) return damage(bytes, draw);
  const mutant = shapedDamage(shape, bytes, draw) ?? damage(bytes, draw);
  return kind === 1 ? damage(mutant, draw) : mutant;
}

function shapedDamage(shape: Shape, bytes: Uint8Array, draw: Draw): Uint8Array | undefined {
  switch (shape) {
    case 'der':
      return mutateDer(bytes, draw);
    case 'cbor':
      return mutateCbor(bytes, draw);
    case 'json':
      return mutateJson(bytes, draw);
    case 'pem':
      return mutatePem(bytes, draw);
    case 'text':
      return Buffer.from(mutateText(asText(bytes), draw));
  }
}

/** The DER inside one of the blocks, or the text around it. */
function mutatePem(bytes: Uint8Array, draw: Draw): Uint8Array {
  const text = asText(bytes);
  const bodies = [...text.matchAll(/(?<=-----\n)[A-Za-z0-9+/=\n]+(?=-----END)/g)];
  const body = draw(2) === 0 ? pick(bodies, draw) : undefined;
  const mutant = body && mutateDer(Buffer.from(body[0], 'base64'), draw);
  if (body === undefined || mutant === undefined) return Buffer.from(mutateText(text, draw));
  const encoded = `${Buffer.from(mutant).toString('base64')}\n`;
  return Buffer.from(text.slice(0, body.index) + encoded + text.slice(body.index + body[0].length));
}
