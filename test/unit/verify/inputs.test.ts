import { describe, expect, it } from 'vitest';

import type { NotaryError } from '../../../shared/errors.ts';
import { readInputs } from '../../../verify/inputs.ts';
import { thrownBy } from '../azure/scripted-http.ts';
import { filesInMemory } from '../../support/ports.ts';

type Inputs = Readonly<Record<string, string>>;

const environment = (inputs: Inputs) =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
const read = (inputs: Inputs) => readInputs({ PATH: '/bin', ...environment(inputs) }, filesInMemory({}));
const refusal = async (inputs: Inputs) => (await thrownBy(() => read(inputs))) as NotaryError;

const digest = `sha256:${'ab'.repeat(32)}`;
const good: Inputs = {
  artifacts: `registry.example/app@${digest}`,
  'trusted-roots': 'microsoft-artifact-signing',
  'trusted-identities': 'x509.subject: C=US, ST=WA, O=Acme',
};
const byDocument: Inputs = {
  artifacts: good.artifacts ?? '',
  'trust-policy': 'trustpolicy.json',
  'trust-store': 'store',
};

describe('readInputs', () => {
  it('takes the fewest inputs there can be', async () => {
    const inputs = await read(good);
    expect(inputs).toMatchObject({
      targets: [
        {
          artifact: { text: `registry.example/app@${digest}`, reference: { registry: 'registry.example', digest } },
          places: [],
          scope: [],
        },
      ],
      onUnsigned: [],
      trust: {
        kind: 'inline',
        level: { name: 'strict' },
        verifyTimestamp: 'always',
        timestampRoots: [],
        roots: [{ kind: 'preset' }],
      },
      ...{ userMetadata: {}, maxSignatures: 100, concurrency: 8, timeoutSeconds: 600, summary: true },
    });
    expect(inputs.registry).toEqual({ plainHttp: new Set() });
  });

  it('takes a trust policy with its store', async () => {
    expect((await read(byDocument)).trust).toEqual({ kind: 'document', policy: 'trustpolicy.json', store: 'store' });
  });

  it('gives layouts the scope of layout-scope, and nothing else (REG-23)', async () => {
    const artifacts = `oci-layout:./dist@${digest}\nregistry.example/app@${digest}\noci-layout:dist:v1`;
    const { targets } = await read({ ...byDocument, artifacts, 'layout-scope': 'r.example/team/app' });
    expect(targets.map(({ artifact }) => artifact)).toEqual([
      { text: `oci-layout:./dist@${digest}`, reference: { layout: 'dist', digest, scope: 'r.example/team/app' } },
      {
        text: `registry.example/app@${digest}`,
        reference: { registry: 'registry.example', repository: 'app', digest },
      },
      { text: 'oci-layout:dist:v1', reference: { layout: 'dist', tag: 'v1', scope: 'r.example/team/app' } },
    ]);
  });

  it('sends a login to the one registry, whatever layouts stand beside it', async () => {
    const artifacts = `oci-layout:dist:v1\nregistry.example/app@${digest}`;
    const login = { 'registry-username': 'me', 'registry-password': 'p' };
    expect((await read({ ...good, ...login, artifacts })).registry.login?.registry).toBe('registry.example');
    expect((await read({ ...good, ...login, artifacts: 'oci-layout:dist:v1' })).registry.login).toBeUndefined();
  });

  it('reads lists with comments, blank lines and CRLF', async () => {
    const { targets, trust } = await read({
      ...good,
      artifacts: `# images\r\nregistry.example/a:v1\r\n\r\n  oci://registry.example/b:v2  \r\n`,
      'trusted-roots': `microsoft-artifact-signing\n# ours\nSHA256.pem\nsha256:${'AB'.repeat(32)}\n`,
      'trusted-timestamp-roots': 'microsoft-timestamping\n',
      'verify-timestamp': 'afterCertExpiry',
      'verification-level': 'audit',
      'trusted-identities': 'x509.subject: C=US, ST=WA, O=Acme\nx509.eku: 1.2.3.4',
    });
    expect(targets.map(({ artifact }) => artifact.text)).toEqual([
      'registry.example/a:v1',
      'oci://registry.example/b:v2',
    ]);
    expect(trust).toMatchObject({
      roots: [
        { kind: 'preset' },
        { kind: 'file', path: 'SHA256.pem' },
        { kind: 'pin', anchors: { certificates: [], pins: ['ab'.repeat(32)] } },
      ],
      timestampRoots: [{ kind: 'preset', anchors: { pins: [] } }],
      level: { name: 'audit' },
      verifyTimestamp: 'afterCertExpiry',
      trustedIdentities: { any: false, extendedKeyUsages: ['1.2.3.4'] },
    });
  });

  it('takes the bytes of a built-in root for its pin', async () => {
    const pin = 'sha256:5367f20c7ade0e2bca790915056d086b720c33c1fa2a2661acf787e3292e1270';
    expect((await read({ ...good, 'trusted-roots': pin })).trust).toMatchObject({
      roots: [{ kind: 'pin', anchors: { certificates: [{ fingerprint: pin.slice(7) }], pins: [] } }],
    });
  });

  it('reads the rest', async () => {
    expect(
      await read({
        ...good,
        'user-metadata': 'build=1\nnote=a=b',
        'max-signatures': '5',
        'registry-username': 'me',
        'registry-password': 'secret',
        'azure-client-id': '11111111-2222-3333-4444-555555555555',
        'azure-tenant-id': 'tenant',
        'azure-cloud': 'china',
        'plain-http': 'Registry.example:5000',
        ...{ concurrency: '2', timeout: '1h30m', summary: 'False' },
      }),
    ).toMatchObject({
      userMetadata: { build: '1', note: 'a=b' },
      registry: {
        login: { registry: 'registry.example', username: 'me', password: 'secret' },
        azure: {
          kind: 'oidc',
          identity: { clientId: '11111111-2222-3333-4444-555555555555', tenantId: 'tenant', cloud: 'china' },
        },
        plainHttp: new Set(['registry.example:5000']),
      },
      ...{ maxSignatures: 5, concurrency: 2, timeoutSeconds: 5400, summary: false },
    });
  });
});

