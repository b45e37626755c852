// The inputs that name a key in Azure Key Vault or in a Managed HSM.

import { requireAzureInputs } from '../shared/action/azure-inputs.ts';
import type { AzureCredential } from '../shared/azure/credential.ts';
import { parseKeyVaultKey, vaultServiceOf } from '../shared/azure/key-vault-key.ts';
import type { KeyVaultKey } from '../shared/azure/key-vault-key.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import type { Files } from '../shared/ports.ts';
import type { Certificate } from '../shared/x509/certificate.ts';
import { readCertificateChain } from './certificate-file.ts';

export interface KeyVaultInputs {
  readonly provider: 'azure-key-vault';
  readonly key: KeyVaultKey;
  /** In any order; none where the vault holds the whole chain. */
  readonly certificates: readonly Certificate[];
}

export async function readKeyVaultInputs(
  reader: InputReader,
  files: Files,
  azure: AzureCredential | undefined,
): Promise<KeyVaultInputs | undefined> {
  const key = reader.required('key-vault-key', parseKeyVaultKey);
  const certificates = await reader.load('certificate-chain', (value) => readCertificateChain(value, files));
  requireAzureInputs(reader, azure);
  if (key === undefined) return undefined;
  const { cloud, holds } = vaultServiceOf(key);
  // Others are of the machine or of a session, in whatever cloud that is.
  const identity = azure !== undefined && 'identity' in azure ? azure.identity : undefined;
  if (identity !== undefined && identity.cloud !== cloud) {
    reader.refuse(
      'key-vault-key',
      `is in the cloud ${cloud}, but azure-cloud says ${identity.cloud}`,
      'Set azure-cloud to the cloud of the vault.',
    );
  }
  if (holds === 'keys' && !reader.has('certificate-chain')) {
    reader.missing(
      'certificate-chain',
      'Give the certificate of the key and its issuers: a Managed HSM holds no certificates.',
    );
  }
  return azure && { provider: 'azure-key-vault', key, certificates: certificates ?? [] };
}
