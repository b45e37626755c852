import { Buffer } from 'node:buffer';

import { describe, expect, it } from 'vitest';

import { hasCode } from '../../../shared/errors.ts';
import { requireReadable } from '../../../shared/x509/unread-extensions.ts';
import { encodeName } from '../../support/ca.ts';
import { integer, none, objectIdentifier, octetString, sequence, tlv } from '../../support/der-writer.ts';

const names = {
  ...{ alternative: '2.5.29.17', constraints: '2.5.29.30', points: '2.5.29.31', policies: '2.5.29.32' },
  ...{ mappings: '2.5.29.33', limits: '2.5.29.36', inhibit: '2.5.29.54' },
};

function verdict(oid: string, value: Uint8Array): 'readable' | 'refused' {
  try {
    requireReadable(oid, { critical: false, value, der: none }, { code: 'ASN1_MALFORMED', what: 'certificate' });
  } catch (error) {
    if (hasCode(error, 'ASN1_MALFORMED')) return 'refused';
    throw error;
  }
  return 'readable';
}

const named = (tag: number, value: string | Uint8Array): Uint8Array => tlv(tag, Buffer.from(value));
const alternative = (tag: number, value: string | Uint8Array): string =>
  verdict(names.alternative, sequence(named(tag, value)));
const constraint = (tag: number, value: string | Uint8Array): string =>
  verdict(names.constraints, sequence(tlv(0xa0, sequence(named(tag, value)))));
const policy = (oid: string): Uint8Array => sequence(objectIdentifier(oid));

describe('extensions that only Go reads (CHAIN-12)', () => {
  it('passes over every other one', () => {
    expect(verdict('1.2.3.4', Uint8Array.of(1, 2, 3))).toBe('readable');
  });

  it.each(Object.values(names))('refuses another type in %s', (oid) => {
    expect(verdict(oid, octetString(none))).toBe('refused');
    expect(verdict(oid, none)).toBe('refused');
  });

  it('reads alternative names of every kind', () => {
    expect(alternative(0x81, 'a@example.com')).toBe('readable');
    expect(alternative(0x82, '*.example.com')).toBe('readable');
    expect(alternative(0x87, Uint8Array.of(127, 0, 0, 1))).toBe('readable');
    expect(alternative(0xa4, encodeName('CN=a'))).toBe('readable');
    expect(alternative(0x88, Uint8Array.of(42))).toBe('readable');
    expect(verdict(names.alternative, sequence())).toBe('readable');
  });

  it('refuses alternative names that are none', () => {
    expect(alternative(0x81, 'ä@example.com')).toBe('refused');
    expect(alternative(0x82, 'ä.example.com')).toBe('refused');
    expect(alternative(0x87, Uint8Array.of(127, 0, 0, 1, 1))).toBe('refused');
  });

  it.each([
    ...['http://a.example/', 'http://a.example:80', 'urn:uuid:f81d4fae', 'mailto:a@b.c', 'spiffe://a/b', 'a', '', '/a'],
    ...[
      'http://',
      'http://a/b c',
      'http://[::1]/',
      'http://[fe80::1%25en0]/',
      'http://u:p@a/?q#f',
      'urn:%zz',
      'http:///a',
    ],
    ...['http://a?%zz', 'http://a_b/', 'a/b:c', '//a'],
  ])('reads the URI %j', (text) => {
    expect(alternative(0x86, text)).toBe('readable');
  });

  it.each([
    ...[':a', '1a:b', 'http://a b/', 'http://%zz/', 'http://a/%zz', 'http://a:x/', 'http://a.example./', 'http://.a/'],
    ...['http://a..b/', 'http://[::1', 'http://ä/', 'http://a/\u0001', 'http://a\\b/', 'http://a|b/', 'http://a#/%zz'],
    ...['https://a%41/', 'http://a:b:80x/', 'http://[a', '%zz'],
  ])('refuses the URI %j', (text) => {
    expect(alternative(0x86, text)).toBe('refused');
  });

  it('does not take long over a URI', () => {
    const started = performance.now();
    for (const text of ['http://' + 'a@'.repeat(50_000), 'a'.repeat(100_000) + ':', `http://${'a.'.repeat(50_000)}`]) {
      alternative(0x86, text);
      constraint(0x81, text);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('reads name constraints', () => {
    for (const text of ['', 'example.com', '.example.com']) expect(constraint(0x82, text)).toBe('readable');
    for (const text of ['a@example.com', 'example.com', '.example.com', ''])
      expect(constraint(0x81, text)).toBe('readable');
    for (const text of ['example.com', '.example.com', '']) expect(constraint(0x86, text)).toBe('readable');
    expect(constraint(0x87, Uint8Array.of(10, 0, 0, 0, 255, 128, 0, 0))).toBe('readable');
    expect(constraint(0x87, new Uint8Array(32))).toBe('readable');
    expect(constraint(0xa4, encodeName('C=US'))).toBe('readable');
  });

  it('refuses name constraints that are none', () => {
    for (const text of ['a b', 'ä', 'a..b', 'a.']) expect(constraint(0x82, text)).toBe('refused');
    for (const text of ['@example.com', 'a b@example.com', 'a..b@example.com', 'ä']) {
      expect(constraint(0x81, text)).toBe('refused');
    }
    for (const text of ['127.0.0.1', '::1', 'a:80']) expect(constraint(0x86, text)).toBe('refused');
    for (const octets of [5, 16, 31]) expect(constraint(0x87, new Uint8Array(octets))).toBe('refused');
    expect(constraint(0x87, Uint8Array.of(10, 0, 0, 0, 0, 255, 0, 0))).toBe('refused');
    const host = sequence(named(0x82, 'a'));
    for (const members of [
      [],
      [tlv(0xa0)],
      [tlv(0xa2, host)],
      [tlv(0xa1, host), tlv(0xa0, host)],
      [tlv(0xa0, host, none, tlv(0x05))],
    ]) {
      expect(verdict(names.constraints, sequence(...members))).toBe('refused');
    }
    expect(verdict(names.constraints, sequence(tlv(0xa0, sequence())))).toBe('refused');
  });

  it('reads each policy once, and each point with a full name', () => {
    expect(verdict(names.policies, sequence(policy('1.2.3'), policy('1.2.4')))).toBe('readable');
    expect(verdict(names.policies, sequence(policy('1.2.3'), policy('1.2.3')))).toBe('refused');
    expect(verdict(names.policies, sequence(sequence()))).toBe('refused');
    expect(verdict(names.points, sequence(sequence(), sequence(tlv(0xa0, tlv(0xa0)))))).toBe('readable');
    expect(verdict(names.points, sequence(sequence(tlv(0xa0, tlv(0xa1)))))).toBe('refused');
  });

  it('reads mappings and limits of policies', () => {
    const pair = [objectIdentifier('1.2.3'), objectIdentifier('1.2.4')];
    expect(verdict(names.mappings, sequence(sequence(...pair)))).toBe('readable');
    expect(verdict(names.mappings, sequence(sequence(pair[0]!)))).toBe('refused');
    expect(verdict(names.limits, sequence(tlv(0x80, Uint8Array.of(0))))).toBe('readable');
    expect(verdict(names.limits, sequence(integer(0n)))).toBe('refused');
    expect(verdict(names.inhibit, integer(0n))).toBe('readable');
  });
});
