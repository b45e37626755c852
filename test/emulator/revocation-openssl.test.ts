import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { judgeCrl } from '../../shared/revocation/crl-judgement.ts';
import { parseCrl, requireCrlOf } from '../../shared/revocation/crl.ts';
import { encodeOcspRequest } from '../../shared/revocation/ocsp-request.ts';
import { judgeOcspResponse } from '../../shared/revocation/ocsp.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import type { Certificate } from '../../shared/x509/certificate.ts';
import { createRoot, issue, purpose } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { crl } from '../support/crl.ts';
import { ocspResponse, serialOf } from '../support/ocsp.ts';
import type { OcspSingle } from '../support/ocsp.ts';
import { openssl, opensslMissing, opensslVersion } from '../support/openssl.ts';
import type { OpensslResult } from '../support/openssl.ts';

let directory: string;
let ca: Issued;
let leaf: Issued;
let other: Issued;
let certificate: Certificate;
let issuer: Certificate;

const run = (...args: readonly string[]): OpensslResult => openssl(directory, ...args);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'revocation-'));
  ca = await createRoot({ subject: 'C=US, O=Acme, CN=CA', keySpec: 'RSA-2048' });
  leaf = await issue(ca, { subject: 'C=US, O=Acme, CN=leaf' });
  other = await issue(ca, { subject: 'C=US, O=Acme, CN=other' });
  certificate = parseCertificate(leaf.certificate);
  issuer = parseCertificate(ca.certificate);
  const responder = await issue(ca, { subject: 'CN=OCSP', extendedKeyUsage: { purposes: [purpose.ocspSigning] } });
  const files = { 'ca.pem': ca.pem, 'ca.key': ca.keyPem, 'leaf.pem': leaf.pem, 'other.pem': other.pem };
  const more = { 'responder.pem': responder.pem, 'responder.key': responder.keyPem };
  for (const [name, text] of Object.entries({ ...files, ...more })) await writeFile(join(directory, name), text);
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const now = (): Date => new Date();
const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);
const revokedAt = new Date('2026-01-01T00:00:00Z');

describe.skipIf(opensslVersion === undefined)(
  `what the emulator makes, read by openssl (else: ${opensslMissing})`,
  () => {
    it('is a CRL', async () => {
      const entries = [
        { serial: serialOf(leaf.certificate), revokedAt, reason: 1, invalidityDate: new Date('2025-12-01T00:00:00Z') },
        { serial: 1n, revokedAt },
      ];
      const bytes = crl({ issuer: ca, entries, thisUpdate: minutes(-1), nextUpdate: minutes(60), number: 7n });
      await writeFile(join(directory, 'list.crl'), bytes);
      const { text } = run(
        'crl',
        '-inform',
        'DER',
        '-in',
        'list.crl',
        '-noout',
        '-text',
        '-verify',
        '-CAfile',
        'ca.pem',
      );
      expect(text).toContain('verify OK');
      expect(text).toMatch(/X509v3 CRL Number:\s+7/u);
      expect(text).toContain('Key Compromise');
      expect(text).toContain('Dec  1 00:00:00 2025 GMT');
      expect(text).toContain(serialOf(leaf.certificate).toString(16).toUpperCase());
    });

    it('is a delta CRL, and a base that names it', async () => {
      const validity = { thisUpdate: minutes(-1), nextUpdate: minutes(60) };
      const base = crl({ issuer: ca, ...validity, number: 1n, freshest: ['http://ca.example/delta.crl'] });
      const delta = crl({ issuer: ca, ...validity, number: 2n, deltaBase: 1n });
      await writeFile(join(directory, 'base.crl'), base);
      await writeFile(join(directory, 'delta.crl'), delta);
      const read = (name: string): string => run('crl', '-inform', 'DER', '-in', name, '-noout', '-text').text;
      expect(read('base.crl')).toMatch(/X509v3 Freshest CRL:[\s\S]*URI:http:\/\/ca\.example\/delta\.crl/u);
      expect(read('delta.crl')).toMatch(/X509v3 Delta CRL Indicator: critical\s+1/u);
    });

    it.each(['good', 'unknown', { revokedAt, reason: 4 }] as const)('is an OCSP response: %j', async (status) => {
      const single: OcspSingle = {
        serial: serialOf(leaf.certificate),
        status,
        thisUpdate: minutes(-1),
        nextUpdate: minutes(60),
      };
      await writeFile(join(directory, 'made.ocsp'), ocspResponse({ issuer: ca, singles: [single] }));
      const { status: code, text } = run(
        ...['ocsp', '-respin', 'made.ocsp', '-issuer', 'ca.pem', '-cert', 'leaf.pem', '-CAfile', 'ca.pem'],
      );
      expect(code).toBe(0);
      expect(text).toContain('Response verify OK');
      expect(text).toContain(`leaf.pem: ${typeof status === 'string' ? status : 'revoked'}`);
      if (typeof status !== 'string') expect(text).toContain('Reason: superseded');
    });

    it('is an OCSP response by a delegated responder', async () => {
      const responder = await issue(ca, { subject: 'CN=r', extendedKeyUsage: { purposes: [purpose.ocspSigning] } });
      const single: OcspSingle = {
        serial: serialOf(leaf.certificate),
        status: 'good',
        thisUpdate: minutes(-1),
        nextUpdate: minutes(60),
      };
      await writeFile(
        join(directory, 'made.ocsp'),
        ocspResponse({ issuer: ca, singles: [single], responder, responderId: 'name' }),
      );
      const { text } = run(
        'ocsp',
        '-respin',
        'made.ocsp',
        '-issuer',
        'ca.pem',
        '-cert',
        'leaf.pem',
        '-CAfile',
        'ca.pem',
      );
      expect(text).toContain('Response verify OK');
    });
  },
);

