import { describe, expect, it } from 'vitest';

import { parseTime, renderTime, requireMoment, wholeSeconds } from '../../../shared/envelope/attributes.ts';
import { refusal } from '../../support/expect-code.ts';

const source = { code: 'ENVELOPE_MALFORMED', what: 'test' } as const;

const refuse = (run: () => unknown) => refusal('ENVELOPE_MALFORMED', run);

describe('times of a JWS', () => {
  it('are written in UTC and cut to the second, towards the past (JWS-6, D14)', () => {
    expect(renderTime(new Date('2026-11-21T02:25:38.999Z'))).toBe('2026-11-21T02:25:38Z');
    expect(wholeSeconds(new Date(1999))).toBe(1);
    expect(wholeSeconds(new Date(-1))).toBe(-1);
  });

  it.each([
    ['2026-11-21T02:25:38Z', '2026-11-21T02:25:38.000Z'],
    ['2026-11-21T10:18:48+08:00', '2026-11-21T02:18:48.000Z'],
    ['2026-11-21T00:18:48-23:59', '2026-11-22T00:17:48.000Z'],
    ['2026-11-21T02:25:38.5Z', '2026-11-21T02:25:38.500Z'],
    ['2026-11-21T02:25:38.123999999999Z', '2026-11-21T02:25:38.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
  ])('%s is read (JWS-17)', (text, expected) => {
    expect(parseTime(text, source).toISOString()).toBe(expected);
  });

  it.each([
    ...['', '2026-11-21', '2026-11-21T02:25:38', '2026-11-21t02:25:38Z', '2026-11-21T02:25:38z'],
    ...['2026-11-21 02:25:38Z', '2026-11-21T2:25:38Z', '2026-11-21T02:25:38,5Z', '2026-11-21T02:25:38.Z'],
    ...['2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z', '2023-02-29T00:00:00Z', '2026-11-00T00:00:00Z'],
    ...['2026-11-21T24:00:00Z', '2026-11-21T00:60:00Z', '2026-11-21T00:00:60Z', '2026-11-21T02:25:38+24:00'],
    ...['2026-11-21T02:25:38+0800', '2026-11-21T02:25:38Z ', '\n2026-11-21T02:25:38Z', '2026-11-21T02:25:38Z\n'],
    ...['0001-01-01T00:00:00Z', '+2026-11-21T02:25:38Z', '9999-12-31T23:59:59-01:00', '٢٠٢٦-11-21T02:25:38Z'],
  ])('%j is refused (JWS-17)', (text) => {
    refuse(() => parseTime(text, source));
  });

  it('are refused without backtracking, and quoted in part', () => {
    const failure = refuse(() => parseTime(`2026-11-21T02:25:38.${'1'.repeat(2_000_000)}`, source));
    expect(failure.message.length).toBeLessThan(200);
  });
});

describe('a moment', () => {
  it.each([NaN, Infinity, -Infinity, 1e300, Date.parse('0001-01-01T00:00:00Z')])('%d is refused (COSE-26)', (value) => {
    refuse(() => requireMoment(value, source));
  });

  it('keeps whole milliseconds', () => {
    expect(requireMoment(1500.9, source).getTime()).toBe(1500);
  });
});
