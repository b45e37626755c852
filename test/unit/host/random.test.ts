import { describe, expect, it } from 'vitest';

import { random } from '../../../shared/host/random.ts';

describe('random', () => {
  it('gives as many bytes as asked for, different ones each time', () => {
    expect(random(20)).toHaveLength(20);
    expect(random(0)).toHaveLength(0);
    expect(random(32)).not.toEqual(random(32));
  });
});
