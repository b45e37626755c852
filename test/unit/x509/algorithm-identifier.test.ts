// AlgorithmIdentifier to signature scheme: RFC 4055, RFC 5758, RFC 8410, as narrow as Go (ALG-3, ALG-4).

import { describe, expect, it } from 'vitest';

import { hashOf, readAlgorithm, signatureSchemeOf } from '../../../shared/x509/algorithm-identifier.ts';
import { parseDer } from '../../../shared/x509/der.ts';
import type { DerNode } from '../../../shared/x509/der.ts';
import { integer, objectIdentifier, sequence, tlv } from '../../support/der-writer.ts';
import { refusal } from '../../support/expect-code.ts';

const source = { code: 'ASN1_MALFORMED', what: 'thing' } as const;
const nothing = tlv(0x05);
const algorithm = (oid: string, ...parameters: Uint8Array[]): DerNode =>
  parseDer(sequence(objectIdentifier(oid), ...parameters), source);
const schemeOf = (oid: string, ...parameters: Uint8Array[]): unknown =>
  signatureSchemeOf(algorithm(oid, ...parameters), source);

describe('signatureSchemeOf', () => {
  it.each([
    ['1.2.840.113549.1.1.5', 'sha1'],
    ['1.2.840.113549.1.1.11', 'sha256'],
    ['1.2.840.113549.1.1.12', 'sha384'],
    ['1.2.840.113549.1.1.13', 'sha512'],
  ])('knows RSA %s', (oid, hash) => {
    expect(schemeOf(oid, nothing)).toEqual({ family: 'rsa-pkcs1', hash });
    expect(schemeOf(oid)).toEqual({ family: 'rsa-pkcs1', hash });
    expect(schemeOf(oid, integer(1n))).toBeUndefined();
  });

  it.each([
    ['1.2.840.10045.4.1', 'sha1'],
    ['1.2.840.10045.4.3.2', 'sha256'],
    ['1.2.840.10045.4.3.3', 'sha384'],
    ['1.2.840.10045.4.3.4', 'sha512'],
  ])('knows ECDSA %s, without parameters', (oid, hash) => {
    expect(schemeOf(oid)).toEqual({ family: 'ecdsa', hash, encoding: 'der' });
    expect(schemeOf(oid, nothing)).toBeUndefined();
  });

  it('knows Ed25519, without parameters', () => {
    expect(schemeOf('1.3.101.112')).toEqual({ family: 'ed25519' });
    expect(schemeOf('1.3.101.112', nothing)).toBeUndefined();
  });

  it.each([
    ['MD2 with RSA', '1.2.840.113549.1.1.2'],
    ['MD5 with RSA', '1.2.840.113549.1.1.4'],
    ['SHA-224 with RSA', '1.2.840.113549.1.1.14'],
    ['SHA-224 with ECDSA', '1.2.840.10045.4.3.1'],
    ['SHA-1 with DSA', '1.2.840.10040.4.3'],
    ['Ed448', '1.3.101.113'],
    ['an algorithm nobody knows', '1.2.3.4'],
  ])('accepts no %s', (_what, oid) => {
    expect(schemeOf(oid, nothing)).toBeUndefined();
    expect(schemeOf(oid)).toBeUndefined();
  });

  it('refuses what is no AlgorithmIdentifier', () => {
    refusal('ASN1_MALFORMED', () => signatureSchemeOf(parseDer(sequence(), source), source));
    refusal('ASN1_MALFORMED', () => signatureSchemeOf(parseDer(nothing, source), source));
    refusal('ASN1_MALFORMED', () => signatureSchemeOf(algorithm('1.2.3', nothing, nothing), source));
  });
});

