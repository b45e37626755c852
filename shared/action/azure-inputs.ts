// The inputs that say who the step is towards Azure, and what the environment adds to them. interface, "azure-credential".

import { hasCliSession } from '../azure/azure-cli.ts';
import { credentialRows } from '../azure/credential-settings.ts';
import type { Settings } from '../azure/credential-settings.ts';
import { requireClientId, requireTenantId } from '../azure/credential.ts';
import type { AzureCredential, CredentialKind } from '../azure/credential.ts';
import { oneOf, text } from '../github/input-values.ts';
import type { InputReader } from '../github/inputs.ts';
import type { Environment, Files } from '../ports.ts';

/** Where inputs may lead. */
export interface Surroundings {
  readonly environment: Environment;
  readonly files: Files;
}

/** In the order in which `auto` looks: whom the inputs name comes before whoever happens to be logged in. */
const kinds = ['oidc', 'pipelines', 'workload-identity', 'client-secret', 'azure-cli', 'managed-identity'] as const;

/** @returns undefined where a problem was noted, or where `auto` finds nothing */
export async function readAzureInputs(
  reader: InputReader,
  surroundings: Surroundings,
): Promise<AzureCredential | undefined> {
  const clientId = reader.optional('azure-client-id', requireClientId);
  const tenantId = reader.optional('azure-tenant-id', requireTenantId);
  const cloud = reader.withDefault('azure-cloud', oneOf('public', 'us-government', 'china'), 'public');
  const mode = reader.withDefault('azure-credential', oneOf('auto', ...kinds), 'auto');
  const named = { ...(clientId !== undefined && { clientId }), ...(tenantId !== undefined && { tenantId }) };
  const settings = { ...named, cloud, environment: surroundings.environment };
  if (mode !== 'auto') return readNamed(reader, mode, settings);
  const found = await firstOffered(settings, surroundings);
  // An identity alone is meant for the job's own token, and a job that may not ask for one is told so.
  const isNamed = reader.has('azure-client-id') || reader.has('azure-tenant-id');
  return found === undefined && isNamed ? readNamed(reader, 'oidc', settings) : found;
}

/** For a step that cannot do without: where nothing was found and nothing said, says what could be given. */
export function requireAzureInputs(reader: InputReader, found: AzureCredential | undefined): void {
  const isSaid = reader.has('azure-client-id') || reader.has('azure-tenant-id');
  // What is named and incomplete, or not known, is told of already.
  if (found !== undefined || isSaid || reader.withDefault('azure-credential', text, 'auto') !== 'auto') return;
  const remedy =
    'Add it to the `with:` block of the step, with `permissions: id-token: write` in the job; or run azure/login before, or name another azure-credential.';
  reader.missing('azure-client-id', remedy);
  reader.missing('azure-tenant-id', remedy);
}

function readNamed(reader: InputReader, kind: CredentialKind, settings: Settings): AzureCredential | undefined {
  if (kind === 'azure-cli' && reader.has('azure-client-id')) {
    const remedy = 'Leave azure-client-id out, or choose another azure-credential.';
    reader.refuse('azure-client-id', 'has no effect with azure-credential azure-cli, whose session is its own', remedy);
  }
  const made = credentialRows[kind].make(settings);
  if ('credential' in made) return made.credential;
  for (const name of made.missing) {
    const isInput = name === name.toLowerCase();
    // What is there and wrong is told of already.
    if (isInput && reader.has(name)) continue;
    reader.missing(name, isInput ? undefined : `azure-credential ${kind} needs this environment variable.`);
  }
  return undefined;
}

/** Nothing is asked for: what counts is what this step can see. */
async function firstOffered(
  settings: Settings,
  { environment, files }: Surroundings,
): Promise<AzureCredential | undefined> {
  for (const kind of kinds) {
    const offered =
      kind === 'azure-cli'
        ? settings.clientId === undefined && (await hasCliSession(files, environment))
        : credentialRows[kind].isOffered(environment);
    const made = offered ? credentialRows[kind].make(settings) : undefined;
    if (made !== undefined && 'credential' in made) return made.credential;
  }
  return undefined;
}
