// The whole world of a sign step, on loopback: GitHub's OIDC issuer, Entra, Artifact Signing, a timestamp authority,
// OCSP, CRLs and issuer certificates, and a registry. Tests start it; as a program it prints what to paste.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startArtifactSigning } from './artifact-signing.ts';
import type { ArtifactSigning, ArtifactSigningBehaviour } from './artifact-signing.ts';
import type { AzureDevOps } from './azure-devops.ts';
import type { Issued } from './ca.ts';
import { createEmulatedPki, emulatedSubject } from './emulated-pki.ts';
import type { AuthorityName, EmulatedPki } from './emulated-pki.ts';
import { startEntra } from './entra.ts';
import type { Entra } from './entra.ts';
import { startGitHubOidc } from './github-oidc.ts';
import type { GitHubOidc, GitHubOidcOptions } from './github-oidc.ts';
import { pushImage } from './images.ts';
import type { LoopbackServer } from './loopback-server.ts';
import { startRegistry } from './registry.ts';
import type { ListenOptions, RegistryOptions, RunningRegistry } from './registry.ts';
import { startRevocationServer } from './revocation-server.ts';
import type { RevocationServer } from './revocation-server.ts';
import { createTlsIdentity } from './tls.ts';
import { startTsa } from './tsa.ts';
import type { Tsa } from './tsa.ts';

export interface EmulatorOptions {
  readonly oidc?: GitHubOidcOptions;
  readonly registry?: RegistryOptions & ListenOptions;
  readonly artifactSigning?: Partial<ArtifactSigningBehaviour>;
  /** The federated credential names this subject instead of the job's. */
  readonly trustedSubject?: string;
  /** Of the signing certificate. */
  readonly subject?: string;
  /** The time that all of them go by. */
  readonly now?: () => Date;
  /** The job runs in Azure Pipelines: its service connection is trusted in the place of GitHub's token. */
  readonly devOps?: AzureDevOps;
}

export interface Emulator {
  readonly pki: EmulatedPki;
  readonly oidc: GitHubOidc;
  readonly entra: Entra;
  readonly artifactSigning: ArtifactSigning;
  readonly tsa: Tsa & LoopbackServer;
  readonly revocation: RevocationServer;
  readonly registry: RunningRegistry;
  /** What the runner and the machine would have set. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of sign/, but for `artifacts`. */
  readonly signInputs: Readonly<Record<string, string>>;
  /** Of verify/, but for `artifacts`. */
  readonly verifyInputs: Readonly<Record<string, string>>;
  /** The emulated root, a PEM file; it stands above the signing and the timestamping certificates. */
  readonly rootFile: string;
  /** PEM, of the authority that the emulated Entra's TLS certificate is below. */
  readonly tlsAuthority: string;
  /** The signing certificate in use. */
  signer(): Issued;
  /** Takes a new signing certificate, as every day brings one, or the one given. */
  rotate(issued?: Issued): Promise<void>;
  close(): Promise<void>;
}

/** The CAs that the revocation server answers for, each under its own name. */
export const authorities: readonly AuthorityName[] = ['root', 'policy', 'issuing', 'timestampingCa'];

export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const clock = options.now && { now: options.now };
  const revocation = await startRevocationServer(options.now && { clock: options.now });
  const [pki, oidc, tls, registry] = await Promise.all([
    createEmulatedPki((name) => revocation.urls(name)),
    startGitHubOidc({ ...options.oidc, ...clock }),
    createTlsIdentity(),
    startRegistry(options.registry),
  ]);
  for (const name of authorities) revocation.add(pki[name], { name });
  const audience = 'api://AzureADTokenExchange';
  const job = options.devOps ?? oidc;
  const subject = options.trustedSubject ?? job.subject;
  const entra = await startEntra({
    tls,
    federatedCredentials: [{ issuer: job.issuer, subject, audience }],
    issuerKeys: new Map([[job.issuer, job.publicKey]]),
    ...clock,
  });
  const state = { signer: await pki.signer(options.subject) };
  const artifactSigning = await startArtifactSigning({
    signer: () => state.signer,
    ekus: [pki.durableIdentityEku],
    readToken: (token, wanted) => entra.readToken(token, wanted),
    mayUse: ({ oid }) => oid === entra.objectId,
    behaviour: options.artifactSigning ?? {},
  });
  const tsa = await startTsa({ chain: pki.timestamping, ...(clock && { clock }) });
  const directory = await mkdtemp(join(tmpdir(), 'emulator-'));
  const rootFile = join(directory, 'emulated-root.pem');
  await writeFile(rootFile, pki.root.pem);
  const servers = [oidc, entra, artifactSigning, tsa, revocation, registry];
  return {
    ...{ pki, oidc, entra, artifactSigning, tsa, revocation, registry, rootFile, tlsAuthority: tls.caPem },
    environment: {
      ...job.environment,
      AZURE_AUTHORITY_HOST: entra.origin,
      NODE_EXTRA_CA_CERTS: tls.caFile,
    },
    signInputs: {
      endpoint: artifactSigning.origin,
      'signing-account-name': artifactSigning.account,
      'certificate-profile-name': artifactSigning.profile,
      'azure-client-id': entra.clientId,
      'azure-tenant-id': entra.tenantId,
      'timestamp-url': `${tsa.origin}/tsa`,
      'timestamp-roots': rootFile,
    },
    verifyInputs: {
      'trusted-roots': rootFile,
      'trusted-timestamp-roots': rootFile,
      'trusted-identities': `x509.subject: ${options.subject ?? emulatedSubject}`,
    },
    signer: () => state.signer,
    rotate: async (issued) => {
      state.signer = issued ?? (await pki.signer(options.subject));
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
      await Promise.all([tls.remove(), rm(directory, { recursive: true, force: true })]);
    },
  };
}

/** Prints what a person needs to try the actions against the emulator, until Ctrl-C. */
async function runAsProgram(): Promise<void> {
  const emulator = await startEmulator();
  const yaml = (inputs: Readonly<Record<string, string>>): string =>
    Object.entries(inputs)
      .map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`)
      .join('\n');
  const variables = Object.entries(emulator.environment).map(([name, value]) => `export ${name}='${value}'`);
  const image = await pushImage({ host: emulator.registry.host, repository: 'app' });
  const artifact = `    artifacts: ${image.reference}`;
  console.log(
    [
      '# The emulator runs until Ctrl-C. Nothing here leaves this machine.',
      `# The registry ${emulator.registry.host} wants no login and holds one image.`,
      '',
      '# Environment of the process that runs an action:',
      ...variables,
      '',
      '- uses: ./sign',
      '  with:',
      artifact,
      yaml(emulator.signInputs),
      '- uses: ./verify',
      '  with:',
      artifact,
      yaml(emulator.verifyInputs),
    ].join('\n'),
  );
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  await emulator.close();
}

if (import.meta.main) await runAsProgram();
