// What Key Vault says about its objects: their identifiers, of which the version matters, and whether they are enabled.
// Key Vault, "Objects, identifiers, and versioning".

import { NotaryError } from '../errors.ts';
import { isJsonObject, member, requireString } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { KeyVaultKey } from './key-vault-key.ts';
import { keyVaultSource } from './key-vault-service.ts';

export interface ObjectId {
  readonly name: string;
  /** Lower case. */
  readonly version: string;
}

/**
 * An identifier such as https://acme.vault.azure.net/keys/release/VERSION. Its host is not looked at: we only ever ask
 * the vault that the user named.
 *
 * @throws NotaryError KEY_UNAVAILABLE  not of that form
 */
export function parseObjectId(text: string): ObjectId {
  const path = URL.parse(text)?.pathname ?? '';
  const [, name, version] = /^\/[a-z]{1,20}\/([0-9A-Za-z-]{1,127})\/([0-9A-Fa-f]{32})$/.exec(path) ?? [];
  if (name === undefined || version === undefined) {
    throw new NotaryError('KEY_UNAVAILABLE', `${keyVaultSource.what}: ${JSON.stringify(text)} is not an identifier`);
  }
  return { name, version: version.toLowerCase() };
}

/** @throws NotaryError KEY_UNAVAILABLE  as above, or absent */
export function requireObjectId(object: JsonObject, name: string): ObjectId {
  return parseObjectId(requireString(member(object, name), keyVaultSource, name));
}

/** @throws NotaryError KEY_NOT_FOUND  Key Vault answers for its newest version where it does not know the one asked for */
export function requireVersion(found: string, key: Pick<KeyVaultKey, 'name' | 'version'>, host: string): void {
  if (key.version === undefined || key.version === found) return;
  throw new NotaryError(
    'KEY_NOT_FOUND',
    `${host} answered for version ${found} of ${key.name}, but asked for was version ${key.version}`,
    { remedy: 'Check the version in key-vault-key: the vault does not have it, and took its newest instead.' },
  );
}

/** @throws NotaryError KEY_ACCESS_DENIED  switched off in the vault, though it can still be looked at */
export function requireEnabled(bundle: JsonObject, { name }: KeyVaultKey): void {
  const attributes = member(bundle, 'attributes');
  if (!isJsonObject(attributes) || member(attributes, 'enabled') !== false) return;
  throw new NotaryError('KEY_ACCESS_DENIED', `this version of ${name} is disabled in the vault`, {
    remedy: 'Enable this version in the vault, or name another version in key-vault-key.',
  });
}
