// The configuration that verify writes for others, with the real notation v1.3.2 and the real Ratify v1.4.0: over thirteen
// images they accept and refuse what verify does.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { findPeer, peer } from '../peers/peers.ts';
import { createRoot, encodePem, issue, purpose } from '../support/ca.ts';
import type { CertificateOptions, Issued } from '../support/ca.ts';
import { pushBlob, pushImage, pushIndex, pushManifest } from '../support/images.ts';
import type { PushedArtifact } from '../support/images.ts';
import { startRegistry } from '../support/registry.ts';
import type { RunningRegistry } from '../support/registry.ts';
import { startRevocationServer } from '../support/revocation-server.ts';
import type { RevocationServer } from '../support/revocation-server.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';
import { serialOf } from '../support/ocsp.ts';
import { makeToken, messageImprint } from '../support/tsa-token.ts';
import { signedParts } from '../unit/envelope/signed.ts';

const hasPeers = ['notation', 'ratify'].every((name) => findPeer(name as 'notation') !== undefined);
const durableIdentity = '1.3.6.1.4.1.311.97.990309390.766961637.194916062.941502583';
const repository = 'admission';

interface Party {
  readonly root: Issued;
  readonly issuing: Issued;
}

interface SignOptions {
  readonly format?: 'cose' | 'jws';
  readonly about?: PushedArtifact;
  readonly signedAt?: Date;
  readonly expiry?: Date;
  readonly stampedAt?: Date;
  readonly damage?: (envelope: Uint8Array) => Uint8Array;
}

