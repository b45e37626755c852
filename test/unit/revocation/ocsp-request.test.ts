import { beforeAll, describe, expect, it } from 'vitest';

import { encodeBase64 } from '../../../shared/bytes.ts';
import { encodeOcspRequest, integerOctets, ocspExchange } from '../../../shared/revocation/ocsp-request.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { createRoot, issue } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { hashed, keyOf, parseOcspRequest, subjectOf } from '../../support/ocsp.ts';

let root: Issued;
let issuer: Certificate;

beforeAll(async () => {
  root = await createRoot({ subject: 'C=US, O=Acme, CN=root' });
  issuer = parseCertificate(root.certificate);
});

const leaf = async (serialNumber: bigint): Promise<Certificate> =>
  parseCertificate((await issue(root, { subject: 'CN=leaf', serialNumber })).certificate);

describe('REV-11: the OCSP request', () => {
  it.each([1n, 0n, 0x7fn, 0x80n, 0xffn, 0x100n, 0xf00dn, (1n << 159n) - 1n, 1n << 159n, 1n << 600n, 1n << 2048n])(
    'asks about the serial number %s, by SHA-1, unsigned and without extensions',
    async (serialNumber) => {
      const request = parseOcspRequest(encodeOcspRequest(await leaf(serialNumber), issuer));
      expect(request).toEqual({
        serial: serialNumber,
        hashOid: '1.3.14.3.2.26',
        issuerNameHash: hashed('sha1', subjectOf(root.certificate)),
        issuerKeyHash: hashed('sha1', keyOf(root.certificate)),
        hasExtensions: false,
        signed: false,
      });
    },
  );

  it('writes whole numbers as DER does', () => {
    const hex = (value: bigint): string => Buffer.from(integerOctets(value)).toString('hex');
    expect([0n, 1n, 127n, 128n, 255n, 256n, 0x8000n].map(hex)).toEqual([
      '00',
      '01',
      '7f',
      '0080',
      '00ff',
      '0100',
      '008000',
    ]);
  });
});

describe('REV-11: GET or POST', () => {
  // Escaped, 0xfb 0xff gives "+/" and "%2B%2F".
  const bytes = (length: number): Uint8Array => new Uint8Array(length).map((_byte, i) => (i % 3 === 0 ? 0xfb : 0xff));

  it('goes by GET, the base64 escaped as in a query', () => {
    const request = Uint8Array.of(0xfb, 0xff, 0xfe, 0x00);
    expect(encodeBase64(request)).toBe('+//+AA==');
    const { method, url, body, headers, ...limits } = ocspExchange(new URL('http://ca.example/ocsp'), request);
    expect(method).toBe('GET');
    expect(url.href).toBe('http://ca.example/ocsp/%2B%2F%2F%2BAA%3D%3D');
    expect(body).toBeUndefined();
    expect(headers).toBeUndefined();
    expect(limits).toEqual({ timeoutMs: 2000, maxBytes: 20480 });
  });

  it.each([
    ['http://ca.example', 'http://ca.example/AQ%3D%3D'],
    ['http://ca.example/', 'http://ca.example/AQ%3D%3D'],
    ['http://ca.example/ocsp/', 'http://ca.example/ocsp/AQ%3D%3D'],
    ['http://ca.example/ocsp?a=b', 'http://ca.example/ocsp/AQ%3D%3D?a=b'],
    ['http://ca.example/a%2Fb', 'http://ca.example/a%2Fb/AQ%3D%3D'],
  ])('appends to %s', (base, expected) => {
    expect(ocspExchange(new URL(base), Uint8Array.of(1)).url.href).toBe(expected);
  });

  it('goes by GET while both forms are below 255 characters', () => {
    // 189 octets are 252 characters, none of which needs escaping.
    expect(ocspExchange(new URL('http://ca.example/'), new Uint8Array(189)).method).toBe('GET');
    expect(ocspExchange(new URL('http://ca.example/'), new Uint8Array(190)).method).toBe('POST');
  });

  it('goes by POST where only the escaped form reaches 255 characters', () => {
    const request = bytes(120);
    expect(encodeBase64(request).length).toBeLessThan(255);
    const exchange = ocspExchange(new URL('http://ca.example/ocsp'), request);
    expect(exchange).toEqual({
      method: 'POST',
      url: new URL('http://ca.example/ocsp'),
      headers: { 'content-type': 'application/ocsp-request' },
      body: request,
      repeatable: true,
      timeoutMs: 2000,
      maxBytes: 20480,
    });
  });

  it('goes by GET for a serial number of 20 octets', async () => {
    const request = encodeOcspRequest(await leaf((1n << 159n) - 1n), issuer);
    expect(ocspExchange(new URL('http://ca.example/'), request).method).toBe('GET');
  });
});
