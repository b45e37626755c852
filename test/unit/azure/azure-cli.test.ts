import { describe, expect, it } from 'vitest';

import { encodeUtf8 } from '../../../shared/bytes.ts';
import { cliToken, hasCliSession } from '../../../shared/azure/azure-cli.ts';
import { NotaryError } from '../../../shared/errors.ts';
import type { ExecResult } from '../../../shared/ports.ts';
import { filesInMemory } from '../../support/ports.ts';

const scope = 'https://vault.azure.net/.default';

function ask(result: Partial<Record<'stdout' | 'stderr', string>> & { exitCode?: number }, environment = {}) {
  const runs: (readonly string[])[] = [];
  const exec = (file: string, args: readonly string[]): Promise<ExecResult> => {
    runs.push([file, ...args]);
    const { stdout = '', stderr = '', exitCode = 0 } = result;
    return Promise.resolve({ exitCode, stdout: encodeUtf8(stdout), stderr: encodeUtf8(stderr) });
  };
  return { runs, token: cliToken({ kind: 'azure-cli' }, { exec, environment })(scope) };
}

describe('cliToken', () => {
  it.each([
    ['a number', '1893456000'],
    ['a text', '"1893456000"'],
  ])('reads an end that is %s', async (_what, expiry) => {
    const { token } = ask({ stdout: `{"accessToken":"t","expires_on":${expiry},"tokenType":"Bearer"}` });
    expect(await token).toEqual({ token: 't', expiresOnTimestamp: 1_893_456_000_000 });
  });

  it('does not keep a token whose end is not known', async () => {
    const { token } = ask({ stdout: '{"accessToken":"t","expiresOn":"2030-01-01 00:00:00.000000"}' });
    expect(await token).toEqual({ token: 't', expiresOnTimestamp: 0 });
  });

  it('is started by the interpreter of batch files on Windows', async () => {
    const { token, runs } = ask({ stdout: '{"accessToken":"t"}' }, { OS: 'Windows_NT', ComSpec: 'C:\\cmd.exe' });
    await token;
    expect(runs[0]?.slice(0, 7)).toEqual(['C:\\cmd.exe', '/d', '/s', '/c', 'az', 'account', 'get-access-token']);
  });

  it.each(['', 'no JSON', '[]', '{}', '{"accessToken":1}'])('refuses the answer %j', async (stdout) => {
    await expect(ask({ stdout }).token).rejects.toMatchObject({ code: 'CREDENTIAL_UNAVAILABLE' });
  });

  it('shows the end of what it says on failure, and no token', async () => {
    const stderr = `${'noise '.repeat(1000)}ERROR: refused eyJhbGciOi.eyJzdWIi.c2ln`;
    const error = (await ask({ exitCode: 1, stderr }).token.catch((reason: unknown) => reason)) as NotaryError;
    expect(error).toBeInstanceOf(NotaryError);
    expect(error.message).toContain('ERROR: refused [token removed]');
    expect(error.message.length).toBeLessThan(1500);
  });
});

describe('hasCliSession', () => {
  const has = (contents: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>) =>
    hasCliSession(filesInMemory(contents), environment);
  const session = '\uFEFF{"installationId":"x","subscriptions":[{"id":"1"}]}';

  it('looks where the Azure CLI keeps it', async () => {
    expect(await has({ '/home/me/.azure/azureProfile.json': session }, { HOME: '/home/me' })).toBe(true);
    expect(await has({ '/az/azureProfile.json': session }, { HOME: '/home/me', AZURE_CONFIG_DIR: '/az' })).toBe(true);
    expect(await has({ 'C:/me/.azure/azureProfile.json': session }, { USERPROFILE: 'C:/me' })).toBe(true);
  });

  it.each([
    ['nobody was ever logged in', {}],
    ['nobody is any more', { '/az/azureProfile.json': '{"subscriptions":[]}' }],
    ['the file says nothing', { '/az/azureProfile.json': '{}' }],
    ['the file is no JSON', { '/az/azureProfile.json': '' }],
    ['the file is another one', { '/az/azureProfile.json': '[{"subscriptions":"x"}]' }],
    ['the list is none', { '/az/azureProfile.json': '{"subscriptions":{}}' }],
  ])('is false where %s', async (_why, contents) => {
    expect(await has(contents, { AZURE_CONFIG_DIR: '/az' })).toBe(false);
  });

  it('is false where there is no home', async () => {
    expect(await has({}, {})).toBe(false);
  });
});
