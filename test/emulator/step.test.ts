// A whole step as the runner sees it: what it leaves behind and how it ends, whatever goes wrong. It runs the sources;
// the bundle is run by the end-to-end tests.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { codeSigningChain } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { startRegistry } from '../support/registry.ts';
import type { RunningRegistry } from '../support/registry.ts';
import { runAction } from '../support/runner.ts';
import type { ActionResult } from '../support/runner.ts';

const main = join(import.meta.dirname, '../../sign/main.ts');
const zeros = `sha256:${'0'.repeat(64)}`;
const read = (source: string): string =>
  source.replace(/&#(\d+);/g, (_reference, number: string) => String.fromCharCode(Number(number)));
const titles = ({ annotations }: ActionResult): readonly string[] =>
  annotations.filter(({ level }) => level === 'error').map(({ title = '' }) => title);

let signer: Issued;
let registry: RunningRegistry;
let pem: Readonly<Record<string, string>>;
const undo: (() => unknown)[] = [];
beforeAll(async () => {
  [signer, registry] = await Promise.all([codeSigningChain(), startRegistry()]);
  pem = { 'private-key': signer.keyPem, 'certificate-chain': signer.chainPem };
});
afterEach(() => {
  for (const step of undo.splice(0)) step();
});
afterAll(() => registry.close());

describe('a step', () => {
  it('tells all problems of its inputs at once and asks nobody', async () => {
    const artifacts = `${registry.host}/app`;
    const result = await runAction({
      main,
      inputs: { artifacts, recursive: 'perhaps', 'private-key': 'secret words' },
    });
    expect(result.exitCode).toBe(1);
    expect(result.outputs).toMatchObject({ result: 'failure' });
    expect(titles(result)).toEqual(['INPUT_INVALID', 'INPUT_MISSING', 'INPUT_INVALID']);
    const summary = read(result.summary);
    expect(summary.startsWith('## ❌ Nothing was signed\n\n- ')).toBe(true);
    expect(summary.match(/\*\*Fix:\*\*/g)).toHaveLength(3);
    expect(result.report).toMatchObject({ result: 'failure', failures: [{}, {}, {}] });
    expect(registry.registry.requests).toEqual([]);
    expect(result.masked).toEqual(['secret words']);
    expect(result.stdout.replace(/^::add-mask::.*$/m, '') + result.stderr + result.summary).not.toContain(
      'secret words',
    );
  });

  it('writes no summary where none is wanted', async () => {
    const result = await runAction({ main, inputs: { summary: 'false' } });
    expect([result.exitCode, result.summary]).toEqual([1, '']);
  });

  it('signs, and leaves its result behind', async () => {
    const one = registry.registry.content.pushImage('app');
    const result = await runAction({
      main,
      inputs: { ...pem, artifacts: `${one.reference}\n${registry.host}/app@${zeros}` },
    });
    expect(result.exitCode).toBe(1);
    expect(result.outputs).toMatchObject({ digests: one.reference, result: 'failure' });
    expect(titles(result)).toEqual([`REGISTRY_NOT_FOUND: ${registry.host}/app@${zeros}`]);
    expect(read(result.summary)).toContain('## ❌ 1 of 2 artifacts signed');
    expect(result.report).toMatchObject({
      signatures: [{ digest: one.digest }],
      failures: [{ code: 'REGISTRY_NOT_FOUND' }],
    });
    expect(result.stderr).toBe('');
  });

  it('ends with its time, whoever hangs', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    undo.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const started = performance.now();
    const result = await runAction({ main, inputs: { ...pem, artifacts: `${host}/app@${zeros}`, timeout: '1s' } });
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(result.exitCode).toBe(1);
    expect(titles(result)).toEqual([`STEP_TIMED_OUT: ${host}/app@${zeros}`]);
    expect(result.outputs.result).toBe('failure');
    expect(read(result.summary)).toContain(
      '<code>STEP_TIMED_OUT</code> the 1 s of this step are over Running again may help.',
    );
  });

  it('names the permission that a job lacks', async () => {
    const { reference } = registry.registry.content.pushImage('app');
    const result = await runAction({
      main,
      inputs: {
        ...{ artifacts: reference, endpoint: 'https://127.0.0.1:1', 'signing-account-name': 'acme' },
        ...{ 'certificate-profile-name': 'release', 'azure-client-id': '00000000-0000-0000-0000-000000000000' },
        'azure-tenant-id': 'acme.example',
      },
    });
    expect(result.exitCode).toBe(1);
    expect(titles(result)).toEqual([`PERMISSION_MISSING: ${reference}`]);
    expect(read(result.summary)).toContain('permissions: { contents: read, id-token: write }');
  });

  it('lets a server forge neither commands nor Markdown', async () => {
    const { reference } = registry.registry.content.pushImage('app');
    const message = 'no\n::set-output name=digests::forged\r\n##[error]x\u001b[2J <script> | `x` **y**';
    const body = Buffer.from(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
    undo.push(registry.registry.intercept(({ method }) => (method === 'POST' ? { status: 403, body } : undefined)));
    const result = await runAction({ main, inputs: { ...pem, artifacts: reference } });
    expect(result.exitCode).toBe(1);
    expect(result.outputs).toMatchObject({ digests: '', result: 'failure' });
    for (const line of result.stdout.split('\n')) expect(line).not.toMatch(/^\s*::set-output|^\s*##\[/);
    expect(result.stdout).not.toContain('\u001b');
    const [refused, stored, ...others] = result.annotations;
    expect([stored?.message, others]).toEqual([expect.stringContaining('is a stored secret'), []]);
    expect(refused?.message).toContain('::set-output');
    expect(result.summary).not.toMatch(/<script|\*\*y|`x`/);
  });

  it('tells of a defect without its own lines', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'step-'));
    undo.push(() => {
      rmSync(directory, { recursive: true });
    });
    const room = join(import.meta.dirname, '../../shared/github');
    const program = (work: string): string => {
      const path = join(directory, `${work.length}.mjs`);
      writeFileSync(
        path,
        `import { createLog } from ${JSON.stringify(join(room, 'log.ts'))};
         import { runStep } from ${JSON.stringify(join(room, 'step.ts'))};
         const work = ${work};
         await runStep({ failureTitle: 'Nothing was done', environment: process.env, log: createLog(), work });`,
      );
      return path;
    };
    const thrown = await runAction({
      main: program(`async () => { throw new TypeError('x\\n::error::forged'); }`),
      inputs: {},
    });
    expect([thrown.exitCode, titles(thrown), thrown.outputs.result]).toEqual([1, ['DEFECT'], 'failure']);
    expect(read(thrown.summary)).toContain('<code>DEFECT</code> TypeError: x\\n::error::forged');
    const stray = await runAction({
      main: program(
        `() => new Promise(() => setImmediate(() => { throw new TypeError('x\\n::error::forged stray'); }))`,
      ),
      inputs: {},
    });
    expect([stray.exitCode, titles(stray), stray.stderr]).toEqual([1, ['DEFECT'], '']);
  });

  it('does not wait for what is left open', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'step-'));
    undo.push(() => {
      rmSync(directory, { recursive: true });
    });
    const path = join(directory, 'open.mjs');
    const room = join(import.meta.dirname, '../../shared/github');
    writeFileSync(
      path,
      `import { createLog } from ${JSON.stringify(join(room, 'log.ts'))};
       import { runStep } from ${JSON.stringify(join(room, 'step.ts'))};
       setInterval(() => undefined, 1000);
       const work = async () => ({ success: true, outputs: { long: 'x'.repeat(200_000) }, summary: 'fine', document: {} });
       await runStep({ failureTitle: '', environment: process.env, log: createLog(), work });`,
    );
    const result = await runAction({ main: path, inputs: {}, timeoutMs: 20_000 });
    expect([result.exitCode, result.outputs.result, result.summary]).toEqual([0, 'success', 'fine']);
    expect(result.outputs.long).toHaveLength(200_000);
  });
});