describe.skipIf(opensslVersion === undefined)(`what openssl makes, judged here (else: ${opensslMissing})`, () => {
  /** A database as `openssl ca` keeps it: the other certificate revoked, the leaf not. */
  const writeIndex = async (): Promise<void> => {
    const line = (state: string, serial: bigint, name: string): string => {
      const hex = serial.toString(16).toUpperCase();
      return [
        state[0],
        '400101000000Z',
        state.slice(1),
        hex.length % 2 ? `0${hex}` : hex,
        'unknown',
        `/CN=${name}`,
      ].join('\t');
    };
    const lines = [
      line('V', serialOf(leaf.certificate), 'leaf'),
      line('R260101000000Z,keyCompromise', serialOf(other.certificate), 'other'),
    ];
    await writeFile(join(directory, 'index.txt'), `${lines.join('\n')}\n`);
  };

  const ask = async (about: Certificate, signer: string, ...args: readonly string[]): Promise<Uint8Array> => {
    await writeIndex();
    await writeFile(join(directory, 'request.ocsp'), encodeOcspRequest(about, issuer));
    const result = run(
      ...['ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', `${signer}.pem`, '-rkey', `${signer}.key`],
      ...['-reqin', 'request.ocsp', '-respout', 'response.ocsp', ...args],
    );
    expect(result.status, result.text).toBe(0);
    return readFile(join(directory, 'response.ocsp'));
  };

  it('reads our request as we mean it', async () => {
    await writeFile(join(directory, 'request.ocsp'), encodeOcspRequest(certificate, issuer));
    const ours = run('ocsp', '-reqin', 'request.ocsp', '-req_text').text;
    const theirs = run('ocsp', '-issuer', 'ca.pem', '-cert', 'leaf.pem', '-no_nonce', '-reqout', 'theirs.ocsp');
    expect(theirs.status).toBe(0);
    expect(ours).toContain('Hash Algorithm: sha1');
    expect(Buffer.from(encodeOcspRequest(certificate, issuer))).toEqual(await readFile(join(directory, 'theirs.ocsp')));
  });

  it.each(['ca', 'responder'])('is an OCSP response signed by the %s', async (signer) => {
    const good = await ask(certificate, signer, '-ndays', '1');
    expect(judgeOcspResponse(good, { certificate, issuer, at: now() }).status).toBe('good');
    const about = parseCertificate(other.certificate);
    const revoked = await ask(about, signer, '-ndays', '1');
    expect(judgeOcspResponse(revoked, { certificate: about, issuer, at: now() })).toMatchObject({
      ...{ status: 'revoked', revokedAt, reason: 1 },
    });
  });

  it('is an OCSP response without nextUpdate, which has no age (REV-15)', async () => {
    const response = await ask(certificate, 'responder');
    expect(() => judgeOcspResponse(response, { certificate, issuer, at: now() })).toThrow('no nextUpdate');
  });

  it('is a CRL', async () => {
    await writeIndex();
    await writeFile(join(directory, 'crlnumber'), '1000\n');
    const lines = ['[ca]', 'default_ca=d', '[d]', 'database=index.txt', 'crlnumber=crlnumber', 'default_md=sha256'];
    await writeFile(
      join(directory, 'ca.cnf'),
      [...lines, 'crl_extensions=x', '[x]', 'authorityKeyIdentifier=keyid', ''].join('\n'),
    );
    const made = run(
      ...[
        'ca',
        '-config',
        'ca.cnf',
        '-gencrl',
        '-keyfile',
        'ca.key',
        '-cert',
        'ca.pem',
        '-crldays',
        '1',
        '-out',
        'made.pem',
      ],
    );
    expect(made.status, made.text).toBe(0);
    expect(run('crl', '-in', 'made.pem', '-outform', 'DER', '-out', 'made.crl').status).toBe(0);
    const base = parseCrl(await readFile(join(directory, 'made.crl')));
    requireCrlOf(base, issuer);
    expect(judgeCrl({ base }, { certificate, at: now() }).status).toBe('good');
    const about = parseCertificate(other.certificate);
    expect(judgeCrl({ base }, { certificate: about, at: now() })).toMatchObject({
      status: 'revoked',
      revokedAt,
      reason: 1,
    });
  });
});
