import { Buffer } from 'node:buffer';

import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import type { Source } from '../../../shared/bytes.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { parseSignedData, requireSingleValue, verifySigner } from '../../../shared/x509/cms.ts';
import type { SignedData } from '../../../shared/x509/cms.ts';
import { timestampingChain } from '../../support/ca.ts';
import type { Issued, TestKeySpec } from '../../support/ca.ts';
import { encodeBag } from '../../support/certificate-bag.ts';
import { integer, objectIdentifier, octetString, sequence, tlv } from '../../support/der-writer.ts';
import { mutations } from '../../support/mutate.ts';
import { makeToken, messageImprint } from '../../support/tsa-token.ts';
import type { TokenOptions } from '../../support/tsa-token.ts';

const source: Source = { code: 'ASN1_MALFORMED', what: 'test message' };
const malformed = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'ASN1_MALFORMED', message: expect.stringMatching(message) as string });
const mismatch = (message: RegExp): unknown =>
  expect.objectContaining({ code: 'SIGNATURE_MISMATCH', message: expect.stringMatching(message) as string });

let chain: Issued;
beforeAll(async () => {
  chain = await timestampingChain();
});

const token = (options: Partial<TokenOptions> = {}): Uint8Array =>
  makeToken({
    ...{ chain, at: new Date('2026-01-15T12:00:00Z') },
    messageImprint: messageImprint('sha256', Buffer.from('x')),
    ...options,
  });

/** SignedData from its members, in a ContentInfo. */
const contentInfo = (...members: readonly Uint8Array[]): Uint8Array =>
  sequence(objectIdentifier('1.2.840.113549.1.7.2'), tlv(0xa0, sequence(...members)));
const data = sequence(objectIdentifier('1.2.840.113549.1.7.1'));
const emptySet = tlv(0x31);

