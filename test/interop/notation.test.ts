// Both directions with the real notation v1.3.2 at level strict, with timestamp and revocation: COSE and JWS, all six
// key specifications, on a registry without the referrers API (Debian's docker-registry) and on one with it (olareg).

import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findPeer } from '../peers/peers.ts';
import { createRoot, issue, encodePem, purpose } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { pushImage, pushIndex } from '../support/images.ts';
import type { TestKeySpec } from '../support/keys.ts';
import { createNotation } from '../support/notation.ts';
import type { Notation } from '../support/notation.ts';
import { startDockerRegistry, startOlareg } from '../support/real-registries.ts';
import type { RunningRegistry } from '../support/real-registries.ts';
import { startRevocationServer } from '../support/revocation-server.ts';
import type { RevocationServer } from '../support/revocation-server.ts';
import { runAction } from '../support/runner.ts';
import { startTsa } from '../support/tsa.ts';

const keySpecs = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const satisfies TestKeySpec[];
const formats = ['cose', 'jws'] as const;
const cases = formats.flatMap((format) => keySpecs.map((keySpec) => ({ format, keySpec })));

const identity = 'x509.subject: C=US, ST=WA, O=Acme';
const hasPeers = ['notation', 'olareg', 'docker-registry'].every((name) => findPeer(name as 'notation') !== undefined);

