// Whole steps over OCI image layouts on a real disk: what they leave in it, what they leave alone, and two processes at
// once.

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { codeSigningChain, encodePem } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { blobName, layoutOnDisk } from '../support/layout.ts';
import type { LayoutDescriptor, TestLayout } from '../support/layout.ts';
import { startRegistry } from '../support/registry.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';

const main = (action: string): string => join(import.meta.dirname, `../../${action}/main.ts`);
const zeros = `sha256:${'0'.repeat(64)}`;

let directory: string;
let signer: Issued;
let layout: TestLayout;
let image: LayoutDescriptor;
let count = 0;
/** Of the proxy through which every step would have to go. */
let requests = 0;
const proxy = createServer((_request, response) => {
  requests += 1;
  response.writeHead(502).end();
});
let proxied: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'layouts-'));
  signer = await codeSigningChain();
  writeFileSync(join(directory, 'root.pem'), encodePem(signer.chain.at(-1)!));
  proxy.on('connect', (_request, socket) => {
    requests += 1;
    socket.destroy();
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  proxied = { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: '' };
});
afterAll(() => {
  proxy.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  requests = 0;
  layout = layoutOnDisk(join(directory, `dist-${++count}`));
  image = layout.addImage('v1');
});

type Inputs = Readonly<Record<string, string>>;

/** What the tests name as "dist" is a directory of the workspace. */
const run = (action: string, inputs: Inputs, env: Inputs = proxied): Promise<ActionResult> =>
  runAction({ main: main(action), cwd: directory, env, inputs });
const sign = (inputs: Inputs): Promise<ActionResult> =>
  run('sign', {
    ...{ 'private-key': signer.keyPem, 'certificate-chain': signer.chainPem, 'allow-untimestamped': 'true' },
    ...inputs,
  });
const verify = (inputs: Inputs): Promise<ActionResult> =>
  run('verify', { 'trusted-roots': 'root.pem', 'trusted-identities': '*', ...inputs });

const dist = (): string => `oci-layout:dist-${count}`;
const errors = ({ annotations }: ActionResult): readonly (string | undefined)[] =>
  annotations.filter(({ level }) => level === 'error').map(({ title }) => title);
const verdicts = ({ outputs }: ActionResult): readonly string[] =>
  (JSON.parse(outputs.results ?? '[]') as { verdict: string }[]).map(({ verdict }) => verdict);
/** Everything below the layout, with what stands in it. */
const snapshot = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(layout.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(layout.directory.length + 1)
          .replaceAll('\\', '/'),
      )
      .sort()
      .map((name) => [name, layout.read(name)]),
  );

describe('sign and verify on a layout', () => {
  it('name it as the user did, and ask nobody', async () => {
    const expected = `${dist()}@${image.digest}`;
    const signed = await sign({ artifacts: `oci-layout:./dist-${count}/:v1` });
    expect([errors(signed), signed.exitCode, signed.outputs.digests]).toEqual([[], 0, expected]);
    expect(signed.annotations).toMatchObject([
      { level: 'warning', message: expect.stringContaining('private-key is a stored secret') as string },
      { level: 'warning', message: expect.stringContaining('a tag can be moved') as string },
    ]);
    const verified = await verify({ artifacts: `${dist()}:v1` });
    expect([errors(verified), verified.exitCode, verified.outputs.digests]).toEqual([[], 0, expected]);
    expect(JSON.parse(verified.outputs.results!)).toMatchObject([{ repository: dist(), digest: image.digest }]);
    expect(requests).toBe(0);
  });

  it('leave complete files and nothing else', async () => {
    const before = snapshot();
    await sign({ artifacts: `${dist()}@${image.digest}` });
    const added = [...snapshot().keys()].filter((name) => !before.has(name));
    expect(added).toHaveLength(3);
    expect(added.every((name) => /^blobs\/sha256\/[0-9a-f]{64}$/.test(name))).toBe(true);
    for (const [name, content] of before) if (name !== 'index.json') expect(layout.read(name)).toBe(content);
  });

  it('take layouts and registries in one run', async () => {
    const registry = await startRegistry();
    const pushed = registry.registry.content.pushImage('app');
    const artifacts = `${dist()}@${image.digest}\n${pushed.reference}`;
    const direct = { ...proxied, NO_PROXY: registry.host };
    const inputs = { 'private-key': signer.keyPem, 'certificate-chain': signer.chainPem, artifacts };
    const signed = await run('sign', { ...inputs, 'allow-untimestamped': 'true' }, direct);
    const trust = { 'trusted-roots': 'root.pem', 'trusted-identities': '*' };
    const verified = await run('verify', { ...trust, artifacts }, direct);
    await registry.close();
    expect([signed.outputs.digests, verified.outputs.digests]).toEqual([artifacts, artifacts]);
  });

  it('work on every manifest of an index', async () => {
    const index = layout.addIndex('multi');
    const expected = [index, ...index.children].map(({ digest }) => `${dist()}@${digest}`).join('\n');
    const signed = await sign({ artifacts: `${dist()}:multi`, recursive: 'true' });
    expect([errors(signed), signed.outputs.digests]).toEqual([[], expected]);
    const verified = await verify({ artifacts: `${dist()}:multi`, recursive: 'true' });
    expect([errors(verified), verified.outputs.digests]).toEqual([[], expected]);
    const platform = await verify({ artifacts: `${dist()}:multi`, platforms: 'linux/arm64' });
    expect(verdicts(platform)).toEqual(['verified', 'verified']);
  });

  it('can be moved', async () => {
    await sign({ artifacts: `${dist()}:v1` });
    cpSync(layout.directory, join(directory, 'moved'), { recursive: true });
    expect(verdicts(await verify({ artifacts: `oci-layout:moved@${image.digest}` }))).toEqual(['verified']);
  });
});

