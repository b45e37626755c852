import { beforeAll, describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { readSignInputs } from '../../../sign/inputs.ts';
import { codeSigningChain, timestampingChain } from '../../support/ca.ts';
import type { Issued } from '../../support/ca.ts';
import { filesInMemory } from '../../support/ports.ts';
import { inputVariable } from '../../support/runner.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const azure = {
  'azure-client-id': '11111111-2222-3333-4444-555555555555',
  'azure-tenant-id': '66666666-7777-8888-9999-000000000000',
};
const artifactSigning = {
  ...{ endpoint: 'https://weu.codesigning.azure.net/', 'signing-account-name': 'acme' },
  ...{ 'certificate-profile-name': 'release', ...azure },
};
const base = { artifacts: `registry.example/app@${digest}`, ...artifactSigning };

let signer: Issued;
let other: Issued;
let tsa: Issued;
let pem: Readonly<Record<string, string>>;
let contents: Record<string, string | Uint8Array>;
beforeAll(async () => {
  [signer, other, tsa] = await Promise.all([
    codeSigningChain(),
    codeSigningChain({ keySpec: 'EC-384' }),
    timestampingChain(),
  ]);
  pem = { artifacts: base.artifacts, 'private-key': signer.keyPem, 'certificate-chain': 'chain.pem' };
  contents = {
    'chain.pem': signer.chainPem,
    'other.pem': other.chainPem,
    'tsa/root.der': tsa.chain.at(-1)!,
    'tsa/leaf.pem': tsa.pem,
    'noise.bin': 'not a certificate',
  };
});

const server = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_RUN_ID: '7' };
const read = (inputs: Readonly<Record<string, string>>, job: Readonly<Record<string, string>> = {}) => {
  const environment = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]));
  return readSignInputs({ ...environment, ...job, PATH: '/bin' }, filesInMemory(contents));
};
async function problems(
  inputs: Readonly<Record<string, string>>,
  job: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const error: unknown = await read(inputs, job).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NotaryError) || !(error.cause instanceof AggregateError)) {
    throw new Error('was accepted, or failed otherwise', { cause: error });
  }
  return error.cause.errors.map((one: NotaryError) => one.message);
}

