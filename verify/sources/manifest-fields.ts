// Fields of YAML documents, by the shape that is expected; what has another shape is not there.

import type { Located, LocatedMap } from './yaml-documents.ts';

export function mapOf(located: Located | undefined): LocatedMap | undefined {
  return located?.value instanceof Map ? (located.value as LocatedMap) : undefined;
}

export function itemsOf(located: Located | undefined): readonly Located[] {
  return Array.isArray(located?.value) ? (located.value as readonly Located[]) : [];
}

export function fieldOf(located: Located | undefined, name: string): Located | undefined {
  return mapOf(located)?.get(name);
}

export function textOf(located: Located | undefined): string | undefined {
  return typeof located?.value === 'string' ? located.value : undefined;
}
