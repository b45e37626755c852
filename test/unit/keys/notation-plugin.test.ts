// A plugin in the process of the test: what it is asked, and what becomes of each wrong answer.

import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { openPlugin } from '../../../shared/keys/notation-plugin.ts';
import type { PluginConfig } from '../../../shared/keys/notation-plugin.ts';
import { pluginSigner } from '../../../shared/keys/notation-plugin-signing.ts';
import type { KeyProvider } from '../../../shared/keys/provider.ts';
import type { Exec } from '../../../shared/ports.ts';
import { codeSigningChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { describeKeyProvider } from '../../support/key-provider-suite.ts';
import { mutations } from '../../support/mutate.ts';
import { PluginError, RawOutput, pluginInProcess } from '../../support/plugin/protocol.ts';
import { signerAnswers, signerSettings } from '../../support/plugin/signer.ts';
import type { SignerFault, SignerSettings } from '../../support/plugin/signer.ts';

const program = { name: 'acme', file: '/plugins/acme/notation-acme' };
const message = Buffer.from('to be signed');
let ec: Issued;
let rsa: Issued;

beforeAll(async () => {
  [ec, rsa] = await Promise.all([codeSigningChain(), codeSigningChain({ keySpec: 'RSA-2048' })]);
});

interface Setting {
  readonly issued?: Issued;
  readonly change?: Partial<SignerSettings>;
  readonly config?: PluginConfig;
}

async function open({ issued = ec, change = {}, config = {} }: Setting = {}) {
  const { exec, requests } = pluginInProcess(signerAnswers(signerSettings('acme', issued, change)));
  return { plugin: await openPlugin(exec, program, config), requests };
}

async function keyOf(setting: Setting = {}, keyId = 'key-1'): Promise<KeyProvider> {
  const signer = pluginSigner((await open(setting)).plugin, keyId);
  if (signer.kind !== 'raw') throw new Error('the plugin does not sign bytes');
  return signer.key;
}

async function sign(setting: Setting = {}, keyId = 'key-1') {
  const key = await keyOf(setting, keyId);
  return key.generateSignature(message, await key.describeKey());
}

async function refusal(work: Promise<unknown>): Promise<NotaryError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

describeKeyProvider('plugin in process, EC-256', () => keyOf());
describeKeyProvider('plugin in process, RSA-2048', () => keyOf({ issued: rsa }));

describe('the questions', () => {
  it('have the members of the contract, in the order of the reference implementation', async () => {
    const { plugin, requests } = await open();
    const signer = pluginSigner(plugin, 'key-1');
    if (signer.kind === 'raw') await signer.key.generateSignature(message, 'EC-256');
    expect(requests).toEqual([
      'get-plugin-metadata {}',
      'describe-key {"contractVersion":"1.0","keyId":"key-1"}',
      `generate-signature {"contractVersion":"1.0","keyId":"key-1","keySpec":"EC-256","hashAlgorithm":"SHA-256","payload":"${message.toString('base64')}"}`,
    ]);
  });

  it('carry the configuration where there is one (PLUG-8)', async () => {
    const { plugin, requests } = await open({ config: { b: '<2>', a: '1' } });
    const signer = pluginSigner(plugin, 'key-1');
    if (signer.kind === 'raw') await signer.key.describeKey();
    expect(requests).toEqual([
      'get-plugin-metadata {"pluginConfig":{"a":"1","b":"\\u003c2\\u003e"}}',
      'describe-key {"contractVersion":"1.0","keyId":"key-1","pluginConfig":{"a":"1","b":"\\u003c2\\u003e"}}',
    ]);
  });

  it('describe the key once', async () => {
    const { plugin, requests } = await open();
    const signer = pluginSigner(plugin, 'key-1');
    if (signer.kind !== 'raw') throw new Error();
    await Promise.all([signer.key.describeKey(), signer.key.describeKey()]);
    await signer.key.generateSignature(message, 'EC-256');
    await signer.key.generateSignature(message, 'EC-256');
    expect(requests.map((request) => request.split(' ')[0])).toEqual([
      ...['get-plugin-metadata', 'describe-key', 'generate-signature', 'generate-signature'],
    ]);
  });

  it('are put to the executable itself, with the command as its only argument', async () => {
    const asked: (readonly [string, readonly string[]])[] = [];
    const { exec } = pluginInProcess(signerAnswers(signerSettings('acme', ec)));
    const watched: Exec = (file, args, stdin) => {
      asked.push([file, args]);
      return exec(file, args, stdin);
    };
    await openPlugin(watched, program, {});
    expect(asked).toEqual([[program.file, ['get-plugin-metadata']]]);
  });
});

describe('the signer', () => {
  it('is named after the plugin (PLUG-14)', async () => {
    expect((await keyOf({ change: { version: '1.0.0-rc.1+7' } })).agent).toBe('acme/1.0.0-rc.1+7');
  });

  it('signs bytes wherever a plugin offers both (PLUG-10)', async () => {
    const capabilities = ['SIGNATURE_GENERATOR.ENVELOPE', 'SIGNATURE_GENERATOR.RAW', 'SOMETHING.NEW'];
    const { plugin } = await open({ change: { capabilities } });
    expect(pluginSigner(plugin, 'key-1').kind).toBe('raw');
  });

  it('makes envelopes where that is all it offers', async () => {
    const { plugin } = await open({ change: { capabilities: ['SIGNATURE_GENERATOR.ENVELOPE'] } });
    expect(pluginSigner(plugin, 'key-1').kind).toBe('envelope');
  });

  it('is refused where a plugin does not sign', async () => {
    const { plugin } = await open({ change: { capabilities: ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY'] } });
    expect(() => pluginSigner(plugin, 'key-1')).toThrow('does not sign: it offers SIGNATURE_VERIFIER.TRUSTED_IDENTITY');
  });

  it('hands an unknown key id back to the user', async () => {
    const error = await refusal(sign({}, 'key-9'));
    expect(error.code).toBe('KEY_PLUGIN_FAILED');
    expect(error.message).toContain('VALIDATION_ERROR: no key key-9');
    expect(error.remedy).toContain('key-id');
  });
});

type Case = readonly [SignerFault, string, ErrorCode, string];

const everyCommand = ['get-plugin-metadata', 'describe-key', 'generate-signature'] as const;

const anywhere = (fault: SignerFault, code: ErrorCode, words: string): readonly Case[] =>
  everyCommand.map((command) => [fault, command, code, words]);

const cases: readonly Case[] = [
  ...anywhere('says VALIDATION_ERROR', 'KEY_PLUGIN_FAILED', 'VALIDATION_ERROR: no such key (keyId=key-1)'),
  ...anywhere('says ACCESS_DENIED', 'KEY_ACCESS_DENIED', '(exit code 3): ACCESS_DENIED: not for you'),
  ...anywhere('says THROTTLED', 'KEY_UNAVAILABLE', 'THROTTLED: slow down'),
  ...anywhere('says TIMEOUT', 'KEY_UNAVAILABLE', 'TIMEOUT: too late'),
  ...anywhere('says something of its own', 'KEY_PLUGIN_FAILED', 'MOON_PHASE: wrong moon'),
  ...anywhere('says only metadata', 'KEY_PLUGIN_FAILED', '(request=7)'),
  ...anywhere('fails in plain words', 'KEY_PLUGIN_FAILED', '(exit code 2): panic: it is dark'),
  ...anywhere('fails with other JSON', 'KEY_PLUGIN_FAILED', '{"reason":"x"}'),
  ...anywhere('fails silently', 'KEY_PLUGIN_FAILED', '(exit code 134): it says nothing'),
  ...anywhere('answers with garbage', 'KEY_PLUGIN_FAILED', 'not well-formed UTF-8'),
  ...anywhere('answers with HTML', 'KEY_PLUGIN_FAILED', 'not valid JSON'),
  ...anywhere('answers with nothing', 'KEY_PLUGIN_FAILED', 'not valid JSON'),
  ...anywhere('answers with an array', 'KEY_PLUGIN_FAILED', 'is not an object'),
  ...anywhere('answers twice', 'KEY_PLUGIN_FAILED', 'not valid JSON'),
  ...anywhere('answers in nested arrays', 'KEY_PLUGIN_FAILED', 'JSON'),
  ['has another name', 'get-plugin-metadata', 'KEY_PLUGIN_FAILED', 'it is named "other"'],
  ['has no description', 'get-plugin-metadata', 'KEY_PLUGIN_FAILED', 'description is empty'],
  ['has no URL', 'get-plugin-metadata', 'KEY_PLUGIN_FAILED', 'url is not a string'],
  ['has an odd version', 'get-plugin-metadata', 'KEY_PLUGIN_FAILED', 'its version is "1 2\\n3"'],
  ['keeps to another contract', 'get-plugin-metadata', 'KEY_PLUGIN_FAILED', 'contract 2.0, and not to 1.0'],
  ['has no capabilities', 'get-plugin-metadata', 'KEY_PLUGIN_FAILED', 'capabilities is empty'],
  ['has capabilities that are no texts', 'get-plugin-metadata', 'KEY_PLUGIN_FAILED', 'capabilities is not a string'],
  ['describes another key', 'describe-key', 'KEY_PLUGIN_FAILED', 'about the key "key-2", but asked for was "key-1"'],
  ['describes another key', 'generate-signature', 'KEY_PLUGIN_FAILED', 'about the key "key-2"'],
  ['describes an unknown kind', 'describe-key', 'KEY_UNSUPPORTED', '"RSA-1024"'],
  ['describes a kind that the key is not', 'describe-key', 'KEY_UNSUPPORTED', 'described a key of EC-521'],
  ['signs in DER', 'generate-signature', 'KEY_SIGNATURE_INVALID', 'DER instead of r‖s'],
  ['signs something else', 'generate-signature', 'KEY_SIGNATURE_INVALID', 'does not match the signed bytes'],
  ['signs in base64url', 'generate-signature', 'KEY_PLUGIN_FAILED', 'not canonical base64'],
  ['has its chain upside down', 'generate-signature', 'CERTIFICATE_CHAIN_BROKEN', ''],
  ['has no chain', 'generate-signature', 'CERTIFICATE_CHAIN_BROKEN', 'empty'],
  ['has a chain of no certificates', 'generate-signature', 'ASN1_MALFORMED', ''],
];

describe('a plugin is refused that', () => {
  it.each(cases)('%s (%s): %s', async (fault, command, code, words) => {
    const error = await refusal(sign({ change: { faults: { [command]: fault } } }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  it('signs with a salt of another length than the hash (COSE-9)', async () => {
    const faults = { 'generate-signature': 'signs with a short salt' } as const;
    expect((await refusal(sign({ issued: rsa, change: { faults } }))).code).toBe('KEY_SIGNATURE_INVALID');
  });

  it('cannot be run, with the reason', async () => {
    const cannot: Exec = (file) => Promise.reject(new NotaryError('PROGRAM_FAILED', `${file}: it cannot be started`));
    const error = await refusal(openPlugin(cannot, program, {}));
    expect(error.code).toBe('KEY_PLUGIN_FAILED');
    expect(error.message).toBe(
      'the plugin acme cannot get-plugin-metadata: /plugins/acme/notation-acme: it cannot be started',
    );
    expect(error.remedy).toContain('may be executed');
  });

  it('outlives the step', async () => {
    const late: Exec = () => Promise.reject(new NotaryError('STEP_TIMED_OUT', 'over'));
    expect((await refusal(openPlugin(late, program, {}))).code).toBe('STEP_TIMED_OUT');
  });

  it('describes its key again after a failure', async () => {
    let failures = 1;
    const answers = signerAnswers(signerSettings('acme', ec));
    const { exec } = pluginInProcess((command, request) => {
      if (command === 'describe-key' && failures-- > 0) throw new PluginError({ errorCode: 'THROTTLED' });
      return answers(command, request);
    });
    const signer = pluginSigner(await openPlugin(exec, program, {}), 'key-1');
    if (signer.kind !== 'raw') throw new Error();
    expect((await refusal(signer.key.describeKey())).code).toBe('KEY_UNAVAILABLE');
    expect(await signer.key.describeKey()).toBe('EC-256');
  });

  it('cuts long messages', async () => {
    const { exec } = pluginInProcess(() => {
      throw new PluginError('x'.repeat(100_000));
    });
    expect((await refusal(openPlugin(exec, program, {}))).message.length).toBeLessThan(2200);
  });
});

describe('damage', () => {
  it.each(everyCommand)('to the answer to %s ends in a value or a NotaryError', async (damaged) => {
    const answers = signerAnswers(signerSettings('acme', ec));
    const request = {
      contractVersion: '1.0',
      keyId: 'key-1',
      keySpec: 'EC-256',
      hashAlgorithm: 'SHA-256',
      payload: '',
    };
    const right = Buffer.from(JSON.stringify(answers(damaged, request)));
    for (const mutant of mutations(right, 17, 200)) {
      const { exec } = pluginInProcess((command, question) =>
        command === damaged ? new RawOutput(mutant) : answers(command, question),
      );
      const work = async (): Promise<unknown> => {
        const signer = pluginSigner(await openPlugin(exec, program, {}), 'key-1');
        return signer.kind === 'raw' ? await signer.key.generateSignature(message, 'EC-256') : undefined;
      };
      const error: unknown = await work().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(NotaryError);
    }
  });
});
