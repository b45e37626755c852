// Logins that the bundles find by themselves: at Azure Container Registry by the identity of the job alone, and with a
// credential helper where docker has put it.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startEmulator } from '../support/emulator.ts';
import type { Emulator } from '../support/emulator.ts';
import { programDirectory } from '../support/executable.ts';
import type { ProgramDirectory } from '../support/executable.ts';
import { startProxy } from '../support/proxy.ts';
import type { Proxy } from '../support/proxy.ts';
import type { PushedArtifact } from '../support/registry-content.ts';
import { readSummary } from '../support/rendered.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';
import { createTlsIdentity } from '../support/tls.ts';
import type { TlsIdentity } from '../support/tls.ts';

type Values = Readonly<Record<string, string>>;

/** What a person could see of a run, the masks left out. */
const shown = ({ stdout, stderr, summary, report }: ActionResult): string =>
  stdout.replaceAll(/^::add-mask::.*$/gm, '') + stderr + summary + JSON.stringify(report);

describe('a registry of Azure', () => {
  const registryHost = 'acme.azurecr.io';
  const storageHost = 'acme.blob.core.windows.net';
  let emulator: Emulator;
  let tls: TlsIdentity;
  let proxy: Proxy;
  let directory: string;
  let environment: Values;
  let image: PushedArtifact;

  beforeAll(async () => {
    tls = await createTlsIdentity([registryHost, storageHost]);
    const known = { as: new URL(`https://${registryHost}/`), key: tls.key, cert: tls.cert };
    const acceptAccessToken = (token: string, tenant: string | null): boolean =>
      tenant === emulator.entra.tenantId &&
      emulator.entra.readToken(token, 'https://containerregistry.azure.net')?.oid === emulator.entra.objectId;
    const realm = new URL(`https://${registryHost}/oauth2/token`);
    emulator = await startEmulator({
      registry: { known, auth: 'bearer', realm, acceptAccessToken, deleteScope: true },
    });
    const { registry, port } = emulator.registry;
    // Blobs come from storage, whose addresses carry their permission in themselves.
    registry.intercept(({ method, url, headers }) => {
      if (method !== 'GET' || !url.pathname.includes('/blobs/sha256')) return undefined;
      if (headers.host !== storageHost) {
        return { status: 307, headers: { location: `https://${storageHost}${url.pathname}?sig=permission` } };
      }
      const digest = url.pathname.split('/').at(-1) ?? '';
      const body = registry.content.repository('team/app').blobs.get(digest);
      return headers.authorization === undefined && body !== undefined ? { status: 200, body } : { status: 403 };
    });
    proxy = await startProxy({ routes: { [`${registryHost}:443`]: port, [`${storageHost}:443`]: port } });
    directory = await mkdtemp(join(tmpdir(), 'azure-registry-'));
    const caFile = join(directory, 'authorities.pem');
    const emulated = emulator.environment.NODE_EXTRA_CA_CERTS ?? '';
    await writeFile(caFile, tls.caPem + (await readFile(emulated, 'utf8')));
    const proxied = { HTTPS_PROXY: `http://${proxy.host}`, NO_PROXY: 'localhost,127.0.0.1' };
    environment = { ...emulator.environment, ...proxied, NODE_EXTRA_CA_CERTS: caFile };
  });
  afterAll(async () => {
    await Promise.all([emulator.close(), proxy.close(), tls.remove()]);
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    image = emulator.registry.registry.content.pushImage('team/app');
    emulator.registry.registry.requests.length = 0;
  });

  it('is signed to with nothing but azure-client-id and azure-tenant-id', async () => {
    const inputs = { ...emulator.signInputs, artifacts: image.reference };
    expect(Object.keys(inputs).filter((name) => name.startsWith('registry-'))).toEqual([]);
    const signed = await runAction({ main: 'dist/sign/index.js', inputs, env: environment });
    expect(signed.outputs).toMatchObject({ result: 'success', digests: image.reference });
    const asked = emulator.registry.registry.log;
    expect(asked.filter((line) => line.includes('/oauth2/'))).toEqual(['POST /oauth2/exchange', 'POST /oauth2/token']);
    expect(shown(signed)).not.toMatch(/refresh-\d|token-\d|eyJ/);
    const verified = await runAction({
      main: 'dist/verify/index.js',
      inputs: {
        ...{ ...emulator.verifyInputs, artifacts: image.reference },
        ...{ 'azure-client-id': emulator.entra.clientId, 'azure-tenant-id': emulator.entra.tenantId },
      },
      env: environment,
    });
    expect(verified.outputs).toMatchObject({ result: 'success', digests: image.reference });
    const fromStorage = emulator.registry.registry.requests.filter(({ headers }) => headers.host === storageHost);
    expect(fromStorage.map(({ authorization }) => authorization)).toEqual([false]);
  });

  it('says so where the identity has no role, and stores nothing', async () => {
    const release = emulator.registry.registry.intercept(({ method }) =>
      method === 'POST' ? undefined : { status: 403, body: Buffer.from('{"errors":[{"code":"DENIED"}]}') },
    );
    const inputs = { ...emulator.signInputs, artifacts: image.reference };
    const result = await runAction({ main: 'dist/sign/index.js', inputs, env: environment });
    release();
    expect(result.exitCode).toBe(1);
    expect(readSummary(result.summary)).toContain('REGISTRY_UNAUTHORIZED');
    expect(readSummary(result.summary)).toContain(`${registryHost}/team/app`);
    expect(shown(result)).not.toMatch(/refresh-\d|token-\d|eyJ/);
  });
});

