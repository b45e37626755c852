// Certificate files and bags in every form; the genuine reply of the signing service.

import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { decodeBase64 } from '../../../shared/bytes.ts';
import { NotaryError } from '../../../shared/errors.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { orderChain } from '../../../shared/x509/chain.ts';
import { readCertificateBag, readCertificates, readPemCertificates } from '../../../shared/x509/read-certificates.ts';
import { requireCodeSigningChain, signingKeySpec } from '../../../shared/x509/requirements.ts';
import { codeSigningChain, encodePem } from '../../support/ca.ts';
import { encodeBag } from '../../support/certificate-bag.ts';
import { refusal } from '../../support/expect-code.ts';
import { mutations } from '../../support/mutate.ts';

const { certificate, chain, chainPem, keyPem } = await codeSigningChain({ keySpec: 'RSA-2048' });
const ders = (certificates: readonly Certificate[]): Buffer[] => certificates.map(({ der }) => Buffer.from(der));
const expected = chain.map((der) => Buffer.from(der));
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const asPkcs7 = (pem: string): string => pem.replaceAll('CERTIFICATE', 'PKCS7');

describe('readCertificates', () => {
  it.each<[string, Uint8Array]>([
    ['PEM', bytes(chainPem)],
    ['PEM with CRLF', bytes(chainPem.replaceAll('\n', '\r\n'))],
    ['PEM without a last line feed', bytes(chainPem.trimEnd())],
    [
      'PEM with words between the blocks',
      bytes(`subject=x\n${chainPem.replaceAll('-----BEGIN', '\nissuer: é\n-----BEGIN')}end`),
    ],
    ['PEM after a line that opens with 0', bytes(`0 s:CN=x\n${chainPem}`)],
    ['PEM after a byte order mark', new Uint8Array(Buffer.from(`\ufeff${chainPem}`, 'utf8'))],
    ['PEM with indented lines', bytes(chainPem.replaceAll(/^/gm, '    '))],
    ['PEM in one line of base64', bytes(chainPem.replaceAll(/(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])/g, ''))],
    ['concatenated DER', new Uint8Array(Buffer.concat(chain))],
  ])('reads %s, in order', (_form, input) => {
    expect(ders(readCertificates(input))).toEqual(expected);
    expect(ders(readCertificateBag(input))).toEqual(expected);
  });

  it.each<[string, Uint8Array]>([
    ['PKCS#7', encodeBag(chain)],
    ['PKCS#7 in PEM', bytes(asPkcs7(encodePem(encodeBag(chain))))],
  ])('leaves %s to readCertificateBag (STORE-4)', (_form, input) => {
    expect(ders(readCertificateBag(input))).toEqual(expected);
    expect(refusal('ASN1_MALFORMED', () => readCertificates(input)).message).toMatch(/it is PKCS#7/);
  });

  it('reads one DER certificate', () => {
    expect(ders(readCertificates(certificate))).toEqual([Buffer.from(certificate)]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /neither PEM nor DER/],
    ['words', bytes('README'), /neither PEM nor DER/],
    ['bare base64', bytes(Buffer.from(certificate).toString('base64')), /neither PEM nor DER/],
    ['a private key among certificates', bytes(chainPem + keyPem), /PEM block "PRIVATE KEY"/],
    ['a trusted certificate of openssl', bytes(chainPem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')), /TRUSTED/],
    ['a block without end', bytes(chainPem.slice(0, -30)), /"CERTIFICATE" has no end/],
    ['a block with another end', bytes(chainPem.replace('END CERTIFICATE', 'END CERT')), /not canonical base64|no end/],
    ['a block that is not base64', bytes(chainPem.replace('MII', 'M!I')), /PEM: not canonical base64/],
    ['base64 without its padding', bytes('-----BEGIN CERTIFICATE-----\nMA\n-----END CERTIFICATE-----'), /base64/],
    ['an empty block', bytes('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'), /truncated DER/],
    ['header lines', bytes(chainPem.replace('-----\nMII', '-----\nProc-Type: 4\n\nMII')), /base64/],
    ['DER with bytes after it', Uint8Array.from([...certificate, 0x30]), /truncated/],
    [
      'two certificates in one block',
      bytes(encodePem(new Uint8Array(Buffer.concat([certificate, certificate])))),
      /bytes follow/,
    ],
    ['PKCS#7 without certificates', bytes(asPkcs7(encodePem(encodeBag([])))), /there is no certificate/],
    [
      'PKCS#7 followed by a certificate',
      new Uint8Array(Buffer.concat([encodeBag(chain), certificate])),
      /bytes follow/,
    ],
    [
      'PKCS#7 with indefinite length',
      Uint8Array.from([0x30, 0x80, ...encodeBag(chain).subarray(4), 0, 0]),
      /indefinite/,
    ],
  ])('refuses %s', (_what, input, message) => {
    expect(refusal('ASN1_MALFORMED', () => readCertificateBag(input)).message).toMatch(message);
  });

  it('ends in a value or in a NotaryError for damaged bytes', () => {
    for (const input of [bytes(chainPem), encodeBag(chain)]) {
      const codes = new Set<string>();
      for (const mutant of mutations(input, 3, 1000)) {
        try {
          readCertificateBag(mutant);
          codes.add('value');
        } catch (error) {
          codes.add(error instanceof NotaryError ? error.code : String(error));
        }
      }
      expect([...codes].sort()).toEqual(['ASN1_MALFORMED', 'value']);
    }
  });
});

describe('readPemCertificates (ALG-5)', () => {
  it('reads the certificates and passes over other blocks', () => {
    expect(ders(readPemCertificates(keyPem + chainPem))).toEqual(expected);
    expect(readPemCertificates(keyPem)).toEqual([]);
    expect(readPemCertificates('')).toEqual([]);
    expect(ders(readPemCertificates(`\ufeff${chainPem}`))).toEqual(expected);
  });

  it('refuses a damaged certificate', () => {
    refusal('ASN1_MALFORMED', () => readPemCertificates(chainPem.replace('MII', 'AAA')));
    refusal('ASN1_MALFORMED', () => readPemCertificates('-----BEGIN CERTIFICATE-----'));
  });

  it('reads a megabyte of openings in no time', () => {
    const text = '-----BEGIN CERTIFICATE-----\n'.repeat(40_000);
    refusal('ASN1_MALFORMED', () => readPemCertificates(text));
  });
});

const genuine = join(import.meta.dirname, '../../../../shared/data/genuine/artifact-signing-reply.json');
const isAbsent = !existsSync(genuine) && process.env.CI === undefined;

/** Skipped where the reference data do not lie beside the project; CI has them and fails without. */
describe.skipIf(isAbsent)('the genuine reply of Artifact Signing', () => {
  const read = (): readonly Certificate[] => {
    const { signingCertificate } = JSON.parse(readFileSync(genuine, 'utf8')) as { signingCertificate: string };
    const source = { code: 'ASN1_MALFORMED', what: 'reply' } as const;
    const inner = Buffer.from(decodeBase64(signingCertificate, source)).toString('latin1');
    return readCertificateBag(decodeBase64(inner.replaceAll(/\s/g, ''), source));
  };

  it('holds leaf, issuers and root', () => {
    expect(read().map(({ fingerprint }) => fingerprint)).toEqual([
      expect.stringMatching(/^[\da-f]{64}$/),
      '2faa1c92228d5a05e07baecfaa365f90a9b2f2dd846b014ae95880bac3a976bb',
      '3d29798cc5d3f0644a7e0dc9cb1cade523ea5ec83b335109b605bfeaa7d5f5c1',
      '5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270',
    ]);
  });

  it('is a code signing chain in any order of its bag, valid at its time', () => {
    const certificates = read();
    const leaf = certificates[0]!;
    const ordered = orderChain(leaf, [...certificates].reverse());
    expect(ordered).toEqual(certificates);
    requireCodeSigningChain(ordered, leaf.notBefore);
    expect(leaf.notAfter.getTime() - leaf.notBefore.getTime()).toBe(72 * 3600 * 1000);
    refusal('CERTIFICATE_NOT_VALID', () => {
      requireCodeSigningChain(ordered, new Date(leaf.notAfter.getTime() + 1000));
    });
  });

  it('has the leaf that the service documents', () => {
    const leaf = read()[0]!;
    expect(signingKeySpec(leaf)).toBe('RSA-3072');
    expect(leaf.signatureScheme).toEqual({ family: 'rsa-pkcs1', hash: 'sha384' });
    expect(leaf.extendedKeyUsage).toEqual({
      critical: false,
      purposes: [
        '1.3.6.1.4.1.311.97.1.0',
        '1.3.6.1.5.5.7.3.3',
        '1.3.6.1.4.1.311.97.295680844.741377503.774662937.184224619',
      ],
    });
    expect(leaf.keyUsage).toEqual({ critical: true, usages: new Set(['digitalSignature']) });
    expect(leaf.basicConstraints).toEqual({ ca: false, critical: true });
    expect(leaf.ocspUrls).toEqual(['http://oneocsp.microsoft.com/ocsp']);
    expect(leaf.crlUrls).toHaveLength(1);
    expect(leaf.caIssuersUrls).toHaveLength(1);
  });
});
