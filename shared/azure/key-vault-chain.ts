// The certificates of a key in Key Vault, and the one version of the key that they belong to. The signing certificate is
// the vault's own, or for a bare key one of those given; its issuers are given, or lie in the secret of the same name.

import { decodeBase64, decodeBase64Url, encodeHex, equalBytes } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { isJsonObject, member, optionalString, requireObject, requireString } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { parseCertificate } from '../x509/certificate.ts';
import type { Certificate } from '../x509/certificate.ts';
import { orderChain } from '../x509/chain.ts';
import type { CertificateChain } from '../x509/chain.ts';
import { displayName } from '../x509/name.ts';
import { readPemCertificates } from '../x509/read-certificates.ts';
import { requireCodeSigningChain } from '../x509/requirements.ts';
import type { KeyVaultKey } from './key-vault-key.ts';
import { requireEnabled, requireObjectId, requireVersion } from './key-vault-object.ts';
import { keyVaultSource } from './key-vault-service.ts';
import type { KeyVaultService } from './key-vault-service.ts';

/** One version of a key for good, and its certificates. */
export interface PinnedKey {
  readonly name: string;
  readonly version: string;
  readonly chain: CertificateChain;
}

/**
 * Looks the key up, once for a run: whatever is newest afterwards, it is this version that signs.
 *
 * @param given  the `certificate-chain` input, in any order: issuers, and the signing certificate of a bare key
 * @throws NotaryError INPUT_INVALID      a bare key, and none of the given certificates belongs to it
 * @throws NotaryError KEY_NOT_FOUND      no such key; or another version than the one asked for
 * @throws NotaryError KEY_ACCESS_DENIED  no permission, or disabled
 * @throws NotaryError KEY_UNSUPPORTED    a kind of key that cannot sign, or issuers that only PKCS#12 holds
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN, CERTIFICATE_UNSUITABLE, and what KeyVaultService.get throws
 */
export async function pinKey(
  service: KeyVaultService,
  key: KeyVaultKey,
  given: readonly Certificate[],
): Promise<PinnedKey> {
  const pinned = isBareKey(service, key, given)
    ? await pinBareKey(service, key, given)
    : await pinCertificate(service, key, given);
  requireSuitable(pinned.chain);
  return pinned;
}

/** What is given with its own signing certificate needs none of the vault. */
function isBareKey({ service }: KeyVaultService, { kind }: KeyVaultKey, given: readonly Certificate[]): boolean {
  if (kind === 'certificates') return false;
  return service.holds === 'keys' || given.some(({ basicConstraints }) => basicConstraints?.ca !== true);
}

async function pinCertificate(
  service: KeyVaultService,
  key: KeyVaultKey,
  given: readonly Certificate[],
): Promise<PinnedKey> {
  const bundle = await service.get({ kind: 'certificate', name: key.name, version: key.version }).catch(explainAbsence);
  const own = requireObjectId(bundle, 'id');
  requireVersion(own.version, key, service.host);
  requireEnabled(bundle, key);
  const der = requireString(member(bundle, 'cer'), keyVaultSource, 'cer');
  const signing = parseCertificate(decodeBase64(der, { ...keyVaultSource, what: 'the certificate of Key Vault' }));
  const { name, version } = requireObjectId(bundle, 'kid');
  return { name, version, chain: await chainOf(signing, { service, bundle, given }) };
}

function explainAbsence(error: unknown): never {
  if (!hasCode(error, 'KEY_NOT_FOUND')) throw error;
  throw new NotaryError('KEY_NOT_FOUND', error.message, {
    cause: error,
    remedy:
      'Check the vault, the name and the version in key-vault-key. For a key without a certificate in the vault give its certificate and the issuers in certificate-chain, and write keys in key-vault-key.',
  });
}

interface Sources {
  readonly service: KeyVaultService;
  readonly bundle: JsonObject;
  readonly given: readonly Certificate[];
}

async function chainOf(signing: Certificate, { service, bundle, given }: Sources): Promise<CertificateChain> {
  const isSelfSigned = equalBytes(signing.subject, signing.issuer);
  if (given.length > 0 || isSelfSigned) return orderChain(signing, given);
  return orderChain(signing, await issuersInSecret(service, bundle, signing));
}