describe('sign', () => {
  it('leaves alone what is signed, with if-signed', async () => {
    const artifacts = `${dist()}@${image.digest}`;
    await sign({ artifacts });
    const before = snapshot();
    const skipped = await sign({ artifacts, 'if-signed': 'skip' });
    expect(JSON.parse(skipped.outputs.signatures!)).toMatchObject([{ action: 'skipped' }]);
    const failed = await sign({ artifacts, 'if-signed': 'fail' });
    expect(errors(failed)).toEqual([`SIGNATURE_EXISTS: ${artifacts}`]);
    expect(snapshot()).toEqual(before);
  });

  it('leaves nothing behind in a dry run, and says what it proved', async () => {
    const before = snapshot();
    const result = await sign({ artifacts: `${dist()}@${image.digest}`, 'dry-run': 'true' });
    expect([errors(result), result.exitCode, result.outputs.digests]).toEqual([[], 0, '']);
    expect(result.stdout).toContain(`${dist()} could be locked for a change, and was let go`);
    expect(snapshot()).toEqual(before);
  });

  it('tells of each artifact that is not there, and signs the others', async () => {
    const missing = [`oci-layout:nowhere:v1`, `${dist()}:v2`, `${dist()}@${zeros}`];
    const result = await sign({ artifacts: [...missing, `${dist()}:v1`].join('\n') });
    expect(errors(result)).toEqual(missing.map((text) => `REGISTRY_NOT_FOUND: ${text}`));
    expect(result.outputs).toMatchObject({ digests: `${dist()}@${image.digest}`, result: 'failure' });
    expect(result.stdout).toContain('Name the directory that holds oci-layout, index.json and blobs');
  });

  it('does not write behind the lock of another process, and ends with the step', async () => {
    layout.write('index.json.lock', 'somebody else');
    const before = layout.read('index.json');
    const result = await sign({ artifacts: `${dist()}@${image.digest}`, timeout: '2s' });
    expect(errors(result)).toEqual([`STEP_TIMED_OUT: ${dist()}@${image.digest}`]);
    expect([layout.read('index.json'), layout.read('index.json.lock')]).toEqual([before, 'somebody else']);
  });

  it('tells that a layout has no referrers tag, with all other problems', async () => {
    const result = await sign({ artifacts: `${dist()}:v1`, referrers: 'tag', recursive: 'perhaps' });
    expect(errors(result)).toEqual(['INPUT_INVALID', 'INPUT_INVALID']);
    expect(result.stdout).toContain('referrers: has no effect on OCI layouts');
  });

  it.skipIf(process.platform === 'win32')('follows no link out of the layout', async () => {
    const elsewhere = layoutOnDisk(join(directory, `elsewhere-${count}`));
    const linked = layoutOnDisk(join(directory, `linked-${count}`));
    linked.enter(image, 'v1');
    rmSync(join(linked.directory, 'blobs'), { recursive: true });
    symlinkSync(join(elsewhere.directory, 'blobs'), join(linked.directory, 'blobs'));
    elsewhere.write(blobName(image.digest), layout.read(blobName(image.digest)));
    const before = readdirSync(join(elsewhere.directory, 'blobs/sha256'));
    const result = await sign({ artifacts: `oci-layout:linked-${count}:v1` });
    expect(errors(result)).toEqual([`REGISTRY_RESPONSE_INVALID: oci-layout:linked-${count}:v1`]);
    expect(result.stdout).toContain('blobs is a symbolic link, which is not followed');
    expect(readdirSync(join(elsewhere.directory, 'blobs/sha256'))).toEqual(before);
    // The directory itself is the word of the user.
    symlinkSync(layout.directory, join(directory, `alias-${count}`));
    expect((await sign({ artifacts: `oci-layout:alias-${count}:v1` })).exitCode).toBe(0);
  });
});

