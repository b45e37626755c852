// What needs no vault on a socket: the services of other names, and what damage does. The rest is in
// test/emulator/key-vault.test.ts.

import { describe, expect, it } from 'vitest';

import { keyVaultFailure } from '../../../shared/azure/key-vault-failure.ts';
import { parseKeyVaultKey, vaultServiceOf } from '../../../shared/azure/key-vault-key.ts';
import { parseObjectId } from '../../../shared/azure/key-vault-object.ts';
import { keyVaultKeyProvider } from '../../../shared/azure/key-vault.ts';
import { encodeUtf8 } from '../../../shared/bytes.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import { codeSigningChain } from '../../support/ca.ts';
import { signHashEcdsa } from '../../support/ecdsa-signature.ts';
import { refusal } from '../../support/expect-code.ts';
import { mutations } from '../../support/mutate.ts';
import { answer, fakeToken, scriptedHttp } from './scripted-http.ts';
import type { Script } from './scripted-http.ts';

const issued = await codeSigningChain();
const certificates = issued.chain.map(parseCertificate);
const version = '0'.repeat(32);
const kid = `https://acme.managedhsm.azure.net/keys/release/${version}`;
const key = {
  key: { ...issued.publicKey.export({ format: 'jwk' }), kty: 'EC-HSM', kid },
  attributes: { enabled: true },
};
const token = fakeToken({ aud: 'https://managedhsm.azure.net', oid: '0a-1b' });

/** A Managed HSM that answers the challenge, the key, and the signature. */
const hsm =
  (resource: string): Script =>
  ({ method, headers, body }) => {
    if (headers?.authorization === undefined) {
      return answer(401, '', {
        'www-authenticate': `Bearer authorization="https://login.example", resource="${resource}"`,
      });
    }
    if (method === 'GET') return answer(200, key);
    const { value } = JSON.parse(Buffer.from(body!).toString()) as { value: string };
    const signature = signHashEcdsa(Buffer.from(value, 'base64url'), issued.privateKey);
    return answer(200, { kid, value: signature.toString('base64url') });
  };

function provider(script: Script, host = 'acme.managedhsm.azure.net') {
  const scopes: string[] = [];
  const { http, requests } = scriptedHttp(script);
  const accessToken = (scope: string): Promise<string> => {
    scopes.push(scope);
    return Promise.resolve(token);
  };
  const own = keyVaultKeyProvider(
    { http, accessToken },
    parseKeyVaultKey(`https://${host}/keys/release`),
    certificates,
  );
  return { own, requests, scopes };
}

describe('a Managed HSM', () => {
  it('signs with a token of its own service, and asks for no certificate', async () => {
    const { own, requests, scopes } = provider(hsm('https://managedhsm.azure.net'));
    const { signature } = await own.generateSignature(encodeUtf8('x'), await own.describeKey());
    expect(signature).toHaveLength(64);
    expect([...new Set(scopes)]).toEqual(['https://managedhsm.azure.net/.default']);
    expect(requests.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      'GET https://acme.managedhsm.azure.net/keys/release?api-version=7.4',
      'GET https://acme.managedhsm.azure.net/keys/release?api-version=7.4',
      `POST https://acme.managedhsm.azure.net/keys/release/${version}/sign?api-version=7.4`,
    ]);
    expect(requests.map(({ headers }) => headers?.authorization)).toEqual([
      ...[undefined, `Bearer ${token}`, `Bearer ${token}`],
    ]);
    expect(requests.map(({ repeatable }) => repeatable)).toEqual([undefined, undefined, true]);
  });

  it('gets no token of Key Vault, nor a vault one of Managed HSM', async () => {
    const { own, scopes } = provider(hsm('https://vault.azure.net'));
    await expect(own.describeKey()).rejects.toMatchObject({ code: 'KEY_ACCESS_DENIED' });
    const vault = provider(hsm('https://managedhsm.azure.net'), 'acme.vault.azure.net');
    await expect(vault.own.describeKey()).rejects.toMatchObject({ code: 'KEY_ACCESS_DENIED' });
    expect([...scopes, ...vault.scopes]).toEqual([]);
  });

  it('has roles of its own', () => {
    const vault = new URL('https://acme.managedhsm.azure.net');
    const request = { vault, service: vaultServiceOf({ vault }), permission: 'sign', what: 'a signature' } as const;
    const error = keyVaultFailure(answer(403, '{"error":{"code":"Forbidden"}}'), request, token);
    expect(error.remedy).toContain('az keyvault role assignment create --hsm-name acme');
    expect(error.remedy).toContain('--assignee 0a-1b');
    expect(error.message).toContain('aud "https://managedhsm.azure.net"');
    expect(error.message).not.toContain(token);
  });

  it.each(['vault.usgovcloudapi.net', 'vault.azure.cn'])(
    'in other clouds signs with their tokens: %s',
    async (suffix) => {
      const { own, scopes } = provider(hsm(`https://${suffix}`), `acme.${suffix}`);
      await own.describeKey();
      expect(scopes).toEqual([`https://${suffix}/.default`]);
    },
  );
});

describe('parseObjectId', () => {
  it('reads name and version, whatever the host', () => {
    expect(parseObjectId(`https://x.test/keys/Release/${'AB'.repeat(16)}`)).toEqual({
      ...{ name: 'Release', version: 'ab'.repeat(16) },
    });
  });

  it.each([
    '',
    'release',
    'https://x.test/keys/a',
    `https://x.test/keys/a/${'0'.repeat(31)}`,
    `https://x.test/keys/../${version}`,
  ])('refuses %j', (text) => {
    refusal('KEY_UNAVAILABLE', () => parseObjectId(text));
  });
});

describe('damage', () => {
  const seeds = [JSON.stringify(key), JSON.stringify({ kid, value: 'AAAA' })].map(encodeUtf8);

  it('to what the vault says ends in a value or a NotaryError', async () => {
    const scripted = hsm('https://managedhsm.azure.net');
    for (const [index, seed] of seeds.entries()) {
      for (const mutant of mutations(seed, 11, 150)) {
        const { own } = provider((request, at) => {
          const turn = at === 0 ? -1 : request.method === 'GET' ? 0 : 1;
          return turn === index ? answer(200, mutant) : scripted(request, at);
        });
        const error: unknown = await own.generateSignature(encodeUtf8('x'), 'EC-256').then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(NotaryError);
      }
    }
  });

  it('to the challenge ends so, too', async () => {
    const field = 'Bearer authorization="https://login.example/t", resource="https://managedhsm.azure.net"';
    for (const mutant of mutations(encodeUtf8(field), 13, 200)) {
      const { own } = provider((request, at) =>
        at === 0
          ? answer(401, '', { 'www-authenticate': Buffer.from(mutant).toString('latin1') })
          : hsm('https://managedhsm.azure.net')(request, at),
      );
      const error: unknown = await own.describeKey().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error !== undefined) expect(error).toMatchObject({ code: 'KEY_ACCESS_DENIED' });
    }
  });
});
