// Signatures that call for a verification plugin, judged by the bundle and by the real notation v1.3.2, with the same
// executables in the same directory: the same verdicts at every level, and the same questions to the plugin.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { mapConcurrently } from '../../shared/host/concurrent.ts';
import { createHttp } from '../../shared/host/http.ts';
import type { HttpClient } from '../../shared/host/http.ts';
import { openPlugin } from '../../shared/keys/notation-plugin.ts';
import { pluginSigner } from '../../shared/keys/notation-plugin-signing.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import { pushSignature } from '../../shared/oci/signatures.ts';
import { generateSignature } from '../../sign/generated-signature.ts';
import { findPeer } from '../peers/peers.ts';
import { codeSigningChain, encodePem } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { pushImage } from '../support/images.ts';
import { createNotation } from '../support/notation.ts';
import type { Notation } from '../support/notation.ts';
import { envelopeSignerAnswers, envelopeSignerSettings } from '../support/plugin/envelope-signer.ts';
import { canRunPlugins, installPlugin } from '../support/plugin/install.ts';
import { pluginInProcess } from '../support/plugin/protocol.ts';
import { identityCheck, revocationCheck, verifierSettings } from '../support/plugin/verifier.ts';
import type { VerifierSettings } from '../support/plugin/verifier.ts';
import { startDockerRegistry } from '../support/real-registries.ts';
import type { RunningRegistry } from '../support/real-registries.ts';
import { runAction } from '../support/runner.ts';

const levels = ['strict', 'permissive', 'audit'] as const;
type Level = (typeof levels)[number];

const yes = { success: true };
const no = { success: false, reason: 'not this one' };
const everywhere = 'strict permissive audit';

/** What the plugin is, what the signature says besides, and the levels at which it passes. */
interface Case {
  readonly name: string;
  readonly plugin?: Partial<VerifierSettings>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly passes: string;
}

const minimum = { 'io.cncf.notary.verificationPluginMinVersion': '2.0.0' };
const job = { 'com.acme.job': 'seven' };

const allCases: readonly Case[] = [
  { name: 'passes', plugin: {}, passes: everywhere },
  { name: 'attribute-processed', plugin: {}, attributes: job, passes: everywhere },
  { name: 'attribute-left', plugin: { processed: [] }, attributes: job, passes: '' },
  { name: 'identity-only', plugin: { capabilities: [identityCheck] }, passes: everywhere },
  { name: 'revocation-only', plugin: { capabilities: [revocationCheck] }, passes: everywhere },
  { name: 'stranger', plugin: { results: { [identityCheck]: no, [revocationCheck]: yes } }, passes: 'audit' },
  { name: 'revoked', plugin: { results: { [identityCheck]: yes, [revocationCheck]: no } }, passes: 'permissive audit' },
  { name: 'no-result', plugin: { results: { [identityCheck]: yes } }, passes: '' },
  { name: 'missing', passes: '' },
  { name: 'new-enough', plugin: { version: '2.0.0' }, attributes: minimum, passes: everywhere },
  { name: 'too-old', plugin: { version: '1.9.9' }, attributes: minimum, passes: '' },
  { name: 'pre-release', plugin: { version: '2.0.0-rc.1' }, attributes: minimum, passes: '' },
  { name: 'no-verifier', plugin: { capabilities: ['SIGNATURE_GENERATOR.RAW'] }, passes: '' },
  { name: 'denied', plugin: { fault: 'says ACCESS_DENIED' }, passes: '' },
  { name: 'crashes', plugin: { fault: 'is killed' }, passes: '' },
  { name: 'garbage', plugin: { fault: 'answers with garbage' }, passes: '' },
  { name: 'no-metadata', plugin: { fault: 'has no metadata' }, passes: '' },
];

const hasPeers = findPeer('notation') !== undefined && findPeer('docker-registry') !== undefined;

