// Chains in order and out of a bag. CHAIN-1 to CHAIN-4 are broken one by one in requirements.test.ts.

import { describe, expect, it } from 'vitest';

import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { orderChain, requireChain, requireIssuedBy, requireValid } from '../../../shared/x509/chain.ts';
import { brokenChains, twinIssuers, weakChains } from '../../support/bad-chains.ts';
import { codeSigningChain, createRoot, issue } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { refusal } from '../../support/expect-code.ts';

const parse = (ders: readonly Uint8Array[]): Certificate[] => ders.map((der) => parseCertificate(der));
const fingerprints = (certificates: readonly Certificate[]): string[] => certificates.map((each) => each.fingerprint);
const own = ({ certificate }: Issued): Certificate => parseCertificate(certificate);

describe('requireChain', () => {
  it('gives the certificates back as a chain', async () => {
    const certificates = parse((await codeSigningChain()).chain);
    expect(requireChain(certificates)).toEqual(certificates);
  });

  it('says which certificate breaks the chain, and how', async () => {
    const message = async (make: () => Promise<readonly Uint8Array[]>): Promise<string> => {
      const certificates = parse(await make());
      return refusal('CERTIFICATE_CHAIN_BROKEN', () => requireChain(certificates)).message;
    };
    expect(await message(brokenChains['CHAIN-1 no certificate'])).toBe('the certificate chain is empty');
    expect(await message(brokenChains['CHAIN-1 root missing'])).toBe(
      'the certificate "CN=code signing CA, O=Acme, C=US" is not issued by the certificate ' +
        '"CN=code signing CA, O=Acme, C=US": it names "CN=code signing root, O=Acme, ST=WA, C=US" as its issuer',
    );
    expect(await message(brokenChains['CHAIN-2 single certificate of another issuer'])).toContain(
      'is not self-signed: "CN=code signing CA, O=Acme, C=US" issued it',
    );
    expect(await message(brokenChains['CHAIN-3 root doubled'])).toContain('is self-signed, but certificate 3 of 4');
    expect(await message(brokenChains['CHAIN-4 signature altered'])).toContain('does not match the signed bytes');
    expect(await message(brokenChains['CHAIN-4 issuer without basicConstraints'])).toContain('is not a CA');
    expect(await message(brokenChains['CHAIN-4 issuer without keyCertSign'])).toContain('has no keyCertSign');
  });
});

describe('requireIssuedBy', () => {
  it('does not compare key identifiers (CHAIN-4)', async () => {
    const root = await createRoot({ subject: 'CN=root' });
    const leaf = await issue({ ...root, subjectKeyIdentifier: new Uint8Array(20) }, { subject: 'CN=leaf' });
    requireIssuedBy(own(leaf), own(root));
  });

  it('compares names by their bytes: another string type is another name (CHAIN-4)', async () => {
    const root = await createRoot({ subject: 'CN=root' });
    const printable = root.subject.with(root.subject.indexOf(0x0c), 0x13);
    const leaf = await issue(root, { subject: 'CN=leaf', issuerName: printable });
    const { message } = refusal('CERTIFICATE_CHAIN_BROKEN', () => {
      requireIssuedBy(own(leaf), own(root));
    });
    expect(message).toContain('it names "CN=root" as its issuer');
  });

  it('refuses SHA-1 and MD5 (ALG-4)', async () => {
    for (const make of Object.values(weakChains)) {
      const certificates = parse(await make());
      const broken = certificates.filter((certificate, index) => {
        try {
          requireIssuedBy(certificate, certificates[index + 1] ?? certificate);
          return false;
        } catch {
          return true;
        }
      });
      expect(broken).toHaveLength(1);
    }
  });

  it('refuses a key that Node cannot use', async () => {
    const root = await createRoot({ subject: 'CN=root' });
    const unknown = Uint8Array.from([0x30, 0x0a, 0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x03, 0x01, 0x00]);
    const odd = await issue(root, { subject: 'CN=odd', ca: true, subjectPublicKeyInfo: unknown });
    const leaf = await issue(odd, { subject: 'CN=leaf' });
    const { message } = refusal('CERTIFICATE_CHAIN_BROKEN', () => {
      requireIssuedBy(own(leaf), own(odd));
    });
    expect(message).toContain('no supported kind');
  });
});

describe('requireValid', () => {
  it('asks for the whole range', async () => {
    const [notBefore, notAfter] = [new Date('2024-01-01'), new Date('2024-02-01')];
    const certificates = [own(await createRoot({ subject: 'CN=x', notBefore, notAfter }))];
    requireValid(certificates, notBefore, notAfter);
    refusal('CERTIFICATE_NOT_VALID', () => {
      requireValid(certificates, new Date('2023-12-31'), new Date('2024-01-15'));
    });
    refusal('CERTIFICATE_NOT_VALID', () => {
      requireValid(certificates, new Date('2024-01-15'), new Date('2024-02-01T00:00:01Z'));
    });
  });

  it('never passes a moment that is no date', async () => {
    const certificates = [own(await createRoot({ subject: 'CN=x' }))];
    expect(() => {
      requireValid(certificates, new Date(Number.NaN));
    }).toThrow();
  });
});

