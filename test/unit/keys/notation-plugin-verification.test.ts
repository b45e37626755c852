import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { renderAttributes, wantedPlugin } from '../../../shared/keys/notation-plugin-attributes.ts';
import type { PluginAttribute, PluginAttributes } from '../../../shared/keys/notation-plugin-attributes.ts';
import { openVerificationPlugin } from '../../../shared/keys/notation-plugin-verification.ts';
import type { VerificationQuestion, VerifierCapability } from '../../../shared/keys/notation-plugin-verification.ts';
import { writeJson } from '../../../shared/json.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { Certificate } from '../../../shared/x509/certificate.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { refusal as thrown } from '../../support/expect-code.ts';
import { pluginInProcess } from '../../support/plugin/protocol.ts';
import { identityCheck, revocationCheck, verifierAnswers, verifierSettings } from '../../support/plugin/verifier.ts';
import type { VerifierSettings } from '../../support/plugin/verifier.ts';

const nameKey = 'io.cncf.notary.verificationPlugin';
const versionKey = 'io.cncf.notary.verificationPluginMinVersion';
const critical = (key: string | number, value: unknown): PluginAttribute => ({ key, critical: true, value });
const loose = (key: string | number, value: unknown): PluginAttribute => ({ key, critical: false, value });

let chain: readonly Certificate[];

beforeAll(async () => {
  chain = (await codeSigningChain()).chain.map(parseCertificate);
});

describe('wantedPlugin', () => {
  it('reads name and least version (PLUG-20)', () => {
    expect(wantedPlugin([])).toBeUndefined();
    expect(wantedPlugin([critical(nameKey, 'acme')])).toEqual({ name: 'acme' });
    const { name, minVersion } = wantedPlugin([critical(versionKey, '1.0.0-rc.1'), critical(nameKey, 'acme')])!;
    expect([name, minVersion?.text]).toEqual(['acme', '1.0.0-rc.1']);
  });

  it('does not heed a least version alone (VER-13)', () => {
    expect(wantedPlugin([critical(versionKey, '1.0.0')])).toBeUndefined();
  });

  it.each<readonly [string, readonly PluginAttribute[]]>([
    ['a name that is not critical', [loose(nameKey, 'acme')]],
    ['a name that is no text', [critical(nameKey, 1)]],
    ['an empty name', [critical(nameKey, '')]],
    ['a blank name', [critical(nameKey, ' ')]],
    ['a name that is a path', [critical(nameKey, '../acme')]],
    ['a version that is not critical', [critical(nameKey, 'acme'), loose(versionKey, '1.0.0')]],
    ['a version with a v', [critical(nameKey, 'acme'), critical(versionKey, 'v1.0.0')]],
    ['a version that is no text', [critical(nameKey, 'acme'), critical(versionKey, 1)]],
    ['a blank version', [critical(nameKey, 'acme'), critical(versionKey, ' ')]],
  ])('refuses %s (VER-13)', (_name, extended) => {
    thrown('ENVELOPE_MALFORMED', () => wantedPlugin(extended));
  });
});

const attributes: PluginAttributes = {
  contentType: 'application/vnd.cncf.notary.payload.v1+json',
  signingScheme: 'notary.x509.signingAuthority',
  signingTime: new Date('2024-05-06T07:08:09Z'),
  expiry: new Date('2034-05-06T07:08:09.250Z'),
  extended: [critical(nameKey, 'acme'), critical(versionKey, '1.0.0'), critical('b', 'two'), loose('a', 1)],
};

