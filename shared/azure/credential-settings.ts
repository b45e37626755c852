// Every kind of credential: which settings it needs, and by what in the environment `auto` knows that it is meant.

import type { Environment } from '../ports.ts';
import type { AzureCloud } from './cloud.ts';
import type { AzureCredential, AzureIdentity, CredentialKind } from './credential.ts';

export interface Settings {
  /** From the input azure-client-id. */
  readonly clientId?: string;
  /** From the input azure-tenant-id. */
  readonly tenantId?: string;
  readonly cloud: AzureCloud;
  readonly environment: Environment;
}

/** Names of inputs, in lower case, and of environment variables, in upper case. */
interface Missing {
  readonly missing: readonly string[];
}

type Made = { readonly credential: AzureCredential } | Missing;

interface CredentialRow {
  /** Whether something beyond the inputs says that it is meant; of the Azure CLI only its own file does. */
  isOffered(environment: Environment): boolean;
  make(settings: Settings): Made;
}

export const credentialRows: Readonly<Record<CredentialKind, CredentialRow>> = {
  oidc: {
    isOffered: (environment) => has(environment, 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
    // Not from the environment: AZURE_CLIENT_ID there belongs to an identity of the machine, if there is one.
    make: (settings) => withIdentity(identityOf(settings), (identity) => ({ kind: 'oidc', identity })),
  },
  pipelines: {
    isOffered: (environment) => has(environment, ...pipelinesVariables),
    make(settings) {
      const [requestUri = '', accessToken = '', id = ''] = pipelinesVariables.map((name) => settings.environment[name]);
      const identity = identityOf(settings, 'AZURESUBSCRIPTION_CLIENT_ID', 'AZURESUBSCRIPTION_TENANT_ID');
      const connection = { id, requestUri, accessToken };
      const made = withIdentity(identity, (one) => ({ kind: 'pipelines', identity: one, connection }));
      return needing(settings, pipelinesVariables, made);
    },
  },
  'workload-identity': {
    isOffered: (environment) => has(environment, 'AZURE_FEDERATED_TOKEN_FILE'),
    make(settings) {
      const tokenFile = settings.environment.AZURE_FEDERATED_TOKEN_FILE ?? '';
      const identity = identityOf(settings, 'AZURE_CLIENT_ID', 'AZURE_TENANT_ID');
      const made = withIdentity(identity, (one) => ({ kind: 'workload-identity', identity: one, tokenFile }));
      return needing(settings, ['AZURE_FEDERATED_TOKEN_FILE'], made);
    },
  },
  'client-secret': {
    isOffered: (environment) => has(environment, 'AZURE_CLIENT_SECRET'),
    make(settings) {
      const secret = settings.environment.AZURE_CLIENT_SECRET ?? '';
      const identity = identityOf(settings, 'AZURE_CLIENT_ID', 'AZURE_TENANT_ID');
      const made = withIdentity(identity, (one) => ({ kind: 'client-secret', identity: one, secret }));
      return needing(settings, ['AZURE_CLIENT_SECRET'], made);
    },
  },
  'azure-cli': {
    isOffered: () => false,
    make: ({ tenantId }) => ({ credential: { kind: 'azure-cli', ...(tenantId !== undefined && { tenantId }) } }),
  },
  'managed-identity': {
    // A virtual machine has no such sign; asking it would make every other machine wait.
    isOffered: (environment) => has(environment, 'IDENTITY_ENDPOINT', 'IDENTITY_HEADER'),
    make({ clientId: named, tenantId, environment }) {
      const clientId = named ?? nonEmpty(environment.AZURE_CLIENT_ID);
      return {
        credential: {
          kind: 'managed-identity',
          ...(clientId !== undefined && { clientId }),
          ...(tenantId !== undefined && { tenantId }),
        },
      };
    },
  },
};

const pipelinesVariables = [
  'SYSTEM_OIDCREQUESTURI',
  'SYSTEM_ACCESSTOKEN',
  'AZURESUBSCRIPTION_SERVICE_CONNECTION_ID',
] as const;

type MaybeIdentity = AzureIdentity | Missing;

function identityOf(settings: Settings, clientVariable = '', tenantVariable = ''): MaybeIdentity {
  const { cloud, environment } = settings;
  const clientId = settings.clientId ?? nonEmpty(environment[clientVariable]);
  const tenantId = settings.tenantId ?? nonEmpty(environment[tenantVariable]);
  if (clientId !== undefined && tenantId !== undefined) return { clientId, tenantId, cloud };
  const missing = [clientId === undefined && 'azure-client-id', tenantId === undefined && 'azure-tenant-id'];
  return { missing: missing.filter((name) => name !== false) };
}

function withIdentity(identity: MaybeIdentity, make: (identity: AzureIdentity) => AzureCredential): Made {
  return 'missing' in identity ? identity : { credential: make(identity) };
}

function needing({ environment }: Settings, variables: readonly string[], made: Made): Made {
  const absent = variables.filter((name) => !has(environment, name));
  const missing = [...('missing' in made ? made.missing : []), ...absent];
  return missing.length === 0 ? made : { missing };
}

function has(environment: Environment, ...names: readonly string[]): boolean {
  return names.every((name) => nonEmpty(environment[name]) !== undefined);
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
