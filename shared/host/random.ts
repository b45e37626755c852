// The machine's source of randomness.

import { randomBytes } from 'node:crypto';

import type { Random } from '../ports.ts';

export const random: Random = (length) => new Uint8Array(randomBytes(length));