describe('verify', () => {
  it('refuses what carries no signature, unless on-unsigned accepts its scope', async () => {
    const artifacts = `${dist()}@${image.digest}`;
    const outcome = async (inputs: Inputs): Promise<unknown> => {
      const result = await verify({ artifacts, ...inputs });
      return [verdicts(result), result.exitCode];
    };
    expect(await outcome({})).toEqual([['unsigned'], 1]);
    expect(await outcome({ 'on-unsigned': 'registry.example/app=ignore' })).toEqual([['unsigned'], 1]);
    const scoped = { 'on-unsigned': 'registry.example/app=ignore', 'layout-scope': 'registry.example/app' };
    expect(await outcome(scoped)).toEqual([['unsigned'], 0]);
  });

  it('refuses a signature that was moved to another artifact', async () => {
    await sign({ artifacts: `${dist()}@${image.digest}` });
    const other = layout.addImage('v2');
    const { manifests } = layout.readIndex();
    const signature = manifests.find(({ annotations = {} }) => 'org.opencontainers.image.created' in annotations)!;
    const manifest = JSON.parse(layout.read(blobName(signature.digest))) as object;
    const { mediaType, digest, size } = other;
    layout.enter(layout.putManifest({ ...manifest, subject: { mediaType, digest, size } }));
    expect(verdicts(await verify({ artifacts: `${dist()}:v1\n${dist()}:v2` }))).toEqual(['verified', 'invalid']);
  });

  it('tells of damage, and not that there is no signature', async () => {
    await sign({ artifacts: `${dist()}@${image.digest}` });
    const signature = layout.readIndex().manifests.at(-1)!;
    layout.write(blobName(signature.digest), layout.read(blobName(signature.digest)).replace('"size":2}', '"size":3}'));
    const result = await verify({ artifacts: `${dist()}:v1`, 'on-unsigned': 'ignore' });
    expect([verdicts(result), result.exitCode]).toEqual([['invalid'], 1]);
    expect(result.stdout).toContain('REGISTRY_CONTENT_MISMATCH');
  });

  it('tells all problems of its inputs at once', async () => {
    const result = await verify({
      artifacts: `${dist()}\n${dist()}:v1`,
      ...{ 'layout-scope': 'https://registry.example/app', 'trusted-identities': '' },
    });
    expect(errors(result)).toEqual(['INPUT_INVALID', 'INPUT_INVALID', 'INPUT_MISSING']);
    expect(result.stdout).toContain('layout-scope: "https://registry.example/app" is not registry/repository');
    expect(requests).toBe(0);
  });
});

it('loses nothing when two processes sign one image fifty times each', async () => {
  const chain = join(directory, 'chain.pem');
  writeFileSync(chain, signer.chainPem);
  const environment = {
    ...{ PATH: process.env.PATH, HOME: directory, 'INPUT_ALLOW-UNTIMESTAMPED': 'true' },
    ...{
      INPUT_ARTIFACTS: layout.reference(image),
      'INPUT_PRIVATE-KEY': signer.keyPem,
      'INPUT_CERTIFICATE-CHAIN': chain,
    },
  };
  const program = join(import.meta.dirname, '../support/signing-process.ts');
  const signMany = async (): Promise<readonly string[]> => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, '50'], { env: environment });
    return stdout.split('\n').filter((line) => line.startsWith('sha256:'));
  };
  const stored = (await Promise.all([signMany(), signMany()])).flat();
  const listed = layout.readIndex().manifests.map(({ digest }) => digest);
  console.log(`a layout: ${stored.length} stored, ${listed.length - 1} listed`);
  expect(new Set(stored).size).toBe(100);
  expect([...listed].sort()).toEqual([image.digest, ...stored].sort());
  expect(readdirSync(layout.directory).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
});
