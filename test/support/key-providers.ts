// Each key provider as main.ts builds it, over the real Http and Exec, against emulated services and a real plugin
// executable; all certificates under one root, so that one trust policy covers them.

import { artifactSigningKeyProvider } from '../../shared/azure/artifact-signing.ts';
import { parseKeyVaultKey } from '../../shared/azure/key-vault-key.ts';
import { keyVaultKeyProvider } from '../../shared/azure/key-vault.ts';
import { createExec, programEnvironment } from '../../shared/github/exec.ts';
import { createClock } from '../../shared/host/clock.ts';
import { createHttp } from '../../shared/host/http.ts';
import { random } from '../../shared/host/random.ts';
import { retrying } from '../../shared/host/retry.ts';
import { openPlugin, pluginLimits } from '../../shared/keys/notation-plugin.ts';
import { pluginSigner } from '../../shared/keys/notation-plugin-signing.ts';
import { pemKeyProvider } from '../../shared/keys/pem.ts';
import type { KeyProvider } from '../../shared/keys/provider.ts';
import type { Clock } from '../../shared/ports.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { startArtifactSigning } from './artifact-signing.ts';
import { createRoot, issue, purpose } from './ca.ts';
import type { Issued } from './ca.ts';
import { startKeyVault } from './key-vault.ts';
import { installPlugin } from './plugin/install.ts';
import { signerSettings } from './plugin/signer.ts';

export const keyProviderNames = ['pem', 'artifact-signing', 'azure-key-vault', 'plugin'] as const;
export type KeyProviderName = (typeof keyProviderNames)[number];

export interface KeyProviders extends Readonly<Record<KeyProviderName, () => Promise<KeyProvider>>> {
  /** Above every signing certificate. */
  readonly root: Issued;
  close(): Promise<void>;
}

/** "C=US, ST=WA, O=Acme" stands in the subject of every signing certificate. */
export const providerIdentity = 'x509.subject: C=US, ST=WA, O=Acme';

/** @param plugins  a directory for the plugin */
export async function startKeyProviders(plugins: string): Promise<KeyProviders> {
  const { signal } = new AbortController();
  const clock = createClock(signal);
  const network = createHttp({ signal, userAgent: 'tests', environment: {} });
  const http = retrying(network.http, clock, random);
  const { root, signers } = await createSigners();
  const readToken = (token: string, audience: string) => (token === audience ? { oid: 'tests' } : undefined);
  const accessToken = (scope: string): Promise<string> => Promise.resolve(scope.replace('/.default', ''));
  const artifactSigning = await startArtifactSigning({ signer: () => signers['artifact-signing'], readToken });
  const version = '0123456789abcdef0123456789abcdef';
  const vault = await startKeyVault({
    readToken,
    entries: [{ name: 'release', version, issued: signers['azure-key-vault'] }],
  });
  // Waits of the service's own choosing, a hundred times as fast.
  const hurried: Clock = { now: () => clock.now(), sleep: (ms) => clock.sleep(ms / 100) };
  return {
    root,
    pem: () => {
      const { keyPem, chain } = signers.pem;
      return Promise.resolve(pemKeyProvider({ privateKey: keyPem, certificateChain: chain.map(parseCertificate) }));
    },
    'artifact-signing': () => {
      const { account, profile, origin } = artifactSigning;
      const services = { http, clock: hurried, accessToken, random };
      return Promise.resolve(artifactSigningKeyProvider(services, { account, profile, endpoint: new URL(origin) }));
    },
    'azure-key-vault': () => {
      const key = parseKeyVaultKey(`${vault.origin}/certificates/release`);
      return Promise.resolve(keyVaultKeyProvider({ http, accessToken }, key));
    },
    plugin: async () => {
      const program = installPlugin(plugins, 'signer', signerSettings('tests', signers.plugin));
      const exec = createExec({ environment: programEnvironment(process.env), signal, ...pluginLimits });
      const signer = pluginSigner(await openPlugin(exec, program, {}), 'key-1');
      if (signer.kind !== 'raw') throw new Error('the plugin does not sign bytes');
      return signer.key;
    },
    close: async () => {
      await Promise.all([artifactSigning.close(), vault.close(), network.close()]);
    },
  };
}

async function createSigners() {
  const root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=Acme Root', keySpec: 'RSA-2048' });
  const issuing = await issue(root, { subject: 'C=US, O=Acme, CN=Acme Issuing', ca: true, pathLength: 0 });
  const keySpecs = {
    pem: 'EC-256',
    'artifact-signing': 'RSA-3072',
    'azure-key-vault': 'EC-521',
    plugin: 'RSA-2048',
  } as const;
  const entries = await Promise.all(
    keyProviderNames.map(async (name) => {
      const subject = `C=US, ST=WA, O=Acme, CN=${name}`;
      const extendedKeyUsage = { purposes: [purpose.codeSigning] };
      return [name, await issue(issuing, { subject, keySpec: keySpecs[name], extendedKeyUsage })] as const;
    }),
  );
  return { root, signers: Object.fromEntries(entries) as Record<KeyProviderName, Issued> };
}
