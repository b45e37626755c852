import { beforeAll, describe, expect, it } from 'vitest';

import {
  parseInputIdentities,
  parseTrustedIdentities,
  requireTrustedIdentity,
} from '../../../shared/trust/identity.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { thrownBy } from './thrown.ts';

const source = { code: 'POLICY_INVALID', what: 'policy' } as const;
const parse = (...entries: string[]) => parseTrustedIdentities(entries, source, 'ids');

const durable = '1.3.6.1.4.1.311.97.295680844.741377503.774662937.184224619';
let leaf: Certificate;
let withoutState: Certificate;

beforeAll(async () => {
  const subject = 'C=US, ST=WA, L=Seattle, O=Acme, OU=Signing, CN=acme signer';
  const extendedKeyUsage = { purposes: ['1.3.6.1.5.5.7.3.3', durable] };
  leaf = parseCertificate((await codeSigningChain({ subject, extendedKeyUsage })).certificate);
  withoutState = parseCertificate(
    (await codeSigningChain({ subject: 'C=US, O=Acme, CN=x', extendedKeyUsage })).certificate,
  );
});

describe('identities of a document', () => {
  it.each<[string, string[], string]>([
    ['POL-11: no kind', ['C=US'], 'ids[0] is "C=US"'],
    ['POL-11: an empty entry', [''], 'ids[0] is ""'],
    ['POL-11: * beside others', ['x509.subject:C=a,ST=b,O=c', '*'], 'ids[1] is "*"'],
    ['DN-2: "=#"', ['x509.subject:C=US,ST=WA,O=#41'], 'ids[0]'],
    ['DN-4: a type twice', ['x509.subject:C=US,ST=WA,S=WA,O=Acme'], 'twice'],
    ['DN-5: no C', ['x509.subject:ST=WA,O=Acme'], 'C is missing'],
    ['DN-5: nothing at all', ['x509.subject:'], 'missing'],
    ['DN-6: overlap', ['x509.subject:C=US,ST=WA,O=Acme', 'x509.subject:C=US,ST=WA,O=Acme,CN=x'], 'ids[0] and ids[1]'],
    [
      'DN-6: overlap the other way',
      ['x509.subject:C=US,ST=WA,O=Acme,CN=x', 'x509.subject:C=US,ST=WA,O=Acme'],
      'ids[1] and ids[0]',
    ],
    ['DN-6: one twice', ['x509.subject:C=US,ST=WA,O=Acme', 'x509.subject: O=Acme, ST=WA, C=US'], 'overlap'],
  ])('refuses %s', (_name, entries, message) => {
    const error = thrownBy(() => parse(...entries));
    expect(error.code).toBe('POLICY_INVALID');
    expect(error.message).toContain(message);
  });

  it('DN-6: finds the overlap in a long list', () => {
    const many = Array.from({ length: 20_000 }, (_item, index) => `x509.subject:C=US,ST=WA,O=Acme,CN=${index}`);
    expect(parse(...many).subjects).toHaveLength(20_000);
    const error = thrownBy(() => parse(...many, 'x509.subject:C=US,ST=WA,O=Acme,OU=y,CN=19999'));
    expect(error.message).toContain('ids[19999] and ids[20000] overlap');
  });

  it('POL-11: keeps kinds of plugins, which match nothing here', () => {
    const identities = parse('x509.san:acme.example', `x509.eku:${durable}`, 'X509.subject:C=US,ST=WA,O=Acme');
    expect(identities.extendedKeyUsages).toEqual([]);
    const error = thrownBy(() => {
      requireTrustedIdentity(identities, leaf);
    });
    expect(error.code).toBe('TRUSTED_IDENTITY_MISMATCH');
    expect(error.message).toContain('no x509 trusted identity is configured');
  });
});