describe('RSASSA-PSS', () => {
  const sha1 = sequence(objectIdentifier('1.3.14.3.2.26'), nothing);
  const sha256 = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), nothing);
  const sha256Bare = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'));
  const sha384 = sequence(objectIdentifier('2.16.840.1.101.3.4.2.2'), nothing);
  const mgf1 = (hash: Uint8Array): Uint8Array => sequence(objectIdentifier('1.2.840.113549.1.1.8'), hash);
  const oid = '1.2.840.113549.1.1.10';

  interface Parameters {
    hash?: Uint8Array;
    mask?: Uint8Array;
    salt?: bigint;
    trailer?: bigint;
  }
  const parameters = ({ hash, mask, salt, trailer }: Parameters): Uint8Array =>
    sequence(
      ...(hash === undefined ? [] : [tlv(0xa0, hash)]),
      ...(mask === undefined ? [] : [tlv(0xa1, mask)]),
      ...(salt === undefined ? [] : [tlv(0xa2, integer(salt))]),
      ...(trailer === undefined ? [] : [tlv(0xa3, integer(trailer))]),
    );
  const good: Parameters = { hash: sha256, mask: mgf1(sha256), salt: 32n };

  it('takes MGF1 over the same hash with a salt as long as the hash', () => {
    const scheme = { family: 'rsa-pss', hash: 'sha256', saltLength: 32 };
    expect(schemeOf(oid, parameters(good))).toEqual(scheme);
    expect(schemeOf(oid, parameters({ ...good, trailer: 1n }))).toEqual(scheme);
    expect(schemeOf(oid, parameters({ ...good, hash: sha256Bare }))).toEqual(scheme);
    expect(schemeOf(oid, parameters({ hash: sha384, mask: mgf1(sha384), salt: 48n }))).toEqual({
      ...{ family: 'rsa-pss', hash: 'sha384', saltLength: 48 },
    });
  });

  it.each<[string, Parameters]>([
    ['the defaults, which mean SHA-1', {}],
    ['SHA-1', { hash: sha1, mask: mgf1(sha1), salt: 20n }],
    ['MGF1 over another hash', { ...good, mask: mgf1(sha384) }],
    ['another mask function', { ...good, mask: sequence(objectIdentifier('1.2.3'), sha256) }],
    ['a mask function without hash', { ...good, mask: sequence(objectIdentifier('1.2.840.113549.1.1.8')) }],
    ['a shorter salt', { ...good, salt: 20n }],
    ['a longer salt', { ...good, salt: 64n }],
    ['the default salt', { hash: sha256, mask: mgf1(sha256) }],
    ['another trailer', { ...good, trailer: 2n }],
  ])('accepts no %s', (_what, given) => {
    expect(schemeOf(oid, parameters(given))).toBeUndefined();
  });

  it('accepts no absent parameters, and refuses malformed ones', () => {
    expect(schemeOf(oid)).toBeUndefined();
    refusal('ASN1_MALFORMED', () => schemeOf(oid, nothing));
    refusal('ASN1_MALFORMED', () => schemeOf(oid, sequence(nothing)));
  });
});

describe('hashOf', () => {
  it('knows SHA-2 with NULL or no parameters', () => {
    expect(hashOf(algorithm('2.16.840.1.101.3.4.2.1', nothing), source)).toBe('sha256');
    expect(hashOf(algorithm('2.16.840.1.101.3.4.2.2'), source)).toBe('sha384');
    expect(hashOf(algorithm('2.16.840.1.101.3.4.2.3'), source)).toBe('sha512');
    expect(hashOf(algorithm('2.16.840.1.101.3.4.2.3', integer(1n)), source)).toBeUndefined();
    expect(hashOf(algorithm('1.3.14.3.2.26', nothing), source)).toBeUndefined();
    expect(hashOf(algorithm('1.2.840.113549.2.5', nothing), source)).toBeUndefined();
  });
});

describe('readAlgorithm', () => {
  it('gives the OID and the parameters', () => {
    expect(readAlgorithm(algorithm('1.2.3'), source)).toEqual({ oid: '1.2.3', parameters: undefined });
    expect(readAlgorithm(algorithm('1.2.3', nothing), source).parameters?.tag).toBe(0x05);
  });
});