describe.skipIf(!hasPeers)('with notation v1.3.2', () => {
  let revocation: RevocationServer;
  let tsa: Awaited<ReturnType<typeof startTsa>>;
  let registries: Readonly<Record<'docker-registry' | 'olareg', RunningRegistry>>;
  let signers: ReadonlyMap<TestKeySpec, Issued>;
  let notation: Notation;
  let rootPem: string;
  let tsaRootPem: string;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'interop-'));
    revocation = await startRevocationServer();
    registries = { 'docker-registry': await startDockerRegistry(), olareg: await startOlareg() };
    const root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=Acme Root', keySpec: 'RSA-2048' });
    const issuing = await issue(root, {
      subject: 'C=US, O=Acme, CN=Acme Issuing',
      ca: true,
      ...revocation.urls('root'),
    });
    revocation.add(root, { name: 'root' });
    revocation.add(issuing, { name: 'issuing' });
    const leaf = { subject: 'C=US, ST=WA, O=Acme, CN=signer', extendedKeyUsage: { purposes: [purpose.codeSigning] } };
    const issued = await Promise.all(
      keySpecs.map(async (keySpec) => {
        return [keySpec, await issue(issuing, { ...leaf, keySpec, ...revocation.urls('issuing') })] as const;
      }),
    );
    signers = new Map(issued);
    const tsaRoot = await createRoot({ subject: 'C=US, O=Acme, CN=Acme Timestamp Root', keySpec: 'RSA-2048' });
    revocation.add(tsaRoot, { name: 'tsa' });
    const authority = await issue(tsaRoot, {
      subject: 'C=US, O=Acme, CN=Acme Timestamp Authority',
      keySpec: 'RSA-2048',
      extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
      crlUrl: revocation.urls('tsa').crlUrl,
    });
    tsa = await startTsa({ chain: authority });
    rootPem = encodePem(root.certificate);
    tsaRootPem = encodePem(tsaRoot.certificate);
    writeFileSync(join(directory, 'tsa-root.pem'), tsaRootPem);
    notation = createNotation({ roots: [rootPem], timestampRoots: [tsaRootPem], identities: [identity] });
  });

  afterAll(async () => {
    notation.remove();
    await Promise.all([revocation.close(), tsa.close(), ...Object.values(registries).map((each) => each.close())]);
    await rm(directory, { recursive: true });
  });

  const signer = (keySpec: TestKeySpec): Issued => signers.get(keySpec)!;
  const names = ['docker-registry', 'olareg'] as const;

  it.each(cases)('accepts what sign makes: $format, $keySpec', async ({ format, keySpec }) => {
    const targets = names.map((name) => ({ host: registries[name].host, repository: `ours/${format}` }));
    const images = await Promise.all(targets.map((target) => pushImage(target)));
    const { keyPem, chainPem } = signer(keySpec);
    const result = await runAction({
      main: 'dist/sign/index.js',
      inputs: {
        artifacts: images.map(({ reference }) => reference).join('\n'),
        'private-key': keyPem,
        'certificate-chain': chainPem,
        'signature-format': format,
        'timestamp-url': tsa.origin,
        'timestamp-roots': join(directory, 'tsa-root.pem'),
        'user-metadata': 'build=1\nnote=<é & ü>',
      },
    });
    expect(result.stdout + result.stderr).not.toContain('::error');
    expect(result.exitCode).toBe(0);
    for (const { reference } of images) {
      const verified = await notation.verify(
        reference,
        '--user-metadata',
        'build=1',
        '--user-metadata',
        'note=<é & ü>',
      );
      expect(verified.output).toContain(`Successfully verified signature for ${reference}`);
      expect(verified.output).not.toContain('Warning');
      expect(verified.exitCode).toBe(0);
    }
  });

  it.each(cases)('makes what verify accepts: $format, $keySpec', async ({ format, keySpec }) => {
    const targets = names.map((name) => ({ host: registries[name].host, repository: `theirs/${format}` }));
    const artifacts = await Promise.all([...targets.map((target) => pushImage(target)), pushIndex(targets[0]!)]);
    const { keyPem, chainPem } = signer(keySpec);
    for (const [index, { reference }] of artifacts.entries()) {
      const timestamp = { url: tsa.origin, rootPem: tsaRootPem };
      // Both ways that notation stores a signature: with the referrers tag, its default, and without.
      const flags = index === 1 ? ['--force-referrers-tag=false'] : [];
      const signed = await notation.sign(reference, { key: { keyPem, chainPem }, format, timestamp }, ...flags);
      expect(signed).toMatchObject({ exitCode: 0 });
    }
    const result = await runAction({
      main: 'dist/verify/index.js',
      inputs: {
        artifacts: artifacts.map(({ reference }) => reference).join('\n'),
        'trust-policy': notation.trustPolicy,
        'trust-store': notation.trustStore,
      },
    });
    expect(result.stdout + result.stderr).not.toContain('::error');
    expect(result.outputs.digests?.split('\n').sort()).toEqual(artifacts.map(({ reference }) => reference).sort());
    expect(result.exitCode).toBe(0);
  });

  it('refuses what verify refuses: another signer, an unsigned image, a revoked certificate', async () => {
    const target = { host: registries.olareg.host, repository: 'refused' };
    const [foreign, unsigned, revoked] = await Promise.all([pushImage(target), pushImage(target), pushImage(target)]);
    const stranger = await createRoot({
      subject: 'C=US, ST=WA, O=Acme, CN=stranger',
      ca: false,
      keyUsage: ['digitalSignature'],
    });
    const timestamp = { url: tsa.origin, rootPem: tsaRootPem };
    // olareg lists nothing for a subject that has a referrers tag too, to notation as to us.
    const api = '--force-referrers-tag=false';
    const byStranger = await notation.sign(foreign.reference, { key: stranger, format: 'cose', timestamp }, api);
    expect(byStranger).toMatchObject({ exitCode: 0 });
    const spent = signer('EC-384');
    expect(await notation.sign(revoked.reference, { key: spent, format: 'jws', timestamp }, api)).toMatchObject({
      exitCode: 0,
    });
    revocation.setStatus(serialNumber(spent), { revokedAt: new Date(Date.now() - 1000), reason: 1 });

    const references = [foreign, unsigned, revoked].map(({ reference }) => reference);
    for (const reference of references) expect((await notation.verify(reference)).exitCode).toBe(1);
    const result = await runAction({
      main: 'dist/verify/index.js',
      inputs: {
        artifacts: references.join('\n'),
        'trust-policy': notation.trustPolicy,
        'trust-store': notation.trustStore,
      },
    });
    expect(result.exitCode).toBe(1);
    const verdicts = (JSON.parse(result.outputs.results ?? '[]') as { verdict: string }[]).map(
      ({ verdict }) => verdict,
    );
    expect(verdicts).toEqual(['untrusted', 'unsigned', 'revoked']);
  });
});

function serialNumber({ certificate }: Issued): bigint {
  return BigInt(`0x${new X509Certificate(certificate).serialNumber}`);
}