describe('orderChain', () => {
  it('finds the chain in every order of the bag', async () => {
    const expected = parse((await codeSigningChain()).chain);
    const [leaf, authority, root] = expected as [Certificate, Certificate, Certificate];
    const orders = [
      [leaf, authority, root],
      [root, authority, leaf],
      [authority, leaf, root],
      [root, leaf, authority],
      [authority, root],
    ];
    for (const pool of orders) expect(fingerprints(orderChain(leaf, pool))).toEqual(fingerprints(expected));
  });

  it('picks the issuer by its key where several have one name', async () => {
    const { leaf, issuer, twin, root } = await twinIssuers();
    const expected = fingerprints([own(leaf), own(issuer), own(root)]);
    for (const pool of [
      [twin, issuer, root],
      [root, issuer, twin],
    ]) {
      expect(fingerprints(orderChain(own(leaf), pool.map(own)))).toEqual(expected);
    }
  });

  it('leaves aside what does not belong to the chain, and repetitions', async () => {
    const chain = parse((await codeSigningChain()).chain);
    const foreign = parse((await codeSigningChain()).chain);
    const pool = [...foreign, ...chain, ...chain, ...foreign];
    expect(fingerprints(orderChain(chain[0]!, pool))).toEqual(fingerprints(chain));
  });

  it('takes a single self-signed certificate', async () => {
    const single = own(await createRoot({ subject: 'CN=x', ca: false, keyUsage: ['digitalSignature'] }));
    expect(orderChain(single, [])).toEqual([single]);
  });

  it('goes on to the root that closes the chain where the first path ends nowhere', async () => {
    // The intermediate exists twice: issued by a root that is not in the bag, and by one that is.
    const absent = await createRoot({ subject: 'CN=absent' });
    const present = await createRoot({ subject: 'CN=present' });
    const dead = await issue(absent, { subject: 'CN=CA', ca: true });
    const live = await issue(present, { subject: 'CN=CA', ca: true, key: dead });
    const leaf = own(await issue(live, { subject: 'CN=leaf' }));
    const pool = [own(dead), own(live), own(present)];
    expect(fingerprints(orderChain(leaf, pool))).toEqual(fingerprints([leaf, own(live), own(present)]));
  });

  it('takes the shortest of several chains, and does not go in circles', async () => {
    // Two roots that have also signed each other.
    const a = await createRoot({ subject: 'CN=a' });
    const b = await createRoot({ subject: 'CN=b' });
    const aByB = await issue(b, { subject: 'CN=a', ca: true, key: a });
    const bByA = await issue(a, { subject: 'CN=b', ca: true, key: b });
    const leaf = own(await issue(a, { subject: 'CN=leaf' }));
    const crossed = [aByB, bByA].map(own);
    expect(fingerprints(orderChain(leaf, [...crossed, own(b), own(a)]))).toEqual(fingerprints([leaf, own(a)]));
    expect(fingerprints(orderChain(leaf, [...crossed, own(b)]))).toEqual(fingerprints([leaf, own(aByB), own(b)]));
    const { message } = refusal('CERTIFICATE_CHAIN_BROKEN', () => orderChain(leaf, crossed));
    expect(message).toContain('is not complete');
  });

  it('spends no trials on certificates of other names', async () => {
    const chain = parse((await codeSigningChain()).chain);
    const foreign = parse((await codeSigningChain({ subject: 'CN=foreign' })).chain)[0]!;
    const pool = [...Array.from({ length: 500 }, () => foreign), ...chain];
    expect(fingerprints(orderChain(chain[0]!, pool))).toEqual(fingerprints(chain));
  });

  it('passes through a root whose key was renewed under the same name', async () => {
    const old = await createRoot({ subject: 'CN=root' });
    const renewed = await issue(old, { subject: 'CN=root', ca: true });
    const leaf = own(await issue(renewed, { subject: 'CN=leaf' }));
    expect(fingerprints(orderChain(leaf, [own(old), own(renewed)]))).toEqual(
      fingerprints([leaf, own(renewed), own(old)]),
    );
  });

  it('names the issuer that is missing', async () => {
    const [leaf, authority, root] = parse((await codeSigningChain()).chain) as [Certificate, Certificate, Certificate];
    expect(refusal('CERTIFICATE_CHAIN_BROKEN', () => orderChain(leaf, [leaf, authority])).message).toBe(
      'the chain of the certificate "CN=acme signer, OU=Signing, O=Acme, L=Seattle, ST=WA, C=US" is not complete: ' +
        'the issuer "CN=code signing root, O=Acme, ST=WA, C=US" of the certificate ' +
        '"CN=code signing CA, O=Acme, C=US" is not among the 2 certificates',
    );
    expect(refusal('CERTIFICATE_CHAIN_BROKEN', () => orderChain(leaf, [root])).message).toContain(
      'the issuer "CN=code signing CA, O=Acme, C=US"',
    );
  });

  it.each(Object.entries(weakChains))('says that a hash is weak: %s', async (_rule, make) => {
    const chain = parse(await make());
    refusal('CERTIFICATE_UNSUITABLE', () => orderChain(chain[0]!, chain));
  });

  it('gives up in a maze of certificates that all sign each other', async () => {
    const first = await createRoot({ subject: 'CN=maze' });
    const keys = [first, ...(await Promise.all(Array.from({ length: 5 }, () => createRoot({ subject: 'CN=maze' }))))];
    const options = { subject: 'CN=maze', ca: true } as const;
    const pool: Certificate[] = [];
    for (const from of keys) {
      for (const key of keys) if (from !== key) pool.push(own(await issue(from, { ...options, key })));
    }
    const leaf = own(await issue(first, { subject: 'CN=leaf' }));
    expect(refusal('CERTIFICATE_CHAIN_BROKEN', () => orderChain(leaf, pool)).message).toContain('too many trials');
  });
});
