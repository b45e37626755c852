// Which key of Azure Key Vault or Managed HSM signs: its address, and what the host says about cloud and service. Only
// hosts that are known to belong to the service are accepted, for the token goes there.

import { NotaryError } from '../errors.ts';
import type { AzureCloud } from './cloud.ts';

export interface KeyVaultKey {
  /** Scheme, host and port. */
  readonly vault: URL;
  readonly kind: KeyVaultKind;
  readonly name: string;
  /** Lower case. Without it the newest is looked up once, and used from then on. */
  readonly version?: string;
}

type KeyVaultKind = 'keys' | 'certificates';

export interface VaultService {
  /** What the names of its vaults end with, and the host of its OAuth resource. */
  readonly suffix: string;
  readonly cloud: AzureCloud;
  /** Managed HSM holds keys, and neither certificates nor secrets. */
  readonly holds: 'keys and certificates' | 'keys';
}

const vaults = { holds: 'keys and certificates' } as const;
const hsms = { holds: 'keys' } as const;

const publicVaults: VaultService = { ...vaults, suffix: 'vault.azure.net', cloud: 'public' };

const services: readonly VaultService[] = [
  publicVaults,
  { ...vaults, suffix: 'vault.usgovcloudapi.net', cloud: 'us-government' },
  { ...vaults, suffix: 'vault.azure.cn', cloud: 'china' },
  { ...hsms, suffix: 'managedhsm.azure.net', cloud: 'public' },
  { ...hsms, suffix: 'managedhsm.usgovcloudapi.net', cloud: 'us-government' },
  { ...hsms, suffix: 'managedhsm.azure.cn', cloud: 'china' },
];

const remedy =
  'Write https://VAULT.vault.azure.net/certificates/NAME/VERSION, or keys in place of certificates; VERSION may be left out. The portal shows it as the identifier of the key or certificate.';

/**
 * The `key-vault-key` input.
 *
 * @throws NotaryError INPUT_INVALID  not https (http on loopback excepted), a host of no known vault service, or
 *   anything but a key or certificate, its name and its version
 */
export function parseKeyVaultKey(text: string): KeyVaultKey {
  const url = URL.parse(text);
  if (url === null) throw refused('is not an address', text);
  const service = findService(url);
  if (service === undefined) throw refused('is not on a host of Key Vault or Managed HSM', text);
  if (url.href !== `${url.origin}${url.pathname}`) throw refused('has more than a host and a path', text);
  const match = /^\/([^/]+)\/([0-9A-Za-z-]{1,127})(?:\/([0-9A-Fa-f]{32}))?\/?$/.exec(url.pathname);
  const [, kind, name, version] = match ?? [];
  if (name === undefined || (kind !== 'keys' && kind !== 'certificates')) {
    throw refused('does not name a key or a certificate', text);
  }
  if (kind === 'certificates' && service.holds === 'keys') {
    throw refused('names a certificate, but a Managed HSM holds keys only', text);
  }
  return {
    ...{ vault: new URL(url.origin), kind, name },
    ...(version !== undefined && { version: version.toLowerCase() }),
  };
}

/** @throws NotaryError INPUT_INVALID  a host of no known vault service */
export function vaultServiceOf({ vault }: Pick<KeyVaultKey, 'vault'>): VaultService {
  const service = findService(vault);
  if (service === undefined) throw refused('is not on a host of Key Vault or Managed HSM', vault.href);
  return service;
}

function findService(url: URL): VaultService | undefined {
  // An emulator, which stands for a vault of the public cloud.
  if (isLoopback(url) && /^https?:$/.test(url.protocol)) return publicVaults;
  if (url.protocol !== 'https:' || url.port !== '') return undefined;
  return services.find(({ suffix }) => url.hostname.endsWith(`.${suffix}`));
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function refused(what: string, text: string): NotaryError {
  return new NotaryError('INPUT_INVALID', `the address of the key ${what}: ${text}`, { remedy });
}
