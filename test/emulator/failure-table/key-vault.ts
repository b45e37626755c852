// Failure modes of Key Vault. azure.md 5, 8.3.

import { failure, throttled } from '../../support/key-vault.ts';
import { always, first } from './mode.ts';
import type { Mode } from './mode.ts';
import { vaultName, vaultVersions } from './world.ts';
import type { Inputs } from './run.ts';

/** In place of a profile of Artifact Signing. */
const signedBy = (key = 'certificates/release'): Inputs => ({
  ...{ endpoint: '', 'signing-account-name': '', 'certificate-profile-name': '' },
  'key-vault-key': `https://${vaultName}/${key}`,
});

const challenge = 'Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"';

export const keyVaultModes: readonly Mode[] = [
  {
    name: '401 challenge loop',
    inject: ({ vault }) => {
      const reply = failure(401, 'Unauthorized', 'AKV10022: Invalid audience.');
      vault.setFault(
        always('vault certificate', { ...reply, headers: { ...reply.headers, 'www-authenticate': challenge } }),
      );
      return signedBy();
    },
    // Once without a token, to see the challenge; once with it.
    attempts: ['vault certificate', 2],
    ends: 'KEY_ACCESS_DENIED',
    says: ['answered 401', 'AKV10022', 'aud "https://vault.azure.net"', 'azure-tenant-id is the tenant of the vault'],
  },
  {
    name: '403 ForbiddenByRbac',
    inject: ({ vault }) => {
      vault.behave({ mayDo: (action) => action !== 'keys/sign' });
      return signedBy();
    },
    attempts: ['vault sign', 1],
    ends: 'KEY_ACCESS_DENIED',
    says: [
      ...['ForbiddenByRbac', 'az role assignment create --role "Key Vault Crypto User" --assignee 9a8b7c6d-'],
      ...['vaults/emulated', 'an assignment takes some minutes'],
    ],
  },
  {
    name: 'disabled key',
    inject: () => signedBy('certificates/disabled'),
    attempts: ['vault sign', 0],
    ends: 'KEY_ACCESS_DENIED',
    says: ['disabled', 'Enable this version in the vault, or name another version in key-vault-key'],
  },
  {
    name: 'version fallback',
    // The vault answers about its newest version, and would sign with it.
    inject: () => signedBy(`certificates/release/${'f'.repeat(32)}`),
    attempts: ['vault sign', 0],
    ends: 'KEY_NOT_FOUND',
    says: ['f'.repeat(32), vaultVersions.usual, 'key-vault-key'],
  },
  {
    name: '429 Throttled',
    inject: ({ vault }) => {
      vault.setFault(first('vault sign', throttled('4')));
      return signedBy();
    },
    attempts: ['vault sign', 2],
    waits: [4000],
    ends: 'signed',
  },
  {
    name: '429 Throttled',
    variant: 'every time',
    inject: ({ vault }) => {
      vault.setFault(always('vault sign', throttled('4')));
      return signedBy();
    },
    attempts: ['vault sign', 4],
    waits: [4000, 4000, 4000],
    ends: 'KEY_UNAVAILABLE',
    says: ['answered 429', 'VaultRequestTypeLimitReached', 'run the job again'],
  },
  {
    name: 'cert without chain',
    inject: () => signedBy('certificates/pkcs12'),
    attempts: ['vault sign', 0],
    ends: 'KEY_UNSUPPORTED',
    says: ['PKCS#12', 'certificate-chain'],
  },
];
