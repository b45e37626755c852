// The certificate parser: what it reads, and what it refuses because Go does (CHAIN-12).

import { Buffer } from 'node:buffer';
import { createHash, X509Certificate } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { codeSigningChain, createRoot, encodeAttribute, encodeKeyUsage, issue } from '../../support/ca.ts';
import { timestampingChain } from '../../support/ca.ts';
import type { CertificateOptions, TestKeyUsage } from '../../support/ca.ts';
import { bitString, boolean, integer, objectIdentifier, octetString } from '../../support/der-writer.ts';
import { sequence, tlv } from '../../support/der-writer.ts';
import { refusal } from '../../support/expect-code.ts';
import { mutations } from '../../support/mutate.ts';

const subject = 'C=US, ST=WA, O=Acme, CN=x';
const make = async (options: Partial<CertificateOptions> = {}): Promise<Uint8Array> =>
  (await createRoot({ subject, ...options })).certificate;
const nothing = tlv(0x05);

describe('parseCertificate', () => {
  it('agrees with Node on every field that both know', async () => {
    const issued = await codeSigningChain({ keySpec: 'RSA-3072' });
    for (const der of issued.chain) {
      const ours = parseCertificate(der);
      const theirs = new X509Certificate(der);
      expect(ours.serialNumber).toBe(BigInt(`0x${theirs.serialNumber}`));
      expect(ours.notBefore).toEqual(new Date(theirs.validFrom));
      expect(ours.notAfter).toEqual(new Date(theirs.validTo));
      expect(ours.publicKey.equals(theirs.publicKey)).toBe(true);
      expect(ours.fingerprint).toBe(theirs.fingerprint256.replaceAll(':', '').toLowerCase());
      expect(ours.basicConstraints?.ca ?? false).toBe(theirs.ca);
      expect(ours.der).toEqual(Uint8Array.from(der));
    }
  });

  it('cuts raw parts out of the original bytes', async () => {
    const root = await createRoot({ subject: 'CN=root' });
    const leaf = await issue(root, { subject, keySpec: 'EC-384' });
    const certificate = parseCertificate(leaf.certificate);
    const whole = Buffer.from(leaf.certificate);
    expect(whole.indexOf(certificate.tbs)).toBe(4);
    expect(certificate.issuer).toEqual(root.subject);
    expect(certificate.subject).toEqual(leaf.subject);
    const info = new Uint8Array(leaf.publicKey.export({ type: 'spki', format: 'der' }));
    expect(certificate.subjectPublicKeyInfo).toEqual(info);
    expect(Buffer.from(info).subarray(-97)).toEqual(Buffer.from(certificate.subjectPublicKey));
    expect(whole.subarray(-certificate.signature.length)).toEqual(Buffer.from(certificate.signature));
    expect(certificate.signatureScheme).toEqual({ family: 'ecdsa', hash: 'sha256', encoding: 'der' });
  });

  it('refuses one that is larger than any', async () => {
    const named = (length: number) => make({ subject: sequence(tlv(0x31, encodeAttribute('CN', 'x'.repeat(length)))) });
    expect(parseCertificate(await named(500_000)).der.length).toBeGreaterThan(1_000_000);
    expect(refusal('ASN1_MALFORMED', () => parseCertificate(new Uint8Array(1_048_577))).message).toBe(
      'certificate: 1048577 bytes are more than 1 MiB',
    );
  });

  it('keeps a copy of the bytes', async () => {
    const der = await make();
    const certificate = parseCertificate(der);
    const before = Uint8Array.from(certificate.tbs);
    der.fill(0);
    expect(certificate.tbs).toEqual(before);
  });

  it('reads the extensions that carry addresses and key identifiers', async () => {
    const root = await createRoot({ subject: 'CN=root' });
    const urls = {
      ocspUrl: 'http://o.example/ocsp',
      crlUrl: 'http://c.example/x.crl',
      caIssuersUrl: 'http://i.example/x',
    };
    const leaf = await issue(root, { subject, ...urls });
    const certificate = parseCertificate(leaf.certificate);
    expect(certificate.ocspUrls).toEqual([urls.ocspUrl]);
    expect(certificate.crlUrls).toEqual([urls.crlUrl]);
    expect(certificate.caIssuersUrls).toEqual([urls.caIssuersUrl]);
    expect(certificate.authorityKeyIdentifier).toEqual(root.subjectKeyIdentifier);
    expect(certificate.subjectKeyIdentifier).toEqual(leaf.subjectKeyIdentifier);
    const hash = createHash('sha1').update(certificate.subjectPublicKey).digest();
    expect(Buffer.from(leaf.subjectKeyIdentifier)).toEqual(hash);
  });

  it('reads several addresses, and passes over other kinds of names', async () => {
    const uri = (text: string): Uint8Array => tlv(0x86, Buffer.from(text));
    const directory = tlv(
      0xa4,
      sequence(tlv(0x31, sequence(objectIdentifier('2.5.4.3'), tlv(0x0c, Buffer.from('x'))))),
    );
    const point = (...names: Uint8Array[]): Uint8Array => sequence(tlv(0xa0, tlv(0xa0, ...names)));
    const ocsp = (location: Uint8Array): Uint8Array => sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), location);
    const der = await make({
      extensions: [
        {
          oid: '2.5.29.31',
          value: sequence(point(directory, uri('http://a/')), point(uri('http://b/'), uri('ldap://c'))),
        },
        { oid: '1.3.6.1.5.5.7.1.1', value: sequence(ocsp(uri('http://d/')), ocsp(directory), ocsp(uri('http://e/'))) },
      ],
    });
    const { crlUrls, ocspUrls } = parseCertificate(der);
    expect(crlUrls).toEqual(['http://a/', 'http://b/', 'ldap://c']);
    expect(ocspUrls).toEqual(['http://d/', 'http://e/']);
  });

  it('reads a certificate of version 1, which has no extensions', async () => {
    const certificate = parseCertificate(await make({ version: 1 }));
    expect(certificate.version).toBe(1);
    expect(certificate.extensions.size).toBe(0);
    expect(certificate.basicConstraints).toBeUndefined();
    expect(certificate.keyUsage).toBeUndefined();
    expect(certificate.ocspUrls).toEqual([]);
  });

  it('keeps extensions it does not know, with their criticality', async () => {
    const value = octetString(Uint8Array.of(1, 2, 3));
    const der = await make({
      extensions: [
        { oid: '1.2.3.4', critical: true, value },
        { oid: '1.2.3.5', value },
      ],
    });
    const { extensions } = parseCertificate(der);
    expect(extensions.get('1.2.3.4')).toMatchObject({ critical: true, value });
    expect(extensions.get('1.2.3.5')).toMatchObject({ critical: false, value });
  });

  it('knows validity beyond 2049', async () => {
    const notAfter = new Date('2051-02-03T04:05:06Z');
    expect(parseCertificate(await make({ notAfter })).notAfter).toEqual(notAfter);
  });

  it('calls an algorithm that nobody accepts undefined', async () => {
    expect(parseCertificate(await make({ keySpec: 'RSA-2048', hash: 'md5' })).signatureScheme).toBeUndefined();
  });

  it('reads the shape of a timestamp authority', async () => {
    const { extendedKeyUsage } = parseCertificate((await timestampingChain()).certificate);
    expect(extendedKeyUsage).toEqual({ purposes: ['1.3.6.1.5.5.7.3.8'], critical: true });
  });
});

