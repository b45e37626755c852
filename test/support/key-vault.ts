// The data plane of one Azure Key Vault: certificates, secrets, keys and the sign operation, with the challenge that it
// sends first, and its habit of taking the newest version for one that it does not know. Key Vault REST API 7.4.

import { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { encodePem } from './ca.ts';
import type { Issued } from './ca.ts';
import { signHashEcdsa } from './ecdsa-signature.ts';
import type { Claims } from './jwt.ts';
import { json, startLoopbackServer } from './loopback-server.ts';
import type { LoopbackOptions, LoopbackServer, Received, Reply } from './loopback-server.ts';
import { signHashPss } from './rsa-signature.ts';

export interface VaultEntry {
  readonly name: string;
  /** 32 hexadecimal digits; the last entry of a name is its newest. */
  readonly version: string;
  readonly issued: Issued;
  readonly enabled?: boolean;
  /** A key alone, or a certificate whose secret holds the whole chain as PEM or as (unreadable here) PKCS#12. */
  readonly holds?: 'key' | 'PEM' | 'PKCS#12';
}

export type VaultAction = 'certificates/read' | 'keys/read' | 'secrets/getSecret' | 'keys/sign';

/** What the service does; a test changes one member at a time. */
export interface KeyVaultBehaviour {
  readonly challenge: string | undefined;
  /** Whether the identity has a role with this permission. */
  readonly mayDo: (action: VaultAction, claims: Claims) => boolean;
  readonly sign: (algorithm: string, digest: Buffer, key: KeyObject) => Buffer;
  /** Of the reply to a signature. */
  readonly keyId: (own: string) => string;
  /** Last word on every reply with a JSON body. */
  readonly reply: (body: Record<string, unknown>) => unknown;
  /** Key Vault's own is 'newest'. */
  readonly unknownVersion: 'newest' | 'not found';
}

export interface KeyVaultOptions extends LoopbackOptions {
  readonly readToken: (token: string, audience: string) => Claims | undefined;
  readonly entries: readonly VaultEntry[];
  /** "https://vault.azure.net" */
  readonly resource?: string;
  readonly tenantId?: string;
}

export interface KeyVault extends LoopbackServer {
  /** From the next request on; what is not named is as usual. */
  behave(behaviour: Partial<KeyVaultBehaviour>): void;
  /** Puts a new version on top. */
  add(entry: VaultEntry): void;
  /** "kind name/version" of what was asked with a token, and "challenge" for what came without. */
  readonly log: readonly string[];
}

const algorithms: Readonly<Record<string, readonly [hash: string, length: number, key: string]>> = {
  ...{ PS256: ['sha256', 32, 'rsa'], PS384: ['sha384', 48, 'rsa'], PS512: ['sha512', 64, 'rsa'] },
  ...{
    ES256: ['sha256', 32, 'prime256v1'],
    ES384: ['sha384', 48, 'secp384r1'],
    ES512: ['sha512', 64, 'secp521r1'],
  },
};

export function signInVault(algorithm: string, digest: Buffer, key: KeyObject): Buffer {
  const [hash, , kind] = algorithms[algorithm] ?? ['sha256', 32, 'rsa'];
  return kind === 'rsa' ? signHashPss(hash, digest, key) : signHashEcdsa(digest, key);
}

const actions: Readonly<Record<string, VaultAction>> = {
  'GET certificates': 'certificates/read',
  'GET keys': 'keys/read',
  'GET secrets': 'secrets/getSecret',
  'POST keys': 'keys/sign',
};

export async function startKeyVault(options: KeyVaultOptions): Promise<KeyVault> {
  const { resource = 'https://vault.azure.net', tenantId = '7b1a6d9e-5a3f-4c0e-9d55-0f6a2b7c1e11' } = options;
  const entries = [...options.entries];
  const log: string[] = [];
  const usual: KeyVaultBehaviour = {
    challenge: `Bearer authorization="https://login.microsoftonline.com/${tenantId}", resource="${resource}"`,
    mayDo: () => true,
    sign: signInVault,
    keyId: (own) => own,
    reply: (body) => body,
    unknownVersion: 'newest',
  };
  let behaviour = usual;

  const find = (name: string, version: string | undefined): VaultEntry | undefined => {
    const named = entries.filter((entry) => entry.name.toLowerCase() === name.toLowerCase());
    const exact = named.find((entry) => entry.version === version);
    if (version === undefined || behaviour.unknownVersion === 'newest') return exact ?? named.at(-1);
    return exact;
  };
  const unauthorized = (): Reply => {
    const { challenge } = behaviour;
    const error = { code: 'Unauthorized', message: 'AKV10000: Request is missing a Bearer or PoP token.' };
    return json(401, { error }, challenge === undefined ? {} : { 'www-authenticate': challenge });
  };
  const answer = (request: Received, claims: Claims): Reply => {
    const { method, url } = request;
    const [, kind = '', name = '', version, operation] = url.pathname.split('/');
    const action = actions[`${method} ${kind}`];
    if (action === undefined || (method === 'POST') !== (operation === 'sign')) {
      return failure(404, 'NotFound', 'No such path.');
    }
    log.push(`${action} ${name}${version === undefined ? '' : `/${version}`}`);
    if (!behaviour.mayDo(action, claims)) return forbidden(action, name, claims);
    const entry = find(name, version);
    if (entry === undefined || (entry.holds === 'key' && !kind.startsWith('keys'))) return absent(kind, name);
    const id = (of: string): string =>
      `${resource.replace('://', '://emulated.')}/${of}/${entry.name}/${entry.version}`;
    const attributes = { enabled: entry.enabled ?? true, created: 1_700_000_000, recoveryLevel: 'Recoverable' };
    switch (action) {
      case 'certificates/read':
        return json(200, behaviour.reply(certificateBundle(entry, id, attributes)));
      case 'keys/read':
        return json(200, behaviour.reply({ key: webKey(entry, id('keys')), attributes }));
      case 'secrets/getSecret':
        return json(200, behaviour.reply({ ...secretOf(entry), id: id('secrets'), kid: id('keys'), attributes }));
      case 'keys/sign':
        return sign(request, entry, id('keys'));
    }
  };
  const sign = (request: Received, entry: VaultEntry, keyId: string): Reply => {
    if (entry.enabled === false) {
      return failure(403, 'Forbidden', 'Operation sign is not allowed on a disabled key.', 'KeyDisabled');
    }
    const { alg = '', value = '' } = JSON.parse(request.body.toString()) as Record<string, string | undefined>;
    const { asymmetricKeyType, asymmetricKeyDetails } = entry.issued.privateKey;
    const kind = asymmetricKeyType === 'ec' ? asymmetricKeyDetails?.namedCurve : asymmetricKeyType;
    const [, length, wanted] = algorithms[alg] ?? [];
    const digest = Buffer.from(value, 'base64url');
    if (wanted !== kind || digest.toString('base64url') !== value || digest.length !== length) {
      return failure(400, 'BadParameter', `The key is not of a kind for ${alg}, or the value not of its length.`);
    }
    const signature = behaviour.sign(alg, digest, entry.issued.privateKey).toString('base64url');
    return json(200, behaviour.reply({ kid: behaviour.keyId(keyId), value: signature }));
  };

  const server = await startLoopbackServer((request) => {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer') log.push('challenge');
    const claims = scheme === 'Bearer' ? options.readToken(token ?? '', resource) : undefined;
    const known = ['7.4', '7.5', '7.6'].includes(request.url.searchParams.get('api-version') ?? '');
    const reply = claims === undefined ? unauthorized() : known ? answer(request, claims) : unknownVersion();
    return {
      ...reply,
      headers: { 'x-ms-request-id': randomUUID(), 'x-ms-keyvault-region': 'emulated', ...reply.headers },
    };
  }, options);
  return {
    ...{ ...server, log },
    behave: (changes) => (behaviour = { ...usual, ...changes }),
    add: (entry) => void entries.push(entry),
  };
}

function certificateBundle(
  { issued, holds = 'PEM' }: VaultEntry,
  id: (of: string) => string,
  attributes: unknown,
): Record<string, unknown> {
  const contentType = holds === 'PEM' ? 'application/x-pem-file' : 'application/x-pkcs12';
  return {
    ...{ id: id('certificates'), kid: id('keys'), sid: id('secrets') },
    x5t: createHash('sha1').update(issued.certificate).digest('base64url'),
    cer: Buffer.from(issued.certificate).toString('base64'),
    ...{ attributes, contentType },
    policy: {
      key_props: {
        exportable: false,
        kty: issued.publicKey.asymmetricKeyType === 'ec' ? 'EC' : 'RSA',
        reuse_key: false,
      },
      secret_props: { contentType },
    },
  };
}

function secretOf({ issued, holds = 'PEM' }: VaultEntry): Record<string, unknown> {
  if (holds === 'PKCS#12') return { value: 'MIIKNgIBAzCC', contentType: 'application/x-pkcs12' };
  return { value: issued.keyPem + issued.chain.map(encodePem).join(''), contentType: 'application/x-pem-file' };
}

/** Keys of the premium tier say so in their type. */
function webKey({ issued }: VaultEntry, kid: string): Record<string, unknown> {
  const { kty = '', ...members } = issued.publicKey.export({ format: 'jwk' });
  return { kid, kty: `${kty}-HSM`, key_ops: ['sign', 'verify'], ...members };
}

/** The error body of the service; exported for faults. */
export function failure(status: number, code: string, message: string, inner?: string): Reply {
  return json(status, { error: { code, message, ...(inner !== undefined && { innererror: { code: inner } }) } });
}

export const throttled = (retryAfter: string): Reply => {
  const message =
    'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached';
  const reply = failure(429, 'Throttled', message);
  return { ...reply, headers: { ...reply.headers, 'retry-after': retryAfter } };
};

function forbidden(action: VaultAction, name: string, { appid, oid, tid }: Claims): Reply {
  const [kind] = action.split('/');
  const message = [
    'Caller is not authorized to perform action on resource.',
    'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
    `Caller: appid=${String(appid)};oid=${String(oid)};iss=https://sts.windows.net/${String(tid)}/`,
    `Action: 'Microsoft.KeyVault/vaults/${action}/action'`,
    `Resource: '/subscriptions/0000/resourcegroups/emulated/providers/microsoft.keyvault/vaults/emulated/${kind ?? ''}/${name}'`,
    'Assignment: (not found)',
    'DenyAssignmentId: null',
    'DecisionReason: null',
    'Vault: emulated;location=westeurope',
    '',
  ].join('\r\n');
  return failure(403, 'Forbidden', message, 'ForbiddenByRbac');
}

function absent(kind: string, name: string): Reply {
  const code =
    { certificates: 'CertificateNotFound', keys: 'KeyNotFound', secrets: 'SecretNotFound' }[kind] ?? 'NotFound';
  return failure(404, code, `A ${kind.slice(0, -1)} with (name/id) ${name} was not found in this key vault.`);
}

function unknownVersion(): Reply {
  return failure(
    400,
    'BadParameter',
    'The specified version is not recognized. Consider using the latest supported version.',
  );
}
