// The inputs that say which key signs. They come in groups, one a key provider; a group that is given names the
// provider, and inputs of two groups are an error, never a silent precedence.

import { requireAzureInputs } from '../shared/action/azure-inputs.ts';
import { dialectOf, parseEndpoint, requireProfile } from '../shared/azure/artifact-signing-profile.ts';
import type { ArtifactSigningProfile } from '../shared/azure/artifact-signing-profile.ts';
import type { AzureCredential } from '../shared/azure/credential.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import { oneOf, text } from '../shared/github/input-values.ts';
import { pemKeyProvider } from '../shared/keys/pem.ts';
import type { PemKey } from '../shared/keys/pem.ts';
import type { Files } from '../shared/ports.ts';
import { readCertificateChain } from './certificate-file.ts';
import { readKeyVaultInputs } from './key-vault-inputs.ts';
import type { KeyVaultInputs } from './key-vault-inputs.ts';
import { readPluginInputs } from './plugin-inputs.ts';
import type { PluginInputs } from './plugin-inputs.ts';

export type KeyInputs =
  | { readonly provider: 'pem'; readonly key: PemKey }
  | KeyVaultInputs
  | PluginInputs
  | {
      readonly provider: 'artifact-signing';
      readonly profile: ArtifactSigningProfile;
      /** Something odd about the endpoint that is no error. */
      readonly finding?: string;
    };

export type KeyProviderName = KeyInputs['provider'];

/** By what a provider is known, and what it takes besides. */
const groups: Readonly<
  Record<KeyProviderName, { readonly own: readonly string[]; readonly shared: readonly string[] }>
> = {
  'artifact-signing': {
    own: ['endpoint', 'signing-account-name', 'certificate-profile-name', 'api-version'],
    shared: [],
  },
  'azure-key-vault': { own: ['key-vault-key'], shared: ['certificate-chain'] },
  plugin: {
    own: ['plugin-name', 'plugin-url', 'plugin-checksum', 'plugin-config', 'plugin-env', 'key-id'],
    shared: [],
  },
  pem: { own: ['private-key'], shared: ['certificate-chain'] },
};
const providerNames = ['artifact-signing', 'azure-key-vault', 'plugin', 'pem'] as const;

export async function readKeyInputs(
  reader: InputReader,
  files: Files,
  azure: AzureCredential | undefined,
): Promise<KeyInputs | undefined> {
  switch (chooseProvider(reader)) {
    case 'pem':
      return readPemKey(reader, files);
    case 'plugin':
      return readPluginInputs(reader);
    case 'azure-key-vault':
      return readKeyVaultInputs(reader, files, azure);
    case 'artifact-signing':
      return readArtifactSigning(reader, azure);
    case undefined:
      return undefined;
  }
}

function chooseProvider(reader: InputReader): KeyProviderName | undefined {
  const named = reader.optional('key-provider', oneOf(...providerNames));
  // Every input of every group is asked for, whichever is chosen: none of them is unknown.
  const given = providerNames.filter((name) => groups[name].own.map((input) => reader.has(input)).includes(true));
  const provider = named ?? given[0];
  for (const other of given.filter((name) => name !== provider)) {
    refuseInputs(reader, groups[other].own, other, provider);
  }
  // It belongs to two of them, and says of neither that it is meant.
  if (provider !== undefined && !groups[provider].shared.includes('certificate-chain')) {
    refuseInputs(reader, ['certificate-chain'], 'pem or azure-key-vault', provider);
  }
  if (provider === undefined && !reader.has('key-provider')) {
    reader.missing(
      'key-provider',
      'Give endpoint, signing-account-name and certificate-profile-name (Artifact Signing), or key-vault-key (azure-key-vault), or plugin-name and its companions (plugin), or private-key and certificate-chain (pem).',
    );
  }
  return provider;
}

function refuseInputs(
  reader: InputReader,
  inputs: readonly string[],
  owner: string,
  provider: KeyProviderName | undefined,
): void {
  const given = inputs.filter((input) => reader.has(input));
  if (given.length === 0) return;
  reader.refuse(
    given.join(', '),
    `belongs to the key provider ${owner}, but the key comes from ${provider ?? ''}`,
    'Give the inputs of one key provider only.',
  );
}

async function readPemKey(reader: InputReader, files: Files): Promise<KeyInputs | undefined> {
  const privateKey = reader.required('private-key', text);
  if (!reader.has('certificate-chain')) reader.missing('certificate-chain');
  const certificateChain = await reader.load('certificate-chain', (value) => readCertificateChain(value, files));
  if (privateKey === undefined || certificateChain === undefined) return undefined;
  const key = { privateKey, certificateChain };
  // Built once here so that a key which does not belong to its certificate is told with the other problems.
  return reader.attempt(() => pemKeyProvider(key)) && { provider: 'pem', key };
}

function readArtifactSigning(reader: InputReader, azure: AzureCredential | undefined): KeyInputs | undefined {
  const endpoint = reader.required('endpoint', parseEndpoint);
  const account = reader.required('signing-account-name', text);
  const name = reader.required('certificate-profile-name', text);
  const apiVersion = reader.optional('api-version', requireApiVersion);
  requireAzureInputs(reader, azure);
  if (endpoint === undefined || account === undefined || name === undefined || azure === undefined) return undefined;
  const profile = { endpoint: endpoint.url, account, profile: name, ...(apiVersion !== undefined && { apiVersion }) };
  reader.attempt(() => {
    requireProfile(profile);
  });
  const { finding } = endpoint;
  return { provider: 'artifact-signing', profile, ...(finding !== undefined && { finding }) };
}

function requireApiVersion(value: string): string {
  dialectOf(value);
  return value;
}
