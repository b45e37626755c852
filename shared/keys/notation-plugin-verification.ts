// A plugin that takes a part in verifying: signatures name it, and only what the author of the trust policy has installed
// is ever asked. Plugin Extensibility, "verify-signature" (PLUG-20 to PLUG-28).

import { encodeBase64, malformed } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { member, optionalString, ordered, requireArray, requireObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Exec } from '../ports.ts';
import type { Certificate } from '../x509/certificate.ts';
import { attributesForPlugin, renderAttributes } from './notation-plugin-attributes.ts';
import type { PluginAttributes, WantedPlugin } from './notation-plugin-attributes.ts';
import type { PluginProgram } from './notation-plugin-program.ts';
import { openPlugin, pluginSource } from './notation-plugin.ts';
import type { NotationPlugin, PluginConfig } from './notation-plugin.ts';
import { isEarlierVersion, parseSemanticVersion } from './semantic-version.ts';

export type VerifierCapability = 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY' | 'SIGNATURE_VERIFIER.REVOCATION_CHECK';

const verifierCapabilities: readonly VerifierCapability[] = [
  'SIGNATURE_VERIFIER.TRUSTED_IDENTITY',
  'SIGNATURE_VERIFIER.REVOCATION_CHECK',
];

export interface VerificationPlugin {
  readonly name: string;
  readonly version: string;
  /** The checks that it makes in our place, at least one. */
  readonly capabilities: ReadonlySet<VerifierCapability>;
  /**
   * Asks for the checks that are wanted of it. Whatever is thrown fails the signature at every level (PLUG-27).
   *
   * @returns  the failure of each check that was asked for, or undefined where it passed
   * @throws NotaryError ENVELOPE_UNSUPPORTED  a signed attribute that the plugin does not process
   * @throws NotaryError KEY_PLUGIN_FAILED, KEY_UNAVAILABLE
   */
  verifySignature(question: VerificationQuestion): Promise<ReadonlyMap<VerifierCapability, NotaryError | undefined>>;
}

export interface VerificationQuestion {
  /** Of its capabilities; without any the plugin is not run (PLUG-23). */
  readonly wanted: ReadonlySet<VerifierCapability>;
  readonly attributes: PluginAttributes;
  /** Of the signature, leaf to root. */
  readonly chain: readonly Certificate[];
  /** Of the statement, as written. */
  readonly trustedIdentities: readonly string[];
}

/**
 * @param program  as findPlugin found it where the user keeps such plugins
 * @throws NotaryError KEY_PLUGIN_FAILED  no plugin, not for verifying, or older than the signature asks for (PLUG-21)
 */
export async function openVerificationPlugin(
  exec: Exec,
  program: PluginProgram,
  wanted: WantedPlugin,
  config: PluginConfig,
): Promise<VerificationPlugin> {
  const plugin = await openPlugin(exec, program, config).catch(explain);
  const { name, version, capabilities } = plugin.metadata;
  requireVersion(version, wanted);
  const own = verifierCapabilities.filter((capability) => capabilities.has(capability));
  if (own.length === 0) {
    throw failed(`the plugin ${name} does not verify: it offers ${[...capabilities].join(', ')}`);
  }
  return {
    ...{ name, version, capabilities: new Set(own) },
    verifySignature: (question) => verifySignature(plugin, question),
  };
}

function requireVersion(text: string, { name, minVersion }: WantedPlugin): void {
  const version = parseSemanticVersion(text);
  if (version === undefined) throw failed(`the version ${JSON.stringify(text)} of the plugin ${name} is not semantic`);
  if (minVersion === undefined || !isEarlierVersion(version, minVersion.version)) return;
  throw failed(`the signature asks for version ${minVersion.text} of the plugin ${name}; installed is ${text}`);
}

async function verifySignature(
  plugin: NotationPlugin,
  question: VerificationQuestion,
): Promise<ReadonlyMap<VerifierCapability, NotaryError | undefined>> {
  const { attributes, wanted, chain, trustedIdentities } = question;
  requireNames(attributes);
  const names = attributesForPlugin(attributes).map(({ key }) => key);
  if (wanted.size === 0) {
    requireProcessed(criticalNames(attributes), []);
    return new Map();
  }
  const answer = await plugin
    .ask('verify-signature', [
      [
        'signature',
        ordered(
          ['criticalAttributes', renderAttributes(attributes)],
          ['unprocessedAttributes', names],
          ['certificateChain', chain.map(({ der }) => encodeBase64(der))],
        ),
      ],
      ['trustPolicy', ordered(['trustedIdentities', trustedIdentities], ['signatureVerification', [...wanted]])],
    ])
    .catch(explain);
  const source = pluginSource(plugin.metadata.name);
  requireProcessed(names, requireArray(member(answer, 'processedAttributes'), source, 'processedAttributes'));
  const results = requireObject(member(answer, 'verificationResults'), source, 'verificationResults');
  return new Map([...wanted].map((capability) => [capability, readResult(results, capability, plugin)]));
}

/** Integer labels cannot be told to a plugin; one that is critical then stays unprocessed (D1). */
function requireNames({ extended }: PluginAttributes): void {
  const nameless = extended.find(({ key, critical }) => typeof key !== 'string' && critical);
  if (nameless !== undefined) requireProcessed([String(nameless.key)], []);
}

function criticalNames(attributes: PluginAttributes): readonly string[] {
  return attributesForPlugin(attributes).flatMap(({ key, critical }) => (critical ? [key] : []));
}

/** PLUG-25, critical or not. */
function requireProcessed(names: readonly string[], processed: readonly Json[]): void {
  const left = names.find((name) => !processed.includes(name));
  if (left === undefined) return;
  throw new NotaryError(
    'ENVELOPE_UNSUPPORTED',
    `the verification plugin did not process the signed attribute ${JSON.stringify(left.slice(0, 100))}`,
  );
}

function readResult(
  results: JsonObject,
  capability: VerifierCapability,
  { metadata: { name } }: NotationPlugin,
): NotaryError | undefined {
  const source = pluginSource(name);
  const result = requireObject(member(results, capability), source, `the result of ${capability}`);
  const success = member(result, 'success');
  if (typeof success !== 'boolean') throw malformed(source, `success of ${capability} is not a boolean`);
  if (success) return undefined;
  const reason = optionalString(result, 'reason', source) ?? 'it gives no reason';
  return capability === 'SIGNATURE_VERIFIER.TRUSTED_IDENTITY'
    ? new NotaryError('TRUSTED_IDENTITY_MISMATCH', `the plugin ${name} does not find a trusted identity: ${reason}`)
    : new NotaryError('CERTIFICATE_REVOKED', `the plugin ${name} says that revocation has been found: ${reason}`);
}

/** Errors of plugins speak of signing keys; here it is about the machine that verifies. */
function explain(error: unknown): never {
  if (hasCode(error, 'KEY_UNAVAILABLE')) {
    throw new NotaryError(error.code, error.message, { cause: error, remedy: 'Run the job again.' });
  }
  if (hasCode(error, 'KEY_PLUGIN_FAILED', 'KEY_ACCESS_DENIED')) throw failed(error.message, error);
  throw error;
}

function failed(message: string, cause?: NotaryError): NotaryError {
  const remedy = 'Check the verification plugin that the signature names, in the directory where it is installed.';
  return new NotaryError('KEY_PLUGIN_FAILED', message, cause === undefined ? { remedy } : { remedy, cause });
}
