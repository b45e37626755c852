// An `az` to be found on the PATH, as far as `az account get-access-token` goes: the answer of a session, and the
// refusals of none. The shapes are those of Azure CLI 2.60.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { programDirectory } from './executable.ts';
import type { ProgramDirectory } from './executable.ts';

export interface FakeCliOptions {
  /** By resource; for every other one the session is too old. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly tenantId: string;
  readonly loggedIn?: boolean;
  /** As before 2.54, whose answer had local time only. */
  readonly withoutExpiresOn?: boolean;
}

export interface FakeCli extends ProgramDirectory {
  /** PATH, and where the session is kept. */
  readonly environment: Readonly<Record<string, string>>;
}

export function installAzureCli(options: FakeCliOptions): FakeCli {
  const programs = programDirectory();
  const { loggedIn = true, withoutExpiresOn = false } = options;
  programs.add('az', body({ ...options, loggedIn, withoutExpiresOn }));
  const config = join(programs.directory, 'azure');
  mkdirSync(config);
  const subscription = { id: options.tenantId, name: 'N/A(tenant level account)', tenantId: options.tenantId };
  const profile = { installationId: 'x', subscriptions: loggedIn ? [subscription] : [] };
  writeFileSync(join(config, 'azureProfile.json'), `\uFEFF${JSON.stringify(profile)}`);
  return { ...programs, environment: { PATH: programs.path, AZURE_CONFIG_DIR: config } };
}

function body(options: FakeCliOptions): string {
  return `
    const options = ${JSON.stringify(options)};
    const expected = ['account', 'get-access-token', '--output', 'json', '--resource'];
    if (expected.some((argument, index) => args[index] !== argument)) return { stderr: 'unrecognized arguments', exitCode: 2 };
    const [resource, tenantFlag, tenant] = args.slice(expected.length);
    if (!options.loggedIn) return { stderr: "ERROR: Please run 'az login' to setup account.\\n", exitCode: 1 };
    if (tenantFlag !== undefined && (tenantFlag !== '--tenant' || tenant !== options.tenantId)) {
      return { stderr: 'ERROR: AADSTS90002: Tenant not found.', exitCode: 1 };
    }
    const accessToken = options.tokens[resource];
    if (accessToken === undefined) {
      return { stderr: 'ERROR: AADSTS700024: Client assertion is not within its valid time range.', exitCode: 1 };
    }
    const seconds = Math.floor(Date.now() / 1000) + 3600;
    const answer = {
      accessToken, expiresOn: '2026-01-31 12:00:00.000000', subscription: options.tenantId, tenant: options.tenantId,
      tokenType: 'Bearer', ...(options.withoutExpiresOn ? {} : { expires_on: seconds }),
    };
    return { stdout: JSON.stringify(answer, undefined, 2) };`;
}
