// Decoders with a defect each, for the test of the campaign itself.

import { setImmediate } from 'node:timers/promises';

import { NotaryError } from '../../../shared/errors.ts';
import { text } from '../target.ts';
import type { Target } from '../target.ts';

const spin = (milliseconds: number): void => {
  const start = process.threadCpuUsage();
  while (process.threadCpuUsage(start).user < milliseconds * 1000);
};

const kept: Uint8Array[] = [];

const decoders: Readonly<Record<string, Target['decode']>> = {
  'is sound': ({ length }) => {
    if (length % 2 === 0) throw new NotaryError('INPUT_INVALID', 'even');
    return length;
  },
  'throws a TypeError': () => {
    throw new TypeError('planted');
  },
  'throws another code': () => {
    throw new NotaryError('POLICY_INVALID', 'planted');
  },
  'rejects with a TypeError': async () => {
    await setImmediate();
    throw new TypeError('planted');
  },
  'forgets a promise': () => void Promise.reject(new Error('planted')),
  'is slow': () => {
    spin(1500);
  },
  'allocates 80 MiB': () => new Uint8Array(80 * 1024 * 1024),
  'keeps 80 MiB': () => kept.push(new Uint8Array(20 * 1024 * 1024)),
  'fills the heap': () => {
    const items: object[] = [];
    for (;;) items.push({ items });
  },
  'never ends': () => {
    for (;;);
  },
  'waits for ever': () => new Promise(() => undefined),
};

export const targets: readonly Target[] = Object.entries(decoders).map(([name, decode]) => ({
  ...{ name, decode, seeds: [text('seed')], codes: ['INPUT_INVALID'] },
}));
