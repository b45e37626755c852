import { describe, expect, it } from 'vitest';

import type { TimestampInfo } from '../../../shared/timestamp/tst-info.ts';
import { encodeImprint, messageImprint } from '../../support/tsa-token.ts';
import type { TokenOptions } from '../../support/tsa-token.ts';
import { at, signature, stamped } from './stamped.ts';

const info = (options: Partial<TokenOptions>): TimestampInfo => stamped(options).info;
const invalid = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'TIMESTAMP_INVALID', message: expect.stringMatching(message) as string });
const iso = ({ from, genTime, to }: TimestampInfo): string[] => [from, genTime, to].map((date) => date.toISOString());

describe('parseTimestampInfo', () => {
  it('reads what the genuine authority states', () => {
    const read = info({ nonce: 0x80_00_00_00_00_00_00_01n });
    expect(read).toMatchObject({ policy: '1.3.6.1.4.1.601.10.3.1', hash: 'sha256', nonce: 0x80_00_00_00_00_00_00_01n });
    expect(read).toMatchObject({ genTime: at, accuracyMs: 500 });
    expect(read.messageImprint).toEqual(messageImprint('sha256', signature));
    expect(iso(read)).toEqual(['2026-01-15T11:59:59.623Z', '2026-01-15T12:00:00.123Z', '2026-01-15T12:00:00.623Z']);
  });

  it('has no nonce where none is stated', () => {
    expect(info({})).not.toHaveProperty('nonce');
  });

  it.each(['sha256', 'sha384', 'sha512'] as const)('takes an imprint made with %s (TSA-17)', (hash) => {
    expect(info({ messageImprint: messageImprint(hash, signature, 'absent') }).hash).toBe(hash);
  });

  it('tolerates an ordering that is written out, be it false or true', () => {
    expect(info({ ordering: false }).genTime).toEqual(at);
    expect(info({ ordering: true, nonce: 5n }).nonce).toBe(5n);
  });

  it('tolerates extensions that are not critical', () => {
    expect(info({ extensions: [{ oid: '1.3.6.1.5.5.7.1.3', value: Uint8Array.of(0x30, 0) }] }).genTime).toEqual(at);
  });

  it.each([
    ['TSTInfo of version 2 (TSA-17)', { tstVersion: 2 }, /version 2 instead of 1/],
    ['an imprint made with SHA-1 (TSA-17)', { messageImprint: messageImprint('sha1', signature) }, /not SHA-256/],
    ['an imprint of the wrong length', { messageImprint: encodeImprint('sha384', new Uint8Array(32)) }, /32 bytes/],
    [
      'a critical extension',
      { extensions: [{ oid: '1.2.3', critical: true, value: Uint8Array.of(5, 0) }] },
      /critical extension 1\.2\.3/,
    ],
  ])('refuses %s', (_name, options, message) => {
    expect(() => info(options)).toThrow(invalid(message));
  });
});

const genTime = (text: string): TimestampInfo => info({ genTime: { text }, accuracy: 'absent' });

describe('genTime (TSA-19)', () => {
  it.each([
    ['20260115120000Z', '2026-01-15T12:00:00.000Z', '2026-01-15T12:00:00.000Z'],
    ['20260115120000.5Z', '2026-01-15T12:00:00.500Z', '2026-01-15T12:00:00.500Z'],
    ['20260115120000.009Z', '2026-01-15T12:00:00.009Z', '2026-01-15T12:00:00.009Z'],
    ['20260115120000.1234Z', '2026-01-15T12:00:00.123Z', '2026-01-15T12:00:00.124Z'],
    ['20260115120000.999999999Z', '2026-01-15T12:00:00.999Z', '2026-01-15T12:00:01.000Z'],
    ['19691231235959.0001Z', '1969-12-31T23:59:59.000Z', '1969-12-31T23:59:59.001Z'],
  ])('reads %s, rounded outward to a millisecond', (text, from, to) => {
    expect(iso(genTime(text))).toEqual([from, from, to]);
  });

  it.each([
    ['a zero at the end of the fraction', '20260115120000.50Z'],
    ['a fraction without digits', '20260115120000.Z'],
    ['a fraction of zero', '20260115120000.0Z'],
    ['a decimal comma', '20260115120000,5Z'],
    ['ten digits of fraction', '20260115120000.1234567891Z'],
    ['no zone', '20260115120000'],
    ['an offset', '20260115120000+0100'],
    ['no seconds', '202601151200Z'],
    ['31 February', '20260231120000Z'],
    ['a leap second', '20261231235960Z'],
    ['hour 24', '20260115240000Z'],
    ['something after it', '20260115120000Z '],
  ])('refuses %s', (_name, text) => {
    expect(() => genTime(text)).toThrow(invalid(/./));
  });
});

describe('accuracy (TSA-18)', () => {
  const baseline = '0.4.0.2023.1.1';

  it.each([
    ['nothing', 'absent', 0],
    ['milliseconds', { millis: 999 }, 999],
    ['seconds and microseconds', { seconds: 1, micros: 250 }, 1000.25],
    ['all three', { seconds: 2, millis: 3, micros: 4 }, 2003.004],
    ['zeros', { seconds: 0, millis: 0, micros: 0 }, 0],
  ] as const)('reads %s', (_name, accuracy, milliseconds) => {
    expect(info({ accuracy }).accuracyMs).toBe(milliseconds);
  });

  it('is rounded outward where it has microseconds', () => {
    expect(iso(info({ accuracy: { micros: 1 } }))).toEqual([
      ...['2026-01-15T12:00:00.122Z', '2026-01-15T12:00:00.123Z', '2026-01-15T12:00:00.124Z'],
    ]);
  });

  it.each(['absent', {}, { seconds: 0 }] as const)(
    'is one second under the baseline policy where %j is stated',
    (accuracy) => {
      expect(info({ policy: baseline, accuracy }).accuracyMs).toBe(1000);
    },
  );

  it('is what the token states under the baseline policy too', () => {
    expect(info({ policy: baseline, accuracy: { millis: 20 } }).accuracyMs).toBe(20);
  });

  it.each([
    ['1000 milliseconds', { millis: 1000 }],
    ['1000 microseconds', { micros: 1000 }],
    ['more seconds than a Date can bear', { seconds: 1e15 }],
    ['a negative part', { der: Uint8Array.of(0x30, 3, 0x02, 1, 0xff) }],
  ])('refuses %s', (_name, accuracy) => {
    expect(() => info({ accuracy })).toThrow(invalid(/accuracy has a part of/));
  });

  it.each([
    ['an empty part', [0x80, 0]],
    ['a part twice', [0x80, 1, 1, 0x80, 1, 1]],
    ['parts out of order', [0x81, 1, 1, 0x80, 1, 1]],
  ])('refuses %s', (_name, octets) => {
    const der = Uint8Array.of(0x30, octets.length, ...octets);
    expect(() => info({ accuracy: { der } })).toThrow(invalid(/accuracy has/));
  });
});