describe('identities of the inputs', () => {
  it.each<[string, string, string]>([
    ['an unknown kind', 'x509.san:acme', '"x509.san:" is not known'],
    ['a kind in other case', 'X509.Subject:C=US,ST=WA,O=Acme', 'is not known'],
    ['an EKU that is no OID', 'x509.eku:codeSigning', 'not a dotted object identifier'],
    ['an EKU with a wildcard', 'x509.eku:1.3.6.1.4.1.311.97.*', 'not a dotted object identifier'],
    ['an EKU with leading zeros', 'x509.eku:1.3.06.1', 'not a dotted object identifier'],
    ['codeSigning', 'x509.eku:1.3.6.1.5.5.7.3.3', 'shared by unrelated signers'],
    ['anyExtendedKeyUsage', 'x509.eku:2.5.29.37.0', 'shared by unrelated signers'],
    ['lifetime signing', 'x509.eku:1.3.6.1.4.1.311.10.3.13', 'shared by unrelated signers'],
    ['the mark of Public Trust', 'x509.eku:1.3.6.1.4.1.311.97.1.0', 'shared by unrelated signers'],
  ])('refuse %s', (_name, entry, message) => {
    const error = thrownBy(() => parseInputIdentities([entry]));
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toContain(message);
  });

  it('match an EKU exactly', () => {
    const check = (oid: string) => {
      requireTrustedIdentity(parseInputIdentities([`x509.eku: ${oid}`]), leaf);
    };
    check(durable);
    expect(
      thrownBy(() => {
        check(durable.slice(0, -1));
      }).code,
    ).toBe('TRUSTED_IDENTITY_MISMATCH');
    expect(
      thrownBy(() => {
        check(`${durable}.1`);
      }).code,
    ).toBe('TRUSTED_IDENTITY_MISMATCH');
  });

  it('match a subject where the EKU does not, and the other way round', () => {
    requireTrustedIdentity(parseInputIdentities(['x509.eku:1.2.3.4', 'x509.subject:C=US,ST=WA,O=Acme']), leaf);
    requireTrustedIdentity(parseInputIdentities([`x509.eku:${durable}`, 'x509.subject:C=DE,ST=BY,O=Acme']), leaf);
    requireTrustedIdentity(
      parseInputIdentities([`x509.eku:${durable}`, 'x509.subject:C=DE,ST=BY,O=Acme']),
      withoutState,
    );
  });
});

describe('requireTrustedIdentity', () => {
  it.each([
    '*',
    'x509.subject:C=US,ST=WA,O=Acme',
    'x509.subject: O=Acme , S=WA;C=US, CN=acme signer',
    'x509.subject:C=US,ST=WA,O=Acme,STREET=',
  ])('DN-9: %s matches', (identity) => {
    expect(() => {
      requireTrustedIdentity(parse(identity), leaf);
    }).not.toThrow();
  });

  it.each([
    'x509.subject:C=US,ST=WA,O=acme',
    'x509.subject:C=US,ST=WA,O=Acme,CN=other',
    'x509.subject:C=US,ST=WA,O=Acme,STREET=x',
  ])('DN-9: %s does not', (identity) => {
    const error = thrownBy(() => {
      requireTrustedIdentity(parse(identity), leaf);
    });
    expect(error.code).toBe('TRUSTED_IDENTITY_MISMATCH');
    expect(error.message).toContain('CN=acme signer');
    expect(error.message).toContain(identity);
  });

  it('DN-10: one of several suffices', () => {
    requireTrustedIdentity(parse('x509.subject:C=DE,ST=BY,O=Other', 'x509.subject:C=US,ST=WA,O=Acme'), leaf);
  });

  it('DN-7: a subject without ST is matched by * alone', () => {
    requireTrustedIdentity(parse('*'), withoutState);
    const error = thrownBy(() => {
      requireTrustedIdentity(parse('x509.subject:C=US,ST=WA,O=Acme'), withoutState);
    });
    expect(error.code).toBe('TRUSTED_IDENTITY_MISMATCH');
    expect(error.message).toContain('ST is missing');
  });
});
