// The key provider for Azure Key Vault and Managed HSM. The private key stays there: a hash goes out, a signature comes
// back, and it is checked here against the certificate before anybody else sees it.

import { algorithmOf, schemeOf } from '../crypto/algorithm.ts';
import type { KeySpec } from '../crypto/algorithm.ts';
import { digest } from '../crypto/digest.ts';
import { verifySignature } from '../crypto/signature.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { keeping } from '../keys/kept-answer.ts';
import type { KeyProvider, KeySignature } from '../keys/provider.ts';
import type { Certificate } from '../x509/certificate.ts';
import { signingKeySpec } from '../x509/requirements.ts';
import { pinKey } from './key-vault-chain.ts';
import type { PinnedKey } from './key-vault-chain.ts';
import type { KeyVaultKey } from './key-vault-key.ts';
import { parseObjectId, requireVersion } from './key-vault-object.ts';
import { KeyVaultService } from './key-vault-service.ts';
import type { KeyVaultServices } from './key-vault-service.ts';

export type { KeyVaultServices } from './key-vault-service.ts';

/**
 * Signs with one version of one key: the one named, or the newest at the time of the first use.
 *
 * Its methods throw KEY_ACCESS_DENIED, KEY_NOT_FOUND, KEY_REJECTED, KEY_UNAVAILABLE, KEY_UNSUPPORTED,
 * KEY_SIGNATURE_INVALID, INPUT_INVALID, CERTIFICATE_CHAIN_BROKEN, CERTIFICATE_UNSUITABLE, and what the ports throw.
 *
 * @param given  the issuers, in any order, and for a key without certificate in the vault its certificate too; none
 *               where the certificate is self-signed, or the vault holds it with its issuers as PEM
 * @throws NotaryError INPUT_INVALID  a host of no known vault service
 */
export function keyVaultKeyProvider(
  services: KeyVaultServices,
  key: KeyVaultKey,
  given: readonly Certificate[] = [],
): KeyProvider {
  const service = new KeyVaultService(services, key.vault);
  const pinned = keeping(() => pinKey(service, key, given));
  return {
    agent: 'azure-key-vault/1',
    describeKey: async () => signingKeySpec((await pinned()).chain[0]),
    generateSignature: async (toBeSigned, keySpec) => signWith(service, await pinned(), toBeSigned, keySpec),
  };
}

async function signWith(
  service: KeyVaultService,
  key: PinnedKey,
  toBeSigned: Uint8Array,
  keySpec: KeySpec,
): Promise<KeySignature> {
  const { chain } = key;
  const own = signingKeySpec(chain[0]);
  if (own !== keySpec) throw new NotaryError('KEY_UNSUPPORTED', `the key ${key.name} is ${own}, not ${keySpec}`);
  const algorithm = algorithmOf(keySpec);
  const { signature, keyId } = await service.sign(key, algorithm.jws, digest(algorithm.hash, toBeSigned));
  requireVersion(parseObjectId(keyId).version, key, service.host);
  if (signature.length !== algorithm.signatureLength) {
    throw invalid(key, `it has ${signature.length} bytes instead of ${algorithm.signatureLength}`);
  }
  try {
    verifySignature(schemeOf(algorithm, 'hash'), chain[0].publicKey, toBeSigned, signature);
  } catch (error) {
    if (hasCode(error, 'SIGNATURE_MISMATCH')) throw invalid(key, error.message, error);
    throw error;
  }
  return { signature, chain };
}

function invalid({ name, version }: PinnedKey, what: string, cause?: NotaryError): NotaryError {
  return new NotaryError(
    'KEY_SIGNATURE_INVALID',
    `the signature of Key Vault by ${name}, version ${version}, is unusable: ${what}`,
    cause === undefined ? {} : { cause },
  );
}