describe('renderAttributes', () => {
  const render = (change: Partial<PluginAttributes>): unknown =>
    JSON.parse(Buffer.from(writeJson(renderAttributes({ ...attributes, ...change }))).toString());

  it('writes what the plugin is told (PLUG-24)', () => {
    expect(Buffer.from(writeJson(renderAttributes(attributes))).toString()).toBe(
      '{"contentType":"application/vnd.cncf.notary.payload.v1+json","signingScheme":"notary.x509.signingAuthority","expiry":"2034-05-06T07:08:09.250Z","authenticSigningTime":"2024-05-06T07:08:09Z","extendedAttributes":{"a":1,"b":"two"}}',
    );
  });

  it('leaves out what there is not (D26)', () => {
    const { contentType, signingTime } = attributes;
    const signingScheme = 'notary.x509';
    const plain = renderAttributes({ contentType, signingScheme, signingTime, extended: [critical(nameKey, 'acme')] });
    expect(Buffer.from(writeJson(plain)).toString()).toBe(
      '{"contentType":"application/vnd.cncf.notary.payload.v1+json","signingScheme":"notary.x509"}',
    );
  });

  it('turns values of both formats into JSON', () => {
    const values = {
      ...{ none: null, yes: true, list: [1, ['x']], bytes: Uint8Array.of(1, 2, 3) },
      ...{ map: new Map([['k', new Map([['l', 2]])]]), object: JSON.parse('{"__proto__":1}') as unknown },
    };
    const extended = Object.entries(values).map(([key, value]) => critical(key, value));
    expect(render({ extended })).toMatchObject({
      extendedAttributes: {
        ...{ none: null, yes: true, list: [1, ['x']], bytes: 'AQID', map: { k: { l: 2 } } },
        object: JSON.parse('{"__proto__":1}') as unknown,
      },
    });
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

  it.each([
    ['a fraction', 1.5],
    ['a big integer', 2n ** 63n],
    ['nothing', undefined],
    ['a map with numbers for names', new Map([[1, 2]])],
    ['an object of a class', new Date(0)],
    ['too deep a nest', deep(40)],
  ])('refuses %s', (_name, value) => {
    thrown('ENVELOPE_UNSUPPORTED', () => renderAttributes({ ...attributes, extended: [critical('x', value)] }));
  });
});

const both = [identityCheck, revocationCheck] as const satisfies VerifierCapability[];

async function open(change: Partial<VerifierSettings> = {}, minVersion?: string, config = {}) {
  const { exec, requests } = pluginInProcess(verifierAnswers(verifierSettings('acme', change)));
  const extended = [critical(nameKey, 'acme'), ...(minVersion === undefined ? [] : [critical(versionKey, minVersion)])];
  const plugin = await openVerificationPlugin(exec, { name: 'acme', file: '/acme' }, wantedPlugin(extended)!, config);
  return { plugin, requests };
}

async function ask(change: Partial<VerifierSettings> = {}, question: Partial<VerificationQuestion> = {}) {
  const { plugin } = await open(change);
  return plugin.verifySignature({
    ...{ wanted: plugin.capabilities, attributes, chain, trustedIdentities: ['x509.subject: C=US'] },
    ...question,
  });
}

async function refusal(work: Promise<unknown>): Promise<NotaryError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

describe('openVerificationPlugin', () => {
  it('keeps the two capabilities of verifying (PLUG-21)', async () => {
    const capabilities = ['SIGNATURE_GENERATOR.RAW', revocationCheck, 'OTHER'];
    const { plugin } = await open({ capabilities });
    expect([...plugin.capabilities]).toEqual([revocationCheck]);
    expect([plugin.name, plugin.version]).toEqual(['acme', '2.1.0']);
  });

  it('refuses a plugin that does not verify', async () => {
    const error = await refusal(open({ capabilities: ['SIGNATURE_GENERATOR.RAW'] }));
    expect(error.code).toBe('KEY_PLUGIN_FAILED');
    expect(error.message).toContain('does not verify');
    expect(error.remedy).toContain('where it is installed');
  });

  it.each(['2.1.0', '2.1.0-rc.1', '2.0.9', '2.1.0+build'])('takes it where %s is the least', async (minVersion) => {
    expect((await open({}, minVersion)).plugin.version).toBe('2.1.0');
  });

  it.each(['2.1.1', '3.0.0-alpha', '10.0.0'])('refuses it where %s is the least', async (minVersion) => {
    const error = await refusal(open({}, minVersion));
    expect(error.message).toBe(`the signature asks for version ${minVersion} of the plugin acme; installed is 2.1.0`);
  });

  it('orders a pre-release below its release', async () => {
    expect((await refusal(open({ version: '2.1.0-rc.1' }, '2.1.0'))).code).toBe('KEY_PLUGIN_FAILED');
  });

  it('refuses a version that cannot be ordered', async () => {
    expect((await refusal(open({ version: '2.1' }))).message).toContain('is not semantic');
  });

  it('refuses a program of another name', async () => {
    expect((await refusal(open({ name: 'other' }))).message).toContain('it is named "other"');
  });
});

describe('verifySignature', () => {
  it('asks with the members of the contract (PLUG-24)', async () => {
    const { plugin, requests } = await open({}, undefined, { k: 'v' });
    const question = { wanted: new Set(both), attributes, chain, trustedIdentities: ['x509.subject: C=US', 'other:1'] };
    await plugin.verifySignature(question);
    const [command, ...request] = requests[1]!.split(' ');
    expect(command).toBe('verify-signature');
    const certificateChain = chain.map(({ der }) => Buffer.from(der).toString('base64'));
    const criticalAttributes = JSON.parse(Buffer.from(writeJson(renderAttributes(attributes))).toString()) as unknown;
    expect(request.join(' ')).toBe(
      JSON.stringify({
        contractVersion: '1.0',
        signature: { criticalAttributes, unprocessedAttributes: ['b', 'a'], certificateChain },
        trustPolicy: { trustedIdentities: ['x509.subject: C=US', 'other:1'], signatureVerification: both },
        pluginConfig: { k: 'v' },
      }),
    );
  });

  it('tells of each check that passed', async () => {
    expect(await ask()).toEqual(new Map(both.map((capability) => [capability, undefined])));
  });

  it('tells of each check that failed, with the reason (PLUG-25)', async () => {
    const results = {
      [identityCheck]: { success: false, reason: 'a stranger' },
      [revocationCheck]: { success: false },
    };
    const answer = await ask({ results });
    expect(answer.get(identityCheck)).toMatchObject({ code: 'TRUSTED_IDENTITY_MISMATCH' });
    expect(answer.get(identityCheck)?.message).toContain('a stranger');
    expect(answer.get(revocationCheck)).toMatchObject({ code: 'CERTIFICATE_REVOKED' });
    expect(answer.get(revocationCheck)?.message).toContain('it gives no reason');
  });

  it('passes over results that nobody asked for', async () => {
    const answer = await ask({}, { wanted: new Set([identityCheck]) });
    expect([...answer.keys()]).toEqual([identityCheck]);
  });

  it.each<readonly [string, Partial<VerifierSettings>, ErrorCode]>([
    ['no result for a check', { results: { [identityCheck]: { success: true } } }, 'KEY_PLUGIN_FAILED'],
    ['a result without success', { results: { [identityCheck]: {}, [revocationCheck]: {} } }, 'KEY_PLUGIN_FAILED'],
    [
      'a success that is a text',
      { results: { [identityCheck]: { success: 'true' }, [revocationCheck]: { success: true } } },
      'KEY_PLUGIN_FAILED',
    ],
    ['an attribute left unprocessed', { processed: ['a'] }, 'ENVELOPE_UNSUPPORTED'],
    ['an attribute left unprocessed, though not critical', { processed: ['b'] }, 'ENVELOPE_UNSUPPORTED'],
    ['processed attributes that are none', { processed: [['a'], 1] }, 'ENVELOPE_UNSUPPORTED'],
    ['garbage', { fault: 'answers with garbage' }, 'KEY_PLUGIN_FAILED'],
    ['a refusal', { fault: 'says ACCESS_DENIED' }, 'KEY_PLUGIN_FAILED'],
    ['an answer that it has no time', { fault: 'says THROTTLED' }, 'KEY_UNAVAILABLE'],
  ])('fails on %s (PLUG-25, PLUG-27)', async (_name, change, code) => {
    const error = await refusal(ask(change));
    expect(error.code).toBe(code);
    expect(error.remedy).not.toContain('key-id');
    expect(error.remedy).not.toContain('signing service');
  });

  it('runs nothing where nothing is wanted, and then accepts no critical attribute (PLUG-23, D1)', async () => {
    const { plugin, requests } = await open();
    const question = { wanted: new Set<VerifierCapability>(), chain, trustedIdentities: [] };
    const plain = { ...attributes, extended: [critical(nameKey, 'acme'), loose('a', 1)] };
    expect(await plugin.verifySignature({ ...question, attributes: plain })).toEqual(new Map());
    expect((await refusal(plugin.verifySignature({ ...question, attributes }))).code).toBe('ENVELOPE_UNSUPPORTED');
    expect(requests).toHaveLength(1);
  });

  it('refuses a critical attribute without a name, which no plugin can be told (D1)', async () => {
    const extended = [...attributes.extended, critical(-70000, 'x')];
    expect((await refusal(ask({}, { attributes: { ...attributes, extended } }))).code).toBe('ENVELOPE_UNSUPPORTED');
    const harmless = [...attributes.extended, loose(-70000, 'x')];
    expect((await ask({}, { attributes: { ...attributes, extended: harmless } })).size).toBe(2);
  });
});
