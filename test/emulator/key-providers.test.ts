// The one contract suite over every key provider there is: a file, two services, and a program.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { describeKeyProvider } from '../support/key-provider-suite.ts';
import { keyProviderNames, startKeyProviders } from '../support/key-providers.ts';
import type { KeyProviders } from '../support/key-providers.ts';
import { canRunPlugins } from '../support/plugin/install.ts';

let directory: string;
let providers: KeyProviders;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'key-providers-'));
  providers = await startKeyProviders(directory);
});

afterAll(async () => {
  await providers.close();
  rmSync(directory, { recursive: true });
});

for (const name of keyProviderNames) {
  if (name !== 'plugin' || canRunPlugins) describeKeyProvider(name, () => providers[name]());
}
