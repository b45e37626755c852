import { describe, expect, it } from 'vitest';

import { nextPage } from '../../../shared/oci/link.ts';

describe('nextPage (RFC 8288)', () => {
  it.each([
    ['', undefined],
    ['</v2/app/referrers/x?n=1>; rel="next"', '/v2/app/referrers/x?n=1'],
    ['<?last=2>;rel=next', '?last=2'],
    ['<https://r.io/a,b>; rel="next"; title="a, b"', 'https://r.io/a,b'],
    ['</1>; rel="prev", </2>; rel="next"', '/2'],
    ['</1>; rel="prev last"', undefined],
    ['</1>; title="x"; rel="last NEXT"', '/1'],
    // REG-13: the reference follows whatever link there is.
    ['</1>', '/1'],
    ['</1>; rel="prev"', undefined],
    ['nonsense', undefined],
    ['<', undefined],
    ['</1 2>; rel="next"', undefined],
  ])('%s', (field, expected) => {
    expect(nextPage(field)).toBe(expected);
  });

  it('stays linear', () => {
    const start = performance.now();
    for (const field of ['</1>;'.repeat(3000), '</1>; a="'.repeat(2000), `</1>${' '.repeat(16_000)}x`]) nextPage(field);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