describe('keyUsage', () => {
  const all: readonly TestKeyUsage[] = [
    ...(['digitalSignature', 'contentCommitment', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'] as const),
    ...(['keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] as const),
  ];
  const usagesOf = async (value: Uint8Array): Promise<readonly string[]> => {
    const der = await make({ keyUsage: 'absent', extensions: [{ oid: '2.5.29.15', critical: true, value }] });
    return [...(parseCertificate(der).keyUsage?.usages ?? ['absent'])];
  };

  it.each(all)('reads the one bit %s', async (usage) => {
    expect(await usagesOf(encodeKeyUsage([usage]))).toEqual([usage]);
  });

  it('reads all bits, no bit, and bits beyond the ninth', async () => {
    expect(await usagesOf(encodeKeyUsage(all))).toEqual(all);
    expect(await usagesOf(tlv(0x03, Uint8Array.of(0)))).toEqual([]);
    // The package's own reader loses the low bits of a number this long.
    expect(await usagesOf(bitString(new Uint8Array(64).fill(0xff)))).toEqual(all);
    expect(await usagesOf(bitString(Uint8Array.of(0x84)))).toEqual(['digitalSignature', 'keyCertSign']);
  });

  it('tells criticality', async () => {
    expect(parseCertificate(await make()).keyUsage?.critical).toBe(true);
    expect(parseCertificate(await make({ keyUsageCritical: false })).keyUsage?.critical).toBe(false);
  });
});

describe('basicConstraints', () => {
  it.each([
    ['no limit', undefined],
    ['a limit of zero', 0],
    ['a limit of three', 3],
  ])('tells %s apart', async (_what, pathLength) => {
    const der = await make(pathLength === undefined ? {} : { pathLength });
    const expected = { ca: true, critical: true, ...(pathLength === undefined ? {} : { pathLength }) };
    expect(parseCertificate(der).basicConstraints).toStrictEqual(expected);
  });

  it('reads an empty one and an explicit false as no CA', async () => {
    const noCa = async (value: Uint8Array): Promise<unknown> =>
      parseCertificate(await make({ ca: false, extensions: [{ oid: '2.5.29.19', value }] })).basicConstraints;
    expect(await noCa(sequence())).toStrictEqual({ ca: false, critical: false });
    expect(await noCa(sequence(boolean(false)))).toStrictEqual({ ca: false, critical: false });
  });
});

describe('what Go refuses is refused (CHAIN-12)', () => {
  const name = (...attributes: Uint8Array[]): Uint8Array => sequence(...attributes.map((each) => tlv(0x31, each)));
  const attribute = (tag: number, ...octets: number[]): Uint8Array =>
    sequence(objectIdentifier('2.5.4.3'), tlv(tag, Uint8Array.from(octets)));
  const constraints = (value: Uint8Array): Partial<CertificateOptions> => ({
    ...{ ca: false, extensions: [{ oid: '2.5.29.19', critical: true, value }] },
  });
  const withExtension = (oid: string, value: Uint8Array, critical = false): Partial<CertificateOptions> => ({
    ...{ keyUsage: 'absent', keyIdentifiers: 'absent', extensions: [{ oid, value, critical }] },
  });
  const key = (algorithm: Uint8Array, content: Uint8Array): Partial<CertificateOptions> => ({
    subjectPublicKeyInfo: sequence(algorithm, bitString(content)),
  });
  const rsa = objectIdentifier('1.2.840.113549.1.1.1');
  const ec = objectIdentifier('1.2.840.10045.2.1');
  const p256 = objectIdentifier('1.2.840.10045.3.1.7');
  const ed25519 = objectIdentifier('1.3.101.112');
  const rsaKey = (modulus: Uint8Array, exponent = integer(65537n)): Uint8Array => sequence(modulus, exponent);

  const rows: Record<string, readonly [options: Partial<CertificateOptions>, message: RegExp]> = {
    'a negative serial number': [{ serialNumber: -5n }, /serial number -5 is negative/],
    'a repeated extension': [{ extensions: [{ oid: '2.5.29.19', value: sequence() }] }, /2\.5\.29\.19 occurs twice/],
    'a repeated unknown extension': [
      { extensions: ['1.2.3', '1.2.3'].map((oid) => ({ oid, value: nothing })) },
      /1\.2\.3 occurs twice/,
    ],
    'a critical subjectKeyIdentifier': [withExtension('2.5.29.14', octetString(nothing), true), /must not be critical/],
    'a critical authorityKeyIdentifier': [withExtension('2.5.29.35', sequence(), true), /must not be critical/],
    'a critical authorityInfoAccess': [withExtension('1.3.6.1.5.5.7.1.1', sequence(), true), /must not be critical/],
    'the elliptic curve secp256k1': [{ keySpec: 'EC-secp256k1' }, /elliptic curve 1\.3\.132\.0\.10 is not supported/],
    'an elliptic curve without name': [key(sequence(ec), new Uint8Array(65)), /elliptic curve none/],
    'elliptic curve parameters in full': [key(sequence(ec, sequence()), new Uint8Array(65)), /OBJECT IDENTIFIER/],
    'a compressed point': [key(sequence(ec, p256), Uint8Array.of(2, ...new Uint8Array(32))), /uncompressed/],
    'a point of another length': [key(sequence(ec, p256), Uint8Array.of(4, ...new Uint8Array(65))), /uncompressed/],
    'a point that is not on the curve': [
      key(sequence(ec, p256), Uint8Array.of(4, ...new Uint8Array(64).fill(1))),
      /not on its curve/,
    ],
    'an RSA key without NULL': [key(sequence(rsa), rsaKey(integer(3n))), /no NULL parameters/],
    'an RSA modulus of zero': [key(sequence(rsa, nothing), rsaKey(integer(0n))), /not positive/],
    'a negative RSA modulus': [key(sequence(rsa, nothing), rsaKey(tlv(2, Uint8Array.of(0x80)))), /not positive/],
    'a negative RSA exponent': [
      key(sequence(rsa, nothing), rsaKey(integer(3n), tlv(2, Uint8Array.of(0xff)))),
      /not positive/,
    ],
    'an RSA key that is no SEQUENCE': [key(sequence(rsa, nothing), nothing), /not a SEQUENCE/],
    'an Ed25519 key with parameters': [key(sequence(ed25519, nothing), new Uint8Array(32)), /Ed25519/],
    'an Ed25519 key of another length': [key(sequence(ed25519), new Uint8Array(31)), /Ed25519/],
    'a name that is a SET': [{ subject: tlv(0x31) }, /issuer at its place/],
    'a relative name that is a SEQUENCE': [{ subject: sequence(sequence()) }, /not a SET/],
    'an attribute without value': [{ subject: name(sequence(objectIdentifier('2.5.4.3'))) }, /2\.5\.4\.3 has no value/],
    'a UniversalString in a name': [{ subject: name(attribute(0x1c, 0, 0, 0, 65)) }, /supported string type/],
    'an INTEGER in a name': [{ subject: name(attribute(0x02, 1)) }, /supported string type/],
    'a PrintableString with "@"': [{ subject: name(attribute(0x13, 0x40)) }, /PrintableString/],
    'a UTF8String that is not UTF-8': [{ subject: name(attribute(0x0c, 0xc3)) }, /UTF-8/],
    'an IA5String beyond ASCII': [{ subject: name(attribute(0x16, 0x80)) }, /IA5String/],
    'a NumericString with a letter': [{ subject: name(attribute(0x12, 0x41)) }, /NumericString/],
    'a BMPString of odd length': [{ subject: name(attribute(0x1e, 0, 65, 0)) }, /odd length/],
    'a BMPString with surrogates': [{ subject: name(attribute(0x1e, 0xd8, 0x3d, 0xde, 0)) }, /surrogates/],
    'a bad issuer name': [{ issuerName: name(attribute(0x02, 1)) }, /supported string type/],
    'a negative path length': [constraints(sequence(boolean(true), tlv(2, Uint8Array.of(0xff)))), /path length -1/],
    'a path length beyond any number': [constraints(sequence(boolean(true), integer(1n << 64n))), /is absurd/],
    'basicConstraints with more members': [constraints(sequence(boolean(true), integer(0n), nothing)), /members after/],
    'basicConstraints that are no SEQUENCE': [constraints(boolean(true)), /not a SEQUENCE/],
    'bytes after basicConstraints': [constraints(Uint8Array.of(0x30, 0, 0x30, 0)), /bytes follow/],
    'a keyUsage that is no BIT STRING': [withExtension('2.5.29.15', octetString(nothing)), /not a BIT STRING/],
    'an extendedKeyUsage of numbers': [withExtension('2.5.29.37', sequence(integer(1n))), /OBJECT IDENTIFIER/],
    'an extendedKeyUsage that is no SEQUENCE': [withExtension('2.5.29.37', nothing), /not a SEQUENCE/],
    'a subjectKeyIdentifier of another type': [
      withExtension('2.5.29.14', sequence()),
      /the extension [\d.]+ is malformed/,
    ],
    'an authorityKeyIdentifier of another type': [
      withExtension('2.5.29.35', octetString(nothing)),
      /the extension [\d.]+ is malformed/,
    ],
    'CRL distribution points of another type': [
      withExtension('2.5.29.31', sequence(integer(1n))),
      /the extension [\d.]+ is malformed/,
    ],
    'an authorityInfoAccess of another type': [
      withExtension('1.3.6.1.5.5.7.1.1', sequence(nothing)),
      /the extension [\d.]+ is malformed/,
    ],
    'certificate policies without OID': [withExtension('2.5.29.32', sequence(sequence(nothing))), /is malformed/],
    'certificate policies that are a SET': [withExtension('2.5.29.32', tlv(0x31)), /is malformed/],
    'an address that is no name': [
      withExtension('1.3.6.1.5.5.7.1.1', sequence(sequence(objectIdentifier('1.3.6.1.5.5.7.48.1'), nothing))),
      /expected ASN\.1 type/,
    ],
    'an arc of more than 31 bits': [withExtension('1.3.2147483648', nothing), /31 bits/],
    'an extension value that is not DER': [withExtension('2.5.29.14', Uint8Array.of(4, 0x80)), /indefinite/],
  };

  it.each(Object.entries(rows))('refuses %s', async (_what, [options, message]) => {
    const der = await make(options);
    expect(refusal('ASN1_MALFORMED', () => parseCertificate(der)).message).toMatch(message);
  });

  /** Takes a good certificate apart and puts it together again otherwise. */
  const rebuilt = async (change: (parts: { tbs: Uint8Array[]; rest: Uint8Array[] }) => void): Promise<Uint8Array> => {
    const parts = elements(await make());
    const tbs = elements(parts[0]!);
    const rest = parts.slice(1);
    change({ tbs, rest });
    return sequence(sequence(...tbs), ...rest);
  };

  it('refuses other shapes', async () => {
    const shapes: Record<string, (parts: { tbs: Uint8Array[]; rest: Uint8Array[] }) => void> = {
      'a version of 4': ({ tbs }) => (tbs[0] = tlv(0xa0, integer(3n))),
      'a version of 0': ({ tbs }) => (tbs[0] = tlv(0xa0, tlv(2, Uint8Array.of(0xff)))),
      'a version that is no number': ({ tbs }) => (tbs[0] = tlv(0xa0, nothing)),
      'two versions': ({ tbs }) => (tbs[0] = tlv(0xa0, integer(2n), integer(2n))),
      'extensions in version 1': ({ tbs }) => tbs.shift(),
      'extensions in version 2': ({ tbs }) => (tbs[0] = tlv(0xa0, integer(1n))),
      'another algorithm inside than outside': ({ tbs }) => (tbs[2] = sequence(objectIdentifier('1.2.3'))),
      'no validity': ({ tbs }) => (tbs[4] = sequence()),
      'three times': ({ tbs }) => (tbs[4] = sequence(...elements(tbs[4]!), nothing)),
      'something after the extensions': ({ tbs }) => tbs.push(nothing),
      'two lists of extensions': ({ tbs }) => (tbs[7] = tlv(0xa3, sequence(), sequence())),
      'extensions that are no SEQUENCE': ({ tbs }) => (tbs[7] = tlv(0xa3, nothing)),
      'an extension with a fourth member': ({ tbs }) =>
        (tbs[7] = tlv(0xa3, sequence(sequence(objectIdentifier('1.2'), octetString(nothing), nothing)))),
      'no signature': ({ rest }) => rest.pop(),
      'a signature with unused bits': ({ rest }) => (rest[1] = tlv(3, Uint8Array.of(4, 0xf0))),
      'a fourth part': ({ rest }) => rest.push(nothing),
    };
    expect(parseCertificate(await rebuilt(() => undefined)).version).toBe(3);
    for (const [what, change] of Object.entries(shapes)) {
      const der = await rebuilt(change);
      expect(() => parseCertificate(der), what).toThrow(NotaryError);
      refusal('ASN1_MALFORMED', () => parseCertificate(der));
    }
  });

  it('refuses versions that do not exist, and unique identifiers in version 1', async () => {
    const versioned = (version: Uint8Array): Promise<Uint8Array> =>
      rebuilt(({ tbs }) => {
        tbs[0] = tlv(0xa0, version);
        tbs.pop();
      });
    for (const [der, message] of [
      [await versioned(integer(3n)), 'version 4 does not exist'],
      [await versioned(tlv(2, Uint8Array.of(0xff))), 'version 0 does not exist'],
      [await versioned(integer(1n << 80n)), 'does not exist'],
    ] as const) {
      expect(refusal('ASN1_MALFORMED', () => parseCertificate(der)).message).toContain(message);
    }
    const identified = await rebuilt(({ tbs }) => {
      tbs.shift();
      tbs[6] = tlv(0x81, Uint8Array.of(0, 1));
    });
    expect(refusal('ASN1_MALFORMED', () => parseCertificate(identified)).message).toContain('members after');
  });

  it('takes the serial number 0', async () => {
    expect(parseCertificate(await make({ serialNumber: 0n })).serialNumber).toBe(0n);
  });

  it('takes what Go takes: an explicit FALSE, an explicit version 1, unique identifiers', async () => {
    const explicit = sequence(objectIdentifier('1.2.3'), boolean(false), octetString(nothing));
    const withFalse = parseCertificate(await rebuilt(({ tbs }) => (tbs[7] = tlv(0xa3, sequence(explicit)))));
    expect(withFalse.extensions.get('1.2.3')?.critical).toBe(false);
    const one = await rebuilt(({ tbs }) => {
      tbs[0] = tlv(0xa0, integer(0n));
      tbs.pop();
    });
    expect(parseCertificate(one).version).toBe(1);
    const two = await rebuilt(({ tbs }) => {
      tbs[0] = tlv(0xa0, integer(1n));
      tbs[7] = tlv(0x81, Uint8Array.of(0, 1));
    });
    expect(parseCertificate(two).version).toBe(2);
  });

  it('refuses bytes after the certificate, and none at all', async () => {
    const der = await make();
    const { message } = refusal('ASN1_MALFORMED', () => parseCertificate(Uint8Array.from([...der, 0])));
    expect(message).toBe('certificate: 1 bytes follow the DER element');
    refusal('ASN1_MALFORMED', () => parseCertificate(new Uint8Array()));
  });
});

describe('publicKey', () => {
  it('is refused only when it is used', async () => {
    const der = await make({ subjectPublicKeyInfo: sequence(sequence(objectIdentifier('1.2.3')), bitString(nothing)) });
    const certificate = parseCertificate(der);
    refusal('KEY_UNSUPPORTED', () => certificate.publicKey);
  });

  it('is made once', async () => {
    const certificate = parseCertificate(await make());
    expect(certificate.publicKey).toBe(certificate.publicKey);
  });
});

it('ends in a value or in a NotaryError for damaged bytes', async () => {
  const { certificate } = await codeSigningChain({ ocspUrl: 'http://o.example', crlUrl: 'http://c.example' });
  const codes = new Set<string>();
  for (const mutant of mutations(certificate, 11, 4000)) {
    try {
      parseCertificate(mutant);
      codes.add('value');
    } catch (error) {
      codes.add(error instanceof NotaryError ? error.code : String(error));
    }
  }
  expect([...codes].sort()).toEqual(['ASN1_MALFORMED', 'value']);
});

/** The members of a SEQUENCE, as DER; lengths of certificates only. */
function elements(der: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = [];
  const contentOf = (bytes: Uint8Array, at: number): readonly [start: number, end: number] => {
    const first = bytes[at + 1]!;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    const length =
      octets === 0 ? first : Number(`0x${Buffer.from(bytes.subarray(at + 2, at + 2 + octets)).toString('hex')}`);
    return [at + 2 + octets, at + 2 + octets + length];
  };
  let [at] = contentOf(der, 0);
  while (at < der.length) {
    const [, end] = contentOf(der, at);
    items.push(der.slice(at, end));
    at = end;
  }
  return items;
}
