// One executable, a signing plugin, run by the bundle and by the real notation v1.3.2: the same questions to it, the same
// signature manifests, and what the bundle stores is what notation accepts.

import { dirname, join } from 'node:path';
import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findPeer } from '../peers/peers.ts';
import { codeSigningChain, encodePem } from '../support/ca.ts';
import type { Issued } from '../support/ca.ts';
import { pushImage } from '../support/images.ts';
import { createNotation } from '../support/notation.ts';
import type { Notation } from '../support/notation.ts';
import { envelopeSignerSettings } from '../support/plugin/envelope-signer.ts';
import type { EnvelopeFault } from '../support/plugin/envelope-signer.ts';
import { canRunPlugins, installPlugin } from '../support/plugin/install.ts';
import type { InstalledPlugin } from '../support/plugin/install.ts';
import { signWith } from '../support/plugin/signing.ts';
import { signerSettings } from '../support/plugin/signer.ts';
import { startDockerRegistry } from '../support/real-registries.ts';
import type { RunningRegistry } from '../support/real-registries.ts';

const hasPeers = findPeer('notation') !== undefined && findPeer('docker-registry') !== undefined;
const kinds = ['signer', 'envelope-signer'] as const;
const formats = ['cose', 'jws'] as const;
const cases = kinds.flatMap((kind) => formats.map((format) => ({ kind, format })));

interface Manifest {
  readonly config: object;
  readonly layers: readonly { readonly mediaType: string }[];
  readonly subject: object;
  readonly annotations: Readonly<Record<string, string>>;
}

describe.skipIf(!hasPeers || !canRunPlugins)('a signing plugin, with us and with notation v1.3.2', () => {
  let registry: RunningRegistry;
  let issued: Issued;
  let notation: Notation;
  let plugins: string;

  beforeAll(async () => {
    [registry, issued] = await Promise.all([startDockerRegistry(), codeSigningChain({ keySpec: 'RSA-2048' })]);
    const roots = [encodePem(issued.chain.at(-1)!)];
    notation = createNotation({ roots, identities: ['x509.subject: C=US, ST=WA, O=Acme'] });
    plugins = join(dirname(notation.trustPolicy), 'plugins');
  });
  afterAll(async () => {
    notation.remove();
    await registry.close();
  });

  const image = async () => (await pushImage({ host: registry.host, repository: 'plugin' })).reference;
  const install = (kind: (typeof kinds)[number], fault?: EnvelopeFault): InstalledPlugin => {
    const annotations = { 'com.acme.job': '7', 'org.opencontainers.image.created': 'never' };
    return kind === 'signer'
      ? installPlugin(plugins, kind, signerSettings('acme', issued))
      : installPlugin(plugins, kind, envelopeSignerSettings('acme', issued, { annotations, ...(fault && { fault }) }));
  };

  /** The manifests of all signatures, under the referrers tag: this registry has no other list. */
  async function manifests(reference: string): Promise<readonly Manifest[]> {
    const [name = '', digest = ''] = reference.split('@');
    const [host = '', ...path] = name.split('/');
    const headers = { accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' };
    const get = async (tag: string): Promise<unknown> => {
      const answer = await fetch(`http://${host}/v2/${path.join('/')}/manifests/${tag}`, { headers });
      return answer.json();
    };
    const index = (await get(digest.replace(':', '-'))) as { readonly manifests: readonly { digest: string }[] };
    return Promise.all(index.manifests.map(async (entry) => (await get(entry.digest)) as Manifest));
  }

  /** With the bytes to sign taken out where they hold the time, for plugins that sign bytes. */
  const comparable = (requests: readonly string[], kind: string): readonly string[] =>
    kind === 'signer' ? requests.map((request) => request.replace(/"payload":"[^"]+"/, '"payload":"…"')) : requests;

  it.each(cases)('is asked the same and stored alike: $kind, $format', async ({ kind, format }) => {
    const plugin = install(kind);
    const reference = await image();
    const flags = ['--signature-format', format, '--expiry', '2h', '--user-metadata', 'build=7'];
    const config = ['--plugin-config', 'b=2', '--plugin-config', 'a=<1>'];
    expect(await notation.signByPlugin(reference, 'acme', ...flags, ...config)).toMatchObject({ exitCode: 0 });
    const asked = plugin.requests();
    await signWith(plugin, reference, {
      ...{ 'signature-format': format, expiry: '2h', 'user-metadata': 'build=7', 'plugin-config': 'b=2\na=<1>' },
    });
    expect(comparable(plugin.requests().slice(asked.length), kind)).toEqual(comparable(asked, kind));

    const [theirs, ours, ...others] = await manifests(reference);
    expect(others).toEqual([]);
    const timeless = ({ annotations, config: empty, subject, layers }: Manifest) => ({
      ...{ empty, subject, types: layers.map(({ mediaType }) => mediaType) },
      annotations: { ...annotations, 'org.opencontainers.image.created': '…' },
    });
    expect(timeless(ours!)).toEqual(timeless(theirs!));
    // REG-6: our two come first, as theirs do.
    expect(ours!.annotations['org.opencontainers.image.created']).toMatch(/^20\d\d-.*Z$/);
    expect(theirs!.annotations['org.opencontainers.image.created']).toMatch(/^20\d\d-.*Z$/);

    const alone = await image();
    await signWith(plugin, alone, { 'signature-format': format, 'user-metadata': 'build=7' });
    expect(await notation.verify(alone, '--user-metadata', 'build=7')).toMatchObject({ exitCode: 0 });
  });

  it.each<EnvelopeFault>(['signs another artifact', 'adds a member', 'breaks the signature'])(
    'is refused by both where it %s',
    async (fault) => {
      const plugin = install('envelope-signer', fault);
      const reference = await image();
      expect(await notation.signByPlugin(reference, 'acme')).toMatchObject({ exitCode: 1 });
      await expect(signWith(plugin, reference)).rejects.toThrow('KEY_SIGNATURE_INVALID');
      expect(await notation.verify(reference)).toMatchObject({ exitCode: 1 });
    },
  );

  it('sees what the user names of the environment, and no secret', async () => {
    const plugin = install('envelope-signer');
    const environment = { ACME_REGION: 'eu', ACME_TOKEN: 's', GITHUB_TOKEN: 's', ACTIONS_RUNTIME_TOKEN: 's' };
    await signWith(plugin, await image(), { 'plugin-env': 'ACME_REGION' }, environment);
    const names = JSON.parse(readFileSync(join(dirname(plugin.file), 'environment.json'), 'utf8')) as readonly string[];
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'ACME_REGION']));
    expect(names.filter((name) => /^(ACME|INPUT|GITHUB|ACTIONS|RUNNER)_/.test(name))).toEqual(['ACME_REGION']);
  });
});
