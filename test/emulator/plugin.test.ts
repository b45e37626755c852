// Plugins as executables of their own, run through the real Exec; installed by hand, or from an address with a checksum.

import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sha256Hex } from '../../shared/crypto/digest.ts';
import { NotaryError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { createExec, programEnvironment } from '../../shared/github/exec.ts';
import type { ExecOptions } from '../../shared/github/exec.ts';
import { installTool } from '../../shared/github/tool.ts';
import { files } from '../../shared/host/files.ts';
import { openPlugin, pluginLimits } from '../../shared/keys/notation-plugin.ts';
import { findPlugin, pluginFileName } from '../../shared/keys/notation-plugin-program.ts';
import { pluginSigner } from '../../shared/keys/notation-plugin-signing.ts';
import { openVerificationPlugin } from '../../shared/keys/notation-plugin-verification.ts';
import type { KeyProvider } from '../../shared/keys/provider.ts';
import type { Exec } from '../../shared/ports.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import { codeSigningChain } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { describeKeyProvider } from '../support/key-provider-suite.ts';
import { startLoopbackServer } from '../support/loopback-server.ts';
import { canRunPlugins, installPlugin } from '../support/plugin/install.ts';
import { signerSettings } from '../support/plugin/signer.ts';
import type { SignerFault, SignerSettings } from '../support/plugin/signer.ts';
import { identityCheck, verifierSettings } from '../support/plugin/verifier.ts';
import { createWorld } from './azure-world.ts';

const message = Buffer.from('to be signed');
const world = createWorld();
let directory: string;
let issued: Issued;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plugins-'));
  issued = await codeSigningChain();
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await world.close();
});

const exec = (change: Partial<ExecOptions> = {}) =>
  createExec({
    ...{ environment: programEnvironment(process.env), signal: new AbortController().signal, ...pluginLimits },
    ...change,
  });

async function keyOf(change: Partial<SignerSettings>, options: Partial<ExecOptions> = {}): Promise<KeyProvider> {
  const { name } = installPlugin(directory, 'signer', signerSettings('acme', issued, change));
  const program = await findPlugin(files, directory, name, process.platform);
  // The limits of a test are for its signature alone: a busy machine may take long to start a program.
  const [usual, limited] = [exec(), exec(options)];
  const run: Exec = (file, args, stdin) => (args[0] === 'generate-signature' ? limited : usual)(file, args, stdin);
  const signer = pluginSigner(await openPlugin(run, program!, {}), 'key-1');
  if (signer.kind !== 'raw') throw new Error('the plugin does not sign bytes');
  return signer.key;
}

async function refusal(work: Promise<unknown>): Promise<NotaryError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

