// What a plugin offers for signing: signatures over the bytes of an envelope of ours, or envelopes that it makes itself.
// Plugin Extensibility, "Signing interfaces" (PLUG-10).

import { NotaryError } from '../errors.ts';
import { envelopeGenerator } from './notation-plugin-envelope.ts';
import type { EnvelopeGenerator } from './notation-plugin-envelope.ts';
import { pluginKeyProvider } from './notation-plugin-key.ts';
import type { NotationPlugin } from './notation-plugin.ts';
import type { KeyProvider } from './provider.ts';

export type PluginSigner =
  | { readonly kind: 'raw'; readonly key: KeyProvider }
  | { readonly kind: 'envelope'; readonly generator: EnvelopeGenerator };

/**
 * The first wherever a plugin offers both.
 *
 * @param keyId  the `key-id` input; what it means is the plugin's business
 * @throws NotaryError KEY_PLUGIN_FAILED  the plugin does not sign
 */
export function pluginSigner(plugin: NotationPlugin, keyId: string): PluginSigner {
  const { name, capabilities } = plugin.metadata;
  if (capabilities.has('SIGNATURE_GENERATOR.RAW')) return { kind: 'raw', key: pluginKeyProvider(plugin, keyId) };
  if (capabilities.has('SIGNATURE_GENERATOR.ENVELOPE')) {
    return { kind: 'envelope', generator: envelopeGenerator(plugin, keyId) };
  }
  const offered = [...capabilities].join(', ');
  throw new NotaryError('KEY_PLUGIN_FAILED', `the plugin ${name} does not sign: it offers ${offered}`, {
    remedy: 'Name a plugin with the capability SIGNATURE_GENERATOR.RAW or SIGNATURE_GENERATOR.ENVELOPE.',
  });
}
