// The way from the inputs to the key of a plugin: fetched, checked, started.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

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

function open(capabilities: readonly string[], change: { readonly sha256?: string } = {}) {
  const metadata = {
    ...{ name: 'acme', description: 'a plugin', version: '1.2.3', url: 'https://plugins.example' },
    ...{ supportedContractVersions: ['1.0'], capabilities },
  };
  const replies = { metadata, key: { keyId: 'one', keySpec: 'EC-384' } };
  const script = `#!/bin/sh
case "$1" in
  get-plugin-metadata) echo '${JSON.stringify(replies.metadata)}' ;;
  describe-key) echo '${JSON.stringify(replies.key)}' ;;
esac
`;
  const bytes = Buffer.from(script);
  const sha256 = change.sha256 ?? createHash('sha256').update(bytes).digest('hex');
  const { http } = scriptedHttp(response(200, {}, bytes));
  const { signal } = new AbortController();
  const environment = { PATH: process.env.PATH ?? '', RUNNER_TEMP: directory };
  const inputs = { provider: 'plugin', name: 'acme', url, sha256, config: {}, keyId: 'one' } as const;
  return openPluginKey(inputs, { http, environment, signal, platform: 'linux' });
}

describe.skipIf(process.platform === 'win32')('openPluginKey', () => {
  it('opens the key of a plugin that signs raw bytes', async () => {
    const key = await open(['SIGNATURE_GENERATOR.RAW']);
    expect(key.agent).toContain('acme');
    expect(await key.describeKey()).toBe('EC-384');
  });

  it('refuses one that makes whole envelopes', async () => {
    await expect(open(['SIGNATURE_GENERATOR.ENVELOPE'])).rejects.toMatchObject({ code: 'KEY_UNSUPPORTED' });
  });

  it('refuses one that does not sign', async () => {
    await expect(open(['SIGNATURE_VERIFIER.REVOCATION_CHECK'])).rejects.toMatchObject({ code: 'KEY_PLUGIN_FAILED' });
  });

  it('runs nothing that has another checksum', async () => {
    const sha256 = '0'.repeat(64);
    await expect(open(['SIGNATURE_GENERATOR.RAW'], { sha256 })).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });
});
