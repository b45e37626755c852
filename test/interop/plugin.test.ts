// One plugin executable, run by the real notation and by us, with the same result: the same questions, signatures that
// both accept, and the same verdicts where a plugin verifies. Installed as NOTATION_CONFIG/plugins/NAME/notation-NAME.

import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { envelopeFormats } from '../../shared/envelope/formats.ts';
import { requireGenerated } from '../../shared/envelope/generated.ts';
import { verifyIntegrity } from '../../shared/envelope/integrity.ts';
import type { IntactEnvelope } from '../../shared/envelope/integrity.ts';
import { payloadContentType } from '../../shared/envelope/payload.ts';
import type { TargetArtifact } from '../../shared/envelope/payload.ts';
import { createExec, programEnvironment } from '../../shared/github/exec.ts';
import { createHttp } from '../../shared/host/http.ts';
import type { HttpClient } from '../../shared/host/http.ts';
import { files } from '../../shared/host/files.ts';
import { wantedPlugin } from '../../shared/keys/notation-plugin-attributes.ts';
import { openPlugin, pluginLimits } from '../../shared/keys/notation-plugin.ts';
import { findPlugin } from '../../shared/keys/notation-plugin-program.ts';
import { pluginSigner } from '../../shared/keys/notation-plugin-signing.ts';
import { openVerificationPlugin } from '../../shared/keys/notation-plugin-verification.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import type { Repository } from '../../shared/oci/registry.ts';
import { fetchSignature, listSignatures, pushSignature } from '../../shared/oci/signatures.ts';
import { findPeer, peer } from '../peers/peers.ts';
import { codeSigningChain, encodePem } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { pushImage } from '../support/images.ts';
import type { TestKeySpec } from '../support/keys.ts';
import { createNotation } from '../support/notation.ts';
import type { Notation } from '../support/notation.ts';
import { envelopeSignerSettings } from '../support/plugin/envelope-signer.ts';
import { canRunPlugins, installPlugin } from '../support/plugin/install.ts';
import { signerSettings } from '../support/plugin/signer.ts';
import type { SignerFault } from '../support/plugin/signer.ts';
import { identityCheck, revocationCheck, verifierSettings } from '../support/plugin/verifier.ts';
import type { VerifierSettings } from '../support/plugin/verifier.ts';
import { startDockerRegistry } from '../support/real-registries.ts';
import type { RunningRegistry } from '../support/real-registries.ts';

const hasPeers = findPeer('notation') !== undefined && findPeer('docker-registry') !== undefined;
const formats = Object.values(envelopeFormats);
const keySpecs = ['RSA-2048', 'EC-384'] as const satisfies TestKeySpec[];

let registry: RunningRegistry;
let notation: Notation;
let network: HttpClient;
let plugins: string;
let signers: ReadonlyMap<string, Issued>;