describe('what is missing', () => {
  it('is reported together, and identities are never implied', async () => {
    const error = await refusal({});
    expect(error.code).toBe('INPUT_MISSING');
    for (const name of ['artifacts', 'trusted-roots', 'trusted-identities'])
      expect(error.message).toContain(`${name}: `);
    expect(error.message).toContain('trust-policy and trust-store');
  });

  it.each([
    ['trusted-identities', { ...good, 'trusted-identities': ' \n ' }],
    ['trusted-roots', { ...good, 'trusted-roots': '' }],
    ['trust-store', { ...byDocument, 'trust-store': '' }],
    ['trust-policy', { ...byDocument, 'trust-policy': '' }],
    ['registry-password', { ...good, 'registry-username': 'me' }],
    ['azure-tenant-id', { ...good, 'azure-client-id': '11111111-2222-3333-4444-555555555555' }],
  ])('%s', async (name, inputs) => {
    const error = await refusal(inputs);
    expect(error.code).toBe('INPUT_MISSING');
    expect(error.message).toContain(`${name}: is required`);
  });
});

describe('what is wrong', () => {
  it('is reported together with what is missing', async () => {
    const error = await refusal({
      artifacts: 'registry.example/app',
      'trusted-roots': 'microsoft-timestamping',
      'verification-level': 'lax',
      'max-signatures': '0',
      'trusted-identites': '*',
      summary: 'yes',
    });
    expect(error.code).toBe('INPUT_INVALID');
    for (const part of [
      'artifacts: "registry.example/app": has neither a tag nor a digest',
      'trusted-roots: the preset "microsoft-timestamping" belongs into trusted-timestamp-roots',
      'verification-level: "lax"',
      'max-signatures: "0"',
      'summary: "yes"',
      'trusted-identities: is required',
      'trusted-identites: is not an input of this action. Did you mean `trusted-identities`?',
    ]) {
      expect(error.message).toContain(part);
    }
  });

  it.each<[string, Inputs, string]>([
    ['a reference', { ...good, artifacts: 'https://registry.example/app:v1' }, 'artifacts: '],
    ['an OCI layout without a directory', { ...good, artifacts: `oci-layout:@${digest}` }, 'names no directory'],
    ['a scope of no layout', { ...good, 'layout-scope': 'r.example/app' }, 'layout-scope: has no effect without'],
    [
      'a scope that is a reference',
      { ...good, artifacts: 'oci-layout:dir:v1', 'layout-scope': 'r.example/app:v1' },
      'layout-scope: "r.example/app:v1" is not registry/repository',
    ],
    [
      'a scope of short form beside other problems',
      { ...good, artifacts: 'oci-layout:dir', 'layout-scope': 'app' },
      'has neither a tag nor a digest',
    ],
    ['a preset that does not exist', { ...good, 'trusted-roots': 'microsoft-enterprise' }, 'is not known'],
    [
      'a signing preset for timestamps',
      { ...good, 'trusted-timestamp-roots': 'microsoft-supply-chain' },
      'belongs into trusted-roots',
    ],
    ['a pin that is too short', { ...good, 'trusted-roots': 'sha256:abcd' }, 'is not a SHA-256 fingerprint'],
    ['a pin with colons', { ...good, 'trusted-roots': `sha256:${'AB:'.repeat(31)}AB` }, 'is not a SHA-256 fingerprint'],
    ['an identity without ST', { ...good, 'trusted-identities': 'x509.subject: C=US, O=Acme' }, 'ST is missing'],
    ['an identity of unknown kind', { ...good, 'trusted-identities': 'acme' }, 'trusted-identities: '],
    ['* beside another identity', { ...good, 'trusted-identities': '*\nx509.eku:1.2.3' }, 'must be the only identity'],
    [
      'DN-6: identities that overlap',
      { ...good, 'trusted-identities': 'x509.subject:C=a,ST=b,O=c\nx509.subject:C=a,ST=b,O=c,CN=d' },
      'overlap',
    ],
    [
      'an EKU that names no signer',
      { ...good, 'trusted-identities': 'x509.eku:1.3.6.1.5.5.7.3.3' },
      'shared by unrelated',
    ],
    [
      'verify-timestamp without roots',
      { ...good, 'verify-timestamp': 'always' },
      'no effect without trusted-timestamp-roots',
    ],
    ['an unknown verify-timestamp', { ...good, 'verify-timestamp': 'never' }, 'verify-timestamp: "never"'],
    ['metadata without a value', { ...good, 'user-metadata': 'a=' }, 'user-metadata: '],
    ['a timeout without unit', { ...good, timeout: '10' }, 'timeout: '],
    ['a plain-http URL', { ...good, 'plain-http': 'http://registry.example' }, 'plain-http: '],
    [
      'one login for two registries',
      { ...good, artifacts: 'a.example/x:1\nb.example/x:1', 'registry-username': 'me', 'registry-password': 'p' },
      'a.example, b.example',
    ],
    ['level skip with roots', { ...good, 'verification-level': 'skip' }, 'has no effect at verification-level skip'],
  ])('refuses %s', async (_name, inputs, message) => {
    const error = await refusal(inputs);
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toContain(message);
  });

  it.each(['trusted-roots', 'trusted-timestamp-roots', 'trusted-identities', 'verification-level', 'verify-timestamp'])(
    'refuses %s beside trust-policy',
    async (name) => {
      const error = await refusal({ ...byDocument, [name]: 'strict' });
      expect(error.code).toBe('INPUT_INVALID');
      expect(error.message).toContain(`${name}: cannot stand beside trust-policy`);
    },
  );

  it('refuses inline trust beside trust-store alone', async () => {
    const error = await refusal({ ...good, 'trust-store': 'store' });
    expect(error.message).toContain('trusted-roots: cannot stand beside');
    expect(error.message).toContain('trust-policy: is required');
  });

  it('asks for something to verify', async () => {
    const nothing = { ...good, artifacts: '' };
    const error = await refusal(nothing);
    expect(error.code).toBe('INPUT_MISSING');
    expect(error.message).toContain('artifacts, dockerfiles or manifests');
  });

  it.each<[string, Inputs, string]>([
    ['a file that is not there', { dockerfiles: 'Dockerfile' }, 'dockerfiles: Dockerfile does not exist'],
    ['build arguments for nothing', { 'build-args': 'A=1' }, 'build-args: has no effect without dockerfiles'],
    ['a target of nothing', { target: 'app' }, 'target: has no effect without dockerfiles'],
    ['a platform without its architecture', { platforms: 'linux' }, 'platforms: "linux"'],
    ['platforms beside recursive', { platforms: 'linux/amd64', recursive: 'true' }, 'platforms: has no effect'],
    ['settings of no plugins', { 'plugin-config': 'a=b' }, 'plugin-config: has no effect without plugin-directory'],
    ['variables of no plugins', { 'plugin-env': 'A' }, 'plugin-env: has no effect without plugin-directory'],
    ['an unknown action', { 'on-unsigned': 'docker.io=skip' }, 'on-unsigned: "skip" is none of'],
  ])('refuses %s', async (_what, inputs, message) => {
    const error = await refusal({ ...good, ...inputs });
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toContain(message);
  });

  it('takes a directory of verification plugins, with what they are told and may see', async () => {
    expect((await read(good)).plugins).toBeUndefined();
    const given = { 'plugin-directory': 'plugins', 'plugin-config': 'region=eu', 'plugin-env': 'AWS_REGION' };
    const files = filesInMemory({ 'plugins/acme/notation-acme': '', 'a-file': '' });
    const { plugins } = await readInputs(environment({ ...good, ...given }), files);
    expect({ ...plugins, config: { ...plugins?.config } }).toEqual({
      ...{ directory: 'plugins', config: { region: 'eu' }, variables: ['AWS_REGION'] },
    });
    for (const [path, detail] of [
      ['nowhere', 'is not there'],
      ['a-file', 'is not a directory'],
    ]) {
      const wrong = environment({ ...good, ...given, 'plugin-directory': path! });
      const error = (await thrownBy(() => readInputs(wrong, files))) as NotaryError;
      expect(error.message).toContain(`plugin-directory: "${path}" ${detail}`);
      expect(error.message).not.toContain('has no effect');
    }
  });

  it('takes level skip without anybody to trust', async () => {
    expect((await read({ artifacts: good.artifacts ?? '', 'verification-level': 'skip' })).trust).toMatchObject({
      level: { name: 'skip' },
      roots: [],
    });
  });

  it('shows no password', async () => {
    const error = await refusal({
      ...good,
      artifacts: 'a.example/x:1\nb.example/x:1',
      'registry-username': 'me',
      'registry-password': 'hush',
    });
    expect(error.message).not.toContain('hush');
  });
});
