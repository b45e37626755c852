// The way from the inputs to the key of a plugin: fetched, checked, started.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isGenerator } from '../../sign/generated-signature.ts';
import { openPluginKey } from '../../sign/plugin-key.ts';
import { response, scriptedHttp } from '../support/ports.ts';

const url = new URL('https://plugins.example/notation-acme');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plugin-key-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function open(
  capabilities: readonly string[],
  change: { readonly sha256?: string; readonly variables?: readonly string[] } = {},
) {
  const metadata = {
    ...{ name: 'acme', description: 'a plugin', version: '1.2.3', url: 'https://plugins.example' },
    ...{ supportedContractVersions: ['1.0'], capabilities },
  };
  const replies = { metadata, key: { keyId: 'one', keySpec: 'EC-384' } };
  const script = `#!/bin/sh
case "$1" in
  get-plugin-metadata) env > "$HOME/seen"; echo '${JSON.stringify(replies.metadata)}' ;;
  describe-key) echo '${JSON.stringify(replies.key)}' ;;
esac
`;
  const bytes = Buffer.from(script);
  const sha256 = change.sha256 ?? createHash('sha256').update(bytes).digest('hex');
  const { http } = scriptedHttp(response(200, {}, bytes));
  const { signal } = new AbortController();
  const environment = {
    ...{ PATH: process.env.PATH ?? '', HOME: directory, RUNNER_TEMP: directory, ACME_REGION: 'eu', ACME_TOKEN: 's' },
    ...{ 'INPUT_PRIVATE-KEY': 's', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 's', GITHUB_TOKEN: 's', SYSTEM_ACCESSTOKEN: 's' },
  };
  const inputs = {
    provider: 'plugin',
    name: 'acme',
    url,
    sha256,
    config: {},
    variables: change.variables ?? [],
    keyId: 'one',
  } as const;
  return openPluginKey(inputs, { http, environment, signal, platform: 'linux' });
}

describe.skipIf(process.platform === 'win32')('openPluginKey', () => {
  it('opens the key of a plugin that signs raw bytes', async () => {
    const key = await open(['SIGNATURE_GENERATOR.RAW']);
    expect(key.agent).toContain('acme');
    expect(!isGenerator(key) && (await key.describeKey())).toBe('EC-384');
  });

  it('opens one that makes whole envelopes', async () => {
    expect(isGenerator(await open(['SIGNATURE_GENERATOR.ENVELOPE']))).toBe(true);
  });

  it('prefers raw bytes where a plugin offers both', async () => {
    expect(isGenerator(await open(['SIGNATURE_GENERATOR.ENVELOPE', 'SIGNATURE_GENERATOR.RAW']))).toBe(false);
  });

  it('shows the plugin what programs need, what the inputs name, and no secret', async () => {
    await open(['SIGNATURE_GENERATOR.RAW'], { variables: ['ACME_REGION', 'ACME_UNSET'] });
    const names = readFileSync(join(directory, 'seen'), 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'ACME_REGION']));
    const kept = names.filter((name) => /^(ACME|INPUT|ACTIONS|GITHUB|RUNNER|SYSTEM)_/.test(name!));
    expect(kept).toEqual(['ACME_REGION']);
  });

  it('refuses one that does not sign', async () => {
    await expect(open(['SIGNATURE_VERIFIER.REVOCATION_CHECK'])).rejects.toMatchObject({ code: 'KEY_PLUGIN_FAILED' });
  });

  it('runs nothing that has another checksum', async () => {
    const sha256 = '0'.repeat(64);
    await expect(open(['SIGNATURE_GENERATOR.RAW'], { sha256 })).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });
});