/** A secret holds the private key too, where that may be exported; so it is left alone wherever it would be no use. */
async function issuersInSecret(
  service: KeyVaultService,
  bundle: JsonObject,
  signing: Certificate,
): Promise<readonly Certificate[]> {
  const announced = secretType(bundle);
  if (announced === pkcs12) throw onlyPkcs12(signing);
  const { name, version } = requireObjectId(bundle, 'sid');
  const secret = await service.get({ kind: 'secret', name, version });
  if (optionalString(secret, 'contentType', keyVaultSource) === pkcs12) throw onlyPkcs12(signing);
  return readPemCertificates(requireString(member(secret, 'value'), keyVaultSource, 'value'));
}

const pkcs12 = 'application/x-pkcs12';

function secretType(bundle: JsonObject): string | undefined {
  const policy = member(bundle, 'policy');
  const properties = isJsonObject(policy) ? member(policy, 'secret_props') : undefined;
  const type = isJsonObject(properties) ? member(properties, 'contentType') : undefined;
  return optionalString(bundle, 'contentType', keyVaultSource) ?? (typeof type === 'string' ? type : undefined);
}

function onlyPkcs12(signing: Certificate): NotaryError {
  return new NotaryError(
    'KEY_UNSUPPORTED',
    `the issuers of "${displayName(signing.subject)}" lie in a secret of the type PKCS#12, which is not read because the private key lies there too`,
    {
      remedy: `Give the issuers in certificate-chain, up to the root: the certificate "${displayName(signing.issuer)}" and those above it, which your certificate authority publishes. A certificate that is created with the content type application/x-pem-file needs no such input.`,
    },
  );
}

async function pinBareKey(
  service: KeyVaultService,
  key: KeyVaultKey,
  given: readonly Certificate[],
): Promise<PinnedKey> {
  const bundle = await service.get({ kind: 'key', name: key.name, version: key.version });
  const webKey = requireObject(member(bundle, 'key'), keyVaultSource, 'key');
  const { name, version } = requireObjectId(webKey, 'kid');
  requireVersion(version, key, service.host);
  requireEnabled(bundle, key);
  const signing = given.find((certificate) => belongsTo(certificate, webKey));
  if (signing === undefined) {
    throw new NotaryError(
      'INPUT_INVALID',
      `none of the ${given.length} certificates in certificate-chain belongs to the key ${key.name} in ${service.host}`,
      {
        remedy: 'Give in certificate-chain the certificate that was issued for this key, and its issuers to the root.',
      },
    );
  }
  return { name, version, chain: orderChain(signing, given) };
}

/** RFC 7518 §6.2.1, §6.3.1; the members of the public key as numbers, for a leading zero is written by some only. */
function belongsTo({ publicKey }: Certificate, webKey: JsonObject): boolean {
  if (publicKey.asymmetricKeyType !== 'rsa' && publicKey.asymmetricKeyType !== 'ec') return false;
  const own = publicKey.export({ format: 'jwk' });
  if (own.kty === 'RSA') return sameNumber(own.n, webKey, 'n') && sameNumber(own.e, webKey, 'e');
  return own.crv === member(webKey, 'crv') && sameNumber(own.x, webKey, 'x') && sameNumber(own.y, webKey, 'y');
}

function sameNumber(own: unknown, webKey: JsonObject, name: string): boolean {
  const theirs = optionalString(webKey, name, keyVaultSource);
  if (typeof own !== 'string' || theirs === undefined) return false;
  const digits = (text: string): string => encodeHex(decodeBase64Url(text, keyVaultSource)).replace(/^(?:00)+/, '');
  return digits(own) === digits(theirs);
}

/** Before anything is signed: what Key Vault issues by default is a certificate for servers. */
function requireSuitable(chain: CertificateChain): void {
  try {
    requireCodeSigningChain(chain);
  } catch (error) {
    if (!hasCode(error, 'CERTIFICATE_UNSUITABLE')) throw error;
    throw new NotaryError('CERTIFICATE_UNSUITABLE', error.message, {
      cause: error,
      remedy:
        'Create a new version with a policy whose x509_props have key_usage ["digitalSignature"] and ekus ["1.3.6.1.5.5.7.3.3"], and a subject with C, ST and O.',
    });
  }
}
