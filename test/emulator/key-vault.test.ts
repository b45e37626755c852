// The provider for Key Vault over the real Http against the emulated vault, under the vault's real name, with each fault
// by name.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { keyVaultKeyProvider } from '../../shared/azure/key-vault.ts';
import { parseKeyVaultKey } from '../../shared/azure/key-vault-key.ts';
import { NotaryError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Http } from '../../shared/ports.ts';
import { parseCertificate } from '../../shared/x509/certificate.ts';
import type { Certificate } from '../../shared/x509/certificate.ts';
import { codeSigningChain, createRoot, purpose } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { failure, signInVault, startKeyVault, throttled } from '../support/key-vault.ts';
import type { KeyVault, VaultAction } from '../support/key-vault.ts';
import { describeKeyProvider } from '../support/key-provider-suite.ts';
import { faults } from '../support/loopback-server.ts';
import { signHashPkcs1 } from '../support/rsa-signature.ts';
import { createWorld } from './azure-world.ts';

const world = createWorld();
const host = 'https://acme.vault.azure.net';
const audience = 'https://vault.azure.net';
const toBeSigned = Buffer.from('to be signed');
const sent = { token: audience };
const scopes: string[] = [];
const version = (digit: string): string => digit.repeat(32);
const keySpecs = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const;

let vault: KeyVault;
let signers: ReadonlyMap<string, Issued>;
let selfSigned: Issued;

beforeAll(async () => {
  const chains = await Promise.all(
    keySpecs.map(async (keySpec) => [keySpec, await codeSigningChain({ keySpec })] as const),
  );
  signers = new Map(chains);
  selfSigned = await createRoot({
    ...{ subject: 'C=US, ST=WA, O=Acme, CN=self', keySpec: 'EC-256', ca: false, keyUsage: ['digitalSignature'] },
  });
  const forServers = await codeSigningChain({
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedKeyUsage: { purposes: [purpose.serverAuth, purpose.clientAuth] },
  });
  const rotated = await codeSigningChain({ keySpec: 'EC-384' });
  vault = await startKeyVault({
    // Whether the provider asks for the right scope is what matters here; the emulated Entra has tests of its own.
    readToken: (token, wanted) => (token.startsWith(wanted) ? { oid: '0a1b', appid: 'app', tid: 'tenant' } : undefined),
    entries: [
      ...chains.map(([name, issued]) => ({ name, version: version('1'), issued })),
      { name: 'self-signed', version: version('2'), issued: selfSigned, holds: 'PKCS#12' },
      { name: 'pkcs12', version: version('3'), issued: chains[3]![1], holds: 'PKCS#12' },
      { name: 'bare', version: version('4'), issued: chains[4]![1], holds: 'key' },
      { name: 'for-servers', version: version('5'), issued: forServers },
      { name: 'disabled', version: version('6'), issued: chains[3]![1], enabled: false },
      { name: 'rotated', version: version('7'), issued: rotated },
      { name: 'rotated', version: version('8'), issued: chains[3]![1] },
    ],
  });
});

afterEach(() => {
  vault.setFault(undefined);
  vault.behave({});
  sent.token = audience;
});

afterAll(async () => {
  await Promise.all([vault.close(), world.close()]);
});

/** The vault under its real name; nothing else may be asked. */
const http: Http = (request) => {
  expect(request.url.origin).toBe(host);
  return world.http({ ...request, url: new URL(request.url.href.replace(host, vault.origin)) });
};

const accessToken = (scope: string): Promise<string> => {
  scopes.push(scope);
  return Promise.resolve(sent.token);
};

function provider(path: string, given: readonly Certificate[] = []) {
  return keyVaultKeyProvider({ http, accessToken }, parseKeyVaultKey(`${host}/${path}`), given);
}

async function sign(path: string, given: readonly Certificate[] = []) {
  const own = provider(path, given);
  return own.generateSignature(toBeSigned, await own.describeKey());
}

async function refusal(path: string, given: readonly Certificate[] = []): Promise<NotaryError> {
  const error: unknown = await sign(path, given).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NotaryError);
  return error as NotaryError;
}

const certificates = (issued: Issued): readonly Certificate[] => issued.chain.map(parseCertificate);
const issuers = (issued: Issued): readonly Certificate[] => certificates(issued).slice(1);
const signer = (keySpec: string): Issued => signers.get(keySpec)!;

async function asked(run: () => Promise<unknown>): Promise<readonly string[]> {
  const before = vault.log.length;
  await run();
  return vault.log.slice(before);
}