describe('a registry whose login is with a credential helper', () => {
  let emulator: Emulator;
  let programs: ProgramDirectory;
  let home: string;
  let image: PushedArtifact;
  const secret = 'hunter2-of-the-helper';

  beforeAll(async () => {
    emulator = await startEmulator({ registry: { auth: 'bearer', username: 'ada', password: secret } });
  });
  afterAll(() => emulator.close());
  beforeEach(async () => {
    programs = programDirectory();
    home = await mkdtemp(join(tmpdir(), 'home-'));
    image = emulator.registry.registry.content.pushImage('team/app');
    await mkdir(join(home, '.docker'));
    const config = { credHelpers: { [emulator.registry.host]: 'acme' } };
    await writeFile(join(home, '.docker/config.json'), JSON.stringify(config));
  });
  afterEach(async () => {
    programs.remove();
    await rm(home, { recursive: true });
  });
  const sign = (): Promise<ActionResult> =>
    runAction({
      main: 'dist/sign/index.js',
      inputs: { ...emulator.signInputs, artifacts: image.reference },
      env: { ...emulator.environment, HOME: home, PATH: programs.path, REGISTRY_AUTH_FILE: join(home, 'named.json') },
    });

  it('is signed to: the executable is run once, without a shell, and knows nothing of the step', async () => {
    programs.add(
      'docker-credential-acme',
      `return { stdout: JSON.stringify({ ServerURL: stdin, Username: 'ada', Secret: ${JSON.stringify(secret)} }) };`,
    );
    const result = await sign();
    expect(result.outputs).toMatchObject({ result: 'success', digests: image.reference });
    expect(programs.runs()).toMatchObject([{ args: ['get'], stdin: emulator.registry.host }]);
    const names = Object.keys(programs.runs()[0]?.environment ?? {});
    expect(names.filter((name) => /^(INPUT|ACTIONS)_/.test(name))).toEqual([]);
    expect(shown(result)).not.toContain(secret);
  });

  const places = (): readonly string[] => [
    'registry-username (not given)',
    `${home}/named.json (not there)`,
    `${home}/.docker/config.json (docker-credential-acme asked for ${emulator.registry.host})`,
  ];

  it.each([
    ['is not installed', undefined, 'docker-credential-acme: it cannot be started (ENOENT)'],
    ['fails', "return { stdout: 'no session', exitCode: 1 };", 'no session'],
    [
      'says nothing that can be read',
      "return { stdout: '<html>' };",
      'the answer of docker-credential-acme get: not valid JSON',
    ],
  ])('is not signed to where it %s, and every place looked at is named', async (_what, program, words) => {
    if (program !== undefined) programs.add('docker-credential-acme', program);
    const result = await sign();
    expect(result.exitCode).toBe(1);
    const summary = readSummary(result.summary);
    expect(summary).toContain('PROGRAM_FAILED');
    expect(summary).toContain(words);
    expect(summary).toContain(`looked at ${places().join(', ')}`);
    expect(summary).toContain('Install the credential helper on the runner and log in with it');
  });

  it('is not signed to with a wrong login, and every place looked at is named', async () => {
    programs.add(
      'docker-credential-acme',
      "return { stdout: JSON.stringify({ Username: 'ada', Secret: 'wrong-one' }) };",
    );
    const result = await sign();
    expect(result.exitCode).toBe(1);
    const summary = readSummary(result.summary);
    expect(summary).toContain('REGISTRY_UNAUTHORIZED');
    expect(summary).toContain(`asked as user "ada", after a look at ${places().join(', ')}`);
    expect(shown(result)).not.toContain('wrong-one');
  });
});
