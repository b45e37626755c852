// Choices that repeat with the seed.

import type { Draw } from '../../support/mutate.ts';

/** Undefined for an empty list only. */
export function pick<T>(items: readonly T[], draw: Draw): T | undefined {
  return items[draw(items.length)];
}
