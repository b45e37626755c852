// Who the step is towards Azure: one credential, chosen before anything is asked for.

import { NotaryError } from '../errors.ts';
import type { AzureCloud } from './cloud.ts';

/** An app registration or a user-assigned managed identity. */
export interface AzureIdentity {
  readonly clientId: string;
  /** A GUID or a domain of the tenant. */
  readonly tenantId: string;
  readonly cloud: AzureCloud;
}

/** A token of somebody else, trusted by a federated credential of the identity. */
export type FederatedCredential =
  | { readonly kind: 'oidc'; readonly identity: AzureIdentity }
  | { readonly kind: 'workload-identity'; readonly identity: AzureIdentity; readonly tokenFile: string }
  | { readonly kind: 'pipelines'; readonly identity: AzureIdentity; readonly connection: ServiceConnection };

/** What Azure Pipelines gives a job that may use a service connection. */
export interface ServiceConnection {
  readonly id: string;
  readonly requestUri: string;
  /** System.AccessToken; a secret. */
  readonly accessToken: string;
}

export interface SecretCredential {
  readonly kind: 'client-secret';
  readonly identity: AzureIdentity;
  readonly secret: string;
}

/** The session of the Azure CLI, whose identity is its own. */
export interface CliCredential {
  readonly kind: 'azure-cli';
  readonly tenantId?: string;
}

/** The identity of the machine: the user-assigned one named, else the system-assigned one. */
export interface ManagedIdentityCredential {
  readonly kind: 'managed-identity';
  readonly clientId?: string;
  readonly tenantId?: string;
}

export type AzureCredential = FederatedCredential | SecretCredential | CliCredential | ManagedIdentityCredential;

export type CredentialKind = AzureCredential['kind'];

export function tenantOf(credential: AzureCredential): string | undefined {
  return 'identity' in credential ? credential.identity.tenantId : credential.tenantId;
}

/** For the log: which credential, and for whom; never a secret. */
export function describeCredential(credential: AzureCredential): string {
  if ('identity' in credential) {
    const { clientId, tenantId } = credential.identity;
    return `${credential.kind}: client id ${clientId}, tenant ${tenantId}`;
  }
  const tenant = credential.tenantId === undefined ? '' : `, tenant ${credential.tenantId}`;
  if (credential.kind === 'azure-cli') return `azure-cli: whoever is logged in${tenant}`;
  return `managed-identity: ${credential.clientId === undefined ? 'system-assigned' : `client id ${credential.clientId}`}${tenant}`;
}

/** As the inputs are checked; what comes from the environment was not. */
export function requireIdentity({ clientId, tenantId }: AzureIdentity): void {
  requireClientId(clientId);
  requireTenantId(tenantId);
}

/** @throws NotaryError INPUT_INVALID */
export function requireClientId(text: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw new NotaryError('INPUT_INVALID', `the client id is not a GUID: ${JSON.stringify(text)}`);
}

/** @throws NotaryError INPUT_INVALID */
export function requireTenantId(text: string): string {
  if (/^[0-9a-z][0-9a-z.-]{0,252}$/i.test(text)) return text;
  throw new NotaryError('INPUT_INVALID', `the tenant id is neither a GUID nor a domain: ${JSON.stringify(text)}`);
}
