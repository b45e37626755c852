// The emulated authority and this project could be wrong together; openssl is wrong with neither. It verifies what the
// emulator makes, and makes what this project reads.

import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { verifyTimestamp } from '../../shared/timestamp/evidence.ts';
import { readTimestampReply } from '../../shared/timestamp/reply.ts';
import { createTimestampRequest } from '../../shared/timestamp/request.ts';
import { parseTimestampToken } from '../../shared/timestamp/token.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { encodePem, timestampingChain } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { createTsa } from '../support/tsa.ts';
import type { TsaDeviation, TsaDeviationName } from '../support/tsa.ts';
import { makeToken, messageImprint } from '../support/tsa-token.ts';

const isMissing = spawnSync('openssl', ['version']).status !== 0 && process.env.CI !== 'true';
const folder = mkdtempSync(join(tmpdir(), 'tsa-openssl-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function openssl(...args: readonly string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8', cwd: folder });
  return { ok: status === 0, output: stdout + stderr };
}

const signature = Buffer.from('the bytes of a signature');
const chains = {
  'RSA-4096': await timestampingChain({ keySpec: 'RSA-4096' }),
  'EC-256': await timestampingChain({ keySpec: 'EC-256' }),
  'EC-384': await timestampingChain({ keySpec: 'EC-384' }),
} as const;
const chain = chains['RSA-4096'];

async function verify(issued: Issued, deviations: TsaDeviation | TsaDeviationName | undefined, query: Uint8Array) {
  const reply = await createTsa({ chain: issued, deviations }).respond(query);
  const files = ['-queryfile', write('query', query), '-in', write('reply', reply)];
  return openssl('ts', '-verify', ...files, '-CAfile', write('root.pem', encodePem(issued.chain[2]!)));
}

const query = (): Uint8Array => createTimestampRequest(signature, 'sha384', randomBytes(20)).der;

describe.skipIf(isMissing)('openssl (skipped where it is not installed)', () => {
  it.each([
    ['RSA-4096', undefined],
    ['EC-256', undefined],
    ['EC-384', { token: { digest: 'sha384' } }],
    ['RSA-4096', { token: { signatureAlgorithm: 'withHash', digest: 'sha512', signingCertificate: 'sha512' } }],
    ['RSA-4096', 'granted with mods'],
    ['RSA-4096', 'whole-second genTime'],
    ['RSA-4096', 'missing accuracy'],
    ['RSA-4096', 'signingCertificate v1 only'],
  ] as const)('verifies the reply of the emulator, %s %j', async (keySpec, deviations) => {
    expect(await verify(chains[keySpec], deviations, query())).toMatchObject({
      ...{ ok: true, output: expect.stringContaining('Verification: OK') as string },
    });
  });

  it.each(['wrong nonce', 'wrong imprint', 'rejected', 'certReq ignored'] as const)(
    'refuses it with the deviation "%s"',
    async (deviation) => {
      expect((await verify(chain, deviation, query())).ok).toBe(false);
    },
  );

  it.each([undefined, 'pss'] as const)('verifies the token as CMS, signature algorithm %s', (signatureAlgorithm) => {
    const at = new Date('2026-01-15T12:00:00Z');
    const options = signatureAlgorithm === undefined ? {} : { signatureAlgorithm };
    const token = makeToken({ chain, at, messageImprint: messageImprint('sha256', signature), ...options });
    const root = write('root.pem', encodePem(chain.chain[2]!));
    const files = ['-in', write('token', token), '-CAfile', root, '-out', 'tstinfo'];
    expect(openssl('cms', '-verify', '-inform', 'DER', ...files, '-purpose', 'timestampsign')).toMatchObject({
      ok: true,
    });
    const stated = parseTimestampToken(token).signedData.content;
    expect(new Uint8Array(readFileSync(join(folder, 'tstinfo')))).toEqual(stated);
  });

  it('reads in it what the genuine authority states', async () => {
    const clock = { now: () => new Date('2026-01-15T12:00:00.009Z') };
    const reply = await createTsa({ chain, clock }).respond(query());
    const { output } = openssl('ts', '-reply', '-in', write('reply', reply), '-text');
    expect(output).toMatch(/Policy OID: 1\.3\.6\.1\.4\.1\.601\.10\.3\.1/);
    expect(output).toMatch(/Hash Algorithm: sha384/);
    expect(output).toMatch(/Time stamp: Jan 15 12:00:00\.009 2026 GMT/);
    expect(output).toMatch(/Accuracy: unspecified seconds, 0x01F4 millis, unspecified micros/);
    expect(output).toMatch(/TSA: DirName:.*acme tsa/);
  });

  it.each(['sha256', 'sha384', 'sha512'])('has its own query over %s answered', async (hash) => {
    const data = write('data', signature);
    expect(openssl('ts', '-query', '-data', data, `-${hash}`, '-cert', '-out', 'theirs.tsq').ok).toBe(true);
    const theirs = readFileSync(join(folder, 'theirs.tsq'));
    expect(await verify(chain, undefined, theirs)).toMatchObject({ ok: true });
  });

  it('reads our query as we mean it', () => {
    const { output } = openssl('ts', '-query', '-in', write('query', query()), '-text');
    expect(output).toMatch(/Version: 1[^]*Hash Algorithm: sha384[^]*Policy OID: unspecified[^]*Nonce: 0x[0-9A-F]+/);
    expect(output).toMatch(/Certificate required: yes\nExtensions:\n(?! )/);
  });

  const config = (options: string): string => `
[tsa]
default_tsa = it
[it]
serial = ${join(folder, 'serial')}
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
tsa_name = yes
${options}
`;

  it.each([
    [
      'with microseconds',
      'EC-256',
      'accuracy = secs:1, millisecs:250, microsecs:1\nclock_precision_digits = 6',
      1250.001,
    ],
    ['with ordering and the chain named', 'RSA-4096', 'ordering = yes\ness_cert_id_chain = yes', 0],
  ] as const)('makes tokens that we verify, %s', (_name, keySpec, options, accuracyMs) => {
    const issued = chains[keySpec];
    const request = createTimestampRequest(signature, 'sha512', randomBytes(20));
    write('serial', '0abc\n');
    const made = openssl(
      ...['ts', '-reply', '-queryfile', write('query', request.der), '-out', 'theirs.tsr'],
      ...['-config', write('tsa.cnf', config(`ess_cert_id_alg = sha384\n${options}`)), '-section', 'it'],
      ...['-signer', write('tsa.pem', issued.pem), '-inkey', write('tsa.key', issued.keyPem)],
      ...['-chain', write('ca.pem', encodePem(issued.chain[1]!))],
    );
    expect(made).toMatchObject({ ok: true });
    const token = readTimestampReply(readFileSync(join(folder, 'theirs.tsr')), request);
    expect(token.info).toMatchObject({ policy: '1.2.3.4', hash: 'sha512', accuracyMs });
    const roots = [parseCertificate(issued.chain[2]!)];
    expect(verifyTimestamp(token, signature, { roots }).chain).toHaveLength(3);
  });
});
