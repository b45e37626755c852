// Why Key Vault did not answer as asked. It tells the reason in an inner code, and each has a remedy of its own: a role,
// an access policy, the network, or the state of the key. Key Vault, "REST API error codes".

import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import { isJsonObject, member, parseJson } from '../json.ts';
import type { HttpResponse } from '../ports.ts';
import { describeBody } from './artifact-signing-failure.ts';
import type { VaultService } from './key-vault-key.ts';
import { readClaims, showClaims, showServerText, textClaim } from './token-claims.ts';

/** What was asked of which vault. */
export interface VaultRequest {
  readonly vault: URL;
  readonly service: VaultService;
  readonly permission: Permission;
  /** For the message, such as `the certificate "release"`. */
  readonly what: string;
}

export type Permission = keyof typeof permissions;

const permissions = {
  certificate: { role: 'Key Vault Certificate User', policy: 'Certificate permissions: Get' },
  key: { role: 'Key Vault Crypto User', policy: 'Key permissions: Get' },
  secret: { role: 'Key Vault Secrets User', policy: 'Secret permissions: Get' },
  sign: { role: 'Key Vault Crypto User', policy: 'Key permissions: Sign' },
} as const;

/**
 * The error for a status other than 200.
 *
 * @param token  the access token that was sent; only its claims are shown
 */
export function keyVaultFailure(response: HttpResponse, request: VaultRequest, token: string | undefined): NotaryError {
  const { code, remedy } = judge(response, request, token);
  const id = response.headers.get('x-ms-request-id');
  const message = [
    `${request.vault.host} answered ${response.status} (${describeBody(response)}) when asked for ${request.what}`,
    ...(id === undefined ? [] : [`, request ${showServerText(id)}`]),
    ...(code === 'KEY_ACCESS_DENIED' && token !== undefined
      ? [`; the token sent has ${showClaims(token, ['aud', 'tid', 'appid', 'oid', 'exp'])}`]
      : []),
  ].join('');
  return new NotaryError(code, message, remedy === undefined ? {} : { remedy });
}

interface Judgement {
  readonly code: ErrorCode;
  readonly remedy?: string;
}

function judge(response: HttpResponse, request: VaultRequest, token: string | undefined): Judgement {
  const { status } = response;
  if (status === 401) {
    const remedy =
      'The vault does not accept the token. Check that azure-tenant-id is the tenant of the vault, and the audience and times above.';
    return { code: 'KEY_ACCESS_DENIED', remedy };
  }
  if (status === 403) {
    return { code: 'KEY_ACCESS_DENIED', remedy: remedyOf(innerCode(response) ?? '', request, token) };
  }
  if (status === 404) {
    return { code: 'KEY_NOT_FOUND', remedy: 'Check the vault, the name and the version in key-vault-key.' };
  }
  if (status === 408 || status === 429 || status >= 500) return { code: 'KEY_UNAVAILABLE' };
  return { code: 'KEY_REJECTED', remedy: 'Check key-vault-key, and report the message above.' };
}

const source: Source = { code: 'KEY_UNAVAILABLE', what: 'the error' };

function innerCode({ body }: HttpResponse): string | undefined {
  try {
    const outer = parseJson(body, source);
    const error = isJsonObject(outer) ? member(outer, 'error') : undefined;
    const inner = isJsonObject(error) ? member(error, 'innererror') : undefined;
    const code = isJsonObject(inner) ? member(inner, 'code') : undefined;
    return typeof code === 'string' ? code : undefined;
  } catch (error) {
    // HTML of a proxy, or nothing.
    if (hasCode(error, source.code)) return undefined;
    throw error;
  }
}

function remedyOf(inner: string, request: VaultRequest, token: string | undefined): string {
  const { role, policy } = permissions[request.permission];
  switch (inner) {
    case 'ForbiddenByFirewall':
    case 'ForbiddenByConnection':
      return 'The network rules of the vault refuse this runner: allow its address, or use a runner inside the network.';
    case 'KeyDisabled':
    case 'SecretDisabled':
    case 'CertificateDisabled':
      return 'Enable this version of the key in the vault, or name another version in key-vault-key.';
    case 'KeyExpired':
    case 'KeyNotYetValid':
      return 'Name another version in key-vault-key, or change the dates of this one in the vault.';
    case 'ForbiddenByPolicy':
    case 'AccessDenied':
      return `Give the identity an access policy in the vault with "${policy}". Signing needs "Key permissions: Sign" and "Certificate permissions: Get".`;
    default:
      return roleRemedy(role, request, token);
  }
}

function roleRemedy(role: string, { vault, service, permission }: VaultRequest, token: string | undefined): string {
  const [name = ''] = vault.hostname.split('.');
  const assignee = textClaim(readClaims(token ?? ''), 'oid');
  const identity = assignee !== undefined && /^[0-9A-Fa-f-]{1,64}$/.test(assignee) ? assignee : 'OBJECT-ID';
  if (service.holds === 'keys') {
    return `Give the identity the role "Managed HSM Crypto User": az keyvault role assignment create --hsm-name ${name} --role "Managed HSM Crypto User" --assignee ${identity} --scope /keys`;
  }
  const otherwise =
    permission === 'secret'
      ? ' Or leave the secret alone and give the issuers of the certificate in certificate-chain.'
      : ' Signing needs both "Key Vault Crypto User" and "Key Vault Certificate User"; an assignment takes some minutes.';
  return `Give the identity the role "${role}": az role assignment create --role "${role}" --assignee ${identity} --scope /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.KeyVault/vaults/${name}.${otherwise}`;
}