describe.skipIf(!canRunPlugins)('a plugin executable', () => {
  describeKeyProvider('plugin', () => keyOf({}));

  it.each<readonly [SignerFault, ErrorCode, string, Partial<ExecOptions>]>([
    ['says ACCESS_DENIED', 'KEY_ACCESS_DENIED', 'ACCESS_DENIED: not for you', {}],
    ['says THROTTLED', 'KEY_UNAVAILABLE', 'THROTTLED', {}],
    ['fails in plain words', 'KEY_PLUGIN_FAILED', 'panic: it is dark', {}],
    ['fails silently', 'KEY_PLUGIN_FAILED', 'it says nothing', {}],
    ['answers with garbage', 'KEY_PLUGIN_FAILED', 'not well-formed UTF-8', {}],
    ['describes another key', 'KEY_PLUGIN_FAILED', 'key-2', {}],
    ['signs in DER', 'KEY_SIGNATURE_INVALID', 'DER', {}],
    ['hangs', 'KEY_PLUGIN_FAILED', 'did not end within 2000 ms', { timeoutMs: 2000 }],
    ['writes without end', 'KEY_PLUGIN_FAILED', 'wrote more than 1000000 bytes', { maxStdoutBytes: 1_000_000 }],
    ['is killed', 'KEY_PLUGIN_FAILED', 'ended by SIGKILL', {}],
  ])('that %s is refused: %s', async (fault, code, words, options) => {
    const key = await keyOf({ faults: { 'generate-signature': fault } }, options);
    const error = await refusal(key.generateSignature(message, await key.describeKey()));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  it('that bears another name is refused', async () => {
    const error = await refusal(keyOf({ faults: { 'get-plugin-metadata': 'has another name' } }));
    expect(error.message).toContain('it is named "other"');
  });

  it('that may not be executed is refused, with the reason', async () => {
    const { name, file } = installPlugin(directory, 'signer', signerSettings('closed', issued));
    chmodSync(file, 0o644);
    const error = await refusal(openPlugin(exec(), { name, file }, {}));
    expect(error.code).toBe('KEY_PLUGIN_FAILED');
    expect(error.message).toContain('EACCES');
  });

  it('behind a symbolic link is not run (D23)', async () => {
    const { name, file } = installPlugin(directory, 'signer', signerSettings('linked', issued));
    const linked = mkdtempSync(join(tmpdir(), 'linked-'));
    symlinkSync(dirname(file), join(linked, name));
    expect((await refusal(findPlugin(files, linked, name, process.platform))).message).toContain('symlink');
    rmSync(linked, { recursive: true });
  });

  it('sees neither inputs nor tokens of the step', async () => {
    const plugin = installPlugin(directory, 'signer', signerSettings('curious', issued));
    const dump = join(directory, 'environment.json');
    writeFileSync(
      plugin.file,
      readFileSync(plugin.file, 'utf8').replace(
        '\n',
        `\nrequire('node:fs').writeFileSync(${JSON.stringify(dump)}, JSON.stringify(Object.keys(process.env)));\n`,
      ),
    );
    const environment = {
      ...process.env,
      'INPUT_PRIVATE-KEY': 'x',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
      AWS_PROFILE: 'x',
    };
    await openPlugin(exec({ environment: programEnvironment(environment, ['AWS_PROFILE']) }), plugin, {});
    const seen = JSON.parse(readFileSync(dump, 'utf8')) as string[];
    expect(seen).toEqual(expect.arrayContaining(['PATH', 'AWS_PROFILE']));
    expect(seen.filter((name) => /^(INPUT|ACTIONS|GITHUB|VITEST|NODE_OPTIONS)/.test(name))).toEqual([]);
  });

  it('verifies, too', async () => {
    const plugin = installPlugin(directory, 'verifier', verifierSettings('judge'));
    const verifier = await openVerificationPlugin(exec(), plugin, { name: 'judge' }, {});
    const answer = await verifier.verifySignature({
      wanted: new Set([identityCheck]),
      attributes: {
        ...{ contentType: 'x', signingScheme: 'notary.x509', signingTime: new Date(0) },
        extended: [{ key: 'a', critical: true, value: 'b' }],
      },
      chain: issued.chain.map(parseCertificate),
      trustedIdentities: ['*'],
    });
    expect(answer).toEqual(new Map([[identityCheck, undefined]]));
    expect(plugin.requests().map((request) => request.split(' ')[0])).toEqual([
      'get-plugin-metadata',
      'verify-signature',
    ]);
  });
});

describe.skipIf(!canRunPlugins)('a plugin from an address', () => {
  it('is fetched, checked, kept, and signs', async () => {
    // The settings lie beside the installed executable, for whoever runs it; so this one is told where they are.
    const home = installPlugin(directory, 'signer', signerSettings('fetched', issued));
    const bytes = Buffer.from(home.bytes);
    const site = await startLoopbackServer(({ url }) =>
      url.pathname === '/latest' ? { status: 302, headers: { location: '/v1/plugin' } } : { status: 200, body: bytes },
    );
    const temporary = mkdtempSync(join(tmpdir(), 'runner-temp-'));
    const environment = { RUNNER_TEMP: temporary };
    const install = (sha256: string): Promise<string> =>
      installTool(
        {
          ...{ name: 'notation-plugin-fetched', url: new URL('/latest', site.origin), sha256 },
          program: pluginFileName('fetched', process.platform),
        },
        { http: world.http, sha256Hex, environment },
      );
    const file = await install(createHash('sha256').update(bytes).digest('hex'));
    const signer = pluginSigner(await openPlugin(exec(), { name: 'fetched', file }, {}), 'key-1');
    expect(signer.kind === 'raw' && (await signer.key.generateSignature(message, 'EC-256')).signature).toHaveLength(64);

    const before = readdirSync(temporary, { recursive: true }).length;
    expect((await refusal(install('0'.repeat(64)))).code).toBe('CHECKSUM_MISMATCH');
    // Only the empty directory that was to take it.
    expect(readdirSync(temporary, { recursive: true })).toHaveLength(before + 1);
    await site.close();
    rmSync(temporary, { recursive: true });
  });
});
