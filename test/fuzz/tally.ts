// What a campaign and its processes tell each other.

import { closeSync, openSync, readSync, writeSync } from 'node:fs';

export interface Job {
  /** Index into `targets`. */
  readonly target: number;
  readonly from: number;
  /** Not included. */
  readonly to: number;
}

export interface Escape {
  readonly target: string;
  readonly kind: 'exception' | 'undeclared code' | 'hang' | 'slow' | 'memory' | 'crash' | 'unhandled rejection';
  readonly detail: string;
  /** Of the mutant, under the seed of the campaign. */
  readonly index: number;
  readonly input: Uint8Array;
}

export interface Tally {
  readonly target: number;
  readonly inputs: number;
  readonly values: number;
  readonly refusals: number;
  readonly escapes: readonly Escape[];
}

/** Arguments of a process. */
export interface Orders {
  readonly seed: number;
  /** Path of the file behind its board. */
  readonly board: string;
  /** Module that exports `targets`. */
  readonly module: string;
}

interface Current {
  readonly index: number;
  readonly input: Uint8Array;
  readonly runningMs: number;
}

const header = 16;

/** What a process is at: a file, since that can be read while the process hangs and after it has died. */
export class Board {
  readonly #file: number;
  readonly #header = Buffer.alloc(header);

  constructor(path: string) {
    closeSync(openSync(path, 'a'));
    this.#file = openSync(path, 'r+');
  }

  begin(index: number, input: Uint8Array): void {
    this.#header.writeDoubleLE(Date.now());
    this.#header.writeUInt32LE(index, 8);
    this.#header.writeUInt32LE(input.length, 12);
    writeSync(this.#file, Buffer.concat([this.#header, input]), 0, header + input.length, 0);
  }

  /** The same input once more. */
  again(): void {
    this.#header.writeDoubleLE(Date.now());
    writeSync(this.#file, this.#header, 0, 8, 0);
  }

  end(): void {
    writeSync(this.#file, Buffer.alloc(8), 0, 8, 0);
  }

  /** Undefined between two inputs. */
  get current(): Current | undefined {
    const bytes = Buffer.alloc(header);
    readSync(this.#file, bytes, 0, header, 0);
    const started = bytes.readDoubleLE();
    if (started === 0) return undefined;
    const input = new Uint8Array(bytes.readUInt32LE(12));
    readSync(this.#file, input, 0, input.length, header);
    return { index: bytes.readUInt32LE(8), input, runningMs: Date.now() - started };
  }

  close(): void {
    closeSync(this.#file);
  }
}