describe('readSignInputs', () => {
  it('needs little for Artifact Signing', async () => {
    const inputs = await read(base);
    expect(inputs).toMatchObject({
      artifacts: [{ text: base.artifacts, reference: { registry: 'registry.example', repository: 'app', digest } }],
      key: { provider: 'artifact-signing', profile: { account: 'acme', profile: 'release' } },
      ...{ format: 'cose', referrers: 'auto', concurrency: 8, timeoutSeconds: 600, summary: true },
      ...{ allowUntimestamped: false, userMetadata: {} },
    });
    expect(inputs.key).toMatchObject({ profile: { endpoint: new URL('https://weu.codesigning.azure.net/') } });
    expect(inputs.expirySeconds).toBeUndefined();
    expect(inputs.timestamp?.authorities.map(({ href }) => href)).toEqual(['http://timestamp.acs.microsoft.com/']);
    expect(inputs.timestamp?.roots.map(({ fingerprint }) => fingerprint)).toContain(
      '5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270',
    );
    expect(inputs.registry).toEqual({
      azure: {
        kind: 'oidc',
        identity: { clientId: azure['azure-client-id'], tenantId: azure['azure-tenant-id'], cloud: 'public' },
      },
      plainHttp: new Set(),
    });
  });

  it('needs little for a PEM key, which has no timestamp unless one is asked for', async () => {
    const inputs = await read(pem);
    expect(inputs.key).toMatchObject({ provider: 'pem', key: { privateKey: signer.keyPem.trim() } });
    expect(inputs.timestamp).toBeUndefined();
    expect(inputs.registry.azure).toBeUndefined();
  });

  it('takes the chain as PEM text too', async () => {
    const { key } = await read({ ...pem, 'certificate-chain': signer.chainPem });
    expect(key.provider === 'pem' && key.key.certificateChain.map(({ der }) => der)).toEqual(signer.chain);
  });

  it('needs one address for a key in Key Vault', async () => {
    const { artifacts } = base;
    const keyVault = { artifacts, ...azure, 'key-vault-key': 'https://acme.vault.azure.net/certificates/release' };
    const { key, timestamp } = await read(keyVault);
    expect(key).toMatchObject({ provider: 'azure-key-vault', certificates: [] });
    expect(timestamp).toBeUndefined();
    const more = await read({ ...keyVault, 'key-provider': 'azure-key-vault', 'certificate-chain': signer.chainPem });
    expect(more.key.provider === 'azure-key-vault' && more.key.certificates).toHaveLength(signer.chain.length);
  });

  it('reads a plugin', async () => {
    const address = 'https://plugins.example/acme.tar.gz';
    const plugin = { 'plugin-name': 'acme', 'plugin-url': address, 'plugin-config': 'region=eu', 'key-id': 'one' };
    const shown = { 'plugin-env': 'AWS_REGION\n# where\nVAULT_ADDR' };
    const { key } = await read({
      artifacts: base.artifacts,
      ...plugin,
      ...shown,
      'plugin-checksum': `sha256:${'AB'.repeat(32)}`,
    });
    expect(key).toMatchObject({ provider: 'plugin', name: 'acme', keyId: 'one', sha256: 'ab'.repeat(32) });
    expect(key.provider === 'plugin' && { ...key.config }).toEqual({ region: 'eu' });
    expect(key.provider === 'plugin' && key.url.href).toBe(address);
    expect(key.provider === 'plugin' && key.variables).toEqual(['AWS_REGION', 'VAULT_ADDR']);
  });

  it('reads everything that can be said', async () => {
    const inputs = await read({
      ...base,
      artifacts: `# two\nregistry.example/app:v1\r\n\nregistry.example/app@${digest}\n`,
      'api-version': '2022-06-15-preview',
      'signature-format': 'jws',
      'timestamp-url': 'http://one.example/tsa\nhttps://two.example/?x=y',
      'timestamp-roots': 'microsoft-timestamping\ntsa/root.der',
      'user-metadata': 'build=7\nurl=https://x/?a=b',
      expiry: '90d',
      referrers: 'tag',
      'registry-username': 'me',
      'registry-password': 'secret',
      'plain-http': 'registry.example\nlocal:5000',
      ...{ concurrency: '2', timeout: '1h', summary: 'false', 'azure-cloud': 'china', 'allow-untimestamped': 'true' },
    });
    expect(inputs).toMatchObject({
      key: { profile: { apiVersion: '2022-06-15-preview' } },
      registry: { azure: { kind: 'oidc', identity: { cloud: 'china' } } },
      ...{ format: 'jws', referrers: 'tag', concurrency: 2, timeoutSeconds: 3600, summary: false },
      ...{ expirySeconds: 7_776_000, allowUntimestamped: true },
    });
    expect({ ...inputs.userMetadata }).toEqual({ build: '7', url: 'https://x/?a=b' });
    expect(inputs.artifacts).toHaveLength(2);
    expect(inputs.timestamp?.authorities).toHaveLength(2);
    expect(inputs.timestamp?.roots).toHaveLength(3);
    expect(inputs.registry.login).toEqual({ registry: 'registry.example', username: 'me', password: 'secret' });
    expect(inputs.registry.plainHttp).toEqual(new Set(['registry.example', 'local:5000']));
  });

  it('joins what the run says about itself to the metadata of the user', async () => {
    const more = { 'github-metadata': 'true', 'user-metadata': 'build=7', recursive: 'true' };
    const run = { GITHUB_REPOSITORY: 'acme/app', GITHUB_SHA: 'abc', GITHUB_WORKFLOW_REF: 'acme/app/w.yml@main' };
    const { userMetadata, recursive } = await read({ ...pem, ...more }, { ...run, ...server });
    expect(userMetadata).toMatchObject({ build: '7', 'github.repository': 'acme/app', 'github.sha': 'abc' });
    expect(recursive).toBe(true);
    const twice = { ...pem, ...more, 'user-metadata': 'github.sha=other' };
    expect(await problems(twice, { ...run, ...server })).toEqual([
      'user-metadata: github.sha: github-metadata says this as well',
    ]);
  });

  it('signs a line that occurs twice once', async () => {
    const artifacts = [base.artifacts, `oci://${base.artifacts}`, `registry.example/app:v1@${digest}`].join('\n');
    expect((await read({ ...base, artifacts })).artifacts.map(({ text }) => text)).toEqual([base.artifacts]);
  });

  it('warns of an endpoint that is not where the service is known to be', async () => {
    const { key } = await read({ ...base, endpoint: 'https://signing.example' });
    expect(key).toMatchObject({ finding: expect.stringContaining('signing.example') as string });
  });
});

