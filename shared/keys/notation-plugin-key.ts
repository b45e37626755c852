// The key provider for a plugin that signs bytes: it describes a key, and signs with it. What comes back is checked here.
// Plugin Extensibility, "describe-key" and "generate-signature" (PLUG-12 to PLUG-14).

import { decodeBase64, encodeBase64 } from '../bytes.ts';
import { algorithmOf, schemeOf, signatureAlgorithms } from '../crypto/algorithm.ts';
import type { KeySpec } from '../crypto/algorithm.ts';
import { verifySignature } from '../crypto/signature.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { member, requireArray, requireString } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { requireChain } from '../x509/chain.ts';
import { signingKeySpec } from '../x509/requirements.ts';
import { keeping } from './kept-answer.ts';
import { pluginSource } from './notation-plugin.ts';
import type { NotationPlugin } from './notation-plugin.ts';
import type { KeyProvider, KeySignature } from './provider.ts';

/**
 * Its methods throw KEY_PLUGIN_FAILED, KEY_ACCESS_DENIED, KEY_UNAVAILABLE, KEY_UNSUPPORTED, KEY_SIGNATURE_INVALID,
 * ASN1_MALFORMED, CERTIFICATE_CHAIN_BROKEN and CERTIFICATE_UNSUITABLE.
 *
 * @param plugin  with the capability SIGNATURE_GENERATOR.RAW
 */
export function pluginKeyProvider(plugin: NotationPlugin, keyId: string): KeyProvider {
  const { name, version } = plugin.metadata;
  const describe = keeping(() => describeKey(plugin, keyId));
  return {
    agent: `${name}/${version}`,
    describeKey: describe,
    async generateSignature(toBeSigned, keySpec) {
      const own = await describe();
      if (own !== keySpec) {
        throw new NotaryError('KEY_UNSUPPORTED', `the key ${keyId} of ${name} is ${own}, not ${keySpec}`);
      }
      return generateSignature(plugin, keyId, toBeSigned, keySpec);
    },
  };
}

async function describeKey(plugin: NotationPlugin, keyId: string): Promise<KeySpec> {
  const source = pluginSource(plugin.metadata.name);
  const answer = await plugin.ask('describe-key', [['keyId', keyId]]);
  requireKeyId(answer, plugin, keyId);
  const name = requireString(member(answer, 'keySpec'), source, 'keySpec');
  const found = signatureAlgorithms.find(({ keySpec }) => keySpec === name);
  if (found !== undefined) return found.keySpec;
  throw new NotaryError('KEY_UNSUPPORTED', `${source.what}: the key ${keyId} is of the kind ${JSON.stringify(name)}`);
}

async function generateSignature(
  plugin: NotationPlugin,
  keyId: string,
  toBeSigned: Uint8Array,
  keySpec: KeySpec,
): Promise<KeySignature> {
  const source = pluginSource(plugin.metadata.name);
  const answer = await plugin.ask('generate-signature', [
    ['keyId', keyId],
    ['keySpec', keySpec],
    ['hashAlgorithm', `SHA-${algorithmOf(keySpec).hash.slice(3)}`],
    ['payload', encodeBase64(toBeSigned)],
  ]);
  requireKeyId(answer, plugin, keyId);
  const decode = (text: Json | undefined, path: string): Uint8Array =>
    decodeBase64(requireString(text, source, path), { ...source, what: `${source.what}, ${path}` });
  const signature = decode(member(answer, 'signature'), 'signature');
  const certificates = requireArray(member(answer, 'certificateChain'), source, 'certificateChain');
  const chain = requireChain(certificates.map((each) => parseCertificate(decode(each, 'certificateChain'))));
  requireSignature({ signature, chain }, { plugin, keySpec, toBeSigned });
  return { signature, chain };
}

/** The answer must be about the key that was asked for. */
function requireKeyId(answer: JsonObject, { metadata }: NotationPlugin, keyId: string): void {
  const source = pluginSource(metadata.name);
  const found = requireString(member(answer, 'keyId'), source, 'keyId');
  if (found === keyId) return;
  throw new NotaryError(
    'KEY_PLUGIN_FAILED',
    `${source.what} is about the key ${JSON.stringify(found)}, but asked for was ${JSON.stringify(keyId)}`,
  );
}

interface Asked {
  readonly plugin: NotationPlugin;
  readonly keySpec: KeySpec;
  readonly toBeSigned: Uint8Array;
}

/** What the plugin says about its algorithm is not looked at: the signature itself has to fit (PLUG-13). */
function requireSignature({ signature, chain }: KeySignature, { plugin, keySpec, toBeSigned }: Asked): void {
  const algorithm = algorithmOf(keySpec);
  const found = signingKeySpec(chain[0]);
  if (found !== keySpec) {
    throw new NotaryError(
      'KEY_UNSUPPORTED',
      `the plugin ${plugin.metadata.name} described a key of ${keySpec}, but its certificate has one of ${found}`,
    );
  }
  if (signature.length !== algorithm.signatureLength) {
    const shape = algorithm.family === 'ecdsa' && signature[0] === 0x30 ? ', as it is in DER instead of r‖s' : '';
    throw invalid(plugin, `it has ${signature.length} bytes and not ${algorithm.signatureLength}${shape}`);
  }
  try {
    verifySignature(schemeOf(algorithm, 'hash'), chain[0].publicKey, toBeSigned, signature);
  } catch (error) {
    if (hasCode(error, 'SIGNATURE_MISMATCH')) throw invalid(plugin, error.message, error);
    throw error;
  }
}

function invalid({ metadata: { name, version } }: NotationPlugin, what: string, cause?: NotaryError): NotaryError {
  return new NotaryError(
    'KEY_SIGNATURE_INVALID',
    `the signature of the plugin ${name} ${version} is unusable: ${what}`,
    cause === undefined ? {} : { cause },
  );
}
