import { describe, expect, it } from 'vitest';

import { parseKeyVaultKey } from '../../../shared/azure/key-vault-key.ts';
import type { KeyProvider } from '../../../shared/keys/provider.ts';
import { isGenerator } from '../../../sign/generated-signature.ts';
import { createKeyProvider } from '../../../sign/key.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { countingRandom, fixedClock, scriptedHttp } from '../../support/ports.ts';
import { certificatesOf } from './world.ts';

const machine = { environment: {}, signal: new AbortController().signal, platform: 'linux' };
const services = {
  ...machine,
  http: scriptedHttp().http,
  clock: fixedClock('2026-01-01'),
  random: countingRandom(),
};
const profile = { endpoint: new URL('https://weu.codesigning.azure.net'), account: 'acme', profile: 'release' };

/** What signs bytes. */
async function create(...args: Parameters<typeof createKeyProvider>): Promise<KeyProvider> {
  const key = await createKeyProvider(...args);
  if (isGenerator(key)) throw new Error('makes whole envelopes');
  return key;
}

describe('createKeyProvider', () => {
  it('serves a PEM key', async () => {
    const issued = await codeSigningChain({ keySpec: 'EC-384' });
    const key = { privateKey: issued.keyPem, certificateChain: certificatesOf(issued) };
    const provider = await create({ provider: 'pem', key }, { ...services, accessToken: undefined });
    expect([provider.agent, await provider.describeKey()]).toEqual(['pem/1', 'EC-384']);
  });

  it('serves Artifact Signing without a request', async () => {
    const accessToken = () => Promise.reject(new Error('not asked for'));
    const inputs = { provider: 'artifact-signing', profile } as const;
    const provider = await create(inputs, { ...services, accessToken });
    expect(provider.agent).toMatch(/^azure-artifact-signing\//);
    expect(await provider.describeKey()).toBe('RSA-3072');
    await expect(createKeyProvider(inputs, { ...services, accessToken: undefined })).rejects.toThrow(
      'passed the inputs',
    );
  });

  it('serves Key Vault without a request', async () => {
    const accessToken = () => Promise.reject(new Error('not asked for'));
    const key = parseKeyVaultKey('https://acme.vault.azure.net/certificates/release');
    const inputs = { provider: 'azure-key-vault', key, certificates: [] } as const;
    expect((await createKeyProvider(inputs, { ...services, accessToken })).agent).toMatch(/^azure-key-vault\//);
    await expect(createKeyProvider(inputs, { ...services, accessToken: undefined })).rejects.toThrow(
      'passed the inputs',
    );
  });
});