for (const keySpec of keySpecs) {
  describeKeyProvider(`azure-key-vault, ${keySpec}`, () => Promise.resolve(provider(`certificates/${keySpec}`)));
}

describe('where the certificates come from', () => {
  it('takes the issuers from the secret that holds them as PEM', async () => {
    const requests = await asked(async () => {
      expect((await sign('certificates/EC-256')).chain.map(({ der }) => der)).toEqual(signer('EC-256').chain);
    });
    const object = `EC-256/${version('1')}`;
    expect(requests).toEqual([
      ...['challenge', 'certificates/read EC-256', `secrets/getSecret ${object}`, `keys/sign ${object}`],
    ]);
  });

  it('takes the issuers that are given, in any order, and leaves the secret alone', async () => {
    const requests = await asked(async () => {
      const { chain } = await sign('certificates/pkcs12', issuers(signer('EC-256')).toReversed());
      expect(chain.map(({ der }) => der)).toEqual(signer('EC-256').chain);
    });
    expect(requests.filter((request) => request.startsWith('secrets'))).toEqual([]);
  });

  it('needs none for a self-signed certificate', async () => {
    const requests = await asked(async () => {
      expect((await sign('certificates/self-signed')).chain.map(({ der }) => der)).toEqual(selfSigned.chain);
    });
    expect(requests.filter((request) => request.startsWith('secrets'))).toEqual([]);
  });

  it('takes the certificate of the same name for a key', async () => {
    expect((await sign('keys/EC-256')).chain.map(({ der }) => der)).toEqual(signer('EC-256').chain);
  });

  it('takes a bare key with the certificate that is given, in the vault as in a Managed HSM', async () => {
    const requests = await asked(async () => {
      const { chain } = await sign(`keys/bare/${version('4')}`, certificates(signer('EC-384')).toReversed());
      expect(chain.map(({ der }) => der)).toEqual(signer('EC-384').chain);
    });
    const object = `bare/${version('4')}`;
    expect(requests).toEqual(['challenge', `keys/read ${object}`, `keys/sign ${object}`]);
  });

  it('takes an RSA key so, too', async () => {
    expect((await sign('keys/RSA-2048', certificates(signer('RSA-2048')))).signature).toHaveLength(256);
  });

  it('refuses a secret that holds the certificate without its issuers', async () => {
    const { pem } = signer('EC-256');
    vault.behave({ reply: (body) => ('value' in body && 'contentType' in body ? { ...body, value: pem } : body) });
    const error = await refusal('certificates/EC-256');
    expect(error.code).toBe('CERTIFICATE_CHAIN_BROKEN');
    expect(error.message).toContain('CN=code signing CA');
  });

  it('refuses a certificate that is none', async () => {
    vault.behave({ reply: (body) => ('cer' in body ? { ...body, cer: 'MAA=' } : body) });
    expect((await refusal('certificates/EC-256')).code).toBe('ASN1_MALFORMED');
  });

  it('refuses issuers in PKCS#12, unasked, and says what to give instead', async () => {
    const requests = await asked(async () => {
      const error = await refusal('certificates/pkcs12');
      expect(error.code).toBe('KEY_UNSUPPORTED');
      expect(error.message).toContain('PKCS#12');
      expect(error.remedy).toContain('certificate-chain');
    });
    expect(requests).toEqual(['challenge', 'certificates/read pkcs12']);
  });

  it('refuses it also where only the secret itself says so', async () => {
    vault.behave({ reply: ({ policy: _, ...body }) => ('cer' in body ? { ...body, contentType: null } : body) });
    expect((await refusal('certificates/pkcs12')).code).toBe('KEY_UNSUPPORTED');
  });

  it.each<readonly [string, string, readonly string[], ErrorCode]>([
    ['issuers of another certificate', 'certificates/EC-256', ['other'], 'CERTIFICATE_CHAIN_BROKEN'],
    ['a bare key with issuers only', 'keys/bare', ['issuers'], 'KEY_NOT_FOUND'],
    ['a bare key with the certificate of another', 'keys/bare', ['certificates of EC-256'], 'INPUT_INVALID'],
    ['a certificate for servers, as Key Vault makes them', 'certificates/for-servers', [], 'CERTIFICATE_UNSUITABLE'],
    ['a disabled version', 'certificates/disabled', [], 'KEY_ACCESS_DENIED'],
    ['a name that is not there', 'certificates/absent', [], 'KEY_NOT_FOUND'],
  ])('refuses %s', async (_name, path, [given], code) => {
    const chains: Readonly<Record<string, readonly Certificate[]>> = {
      other: issuers(signer('RSA-2048')),
      issuers: issuers(signer('EC-384')),
      'certificates of EC-256': certificates(signer('EC-256')),
    };
    const error = await refusal(path, given === undefined ? [] : chains[given]!);
    expect(error.code).toBe(code);
  });
});

