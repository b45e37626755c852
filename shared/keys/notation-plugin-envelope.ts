// A plugin that makes whole envelopes: key, time, attributes and timestamp are its own business. Plugin Extensibility,
// "generate-envelope" (PLUG-15). What it made is judged in the envelope room.

import { decodeBase64, encodeBase64, malformed } from '../bytes.ts';
import { member, requireString, requireStringMap } from '../json.ts';
import { pluginSource } from './notation-plugin.ts';
import type { NotationPlugin } from './notation-plugin.ts';

export interface EnvelopeGenerator {
  /** "name/version" */
  readonly agent: string;
  /**
   * Nothing of the envelope is judged here, but that it is said to be of the type asked for.
   *
   * @throws NotaryError KEY_PLUGIN_FAILED, KEY_ACCESS_DENIED, KEY_UNAVAILABLE
   */
  generateEnvelope(request: EnvelopeRequest): Promise<GeneratedEnvelope>;
}

export interface EnvelopeRequest {
  /** Its members in the order of PAY-6, whatever the type of the envelope. */
  readonly payload: Uint8Array;
  readonly payloadType: string;
  /** The media type. */
  readonly envelopeType: string;
  readonly expirySeconds?: number;
}

export interface GeneratedEnvelope {
  readonly envelope: Uint8Array;
  /** For the signature manifest (REG-6). */
  readonly annotations: Readonly<Record<string, string>>;
}

/** @param plugin  with the capability SIGNATURE_GENERATOR.ENVELOPE */
export function envelopeGenerator(plugin: NotationPlugin, keyId: string): EnvelopeGenerator {
  const { name, version } = plugin.metadata;
  const source = pluginSource(name);
  return {
    agent: `${name}/${version}`,
    async generateEnvelope({ payload, payloadType, envelopeType, expirySeconds }) {
      const answer = await plugin.ask('generate-envelope', [
        ['keyId', keyId],
        ['payloadType', payloadType],
        ['signatureEnvelopeType', envelopeType],
        ['payload', encodeBase64(payload)],
        ['expiryDurationInSeconds', expirySeconds],
      ]);
      const type = requireString(member(answer, 'signatureEnvelopeType'), source, 'signatureEnvelopeType');
      if (type !== envelopeType) {
        throw malformed(source, `the envelope is of the type ${JSON.stringify(type)}, and not ${envelopeType}`);
      }
      const text = requireString(member(answer, 'signatureEnvelope'), source, 'signatureEnvelope');
      const annotations = member(answer, 'annotations');
      return {
        envelope: decodeBase64(text, source),
        annotations: annotations === undefined ? {} : requireStringMap(annotations, source, 'annotations'),
      };
    },
  };
}
