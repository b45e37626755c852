import { describe, expect, it } from 'vitest';

import { isEarlierVersion, parseSemanticVersion } from '../../../shared/keys/semantic-version.ts';

describe('parseSemanticVersion', () => {
  it.each([
    '0.0.0',
    '1.2.3',
    '10.20.30',
    '1.0.0-alpha.1',
    '1.0.0-0.3.7',
    '1.0.0--',
    '1.0.0-x-y-z.4',
    '1.0.0+20130313144700',
    '1.0.0-beta+exp.sha.5114f85',
    '1.0.0+001',
    '99999999999999999999.0.0',
  ])('takes %s', (text) => {
    expect(parseSemanticVersion(text)).toBeDefined();
  });

  it.each([
    '',
    '1',
    '1.2',
    '1.2.3.4',
    'v1.2.3',
    '01.2.3',
    '1.02.3',
    '1.2.3-',
    '1.2.3-01',
    '1.2.3-a..b',
    '1.2.3+',
    '1.2.3+a+b',
    '1.2.3-ä',
    ' 1.2.3',
    '1.2.3 ',
    '-1.2.3',
    '1.2.x',
    `1.2.3-${'a'.repeat(300)}`,
  ])('refuses %j', (text) => {
    expect(parseSemanticVersion(text)).toBeUndefined();
  });
});

describe('isEarlierVersion', () => {
  // Semantic Versioning 2.0.0, §11.
  const order = [
    ...['0.9.9', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11'],
    ...['1.0.0-rc.1', '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0-0', '2.0.0', '10.0.0', '99999999999999999999.0.0'],
  ].map((text) => parseSemanticVersion(text)!);

  it('orders as the specification does', () => {
    for (const [i, a] of order.entries()) {
      for (const [j, b] of order.entries()) expect(isEarlierVersion(a, b)).toBe(i < j);
    }
  });

  it('does not look at build metadata', () => {
    const [a, b] = ['1.0.0+1', '1.0.0+2'].map((text) => parseSemanticVersion(text)!);
    expect([isEarlierVersion(a!, b!), isEarlierVersion(b!, a!)]).toEqual([false, false]);
  });
});
