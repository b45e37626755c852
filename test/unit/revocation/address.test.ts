import { describe, expect, it } from 'vitest';

import { hasCode } from '../../../shared/errors.ts';
import { requireAddress, shorten } from '../../../shared/revocation/address.ts';

const refusal = (check: () => unknown): string => {
  try {
    check();
  } catch (error) {
    if (hasCode(error, 'REVOCATION_UNAVAILABLE')) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('addresses out of certificates', () => {
  it.each([
    'http://oneocsp.microsoft.com/ocsp',
    'http://www.microsoft.com/pkiops/crl/Microsoft%20ID%20Verified%20CS%20EOC%20CA%2001.crl',
    'http://127.0.0.1:8080/crl/ca.crl',
    'http://10.0.0.8/x?query=1',
    'http://[::1]:80/',
    'http://169.253.1.1/',
    'http://[fe00::1]/',
  ])('asks %s', (text) => {
    expect(requireAddress(text).href).toBe(text.replace(':80/', '/'));
  });

  it('REV-10, REV-20: takes the scheme in any case, as the reference does', () => {
    expect(requireAddress('HTTP://ca.example/ocsp').href).toBe('http://ca.example/ocsp');
  });

  it.each([
    'https://ca.example/',
    'ldap:///CN=ca?certificateRevocationList',
    'ftp://ca.example/',
    'file:///etc/passwd',
    '',
  ])('REV-10, REV-20: refuses the scheme of "%s"', (text) => {
    expect(refusal(() => requireAddress(text))).toContain('only http://');
  });

  it.each([
    'http://169.254.169.254/metadata/identity',
    'http://169.254.0.1/',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.169.254./',
    'http://169.16689662/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::169.254.169.254]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[fe80::1]/',
    'http://[FEBF:0::1]/',
    'http://[fd00:ec2::254]/',
    'http://168.63.129.16/',
    'http://100.100.100.200/',
    'http://metadata.google.internal/',
    'http://METADATA.google.internal./',
  ])('refuses the link-local or metadata host of %s', (text) => {
    expect(refusal(() => requireAddress(text))).toContain('link-local or metadata host');
  });

  it.each(['http://user@ca.example/', 'http://user:secret@ca.example/', 'http://:secret@ca.example/'])(
    'refuses the user information of %s',
    (text) => {
      expect(refusal(() => requireAddress(text))).toContain('user information');
    },
  );

  it.each([
    'http://ca.example/a b',
    'http://ca.example/\r\nx',
    'http://ca.example\\@evil.example/',
    'http://ca\t.example/',
  ])('refuses %j, which the URL parser would rewrite', (text) => {
    expect(refusal(() => requireAddress(text))).toContain('blanks, control characters or backslashes');
  });

  it.each(['http://', 'http://[::1/', 'http://ca.example:99999/', 'http://%00/'])(
    'refuses %s, which is no URL',
    (text) => {
      expect(refusal(() => requireAddress(text))).toContain('is not a URL');
    },
  );

  it('names a long address only in part', () => {
    const text = `https://ca.example/${'a'.repeat(100_000)}`;
    expect(refusal(() => requireAddress(text)).length).toBeLessThan(300);
    expect(shorten('short')).toBe('short');
  });
});
