import { describe, expect, it } from 'vitest';

import { mapConcurrently } from '../../../shared/host/concurrent.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

describe('mapConcurrently', () => {
  it('keeps the order of the items, whichever ends first', async () => {
    const results = await mapConcurrently([5, 1, 3], 3, async (item) => {
      await turns(item);
      return item * 10;
    });
    expect(results).toEqual([50, 10, 30]);
  });

  it.each([1, 2, 8])('works on %i at a time at most', async (limit) => {
    let running = 0;
    let most = 0;
    await mapConcurrently([...Array(20).keys()], limit, async () => {
      most = Math.max(most, ++running);
      await turns(3);
      running--;
    });
    expect(most).toBe(limit);
  });

  it('takes no items', async () => {
    expect(await mapConcurrently([], 4, () => Promise.reject(new Error('never asked')))).toEqual([]);
  });

  it('throws what the work threw and starts nothing further', async () => {
    const started: number[] = [];
    const all = mapConcurrently([1, 2, 3, 4], 2, async (item) => {
      started.push(item);
      await turns(1);
      if (item === 1) throw new RangeError('one');
      await turns(5);
    });
    await expect(all).rejects.toThrow(new RangeError('one'));
    await turns(20);
    expect(started).toEqual([1, 2]);
  });
});
