// The whole emulated Azure for one row of the failure table after the other: a registry and a vault under names of
// Azure's own, one clock for everybody that never really waits, and the two actions run in this process.

import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import type { Clock, Environment, HttpRequest } from '../../../shared/ports.ts';
import { signStep } from '../../../sign/step.ts';
import { verifyStep } from '../../../verify/step.ts';
import type { Issued } from '../../support/ca.ts';
import { authorities, startEmulator } from '../../support/emulator.ts';
import type { Emulator } from '../../support/emulator.ts';
import { startKeyVault } from '../../support/key-vault.ts';
import type { KeyVault, VaultEntry } from '../../support/key-vault.ts';
import { startLoopbackServer } from '../../support/loopback-server.ts';
import type { LoopbackServer, Received, Reply } from '../../support/loopback-server.ts';
import { EmbeddedRegistry } from '../../support/registry.ts';
import type { RegistryOptions } from '../../support/registry.ts';
import type { PushedArtifact } from '../../support/registry-content.ts';
import { runInProcess } from './run.ts';
import type { Inputs, Run, Servers } from './run.ts';

export interface FailureWorld extends Emulator {
  /** In place of the plain one of the emulator: an Azure Container Registry, the server and what it holds. */
  readonly acr: LoopbackServer;
  readonly acrContent: EmbeddedRegistry;
  readonly vault: KeyVault;
  readonly servers: Servers;
  /** A registry of another kind; what was in the one before is gone. */
  replaceRegistry(options: RegistryOptions): PushedArtifact;
  /** What is to be signed. */
  readonly image: PushedArtifact;
  /** Cuts the time of requests that match: a server that hangs is not waited for. */
  hurry(matches: (request: HttpRequest) => boolean): void;
  /** What the job lacks, or has besides. */
  setEnvironment(changes: Environment): void;
  readonly clock: Pick<Clock, 'now'>;
  sign(inputs: Inputs): Promise<Run>;
  verify(inputs: Inputs): Promise<Run>;
  /** Everybody behaves again. */
  calm(): void;
  /** As before the first row: nothing has happened yet. */
  reset(): Promise<void>;
}

const registryName = 'emulated.azurecr.io';
export const vaultName = 'emulated.vault.azure.net';
/** Where the registry sends those who want a blob. */
export const storageName = 'emulated.blob.core.windows.net';

/** Waits cost nothing, and everybody believes that they took place. */
function skippingTime() {
  let offset = 0;
  const now = (): Date => new Date(Date.now() + offset);
  /** What is still under way when a run has ended must not wait in the next one's name. */
  const clock = (slept: number[]): Clock => ({
    now,
    sleep: (ms) => {
      slept.push(ms);
      offset += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
  });
  return { now, clock };
}

export async function startFailureWorld(): Promise<FailureWorld> {
  const { now, clock } = skippingTime();
  const emulator = await startEmulator({ now, artifactSigning: { pendingPolls: 0 } });
  const { entra } = emulator;
  setDefaultCACertificates([...getCACertificates('bundled'), emulator.tlsAuthority]);
  const usualSigner = emulator.signer();
  const state = {
    ...acrState({ acceptAccessToken }),
    environment: {} as Environment,
    hurried: (_request: HttpRequest): boolean => false,
  };
  function acceptAccessToken(token: string): boolean {
    return entra.readToken(token, 'https://containerregistry.azure.net') !== undefined;
  }
  const { acr, storage, vault } = await startNamedServers(emulator, () => state.registry);
  const servers: Servers = {
    ...{ oidc: emulator.oidc, entra, artifactSigning: emulator.artifactSigning, tsa: emulator.tsa },
    ...{ revocation: emulator.revocation, registry: acr, storage, vault },
  };
  const routes = new Map([
    [registryName, acr.origin],
    [storageName, storage.origin],
    [vaultName, vault.origin],
  ]);
  const run = (inputs: Inputs, step: typeof signStep): Promise<Run> => {
    const environment = { ...emulator.environment, ...state.environment };
    return runInProcess(step, inputs, { environment, servers, routes, hurried: state.hurried, clock });
  };
  const calm = (): void => {
    const { oidc, artifactSigning, tsa } = emulator;
    for (const server of Object.values(servers)) server.setFault(undefined);
    state.hurried = () => false;
    oidc.setClaims({});
    artifactSigning.behave({});
    tsa.deviate(undefined);
    vault.behave({});
    state.registry.clearFaults();
  };
  return {
    ...emulator,
    ...{ acr, vault, servers, calm, clock: { now } },
    get acrContent() {
      return state.registry;
    },
    get image() {
      return state.image;
    },
    replaceRegistry: (options) => Object.assign(state, acrState({ acceptAccessToken, ...options })).image,
    hurry: (matches) => (state.hurried = matches),
    setEnvironment: (changes) => (state.environment = changes),
    sign: (inputs) => run({ ...emulator.signInputs, artifacts: state.image.reference, ...inputs }, signStep),
    verify: (inputs) => run({ ...verifyInputs(emulator), artifacts: state.image.reference, ...inputs }, verifyStep),
    reset: async () => {
      calm();
      await emulator.rotate(usualSigner);
      emulator.revocation.clear();
      for (const name of authorities) emulator.revocation.add(emulator.pki[name], { name });
      Object.assign(state, acrState({ acceptAccessToken }), { environment: {} });
    },
    close: async () => {
      await Promise.all([emulator, acr, storage, vault].map((server) => server.close()));
    },
  };
}

/** What is reached under a name of Azure's own. */
async function startNamedServers(emulator: Emulator, registry: () => EmbeddedRegistry) {
  const ask = ({ url, method, headers, body }: Received, host: string): Reply => {
    const own = new URL(url.pathname + url.search, `https://${host}`);
    const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
    return registry().handle({ method, url: own, headers: fields, body });
  };
  const acr = await startLoopbackServer((request) => ask(request, registryName));
  // As at Azure: an address that carries its permission and a token beside it are one too many.
  const storage = await startLoopbackServer((request) =>
    request.headers.authorization === undefined ? ask(request, storageName) : { status: 400 },
  );
  const vault = await startKeyVault({
    readToken: (token, audience) => emulator.entra.readToken(token, audience),
    entries: vaultEntries(emulator.signer()),
  });
  return { acr, storage, vault };
}

function acrState(options: RegistryOptions): { registry: EmbeddedRegistry; image: PushedArtifact } {
  const registry = new EmbeddedRegistry(new URL(`https://${registryName}`), {
    ...{ auth: 'bearer', realm: new URL(`https://${registryName}/oauth2/token`), deleteScope: true },
    ...options,
  });
  // Of an earlier signature of another image.
  registry.content.putBlob('app', Buffer.from('{}'));
  return { registry, image: registry.content.pushImage('app') };
}

function verifyInputs({ verifyInputs: trust, signInputs }: Emulator): Inputs {
  const { 'azure-client-id': clientId = '', 'azure-tenant-id': tenantId = '' } = signInputs;
  return { ...trust, 'trusted-identities': '*', 'azure-client-id': clientId, 'azure-tenant-id': tenantId };
}

export const vaultVersions = { old: '1'.repeat(32), usual: '2'.repeat(32), disabled: '3'.repeat(32) };

function vaultEntries(issued: Issued): readonly VaultEntry[] {
  return [
    { name: 'release', version: vaultVersions.old, issued },
    { name: 'release', version: vaultVersions.usual, issued },
    { name: 'disabled', version: vaultVersions.disabled, issued, enabled: false },
    { name: 'pkcs12', version: vaultVersions.usual, issued, holds: 'PKCS#12' },
  ];
}
