// An answer that is asked for once and kept, as what a key is. A failure is not kept: the next artifact may fare better.

/** @returns  gives the same answer each time; questions that come while it is under way share it */
export function keeping<T>(ask: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= ask().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}
