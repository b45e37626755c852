// Several at a time, in the order they were given.

/**
 * Runs the work over the items, at most `limit` at a time.
 *
 * @returns  the results in the order of the items
 * @throws   what the first failing work threw; no further item is started then, so work that must not hide the others
 *           returns its failure instead
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