describe('the problems of readSignInputs', () => {
  it('are told together, before any request', async () => {
    expect(
      await problems({
        ...{ artifacts: 'app\nregistry.example/app:v1\nregistry.example/App:v1', summary: 'yes', expiry: '-1h' },
        ...{ 'signing-account-name': 'acme', 'azure-tenant-id': 'x', 'registry-password': 'p', recusrive: 'true' },
      }),
    ).toEqual([
      expect.stringMatching(
        /^artifacts: "app": has neither a tag nor a digest.*; "registry\.example\/App:v1": /,
      ) as string,
      'registry-username: is required',
      'azure-client-id: is required',
      'endpoint: is required',
      'certificate-profile-name: is required',
      'expiry: "-1h" is not a duration of whole seconds',
      'summary: "yes" is not a boolean',
      'recusrive: is not an input of this action',
    ]);
  });

  it('name the ways to give a key where there is none', async () => {
    await expect(read({ artifacts: base.artifacts })).rejects.toMatchObject({ code: 'INPUT_MISSING' });
    expect(await problems({ artifacts: base.artifacts })).toEqual(['key-provider: is required']);
  });

  it.each([
    [
      'inputs of two key providers',
      { ...base, 'private-key': 'x' },
      ['private-key: belongs to the key provider pem, but the key comes from artifact-signing'],
    ],
    [
      'a chain that Artifact Signing has no use for',
      { ...base, 'certificate-chain': 'chain.pem' },
      [
        'certificate-chain: belongs to the key provider pem or azure-key-vault, but the key comes from artifact-signing',
      ],
    ],
    [
      'a vault in another cloud',
      { artifacts: base.artifacts, ...azure, 'key-vault-key': 'https://acme.vault.azure.cn/certificates/release' },
      ['key-vault-key: is in the cloud china, but azure-cloud says public'],
    ],
    [
      'a Managed HSM without certificates',
      { artifacts: base.artifacts, ...azure, 'key-vault-key': 'https://acme.managedhsm.azure.net/keys/release' },
      ['certificate-chain: is required'],
    ],
    [
      'a vault without an identity',
      { artifacts: base.artifacts, 'key-vault-key': 'https://acme.vault.azure.net/certificates/release' },
      ['azure-client-id: is required', 'azure-tenant-id: is required'],
    ],
    [
      'half a plugin',
      { artifacts: base.artifacts, 'plugin-name': '../x', 'plugin-checksum': 'sha256:00', 'plugin-env': 'AWS_*\nA=b' },
      [
        expect.stringMatching(/^plugin-name: /),
        'plugin-url: is required',
        'plugin-checksum: "sha256:00" is not a SHA-256 checksum',
        'plugin-env: "AWS_*" is not the name of an environment variable; "A=b" is not the name of an environment variable',
        'key-id: is required',
      ],
    ],
    [
      'an address that is no key',
      { artifacts: base.artifacts, ...azure, 'key-vault-key': 'https://acme.vault.azure.net/secrets/release' },
      [expect.stringMatching(/^key-vault-key: /)],
    ],
    [
      'inputs of the other key provider',
      { ...base, 'key-provider': 'pem' },
      [
        'endpoint, signing-account-name, certificate-profile-name: belongs to the key provider artifact-signing, but the key comes from pem',
        'private-key: is required',
        'certificate-chain: is required',
      ],
    ],
    ['a key provider that is none', { ...base, 'key-provider': 'kms' }, ['key-provider: "kms" is not known']],
    [
      'Artifact Signing without an identity',
      { ...base, 'azure-client-id': '', 'azure-tenant-id': '' },
      ['azure-client-id: is required', 'azure-tenant-id: is required'],
    ],
    [
      'an identity that is none',
      { ...base, 'azure-client-id': 'me' },
      [expect.stringMatching(/^azure-client-id: the client id is not a GUID/)],
    ],
    ['half an identity', { ...base, 'azure-client-id': '' }, ['azure-client-id: is required']],
    [
      'an account that is none',
      { ...base, 'signing-account-name': '../x' },
      [expect.stringMatching(/^signing-account-name has characters/)],
    ],
    [
      'a plain endpoint',
      { ...base, endpoint: 'http://weu.codesigning.azure.net' },
      [expect.stringMatching(/^endpoint: endpoint is not https/)],
    ],
    ['an api-version that is no date', { ...base, 'api-version': 'v1' }, [expect.stringMatching(/^api-version: /)]],
    ['another format', { ...base, 'signature-format': 'pkcs7' }, ['signature-format: "pkcs7" is not known']],
    [
      'reserved metadata',
      { ...base, 'user-metadata': 'io.cncf.notary.a=b' },
      [expect.stringMatching(/^user-metadata: /)],
    ],
    [
      'a password for two registries',
      { ...base, artifacts: 'a.example/x:1\nb.example/x:1', 'registry-username': 'u', 'registry-password': 'p' },
      ['registry-username: is for one registry, but artifacts names a.example, b.example'],
    ],
    [
      'no timestamp for Artifact Signing',
      { ...base, 'timestamp-url': 'none' },
      [expect.stringMatching(/^timestamp-url: certificates of Artifact Signing live 3 days/)],
    ],
    [
      'roots for no timestamp',
      { ...base, 'timestamp-url': 'none', 'allow-untimestamped': 'true', 'timestamp-roots': 'microsoft-timestamping' },
      ['timestamp-roots: there is no timestamp to check with them'],
    ],
    [
      'another authority without its roots',
      { ...base, 'timestamp-url': 'http://tsa.example/' },
      ['timestamp-roots: is required'],
    ],
    [
      'none beside an authority',
      { ...base, 'timestamp-url': 'none\nhttp://tsa.example/', 'timestamp-roots': 'microsoft-timestamping' },
      ['timestamp-url: "none" is not an address with the scheme http or https'],
    ],
    [
      'roots that are not there',
      { ...base, 'timestamp-roots': 'missing.pem' },
      ['timestamp-roots: missing.pem does not exist'],
    ],
    [
      'roots that are no certificates',
      { ...base, 'timestamp-roots': 'noise.bin' },
      [expect.stringMatching(/^timestamp-roots: /)],
    ],
    [
      'a leaf among the roots',
      { ...base, 'timestamp-roots': 'tsa/leaf.pem' },
      [expect.stringMatching(/^timestamp-roots: .*not a self-signed root CA/)],
    ],
  ] as const)('%s', async (_what, inputs, expected) => {
    expect(await problems(inputs)).toEqual(expected);
  });

  it.each([
    ['a chain of another key', { 'certificate-chain': 'other.pem' }, /belongs to the private key/],
    [
      'a chain that is not there',
      { 'certificate-chain': 'missing.pem' },
      /^certificate-chain: missing\.pem does not exist/,
    ],
    ['a key that is none', { 'private-key': 'secret text' }, /private key/],
  ] as const)('%s', async (_what, change, expected) => {
    const found = await problems({ ...pem, ...change });
    expect(found).toEqual([expect.stringMatching(expected)]);
    expect(found.join()).not.toContain('secret text');
  });
});
