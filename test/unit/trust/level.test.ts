import { describe, expect, it } from 'vitest';

import { levelOf, overrideLevel, parseLevel } from '../../../shared/trust/level.ts';
import { thrownBy } from './thrown.ts';

const source = { code: 'POLICY_INVALID', what: 'policy' } as const;
const strict = levelOf('strict');

describe('levels', () => {
  it.each([
    ['strict', 'enforce enforce enforce enforce enforce'],
    ['permissive', 'enforce enforce log log log'],
    ['audit', 'enforce log log log log'],
    ['skip', 'skip skip skip skip skip'],
  ] as const)('POL-17: %s', (name, expected) => {
    const { integrity, authenticity, authenticTimestamp, expiry, revocation } = levelOf(name).actions;
    expect([integrity, authenticity, authenticTimestamp, expiry, revocation].join(' ')).toBe(expected);
  });

  it.each(['Strict', '', ' strict', 'custom', 'toString'])('POL-6: refuses %j', (name) => {
    expect(thrownBy(() => parseLevel(name, source, 'level'))).toMatchObject({ code: 'POLICY_INVALID' });
  });
});

describe('overrides', () => {
  it('POL-7: replaces the actions it names and is called custom', () => {
    const level = overrideLevel(strict, { revocation: 'skip', expiry: 'log' }, source, 'override');
    expect(level).toEqual({
      name: 'custom',
      actions: {
        integrity: 'enforce',
        authenticity: 'enforce',
        authenticTimestamp: 'enforce',
        expiry: 'log',
        revocation: 'skip',
      },
    });
  });

  it('POL-7: without entries the level keeps its name', () => {
    expect(overrideLevel(strict, {}, source, 'override')).toBe(strict);
  });

  it.each([
    ['integrity', { integrity: 'enforce' }, 'integrity is always enforced'],
    ['an unknown validation', { Revocation: 'log' }, 'can be overridden'],
    ['an unknown action', { expiry: 'warn' }, 'not one of enforce, log, skip'],
    ['skip for authenticity', { authenticity: 'skip' }, 'only revocation can be skipped'],
    ['skip for expiry', { expiry: 'skip' }, 'only revocation can be skipped'],
    ['TSA-23: skip for authenticTimestamp', { authenticTimestamp: 'skip' }, 'only revocation can be skipped'],
    ['a name of Object.prototype', { constructor: 'log' }, 'can be overridden'],
  ])('POL-7: refuses %s', (_name, overrides, message) => {
    const error = thrownBy(() => overrideLevel(strict, overrides, source, 'override'));
    expect(error.code).toBe('POLICY_INVALID');
    expect(error.message).toContain(message);
  });

  it('POL-7: refuses any at level skip', () => {
    const error = thrownBy(() => overrideLevel(levelOf('skip'), { expiry: 'log' }, source, 'override'));
    expect(error).toMatchObject({ code: 'POLICY_INVALID' });
  });
});