describe.skipIf(!hasPeers)('the admission configuration', () => {
  let directory: string;
  let registry: RunningRegistry;
  let revocation: RevocationServer;
  let publisher: Party;
  let authority: Issued;
  let images: Readonly<Record<string, PushedArtifact>>;
  const files = { root: '', timestampRoot: '' };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'admission-'));
    registry = await startRegistry();
    revocation = await startRevocationServer();
    publisher = await createParty('Acme');
    const stranger = await createParty('Stranger');
    revocation.add(publisher.issuing, { name: 'acme' });
    const stampRoot = await createRoot({ subject: 'C=US, O=Acme, CN=Timestamp Root', keySpec: 'RSA-2048' });
    authority = await issue(stampRoot, {
      subject: 'C=US, O=Acme, CN=Timestamp Authority',
      keySpec: 'RSA-2048',
      extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
    });
    files.root = join(directory, 'root.pem');
    files.timestampRoot = join(directory, 'timestamp-root.pem');
    await writeFile(files.root, encodePem(publisher.root.certificate));
    await writeFile(files.timestampRoot, encodePem(stampRoot.certificate));

    const leaf = await issueLeaf(publisher, 'C=US, ST=WA, O=Acme, CN=signer');
    const other = await issueLeaf(publisher, 'C=US, ST=WA, O=Other, CN=signer');
    const foreign = await issueLeaf(stranger, 'C=US, ST=WA, O=Acme, CN=signer');
    const past = { notBefore: new Date('2023-01-01'), notAfter: new Date('2023-02-01') };
    const old = await issueLeaf(publisher, 'C=US, ST=WA, O=Acme, CN=old signer', past);
    const spent = await issueLeaf(publisher, 'C=US, ST=WA, O=Acme, CN=spent', revocation.urls('acme'));
    revocation.setStatus(serialOf(spent.certificate), { revokedAt: new Date('2024-01-01'), reason: 1 });
    const then = new Date('2023-01-15T12:00:00Z');
    const index = await pushIndex({ host: registry.host, repository });
    images = {
      cose: await signed(leaf),
      jws: await signed(leaf, { format: 'jws' }),
      stamped: await signed(leaf, { stampedAt: new Date() }),
      index: await attach(index, leaf),
      // Ratify 1.4 wants the whole span of the timestamp after the signing time that the signer states.
      'stamped in time': await signed(old, { signedAt: then, stampedAt: new Date(then.getTime() + 60_000) }),
      'past its time': await signed(old, { signedAt: then }),
      'another signer': await signed(other),
      'another root': await signed(foreign),
      unsigned: await newImage(),
      tampered: await signed(leaf, { damage: flipLastByte }),
      'expired signature': await signed(leaf, {
        signedAt: new Date('2024-01-01T00:00:00Z'),
        expiry: new Date('2024-01-02T00:00:00Z'),
      }),
      'about another image': await signed(leaf, { about: await newImage() }),
      revoked: await signed(spent),
    };
  });
  afterAll(async () => {
    await Promise.all([registry.close(), revocation.close()]);
    await rm(directory, { recursive: true });
  });

  const newImage = (): Promise<PushedArtifact> => pushImage({ host: registry.host, repository });
  const signed = async (signer: Issued, options: SignOptions = {}): Promise<PushedArtifact> =>
    attach(await newImage(), signer, options);

  const attach = async (image: PushedArtifact, signer: Issued, options: SignOptions = {}): Promise<PushedArtifact> => {
    const { format: name = 'cose', about = image, signedAt = new Date(), expiry, stampedAt, damage } = options;
    const format = envelopeFormats[name];
    const { mediaType, digest, size } = about;
    const signingTime = new Date(Math.floor(signedAt.getTime() / 1000) * 1000);
    const payload = format.payload({ mediaType, digest: digest as `sha256:${string}`, size });
    const parts = signedParts(format, signer, 'EC-256', {
      payload,
      attributes: { signingTime, expiry: expiry ?? new Date('2040-01-01T00:00:00Z') },
    });
    const stamp =
      stampedAt &&
      makeToken({ chain: authority, at: stampedAt, messageImprint: messageImprint('sha256', parts.signature) });
    const good = format.encode({ ...parts, ...(stamp && { timestampSignature: stamp }) });
    const envelope = damage === undefined ? good : damage(good);
    const target = { host: registry.host, repository };
    const empty = Buffer.from('{}');
    await pushManifest(target, {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.cncf.notary.signature',
        digest: await pushBlob(target, empty),
        size: empty.length,
      },
      layers: [{ mediaType: format.mediaType, digest: await pushBlob(target, envelope), size: envelope.length }],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
      annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '[]' },
    });
    return image;
  };

  const verify = (inputs: Readonly<Record<string, string>>): Promise<ActionResult> =>
    runAction({
      main: 'dist/verify/index.js',
      inputs: {
        artifacts: Object.values(images)
          .map(({ reference }) => reference)
          .join('\n'),
        'write-admission-config': 'true',
        ...inputs,
      },
      env: { RUNNER_TEMP: directory },
    });

  /** Which images each accepts, by name: verify itself, then notation and Ratify with the configuration it wrote. */
  const accepted = async (result: ActionResult): Promise<Readonly<Record<string, readonly string[]>>> => {
    const verdicts = (JSON.parse(result.outputs.results ?? '[]') as { verdict: string }[]).map((one) => one.verdict);
    const config = result.outputs['admission-config'] ?? '';
    const names = Object.keys(images);
    const pick = (yes: readonly boolean[]): readonly string[] => names.filter((_name, index) => yes[index]);
    const references = Object.values(images).map(({ reference }) => reference);
    const byNotation: boolean[] = [];
    const byRatify: boolean[] = [];
    for (const reference of references) {
      byNotation.push(await notationAccepts(reference, join(config, 'notation')));
      byRatify.push(await ratifyAccepts(reference, join(config, 'ratify-v1/config.json')));
    }
    const all = {
      verify: pick(verdicts.map((verdict) => verdict === 'verified')),
      notation: pick(byNotation),
      ratify: pick(byRatify),
    };
    console.log(`Accepted of ${names.length} images:`, all);
    return all;
  };

  const notationAccepts = async (reference: string, config: string): Promise<boolean> => {
    const env = { ...process.env, NOTATION_CONFIG: config, NOTATION_CACHE: join(directory, 'notation-cache') };
    const { ok, output } = await run(peer('notation'), ['verify', reference], env);
    if (!ok) expect(output).toContain('Error: signature verification failed');
    return ok;
  };
  const ratifyAccepts = async (reference: string, config: string): Promise<boolean> => {
    const env = { ...process.env, HOME: await mkdtemp(join(directory, 'home-')) };
    const { output } = await run(peer('ratify'), ['verify', '-c', config, '-s', reference], env);
    return (JSON.parse(output.slice(output.indexOf('{\n'))) as { isSuccess: boolean }).isSuccess;
  };

  const good = ['cose', 'jws', 'stamped', 'index', 'stamped in time'];

  it('carries roots, timestamp roots and subjects over', async () => {
    const result = await verify({
      'trusted-roots': files.root,
      'trusted-timestamp-roots': files.timestampRoot,
      'verify-timestamp': 'afterCertExpiry',
      'trusted-identities': 'x509.subject: C=US, ST=WA, O=Acme',
    });
    expect(await accepted(result)).toEqual({ verify: good, notation: good, ratify: good });
  });

  it('carries a pin and a durable identity over, as the certificate and the subject that were seen', async () => {
    const pin = createHash('sha256').update(publisher.root.certificate).digest('hex');
    const result = await verify({
      'trusted-roots': `sha256:${pin}`,
      'trusted-timestamp-roots': files.timestampRoot,
      'verify-timestamp': 'afterCertExpiry',
      'trusted-identities': `x509.eku: ${durableIdentity}`,
    });
    const all = await accepted(result);
    // Every leaf here has the EKU, so the other signer is trusted as well, by its subject.
    const also = [...good, 'another signer'];
    expect(new Set(all.verify)).toEqual(new Set(also));
    expect(all.notation).toEqual(all.verify);
    expect(all.ratify).toEqual(all.verify);
    const readme = await readFile(join(result.outputs['admission-config'] ?? '', 'README.md'), 'utf8');
    expect(readme).toContain('an extension that no other verifier knows');
    expect(readme).toContain('x509.subject: CN=signer,O=Acme,ST=WA,C=US');
  });

  it('fails where there is nothing to carry over', async () => {
    const result = await verify({
      artifacts: images.unsigned!.reference,
      'on-unsigned': 'ignore',
      'trusted-roots': `sha256:${'ab'.repeat(32)}`,
      'trusted-identities': 'x509.subject: C=US, ST=WA, O=Acme',
    });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: 'failure' } });
    expect(result.outputs['admission-config']).toBeUndefined();
    expect(result.stdout).toContain('no verified signature has shown this certificate');
  });
});

async function createParty(name: string): Promise<Party> {
  const root = await createRoot({ subject: `C=US, ST=WA, O=${name}, CN=${name} Root` });
  return { root, issuing: await issue(root, { subject: `C=US, O=${name}, CN=${name} Issuing`, ca: true }) };
}

function issueLeaf(party: Party, subject: string, options: Partial<CertificateOptions> = {}): Promise<Issued> {
  const extendedKeyUsage = { purposes: [purpose.codeSigning, durableIdentity] };
  return issue(party.issuing, { subject, extendedKeyUsage, ...options });
}

function flipLastByte(envelope: Uint8Array): Uint8Array {
  return envelope.map((byte, index) => (index === envelope.length - 1 ? byte ^ 1 : byte));
}

async function run(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly ok: boolean; readonly output: string }> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { env });
    return { ok: true, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number | string; stdout: string; stderr: string };
    if (typeof code !== 'number') throw error;
    return { ok: false, output: stdout + stderr };
  }
}