describe('versions', () => {
  it('looks the newest up once and stays with it', async () => {
    const own = provider('certificates/rotated');
    await own.describeKey();
    vault.add({ name: 'rotated', version: version('9'), issued: signer('RSA-2048') });
    const requests = await asked(async () => {
      expect((await own.generateSignature(toBeSigned, await own.describeKey())).signature).toHaveLength(64);
    });
    expect(requests).toEqual([`keys/sign rotated/${version('8')}`]);
  });

  it('is looked up once for signatures that are made at the same time', async () => {
    const own = provider('certificates/EC-256');
    const requests = await asked(async () => {
      const signed = await Promise.all(
        Array.from({ length: 8 }, async () => own.generateSignature(toBeSigned, await own.describeKey())),
      );
      expect(new Set(signed.map(({ signature }) => Buffer.from(signature).toString('hex'))).size).toBe(8);
    });
    expect(requests.filter((request) => !request.startsWith('keys/sign'))).toHaveLength(3);
  });

  it('takes the version that is named, however its letters are written', async () => {
    expect((await sign(`certificates/rotated/${version('7')}`)).signature).toHaveLength(96);
    expect((await sign(`certificates/EC-256/${version('1')}/`)).signature).toHaveLength(64);
  });

  it.each(['certificates/EC-256', 'keys/EC-256', 'keys/bare'])(
    'sees that the vault took the newest for an unknown version: %s',
    async (path) => {
      const given = path === 'keys/bare' ? certificates(signer('EC-384')) : [];
      const error = await refusal(`${path}/${version('f')}`, given);
      expect(error.code).toBe('KEY_NOT_FOUND');
      expect(error.message).toContain(`asked for was version ${version('f')}`);
    },
  );

  it('sees it also when only the signature comes from another version', async () => {
    vault.behave({ keyId: (own) => own.replace(version('1'), version('a')) });
    const error = await refusal(`certificates/EC-256`);
    expect(error.code).toBe('KEY_NOT_FOUND');
    expect(error.message).toContain(`answered for version ${version('a')}`);
  });

  it('asks again after a failure, which is not kept', async () => {
    const own = provider('certificates/EC-256');
    vault.setFault(() => ({ status: 404 }));
    await expect(own.describeKey()).rejects.toBeInstanceOf(NotaryError);
    vault.setFault(undefined);
    expect(await own.describeKey()).toBe('EC-256');
  });
});

