// Signing schemes. Signing Scheme; Trust Store and Trust Policy, "Signature Verification Details".

import { beforeAll, describe, expect, it } from 'vitest';

import { cose } from '../../shared/envelope/cose.ts';
import { jws } from '../../shared/envelope/jws.ts';
import { text } from '../unit/envelope/cbor-bytes.ts';
import { coseWith, judgeCose, judgeJws, jwsWith, name } from './envelopes.ts';
import { signImage } from './signing.ts';
import { codes, createVerifying } from './verifying.ts';
import type { Verifying } from './verifying.ts';

let at: Verifying;

beforeAll(async () => {
  at = await createVerifying();
});

const authority = { signingScheme: 'notary.x509.signingAuthority' } as const;

describe('SCHEME', () => {
  it('SCHEME-1: two schemes, each with its own store and its own time', async () => {
    const stores = ['ca:acme', 'signingAuthority:other', 'tsa:acme'];
    expect(codes(await at.judge({ stores }))).toEqual([]);
    const trusted = ['signingAuthority:acme', 'tsa:acme'];
    // Short-lived, and judged a year later: only its own time, which is proved by its scheme, can save it.
    const late = { signer: at.shortLived, at: at.yearLater, timestamp: 'absent' } as const;
    expect(codes(await at.judge({ ...late, attributes: authority, stores: trusted }))).toEqual([]);
    expect(codes(await at.judge({ ...late, stores }))).toEqual(['authenticTimestamp TIMESTAMP_MISSING']);
    const garbage = Uint8Array.of(0);
    expect(codes(await at.judge({ attributes: authority, stores: trusted, timestamp: garbage }))).toEqual([]);
    expect(codes(await at.judge({ stores, timestamp: garbage }))).toEqual(['authenticTimestamp TIMESTAMP_INVALID']);
  });

  it('SCHEME-1: no other scheme', () => {
    expect(judgeCose(coseWith([name.scheme, text('notary.x509.x')]))).toBe('ENVELOPE_UNSUPPORTED');
    expect(judgeJws(jwsWith({ [name.scheme]: 'notary' }))).toBe('ENVELOPE_UNSUPPORTED');
  });

  it.each(['cose', 'jws'] as const)('SCHEME-2: we sign with notary.x509 (%s)', async (format) => {
    const { envelope } = await signImage({ format });
    const { signed } = (format === 'cose' ? cose : jws).decode(envelope);
    expect(signed.signingScheme).toBe('notary.x509');
  });

  it('SCHEME-3: stores of the other type do not count', async () => {
    const untrusted = ['authenticity TRUST_ANCHOR_NOT_FOUND'];
    expect(codes(await at.judge({ stores: ['signingAuthority:acme', 'tsa:acme'] }))).toEqual(untrusted);
    expect(codes(await at.judge({ attributes: authority, stores: ['ca:acme', 'tsa:acme'] }))).toEqual(untrusted);
    expect(codes(await at.judge({ stores: ['signingAuthority:absent', 'ca:acme', 'tsa:acme'] }))).toEqual([]);
  });
});
