// Deterministic damage for every decoder: the same seed makes the same mutants on every machine, so that a failure can
// be played again. Only a value or a NotaryError may come out of a decoder that gets them.

/** A whole number from 0 up to, not including, the limit. */
export type Draw = (limit: number) => number;

type Mutator = (bytes: Uint8Array, draw: Draw) => Uint8Array;

const mutators: Readonly<Record<string, Mutator>> = {
  flipBit: (bytes, draw) => {
    const at = draw(bytes.length);
    return replaceByte(bytes, at, (bytes[at] ?? 0) ^ (1 << draw(8)));
  },
  setByte: (bytes, draw) => replaceByte(bytes, draw(bytes.length), draw(256)),
  cut: (bytes, draw) => {
    const { start, end } = range(bytes, draw);
    return join(bytes.subarray(0, start), bytes.subarray(end));
  },
  truncate: (bytes, draw) => bytes.slice(0, draw(bytes.length)),
  repeat: (bytes, draw) => {
    const { start, end } = range(bytes, draw);
    const copies = Array.from({ length: 1 + draw(4) }, () => bytes.subarray(start, end));
    return join(bytes.subarray(0, end), ...copies, bytes.subarray(end));
  },
  /** Openers of a container, thousands of them: of CBOR, of DER, of JSON, or whatever byte stands there. */
  nest: (bytes, draw) => {
    const at = draw(bytes.length);
    const openers = [0x81, 0xa1, 0xc1, 0x30, 0x5b, 0x7b, bytes[at] ?? 0];
    const opener = new Uint8Array(1 + draw(20_000)).fill(openers[draw(openers.length)] ?? 0);
    return join(bytes.subarray(0, at), opener, bytes.subarray(at));
  },
  /** Copies one range over another place. */
  splice: (bytes, draw) => {
    const { start, end } = range(bytes, draw);
    const at = draw(bytes.length);
    return join(bytes.subarray(0, at), bytes.subarray(start, end), bytes.subarray(at + end - start));
  },
};

/**
 * @param seed   any 32-bit integer
 * @param count  mutants to make; each carries one to three defects
 */
export function* mutations(bytes: Uint8Array, seed: number, count: number): Iterable<Uint8Array> {
  const draw = drawFrom(seed);
  for (let index = 0; index < count; index++) yield damage(bytes, draw);
}

const table = Object.values(mutators);

/** One mutant with one to three defects that know nothing of what the bytes mean. */
export function damage(bytes: Uint8Array, draw: Draw): Uint8Array {
  let mutant = bytes;
  for (let defects = 1 + draw(3); defects > 0 && mutant.length > 0; defects--) {
    mutant = table[draw(table.length)]!(mutant, draw);
  }
  return mutant;
}

// Mulberry32, a 32-bit generator that passes for random here.
export function drawFrom(seed: number): Draw {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** A range of one byte at least; mostly short, since short defects hide better. */
function range(bytes: Uint8Array, draw: Draw): { start: number; end: number } {
  const start = draw(bytes.length);
  const longest = bytes.length - start;
  return { start, end: start + 1 + draw(Math.min(longest, draw(2) === 0 ? 16 : longest)) };
}

function replaceByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  // Not slice, which gives a view where the bytes are a Buffer: the damage would stay for all mutants after this one.
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
