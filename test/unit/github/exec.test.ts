import { describe, expect, it } from 'vitest';

import { encodeUtf8, showUtf8 } from '../../../shared/bytes.ts';
import { NotaryError, hasCode } from '../../../shared/errors.ts';
import { createExec, programEnvironment } from '../../../shared/github/exec.ts';
import type { ExecOptions } from '../../../shared/github/exec.ts';
import type { ExecResult } from '../../../shared/ports.ts';

const none = new Uint8Array();

/** Runs a piece of JavaScript in a program of its own. */
function run(script: string, options: Partial<ExecOptions> = {}, stdin: Uint8Array = none): Promise<ExecResult> {
  const exec = createExec({
    ...{ environment: {}, signal: new AbortController().signal, timeoutMs: 20_000, maxStdoutBytes: 1000 },
    ...options,
  });
  return exec(process.execPath, ['-e', script], stdin);
}

async function refusal(work: Promise<unknown>): Promise<NotaryError> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

describe('createExec', () => {
  it('hands over input, output, messages and the exit code', async () => {
    const script = `process.stdin.on('data', (c) => process.stdout.write(c)).on('end', () => { console.error('told'); process.exitCode = 7 })`;
    const result = await run(script, {}, encodeUtf8('über'));
    expect({ ...result, stdout: showUtf8(result.stdout), stderr: showUtf8(result.stderr) }).toEqual({
      ...{ exitCode: 7, stdout: 'über', stderr: 'told\n' },
    });
  });

  it('passes arguments as they are, for no shell reads them', async () => {
    const exec = createExec({
      ...{ environment: {}, signal: new AbortController().signal, timeoutMs: 20_000, maxStdoutBytes: 1000 },
    });
    const args = ['$(echo x)', '; echo y', '"', '*'];
    const { stdout } = await exec(
      process.execPath,
      ['-e', 'process.stdout.write(JSON.stringify(process.argv.slice(1)))', '--', ...args],
      none,
    );
    expect(JSON.parse(showUtf8(stdout))).toEqual(args);
  });

  it('gives the program the environment of the options and no other', async () => {
    const script = 'process.stdout.write(JSON.stringify(Object.keys(process.env)))';
    const { stdout } = await run(script, { environment: { GIVEN: '1' } });
    const names = (JSON.parse(showUtf8(stdout)) as string[]).filter((name) => !name.startsWith('__CF'));
    expect(names).toEqual(['GIVEN']);
  });

  it('takes a program that ends without reading its input', async () => {
    const result = await run('process.exit(3)', {}, new Uint8Array(4 * 1024 * 1024));
    expect(result.exitCode).toBe(3);
  });

  it('refuses a program that is not there', async () => {
    const exec = createExec({
      ...{ environment: {}, signal: new AbortController().signal, timeoutMs: 20_000, maxStdoutBytes: 1000 },
    });
    const error = await refusal(exec('/nowhere/notation-x', [], none));
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toBe('/nowhere/notation-x: it cannot be started (ENOENT)');
  });

  it('ends a program that takes too long, with what it has started', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      setInterval(() => {}, 1000);`;
    const error = await refusal(run(script, { timeoutMs: 300 }));
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toContain('it did not end within 300 ms');
  });

  it('does not wait for a process that has left the group and holds the pipes', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3000)'], { stdio: 'inherit', detached: true }).unref();`;
    const error = await refusal(run(script, { timeoutMs: 500 }));
    expect(error.message).toContain('it did not end within 500 ms');
  });

  it('ends a program that writes too much', async () => {
    const error = await refusal(run(`for (;;) require('node:fs').writeSync(1, 'x'.repeat(999))`));
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toContain('it wrote more than 1000 bytes');
  });

  it('takes exactly as much as is allowed', async () => {
    expect((await run(`process.stdout.write('x'.repeat(1000))`)).stdout).toHaveLength(1000);
  });

  it('lets go of messages beyond their limit', async () => {
    const { stderr } = await run(`process.stderr.write('x'.repeat(3 * 1024 * 1024))`);
    expect(stderr).toHaveLength(1024 * 1024);
  });

  it.skipIf(process.platform === 'win32')('tells when a signal ended it', async () => {
    const error = await refusal(run(`process.kill(process.pid, 'SIGSEGV')`));
    expect(error.code).toBe('PROGRAM_FAILED');
    expect(error.message).toContain('it was ended by SIGSEGV');
  });

  it('ends it with the step', async () => {
    const controller = new AbortController();
    const work = run('setInterval(() => {}, 1000)', { signal: controller.signal });
    controller.abort(new NotaryError('STEP_TIMED_OUT', 'the 1 s of this step are over'));
    expect((await refusal(work)).message).toBe('the 1 s of this step are over');
    await expect(run('0', { signal: controller.signal })).rejects.toSatisfy((error) =>
      hasCode(error, 'STEP_TIMED_OUT'),
    );
  });
});

describe('programEnvironment', () => {
  it('keeps what programs need to run, and what the user names', () => {
    const environment = {
      ...{ PATH: '/bin', Path: 'C:\\', HOME: '/h', https_proxy: 'p', TMPDIR: '/t', SystemRoot: 'C:\\W' },
      ...{ INPUT_PRIVATE_KEY: 'secret', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret', GITHUB_TOKEN: 'secret' },
      ...{ AWS_PROFILE: 'a', NODE_OPTIONS: '--require x', LD_PRELOAD: 'x', GONE: undefined },
    };
    expect(programEnvironment(environment, ['AWS_PROFILE', 'GONE'])).toEqual({
      ...{ PATH: '/bin', Path: 'C:\\', HOME: '/h', https_proxy: 'p', TMPDIR: '/t', SystemRoot: 'C:\\W' },
      AWS_PROFILE: 'a',
    });
  });
});
