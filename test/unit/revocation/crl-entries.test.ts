import { describe, expect, it } from 'vitest';

import { findEntries, requireEntries } from '../../../shared/revocation/crl-entries.ts';
import { crlSource, parseCrl } from '../../../shared/revocation/crl.ts';
import { integerOctets } from '../../../shared/revocation/ocsp-request.ts';
import { createRoot } from '../../support/ca.ts';
import { crl } from '../../support/crl.ts';
import type { CrlEntry } from '../../support/crl.ts';
import { integer, octetString, sequence, time } from '../../support/der-writer.ts';

const revokedAt = new Date('2026-02-01T00:00:00Z');

const find = async (entries: readonly CrlEntry[], serial: bigint) => {
  const list = crl({ issuer: await createRoot({ subject: 'CN=CA' }), thisUpdate: revokedAt, entries });
  return findEntries(parseCrl(list).entries, integerOctets(serial), crlSource);
};

describe('the entries of a CRL', () => {
  it('are found by serial number, all of them, in their order', async () => {
    const later = new Date('2026-02-02T00:00:00Z');
    const entries = [
      { serial: 1n, revokedAt },
      { serial: 0x8001n, revokedAt, reason: 6 },
      { serial: 0x01n << 64n, revokedAt },
      { serial: 0x8001n, revokedAt: later, reason: 8 },
    ];
    expect((await find(entries, 0x8001n)).map(({ revokedAt, reason }) => [revokedAt, reason])).toEqual([
      [revokedAt, 6],
      [later, 8],
    ]);
    expect(await find(entries, 1n)).toHaveLength(1);
    expect(await find(entries, 1n << 64n)).toHaveLength(1);
    expect(await find(entries, 0x01n << 56n)).toEqual([]);
    expect(await find([], 1n)).toEqual([]);
  });

  it('are told apart by the whole number', async () => {
    const entries = [
      { serial: 0xaa01n, revokedAt },
      { serial: 0xaan, revokedAt },
    ];
    expect(await find(entries, 0xaa02n)).toEqual([]);
    expect(await find(entries, 0xaan)).toHaveLength(1);
    expect(await find(entries, 0x01n)).toEqual([]);
  });

  it('have the reason unspecified where they give none', async () => {
    expect((await find([{ serial: 1n, revokedAt }], 1n))[0]?.reason).toBe(0);
  });

  it.each([
    ['not ENUMERATED', octetString(Uint8Array.of(1))],
    ['not DER', Uint8Array.of(0x0a)],
  ])('are refused with a reason that is %s', async (_what, value) => {
    const extensions = [{ oid: '2.5.29.21', value }];
    await expect(find([{ serial: 1n, revokedAt, extensions }], 1n)).rejects.toMatchObject({
      code: 'REVOCATION_UNAVAILABLE',
    });
  });

  it('may have extensions of more than 127 octets', async () => {
    const extensions = [{ oid: '1.2.3', value: octetString(new Uint8Array(70_000)) }];
    const entries = [
      { serial: 5n, revokedAt, extensions },
      { serial: 6n, revokedAt },
    ];
    expect(await find(entries, 5n)).toHaveLength(1);
    expect(await find(entries, 6n)).toHaveLength(1);
  });

  it('are read from a list of 300,000 without a tree of them', async () => {
    const count = 300_000;
    const one = sequence(integer(1n << 120n), time(revokedAt));
    const raw = new Uint8Array(one.length * count);
    for (let i = 0; i < count; i++) {
      raw.set(one, i * one.length);
      new DataView(raw.buffer).setUint32(i * one.length + one.length - 19, i);
    }
    const issuer = await createRoot({ subject: 'CN=CA' });
    const list = crl({ issuer, thisUpdate: revokedAt, rawEntries: raw });
    const started = performance.now();
    const { entries } = parseCrl(list);
    const parsed = performance.now();
    const serial = (1n << 120n) + 299_999n;
    expect(findEntries(entries, integerOctets(serial), crlSource)).toHaveLength(1);
    expect(findEntries(entries, integerOctets(serial + 1n), crlSource)).toEqual([]);
    const found = performance.now();
    // Generous, for slow machines: the measured times are a small part of these.
    expect(parsed - started).toBeLessThan(10_000);
    expect(found - parsed).toBeLessThan(2_000);
  });

  it('are walked to the end of the bytes', () => {
    expect(() => {
      requireEntries(sequence(integer(1n), time(revokedAt)), crlSource);
    }).not.toThrow();
  });
});