describe('the token', () => {
  it('is asked for the service that the host belongs to', async () => {
    scopes.length = 0;
    await sign('certificates/EC-256');
    expect([...new Set(scopes)]).toEqual(['https://vault.azure.net/.default']);
  });

  it.each([
    ['another service', 'Bearer authorization="https://login.example/t", resource="https://management.azure.com"'],
    ['a service with a longer name', 'Bearer resource="https://evil-vault.azure.net"'],
    ['a part of the name', 'Bearer resource="https://azure.net"'],
    ['a resource that is none', 'Bearer resource="vault"'],
    ['no resource', 'Bearer authorization="https://login.example/t"'],
    ['another scheme', 'Basic realm="x"'],
    ['nothing that can be read', 'Bearer resource='],
    ['nothing', undefined],
  ])('is not sent to a host that asks for %s', async (_name, challenge) => {
    vault.behave({ challenge });
    scopes.length = 0;
    const before = vault.requests.length;
    const error = await refusal('certificates/EC-256');
    expect(error.code).toBe('KEY_ACCESS_DENIED');
    expect(error.message).toContain('none was sent');
    expect(scopes).toEqual([]);
    expect(vault.requests.slice(before).map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('is sent where the challenge names a scope in place of a resource', async () => {
    vault.behave({
      challenge: 'Bearer authorization="https://login.example/t", scope="https://vault.azure.net/.default"',
    });
    expect((await sign('certificates/EC-256')).signature).toHaveLength(64);
  });

  it('does not go round in circles when it is not accepted', async () => {
    sent.token = 'https://management.azure.com';
    const error = await refusal('certificates/EC-256');
    expect(error.code).toBe('KEY_ACCESS_DENIED');
    expect(error.message).toContain('answered 401');
    expect(error.message).not.toContain(sent.token);
    expect(error.remedy).toContain('azure-tenant-id');
  });

  it('is not sent after a redirect', async () => {
    vault.setFault(faults(undefined, { status: 302, headers: { location: 'https://elsewhere.example/' } }));
    expect((await refusal('certificates/EC-256')).code).toBe('KEY_REJECTED');
  });
});

describe('refusals', () => {
  it.each<readonly [VaultAction, string]>([
    ['certificates/read', 'Key Vault Certificate User'],
    ['secrets/getSecret', 'Key Vault Secrets User'],
    ['keys/sign', 'Key Vault Crypto User'],
  ])('names the role for %s', async (denied, role) => {
    vault.behave({ mayDo: (action) => action !== denied });
    const error = await refusal('certificates/EC-256');
    expect(error.code).toBe('KEY_ACCESS_DENIED');
    expect(error.message).toContain('ForbiddenByRbac');
    expect(error.message).toMatch(/request [0-9a-f-]{36}/u);
    expect(error.remedy).toContain(`--role "${role}"`);
    expect(error.remedy).toContain('vaults/acme.');
  });

  it.each([
    ['KeyDisabled', 'Enable this version'],
    ['KeyExpired', 'change the dates'],
    ['ForbiddenByPolicy', 'access policy'],
    ['ForbiddenByFirewall', 'network rules'],
  ])('has a remedy for %s', async (inner, remedy) => {
    vault.setFault(({ method }) => (method === 'POST' ? failure(403, 'Forbidden', 'No.', inner) : undefined));
    const error = await refusal('certificates/EC-256');
    expect(error.code).toBe('KEY_ACCESS_DENIED');
    expect(error.remedy).toContain(remedy);
  });

  it('waits as long as the vault asks, then signs', async () => {
    vault.setFault(faults(undefined, throttled('0'), undefined, undefined, throttled('0')));
    expect((await sign('certificates/EC-256')).signature).toHaveLength(64);
  });

  it.each<readonly [string, Exclude<ReturnType<typeof failure>, undefined>, ErrorCode]>([
    ['throttling without end', throttled('3600'), 'KEY_UNAVAILABLE'],
    ['a request that it does not take', failure(400, 'BadParameter', 'Not so.'), 'KEY_REJECTED'],
    ['HTML of a proxy', { status: 403, body: '<html>blocked</html>' }, 'KEY_ACCESS_DENIED'],
    ['no JSON', { status: 200, body: 'ok' }, 'KEY_UNAVAILABLE'],
    ['an empty object', { status: 200, body: '{}' }, 'KEY_UNAVAILABLE'],
  ])('tells of %s', async (_name, reply, code) => {
    vault.setFault(({ headers }) => (headers.authorization === undefined ? undefined : reply));
    expect((await refusal('certificates/EC-256')).code).toBe(code);
  });

  it('tells of a firewall that answers before the challenge', async () => {
    vault.setFault(() => failure(403, 'Forbidden', 'Client address is not authorized.', 'ForbiddenByFirewall'));
    const error = await refusal('certificates/EC-256');
    expect(error.code).toBe('KEY_ACCESS_DENIED');
    expect(error.remedy).toContain('network rules');
  });
});

describe('the signature', () => {
  it.each([
    ['by another key', 'EC-256', () => signInVault('ES256', Buffer.alloc(32), selfSigned.privateKey)],
    ['of another length', 'EC-256', () => Buffer.alloc(63)],
    ['in DER', 'EC-256', () => Buffer.concat([Buffer.from('3044', 'hex'), Buffer.alloc(68)])],
    [
      'without PSS',
      'RSA-2048',
      (_: string, digest: Buffer) => signHashPkcs1('sha256', digest, signer('RSA-2048').privateKey),
    ],
  ] as const)('is refused when made %s', async (_name, keySpec, make) => {
    vault.behave({ sign: make });
    expect((await refusal(`certificates/${keySpec}`)).code).toBe('KEY_SIGNATURE_INVALID');
  });

  it('is refused when it is not base64url', async () => {
    vault.behave({
      reply: (body) => ('value' in body && !('contentType' in body) ? { ...body, value: 'a+b=' } : body),
    });
    expect((await refusal('certificates/EC-256')).code).toBe('KEY_SIGNATURE_INVALID');
  });
});
