import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { openPlugin } from '../../../shared/keys/notation-plugin.ts';
import { pluginSigner } from '../../../shared/keys/notation-plugin-signing.ts';
import { codeSigningChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { envelopeSignerAnswers, envelopeSignerSettings } from '../../support/plugin/envelope-signer.ts';
import type { EnvelopeSignerSettings } from '../../support/plugin/envelope-signer.ts';
import { pluginInProcess } from '../../support/plugin/protocol.ts';

let issued: Issued;

beforeAll(async () => {
  issued = await codeSigningChain();
});

const request = {
  payload: Buffer.from('{"targetArtifact":{"mediaType":"m","digest":"d","size":1}}'),
  payloadType: 'application/vnd.cncf.notary.payload.v1+json',
  envelopeType: 'application/jose+json',
};

async function generator(change: Partial<EnvelopeSignerSettings> = {}) {
  const { exec, requests } = pluginInProcess(envelopeSignerAnswers(envelopeSignerSettings('acme', issued, change)));
  const signer = pluginSigner(await openPlugin(exec, { name: 'acme', file: '/notation-acme' }, { a: 'b' }), 'key-1');
  if (signer.kind !== 'envelope') throw new Error('the plugin makes no envelopes');
  return { own: signer.generator, requests };
}

async function refusal(change: Partial<EnvelopeSignerSettings>): Promise<NotaryError> {
  const { own } = await generator(change);
  const error: unknown = await own.generateEnvelope(request).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

describe('generate-envelope', () => {
  it('asks with the members of the contract, and describes no key', async () => {
    const { own, requests } = await generator();
    expect(own.agent).toBe('acme/1.2.3');
    await own.generateEnvelope({ ...request, expirySeconds: 3600 });
    const payload = request.payload.toString('base64');
    expect(requests).toEqual([
      'get-plugin-metadata {"pluginConfig":{"a":"b"}}',
      `generate-envelope {"contractVersion":"1.0","keyId":"key-1","payloadType":"${request.payloadType}","signatureEnvelopeType":"application/jose+json","payload":"${payload}","expiryDurationInSeconds":3600,"pluginConfig":{"a":"b"}}`,
    ]);
  });

  it('leaves the expiry out where there is none', async () => {
    const { own, requests } = await generator();
    await own.generateEnvelope(request);
    expect(requests[1]).not.toContain('expiryDurationInSeconds');
  });

  it('hands over the envelope and the annotations for its manifest', async () => {
    const { own } = await generator({ annotations: { 'io.acme': '1' } });
    const { envelope, annotations } = await own.generateEnvelope(request);
    expect(annotations).toEqual({ 'io.acme': '1' });
    const { payload } = JSON.parse(Buffer.from(envelope).toString()) as { payload: string };
    expect(Buffer.from(payload, 'base64url')).toEqual(request.payload);
    const bare = await (await generator()).own.generateEnvelope(request);
    expect(bare.annotations).toEqual({});
  });

  it('refuses another type than was asked for', async () => {
    const error = await refusal({ fault: 'answers with another type' });
    expect(error.code).toBe('KEY_PLUGIN_FAILED');
    expect(error.message).toContain('of the type "application/json", and not application/jose+json');
  });

  it('refuses annotations that are no texts', async () => {
    expect((await refusal({ fault: 'answers with annotations that are none' })).code).toBe('KEY_PLUGIN_FAILED');
  });

  it('passes on what the plugin says', async () => {
    expect((await refusal({ keyId: 'other' })).message).toContain('VALIDATION_ERROR: no key key-1');
  });
});