describe('parseSignedData', () => {
  it('reads the bag of certificates of Artifact Signing: version 1, id-data, no signer', () => {
    const bag = parseSignedData(encodeBag(chain.chain), source);
    expect(bag.version).toBe(1);
    expect(bag.contentType).toBe('1.2.840.113549.1.7.1');
    expect(bag.content).toEqual(chain.certificate);
    expect(bag.certificates.map(({ der }) => der)).toEqual(chain.chain);
    expect(bag.signers).toEqual([]);
  });

  it('reads detached content as absent', () => {
    const message = parseSignedData(contentInfo(integer(1n), emptySet, data, emptySet), source);
    expect(message).not.toHaveProperty('content');
    expect(message.certificates).toEqual([]);
  });

  it('reads a signer with its signed attributes', () => {
    const message = parseSignedData(token(), source);
    const [signer] = message.signers;
    const leaf = parseCertificate(chain.certificate);
    expect(message).toMatchObject({ version: 3, contentType: '1.2.840.113549.1.9.16.1.4' });
    expect(signer).toMatchObject({ version: 1, serialNumber: leaf.serialNumber, digestAlgorithm: 'sha256' });
    expect(signer?.issuer).toEqual(leaf.issuer);
    expect(signer?.signatureScheme).toEqual({ family: 'ecdsa', hash: 'sha256', encoding: 'der' });
    expect([...(signer?.signedAttributes.keys() ?? [])]).toContain('1.2.840.113549.1.9.16.2.18');
    expect(signer?.signedAttributes.get('1.2.840.113549.1.9.16.2.15')).toEqual([Uint8Array.of(5, 0)]);
  });

  it('has no issuer and serial number for a signer named by key identifier', () => {
    const [signer] = parseSignedData(token({ sid: 'key identifier' }), source).signers;
    expect(signer).not.toHaveProperty('issuer');
    expect(signer).not.toHaveProperty('serialNumber');
  });

  it.each([0xa0, 0xa1, 0xa2, 0xa3])('skips CertificateChoices 0x%s', (tag) => {
    const other = tlv(tag, sequence(integer(1n)));
    const message = parseSignedData(token({ certificates: [other, chain.certificate] }), source);
    expect(message.certificates.map(({ der }) => der)).toEqual([chain.certificate]);
  });

  it('skips revocation lists', () => {
    const message = contentInfo(integer(1n), emptySet, data, tlv(0xa1, sequence(integer(1n))), emptySet);
    expect(parseSignedData(message, source).signers).toEqual([]);
  });

  it('sorts signed attributes and gives them the tag of a SET (TSA-14)', () => {
    const attributes = (options: Partial<TokenOptions>): Uint8Array | undefined =>
      parseSignedData(token(options), source).signers[0]?.signedAttributesDer;
    const der = attributes({ attributes: 'not sorted' });
    expect(der?.[0]).toBe(0x31);
    expect(der?.length).toBe(attributes({})?.length);
    expect(parseSignedData(token({ attributes: 'absent' }), source).signers[0]).not.toHaveProperty(
      'signedAttributesDer',
    );
  });

  const id = objectIdentifier('1.2.3');
  it.each([
    [
      'another content type',
      () => sequence(objectIdentifier('1.2.840.113549.1.7.3'), tlv(0xa0, sequence())),
      /1\.7\.3/,
    ],
    ['nothing inside', () => sequence(objectIdentifier('1.2.840.113549.1.7.2'), tlv(0xa0)), /not exactly one/],
    [
      'two messages inside',
      () => sequence(objectIdentifier('1.2.840.113549.1.7.2'), tlv(0xa0, data, data)),
      /not exactly/,
    ],
    ['bytes after it', () => Buffer.concat([token(), Uint8Array.of(0)]), /follow/],
    ['a member after the signers', () => contentInfo(integer(1n), emptySet, data, emptySet, id), /after its last/],
    ['an unknown version', () => contentInfo(integer(6n), emptySet, data, emptySet), /unknown version 6/],
    [
      'a content that is no OCTET STRING',
      () => contentInfo(integer(1n), emptySet, sequence(id, tlv(0xa0, id)), emptySet),
      /OCTET STRING/,
    ],
    ['a certificate that does not parse', () => encodeBag([chain.certificate, sequence(id)]), /certificate 2/],
    ['a certificate that is no SEQUENCE', () => encodeBag([octetString(chain.certificate)]), /certificate 1/],
    ['a signed attribute twice', () => token({ messageDigest: 'twice' }), /1\.9\.4 occurs twice/],
    ['no DER at all', () => Buffer.from('MIIB'), /./],
  ])('refuses %s', (_name, make, message) => {
    expect(() => parseSignedData(make(), source)).toThrow(malformed(message));
  });

  it('ends in a value or in a NotaryError for damaged messages', () => {
    let refused = 0;
    for (const mutant of mutations(token(), 7, 1500)) {
      try {
        const message = parseSignedData(mutant, source);
        for (const signer of message.signers) verifySigner(message, signer, parseCertificate(chain.certificate));
      } catch (error) {
        expect(error).toBeInstanceOf(NotaryError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

const check = (options: Partial<TokenOptions> = {}): void => {
  const message = parseSignedData(token(options), source);
  verifySigner(message, message.signers[0]!, parseCertificate((options.chain ?? chain).certificate));
};

describe('verifySigner', () => {
  it('passes what the certificate signed, with attributes sorted or not', () => {
    expect(() => {
      check();
    }).not.toThrow();
    expect(() => {
      check({ attributes: 'not sorted' });
    }).not.toThrow();
  });

  it.each([
    ['RSA-2048', { digest: 'sha256' }],
    ['RSA-2048', { digest: 'sha512' }],
    ['RSA-2048', { digest: 'sha384', signatureAlgorithm: 'withHash' }],
    ['RSA-2048', { digest: 'sha256', signatureAlgorithm: 'pss' }],
    ['EC-384', { digest: 'sha384' }],
    ['EC-521', { digest: 'sha512' }],
  ] as const satisfies readonly (readonly [TestKeySpec, Partial<TokenOptions>])[])(
    'passes %s with %j (TSA-13)',
    async (keySpec, options) => {
      const other = await timestampingChain({ keySpec });
      expect(() => {
        check({ ...options, chain: other });
      }).not.toThrow();
    },
  );

  it.each([
    ['a digest of other content', { messageDigest: 'wrong' }, /not that of the content/],
    ['no message digest', { messageDigest: 'absent' }, /no signed attribute 1\.2\.840\.113549\.1\.9\.4/],
    ['two values of the message digest', { messageDigest: 'two values' }, /2 values instead of one/],
    [
      'another content type',
      { contentTypeAttribute: '1.2.840.113549.1.7.1' },
      /content type is 1\.2\.840\.113549\.1\.7\.1/,
    ],
    ['no content type', { contentTypeAttribute: 'absent' }, /no signed attribute 1\.2\.840\.113549\.1\.9\.3/],
    ['no signed attributes', { attributes: 'absent' }, /no signed attributes/],
    ['no content', { detached: true }, /no content/],
    ['SHA-1', { digest: 'sha1' }, /digest algorithm is not/],
  ] as const)('refuses %s', (_name, options, message) => {
    expect(() => {
      check(options);
    }).toThrow(mismatch(message));
  });

  it('refuses a signature by another key', async () => {
    const { privateKey } = await timestampingChain();
    expect(() => {
      check({ signWith: privateKey });
    }).toThrow(mismatch(/does not match/));
  });

  it('refuses RSASSA-PSS with a salt that is not as long as the hash', async () => {
    const rsa = await timestampingChain({ keySpec: 'RSA-2048' });
    expect(() => {
      check({ chain: rsa, signatureAlgorithm: 'pss, another salt' });
    }).toThrow(mismatch(/algorithm is not accepted/));
  });

  it('refuses Ed25519, which certificates may use', async () => {
    const other = await timestampingChain({ keySpec: 'Ed25519' });
    expect(() => {
      check({ chain: other });
    }).toThrow(mismatch(/algorithm is not accepted/));
  });

  it('refuses content that was changed after signing', () => {
    const message = parseSignedData(token(), source);
    const changed: SignedData = { ...message, content: Buffer.from('changed') };
    expect(() => {
      verifySigner(changed, message.signers[0]!, parseCertificate(chain.certificate));
    }).toThrow(mismatch(/not that of the content/));
  });
});

describe('requireSingleValue', () => {
  it('refuses an attribute that is absent with the code of the caller', () => {
    const [signer] = parseSignedData(token(), source).signers;
    expect(() => requireSingleValue(signer!, '1.2.3', source)).toThrow(malformed(/no signed attribute 1\.2\.3/));
  });
});