describe.skipIf(!hasPeers || !canRunPlugins)('verification plugins, with us and with notation v1.3.2', () => {
  let registry: RunningRegistry;
  let signer: Issued;
  let network: HttpClient;
  let registries: Registry;
  const notations = new Map<Level | 'untrusting', Notation>();
  const references = new Map<string, string>();

  const pluginsOf = ({ trustPolicy }: Notation): string => join(dirname(trustPolicy), 'plugins');
  const trustOf = (level: Level, root: Issued) =>
    createNotation({
      level,
      roots: [encodePem(root.chain.at(-1)!)],
      identities: ['x509.subject: C=US, ST=WA, O=Acme'],
    });

  beforeAll(async () => {
    [registry, signer] = await Promise.all([startDockerRegistry(), codeSigningChain({ keySpec: 'EC-384' })]);
    network = createHttp({ signal: new AbortController().signal, userAgent: 'tests', environment: {} });
    const { http } = network;
    registries = new Registry({ http, credentials: () => Promise.resolve(undefined), plainHttp: new Set() });
    for (const level of levels) notations.set(level, trustOf(level, signer));
    notations.set('untrusting', trustOf('audit', await codeSigningChain()));
    for (const notation of notations.values()) {
      for (const { name, plugin } of allCases) {
        if (plugin !== undefined) installPlugin(pluginsOf(notation), 'verifier', verifierSettings(name, plugin));
      }
    }
    for (const { name, attributes } of allCases) references.set(name, await sign(name, attributes));
  });

  afterAll(async () => {
    for (const notation of notations.values()) notation.remove();
    await Promise.all([registry.close(), network.close()]);
  });

  /** An artifact whose signature calls for the plugin. */
  async function sign(name: string, attributes: Case['attributes'] = {}): Promise<string> {
    const { reference } = await pushImage({ host: registry.host, repository: 'plugins' });
    const named = { 'io.cncf.notary.verificationPlugin': name, ...attributes };
    const settings = envelopeSignerSettings('caller', signer, { attributes: named });
    const { exec } = pluginInProcess(envelopeSignerAnswers(settings));
    const plugin = pluginSigner(await openPlugin(exec, { name: 'caller', file: '' }, {}), 'key-1');
    if (plugin.kind !== 'envelope') throw new Error('the plugin makes no envelopes');
    const repository = registries.repository(parseReference(reference), 'pull,push');
    const subject = await repository.resolve(parseReference(reference));
    const terms = { format: envelopeFormats.cose, userMetadata: {}, allowUntimestamped: true };
    const { envelope, signingTime } = await generateSignature(subject, terms, plugin.generator);
    const stored = { mediaType: terms.format.mediaType, envelope, thumbprints: [], createdAt: signingTime };
    await pushSignature(repository, subject, stored, 'auto');
    return reference;
  }

  const verify = async (
    notation: Notation,
    artifacts: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ) => {
    const result = await runAction({
      main: 'dist/verify/index.js',
      inputs: {
        ...{
          artifacts: artifacts.join('\n'),
          'trust-policy': notation.trustPolicy,
          'trust-store': notation.trustStore,
        },
        ...{ 'plugin-directory': pluginsOf(notation), ...more },
      },
    });
    return JSON.parse(result.outputs.results ?? '[]') as readonly {
      readonly reference: string;
      readonly verdict: string;
      readonly reason?: { readonly code: string; readonly remedy: string };
    }[];
  };

  it.each(levels)('end in the same verdicts at level %s', async (level) => {
    const notation = notations.get(level)!;
    // Between the two others it differs in the results of checks alone.
    const cases = level === 'permissive' ? allCases.filter(({ plugin }) => plugin?.results !== undefined) : allCases;
    const results = await verify(
      notation,
      cases.map(({ name }) => references.get(name)!),
    );
    const rows: string[] = [];
    const theirs = await mapConcurrently(cases, 4, ({ name }) => notation.verify(references.get(name)!));
    for (const [index, { name, passes }] of cases.entries()) {
      const { verdict, reason } = results.find(({ reference }) => reference === references.get(name))!;
      const wanted = passes.split(' ').includes(level);
      rows.push(`${level.padEnd(11)}${name.padEnd(21)}${wanted ? 'pass' : 'fail'}  ${reason?.code ?? ''}`);
      expect([name, verdict === 'verified', theirs[index]?.exitCode === 0]).toEqual([name, wanted, wanted]);
    }
    console.log(rows.join('\n'));
  });

  it('are asked the same questions, to the byte', async () => {
    const notation = notations.get('strict')!;
    const reference = references.get('attribute-processed')!;
    const plugin = installPlugin(pluginsOf(notation), 'verifier', verifierSettings('attribute-processed'));
    const config = ['--plugin-config', 'b=2', '--plugin-config', 'a=<1>'];
    expect(await notation.verify(reference, ...config)).toMatchObject({ exitCode: 0 });
    // D26: the year 1, where the signature has no expiry.
    const asked = plugin.requests().map((request) => request.replace(/"expiry":"0001-01-01T00:00:00Z",?/, ''));
    const [result] = await verify(notation, [reference], { 'plugin-config': 'b=2\na=<1>' });
    expect(result?.verdict).toBe('verified');
    expect(plugin.requests().slice(asked.length)).toEqual(asked);
  });

  it('run from the named directory only, and not at all without one', async () => {
    const notation = notations.get('strict')!;
    const reference = references.get('passes')!;
    const plugin = installPlugin(pluginsOf(notation), 'verifier', verifierSettings('passes'));
    const [refused] = await verify(notation, [reference], { 'plugin-directory': '' });
    expect(refused).toMatchObject({ verdict: 'invalid', reason: { code: 'ENVELOPE_UNSUPPORTED' } });
    expect(refused?.reason?.remedy).toContain('name the directory that holds passes in plugin-directory');
    const [absent] = await verify(notation, [reference], { 'plugin-directory': notation.trustStore });
    expect(absent).toMatchObject({ verdict: 'error', reason: { code: 'KEY_PLUGIN_FAILED' } });
    expect(plugin.requests()).toEqual([]);
  });

  it('are not run for a stranger, where notation runs them before it asks whom it trusts (D59)', async () => {
    const notation = notations.get('untrusting')!;
    const reference = references.get('passes')!;
    const plugin = installPlugin(pluginsOf(notation), 'verifier', verifierSettings('passes'));
    const [result] = await verify(notation, [reference]);
    expect(result).toMatchObject({ verdict: 'invalid', reason: { code: 'ENVELOPE_UNSUPPORTED' } });
    expect(plugin.requests()).toEqual([]);
    expect(await notation.verify(reference)).toMatchObject({ exitCode: 0 });
    expect(plugin.requests().map((request) => request.split(' ')[0])).toEqual([
      'get-plugin-metadata',
      'verify-signature',
    ]);
  });

  it('see what the user names of the environment, and no secret', async () => {
    const notation = notations.get('strict')!;
    const reference = references.get('passes')!;
    const { file } = installPlugin(pluginsOf(notation), 'verifier', verifierSettings('passes'));
    const seen = join(dirname(file), 'environment.json');
    const result = await runAction({
      main: 'dist/verify/index.js',
      inputs: {
        ...{ artifacts: reference, 'trust-policy': notation.trustPolicy, 'trust-store': notation.trustStore },
        ...{ 'plugin-directory': pluginsOf(notation), 'plugin-env': 'ACME_REGION' },
      },
      env: { ACME_REGION: 'eu', ACME_TOKEN: 'secret', GITHUB_TOKEN: 'secret', ACTIONS_RUNTIME_TOKEN: 'secret' },
    });
    expect(result).toMatchObject({ exitCode: 0 });
    const names = JSON.parse(readFileSync(seen, 'utf8')) as readonly string[];
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'ACME_REGION']));
    expect(names.filter((name) => /^(ACME|INPUT|GITHUB|ACTIONS|RUNNER)_/.test(name))).toEqual(['ACME_REGION']);
  });
});