/** What notation is run with; its exit code and all that it says. */
function runNotation(...args: readonly string[]): Promise<{ readonly exitCode: number; readonly output: string }> {
  const env = { ...process.env, NOTATION_CONFIG: dirname(notation.trustPolicy) };
  return new Promise((resolve) => {
    const child = execFile(peer('notation'), args, { env }, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

const exec = createExec({
  ...{ environment: programEnvironment(process.env), signal: new AbortController().signal, ...pluginLimits },
});

async function openInstalled(name: string, config: Readonly<Record<string, string>> = {}) {
  const program = await findPlugin(files, plugins, name, process.platform);
  return openPlugin(exec, program!, config);
}

function repositoryOf(reference: string): Repository {
  const { http } = network;
  const registries = new Registry({ http, credentials: () => Promise.resolve(undefined), plainHttp: new Set() });
  return registries.repository(parseReference(reference), 'pull,push');
}

const target = async (reference: string): Promise<TargetArtifact> =>
  repositoryOf(reference).resolve(parseReference(reference));

/** The one signature of an artifact, proved whole. */
async function storedEnvelope(reference: string): Promise<IntactEnvelope> {
  const repository = repositoryOf(reference);
  const subject = await repository.resolve(parseReference(reference));
  for await (const manifest of listSignatures(repository, subject.digest)) {
    const { mediaType, envelope } = await fetchSignature(repository, manifest);
    const format = formats.find((each) => each.mediaType === mediaType)!;
    return verifyIntegrity(format.decode(envelope), 'a verification plugin');
  }
  throw new Error(`${reference} has no signature`);
}

/** "command {request}" with the bytes to sign taken out, which differ by the time in them. */
const comparable = (requests: readonly string[]): readonly string[] =>
  requests.map((request) => request.replace(/"payload":"[^"]+"/, '"payload":"…"'));

const identity = 'x509.subject: C=US, ST=WA, O=Acme';

describe.skipIf(!hasPeers || !canRunPlugins)('one plugin executable, with notation v1.3.2 and with us', () => {
  beforeAll(async () => {
    registry = await startDockerRegistry();
    network = createHttp({ signal: new AbortController().signal, userAgent: 'tests', environment: {} });
    const issued = await Promise.all(
      keySpecs.map(async (keySpec) => [keySpec, await codeSigningChain({ keySpec })] as const),
    );
    signers = new Map(issued);
    notation = createNotation({
      roots: issued.map(([, { chain }]) => encodePem(chain.at(-1)!)),
      identities: [identity],
    });
    plugins = join(dirname(notation.trustPolicy), 'plugins');
  });

  afterAll(async () => {
    notation.remove();
    await Promise.all([registry.close(), network.close()]);
  });

  const image = () => pushImage({ host: registry.host, repository: 'plugin' });
  const cases = formats.flatMap((format) => keySpecs.map((keySpec) => ({ format, keySpec })));

  it.each(cases)('signs bytes: $format.name, $keySpec', async ({ format, keySpec }) => {
    const plugin = installPlugin(plugins, 'signer', signerSettings('raw', signers.get(keySpec)!));
    const [theirs, ours] = await Promise.all([image(), image()]);
    const config = ['--plugin-config', 'b=2', '--plugin-config', 'a=<1>'];
    const flags = ['--plugin', 'raw', '--id', 'key-1', '--signature-format', format.name, ...config];
    expect(await runNotation('sign', ...flags, theirs.reference)).toMatchObject({ exitCode: 0 });
    const asked = plugin.requests();

    const signer = pluginSigner(await openInstalled('raw', { b: '2', a: '<1>' }), 'key-1');
    if (signer.kind !== 'raw') throw new Error('the plugin does not sign bytes');
    const envelope = await storedEnvelope(theirs.reference);
    const made = await signer.key.generateSignature(envelope.toBeSigned, await signer.key.describeKey());
    expect(comparable(plugin.requests().slice(asked.length))).toEqual(comparable(asked));
    expect(made.chain.map(({ fingerprint }) => fingerprint)).toEqual(
      envelope.chain.map(({ fingerprint }) => fingerprint),
    );
    expect(made.signature).toHaveLength(envelope.signature.length);

    // An envelope around the signature that we got, judged by notation.
    const subject = await target(ours.reference);
    const payload = format.payload(subject);
    const algorithm = envelope.algorithm;
    const protectedHeader = format.protect({ ...envelope.signed, signingTime: new Date() }, algorithm);
    const signed = await signer.key.generateSignature(format.toBeSigned(protectedHeader, payload), algorithm.keySpec);
    const certificateChain = signed.chain.map(({ der }) => der);
    await push(
      ours.reference,
      format.encode({ protectedHeader, payload, signature: signed.signature, certificateChain }),
      format,
    );
    expect(await notation.verify(ours.reference)).toMatchObject({ exitCode: 0 });
  });

  it.each(cases)('makes envelopes: $format.name, $keySpec', async ({ format, keySpec }) => {
    const annotations = { 'com.acme.job': '7' };
    const settings = envelopeSignerSettings('whole', signers.get(keySpec)!, { annotations });
    const plugin = installPlugin(plugins, 'envelope-signer', settings);
    const [theirs, ours] = await Promise.all([image(), image()]);
    const flags = ['--plugin', 'whole', '--id', 'key-1', '--signature-format', format.name, '--expiry', '2h'];
    const metadata = ['--user-metadata', 'build=7'];
    expect(await runNotation('sign', ...flags, ...metadata, theirs.reference)).toMatchObject({ exitCode: 0 });
    const asked = plugin.requests();
    const generate = async (reference: string): Promise<Uint8Array> => {
      const signer = pluginSigner(await openInstalled('whole'), 'key-1');
      if (signer.kind !== 'envelope') throw new Error('the plugin makes no envelopes');
      const wanted = { ...(await target(reference)), annotations: { build: '7' } };
      const generated = await signer.generator.generateEnvelope({
        ...{ payload: envelopeFormats.cose.payload(wanted), payloadType: payloadContentType },
        ...{ envelopeType: format.mediaType, expirySeconds: 7200 },
      });
      expect(generated.annotations).toEqual(annotations);
      requireGenerated(generated.envelope, format, wanted);
      return generated.envelope;
    };
    // The same artifact: the same questions, to the byte.
    await generate(theirs.reference);
    expect(plugin.requests().slice(asked.length)).toEqual(asked);
    await push(ours.reference, await generate(ours.reference), format);
    expect(await notation.verify(ours.reference, ...metadata)).toMatchObject({ exitCode: 0 });
  });

  async function push(reference: string, envelope: Uint8Array, { mediaType }: (typeof formats)[number]): Promise<void> {
    const repository = repositoryOf(reference);
    const subject = await repository.resolve(parseReference(reference));
    await pushSignature(repository, subject, { mediaType, envelope, thumbprints: [], createdAt: new Date() }, 'auto');
  }

  it.each<SignerFault>([
    ...(['says ACCESS_DENIED', 'fails in plain words', 'fails silently', 'answers with HTML'] as const),
    ...(['describes another key', 'signs in DER', 'signs something else', 'has its chain upside down'] as const),
    ...(['has no chain', 'is killed'] as const),
  ])('is refused by both: %s', async (fault) => {
    const faults = { 'generate-signature': fault };
    installPlugin(plugins, 'signer', signerSettings('faulty', signers.get('EC-384')!, { faults }));
    const { reference } = await image();
    const theirs = await runNotation('sign', '--plugin', 'faulty', '--id', 'key-1', reference);
    expect(theirs).toMatchObject({ exitCode: 1 });
    const signer = pluginSigner(await openInstalled('faulty'), 'key-1');
    if (signer.kind !== 'raw') throw new Error('the plugin does not sign bytes');
    await expect(signer.key.generateSignature(Buffer.from('x'), 'EC-384')).rejects.toHaveProperty(
      'name',
      'NotaryError',
    );
  });

  it.each<SignerFault>([
    ...(['has another name', 'has no description', 'has no URL', 'keeps to another contract'] as const),
    ...(['has no capabilities', 'answers with garbage'] as const),
  ])('is no plugin to both: %s', async (fault) => {
    const faults = { 'get-plugin-metadata': fault };
    installPlugin(plugins, 'signer', signerSettings('nameless', signers.get('EC-384')!, { faults }));
    const { reference } = await image();
    const theirs = await runNotation('sign', '--plugin', 'nameless', '--id', 'key-1', reference);
    expect(theirs).toMatchObject({ exitCode: 1 });
    await expect(openInstalled('nameless')).rejects.toHaveProperty('code', 'KEY_PLUGIN_FAILED');
  });

  describe.each(formats)('verifies, $name', (format) => {
    const attributes = {
      'io.cncf.notary.verificationPlugin': 'judge',
      'io.cncf.notary.verificationPluginMinVersion': '2.0.0',
      'com.acme.job': 'seven',
    };

    /** An artifact with a signature that calls for the plugin, made by notation. */
    async function signed(): Promise<string> {
      const settings = envelopeSignerSettings('calling', signers.get('EC-384')!, { attributes });
      installPlugin(plugins, 'envelope-signer', settings);
      const { reference } = await image();
      const flags = ['--plugin', 'calling', '--id', 'key-1', '--signature-format', format.name];
      expect(await runNotation('sign', ...flags, reference)).toMatchObject({ exitCode: 0 });
      return reference;
    }

    /** Our verdict on what the plugin is asked about. */
    async function ours(reference: string): Promise<'accepted' | 'refused'> {
      const envelope = await storedEnvelope(reference);
      try {
        const wanted = wantedPlugin(envelope.signed.extended)!;
        const program = await findPlugin(files, plugins, wanted.name, process.platform);
        const plugin = await openVerificationPlugin(exec, program!, wanted, {});
        const answer = await plugin.verifySignature({
          ...{ wanted: plugin.capabilities, attributes: envelope.signed, chain: envelope.chain },
          trustedIdentities: [identity],
        });
        return [...answer.values()].every((failure) => failure === undefined) ? 'accepted' : 'refused';
      } catch (error) {
        expect(error).toHaveProperty('name', 'NotaryError');
        return 'refused';
      }
    }

    const passed = { success: true };

    it.each<readonly [string, Partial<VerifierSettings>, 'accepted' | 'refused']>([
      ['both checks pass', {}, 'accepted'],
      ['it makes one check only', { capabilities: [identityCheck] }, 'accepted'],
      [
        'a stranger',
        { results: { [identityCheck]: { success: false, reason: 'no' }, [revocationCheck]: passed } },
        'refused',
      ],
      ['revoked', { results: { [identityCheck]: passed, [revocationCheck]: { success: false } } }, 'refused'],
      ['no result', { results: { [identityCheck]: passed } }, 'refused'],
      ['an attribute left unprocessed', { processed: [] }, 'refused'],
      ['too old', { version: '1.9.9' }, 'refused'],
      ['a pre-release of what is asked for', { version: '2.0.0-rc.1' }, 'refused'],
      ['does not verify', { capabilities: ['SIGNATURE_GENERATOR.RAW'] }, 'refused'],
      ['fails', { fault: 'says ACCESS_DENIED' }, 'refused'],
      ['answers with garbage', { fault: 'answers with garbage' }, 'refused'],
    ])('with the same verdict: %s', async (_name, change, verdict) => {
      const reference = await signed();
      const plugin = installPlugin(plugins, 'verifier', verifierSettings('judge', change));
      const theirs = await notation.verify(reference);
      expect(theirs).toMatchObject({ exitCode: verdict === 'accepted' ? 0 : 1 });
      const asked = plugin.requests();
      expect(await ours(reference)).toBe(verdict);
      // D26: notation sends the year 1 where the signature has no expiry; and it sends the identities of its policy.
      const known = asked.map((request) =>
        request.replace('"expiry":"0001-01-01T00:00:00Z",', '').replace(',"expiry":"0001-01-01T00:00:00Z"', ''),
      );
      expect(plugin.requests().slice(asked.length)).toEqual(known);
    });
  });

  it('has its certificates from the chain that notation stores', async () => {
    const settings = signerSettings('chain', signers.get('RSA-2048')!);
    installPlugin(plugins, 'signer', settings);
    const { reference } = await image();
    expect(await runNotation('sign', '--plugin', 'chain', '--id', 'key-1', reference)).toMatchObject({ exitCode: 0 });
    const { chain } = await storedEnvelope(reference);
    const given = settings.chain.map((text) => new X509Certificate(Buffer.from(text, 'base64')).fingerprint256);
    expect(chain.map(({ der }) => new X509Certificate(der).fingerprint256)).toEqual(given);
  });
});
