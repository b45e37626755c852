// One publisher and one registry on loopback, and the two flows against it with everything that main.ts gives them:
// inputs, login, retries, deadline. For tests of registries that are not as they should be.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openMachine } from '../../shared/action/world.ts';
import type { RunnerLog } from '../../shared/github/log.ts';
import type { Environment } from '../../shared/ports.ts';
import type { SignOutcome } from '../../sign/sign.ts';
import { runSign } from '../../sign/step.ts';
import { runVerify } from '../../verify/step.ts';
import type { ArtifactReport } from '../../verify/verify.ts';
import { codeSigningChain, encodePem } from '../support/ca.ts';
import { startRegistry } from '../support/registry.ts';
import type { EmbeddedRegistry, ListenOptions, RegistryOptions } from '../support/registry.ts';
import { imageManifest } from '../support/registry-content.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import { inputVariable } from '../support/runner.ts';

const publisher = await codeSigningChain();
const root = encodePem(publisher.chain.at(-1) ?? new Uint8Array());

export const signatureType = 'application/vnd.cncf.notary.signature';

export interface Step {
  /** Beside those of the world. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Environment;
}

export interface RegistryWorld {
  readonly registry: EmbeddedRegistry;
  readonly host: string;
  /** The first outcome of a sign step. */
  sign(reference: string, step?: Step): Promise<SignOutcome['result']>;
  /** The first report of a verify step. */
  verify(reference: string, step?: Step): Promise<ArtifactReport>;
  close(): Promise<void>;
}

export async function startRegistryWorld(options: RegistryOptions & ListenOptions = {}): Promise<RegistryWorld> {
  const { registry, host, close } = await startRegistry(options);
  const home = mkdtempSync(join(tmpdir(), 'registry-world-'));
  const rootFile = join(home, 'root.pem');
  writeFileSync(rootFile, root);
  const environmentOf = (inputs: Readonly<Record<string, string>>, step: Step): Environment => ({
    ...{ HOME: home, ...step.environment },
    ...Object.fromEntries(
      Object.entries({ ...inputs, ...step.inputs }).map(([name, value]) => [inputVariable(name), value]),
    ),
  });
  return {
    ...{ registry, host },
    async sign(reference, step = {}) {
      const key = { 'private-key': publisher.keyPem, 'certificate-chain': publisher.chainPem };
      const [outcome] = await sign(environmentOf({ artifacts: reference, ...key }, step));
      if (outcome === undefined) throw new Error('no outcome');
      return outcome.result;
    },
    async verify(reference, step = {}) {
      const trust = { 'trusted-roots': rootFile, 'trusted-identities': 'x509.subject: C=US, ST=WA, O=Acme' };
      const [report] = await verify(environmentOf({ artifacts: reference, ...trust }, step));
      if (report === undefined) throw new Error('no report');
      return report;
    },
    close: async () => {
      await close();
      rmSync(home, { recursive: true });
    },
  };
}

const nothing = (): void => undefined;
const silent: RunnerLog = {
  ...{ debug: nothing, info: nothing, warning: nothing, error: nothing },
  group: nothing,
  mask: nothing,
};

async function sign(environment: Environment): Promise<readonly SignOutcome[]> {
  return (await runSign({ environment, log: silent, openMachine })).outcomes;
}

async function verify(environment: Environment): Promise<readonly ArtifactReport[]> {
  return (await runVerify({ environment, log: silent, openMachine })).reports;
}

export interface Attached extends PushedArtifact {
  /** Digest of its one layer. */
  readonly layer: string;
}

/** Puts a manifest beside an artifact that claims to hold a signature of it: one layer, of whatever bytes. */
export function attach(
  { registry }: RegistryWorld,
  subject: PushedArtifact,
  {
    envelope = Buffer.from('no envelope'),
    ...members
  }: { readonly envelope?: Uint8Array; readonly [member: string]: unknown } = {},
): Attached {
  const { content } = registry;
  const repository = repositoryOf(subject);
  const layer = content.putBlob(repository, envelope);
  const { mediaType, digest, size } = subject;
  const manifest = {
    ...{ schemaVersion: 2, mediaType: imageManifest },
    config: { mediaType: signatureType, digest: content.putBlob(repository, Buffer.from('{}')), size: 2 },
    layers: [{ mediaType: 'application/cose', digest: layer, size: envelope.length }],
    subject: { mediaType, digest, size },
    ...members,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { ...content.putManifest(repository, { mediaType: imageManifest, bytes }), layer };
}

export function repositoryOf({ reference }: PushedArtifact): string {
  return reference.slice(reference.indexOf('/') + 1, reference.indexOf('@'));
}

/** Requests since the last call, "GET manifests" and the like, each with its count. */
export function countRequests({ registry }: Pick<RegistryWorld, 'registry'>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { method, path } of registry.requests.splice(0)) {
    const kind = `${method} ${/\/(manifests|blobs|referrers)\//.exec(path)?.[1] ?? path.split('?')[0] ?? ''}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
